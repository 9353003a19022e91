/** A scope that no file declares can be granted by nobody (clause 5.5), so its name is a mistake. */
import { type Finding, quoted } from '../diagnostic.ts'
import type { ScopeMap, Written } from '../model.ts'
import { didYouMean } from '../suggest.ts'
import type { PartLint } from './lint.ts'

/** Names for which a similar one is looked for, the only costly part. Whoever has more to mend has begun to see the pattern. */
const MOST_SUGGESTIONS = 100

export const undefinedScope: PartLint = {
  rule: 'undefined-scope',
  find: (map) => {
    const { scopeNames } = map
    // Who knows what the unreadable file declares.
    if (scopeNames === undefined) return []
    const suggestions = new Map<string, string | undefined>()
    return references(map)
      .filter(({ text }) => !scopeNames.has(text))
      .map(({ text, at }): Finding => {
        if (suggestions.size < MOST_SUGGESTIONS && !suggestions.has(text))
          suggestions.set(text, didYouMean(text, scopeNames))
        const help = suggestions.get(text) ?? 'declare it under `scopes` of the service that owns it'
        return { at, message: `no file declares the scope ${quoted(text)}`, help }
      })
  },
}

function references({ scopes, rules }: ScopeMap): readonly Written[] {
  return [
    ...scopes.flatMap(({ implies, deprecated }) => [...implies, ...(deprecated?.replacedBy ?? [])]),
    ...rules.flatMap(({ requirement }) => (requirement.kind === 'scopes' ? requirement.anyOf.flat() : [])),
  ]
}
