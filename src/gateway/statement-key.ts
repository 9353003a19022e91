/** The keys that statements to the origin are signed with: RFC 9421 section 3.3, RFC 8037, RFC 7517. WebCrypto alone. */

export type StatementAlgorithm = 'ed25519' | 'hmac-sha256'

export interface StatementKey {
  /** The `keyid` of its signatures and the `kid` of its public half. */
  readonly id: string
  readonly algorithm: StatementAlgorithm
  /** 64 octets of Ed25519, 32 of HMAC-SHA-256. */
  sign(base: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>
  /** What origins verify with. A shared key has nothing to publish. */
  readonly publicJwk?: PublicJwk
}

/** RFC 8037 section 2. */
export interface PublicJwk {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
  readonly kid: string
  readonly use: 'sig'
  readonly alg: 'EdDSA'
}

const PRINTABLE = /^[\x20-\x7E]+$/

/**
 * A key of its secret: for `ed25519` a private JWK as JSON, for `hmac-sha256` base64url of 32 octets or more. Undefined where the secret is
 * anything else, or the id is no printable ASCII. Never throws, and nothing says what the secret was.
 */
export async function importStatementKey(
  id: string,
  algorithm: StatementAlgorithm,
  secret: string,
): Promise<StatementKey | undefined> {
  if (!PRINTABLE.test(id)) return undefined
  try {
    return await (algorithm === 'ed25519' ? importEd25519(id, secret) : importHmac(id, secret))
  } catch {
    return undefined
  }
}

/** RFC 7517 section 5: the public keys, in their order. */
export const jwksDocument = (keys: readonly StatementKey[]): { readonly keys: readonly PublicJwk[] } => ({
  keys: keys.flatMap(({ publicJwk }) => (publicJwk === undefined ? [] : [publicJwk])),
})

const ED25519_KEY_BYTES = 32

async function importEd25519(id: string, secret: string): Promise<StatementKey | undefined> {
  const { kty, crv, d, x } = Object(JSON.parse(secret)) as Readonly<Record<string, unknown>>
  if (kty !== 'OKP' || crv !== 'Ed25519' || typeof d !== 'string' || typeof x !== 'string') return undefined
  if (![d, x].every((member) => decoded(member)?.length === ED25519_KEY_BYTES)) return undefined
  const key = await crypto.subtle.importKey('jwk', { kty, crv, d, x }, 'Ed25519', false, ['sign'])
  const sign = async (base: Uint8Array<ArrayBuffer>) => new Uint8Array(await crypto.subtle.sign('Ed25519', key, base))
  if (!(await isVerifiedBy(x, sign))) return undefined
  return { id, algorithm: 'ed25519', sign, publicJwk: { kty, crv, x, kid: id, use: 'sig', alg: 'EdDSA' } }
}

/** Importing need not compare the two halves: a wrong one would be published, and every origin would refuse everything. */
async function isVerifiedBy(x: string, sign: StatementKey['sign']): Promise<boolean> {
  const publicKey = await crypto.subtle.importKey('jwk', { kty: 'OKP', crv: 'Ed25519', x }, 'Ed25519', false, [
    'verify',
  ])
  const probe = new TextEncoder().encode('scopewall key probe')
  return crypto.subtle.verify('Ed25519', publicKey, await sign(probe), probe)
}

/** As much as the hash gives: RFC 2104 section 3. */
const LEAST_SECRET_BYTES = 32

async function importHmac(id: string, secret: string): Promise<StatementKey | undefined> {
  const bytes = decoded(secret)
  if (bytes === undefined || bytes.length < LEAST_SECRET_BYTES) return undefined
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return {
    id,
    algorithm: 'hmac-sha256',
    sign: async (base) => new Uint8Array(await crypto.subtle.sign('HMAC', key, base)),
  }
}

/** Canonical base64url only (RFC 4648 section 3.5): a secret that was pasted wrongly is no key. */
function decoded(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return undefined
  const base64 = text.replaceAll('-', '+').replaceAll('_', '/')
  const octets = atob(base64)
  if (btoa(octets).replace(/=+$/, '') !== base64) return undefined
  return Uint8Array.from(octets, (octet) => octet.charCodeAt(0))
}
