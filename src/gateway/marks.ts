/** What is known of a caller, with what the revocation log says of it (docs/semantics.md section 8). */
import type { Match } from '../policy/decision.ts'
import type { Denial } from '../policy/denial.ts'
import type { MarkReference } from '../policy/mark.ts'
import type { Principal } from '../policy/principal.ts'
import { epochSeconds } from '../policy/result.ts'
import type { Rule, ScopeTable } from '../policy/rule.ts'
import type { ScopeToken } from '../policy/scope.ts'
import { isRefusedWhenStale, standingOf } from '../policy/standing.ts'
import type { Freshness, Revocations } from '../revocation/mirror.ts'
import { type Exchange, type GateParts, RETRY_SECONDS } from './exchange.ts'
import type { Known } from './judgement.ts'

const NONE: ReadonlySet<ScopeToken> = new Set()

/** A promise only where what is known of the log is too old, or the rule asks the log itself. */
export function withMarks(exchange: Exchange, match: Match, scopes: ScopeTable, known: Known): Known | Promise<Known> {
  const { parts, waitUntil } = exchange
  const { revocations } = parts
  if (revocations === undefined || known.kind !== 'verified' || match.kind !== 'rule') return known
  const { rule } = match
  if (rule.checksRevocationAtLog)
    return revocations.syncNow(waitUntil).then((isKnown) => withKnownMarks(exchange, scopes, known, !isKnown))
  const conclude = (freshness: Freshness) =>
    withKnownMarks(exchange, scopes, known, freshness === 'stale' && isRefused(parts, rule))
  const freshness = revocations.ready(parts.clock(), waitUntil)
  return freshness instanceof Promise ? freshness.then(conclude) : conclude(freshness)
}

/** Without a policy there is nothing that would let anybody in on old knowledge. */
const isRefused = ({ environment }: GateParts, rule: Rule): boolean =>
  isRefusedWhenStale(environment.revocation?.whenStale ?? 'refuse', rule)

/** By what is known now. INVARIANT: all of it denies, however old it is. `isRefused`: whoever is not revoked is turned away all the same. */
export function withKnownMarks(exchange: Exchange, scopes: ScopeTable, known: Known, isRefused = false): Known {
  const { revocations } = exchange.parts
  if (revocations === undefined || known.kind !== 'verified') return known
  const { principal } = known
  // The time by which the request is judged, however long it waited: ages that marks ask for count from then.
  const now = exchange.milliseconds
  const effects = revocations.effectsOn(principal, now)
  const suspended = revocations.suspendedFor(principal.client, now)
  const standing = standingOf(effects, suspended, principal, scopes, epochSeconds(now))
  if (standing === 'revoked') {
    const mark = decisiveMark(effects, principal, scopes, now)
    return { kind: 'rejected', denial: { code: 'token_invalid', detail: 'revoked', ...(mark && { mark }) }, principal }
  }
  if (isRefused) return { kind: 'rejected', denial: UNKNOWN, principal }
  return standing === undefined ? known : { ...known, standing }
}

const UNKNOWN: Denial = { code: 'unavailable', what: 'revocation', retryAfterSeconds: RETRY_SECONDS }

/** The first that revokes by itself. */
function decisiveMark(
  effects: ReturnType<Revocations['effectsOn']>,
  principal: Principal,
  scopes: ScopeTable,
  now: number,
): MarkReference | undefined {
  const found = effects.find((one) => standingOf([one], NONE, principal, scopes, epochSeconds(now)) === 'revoked')
  return found && { target: found.target, entry: found.entry }
}
