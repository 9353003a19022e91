/** A status list and a token's place in it: draft-ietf-oauth-status-list sections 4 and 6. */
import { base64url } from 'jose'
import { fail, ok, type Result } from '../policy/result.ts'
import type { JsonObject } from './compact.ts'

export interface StatusReference {
  readonly uri: string
  readonly index: number
}

export interface StatusList {
  readonly bits: 1 | 2 | 4 | 8
  readonly bytes: Uint8Array
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Undefined where the token has no status. The fault: it has one that cannot be looked up, so that nobody knows whether it is still good. */
export function statusReferenceOf(claims: JsonObject): Result<StatusReference | undefined, 'claims'> {
  if (!Object.hasOwn(claims, 'status')) return ok(undefined)
  const { status } = claims
  const list = isObject(status) && Object.hasOwn(status, 'status_list') ? status.status_list : undefined
  if (!isObject(list)) return fail('claims')
  const { idx: index, uri } = list
  if (typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0) return fail('claims')
  return typeof uri === 'string' && uri !== '' ? ok({ uri, index }) : fail('claims')
}

const MAX_BYTES = 16 * 1024 * 1024

/** `status_list` of a list token. Undefined where it is malformed, or larger than `maxBytes` once it is unpacked: it is not unpacked much further. */
export async function decodeStatusList(value: unknown, maxBytes: number = MAX_BYTES): Promise<StatusList | undefined> {
  if (!isObject(value) || typeof value.lst !== 'string') return undefined
  const { bits, lst } = value
  if (bits !== 1 && bits !== 2 && bits !== 4 && bits !== 8) return undefined
  if (!/^[A-Za-z0-9_-]*$/.test(lst)) return undefined
  try {
    return { bits, bytes: await inflate(base64url.decode(lst) as Uint8Array<ArrayBuffer>, maxBytes) }
  } catch {
    return undefined
  }
}

/** At most this much goes in at a time. DEFLATE grows by 1032 at the very most, so little more than 8 MiB waits to be read. */
const SLICE_BYTES = 8 * 1024

/** ZLIB (RFC 1950), which `deflate` is the name of here. Rejects where the stream is cut off or goes on after its end, and past `maxBytes`. */
async function inflate(packed: Uint8Array<ArrayBuffer>, maxBytes: number): Promise<Uint8Array> {
  const { readable, writable } = new DecompressionStream('deflate')
  const chunks: Uint8Array[] = []
  let length = 0

  async function drain(): Promise<void> {
    for await (const chunk of readable) {
      length += chunk.byteLength
      if (length > maxBytes) throw new RangeError('a list that is too large')
      chunks.push(chunk)
    }
  }

  /** workerd unpacks all that is written, read or not: it gets no more before what came of the last slice has been read. */
  async function feed(): Promise<void> {
    const writer = writable.getWriter()
    for (let at = 0; at < packed.length; at += SLICE_BYTES) {
      await writer.write(packed.subarray(at, at + SLICE_BYTES))
      for (let before = -1; before !== length; ) {
        before = length
        await pause()
      }
      if (length > maxBytes) return
    }
    await writer.close()
  }

  await Promise.all([drain(), feed()])
  return joined(chunks, length)
}

/** Until all that can be read by now has been read. */
const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 0))

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}

/** Least significant bits first (section 4.1). Undefined past the end of the list. */
export function statusAt({ bits, bytes }: StatusList, index: number): number | undefined {
  const octet = bytes[Math.floor((index * bits) / 8)]
  return octet === undefined ? undefined : (octet >> ((index * bits) % 8)) & ((1 << bits) - 1)
}

const VALID = 0x00

/** Section 7.1: INVALID and SUSPENDED are not; nor is what an application or a later version may mean by other values. */
export const isValidStatus = (status: number | undefined): boolean => status === VALID
