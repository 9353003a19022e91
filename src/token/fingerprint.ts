/** What names a token without being one. */
import { sha256 } from './digest.ts'

const encoder = new TextEncoder()

const JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/

/**
 * The bytes of a token that its fingerprint is of: without its signature where it looks like a JWS, for who holds an ECDSA signature can make a second one
 * that verifies, and the token would be another text.
 */
export const fingerprintedBytes = (token: string): Uint8Array<ArrayBuffer> =>
  encoder.encode(JWS.test(token) ? token.slice(0, token.lastIndexOf('.')) : token)

/** As a principal has it. */
export const fingerprintOf = (token: string): Promise<string> => sha256(fingerprintedBytes(token))
