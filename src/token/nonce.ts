/** DPoP nonces that need no memory: a window of time and a MAC over it, which every isolate can make and judge (RFC 9449 sections 8 and 9). */
import { base64url, type CryptoKey } from 'jose'

export interface NonceIssuer {
  /** The nonce of the window that `nowSeconds` lies in: 32 characters of base64url, the same for everybody. */
  current(nowSeconds: number): Promise<string>
  /** `unknown`: not ours, or older than the window before this one. */
  judge(nonce: string, nowSeconds: number): Promise<NonceAge>
}

export type NonceAge = 'current' | 'previous' | 'unknown'

/**
 * base64url(bucket || HMAC-SHA256(secret, label || bucket)); the bucket counts windows since 1970, as 8 bytes, big-endian. A nonce serves for one to
 * two windows, and any number of times: that a proof serves once is the replay store's matter. Rejects where the secret is empty, which is no key.
 */
export function createNonceIssuer(secret: Uint8Array, windowSeconds = 120): NonceIssuer {
  const material = new Uint8Array(secret)
  let key: CryptoKey | undefined
  let made: Nonces | undefined

  // Values are kept, not promises: one that another request began may never settle. A crowd at the turn of a window makes the same nonces twice.
  async function noncesAt(nowSeconds: number): Promise<Nonces> {
    const bucket = Math.floor(nowSeconds / windowSeconds)
    if (made?.bucket === bucket) return made
    key ??= await crypto.subtle.importKey('raw', material, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    const [current, previous] = await Promise.all([makeNonce(key, bucket), makeNonce(key, bucket - 1)])
    const nonces = { bucket, current, previous }
    made = nonces
    return nonces
  }

  return {
    current: async (nowSeconds) => (await noncesAt(nowSeconds)).current,

    async judge(nonce, nowSeconds) {
      const { current, previous } = await noncesAt(nowSeconds)
      const isCurrent = isEqual(nonce, current)
      const isPrevious = isEqual(nonce, previous)
      return isCurrent ? 'current' : isPrevious ? 'previous' : 'unknown'
    },
  }
}

const LEAST_SECRET_BYTES = 32

/** The secret as it is kept: base64url of 32 bytes or more. Undefined where it is something else. */
export function readNonceSecret(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) return undefined
  const secret = base64url.decode(text)
  return secret.length < LEAST_SECRET_BYTES ? undefined : secret
}

interface Nonces {
  readonly bucket: number
  readonly current: string
  readonly previous: string
}

/** Nothing else that the same secret may sign begins like this. */
const LABEL = new TextEncoder().encode('scopewall dpop nonce')
const BUCKET_BYTES = 8
/** Half of the MAC: who guesses for as long as a window lasts still has one chance in 2^128 a guess, and the header is short (RFC 2104 section 5). */
const MAC_BYTES = 16

async function makeNonce(key: CryptoKey, bucket: number): Promise<string> {
  const message = new Uint8Array(LABEL.length + BUCKET_BYTES)
  message.set(LABEL)
  new DataView(message.buffer).setBigUint64(LABEL.length, BigInt(bucket))
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, message))
  const nonce = new Uint8Array(BUCKET_BYTES + MAC_BYTES)
  nonce.set(message.subarray(LABEL.length))
  nonce.set(mac.subarray(0, MAC_BYTES), BUCKET_BYTES)
  return base64url.encode(nonce)
}

/** How long it takes does not tell where the texts begin to differ. */
function isEqual(presented: string, expected: string): boolean {
  if (presented.length !== expected.length) return false
  let difference = 0
  for (let index = 0; index < expected.length; index++)
    difference |= presented.charCodeAt(index) ^ expected.charCodeAt(index)
  return difference === 0
}
