/** The same alternative twice in one `anyOf`: harmless by itself, and a sign that another one was meant. */
import { type Finding, quotedList } from '../diagnostic.ts'
import { type DeclaredRule, ruleId, type Written } from '../model.ts'
import type { WholeLint } from './lint.ts'

export const duplicateAlternative: WholeLint = {
  rule: 'duplicate-alternative',
  find: ({ rules }) => rules.flatMap(check),
}

function check(rule: DeclaredRule): readonly Finding[] {
  if (rule.requirement.kind !== 'scopes' || rule.requirement.anyOf.length < 2) return []
  const { anyOf, itemsAt } = rule.requirement
  const firstOf = new Map<string, readonly Written[]>()
  return anyOf.flatMap((alternative, index): readonly Finding[] => {
    const names = alternative.map(({ text }) => text).sort()
    const key = names.join(' ')
    const first = firstOf.get(key)
    const at = itemsAt?.[index]
    if (first === undefined || at === undefined) {
      firstOf.set(key, alternative)
      return []
    }
    return [
      {
        at,
        subject: ruleId(rule),
        message: `${quotedList(names)} ${names.length === 1 ? 'is' : 'are'} an alternative twice`,
        help: 'remove it, or write the one that was meant',
        related: first.slice(0, 1).map((written) => ({ message: 'it is here first', at: written.at })),
        fix: 'remove-item',
      },
    ]
  })
}
