/** An authentication has one `acr`, so where the lists of a rule and its scopes have none in common, nobody gets in. */
import { type Finding, quotedList } from '../diagnostic.ts'
import { type DeclaredRule, type DeclaredScope, ruleId, type Written } from '../model.ts'
import type { WholeLint } from './lint.ts'

export const impossibleStepUp: WholeLint = {
  rule: 'impossible-step-up',
  find: ({ rules, scopes }) => {
    const declared = new Map(scopes.map((scope) => [scope.name, scope]))
    return rules.flatMap((rule) =>
      rule.requirement.kind !== 'scopes'
        ? []
        : rule.requirement.anyOf.flatMap((scopes) => check(rule, scopes, declared)),
    )
  },
}

function check(
  rule: DeclaredRule,
  alternative: readonly Written[],
  declared: ReadonlyMap<string, DeclaredScope>,
): readonly Finding[] {
  const [first] = alternative
  const carriers = [rule, ...alternative.map(({ text }) => declared.get(text))]
  const lists = carriers.flatMap((carrier) => (carrier?.stepUp?.acr === undefined ? [] : [carrier.stepUp.acr]))
  const [some = [], ...others] = lists
  const isPossible = lists.length === 0 || some.some((acr) => others.every((list) => list.includes(acr)))
  if (first === undefined || isPossible) return []
  return [
    {
      at: first.at,
      subject: ruleId(rule),
      message: `no authentication satisfies all step-ups here: ${lists.map(quotedList).join('; ')}`,
      help: 'let the lists have one `acr` in common',
    },
  ]
}
