/**
 * A token that only its authorization server can read: RFC 7662, and RFC 9701 where the answer must be signed. What is kept for a while is what the
 * server said, never whether it was enough: scopes are judged on each request.
 */
import { base64url } from 'jose'
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
import { isSecure, readBounded } from './discovery.ts'
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
/** A digest has 43 characters. */
const MAX_CACHED_CHARACTERS = 43 * MAX_CACHED_TOKENS
/** Tokens that nobody has seen cost the server a request each; past this many at once, the gate asks for patience instead. */
const MAX_FLIGHTS = 100
const TIMEOUT_MS = 5_000
/** A little more than the request may take. */
const PATIENCE_MS = TIMEOUT_MS + 1_000

export function createIntrospector(parts: IntrospectorParts): Introspector {
  const { cacheSeconds, negativeCacheSeconds } = parts.introspection
  const cache = createTokenCache<{ readonly result: IntrospectionResult; readonly untilMs: number }>(
    MAX_CACHED_TOKENS,
    MAX_CACHED_CHARACTERS,
  )
  let asked = 0
  const flights = new Map<string, { readonly work: Promise<IntrospectionResult>; readonly startedAt: number }>()

  return {
    async inspect(token, fresh, now, waitUntil) {
      const key = await digestOf(token)
      const cached = fresh ? undefined : cache.get(key)
      if (cached !== undefined && now < cached.untilMs) return cached.result
      // An answer that another request waits for may have been asked for before this one came.
      if (fresh) return (await settleWithin(askAnew(key, token, now, waitUntil), PATIENCE_MS)) ?? UNAVAILABLE
      return (await settleWithin(join(key, token, now, waitUntil), PATIENCE_MS)) ?? UNAVAILABLE
    },
  }

  /** The request for this token that is under way, or a new one. */
  function join(key: string, token: string, now: number, waitUntil: WaitUntil): Promise<IntrospectionResult> {
    const flight = flights.get(key)
    if (flight !== undefined && now - flight.startedAt <= PATIENCE_MS) return flight.work
    if (flights.size >= MAX_FLIGHTS) dropStale(now)
    if (flights.size >= MAX_FLIGHTS) return Promise.resolve(UNAVAILABLE)
    const work = ask(parts, token, now, waitUntil).then((result) => {
      if (flights.get(key)?.work === work) flights.delete(key)
      keep(key, result, now)
      return result
    })
    flights.set(key, { work, startedAt: now })
    waitUntil(work)
    return work
  }

  /** Outside the shared flights, and counted like them. What is learnt serves the others, too. */
  function askAnew(key: string, token: string, now: number, waitUntil: WaitUntil): Promise<IntrospectionResult> {
    if (flights.size >= MAX_FLIGHTS) dropStale(now)
    if (flights.size >= MAX_FLIGHTS) return Promise.resolve(UNAVAILABLE)
    const flight = `fresh ${++asked}`
    const work = ask(parts, token, now, waitUntil).then((result) => {
      flights.delete(flight)
      keep(key, result, now)
      return result
    })
    flights.set(flight, { work, startedAt: now })
    return work
  }

  function dropStale(now: number): void {
    for (const [key, { startedAt }] of flights) if (now - startedAt > PATIENCE_MS) flights.delete(key)
  }

  /** Never past the token's own end; a refusal briefly; a server that could not be asked not at all. */
  function keep(key: string, result: IntrospectionResult, now: number): void {
    if (!result.ok && result.error.code === 'unavailable') return
    const seconds = result.ok ? cacheSeconds : negativeCacheSeconds
    const end = result.ok ? result.value.until * 1000 : Number.POSITIVE_INFINITY
    const untilMs = Math.min(now + seconds * 1000, end)
    if (untilMs > now) cache.set(key, { result, untilMs })
    else cache.delete(key)
  }
}

const unavailable = (what: 'introspection' | 'introspection_credentials'): IntrospectionResult =>
  fail({ code: 'unavailable', what, retryAfterSeconds: RETRY_SECONDS })

const UNAVAILABLE = unavailable('introspection')

/** One request and its answer. Whatever goes wrong with the server is its unavailability, never a verdict on the token. */
async function ask(
  parts: IntrospectorParts,
  token: string,
  now: number,
  waitUntil: WaitUntil,
): Promise<IntrospectionResult> {
  let answer: JsonObject | 'refused'
  try {
    answer = await introspect(parts, token, now, waitUntil)
  } catch (fault) {
    return isAboutToken(fault) ? invalid('not_introspectable') : UNAVAILABLE
  }
  if (answer === 'refused') return unavailable('introspection_credentials')
  // RFC 7662 section 2.2: nothing else in such an answer counts.
  if (answer.active !== true) return invalid('inactive')
  const checked = principalFrom(answer, parts.authority, epochSeconds(now), 'introspection')
  return checked.ok ? ok(checked.value) : invalid(checked.error)
}

/**
 * Some servers answer an error for what they take for a token of another kind, such as anything with a JOSE header, and anybody can send that: it must
 * be no outage. `unsupported_token_type` is RFC 7009 section 2.2.1; our own request is always well-formed.
 */
const isAboutToken = (fault: unknown): boolean =>
  fault instanceof ResponseBodyError && fault.status === 400 && ABOUT_TOKENS.includes(fault.error)

const ABOUT_TOKENS = ['unsupported_token_type', 'invalid_token', 'invalid_request']

/** Rejects where there is no answer that can be believed. */
async function introspect(
  { authority, introspection, fetch, secrets }: IntrospectorParts,
  token: string,
  now: number,
  waitUntil: WaitUntil,
): Promise<JsonObject | 'refused'> {
  const { endpoint, clientId, authentication, response: form } = introspection
  const { issuer } = authority.issuer
  if (!isSecure(endpoint)) throw new TypeError('insecure introspection endpoint')
  const server: AuthorizationServer = {
    issuer,
    introspection_endpoint: endpoint,
    introspection_signing_alg_values_supported: [...authority.issuer.algorithms],
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
    return 'refused'
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
  return answer as JsonObject
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
  if (typeof alg !== 'string' || !issuer.algorithms.some((allowed) => allowed === alg)) return false
  if (kid !== undefined && typeof kid !== 'string') return false
  const found = await keys.find(kid, alg, now, waitUntil)
  return found.kind === 'key' && (await isSignedBy(found.key.algorithm, found.key.key, signature, signedBytes))
}

const encoder = new TextEncoder()

/** Tokens are kept by their SHA-256, so that memory holds none that could be used. */
async function digestOf(token: string): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(token))))
}
