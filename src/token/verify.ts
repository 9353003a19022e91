/** Token -> evidence: pick the issuer, check the type, find the key, verify the signature, check the claims. In that order, and all of it. */
import type { Evidence } from '../policy/decision.ts'
import type { TokenFault } from '../policy/denial.ts'
import type { Algorithm, Issuer } from '../policy/environment.ts'
import { epochSeconds } from '../policy/result.ts'
import { createTokenCache } from './cache.ts'
import { isAcceptedType, principalFrom } from './claims.ts'
import { parseCompact, type UnverifiedToken } from './compact.ts'
import type { FetchDocument } from './discovery.ts'
import { isSameAlgorithm, type VerificationKey } from './jwks.ts'
import { createKeySet, type KeySet, type KeySetMemory, type WaitUntil } from './key-set.ts'

export interface TokenVerifier {
  /** A token that was seen before is answered without a promise. Never rejects. `now` in milliseconds. */
  evidence(token: string, now: number, waitUntil: WaitUntil): Evidence | Promise<Evidence>
}

export interface VerifierParts {
  readonly issuers: readonly Issuer[]
  readonly fetch: FetchDocument
  readonly memory?: KeySetMemory
}

/** An issuer and its own keys: a `kid` is never looked up in another's. */
interface Authority {
  readonly issuer: Issuer
  readonly keys: KeySet
}

/** A verified token, and what would make the answer another one. */
interface CachedEvidence {
  readonly evidence: Evidence & { readonly kind: 'verified' }
  readonly authority: Authority
  readonly generation: number
  readonly expiresAtMs: number
}

const MAX_CACHED_TOKENS = 10_000
const MAX_CACHED_CHARACTERS = 8 * 1024 * 1024
const RETRY_SECONDS = 5

export function createTokenVerifier({ issuers, fetch, memory }: VerifierParts): TokenVerifier {
  const authorities = new Map<unknown, Authority>(
    issuers.map((issuer) => [issuer.issuer, { issuer, keys: createKeySet(issuer, fetch, memory) }]),
  )
  const cache = createTokenCache<CachedEvidence>(MAX_CACHED_TOKENS, MAX_CACHED_CHARACTERS)

  return {
    evidence(token, now, waitUntil) {
      const cached = cache.get(token)
      if (cached === undefined) return verifyAndCache(token, now, waitUntil)
      const { keys } = cached.authority
      keys.refreshIfDue(now, waitUntil)
      if (now < cached.expiresAtMs && cached.generation === keys.generation() && keys.isUsable(now))
        return cached.evidence
      cache.delete(token)
      return verifyAndCache(token, now, waitUntil)
    },
  }

  async function verifyAndCache(token: string, now: number, waitUntil: WaitUntil): Promise<Evidence> {
    const parsed = parseCompact(token)
    if (!parsed.ok) return rejected(parsed.error)
    const authority = authorities.get(parsed.value.claims.iss)
    if (authority === undefined) return rejected('issuer')
    const { evidence, generation } = await verify(parsed.value, authority, now, waitUntil)
    if (evidence.kind === 'verified') {
      const expiresAtMs = (evidence.principal.expiresAt + authority.issuer.clockLeewaySeconds) * 1000
      cache.set(token, { evidence, authority, generation, expiresAtMs })
    }
    return evidence
  }
}

/** Evidence, and the generation of the key set that it rests on. */
interface Verification {
  readonly evidence: Evidence
  readonly generation: number
}

async function verify(
  token: UnverifiedToken,
  authority: Authority,
  now: number,
  waitUntil: WaitUntil,
): Promise<Verification> {
  const { issuer, keys } = authority
  const { alg, kid, typ } = token.header
  if (!isAcceptedType(typ, issuer)) return refused('type')
  if (typeof alg !== 'string' || !issuer.algorithms.some((allowed) => isSameAlgorithm(allowed, alg)))
    return refused('algorithm')
  if (kid !== undefined && typeof kid !== 'string') return refused('header')
  const lookup = keys.find(kid, alg, now, waitUntil)
  const found = lookup instanceof Promise ? await lookup : lookup
  if (found.kind === 'unavailable') return { evidence: KEYS_UNAVAILABLE, generation: 0 }
  if (found.kind === 'unknown') return refused('unknown_key')
  if (!(await isSignedBy(found.key, token))) return refused('signature')
  const principal = principalFrom(token.claims, issuer, epochSeconds(now))
  return principal.ok
    ? { evidence: { kind: 'verified', principal: principal.value }, generation: found.generation }
    : refused(principal.error)
}

const KEYS_UNAVAILABLE: Evidence = {
  kind: 'rejected',
  denial: { code: 'unavailable', what: 'keys', retryAfterSeconds: RETRY_SECONDS },
}

const refused = (detail: TokenFault): Verification => ({ evidence: rejected(detail), generation: 0 })

const rejected = (detail: TokenFault): Evidence => ({ kind: 'rejected', denial: { code: 'token_invalid', detail } })

/** What WebCrypto wants to hear for each algorithm (RFC 7518 sections 3.3 to 3.5, RFC 8037 section 3.1). The key is bound to it already. */
const VERIFICATION: Readonly<Record<Algorithm, Parameters<typeof crypto.subtle.verify>[0]>> = {
  RS256: 'RSASSA-PKCS1-v1_5',
  RS384: 'RSASSA-PKCS1-v1_5',
  RS512: 'RSASSA-PKCS1-v1_5',
  PS256: { name: 'RSA-PSS', saltLength: 32 },
  PS384: { name: 'RSA-PSS', saltLength: 48 },
  PS512: { name: 'RSA-PSS', saltLength: 64 },
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  ES384: { name: 'ECDSA', hash: 'SHA-384' },
  ES512: { name: 'ECDSA', hash: 'SHA-512' },
  EdDSA: 'Ed25519',
  Ed25519: 'Ed25519',
}

/** Anything but a clear yes is a no. */
async function isSignedBy(
  { algorithm, key }: VerificationKey,
  { signature, signedBytes }: UnverifiedToken,
): Promise<boolean> {
  try {
    return (await crypto.subtle.verify(VERIFICATION[algorithm], key, signature, signedBytes)) === true
  } catch {
    return false
  }
}
