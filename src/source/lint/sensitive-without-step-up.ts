/**
 * Routes where a mistake is dear, and where an old bearer token of somebody who signed in long ago is enough. A deletion counts by what the
 * map itself says of its scopes: that of a line in a draft is not that of a customer.
 */
import { type Finding, quoted } from '../diagnostic.ts'
import { type DeclaredRule, type DeclaredScope, ruleId, type Written } from '../model.ts'
import type { WholeLint } from './lint.ts'
import { isWrite, sensitivityOf } from './route.ts'

export const sensitiveWithoutStepUp: WholeLint = {
  rule: 'sensitive-without-step-up',
  find: ({ rules, scopes }) => {
    const declared = new Map(scopes.map((scope) => [scope.name, scope]))
    return rules.flatMap((rule): readonly Finding[] => {
      const weak = weakAlternative(rule, declared)
      const [first] = weak ?? []
      if (first === undefined) return []
      return [
        {
          at: first.at,
          subject: ruleId(rule),
          message: `${quoted(ruleId(rule))} is sensitive: ${reasonOf(rule)}; but neither a step-up nor a fresh or bound token is asked for`,
          help: 'give the route or its scope a `stepUp`; for machines, `senderConstrained` or a short `maxTokenAge`',
        },
      ]
    })
  },
}

const reasonOf = (rule: DeclaredRule): string => sensitivityOf(rule) ?? ''

function weakAlternative(
  rule: DeclaredRule,
  declared: ReadonlyMap<string, DeclaredScope>,
): readonly Written[] | undefined {
  if (rule.requirement.kind !== 'scopes' || !isWrite(rule) || sensitivityOf(rule) === undefined) return undefined
  const isPlainDeletion = sensitivityOf({ ...rule, method: 'POST' }) === undefined
  return rule.requirement.anyOf.find((alternative) => {
    const scopes = alternative.flatMap(({ text }) => declared.get(text) ?? [])
    const isGrave = scopes.some(({ sensitivity }) => sensitivity === 'high' || sensitivity === 'critical')
    return (isGrave || !isPlainDeletion) && ![rule, ...scopes].some(isGuarded)
  })
}

const isGuarded = ({ stepUp, maxTokenAgeSeconds, senderConstraint }: DeclaredRule | DeclaredScope): boolean =>
  stepUp !== undefined || maxTokenAgeSeconds !== undefined || senderConstraint !== undefined
