/** Two random maps that have much in common, as two versions of one have. */
import fc from 'fast-check'
import type { ReleaseDocument, RuleEntry } from '../../../src/policy/release.ts'
import { arbitraryMap } from '../../support/arbitrary-map.ts'

export interface Pair {
  readonly before: ReleaseDocument
  readonly after: ReleaseDocument
}

const shapeOf = ({ host, method, path }: RuleEntry): string =>
  `${method} ${host}${path.replace(/\{[^}+]*(\+?)\}/g, '{$1}')}`

/** The second map has most rules of the first, some of which ask for something else, and some of its own; its scopes are those of the first or all others. */
export const arbitraryPair: fc.Arbitrary<Pair> = fc
  .tuple(arbitraryMap, arbitraryMap, fc.array(fc.nat(7), { minLength: 40, maxLength: 40 }), fc.boolean())
  .map(([before, other, dice, hasOtherScopes]) => {
    const kept = before.rules.flatMap((rule, index): readonly RuleEntry[] => {
      const die = dice[index % 40]
      if (die === 0) return []
      const donor = other.rules[index % other.rules.length]
      return [die === 1 && donor?.authorizationDetails === undefined ? { ...donor, ...placeOf(rule) } : rule]
    })
    const added = other.rules.filter((_, index) => (dice[39 - (index % 40)] ?? 0) < 3)
    const rules = [...new Map([...added, ...kept].map((rule) => [shapeOf(rule), rule])).values()]
    return {
      before,
      after: {
        ...before,
        scopes: hasOtherScopes ? other.scopes : before.scopes,
        rules: rules.sort((a, b) => (shapeOf(a) < shapeOf(b) ? -1 : 1)),
      },
    }
  })
  .filter(({ after }) => after.rules.length > 0)

const placeOf = ({ host, method, path, service }: RuleEntry) => ({ host, method, path, service })
