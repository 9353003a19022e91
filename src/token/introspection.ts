/**
 * A token that only its authorization server can read: RFC 7662, and RFC 9701 where the answer must be signed. What is kept for a while is what the
 * server said, never whether it was enough: scopes are judged on each request.
 */
import {
  type AuthorizationServer,
  allowInsecureRequests,
  type Client,
  customFetch,
  introspectionRequest,
  processIntrospectionResponse,
  ResponseBodyError,
} from 'oauth4webapi'
import type { Denial } from '../policy/denial.ts'
import type { Introspection } from '../policy/issuer.ts'
import { epochSeconds, fail, ok, type Result } from '../policy/result.ts'
import { createTokenCache } from './cache.ts'
import { type CheckedClaims, principalFrom } from './claims.ts'
import { clientAuthentication, type Fetch, type Secrets } from './client-authentication.ts'
import { type JsonObject, parseCompact } from './compact.ts'
import { sha256 } from './digest.ts'
import { isSecure, readBounded } from './discovery.ts'
import { fingerprintOf } from './fingerprint.ts'
import { isSameAlgorithm, namesOf } from './jwks.ts'
import { type Authority, invalid, RETRY_SECONDS } from './jwt.ts'
import type { WaitUntil } from './key-set.ts'
import { settleWithin } from './patience.ts'
import { isSignedBy } from './signature.ts'

export type IntrospectionResult = Result<CheckedClaims, Denial>

export interface Introspector {
  /** `fresh`: an answer from before this request will not do. Never rejects. `now` in milliseconds. */
  inspect(token: string, fresh: boolean, now: number, waitUntil: WaitUntil): Promise<IntrospectionResult>
}

export interface IntrospectorParts {
  readonly authority: Authority
  readonly introspection: Introspection
  readonly fetch: Fetch
  readonly secrets: Secrets
}

const MAX_CACHED_TOKENS = 10_000
/** Of the answers: what a server says of one token can be long. */
const MAX_CACHED_CHARACTERS = 8 * 1024 * 1024
/** Tokens that nobody has seen cost the server a request each; past this many at once, the gate asks for patience instead. */
const MAX_FLIGHTS = 100
const TIMEOUT_MS = 5_000
/** A little more than the request may take. */
const PATIENCE_MS = TIMEOUT_MS + 1_000

/** What was learnt of a token, and how many characters the server took to say it. */
interface Learnt {
  readonly result: IntrospectionResult
  readonly length: number
}

/** A question that is under way. */
interface Flight {
  readonly key: string
  readonly work: Promise<Learnt>
  readonly startedAt: number
  /** A question that was asked later has been answered: the token may have been revoked in between. */
  isOvertaken: boolean
}

interface Kept {
  readonly result: IntrospectionResult
  readonly untilMs: number
}

export function createIntrospector(parts: IntrospectorParts): Introspector {
  const { cacheSeconds, negativeCacheSeconds } = parts.introspection
  const cache = createTokenCache<Kept>(MAX_CACHED_TOKENS, MAX_CACHED_CHARACTERS)
  /** In the order of their take-off. */
  const flights = new Map<string, Flight>()
  let asked = 0

  return {
    async inspect(token, fresh, now, waitUntil) {
      // Tokens are kept by their SHA-256, so that memory holds none that could be used.
      const key = await sha256(token)
      const cached = fresh ? undefined : cache.get(key)
      if (cached !== undefined && now < cached.untilMs) return cached.result
      // An answer that another request waits for may have been asked for before this one came, so `fresh` has a flight of its own.
      const work = fresh
        ? takeOff(`fresh ${++asked}`, key, token, now, waitUntil)
        : (flightUnderWay(key, now) ?? takeOff(key, key, token, now, waitUntil))
      const learnt = work === undefined ? undefined : await settleWithin(work, PATIENCE_MS)
      return learnt?.result ?? UNAVAILABLE
    },
  }

  /** One whose answer will be no older than what is known already. */
  function flightUnderWay(name: string, now: number): Promise<Learnt> | undefined {
    const flight = flights.get(name)
    if (flight === undefined || flight.isOvertaken || now - flight.startedAt > PATIENCE_MS) return undefined
    return flight.work
  }

  /** Undefined where too many are under way. What is learnt is kept for all, also where the request that asked is gone by then. */
  function takeOff(
    name: string,
    key: string,
    token: string,
    now: number,
    waitUntil: WaitUntil,
  ): Promise<Learnt> | undefined {
    flights.delete(name)
    if (flights.size >= MAX_FLIGHTS) dropStale(now)
    if (flights.size >= MAX_FLIGHTS) return undefined
    const work = ask(parts, token, now, waitUntil).then((learnt) => {
      land(name, flight, learnt)
      return learnt
    })
    const flight: Flight = { key, work, startedAt: now, isOvertaken: false }
    flights.set(name, flight)
    waitUntil(work)
    return work
  }

  /** A flight that was given up, or overtaken, or that brings no answer, leaves nothing behind. */
  function land(name: string, flight: Flight, learnt: Learnt): void {
    if (flights.get(name) !== flight) return
    if (isAnswer(learnt.result)) {
      if (!flight.isOvertaken) keep(flight.key, learnt, flight.startedAt)
      overtake(flight)
    }
    flights.delete(name)
  }

  function overtake(flight: Flight): void {
    for (const earlier of flights.values()) {
      if (earlier === flight) return
      if (earlier.key === flight.key) earlier.isOvertaken = true
    }
  }

  function dropStale(now: number): void {
    for (const [name, { startedAt }] of flights) if (now - startedAt > PATIENCE_MS) flights.delete(name)
  }

  /** Never past the token's own end; a refusal briefly. */
  function keep(key: string, { result, length }: Learnt, now: number): void {
    const seconds = result.ok ? cacheSeconds : negativeCacheSeconds
    const end = result.ok ? result.value.until * 1000 : Number.POSITIVE_INFINITY
    const untilMs = Math.min(now + seconds * 1000, end)
    if (untilMs > now) cache.set(key, { result, untilMs }, key.length + length)
    else cache.delete(key)
  }
}

/** A server that could not be asked has said nothing of the token. */
const isAnswer = (result: IntrospectionResult): boolean => result.ok || result.error.code !== 'unavailable'

const unavailable = (what: 'introspection' | 'introspection_credentials'): IntrospectionResult =>
  fail({ code: 'unavailable', what, retryAfterSeconds: RETRY_SECONDS })

const UNAVAILABLE = unavailable('introspection')

/** One request and its answer. Whatever goes wrong with the server is its unavailability, never a verdict on the token. */
async function ask(parts: IntrospectorParts, token: string, now: number, waitUntil: WaitUntil): Promise<Learnt> {
  try {
    const { answer, length } = await introspect(parts, token, now, waitUntil)
    // RFC 7662 section 2.2: nothing else in such an answer counts.
    if (answer.active !== true) return { result: invalid('inactive'), length: 0 }
    const fingerprint = await fingerprintOf(token)
    const checked = principalFrom(answer, parts.authority, epochSeconds(now), fingerprint, 'introspection')
    return checked.ok ? { result: ok(checked.value), length } : { result: invalid(checked.error), length: 0 }
  } catch (fault) {
    return { result: verdictOn(fault), length: 0 }
  }
}

/** The server does not know the gate. */
class CredentialsRefused extends Error {}

/**
 * Some servers answer 400 for what they take for a token of another kind, such as anything with a JOSE header, and anybody can send that: it must be no
 * outage. Our own request is always well-formed.
 */
function verdictOn(fault: unknown): IntrospectionResult {
  if (fault instanceof CredentialsRefused) return unavailable('introspection_credentials')
  if (!(fault instanceof ResponseBodyError) || fault.status !== 400) return UNAVAILABLE
  if (ABOUT_US.includes(fault.error)) return unavailable('introspection_credentials')
  return ABOUT_TOKENS.includes(fault.error) ? invalid('not_introspectable') : UNAVAILABLE
}

/** RFC 6749 section 5.2: 400 is allowed where the credentials are in the body. */
const ABOUT_US = ['invalid_client', 'unauthorized_client']
/** RFC 7009 section 2.2.1 has the first. */
const ABOUT_TOKENS = ['unsupported_token_type', 'invalid_token', 'invalid_request']

/** Rejects where there is no answer that can be believed: with `CredentialsRefused`, a `ResponseBodyError` or whatever it was. */
async function introspect(
  { authority, introspection, fetch, secrets }: IntrospectorParts,
  token: string,
  now: number,
  waitUntil: WaitUntil,
): Promise<{ readonly answer: JsonObject; readonly length: number }> {
  const { endpoint, clientId, authentication, response: form } = introspection
  const { issuer } = authority.issuer
  if (!isSecure(endpoint)) throw new TypeError('insecure introspection endpoint')
  const server: AuthorizationServer = {
    issuer,
    introspection_endpoint: endpoint,
    introspection_signing_alg_values_supported: authority.issuer.algorithms.flatMap(namesOf),
  }
  const client: Client = { client_id: clientId }
  const { authenticate, send } = await clientAuthentication(authentication, secrets, fetch)
  const received = await introspectionRequest(server, client, authenticate, token, {
    additionalParameters: { token_type_hint: 'access_token' },
    requestJwtResponse: form === 'jwt',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    [customFetch]: send,
    [allowInsecureRequests]: endpoint.startsWith('http:'),
  })
  if (received.status === 401 || received.status === 403) {
    await received.body?.cancel()
    throw new CredentialsRefused()
  }
  const text = await readBounded(received)
  const { status, headers } = received
  if (status === 200) {
    const type = headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
    if (type !== CONTENT_TYPE[form]) throw new TypeError('answer of another type')
    if (form === 'jwt' && !(await isSignedAnswer(text, authority, now, waitUntil)))
      throw new TypeError('unsigned answer')
  }
  const answer = await processIntrospectionResponse(server, client, new Response(text, { status, headers }))
  return { answer: answer as JsonObject, length: text.length }
}

const CONTENT_TYPE = { json: 'application/json', jwt: 'application/token-introspection+jwt' } as const

/** Whether the answer is a JWS by a key of the issuer. What it says is checked by `processIntrospectionResponse` (RFC 9701 section 5). */
async function isSignedAnswer(
  text: string,
  { issuer, keys }: Authority,
  now: number,
  waitUntil: WaitUntil,
): Promise<boolean> {
  const parsed = parseCompact(text)
  if (!parsed.ok) return false
  const { header, signature, signedBytes } = parsed.value
  const { alg, kid } = header
  if (typeof alg !== 'string' || !issuer.algorithms.some((allowed) => isSameAlgorithm(allowed, alg))) return false
  if (kid !== undefined && typeof kid !== 'string') return false
  const found = await keys.find(kid, alg, now, waitUntil)
  return found.kind === 'key' && (await isSignedBy(found.key.algorithm, found.key.key, signature, signedBytes))
}
