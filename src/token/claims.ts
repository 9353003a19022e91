/** What a verified token says, checked against its issuer: RFC 9068 sections 2.2 and 4, RFC 7519 section 4.1, RFC 7662 section 2.2, RFC 8725 section 3. */
import type { TokenFault } from '../policy/denial.ts'
import type { Resource } from '../policy/environment.ts'
import type { DistinguishingClaim, Issuer, ScopeClaim } from '../policy/issuer.ts'
import {
  canonicalEmail,
  type FurtherNames,
  type Principal,
  type PrincipalFacts,
  verifiedPrincipal,
} from '../policy/principal.ts'
import { type EpochSeconds, fail, ok, type Result } from '../policy/result.ts'
import { parseScopeList, parseScopeString, type ScopeToken } from '../policy/scope.ts'
import type { JsonObject } from './compact.ts'
import { actorOf, authorizationDetailsOf, confirmationOf } from './member-claims.ts'

/** Whom a token is held against: its issuer, and the resources behind the gate that it may be for. */
export interface Trust {
  readonly issuer: Issuer
  /** By service: those with an audience of their own. */
  readonly services: Readonly<Record<string, Resource>>
}

/** Where the claims come from. A JWT must show that it is an access token; an introspection answer that it speaks of one. */
export type ClaimsSource = 'jwt' | 'introspection'

export interface CheckedClaims {
  readonly principal: Principal
  /** From this second on the claims must be checked anew, and fail. */
  readonly until: number
}

/** The claims of RFC 9068 section 2.2 that are texts; `iss` and `aud` are checked for themselves. */
const REQUIRED_TEXTS = ['sub', 'client_id', 'jti']
/** What OpenID Connect puts into ID tokens and no issuer into access tokens. */
const ID_TOKEN_MARKS = ['nonce', 'at_hash', 'c_hash', 's_hash']

/** The `typ` header as RFC 9068 section 4 wants it, or as the issuer's named exception allows. */
export function isAcceptedType(typ: unknown, issuer: Issuer): boolean {
  const accepted: readonly string[] = issuer.type.kind === 'legacy' ? issuer.type.accept : []
  if (typ === undefined) return accepted.includes('none')
  if (typeof typ !== 'string') return false
  // RFC 8725 section 3.11: a value without a slash is read as if it began with `application/`.
  const mediaType = typ.toLowerCase().replace(/^application\//, '')
  return mediaType === 'at+jwt' || (mediaType === 'jwt' && accepted.includes('JWT'))
}

/**
 * The principal of a token whose signature is verified, or that its server has vouched for. Checks issuer, audience, times, claim types and the claim
 * profile. Does not check possession, revocation, nor whether the scopes suffice for anything.
 */
export function principalFrom(
  claims: JsonObject,
  { issuer, services }: Trust,
  now: EpochSeconds,
  fingerprint: string,
  source: ClaimsSource = 'jwt',
): Result<CheckedClaims, TokenFault> {
  const resources = resourcesOf(own(claims, issuer.audienceClaim), issuer, services)
  const fault =
    (isIssuedBy(claims.iss, issuer, source) ? undefined : 'issuer') ??
    (resources === undefined ? 'audience' : undefined) ??
    timeFault(claims, issuer, now, source) ??
    (source === 'jwt' ? typeFault(claims, issuer) : introspectionFault(claims))
  if (fault !== undefined || resources === undefined) return fail(fault ?? 'audience')
  const details = detailsFrom(claims, issuer, now, source)
  if (!details.ok) return details
  const { exp, iat } = claims as unknown as Times
  const principal = verifiedPrincipal({
    issuer: issuer.issuer,
    fingerprint,
    ...resources,
    ...details.value,
    ...(exp !== undefined && { expiresAt: exp as EpochSeconds }),
    ...(iat !== undefined && { issuedAt: iat as EpochSeconds }),
    ...(iat !== undefined && exp !== undefined && { lifetimeSeconds: exp - iat }),
  })
  return ok({ principal, until: usableUntil({ exp, iat }, issuer) })
}

/** The claims that say who, with what and how; each has the type that it must have. */
function detailsFrom(
  claims: JsonObject,
  issuer: Issuer,
  now: EpochSeconds,
  source: ClaimsSource,
): Result<
  Omit<
    PrincipalFacts,
    'issuer' | 'fingerprint' | 'services' | 'isForDefault' | 'expiresAt' | 'issuedAt' | 'lifetimeSeconds'
  >,
  TokenFault
> {
  const scopes = scopesOf(claims, issuer.scopes)
  const authentication = authenticationOf(claims, issuer, now + issuer.clockLeewaySeconds)
  const authorizationDetails = authorizationDetailsOf(own(claims, 'authorization_details'))
  const actor = actorOf(own(claims, 'act'), issuer)
  const confirmation = confirmationOf(own(claims, 'cnf'))
  const names = furtherNamesOf(claims, issuer)
  if (scopes === undefined || authentication === undefined || authorizationDetails === undefined || !actor.ok)
    return fail('claims')
  if (names === undefined || !optionalTextsHold(claims, issuer, source)) return fail('claims')
  if (!confirmation.ok) return confirmation
  const client = issuer.client.map((name) => own(claims, name)).find((value) => typeof value === 'string')
  return ok({
    scopes,
    authentication,
    authorizationDetails,
    ...names,
    ...(isText(claims.sub) && { subject: claims.sub }),
    ...(isText(client) && { client: (issuer.clientPrefix ?? '') + client }),
    ...(isText(claims.jti) && { tokenId: claims.jti }),
    ...(confirmation.value !== undefined && { confirmation: confirmation.value }),
    ...(actor.value !== undefined && { actor: actor.value }),
  })
}

/** An introspection answer need not repeat who gave it (RFC 7662 section 2.2). */
const isIssuedBy = (iss: unknown, { issuer }: Issuer, source: ClaimsSource): boolean =>
  iss === issuer || (source === 'introspection' && iss === undefined)

function own(claims: JsonObject, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined
}

/** What the token is for, of all that is behind this gate. Undefined where that is nothing (RFC 8707, RFC 9068 section 4). */
function resourcesOf(
  aud: unknown,
  issuer: Issuer,
  services: Trust['services'],
): Pick<PrincipalFacts, 'isForDefault' | 'services'> | undefined {
  const list = typeof aud === 'string' ? [aud] : aud
  if (!Array.isArray(list) || !list.every((value) => typeof value === 'string')) return undefined
  const isNamed = (audiences: readonly string[]) => audiences.some((audience) => list.includes(audience))
  const named = Object.entries(services).filter(([, { audiences }]) => isNamed(audiences))
  const isForDefault = isNamed(issuer.audiences)
  return isForDefault || named.length > 0 ? { isForDefault, services: new Set(named.map(([name]) => name)) } : undefined
}

/** `exp`, `nbf` and `iat` once `timeFault` has found nothing. */
interface Times {
  readonly exp: number | undefined
  readonly iat: number | undefined
}

/** Introspection answers may leave `exp` out: how long such an answer serves is the cache's matter. */
function timeFault(
  { exp, nbf, iat }: JsonObject,
  issuer: Issuer,
  now: EpochSeconds,
  source: ClaimsSource,
): TokenFault | undefined {
  const { clockLeewaySeconds: leeway, maxLifetimeSeconds, maxTokenAgeSeconds } = issuer
  if (![exp, nbf, iat].every((time) => time === undefined || isTime(time))) return 'claims'
  if (exp === undefined && (source === 'jwt' || maxLifetimeSeconds !== undefined)) return 'claims'
  if (iat === undefined && (maxLifetimeSeconds !== undefined || maxTokenAgeSeconds !== undefined)) return 'claims'
  const times: Times = { exp: exp as number | undefined, iat: iat as number | undefined }
  if (now >= usableUntil(times, issuer)) return 'expired'
  if (Number(nbf ?? now) > now + leeway || (times.iat ?? now) > now + leeway) return 'not_yet_valid'
  return maxLifetimeSeconds !== undefined && Number(exp) - Number(iat) > maxLifetimeSeconds ? 'lifetime' : undefined
}

/** The first second at which the token has expired, or is older than its issuer's tokens may become. */
const usableUntil = ({ exp, iat }: Times, { clockLeewaySeconds, maxTokenAgeSeconds }: Issuer): number =>
  Math.min(
    (exp ?? Number.POSITIVE_INFINITY) + clockLeewaySeconds,
    maxTokenAgeSeconds === undefined || iat === undefined ? Number.POSITIVE_INFINITY : iat + maxTokenAgeSeconds + 1,
  )

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
/** Half a surrogate pair is no text: what names somebody must be sayable to the origin. */
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.isWellFormed()

/** Strict: every claim that RFC 9068 requires. Legacy: a claim that tells access tokens apart, and nothing that marks an ID token. */
function typeFault(claims: JsonObject, issuer: Issuer): TokenFault | undefined {
  if (issuer.type.kind === 'at+jwt') {
    return REQUIRED_TEXTS.every((name) => isText(own(claims, name))) && isTime(claims.iat) ? undefined : 'claims'
  }
  const isIdToken =
    ID_TOKEN_MARKS.some((name) => Object.hasOwn(claims, name)) ||
    !issuer.type.distinguishedBy.some((mark) => bears(claims, mark))
  return isIdToken ? 'type' : undefined
}

function bears(claims: JsonObject, { claim, equals }: DistinguishingClaim): boolean {
  const value = own(claims, claim)
  return equals === undefined ? value !== undefined : typeof value === 'string' && equals.includes(value)
}

/**
 * An answer must speak of an access token: refresh tokens are active, too. RFC 7662 section 2.2 makes `token_type` optional, and servers give it to access
 * tokens alone. A DPoP token says what it is bound to (RFC 9449 section 6.2).
 */
function introspectionFault(claims: JsonObject): TokenFault | undefined {
  const { token_type: type, token_use: use } = claims
  const kind = typeof type === 'string' ? type.toLowerCase() : undefined
  if (kind !== 'bearer' && kind !== 'dpop') return 'type'
  if (use !== undefined && use !== 'access_token' && use !== 'access') return 'type'
  return kind === 'dpop' && !Object.hasOwn(Object(claims.cnf), 'jkt') ? 'claims' : undefined
}

/** What is not required must still be what it says it is. Some issuers leave `sub` empty where a machine is meant. */
const optionalTextsHold = (claims: JsonObject, issuer: Issuer, source: ClaimsSource): boolean =>
  (claims.sub === '' && (issuer.type.kind === 'legacy' || source === 'introspection')
    ? ['jti', ...issuer.client]
    : ['sub', 'jti', ...issuer.client]
  ).every((name) => own(claims, name) === undefined || isText(own(claims, name)))

/** What marks can name. Undefined where a claim that should name something holds no text: a mark would miss such a token. */
function furtherNamesOf(claims: JsonObject, { identifiers }: Issuer): FurtherNames | undefined {
  const names: Partial<Record<keyof FurtherNames, string>> = {}
  for (const [name, claim] of Object.entries(identifiers) as [keyof FurtherNames, string][]) {
    const value = own(claims, claim)
    if (value === undefined || (name === 'email' && claims.email_verified !== true)) continue
    if (!isText(value)) return undefined
    names[name] = name === 'email' ? canonicalEmail(value) : value
  }
  return names
}

/** RFC 9068 section 2.2.1. Undefined where a claim has another type, or the authentication lies in the future. */
function authenticationOf(
  claims: JsonObject,
  { acrClaim, amrMember }: Issuer,
  latest: number,
): PrincipalFacts['authentication'] | undefined {
  const { auth_time: at } = claims
  if (at !== undefined && (!isTime(at) || at > latest)) return undefined
  const acr = own(claims, acrClaim)
  const acrs = textList(typeof acr === 'string' ? [acr] : acr)
  const amr = own(claims, 'amr')
  const methods = textList(
    amrMember !== undefined && Array.isArray(amr)
      ? amr.map((entry) => (typeof entry === 'string' ? entry : Object(entry)[amrMember]))
      : amr,
  )
  if (acrs === undefined || methods === undefined) return undefined
  return { acrs, amr: methods, ...(at !== undefined && { at: at as EpochSeconds }) }
}

function textList(value: unknown): readonly string[] | undefined {
  if (value === undefined) return []
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && item.isWellFormed())
    ? value
    : undefined
}

/** The grants of every scope claim, joined. An absent claim grants nothing; a malformed one condemns the token. */
function scopesOf(claims: JsonObject, profile: readonly ScopeClaim[]): ReadonlySet<ScopeToken> | undefined {
  const granted = new Set<ScopeToken>()
  for (const claim of profile) {
    const scopes = readScopes(valueAt(claims, claim.path), claim.format)
    if (scopes === undefined) return undefined
    for (const scope of scopes) {
      const { prefix } = claim
      if (prefix === undefined) granted.add(scope)
      else if (scope.startsWith(prefix) && scope.length > prefix.length)
        granted.add(scope.slice(prefix.length) as ScopeToken)
    }
  }
  return granted
}

function readScopes(value: unknown, format: ScopeClaim['format']): ReadonlySet<ScopeToken> | undefined {
  if (value === undefined) return new Set()
  if (typeof value === 'string') return format === 'array' ? undefined : parseScopeString(value)
  return Array.isArray(value) && format !== 'string' ? parseScopeList(value) : undefined
}

function valueAt(claims: JsonObject, path: readonly string[]): unknown {
  let value: unknown = claims
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as JsonObject)[name]
  }
  return value
}
