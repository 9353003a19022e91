/** What one alternative of a requirement lacks for a principal (clauses 5.5 to 5.10). */
import { isStepUpMet, isTokenAgeMet, unmetCount } from './conditions.ts'
import type { Denial } from './denial.ts'
import type { Principal } from './principal.ts'
import { type EpochSeconds, isNonEmpty, type NonEmpty } from './result.ts'
import {
  type Alternative,
  type Conditions,
  NO_CONDITIONS,
  type Rule,
  type ScopeFacts,
  type ScopeTable,
  type StepUp,
} from './rule.ts'
import type { ScopeToken } from './scope.ts'

/** How far an alternative is from being satisfied, and what to say of it. */
export interface Shortfall {
  readonly missing: number
  readonly unmet: number
  /** The alternative holds a retired scope, so no token can ever satisfy it. */
  readonly isRetired: boolean
  readonly denials: NonEmpty<Denial>
}

/** Undefined when the alternative is satisfied. */
export function judgeAlternative(
  scopes: ScopeTable,
  rule: Rule,
  alternative: Alternative,
  principal: Principal,
  now: EpochSeconds,
): Shortfall | undefined {
  if (rule.conditions === NO_CONDITIONS && alternative.every((name) => isPlainlyHeld(scopes, name, principal)))
    return undefined
  const missing: ScopeToken[] = []
  const carriers = new Set<{ readonly conditions: Conditions }>([rule])
  let retired: ScopeFacts | undefined
  for (const name of alternative) {
    const facts = scopes.get(name)
    if (facts !== undefined) carriers.add(facts)
    if (facts !== undefined && isRetired(facts, now)) retired ??= facts
    const grantor = facts && grantorOf(scopes, facts, principal, now)
    if (grantor === undefined) missing.push(name)
    else carriers.add(grantor)
  }
  const conditions = [...carriers].map((carrier) => carrier.conditions)
  const unmet = conditions.reduce((sum, each) => sum + unmetCount(each, principal, now), 0)
  const denials = [...conditionDenials(conditions, principal, now), ...scopeDenials(alternative, missing, retired)]
  if (!isNonEmpty(denials)) return undefined
  return { missing: missing.length, unmet, isRetired: retired !== undefined, denials }
}

/** The common case, judged without allocating: held by name, with nothing else to ask. */
function isPlainlyHeld(scopes: ScopeTable, name: ScopeToken, principal: Principal): boolean {
  if (!principal.scopes.has(name)) return false
  const facts = scopes.get(name)
  return facts !== undefined && facts.conditions === NO_CONDITIONS && facts.retiredAt === undefined
}

/** Clause 1.5. */
export const isRetired = ({ retiredAt }: ScopeFacts, now: EpochSeconds): boolean =>
  retiredAt !== undefined && now >= retiredAt

/** Clauses 5.5 and 5.6: the held scope that counts as granting this one. */
function grantorOf(
  scopes: ScopeTable,
  scope: ScopeFacts,
  principal: Principal,
  now: EpochSeconds,
): ScopeFacts | undefined {
  if (isRetired(scope, now)) return undefined
  if (principal.scopes.has(scope.name)) return scope
  let best: ScopeFacts | undefined
  let fewest = Number.POSITIVE_INFINITY
  for (const name of scope.impliedBy) {
    const candidate = principal.scopes.has(name) ? scopes.get(name) : undefined
    if (candidate === undefined || isRetired(candidate, now)) continue
    const unmet = unmetCount(candidate.conditions, principal, now)
    if (unmet < fewest) {
      best = candidate
      fewest = unmet
    }
  }
  return best
}

/** Clause 5.10, items 1 and 2. */
function conditionDenials(
  conditions: readonly Conditions[],
  principal: Principal,
  now: EpochSeconds,
): readonly Denial[] {
  const denials: Denial[] = []
  const stepUps = conditions.flatMap(({ stepUp }) => stepUp ?? [])
  if (isNonEmpty(stepUps) && !stepUps.every((stepUp) => isStepUpMet(stepUp, principal, now))) {
    denials.push({ code: 'step_up_required', ...joinStepUps(stepUps) })
  }
  const ages = conditions.flatMap(({ maxTokenAgeSeconds }) => maxTokenAgeSeconds ?? [])
  if (!ages.every((seconds) => isTokenAgeMet(seconds, principal, now))) {
    denials.push({ code: 'token_too_old', maxSeconds: Math.min(...ages) })
  }
  return denials
}

/** What all of them ask together, so that one new authentication meets them all. */
function joinStepUps(stepUps: NonEmpty<StepUp>): StepUp {
  const lists = stepUps.flatMap(({ acr }) => (acr === undefined ? [] : [acr]))
  const ages = stepUps.flatMap(({ maxAgeSeconds }) => maxAgeSeconds ?? [])
  const first = lists[0]
  const common = first?.filter((value) => lists.every((list) => list.includes(value))) ?? []
  const acr = isNonEmpty(common) ? common : first
  return {
    ...(acr !== undefined && { acr }),
    ...(ages.length > 0 && { maxAgeSeconds: Math.min(...ages) }),
  }
}

/** Clause 5.10, item 3. */
function scopeDenials(
  alternative: Alternative,
  missing: readonly ScopeToken[],
  retired: ScopeFacts | undefined,
): readonly Denial[] {
  if (retired !== undefined) return [{ code: 'scope_retired', scope: retired.name, replacedBy: retired.replacedBy }]
  return isNonEmpty(missing) ? [{ code: 'scope_insufficient', required: alternative, missing }] : []
}
