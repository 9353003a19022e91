/** What a scope, a route or a service asks of a token besides scopes: from how it is written to how a release has it. */
import type { ConditionsEntry, StepUpEntry } from '../policy/release.ts'
import type { SenderConstraint } from '../policy/rule.ts'
import type { ConditionsDeclaration, StepUpDeclaration } from './conditions-schema.ts'
import { compareText } from './diagnostic.ts'

export function declareConditions(declaration: ConditionsDeclaration): ConditionsEntry {
  const { stepUp, maxTokenAge, maxLifetime, senderConstrained } = declaration
  return {
    ...(stepUp !== undefined && { stepUp: stepUpEntry(stepUp) }),
    ...(maxTokenAge !== undefined && { maxTokenAgeSeconds: maxTokenAge }),
    ...(maxLifetime !== undefined && { maxLifetimeSeconds: maxLifetime }),
    ...(senderConstrained !== undefined && { senderConstraint: senderConstrained }),
  }
}

const stepUpEntry = ({ acr, amr, maxAge }: StepUpDeclaration): StepUpEntry => ({
  ...(acr !== undefined && { acr }),
  ...(amr !== undefined && { amr: amr.map(methodsOf) }),
  ...(maxAge !== undefined && { maxAgeSeconds: maxAge }),
})

const methodsOf = (group: NonNullable<StepUpDeclaration['amr']>[number]): readonly string[] =>
  typeof group === 'string' ? [group] : group.allOf.toSorted(compareText)

/** A service's limits hold for all its routes: of two, the shorter time and the narrower binding. A route's own step-up stays its own. */
export function strictest(own: ConditionsEntry, ofService: ConditionsEntry): ConditionsEntry {
  const maxTokenAgeSeconds = shorter(own.maxTokenAgeSeconds, ofService.maxTokenAgeSeconds)
  const maxLifetimeSeconds = shorter(own.maxLifetimeSeconds, ofService.maxLifetimeSeconds)
  const senderConstraint = narrower(own.senderConstraint, ofService.senderConstraint)
  return {
    ...own,
    ...(maxTokenAgeSeconds !== undefined && { maxTokenAgeSeconds }),
    ...(maxLifetimeSeconds !== undefined && { maxLifetimeSeconds }),
    ...(senderConstraint !== undefined && { senderConstraint }),
  }
}

const shorter = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)

/** `any` yields to every kind, and each proof once outdoes many times. Kinds that exclude each other are an error elsewhere. */
function narrower(
  own: SenderConstraint | undefined,
  ofService: SenderConstraint | undefined,
): SenderConstraint | undefined {
  if (own === undefined || own === 'any') return ofService ?? own
  return own === 'dpop' && ofService === 'dpop-single-use' ? ofService : own
}
