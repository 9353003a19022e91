/** The scopes that a challenge tells a client to ask for (docs/semantics.md clause 5.12). */
import { isRetired } from './alternative.ts'
import type { Denial } from './denial.ts'
import type { EpochSeconds, NonEmpty } from './result.ts'
import type { Alternative, Rule, ScopeFacts, ScopeTable } from './rule.ts'
import type { ScopeToken } from './scope.ts'

/** Of a refused request, as far as the request got. */
export interface Refused {
  readonly denials: NonEmpty<Denial>
  readonly rule?: Rule
  readonly nearest?: Alternative
}

const NONE: ReadonlySet<ScopeToken> = new Set()

/**
 * A set that a token could be satisfied with, or none. Never names a retired or a suspended scope: a client that follows would ask for ever. `suspended`: the
 * kill switches for every client, for of whom no valid token came nothing is known.
 */
export function scopesToAsk(
  { denials, rule, nearest }: Refused,
  scopes: ScopeTable,
  now: EpochSeconds,
  suspended = NONE,
): readonly ScopeToken[] {
  if (nearest !== undefined) return nearest
  const isUnauthenticated = denials[0].code === 'credential_missing' || denials[0].code === 'token_invalid'
  if (!isUnauthenticated || rule?.requirement.kind !== 'scopes') return []
  const { anyOf } = rule.requirement
  const firstOf = (isFine: (facts: ScopeFacts) => boolean) =>
    anyOf.find((alternative) => alternative.every((name) => !suspended.has(name) && holds(scopes.get(name), isFine)))
  return firstOf(({ isDeprecated }) => !isDeprecated) ?? firstOf((facts) => !isRetired(facts, now)) ?? []
}

const holds = (facts: ScopeFacts | undefined, isFine: (facts: ScopeFacts) => boolean): boolean =>
  facts !== undefined && isFine(facts)
