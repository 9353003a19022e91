/** What a verified token says, checked against its issuer: RFC 9068 sections 2.2 and 4, RFC 7519 section 4.1, RFC 8725 section 3. */
import type { TokenFault } from '../policy/denial.ts'
import type { Issuer, ScopeClaim } from '../policy/environment.ts'
import { type Principal, type PrincipalFacts, verifiedPrincipal } from '../policy/principal.ts'
import { type EpochSeconds, fail, ok, type Result } from '../policy/result.ts'
import { parseScopeList, parseScopeString, type ScopeToken } from '../policy/scope.ts'
import type { JsonObject } from './compact.ts'

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
 * The principal of a token whose signature is verified. Checks issuer, audience, times, claim types and the claim profile. Does not check
 * revocation, nor whether the scopes suffice for anything.
 */
export function principalFrom(claims: JsonObject, issuer: Issuer, now: EpochSeconds): Result<Principal, TokenFault> {
  const fault =
    (claims.iss !== issuer.issuer ? 'issuer' : undefined) ??
    audienceFault(claims.aud, issuer) ??
    timeFault(claims, issuer.clockLeewaySeconds, now) ??
    profileFault(claims, issuer) ??
    (Object.hasOwn(claims, 'cnf') ? 'sender_constrained' : undefined)
  if (fault !== undefined) return fail(fault)
  const scopes = scopesOf(claims, issuer.scopes)
  const authentication = authenticationOf(claims, now + issuer.clockLeewaySeconds)
  if (scopes === undefined || authentication === undefined || !optionalTextsHold(claims, issuer)) return fail('claims')
  const client = issuer.client.map((name) => own(claims, name)).find((value) => typeof value === 'string')
  return ok(
    verifiedPrincipal({
      issuer: issuer.issuer,
      scopes,
      expiresAt: claims.exp as EpochSeconds,
      authentication,
      ...(typeof claims.sub === 'string' && { subject: claims.sub }),
      ...(typeof client === 'string' && { client }),
      ...(typeof claims.iat === 'number' && { issuedAt: claims.iat as EpochSeconds }),
      ...(typeof claims.jti === 'string' && { tokenId: claims.jti }),
    }),
  )
}

function own(claims: JsonObject, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined
}

function audienceFault(aud: unknown, issuer: Issuer): TokenFault | undefined {
  const list = typeof aud === 'string' ? [aud] : aud
  if (!Array.isArray(list) || !list.every((value) => typeof value === 'string')) return 'audience'
  return list.some((value) => issuer.audiences.includes(value)) ? undefined : 'audience'
}

function timeFault({ exp, nbf, iat }: JsonObject, leeway: number, now: EpochSeconds): TokenFault | undefined {
  if (!isTime(exp) || (nbf !== undefined && !isTime(nbf)) || (iat !== undefined && !isTime(iat))) return 'claims'
  if (now >= exp + leeway) return 'expired'
  return (nbf ?? now) > now + leeway || (iat ?? now) > now + leeway ? 'not_yet_valid' : undefined
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** Strict: every claim that RFC 9068 requires. Legacy: the claim that tells access tokens apart, and nothing that marks an ID token. */
function profileFault(claims: JsonObject, issuer: Issuer): TokenFault | undefined {
  if (issuer.type.kind === 'at+jwt') {
    return REQUIRED_TEXTS.every((name) => isText(own(claims, name))) && isTime(claims.iat) ? undefined : 'claims'
  }
  const isIdToken =
    ID_TOKEN_MARKS.some((name) => Object.hasOwn(claims, name)) || !Object.hasOwn(claims, issuer.type.distinguishedBy)
  return isIdToken ? 'type' : undefined
}

/** What is not required must still be what it says it is. */
const optionalTextsHold = (claims: JsonObject, issuer: Issuer): boolean =>
  ['sub', 'jti', ...issuer.client].every((name) => own(claims, name) === undefined || isText(own(claims, name)))

/** RFC 9068 section 2.2.1. Undefined where a claim has another type, or the authentication lies in the future. */
function authenticationOf(
  { auth_time: at, acr, amr }: JsonObject,
  latest: number,
): PrincipalFacts['authentication'] | undefined {
  if (at !== undefined && (!isTime(at) || at > latest)) return undefined
  if (acr !== undefined && typeof acr !== 'string') return undefined
  if (amr !== undefined && !(Array.isArray(amr) && amr.every((value) => typeof value === 'string'))) return undefined
  return { amr: amr ?? [], ...(at !== undefined && { at: at as EpochSeconds }), ...(acr !== undefined && { acr }) }
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
