/** How an alternative of a requirement stands for a caller (clauses 5.5 to 5.10). */
import { isLifetimeMet, isSenderConstrained, isStepUpMet, isTokenAgeMet, unmetCount } from './conditions.ts'
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
import type { Standing } from './standing.ts'

/** Who asks, and what marks ask of them. */
export interface Caller {
  readonly principal: Principal
  readonly standing?: Standing
}

/** An alternative that is satisfied, and what it rests on. */
export interface Satisfied {
  readonly kind: 'satisfied'
  /** Ascending. */
  readonly deprecated: readonly ScopeToken[]
  readonly singleUse: boolean
}

/** How far an alternative is from being satisfied, and what to say of it. */
export interface Shortfall {
  readonly kind: 'short'
  readonly missing: number
  readonly unmet: number
  /** The alternative holds a retired or a suspended scope, so no token can satisfy it. */
  readonly isClosed: boolean
  /** It holds a scope that is on its way out. */
  readonly isDeprecated: boolean
  readonly denials: NonEmpty<Denial>
  readonly singleUse: boolean
}

const PLAINLY_SATISFIED: Satisfied = { kind: 'satisfied', deprecated: [], singleUse: false }
const NO_MARKS: Standing = { stepUps: [], suspended: new Set() }

export function judgeAlternative(
  scopes: ScopeTable,
  rule: Rule,
  alternative: readonly ScopeToken[],
  caller: Caller,
  now: EpochSeconds,
): Satisfied | Shortfall {
  const { principal, standing } = caller
  if (
    standing === undefined &&
    rule.conditions === NO_CONDITIONS &&
    alternative.every((name) => isPlainlyHeld(scopes, name, principal))
  )
    return PLAINLY_SATISFIED
  const { stepUps, suspended } = standing ?? NO_MARKS
  const missing: ScopeToken[] = []
  const rests = new Set<ScopeFacts>()
  let retired: ScopeFacts | undefined
  let isDeprecated = false
  for (const name of alternative) {
    const facts = scopes.get(name)
    if (facts !== undefined) {
      rests.add(facts)
      isDeprecated ||= facts.isDeprecated
      if (isRetired(facts, now)) retired ??= facts
    }
    const grantor = facts && grantorOf(scopes, facts, principal, now, suspended)
    if (grantor === undefined) missing.push(name)
    else rests.add(grantor)
  }
  const conditions = [rule, ...rests].map((carrier) => carrier.conditions)
  const singleUse = conditions.some(({ senderConstraint }) => senderConstraint === 'dpop-single-use')
  const denials = [
    ...conditionDenials(conditions, stepUps, principal, now),
    ...(isNonEmpty(alternative) && isNonEmpty(missing)
      ? scopeDenials(alternative, missing, retired, killSwitchOn(scopes, rule, alternative, caller))
      : []),
  ]
  if (!isNonEmpty(denials)) return { kind: 'satisfied', deprecated: deprecatedOf(rests), singleUse }
  const unmet = conditions.reduce((sum, each) => sum + unmetCount(each, principal, now), 0)
  const isClosed = retired !== undefined || alternative.some((name) => suspended.has(name))
  return { kind: 'short', missing: missing.length, unmet, isClosed, isDeprecated, denials, singleUse }
}

/** Clause 5.15. */
const deprecatedOf = (scopes: ReadonlySet<ScopeFacts>): readonly ScopeToken[] =>
  [...scopes].flatMap(({ name, isDeprecated }) => (isDeprecated ? [name] : [])).sort()

/** The common case, judged without allocating: held by name, with nothing else to ask and nothing to announce. */
function isPlainlyHeld(scopes: ScopeTable, name: ScopeToken, principal: Principal): boolean {
  if (!principal.scopes.has(name)) return false
  const facts = scopes.get(name)
  return facts !== undefined && facts.conditions === NO_CONDITIONS && !facts.isDeprecated
}

/** Clause 1.5. */
export const isRetired = ({ retiredAt }: ScopeFacts, now: EpochSeconds): boolean =>
  retiredAt !== undefined && now >= retiredAt

/** Clauses 5.5 and 5.6: the held scope that counts as granting this one. */
export function grantorOf(
  scopes: ScopeTable,
  scope: ScopeFacts,
  principal: Principal,
  now: EpochSeconds,
  suspended = NO_MARKS.suspended,
): ScopeFacts | undefined {
  if (isRetired(scope, now) || suspended.has(scope.name)) return undefined
  if (principal.scopes.has(scope.name)) return scope
  let best: ScopeFacts | undefined
  let fewest = Number.POSITIVE_INFINITY
  for (const name of scope.impliedBy) {
    const candidate = principal.scopes.has(name) && !suspended.has(name) ? scopes.get(name) : undefined
    if (candidate === undefined || isRetired(candidate, now)) continue
    const unmet = unmetCount(candidate.conditions, principal, now)
    const isBetter = unmet < fewest || (unmet === fewest && best?.isDeprecated === true && !candidate.isDeprecated)
    if (isBetter) {
      best = candidate
      fewest = unmet
    }
  }
  return best
}

/** Clause 5.10, items 1 to 4. */
function conditionDenials(
  conditions: readonly Conditions[],
  stepUpsOfMarks: readonly StepUp[],
  principal: Principal,
  now: EpochSeconds,
): readonly Denial[] {
  const denials: Denial[] = []
  const constraints = conditions.flatMap(({ senderConstraint }) => senderConstraint ?? [])
  const lacking = constraints.find((constraint) => !isSenderConstrained(constraint, principal))
  if (lacking !== undefined) denials.push({ code: 'sender_constraint_required', constraint: lacking })
  const stepUps = [...stepUpsOfMarks, ...conditions.flatMap(({ stepUp }) => stepUp ?? [])]
  if (isNonEmpty(stepUps) && !stepUps.every((stepUp) => isStepUpMet(stepUp, principal, now))) {
    denials.push({ code: 'step_up_required', ...joinStepUps(stepUps) })
  }
  const ages = conditions.flatMap(({ maxTokenAgeSeconds }) => maxTokenAgeSeconds ?? [])
  if (!ages.every((seconds) => isTokenAgeMet(seconds, principal, now))) {
    denials.push({ code: 'token_too_old', maxSeconds: Math.min(...ages) })
  }
  const lifetimes = conditions.flatMap(({ maxLifetimeSeconds }) => maxLifetimeSeconds ?? [])
  if (!lifetimes.every((seconds) => isLifetimeMet(seconds, principal))) {
    denials.push({ code: 'token_too_long_lived', maxSeconds: Math.min(...lifetimes) })
  }
  return denials
}

/** What all of them ask together, so that one new authentication meets them all. An age below zero is met by nothing that was, and by what comes. */
function joinStepUps(stepUps: NonEmpty<StepUp>): StepUp {
  const lists = stepUps.flatMap(({ acr }) => (acr === undefined ? [] : [acr]))
  const ages = stepUps.flatMap(({ maxAgeSeconds }) => maxAgeSeconds ?? [])
  const first = lists[0]
  const common = first?.filter((value) => lists.every((list) => list.includes(value))) ?? []
  const acr = isNonEmpty(common) ? common : first
  const amr = stepUps.find((stepUp) => stepUp.amr !== undefined)?.amr
  return {
    ...(acr !== undefined && { acr }),
    ...(amr !== undefined && { amr }),
    ...(ages.length > 0 && { maxAgeSeconds: Math.max(0, Math.min(...ages)) }),
  }
}

/** Clause 5.10, items 5 and 6. */
function scopeDenials(
  alternative: Alternative,
  missing: NonEmpty<ScopeToken>,
  retired: ScopeFacts | undefined,
  killSwitch: KillSwitch | undefined,
): readonly Denial[] {
  const suspended: readonly Denial[] =
    killSwitch === undefined ? [] : [{ code: 'scope_suspended', scope: killSwitch.scope }]
  if (retired !== undefined)
    return [{ code: 'scope_retired', scope: retired.name, replacedBy: retired.replacedBy }, ...suspended]
  if (killSwitch?.isHere === true) return suspended
  return [{ code: 'scope_insufficient', required: alternative, missing }, ...suspended]
}

interface KillSwitch {
  readonly scope: ScopeToken
  /** Of the alternative itself, so that asking for more would be in vain. */
  readonly isHere: boolean
}

/** Clause 5.10, item 6: it need not be of this alternative to bear on the rule, or a rule that is only observed would hide it. */
function killSwitchOn(
  scopes: ScopeTable,
  { requirement }: Rule,
  alternative: Alternative,
  { principal, standing }: Caller,
): KillSwitch | undefined {
  if (standing === undefined || standing.suspended.size === 0 || requirement.kind !== 'scopes') return undefined
  const { suspended } = standing
  const here = alternative.find((name) => suspended.has(name))
  if (here !== undefined) return { scope: here, isHere: true }
  const asked = requirement.anyOf.flat()
  const implying = asked
    .flatMap((name) => scopes.get(name)?.impliedBy ?? [])
    .filter((name) => principal.scopes.has(name))
  const scope = [...asked, ...implying].filter((name) => suspended.has(name)).sort()[0]
  return scope && { scope, isHere: false }
}
