/** A scope that contains a more sensitive one is at least as sensitive: who grants it by its own word grants too much. */
import { SENSITIVITIES } from '../../policy/release.ts'
import { type Finding, quoted } from '../diagnostic.ts'
import type { WholeLint } from './lint.ts'

export const impliesMoreSensitive: WholeLint = {
  rule: 'implies-more-sensitive',
  find: ({ scopes }) => {
    const declared = new Map(scopes.map((scope) => [scope.name, scope]))
    return scopes.flatMap(({ name, sensitivity, implies }) =>
      implies.flatMap(({ text, at }): readonly Finding[] => {
        const implied = declared.get(text)
        if (implied === undefined || rank(implied.sensitivity) <= rank(sensitivity)) return []
        return [
          {
            at,
            subject: name,
            message: `the scope ${quoted(name)} is said to be of ${sensitivity} sensitivity, and implies ${quoted(text)} of ${implied.sensitivity}`,
            help: `make it ${implied.sensitivity}, or let it imply less`,
            related: [{ message: `${quoted(text)} is declared here`, at: implied.at }],
          },
        ]
      }),
    )
  },
}

const rank = (sensitivity: (typeof SENSITIVITIES)[number]): number => SENSITIVITIES.indexOf(sensitivity)
