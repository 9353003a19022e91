/** What names a token without being one. */
import { base64url } from 'jose'

const encoder = new TextEncoder()

/** SHA-256, base64url. */
export async function fingerprintOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}

const JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/

/**
 * The bytes of a token that its fingerprint is of: without its signature where it looks like a JWS, for who holds an ECDSA signature can make a second one
 * that verifies, and the token would be another text.
 */
export const fingerprintedBytes = (token: string): Uint8Array<ArrayBuffer> =>
  encoder.encode(JWS.test(token) ? token.slice(0, token.lastIndexOf('.')) : token)
