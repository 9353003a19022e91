/** A DPoP proof -> whose key made it, for this very request: RFC 9449 section 4.3, save what takes knowledge of the token's claims or of earlier proofs. */
import { type CryptoKey, calculateJwkThumbprint, importJWK, type JWK } from 'jose'
import type { Algorithm } from '../policy/algorithm.ts'
import type { ProofFault } from '../policy/denial.ts'
import { fail, ok, type Result } from '../policy/result.ts'
import { type JsonObject, parseCompact, type UnverifiedToken } from './compact.ts'
import { sha256 } from './digest.ts'
import { normalizeTargetUri } from './htu.ts'
import { isSameAlgorithm, KEY_SHAPES } from './jwks.ts'
import { isSignedBy } from './signature.ts'

export interface ProofPolicy {
  readonly algorithms: readonly Algorithm[]
  /** How old a proof may be, in seconds. */
  readonly maxAgeSeconds: number
  /** How far ahead the client's clock may be, in seconds. */
  readonly futureLeewaySeconds: number
}

/** What the proof must have been made for. */
export interface ProofRequest {
  readonly method: string
  /** Absolute, as the client asked for it. */
  readonly uri: string
  /** The access token as it was sent. */
  readonly token: string
}

/** A proof that holds. Whether its key is the token's, whether it needs a nonce, and whether it was used before is for the caller to say. */
export interface Proof {
  /** RFC 7638, base64url: what `cnf.jkt` of the token must be. */
  readonly thumbprint: string
  /** `jti`. */
  readonly id: string
  /** `iat`, in seconds. */
  readonly issuedAt: number
  /** Only where it is known to be one of ours, and fresh. */
  readonly nonce?: string
}

const MAX_CHARACTERS = 8192

/** How far off `iat` may be, either way, where a nonce of ours says when the proof was made (RFC 9449 section 11.1). */
const NONCE_WINDOW: TimeWindow = { past: 300, future: 300 }

/**
 * `header` is the joined `DPoP` field, `nowSeconds` the gate's clock. A nonce that `isKnownNonce` does not know is no fault; it is left out of the proof,
 * and the proof's own time must do. Faults: every `ProofFault` but `replayed`. Never rejects.
 */
export async function verifyProof(
  header: string | null,
  request: ProofRequest,
  policy: ProofPolicy,
  nowSeconds: number,
  isKnownNonce?: (nonce: string) => Promise<boolean>,
): Promise<Result<Proof, ProofFault>> {
  const parsed = parseProof(header)
  if (!parsed.ok) return parsed
  const { signature, signedBytes } = parsed.value
  const declared = declaredKey(parsed.value.header, policy.algorithms)
  if (!declared.ok) return declared
  const claims = readClaims(parsed.value.claims)
  if (claims === undefined) return fail('claims')
  const ownTime: TimeWindow = { past: policy.maxAgeSeconds, future: policy.futureLeewaySeconds }
  const mayRestOnNonce = claims.nonce !== undefined && isKnownNonce !== undefined
  const fault = await requestFault(claims, request)
  if (fault !== undefined) return fail(fault)
  if (!mayRestOnNonce && !isTimely(claims, ownTime, nowSeconds)) return fail('stale')

  const key = await importPublicKey(declared.value)
  if (key === undefined) return fail('key')
  if (!(await isSignedBy(declared.value.algorithm, key, signature, signedBytes))) return fail('signature')

  const nonce = await knownNonce(claims.nonce, isKnownNonce)
  if (!isTimely(claims, nonce === undefined ? ownTime : NONCE_WINDOW, nowSeconds)) return fail('stale')
  const thumbprint = await calculateJwkThumbprint(declared.value.jwk)
  return ok({ thumbprint, id: claims.jti, issuedAt: claims.iat, ...(nonce !== undefined && { nonce }) })
}

function parseProof(header: string | null): Result<UnverifiedToken, ProofFault> {
  if (header === null) return fail('missing')
  // Several fields arrive joined, and no proof holds a comma.
  if (header.includes(',')) return fail('several')
  if (header.length > MAX_CHARACTERS) return fail('too_large')
  const parsed = parseCompact(header)
  return parsed.ok ? parsed : fail(parsed.error === 'header' ? 'header' : 'not_a_jwt')
}

/** What the proof says of itself: an algorithm that is allowed, and a public key for it. */
interface DeclaredKey {
  readonly algorithm: Algorithm
  readonly jwk: JWK
}

function declaredKey(
  { typ, alg, jwk }: JsonObject,
  algorithms: readonly Algorithm[],
): Result<DeclaredKey, 'type' | 'algorithm' | 'key'> {
  if (typeof typ !== 'string' || typ.toLowerCase().replace(/^application\//, '') !== 'dpop+jwt') return fail('type')
  const algorithm = typeof alg === 'string' ? algorithms.find((allowed) => isSameAlgorithm(allowed, alg)) : undefined
  if (algorithm === undefined) return fail('algorithm')
  const publicJwk = publicPart(jwk, algorithm)
  return publicJwk === undefined ? fail('key') : ok({ algorithm, jwk: publicJwk })
}

/** The members that make a public key (RFC 7518 section 6, RFC 8037 section 2). */
const PUBLIC_MEMBERS = { RSA: ['n', 'e'], EC: ['x', 'y'], OKP: ['x'] } as const

/** Private and symmetric members (RFC 7518 section 6). Whoever sends one has given the key away. */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** The members that make the key, and no others: what else stands there is the sender's to write, and not the importer's to heed. */
function publicPart(value: unknown, algorithm: Algorithm): JWK | undefined {
  if (!isObject(value) || SECRET_MEMBERS.some((name) => Object.hasOwn(value, name))) return undefined
  const { kty, crv } = KEY_SHAPES[algorithm]
  if (value.kty !== kty || (crv !== undefined && value.crv !== crv) || !mayVerify(value, algorithm)) return undefined
  const parts = PUBLIC_MEMBERS[kty].map((name) => [name, value[name]] as const)
  if (!parts.every(([, part]) => typeof part === 'string')) return undefined
  return { kty, ...(crv !== undefined && { crv }), ...Object.fromEntries(parts) }
}

/** What a key says of its own use, if anything, must allow this one (RFC 7517 section 4). */
const mayVerify = ({ use, key_ops: operations, alg }: JsonObject, algorithm: Algorithm): boolean =>
  (use === undefined || use === 'sig') &&
  (operations === undefined || (Array.isArray(operations) && operations.includes('verify'))) &&
  (alg === undefined || (typeof alg === 'string' && isSameAlgorithm(alg, algorithm)))

/** Undefined where it is no key, or one outside the bounds. */
async function importPublicKey({ algorithm, jwk }: DeclaredKey): Promise<CryptoKey | undefined> {
  try {
    const key = await importJWK(jwk, algorithm, { extractable: false })
    return key instanceof Uint8Array || !isWithinBounds(key) ? undefined : key
  } catch {
    return undefined
  }
}

const MIN_RSA_BITS = 2048
// The sender picks the key: beyond these, one verification would cost what a thousand should.
const MAX_RSA_BITS = 8192
const MAX_EXPONENT_BYTES = 4

function isWithinBounds({ algorithm }: CryptoKey): boolean {
  const { modulusLength: bits, publicExponent: exponent } = algorithm as MaybeRsa
  if (bits === undefined || exponent === undefined) return algorithm.name === 'ECDSA' || algorithm.name === 'Ed25519'
  return bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS && exponent.byteLength <= MAX_EXPONENT_BYTES
}

type MaybeRsa = CryptoKey['algorithm'] & { readonly modulusLength?: number; readonly publicExponent?: Uint8Array }

interface ProofClaims {
  readonly jti: string
  readonly htm: string
  readonly htu: string
  readonly iat: number
  readonly ath: string
  readonly nonce: string | undefined
  readonly exp: number | undefined
  readonly nbf: number | undefined
}

/** RFC 9449 section 4.2; `exp` and `nbf` are not asked for, and are honoured where they are there. */
function readClaims({ jti, htm, htu, iat, ath, nonce, exp, nbf }: JsonObject): ProofClaims | undefined {
  if (typeof jti !== 'string' || jti === '') return undefined
  if (typeof htm !== 'string' || typeof htu !== 'string' || typeof ath !== 'string' || !isTime(iat)) return undefined
  if (nonce !== undefined && typeof nonce !== 'string') return undefined
  if ((exp !== undefined && !isTime(exp)) || (nbf !== undefined && !isTime(nbf))) return undefined
  return { jti, htm, htu, iat, ath, nonce, exp, nbf }
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Methods are case-sensitive (RFC 9110 section 9.1), and a proof for GET is none for HEAD. */
async function requestFault(
  { htm, htu, ath }: ProofClaims,
  { method, uri, token }: ProofRequest,
): Promise<'method' | 'uri' | 'token_hash' | undefined> {
  if (htm !== method) return 'method'
  const asked = normalizeTargetUri(uri)
  if (asked === undefined || normalizeTargetUri(htu) !== asked) return 'uri'
  return ath === (await sha256(token)) ? undefined : 'token_hash'
}

/** Seconds that a proof's time may lie behind and ahead of the gate's. */
interface TimeWindow {
  readonly past: number
  readonly future: number
}

/** `exp` and `nbf` are read off the same clock as `iat`, and may be off by as much as that one may be. */
const isTimely = ({ iat, exp, nbf }: ProofClaims, { past, future }: TimeWindow, now: number): boolean =>
  now - iat <= past &&
  iat - now <= future &&
  (nbf === undefined || nbf - now <= future) &&
  (exp === undefined || now - exp < future)

/** Nothing is known for sure where the question fails. */
async function knownNonce(
  nonce: string | undefined,
  isKnown: ((nonce: string) => Promise<boolean>) | undefined,
): Promise<string | undefined> {
  if (nonce === undefined || isKnown === undefined) return undefined
  try {
    return (await isKnown(nonce)) ? nonce : undefined
  } catch {
    return undefined
  }
}
