/** One signature under one key, with WebCrypto alone (RFC 7518 section 3, RFC 8037). Access tokens, introspection answers and DPoP proofs share it. */
import type { CryptoKey } from 'jose'
import type { Algorithm } from '../policy/algorithm.ts'

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

/** Whether the key, imported for that algorithm, made the signature. Anything but a clear yes is a no: never rejects. */
export async function isSignedBy(
  algorithm: Algorithm,
  key: CryptoKey,
  signature: Uint8Array<ArrayBuffer>,
  signedBytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  try {
    return (await crypto.subtle.verify(VERIFICATION[algorithm], key, signature, signedBytes)) === true
  } catch {
    return false
  }
}
