/**
 * A part of a snapshot: the states of many targets as bytes, quick to read in an isolate that has just started. Most marks are plain, so they have
 * records of one size:
 *
 *     "SWRM"  version (1 byte)  0 0 0  number of records (4 bytes)  bytes of the tail (4 bytes)
 *     records of 32 bytes: key (16)  entry (4)  issuedUntil (4)  expires (4)  kind (1)  0 0 0
 *     tail: all other states, a JSON array in UTF-8
 *
 * Numbers are big-endian. All ones for `issuedUntil` or `expires`: there is none.
 */
import { base64url } from 'jose'
import type { ActiveEffect } from '../policy/mark.ts'
import { type EpochSeconds, fail, ok, type Result } from '../policy/result.ts'
import type { TargetState } from '../policy/revocation-log.ts'
import { KEYED_KINDS, type KeyedKind, type KeyedState, readStates } from './read-changes.ts'

/** No more in one part: an isolate holds one part at a time beside the table that it fills. */
export const MAX_PART_BYTES = 4 * 1024 * 1024

const MAGIC = 0x53_57_52_4d
const VERSION = 1
const HEADER_BYTES = 16
export const RECORD_BYTES = 32
export const NONE = 0xff_ff_ff_ff

/** Where the members of a record are. */
export const RECORD = { key: 0, entry: 16, issuedUntil: 20, expires: 24, kind: 28 } as const

/** A part whose form was checked. */
export interface SnapshotPart {
  /** All records, one after the other. */
  readonly records: DataView
  readonly others: readonly TargetState[]
}

/** The only effect of a target, where that is all there is to say of it, and where its numbers fit. */
export interface PlainMark {
  readonly entry: number
  /** Seconds since the epoch, or `NONE`. */
  readonly issuedUntil: number
  readonly expires: number
}

export function encodePart(states: readonly TargetState[]): Uint8Array<ArrayBuffer> {
  const plain: (readonly [KeyedState, PlainMark])[] = []
  const others: TargetState[] = []
  for (const state of states) {
    const record = recordOf(state)
    if (record === undefined) others.push(state)
    else plain.push(record)
  }
  const tail = new TextEncoder().encode(JSON.stringify(others))
  const bytes = new Uint8Array(HEADER_BYTES + plain.length * RECORD_BYTES + tail.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC)
  view.setUint8(4, VERSION)
  view.setUint32(8, plain.length)
  view.setUint32(12, tail.length)
  let at = HEADER_BYTES
  for (const [{ kind, key }, { entry, issuedUntil, expires }] of plain) {
    bytes.set(base64url.decode(key), at + RECORD.key)
    view.setUint32(at + RECORD.entry, entry)
    view.setUint32(at + RECORD.issuedUntil, issuedUntil)
    view.setUint32(at + RECORD.expires, expires)
    view.setUint8(at + RECORD.kind, KEYED_KINDS.indexOf(kind))
    at += RECORD_BYTES
  }
  bytes.set(tail, at)
  return bytes
}

/** What a record says of a state; undefined where it belongs into the tail. */
export function recordOf(state: TargetState): readonly [KeyedState, PlainMark] | undefined {
  const mark = state.kind === 'scope' ? undefined : plainMarkOf(state)
  return state.kind === 'scope' || mark === undefined || state.seq !== mark.entry ? undefined : [state, mark]
}

export const isPlainMark = (effects: readonly ActiveEffect[]): boolean => plainMarkOf({ effects }) !== undefined

/** Undefined where a state says more than a record could. */
export function plainMarkOf({ effects }: Pick<KeyedState, 'effects'>): PlainMark | undefined {
  const [first] = effects
  if (first === undefined || effects.length !== 1 || first.effect.kind !== 'revoke') return undefined
  const { effect, entry, expires } = first
  if (effect.holding !== undefined || effect.matching !== undefined) return undefined
  const mark = { entry, issuedUntil: effect.issuedUntil ?? NONE, expires: expires ?? NONE }
  const fits =
    isUint32(entry) &&
    (effect.issuedUntil === undefined || isUint32(effect.issuedUntil)) &&
    (expires === undefined || isUint32(expires))
  return fits ? mark : undefined
}

const isUint32 = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < NONE

/** What is wrong with the bytes, where they are no part. */
export function decodePart(bytes: Uint8Array): Result<SnapshotPart, string> {
  if (bytes.length < HEADER_BYTES) return fail('it is too short')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0) !== MAGIC) return fail('it is no snapshot')
  if (view.getUint32(4) !== VERSION * 2 ** 24) return fail('its format is unknown')
  const recordBytes = view.getUint32(8) * RECORD_BYTES
  if (bytes.length !== HEADER_BYTES + recordBytes + view.getUint32(12)) return fail('it is not as long as it says')
  const records = new DataView(bytes.buffer, bytes.byteOffset + HEADER_BYTES, recordBytes)
  for (let at = 0; at < recordBytes; at += RECORD_BYTES) {
    // The kind, and nothing behind it.
    const last = records.getUint32(at + RECORD.kind)
    if (last % 2 ** 24 !== 0 || last / 2 ** 24 >= KEYED_KINDS.length) return fail('a record is malformed')
    if (records.getUint32(at + RECORD.entry) === 0) return fail('a record comes from no entry')
  }
  const others = readTail(bytes.subarray(HEADER_BYTES + recordBytes))
  return others.ok ? ok({ records, others: others.value }) : others
}

function readTail(bytes: Uint8Array): Result<readonly TargetState[], string> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return fail('its tail is no JSON')
  }
  return readStates(value)
}

/** All states of a part, one by one. */
export function* statesOf({ records, others }: SnapshotPart): Generator<TargetState> {
  for (let at = 0; at < records.byteLength; at += RECORD_BYTES) {
    const kind = KEYED_KINDS[records.getUint8(at + RECORD.kind)]
    if (kind !== undefined) yield stateAt(records, at, kind)
  }
  yield* others
}

function stateAt(records: DataView, at: number, kind: KeyedKind): TargetState {
  const key = new Uint8Array(records.buffer, records.byteOffset + at, RECORD.entry)
  const entry = records.getUint32(at + RECORD.entry)
  const issuedUntil = records.getUint32(at + RECORD.issuedUntil)
  const expires = records.getUint32(at + RECORD.expires)
  const effect = {
    kind: 'revoke' as const,
    ...(issuedUntil !== NONE && { issuedUntil: issuedUntil as EpochSeconds }),
  }
  return {
    seq: entry,
    kind,
    key: base64url.encode(key),
    effects: [{ effect, ...(expires !== NONE && { expires: expires as EpochSeconds }), entry }],
  }
}
