/** Step-up and token age: facts of a principal against what a carrier asks (clause 5.7). What a token does not say is not met. */
import type { Principal } from './principal.ts'
import type { EpochSeconds } from './result.ts'
import type { Conditions, StepUp } from './rule.ts'

/** How far in the future an authentication may lie: clocks disagree, and a forged far future must not be fresh for ever. */
const FUTURE_LEEWAY_SECONDS = 60

/** RFC 9470 section 4: `acr` equals one of the values and `auth_time` is recent enough. */
export function isStepUpMet(stepUp: StepUp, principal: Principal, now: EpochSeconds): boolean {
  const { acr, at } = principal.authentication
  if (stepUp.acr !== undefined && (acr === undefined || !stepUp.acr.includes(acr))) return false
  if (stepUp.maxAgeSeconds === undefined) return true
  return at !== undefined && now - at <= stepUp.maxAgeSeconds && at - now <= FUTURE_LEEWAY_SECONDS
}

/** Whether the token was issued at most that long ago. */
export const isTokenAgeMet = (maxSeconds: number, principal: Principal, now: EpochSeconds): boolean =>
  principal.issuedAt !== undefined && now - principal.issuedAt <= maxSeconds

/** How many of a carrier's conditions are unmet: none, one or two. */
export function unmetCount(conditions: Conditions, principal: Principal, now: EpochSeconds): number {
  const { stepUp, maxTokenAgeSeconds } = conditions
  const stepUpUnmet = stepUp !== undefined && !isStepUpMet(stepUp, principal, now)
  const ageUnmet = maxTokenAgeSeconds !== undefined && !isTokenAgeMet(maxTokenAgeSeconds, principal, now)
  return Number(stepUpUnmet) + Number(ageUnmet)
}
