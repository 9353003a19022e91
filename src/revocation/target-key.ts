/** The short name under which the log keeps what holds of a target, and under which the mirror looks it up. */
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { base64url } from 'jose'
import type { MarkTarget } from '../policy/mark.ts'

/** Of 2^128 values: two of a million million targets share one with a probability of 2^-49. */
export const TARGET_KEY_BYTES = 16

/** The first 16 bytes of the SHA-256 of the target's parts as a JSON array, base64url: synchronous, so that a request need not wait for it. */
export function targetKey(target: MarkTarget): string {
  return base64url.encode(targetKeyBytes(target))
}

/** The same as bytes. */
export const targetKeyBytes = (target: MarkTarget): Uint8Array =>
  sha256(utf8ToBytes(JSON.stringify(partsOf(target)))).subarray(0, TARGET_KEY_BYTES)

function partsOf(target: MarkTarget): readonly string[] {
  switch (target.kind) {
    case 'token':
      return [target.kind, target.value]
    case 'issuer':
      return [target.kind, target.issuer]
    case 'scope':
      return target.client === undefined ? [target.kind, target.scope] : [target.kind, target.scope, target.client]
    default:
      return [target.kind, target.issuer, target.value]
  }
}
