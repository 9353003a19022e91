/** Routes where a mistake is dear, and that ask for no token at all. */
import { quoted } from '../diagnostic.ts'
import { ruleId } from '../model.ts'
import type { WholeLint } from './lint.ts'
import { opennessOf } from './route.ts'

export const sensitivePublic: WholeLint = {
  rule: 'sensitive-public',
  find: ({ rules }) =>
    rules.flatMap((rule) => {
      const why = rule.requirement.kind === 'public' ? opennessOf(rule, rules) : undefined
      if (why === undefined) return []
      return [
        {
          at: rule.at,
          subject: ruleId(rule),
          message: `${quoted(ruleId(rule))} is public, and sensitive: ${why}`,
          help: 'require a scope',
        },
      ]
    }),
}
