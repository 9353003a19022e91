/** What marks make of a verified caller: revoked, or somebody of whom more is asked (docs/semantics.md section 8). Pure and total. */
import type { ActiveEffect, Effect, MarkedClaim } from './mark.ts'
import type { Principal, PrincipalFacts } from './principal.ts'
import { type EpochSeconds, isNonEmpty, type NonEmpty } from './result.ts'
import type { StaleStance } from './revocation-policy.ts'
import type { Rule, ScopeTable, StepUp } from './rule.ts'
import { isScopeToken, type ScopeToken } from './scope.ts'

/** What marks ask of a caller who is not revoked. */
export interface Standing {
  /** Each must be met, whatever the request; ages may be negative: nobody meets them yet. */
  readonly stepUps: readonly StepUp[]
  /** Kill switches that hold for this caller. */
  readonly suspended: ReadonlySet<ScopeToken>
}

/**
 * What the marks on one caller come to. `effects`: of every target that is this token, its issuer or one of its names, in any order. `suspended`: of the kill
 * switches for every client, and of those for this one. Undefined: nothing is asked.
 */
export function standingOf(
  effects: readonly ActiveEffect[],
  suspended: ReadonlySet<ScopeToken>,
  principal: Principal,
  scopes: ScopeTable,
  now: EpochSeconds,
): 'revoked' | Standing | undefined {
  const demands: StepUpEffect[] = []
  for (const active of effects) {
    if (!isActive(active, now)) continue
    const { effect } = active
    if (effect.kind === 'revoke') {
      if (isAbout(effect, principal) && isAboutHolder(effect, principal, scopes)) return 'revoked'
    } else if (effect.kind === 'step-up' && isPlain(effect)) {
      if (isAbout(effect, principal)) demands.push(effect)
    } else {
      // Clause 8.6: of what this code does not know, the reach is not known either.
      return 'revoked'
    }
  }
  const stepUps = stepUpsOf(demands, now)
  return stepUps.length === 0 && suspended.size === 0 ? undefined : { stepUps, suspended }
}

/** Clause 8.10: whether a verified caller is refused at this rule while nobody can say what was revoked of late. */
export const isRefusedWhenStale = (stance: StaleStance, rule: Rule): boolean =>
  stance === 'refuse' || (stance === 'refuse-critical' && rule.isCritical)

/** Clause 8.2. Of kill switches, too. */
export const isActive = ({ expires }: ActiveEffect, now: EpochSeconds): boolean =>
  expires === undefined || now < expires

/** Where a principal has what marks can name. */
const MEMBER_OF = {
  jti: 'tokenId',
  subject: 'subject',
  client: 'client',
  session: 'session',
  grant: 'grant',
  tenant: 'tenant',
  device: 'device',
  email: 'email',
  user: 'user',
} as const satisfies Record<MarkedClaim, keyof PrincipalFacts>

/** What a principal is called by that name; undefined where its token does not say. */
export const markedName = (principal: Principal, name: MarkedClaim): string | undefined => principal[MEMBER_OF[name]]

type RevokeEffect = Extract<Effect, { readonly kind: 'revoke' }>
type StepUpEffect = Extract<Effect, { readonly kind: 'step-up' }>
type TokenEffect = RevokeEffect | StepUpEffect

/** One that asks for nothing asks for something that this code does not know; and no challenge could carry other characters (RFC 9470 section 3). */
const isPlain = ({ authenticatedAfter, acr }: StepUpEffect): boolean =>
  (authenticatedAfter !== undefined || acr !== undefined) && (acr === undefined || acr.every(isScopeToken))

/** Clauses 8.3 and 8.4. */
const isAbout = ({ issuedUntil, matching }: TokenEffect, principal: Principal): boolean =>
  isIssuedUntil(issuedUntil, principal) && matchesNames(matching, principal)

const isIssuedUntil = (issuedUntil: EpochSeconds | undefined, { issuedAt }: Principal): boolean =>
  issuedUntil === undefined || issuedAt === undefined || Math.floor(issuedAt) <= issuedUntil

function matchesNames(matching: TokenEffect['matching'], principal: Principal): boolean {
  if (matching === undefined) return true
  const names = Object.keys(matching) as MarkedClaim[]
  return names.every((name) => {
    const has = Object.hasOwn(MEMBER_OF, name) ? markedName(principal, name) : undefined
    return has === undefined || has === matching[name]
  })
}

const isAboutHolder = ({ holding }: RevokeEffect, principal: Principal, scopes: ScopeTable): boolean =>
  holding === undefined || holding.some((scope) => isHeld(scope, principal, scopes))

/** Clause 8.5: defined or not, retired or suspended or not, for all that may change while the token stays. */
const isHeld = (scope: ScopeToken, { scopes: held }: Principal, scopes: ScopeTable): boolean =>
  held.has(scope) || scopes.get(scope)?.impliedBy.some((other) => held.has(other)) === true

/** Clause 8.7: one for all times, then one for each list of context classes, ascending, so that the order of marks is nothing that shows. */
function stepUpsOf(demands: readonly StepUpEffect[], now: EpochSeconds): readonly StepUp[] {
  const times = demands.flatMap(({ authenticatedAfter }) => authenticatedAfter ?? [])
  const lists = new Map(demands.flatMap(({ acr }) => (acr === undefined ? [] : [[JSON.stringify(acr), acr] as const])))
  return [
    ...(isNonEmpty(times) ? [{ maxAgeSeconds: ageSince(times, now) }] : []),
    ...[...lists].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, acr]) => ({ acr })),
  ]
}

/** After each of these seconds is at most that long ago. */
const ageSince = (times: NonEmpty<EpochSeconds>, now: EpochSeconds): number =>
  times.reduce((age, time) => Math.min(age, now - time - 1), Number.POSITIVE_INFINITY)
