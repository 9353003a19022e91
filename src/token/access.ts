/**
 * The assertion of Cloudflare Access -> evidence, for the admin API alone. Behind it is a cookie, which a browser sends whoever makes it ask, so an assertion counts
 * only on a request that a page of this very gate has made on purpose: from the same origin, and with a header that no form and no link can set. It says who
 * somebody is; what they may do, `gateway.yaml` says.
 */
import { type AccessPolicy, scopesGranted } from '../policy/access.ts'
import type { Denial, TokenFault } from '../policy/denial.ts'
import { canonicalEmail, type Principal, type PrincipalFacts, verifiedPrincipal } from '../policy/principal.ts'
import { type EpochSeconds, epochSeconds, fail, ok, type Result } from '../policy/result.ts'
import type { Fetch } from './client-authentication.ts'
import { type JsonObject, parseCompact } from './compact.ts'
import { sha256 } from './digest.ts'
import { invalid, RETRY_SECONDS } from './jwt.ts'
import { createKeySet, type KeySet, type KeySetMemory, type WaitUntil } from './key-set.ts'
import { isSignedBy } from './signature.ts'
import type { TokenEvidence } from './verify.ts'

export const ASSERTION_HEADER = 'cf-access-jwt-assertion'
/** With the value `1`, on every request of the console that has no `Authorization`. */
export const CONSOLE_HEADER = 'x-scopewall-console'

/** What is known of a request that has no `Authorization`. Never rejects. `now` in milliseconds. */
export type AmbientEvidence = (request: Request, now: number, waitUntil: WaitUntil) => Promise<TokenEvidence>

export interface AccessParts {
  readonly policy: AccessPolicy
  /** The address that clients know the gate by: its origin is the console's. */
  readonly resource: string
  readonly mostBytes: number
  readonly fetch: Fetch
  readonly memory?: KeySetMemory
}

const ALGORITHM = 'RS256'
const KEYS_MAX_STALE_SECONDS = 86_400
const LEEWAY_SECONDS = 60

export function createAccessVerifier({ policy, resource, mostBytes, fetch, memory }: AccessParts): AmbientEvidence {
  const { team } = policy
  const holder = {
    issuer: team,
    keys: { kind: 'jwks', uri: `${team}/cdn-cgi/access/certs` },
    algorithms: [ALGORITHM],
    keysMaxStaleSeconds: KEYS_MAX_STALE_SECONDS,
  } as const
  const keys = createKeySet(holder, fetch, memory)
  const ownOrigin = new URL(resource).origin
  return async ({ headers }, now, waitUntil) => {
    const assertion = headers.get(ASSERTION_HEADER)
    // Whoever brings a credential of their own, of whatever scheme, is judged by that.
    if (assertion === null || headers.has('authorization') || !isOwnPage(headers, ownOrigin)) return { kind: 'none' }
    const verified =
      assertion.length > mostBytes
        ? invalid('not_a_jwt')
        : await verifyAssertion(assertion, policy, keys, now, waitUntil)
    return verified.ok ? { kind: 'verified', principal: verified.value } : { kind: 'rejected', denial: verified.error }
  }
}

/** Whether a page of the gate's own origin asks, and means to. Browsers let no page set these headers for itself as another origin's. */
function isOwnPage(headers: Headers, ownOrigin: string): boolean {
  const origin = headers.get('origin')
  return (
    headers.get(CONSOLE_HEADER) === '1' &&
    headers.get('sec-fetch-site') === 'same-origin' &&
    (origin === null || origin === ownOrigin)
  )
}

async function verifyAssertion(
  assertion: string,
  policy: AccessPolicy,
  keys: KeySet,
  now: number,
  waitUntil: WaitUntil,
): Promise<Result<Principal, Denial>> {
  const parsed = parseCompact(assertion)
  if (!parsed.ok) return invalid(parsed.error)
  const { header, claims, signature, signedBytes } = parsed.value
  if (header.alg !== ALGORITHM) return invalid('algorithm')
  if (typeof header.kid !== 'string') return invalid('header')
  const found = await keys.find(header.kid, ALGORITHM, now, waitUntil)
  if (found.kind === 'unavailable') return fail({ code: 'unavailable', what: 'keys', retryAfterSeconds: RETRY_SECONDS })
  if (found.kind === 'unknown') return invalid('unknown_key')
  if (!(await isSignedBy(found.key.algorithm, found.key.key, signature, signedBytes))) return invalid('signature')
  const facts = factsFrom(claims, policy, epochSeconds(now), await sha256(signedBytes))
  return facts.ok ? ok(verifiedPrincipal(facts.value)) : invalid(facts.error)
}

/** Of a person: assertions of machines have no address, and no console. */
function factsFrom(
  claims: JsonObject,
  policy: AccessPolicy,
  now: EpochSeconds,
  fingerprint: string,
): Result<PrincipalFacts, TokenFault> {
  const { iss, aud, type, sub, email, iat, exp } = claims
  if (iss !== policy.team) return fail('issuer')
  if (!Array.isArray(aud) || !aud.includes(policy.audience)) return fail('audience')
  // `org` is the session of the whole team, and good for no application.
  if (type !== 'app') return fail('type')
  const time = timeFault(claims, now)
  if (time !== undefined) return fail(time)
  if (!isText(sub) || !isText(email) || !email.includes('@')) return fail('claims')
  const said = Object(claims.custom) as JsonObject
  const authentication = authenticationFrom(said, now)
  if (authentication === undefined) return fail('claims')
  const person = { email: canonicalEmail(email), groups: textsOf(said.groups) }
  return ok({
    issuer: policy.team,
    fingerprint,
    subject: sub,
    email: person.email,
    scopes: scopesGranted(policy, person),
    issuedAt: iat as EpochSeconds,
    expiresAt: exp as EpochSeconds,
    lifetimeSeconds: Number(exp) - Number(iat),
    authentication,
    isForDefault: true,
    services: new Set(),
    authorizationDetails: [],
  })
}

function timeFault({ iat, nbf, exp }: JsonObject, now: EpochSeconds): TokenFault | undefined {
  if (!isTime(iat) || !isTime(exp) || (nbf !== undefined && !isTime(nbf))) return 'claims'
  if (now >= exp + LEEWAY_SECONDS) return 'expired'
  return Math.max(iat, nbf ?? iat) > now + LEEWAY_SECONDS ? 'not_yet_valid' : undefined
}

/**
 * How the person authenticated, where the identity provider's own claims are in the assertion. When the assertion was made says nothing of it: the edge makes
 * one for a session that may be days old.
 */
function authenticationFrom(said: JsonObject, now: EpochSeconds): PrincipalFacts['authentication'] | undefined {
  const { acr, amr, auth_time: at } = said
  if (at !== undefined && (!isTime(at) || at > now + LEEWAY_SECONDS)) return undefined
  return {
    acrs: isText(acr) ? [acr] : textsOf(acr),
    amr: textsOf(amr),
    ...(at !== undefined && { at: at as EpochSeconds }),
  }
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.isWellFormed()
const textsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter(isText) : [])
