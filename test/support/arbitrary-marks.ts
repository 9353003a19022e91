/** Random marks that bear on random callers often: few names, few seconds, and every kind of effect. */
import fc from 'fast-check'
import { type ActiveEffect, type Effect, MARKED_CLAIMS, type MarkTarget } from '../../src/policy/mark.ts'
import type { FurtherNames } from '../../src/policy/principal.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import { STALE_STANCES, type StaleStance } from '../../src/policy/revocation-policy.ts'
import type { ScopeToken } from '../../src/policy/scope.ts'

export interface Mark {
  readonly target: MarkTarget
  readonly active: ActiveEffect
}

/** What is known of the marks, and how well. */
export interface Marks {
  readonly marks: readonly Mark[]
  readonly isStale: boolean
  readonly whenStale: StaleStance
}

export const NO_MARKS: Marks = { marks: [], isStale: false, whenStale: 'refuse' }

export const ISSUER = 'i'
const ISSUERS = [ISSUER, ISSUER, ISSUER, 'j']
/** One for who it is and one for somebody else. */
const TEXTS = ['x', 'y']
const CLASSES = ['low', 'phr', 'phrh']

/** The names of a caller that marks know, and its token's. */
export const arbitraryNames: fc.Arbitrary<
  FurtherNames & { readonly fingerprint: string; readonly subject?: string; readonly tokenId?: string }
> = fc
  .record(
    Object.fromEntries(
      ['fingerprint', 'subject', 'tokenId', 'session', 'grant', 'tenant', 'device', 'email', 'user'].map((name) => [
        name,
        fc.constantFrom(...TEXTS),
      ]),
    ),
    { requiredKeys: ['fingerprint'] },
  )
  .map((names) => names as { fingerprint: string })

const target = (scopes: readonly string[], clients: readonly string[]): fc.Arbitrary<MarkTarget> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('token' as const), value: fc.constantFrom(...TEXTS) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('issuer' as const), issuer: fc.constantFrom(...ISSUERS) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom(...MARKED_CLAIMS),
        issuer: fc.constantFrom(...ISSUERS),
        value: fc.constantFrom(...TEXTS, ...clients),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record(
        {
          kind: fc.constant('scope' as const),
          scope: fc.constantFrom(...scopes).map((name) => name as ScopeToken),
          client: fc.constantFrom(...clients),
        },
        { requiredKeys: ['kind', 'scope'] },
      ),
    },
  )

function effect(scopes: readonly string[], second: number): fc.Arbitrary<Effect> {
  const around = fc.constantFrom(-601, -600, -61, -60, -1, 0, 1).map((away) => second + away)
  const onTokens = {
    issuedUntil: around,
    matching: fc.dictionary(fc.constantFrom(...MARKED_CLAIMS, 'ward', 'constructor'), fc.constantFrom(...TEXTS), {
      maxKeys: 2,
    }),
  }
  const holding = fc.subarray([...scopes, 'unknown'], { minLength: 1, maxLength: 2 })
  const acr = fc.uniqueArray(fc.constantFrom(...CLASSES), { minLength: 1, maxLength: 2 })
  const drafts = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('revoke'), ...onTokens, holding }, { requiredKeys: ['kind'] }),
    },
    {
      weight: 8,
      arbitrary: fc.record(
        { kind: fc.constant('step-up'), ...onTokens, authenticatedAfter: around, acr },
        { requiredKeys: ['kind'] },
      ),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        { kind: 'suspend' },
        { kind: 'freeze', issuedUntil: 0 },
        { kind: 'step-up', acr: ['a b'] },
      ),
    },
  )
  // Of another version, an effect may be what this one does not know.
  return drafts.map((draft) => draft as unknown as Effect)
}

/** Kill switches are what they are by their target: whatever effect is written there. */
export function arbitraryMark(
  scopes: readonly string[],
  clients: readonly string[],
  second: EpochSeconds,
): fc.Arbitrary<Mark> {
  const expires = fc.option(
    fc.constantFrom(-1, 0, 1, 600).map((away) => (second + away) as EpochSeconds),
    { nil: undefined },
  )
  return fc
    .tuple(target(scopes, clients), effect(scopes, second), expires, fc.boolean())
    .map(([about, does, until, isUsual]) => ({
      target: about,
      active: {
        effect: about.kind === 'scope' && isUsual ? { kind: 'suspend' } : does,
        entry: 1,
        ...(until !== undefined && { expires: until }),
      },
    }))
}

export const arbitraryMarks = (
  scopes: readonly string[],
  clients: readonly string[],
  second: EpochSeconds,
): fc.Arbitrary<Marks> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant(NO_MARKS) },
    {
      weight: 1,
      arbitrary: fc.record({
        marks: fc.array(arbitraryMark(scopes, clients, second), { maxLength: 3 }),
        isStale: fc.nat(9).map((die) => die === 0),
        whenStale: fc.constantFrom(...STALE_STANCES),
      }),
    },
  )
