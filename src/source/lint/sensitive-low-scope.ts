/** Routes where a mistake is dear, and that scopes of low sensitivity open: the one or the other is not what it says. */
import { type Finding, quoted, quotedList } from '../diagnostic.ts'
import { ruleId } from '../model.ts'
import type { WholeLint } from './lint.ts'
import { sensitivityOf } from './route.ts'

export const sensitiveLowScope: WholeLint = {
  rule: 'sensitive-low-scope',
  find: ({ rules, scopes }) => {
    const low = new Set(scopes.filter(({ sensitivity }) => sensitivity === 'low').map(({ name }) => name))
    return rules.flatMap((rule): readonly Finding[] => {
      const why = rule.requirement.kind === 'scopes' ? sensitivityOf(rule) : undefined
      if (why === undefined || rule.requirement.kind !== 'scopes') return []
      const weak = rule.requirement.anyOf.find((alternative) => alternative.every(({ text }) => low.has(text)))
      const [first] = weak ?? []
      if (weak === undefined || first === undefined) return []
      return [
        {
          at: first.at,
          subject: ruleId(rule),
          message: `${quotedList(weak.map(({ text }) => text))} of low sensitivity opens ${quoted(ruleId(rule))}, which is sensitive: ${why}`,
          help: 'require a scope of higher sensitivity, or say of this one what it really opens',
        },
      ]
    })
  },
}
