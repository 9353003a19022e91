/** Routes where a mistake is dear, and that take any valid token, whatever it was given for. */
import { quoted } from '../diagnostic.ts'
import { ruleId } from '../model.ts'
import type { WholeLint } from './lint.ts'
import { opennessOf } from './route.ts'

export const sensitiveAuthenticated: WholeLint = {
  rule: 'sensitive-authenticated',
  find: ({ rules }) =>
    rules.flatMap((rule) => {
      const why = rule.requirement.kind === 'authenticated' ? opennessOf(rule, rules) : undefined
      if (why === undefined) return []
      return [
        {
          at: rule.at,
          subject: ruleId(rule),
          message: `any valid token opens ${quoted(ruleId(rule))}, which is sensitive: ${why}`,
          help: 'require a scope, so that a token must have been given for this',
        },
      ]
    }),
}
