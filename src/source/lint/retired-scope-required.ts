/** A rule that only retired scopes open is closed to everybody (clauses 1.5 and 5.5). */
import { type Finding, quoted, quotedList } from '../diagnostic.ts'
import { type DeclaredRule, ruleId } from '../model.ts'
import type { WholeLint } from './lint.ts'

export const retiredScopeRequired: WholeLint = {
  rule: 'retired-scope-required',
  find: ({ rules, scopes }, _release, today) => {
    const retired = new Map(
      scopes.flatMap(({ name, deprecated }) => {
        const isRetired = deprecated?.sunset !== undefined && deprecated.sunset.text <= today
        return isRetired ? [[name, deprecated.replacedBy.map(({ text }) => text)]] : []
      }),
    )
    return retired.size === 0 ? [] : rules.flatMap((rule) => check(rule, retired))
  },
}

function check(rule: DeclaredRule, retired: ReadonlyMap<string, readonly string[]>): readonly Finding[] {
  if (rule.requirement.kind !== 'scopes') return []
  const blocking = rule.requirement.anyOf.map((scopes) => scopes.find(({ text }) => retired.has(text)))
  const [first] = blocking
  if (first === undefined || blocking.includes(undefined)) return []
  const replacements = retired.get(first.text) ?? []
  return [
    {
      at: first.at,
      subject: ruleId(rule),
      message: `the scope ${quoted(first.text)} is retired, and nothing else lets this request in`,
      help:
        replacements.length === 0
          ? 'require another scope, or remove the rule'
          : `require ${quotedList(replacements)} instead`,
    },
  ]
}
