/** Scopes of one `allOf` of which one contains the other, by `implies` or by what their names say: `anyOf` was meant, or one is superfluous. */
import type { Release } from '../../policy/decode.ts'
import { type Finding, quoted } from '../diagnostic.ts'
import { type DeclaredRule, ruleId, type Written } from '../model.ts'
import type { WholeLint } from './lint.ts'
import { wordsOf } from './words.ts'

export const allOfContained: WholeLint = {
  rule: 'all-of-contained',
  find: ({ rules }, { document }) =>
    rules.flatMap((rule) =>
      rule.requirement.kind === 'scopes'
        ? rule.requirement.anyOf.flatMap((alternative) => check(rule, alternative, document.scopes))
        : [],
    ),
}

type Scopes = Release['document']['scopes']

function check(rule: DeclaredRule, alternative: readonly Written[], scopes: Scopes): readonly Finding[] {
  if (alternative.length < 2) return []
  for (const whole of alternative)
    for (const part of alternative) {
      if (whole === part) continue
      const isImplied = scopes[whole.text]?.implies?.includes(part.text) === true
      if (!isImplied && !isSaidToContain(whole.text, part.text)) continue
      return [
        {
          at: part.at,
          subject: ruleId(rule),
          message: `${quoted(part.text)} and ${quoted(whole.text)} are both asked for, and ${isImplied ? `${quoted(whole.text)} implies the other` : 'the second name says that it contains the first'}`,
          help: `write \`anyOf\` if one of them is enough; if ${quoted(whole.text)} is needed, ask for it alone${isImplied ? '' : ' and let it imply the other'}`,
        },
      ]
    }
  return []
}

const READING: ReadonlySet<string> = new Set(['read', 'view', 'get', 'list', 'readonly'])
const EVERYTHING: ReadonlySet<string> = new Set(['manage', 'admin', 'all', 'full', 'owner', '*'])

/** `invoices:manage` contains `invoices:read`, to go by their names. `write` does not: to let somebody write blindly is common. */
function isSaidToContain(whole: string, part: string): boolean {
  const [wordsOfWhole, wordsOfPart] = [wordsOf(whole), wordsOf(part)]
  if (wordsOfWhole.length !== wordsOfPart.length) return false
  const differing = wordsOfWhole.flatMap((word, index) => (word === wordsOfPart[index] ? [] : [index]))
  const [index, ...others] = differing
  if (index === undefined || others.length > 0) return false
  return EVERYTHING.has(wordsOfWhole[index] ?? '') && READING.has(wordsOfPart[index] ?? '')
}
