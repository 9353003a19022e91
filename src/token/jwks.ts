/** A JSON Web Key Set -> the keys that may verify this issuer's tokens (RFC 7517, RFC 8725 section 3.1). */
import { type CryptoKey, calculateJwkThumbprint, importJWK, type JWK } from 'jose'
import type { Algorithm } from '../policy/algorithm.ts'
import type { Issuer } from '../policy/issuer.ts'

/** One key, bound to one algorithm. */
export interface VerificationKey {
  readonly kid: string | undefined
  readonly algorithm: Algorithm
  readonly key: CryptoKey
  /** RFC 7638, so that two key sets can be compared. */
  readonly thumbprint: string
}

/** What each algorithm asks of a key (RFC 7518 sections 3.3 to 3.5, RFC 8037). */
export const KEY_SHAPES: Readonly<Record<Algorithm, { readonly kty: 'RSA' | 'EC' | 'OKP'; readonly crv?: string }>> = {
  RS256: { kty: 'RSA' },
  RS384: { kty: 'RSA' },
  RS512: { kty: 'RSA' },
  PS256: { kty: 'RSA' },
  PS384: { kty: 'RSA' },
  PS512: { kty: 'RSA' },
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  ES512: { kty: 'EC', crv: 'P-521' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
  Ed25519: { kty: 'OKP', crv: 'Ed25519' },
}

/** `EdDSA` over Ed25519 and `Ed25519` are one algorithm under two names (RFC 9864). */
export const isSameAlgorithm = (a: string, b: string): boolean => a === b || (isEd25519(a) && isEd25519(b))
const isEd25519 = (name: string): boolean => name === 'EdDSA' || name === 'Ed25519'

/** All that a signature may call this algorithm. */
export const namesOf = (algorithm: Algorithm): readonly Algorithm[] =>
  isEd25519(algorithm) ? ['EdDSA', 'Ed25519'] : [algorithm]

/**
 * Reads a key set. Keys that are symmetric, private, for encryption, too weak, of an unknown kind or outside the issuer's allow-list are left out, not
 * errors. Undefined where the document is no key set at all.
 */
export async function readKeySet(
  document: unknown,
  issuer: Pick<Issuer, 'algorithms'>,
): Promise<readonly VerificationKey[] | undefined> {
  const keys =
    typeof document === 'object' && document !== null && Object.hasOwn(document, 'keys')
      ? (document as { keys: unknown }).keys
      : undefined
  if (!Array.isArray(keys)) return undefined
  const read = await Promise.all(keys.slice(0, MAX_KEYS).map((jwk) => readKey(jwk, issuer)))
  // A key that is listed twice is one key.
  return [...new Map(read.flatMap((key) => (key === undefined ? [] : [[keyIdentity(key), key]]))).values()]
}

// No issuer publishes more; importing is work that its key set may not multiply.
const MAX_KEYS = 100
const MIN_RSA_BITS = 2048

async function readKey(value: unknown, issuer: Pick<Issuer, 'algorithms'>): Promise<VerificationKey | undefined> {
  if (typeof value !== 'object' || value === null) return undefined
  const jwk = value as JWK
  const algorithm = issuer.algorithms.find((candidate) => fits(jwk, candidate))
  if (
    algorithm === undefined ||
    !mayVerify(jwk) ||
    Object.hasOwn(jwk, 'd') ||
    (jwk.kid !== undefined && typeof jwk.kid !== 'string')
  )
    return undefined
  try {
    const key = await importJWK({ ...jwk, use: 'sig', key_ops: ['verify'] }, algorithm, { extractable: false })
    if (key instanceof Uint8Array || isTooWeak(key)) return undefined
    return { kid: jwk.kid, algorithm, key, thumbprint: await calculateJwkThumbprint(jwk) }
  } catch {
    return undefined
  }
}

/** A key with an `alg` of its own is for that one; another is bound to the first allowed algorithm of its type. */
function fits(jwk: JWK, algorithm: Algorithm): boolean {
  const { kty, crv } = KEY_SHAPES[algorithm]
  return (
    jwk.kty === kty &&
    (crv === undefined || jwk.crv === crv) &&
    (jwk.alg === undefined || isSameAlgorithm(String(jwk.alg), algorithm))
  )
}

function mayVerify({ use, key_ops: operations }: JWK): boolean {
  return (
    (use === undefined || use === 'sig') &&
    (operations === undefined || (Array.isArray(operations) && operations.includes('verify')))
  )
}

function isTooWeak({ algorithm }: CryptoKey): boolean {
  return 'modulusLength' in algorithm && Number(algorithm.modulusLength) < MIN_RSA_BITS
}

/**
 * The one key for a token's `kid` and `alg`: the `kid` as an exact string, or, without one, the only key for that algorithm. Undefined where there is none or
 * more than one: keys are never tried in turn.
 */
export function selectKey(
  keys: readonly VerificationKey[],
  kid: string | undefined,
  alg: string,
): VerificationKey | undefined {
  const candidates = keys.filter((key) => isSameAlgorithm(key.algorithm, alg) && (kid === undefined || key.kid === kid))
  return candidates.length === 1 ? candidates[0] : undefined
}

/** Equal texts for equal sets of keys, whatever their order. */
export const keySetIdentity = (keys: readonly VerificationKey[]): string => keys.map(keyIdentity).sort().join()

const keyIdentity = ({ kid, algorithm, thumbprint }: VerificationKey): string =>
  JSON.stringify([kid ?? null, algorithm, thumbprint])
