/** A retired scope that the map still names. Where that closes a route, `retired-scope-required` says so there instead. */
import { type Finding, quoted } from '../diagnostic.ts'
import { type DeclaredRule, ruleId } from '../model.ts'
import type { WholeLint } from './lint.ts'

/** Rules that are named as still asking for the scope. */
const MOST_NAMED = 5

export const sunsetPassed: WholeLint = {
  rule: 'sunset-passed',
  find: ({ scopes, rules }, _release, today) => {
    const retired = scopes.filter(({ deprecated }) => (deprecated?.sunset?.text ?? '9999') <= today)
    if (retired.length === 0) return []
    const names = new Set(retired.map(({ name }) => name))
    const closing = new Set(rules.filter((rule) => isClosedBy(rule, names)).flatMap(scopesOf))
    return retired.flatMap(({ name, deprecated }): readonly Finding[] => {
      if (deprecated?.sunset === undefined || closing.has(name)) return []
      const asking = rules.filter((rule) => scopesOf(rule).includes(name)).slice(0, MOST_NAMED)
      return [
        {
          at: deprecated.sunset.at,
          subject: name,
          message: `the scope ${quoted(name)} ended on ${deprecated.sunset.text}: it grants nothing any more`,
          help:
            asking.length === 0
              ? 'remove it, once no client asks for it any longer'
              : 'remove it from the rules that still name it, then remove it',
          related: asking.map((rule) => ({ message: `${quoted(ruleId(rule))} still names it`, at: rule.at })),
        },
      ]
    })
  },
}

const scopesOf = ({ requirement }: DeclaredRule): readonly string[] =>
  requirement.kind === 'scopes' ? requirement.anyOf.flat().map(({ text }) => text) : []

const isClosedBy = ({ requirement }: DeclaredRule, retired: ReadonlySet<string>): boolean =>
  requirement.kind === 'scopes' &&
  requirement.anyOf.every((alternative) => alternative.some(({ text }) => retired.has(text)))
