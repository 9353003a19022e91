/** Any state that the log may tell of a target. */
import fc from 'fast-check'
import { base64url } from 'jose'
import { type ActiveEffect, MARKED_CLAIMS } from '../../src/policy/mark.ts'
import type { TargetState } from '../../src/policy/revocation-log.ts'
import { KEYED_KINDS } from '../../src/revocation/read-changes.ts'

const moment = fc.oneof(
  fc.integer({ min: 0, max: 2_000_000_000 }),
  fc.constantFrom(0, 0xff_ff_ff_fe, 0xff_ff_ff_ff, 2 ** 33, 0.5),
)
const entry = fc.oneof(
  fc.integer({ min: 1, max: 1_000_000 }),
  fc.constantFrom(1, 0xff_ff_ff_fe, 0xff_ff_ff_ff, 2 ** 40),
)
const scope = fc.constantFrom('invoices:read', 'invoices:write', 'payments')
const onTokens = {
  issuedUntil: moment,
  matching: fc.dictionary(fc.constantFrom(...MARKED_CLAIMS), fc.string({ minLength: 1 }), { noNullPrototype: true }),
}
const plain = fc.record({ kind: fc.constant('revoke'), issuedUntil: moment }, { requiredKeys: ['kind'] })
const revoke = fc.record(
  { kind: fc.constant('revoke'), holding: fc.array(scope, { minLength: 1, maxLength: 3 }), ...onTokens },
  { requiredKeys: ['kind'] },
)
const stepUp = fc.record(
  {
    kind: fc.constant('step-up'),
    authenticatedAfter: moment,
    acr: fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 }),
    ...onTokens,
  },
  { requiredKeys: ['kind'] },
)
const active = (effect: fc.Arbitrary<object>) =>
  fc.record(
    { effect, expires: moment, entry },
    { requiredKeys: ['effect', 'entry'] },
  ) as fc.Arbitrary<object> as fc.Arbitrary<ActiveEffect>

export const arbitraryEffects = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(active(plain)) },
  { weight: 1, arbitrary: fc.array(active(fc.oneof(plain, revoke, stepUp)), { maxLength: 3 }) },
) satisfies fc.Arbitrary<readonly ActiveEffect[]>

export const arbitraryKey = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => base64url.encode(bytes))

const keyed = fc
  .record({
    kind: fc.constantFrom(...KEYED_KINDS),
    key: arbitraryKey,
    effects: arbitraryEffects,
    isLate: fc.boolean(),
  })
  .map(({ isLate, ...state }) => {
    const latest = Math.max(1, ...state.effects.map((effect) => effect.entry))
    return { seq: isLate ? latest + 1 : latest, ...state }
  })
const killSwitch = fc.record(
  {
    seq: entry,
    kind: fc.constant('scope' as const),
    scope,
    client: fc.string({ minLength: 1 }),
    effects: fc.array(active(fc.constant({ kind: 'suspend' })), { maxLength: 2 }),
  },
  { requiredKeys: ['seq', 'kind', 'scope', 'effects'] },
)

export const arbitraryState = fc.oneof(
  { weight: 5, arbitrary: keyed },
  { weight: 1, arbitrary: killSwitch },
) as fc.Arbitrary<TargetState>
