/** The scopes that a challenge tells a client to ask for (docs/semantics.md clause 5.12). */
import { isRetired } from './alternative.ts'
import type { Denial } from './denial.ts'
import type { EpochSeconds, NonEmpty } from './result.ts'
import type { Rule, ScopeTable } from './rule.ts'
import type { ScopeToken } from './scope.ts'

/** A set that a token could be satisfied with, or none. Never names a retired scope: a client that follows would ask for ever. */
export function scopesToAsk(
  denials: NonEmpty<Denial>,
  rule: Rule | undefined,
  scopes: ScopeTable,
  now: EpochSeconds,
): readonly ScopeToken[] {
  for (const denial of denials) if (denial.code === 'scope_insufficient') return denial.required
  const isUnauthenticated = denials[0].code === 'credential_missing' || denials[0].code === 'token_invalid'
  if (!isUnauthenticated || rule?.requirement.kind !== 'scopes') return []
  const isLive = (name: ScopeToken) => {
    const facts = scopes.get(name)
    return facts !== undefined && !isRetired(facts, now)
  }
  return rule.requirement.anyOf.find((alternative) => alternative.every(isLive)) ?? []
}
