/** A compact JWS taken apart without trusting any of it (RFC 7515 section 7.1, RFC 8725 sections 3.1 and 3.11). */
import { base64url } from 'jose'
import type { TokenFault } from '../policy/denial.ts'
import { fail, ok, type Result } from '../policy/result.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** Parsed, not verified: nothing in it may be believed before the signature is. */
export interface UnverifiedToken {
  readonly header: JsonObject
  readonly claims: JsonObject
  /** What the signature covers. */
  readonly signedBytes: Uint8Array<ArrayBuffer>
  readonly signature: Uint8Array<ArrayBuffer>
}

/** Header members that change how the rest must be read. No access token needs one. */
const REFUSED_MEMBERS = ['crit', 'b64', 'zip', 'cty', 'enc']

/** Faults: `not_a_jwt`, `header`. Five segments are an encrypted token, which was never agreed on. */
export function parseCompact(token: string): Result<UnverifiedToken, TokenFault> {
  const [first, second, third, ...rest] = token.split('.')
  if (first === undefined || second === undefined || third === undefined || rest.length > 0) return fail('not_a_jwt')
  const header = parseObject(first)
  const claims = parseObject(second)
  const signature = decodeSegment(third)
  if (header === undefined || claims === undefined || signature === undefined) return fail('not_a_jwt')
  if (REFUSED_MEMBERS.some((name) => Object.hasOwn(header, name))) return fail('header')
  const signedBytes = encoder.encode(token.slice(0, first.length + 1 + second.length))
  return ok({ header, claims, signedBytes, signature })
}

const encoder = new TextEncoder()
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function parseObject(segment: string): JsonObject | undefined {
  const bytes = decodeSegment(segment)
  if (bytes === undefined) return undefined
  try {
    // A byte-order mark is kept by the decoder and refused by the parser.
    const value: unknown = JSON.parse(utf8.decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
  } catch {
    return undefined
  }
}

const CANONICAL = /^[A-Za-z0-9_-]+$/

/** Canonical base64url only: no padding, no white space, no bits left over, so that one token has one spelling (RFC 4648 section 3.5). */
function decodeSegment(segment: string): Uint8Array<ArrayBuffer> | undefined {
  if (!CANONICAL.test(segment) || segment.length % 4 === 1 || hasStrayBits(segment)) return undefined
  return base64url.decode(segment) as Uint8Array<ArrayBuffer>
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

function hasStrayBits(segment: string): boolean {
  const last = ALPHABET.indexOf(segment.charAt(segment.length - 1))
  if (segment.length % 4 === 2) return (last & 0b1111) !== 0
  return segment.length % 4 === 3 && (last & 0b11) !== 0
}
