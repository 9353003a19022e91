/** A route and its scopes that want tokens bound in ways that exclude each other: only a token that is bound in both gets in, and few servers make one. */
import { type Finding, quotedList } from '../diagnostic.ts'
import { type DeclaredRule, type DeclaredScope, ruleId, type Written } from '../model.ts'
import type { WholeLint } from './lint.ts'

export const doubleBinding: WholeLint = {
  rule: 'double-binding',
  find: ({ rules, scopes }) => {
    const declared = new Map(scopes.map((scope) => [scope.name, scope]))
    return rules.flatMap((rule) =>
      rule.requirement.kind !== 'scopes'
        ? []
        : rule.requirement.anyOf.flatMap((alternative) => check(rule, alternative, declared)),
    )
  },
}

function check(
  rule: DeclaredRule,
  alternative: readonly Written[],
  declared: ReadonlyMap<string, DeclaredScope>,
): readonly Finding[] {
  const carriers = [rule, ...alternative.map(({ text }) => declared.get(text))]
  const kinds = [...new Set(carriers.flatMap((carrier) => carrier?.senderConstraint ?? []))].sort()
  const isDouble = kinds.includes('mtls') && kinds.some((kind) => kind.startsWith('dpop'))
  if (!isDouble) return []
  return [
    {
      at: rule.at,
      subject: ruleId(rule),
      message: `the route and its scopes ask for tokens that are bound as ${quotedList(kinds.filter((kind) => kind !== 'any'))} at once`,
      help: 'let one of them ask for `any`',
    },
  ]
}
