/** A private Ed25519 key as people keep it. What cannot be read is never quoted: it may be a key after all. */
import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject, sign } from 'node:crypto'
import { EXIT, Stop } from './exit.ts'

export interface SigningKey {
  /** Its public half: 32 octets, base64url. */
  readonly publicKey: string
  sign(bytes: Uint8Array): Uint8Array
}

/** Of a PKCS#8 PEM or a private JWK. `from`: where it was, for the message. */
export function readSigningKey(text: string, from: string): SigningKey {
  const key = importKey(text.trim())
  if (key?.asymmetricKeyType !== 'ed25519')
    throw new Stop(
      EXIT.usage,
      `${from} holds no Ed25519 private key`,
      'it must be a PKCS#8 PEM without a passphrase, or a private JWK; `scopewall keygen` makes one',
    )
  return { publicKey: publicHalf(key), sign: (bytes) => sign(null, bytes, key) }
}

export const publicHalf = (key: KeyObject): string => createPublicKey(key).export({ format: 'jwk' }).x ?? ''

function importKey(text: string): KeyObject | undefined {
  try {
    return text.startsWith('{')
      ? createPrivateKey({ key: JSON.parse(text) as JsonWebKey, format: 'jwk' })
      : createPrivateKey(text)
  } catch {
    return undefined
  }
}
