/** Step-up, token age, lifetime and sender constraint: facts of a principal against what a carrier asks (clause 5.7). What a token does not say is not met. */
import type { Principal } from './principal.ts'
import type { EpochSeconds } from './result.ts'
import type { Conditions, SenderConstraint, StepUp } from './rule.ts'

/** How far in the future an authentication may lie: clocks disagree, and a forged far future must not be fresh for ever. */
const FUTURE_LEEWAY_SECONDS = 60

/** RFC 9470 section 4: `acr` equals one of the values and `auth_time` is recent enough. */
export function isStepUpMet(stepUp: StepUp, principal: Principal, now: EpochSeconds): boolean {
  const { acrs, amr, at } = principal.authentication
  if (stepUp.acr?.some((acr) => acrs.includes(acr)) === false) return false
  if (stepUp.amr?.some((group) => group.every((method) => amr.includes(method))) === false) return false
  if (stepUp.maxAgeSeconds === undefined) return true
  return at !== undefined && now - at <= stepUp.maxAgeSeconds && at - now <= FUTURE_LEEWAY_SECONDS
}

/** Whether the token was issued at most that long ago. */
export const isTokenAgeMet = (maxSeconds: number, principal: Principal, now: EpochSeconds): boolean =>
  principal.issuedAt !== undefined && now - principal.issuedAt <= maxSeconds

/** Whether the token was issued for at most that long. */
export const isLifetimeMet = (maxSeconds: number, principal: Principal): boolean =>
  principal.lifetimeSeconds !== undefined && principal.lifetimeSeconds <= maxSeconds

/** Whether the token is bound as asked. That the binding was proven for this request is what makes the principal one. */
export function isSenderConstrained(constraint: SenderConstraint, { confirmation }: Principal): boolean {
  if (constraint === 'any') return confirmation !== undefined
  const bound = constraint === 'mtls' ? confirmation?.certificateThumbprint : confirmation?.keyThumbprint
  return bound !== undefined
}

/** How many of a carrier's conditions are unmet: none to four. */
export function unmetCount(conditions: Conditions, principal: Principal, now: EpochSeconds): number {
  const { stepUp, maxTokenAgeSeconds, maxLifetimeSeconds, senderConstraint } = conditions
  const stepUpUnmet = stepUp !== undefined && !isStepUpMet(stepUp, principal, now)
  const ageUnmet = maxTokenAgeSeconds !== undefined && !isTokenAgeMet(maxTokenAgeSeconds, principal, now)
  const lifetimeUnmet = maxLifetimeSeconds !== undefined && !isLifetimeMet(maxLifetimeSeconds, principal)
  const unconstrained = senderConstraint !== undefined && !isSenderConstrained(senderConstraint, principal)
  return Number(stepUpUnmet) + Number(ageUnmet) + Number(lifetimeUnmet) + Number(unconstrained)
}
