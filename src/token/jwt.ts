/** A JWT access token: check the type, find the key, verify the signature, check the claims. In that order, and all of it (RFC 9068 section 4). */
import type { Denial, TokenFault } from '../policy/denial.ts'
import { epochSeconds, fail, ok, type Result } from '../policy/result.ts'
import { type CheckedClaims, isAcceptedType, principalFrom, type Trust } from './claims.ts'
import type { UnverifiedToken } from './compact.ts'
import { sha256 } from './digest.ts'
import { isSameAlgorithm } from './jwks.ts'
import type { KeySet, WaitUntil } from './key-set.ts'
import { isSignedBy } from './signature.ts'

/** An issuer and its own keys: a `kid` is never looked up in another's. */
export interface Authority extends Trust {
  readonly keys: KeySet
}

/** Checked claims, and the generation of the key set that they rest on. */
export interface VerifiedClaims extends CheckedClaims {
  readonly generation: number
}

export const RETRY_SECONDS = 5

const KEYS_UNAVAILABLE: Denial = { code: 'unavailable', what: 'keys', retryAfterSeconds: RETRY_SECONDS }

/** Never rejects. `now` in milliseconds. */
export async function verifyJwt(
  token: UnverifiedToken,
  authority: Authority,
  now: number,
  waitUntil: WaitUntil,
): Promise<Result<VerifiedClaims, Denial>> {
  const { issuer, keys } = authority
  const { alg, kid, typ } = token.header
  if (!isAcceptedType(typ, issuer)) return invalid('type')
  if (typeof alg !== 'string' || !issuer.algorithms.some((allowed) => isSameAlgorithm(allowed, alg)))
    return invalid('algorithm')
  if (kid !== undefined && typeof kid !== 'string') return invalid('header')
  const lookup = keys.find(kid, alg, now, waitUntil)
  const found = lookup instanceof Promise ? await lookup : lookup
  if (found.kind === 'unavailable') return fail(KEYS_UNAVAILABLE)
  if (found.kind === 'unknown') return invalid('unknown_key')
  const { algorithm, key } = found.key
  const [isSigned, fingerprint] = await Promise.all([
    isSignedBy(algorithm, key, token.signature, token.signedBytes),
    // The fingerprint of a JWS is that of what its signature covers.
    sha256(token.signedBytes),
  ])
  if (!isSigned) return invalid('signature')
  const checked = principalFrom(token.claims, authority, epochSeconds(now), fingerprint)
  return checked.ok ? ok({ ...checked.value, generation: found.generation }) : invalid(checked.error)
}

export const invalid = (detail: TokenFault): { readonly ok: false; readonly error: Denial } =>
  fail({ code: 'token_invalid', detail })
