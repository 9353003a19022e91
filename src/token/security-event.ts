/**
 * A security event token (RFC 8417) as a transmitter of Shared Signals pushes it (SSF 1.0 section 4). It is told apart from an access token three times over:
 * by its type, its audience and its keys.
 */
import { type EpochSeconds, epochSeconds, fail, ok, type Result } from '../policy/result.ts'
import type { SignalTransmitter } from '../policy/revocation-policy.ts'
import { type JsonObject, parseCompact } from './compact.ts'
import { type FetchDocument, fetchMetadata, type KeyHolder } from './discovery.ts'
import { isSameAlgorithm } from './jwks.ts'
import { createKeySet, type KeySetMemory, type WaitUntil } from './key-set.ts'
import { isSignedBy } from './signature.ts'

/** Error codes of RFC 8935 section 2.4, and `unavailable` where nobody can say: the keys cannot be had. */
export type SecurityEventFault =
  | 'invalid_request'
  | 'invalid_key'
  | 'invalid_issuer'
  | 'invalid_audience'
  | 'unavailable'

export interface SecurityEvent {
  readonly id: string
  readonly issuedAt: EpochSeconds
  readonly claims: JsonObject
}

export interface SecurityEventVerifier {
  /** Never rejects. `now` in milliseconds. */
  verify(token: string, now: number, waitUntil: WaitUntil): Promise<Result<SecurityEvent, SecurityEventFault>>
  /** Members of complex subjects without which nothing may be done (SSF 1.0 section 7.1); undefined where that cannot be had. Never rejects. */
  criticalMembers(now: number): Promise<readonly string[] | undefined>
}

export interface SecurityEventParts {
  readonly transmitter: SignalTransmitter
  readonly fetch: FetchDocument
  readonly memory?: KeySetMemory
}

const KEYS_MAX_STALE_SECONDS = 86_400
/** How far ahead the clock of a transmitter may be. */
const LEEWAY_SECONDS = 60
const MAX_ID_CHARACTERS = 256
const METADATA_TIMEOUT_MS = 5_000
const METADATA_SERVES_MS = 10 * 60_000

export function createSecurityEventVerifier({ transmitter, fetch, memory }: SecurityEventParts): SecurityEventVerifier {
  const holder: KeyHolder = {
    issuer: transmitter.transmitter,
    keys: transmitter.keys === undefined ? { kind: 'ssf' } : { kind: 'jwks', uri: transmitter.keys },
    algorithms: transmitter.algorithms,
    keysMaxStaleSeconds: KEYS_MAX_STALE_SECONDS,
  }
  const keys = createKeySet(holder, fetch, memory)
  let critical: { readonly members: readonly string[]; readonly fetchedAt: number } | undefined

  return {
    async verify(token, now, waitUntil) {
      const parsed = parseCompact(token)
      if (!parsed.ok || !isSecurityEvent(parsed.value.header.typ)) return fail('invalid_request')
      const { header, claims, signature, signedBytes } = parsed.value
      const { alg, kid } = header
      if (typeof alg !== 'string' || !transmitter.algorithms.some((allowed) => isSameAlgorithm(allowed, alg)))
        return fail('invalid_key')
      if (kid !== undefined && typeof kid !== 'string') return fail('invalid_key')
      const found = await keys.find(kid, alg, now, waitUntil)
      if (found.kind === 'unavailable') return fail('unavailable')
      // What is refused never comes again: not before it is certain that the transmitter has no such key.
      if (found.kind === 'unknown') return fail(found.wasAsked ? 'invalid_key' : 'unavailable')
      if (!(await isSignedBy(found.key.algorithm, found.key.key, signature, signedBytes))) return fail('invalid_key')
      return eventFrom(claims, transmitter, epochSeconds(now))
    },

    async criticalMembers(now) {
      // A transmitter whose keys have an address of their own publishes no document.
      if (transmitter.keys !== undefined) return []
      if (critical !== undefined && now - critical.fetchedAt < METADATA_SERVES_MS) return critical.members
      try {
        const metadata = await fetchMetadata(holder, fetch, AbortSignal.timeout(METADATA_TIMEOUT_MS))
        const { critical_subject_members: members = [] } = metadata
        if (!Array.isArray(members)) return undefined
        critical = { members: members.map(String), fetchedAt: now }
        return critical.members
      } catch {
        return undefined
      }
    },
  }
}

const isSecurityEvent = (typ: unknown): boolean =>
  typeof typ === 'string' && typ.toLowerCase().replace(/^application\//, '') === 'secevent+jwt'

/** RFC 8417 section 2.2, SSF 1.0 section 4: who says it, to whom, under which name and when; and nothing that an access token has. */
function eventFrom(
  claims: JsonObject,
  { transmitter, audiences }: SignalTransmitter,
  now: EpochSeconds,
): Result<SecurityEvent, SecurityEventFault> {
  const { iss, aud, jti, iat } = claims
  if (iss !== transmitter) return fail('invalid_issuer')
  const named = typeof aud === 'string' ? [aud] : Array.isArray(aud) ? aud : []
  if (!named.some((audience) => audiences.includes(audience))) return fail('invalid_audience')
  if (Object.hasOwn(claims, 'sub') || Object.hasOwn(claims, 'exp')) return fail('invalid_request')
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_ID_CHARACTERS) return fail('invalid_request')
  if (typeof iat !== 'number' || !Number.isFinite(iat) || iat < 0 || iat > now + LEEWAY_SECONDS)
    return fail('invalid_request')
  return ok({ id: jti, issuedAt: Math.floor(iat) as EpochSeconds, claims })
}
