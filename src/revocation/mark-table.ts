/**
 * What holds of each target, by its key: a hash table with open addressing in typed arrays, so that a million marks are some 40 MB and no work for the
 * garbage collector. A target with one plain revocation is in the arrays alone; whatever else there may be to say lies in a list beside them.
 */
import type { ActiveEffect } from '../policy/mark.ts'
import type { EpochSeconds } from '../policy/result.ts'
import { KEYED_KINDS, type KeyedKind, type KeyedState } from './read-changes.ts'
import { NONE, plainMarkOf, RECORD, RECORD_BYTES } from './snapshot-format.ts'
import { decodeKey, KEY_WORDS } from './target-words.ts'

/** What an isolate has room for, also while a table is built beside another: some 40 MB each. */
export const MAX_MARKS = 1 << 20
/** Of those, the ones that are more than a plain revocation. */
export const MAX_ELABORATE = 100_000

export interface MarkTable {
  /** Targets that something holds of, or held until a moment ago. */
  readonly size: number
  has(kind: KeyedKind): boolean
  /** What holds of the target whose key is at this place; with what has expired. */
  find(keys: Uint32Array, at: number): readonly ActiveEffect[]
  /** Replaces what was known of the target. `now` in seconds: whoever makes room throws out what has expired first. */
  put(state: KeyedState, now: number): void
  /** The same for all records of a part of a snapshot. */
  putRecords(records: DataView, now: number): void
  /** Whether that many more can be held, without what has expired. `now` in seconds. */
  hasRoomFor(marks: number, elaborate: number, now: number): boolean
  /** Looks at some of the marks, others at each call, and throws out those that have expired. */
  sweep(now: number): void
}

/** A record: its key, then the following three. */
const WORDS = KEY_WORDS + 3
/** The entry; or `ELABORATE`, no entry's number. */
const ENTRY = KEY_WORDS
/** `issuedUntil`; of an elaborate record, its place in the list. */
const UNTIL = KEY_WORDS + 1
/** When nothing of it holds any more; `NONE`: never. */
const EXPIRES = KEY_WORDS + 2
const ELABORATE = 0

/** Records lie in pieces, so that growing copies none of them. */
const PIECE = 1 << 14
const FIRST_SLOTS = 1 << 10
const SWEPT_AT_ONCE = 4096

interface Piece {
  readonly words: Uint32Array
  readonly kinds: Uint8Array
}

/** `expected`: as many can be put there before it grows. */
export function createMarkTable(expected = 0): MarkTable {
  const pieces: Piece[] = []
  /** Number of a record plus one; zero: nothing. Never more than half full. */
  let slots = new Uint32Array(slotsFor(expected))
  let size = 0
  let swept = 0
  const ofKind = new Uint32Array(KEYED_KINDS.length)
  const elaborate = new Map<number, readonly ActiveEffect[]>()
  let nextElaborate = 0
  const key = new Uint32Array(KEY_WORDS)

  const pieceOf = (record: number): Piece => pieces[Math.floor(record / PIECE)] ?? NO_PIECE
  const wordAt = (record: number, word: number): number => pieceOf(record).words[(record % PIECE) * WORDS + word] ?? 0

  function isAt(record: number, keys: Uint32Array, at: number): boolean {
    const { words } = pieceOf(record)
    const from = (record % PIECE) * WORDS
    return (
      words[from] === keys[at] &&
      words[from + 1] === keys[at + 1] &&
      words[from + 2] === keys[at + 2] &&
      words[from + 3] === keys[at + 3]
    )
  }

  /** The slot of the key, or the empty one where it would be. */
  function slotOf(keys: Uint32Array, at: number): number {
    const mask = slots.length - 1
    let slot = (keys[at] ?? 0) & mask
    for (let held = slots[slot]; held !== undefined && held !== 0; held = slots[slot]) {
      if (isAt(held - 1, keys, at)) return slot
      slot = (slot + 1) & mask
    }
    return slot
  }

  const recordAt = (slot: number): number => (slots[slot] ?? 0) - 1

  /** The record of `key`, made where there is none. */
  function claim(kind: number, now: number): number {
    const found = recordAt(slotOf(key, 0))
    if (found >= 0) {
      forgetElaborate(found)
      return found
    }
    if (2 * (size + 1) > slots.length) makeRoom(now)
    const record = size++
    if (record >= pieces.length * PIECE) pieces.push(newPiece())
    const { words, kinds } = pieceOf(record)
    words.set(key, (record % PIECE) * WORDS)
    kinds[record % PIECE] = kind
    ofKind[kind] = (ofKind[kind] ?? 0) + 1
    slots[slotOf(key, 0)] = record + 1
    return record
  }

  function write(record: number, entry: number, until: number, expires: number): void {
    const { words } = pieceOf(record)
    const from = (record % PIECE) * WORDS
    words[from + ENTRY] = entry
    words[from + UNTIL] = until
    words[from + EXPIRES] = expires
  }

  function forgetElaborate(record: number): void {
    if (wordAt(record, ENTRY) === ELABORATE) elaborate.delete(wordAt(record, UNTIL))
  }

  /** The last record takes the place of this one. */
  function remove(record: number): void {
    forgetElaborate(record)
    const { words, kinds } = pieceOf(record)
    const from = (record % PIECE) * WORDS
    const kind = kinds[record % PIECE] ?? 0
    ofKind[kind] = (ofKind[kind] ?? 0) - 1
    vacate(slotOf(words, from))
    const last = --size
    if (last !== record) {
      const { words: lastWords, kinds: lastKinds } = pieceOf(last)
      const lastFrom = (last % PIECE) * WORDS
      slots[slotOf(lastWords, lastFrom)] = record + 1
      words.set(lastWords.subarray(lastFrom, lastFrom + WORDS), from)
      kinds[record % PIECE] = lastKinds[last % PIECE] ?? 0
    }
    // One empty piece stays, for a table that goes to and fro about its edge.
    if (size + PIECE < (pieces.length - 1) * PIECE) pieces.pop()
  }

  /** Empties a slot and moves up those behind it that would no longer be found. */
  function vacate(slot: number): void {
    const mask = slots.length - 1
    let hole = slot
    for (let next = (slot + 1) & mask; slots[next] !== 0; next = (next + 1) & mask) {
      const home = wordAt(recordAt(next), 0) & mask
      if (((next - home) & mask) < ((next - hole) & mask)) continue
      slots[hole] = slots[next] ?? 0
      hole = next
    }
    slots[hole] = 0
  }

  function dropExpired(now: number): void {
    for (let record = size - 1; record >= 0; record--) if (wordAt(record, EXPIRES) <= now) remove(record)
  }

  /** Twice the slots, unless enough has expired to do without. */
  function makeRoom(now: number): void {
    dropExpired(now)
    if (8 * size <= 3 * slots.length) return
    slots = new Uint32Array(2 * slots.length)
    for (let record = 0; record < size; record++)
      slots[slotOf(pieceOf(record).words, (record % PIECE) * WORDS)] = record + 1
  }

  return {
    get size() {
      return size
    },

    has: (kind) => ofKind[KEYED_KINDS.indexOf(kind)] !== 0,

    find(keys, at) {
      const record = recordAt(slotOf(keys, at))
      if (record < 0) return NO_EFFECTS
      const entry = wordAt(record, ENTRY)
      if (entry === ELABORATE) return elaborate.get(wordAt(record, UNTIL)) ?? NO_EFFECTS
      return [plainEffect(entry, wordAt(record, UNTIL), wordAt(record, EXPIRES))]
    },

    put(state, now) {
      decodeKey(state.key, key, 0)
      if (state.effects.length === 0) {
        const record = recordAt(slotOf(key, 0))
        if (record >= 0) remove(record)
        return
      }
      const plain = plainMarkOf(state)
      const record = claim(KEYED_KINDS.indexOf(state.kind), now)
      if (plain !== undefined) return write(record, plain.entry, plain.issuedUntil, plain.expires)
      nextElaborate = (nextElaborate + 1) >>> 0
      while (elaborate.has(nextElaborate)) nextElaborate = (nextElaborate + 1) >>> 0
      elaborate.set(nextElaborate, state.effects)
      write(record, ELABORATE, nextElaborate, lastExpiry(state.effects))
    },

    putRecords(records, now) {
      for (let at = 0; at < records.byteLength; at += RECORD_BYTES) {
        for (let word = 0; word < KEY_WORDS; word++) key[word] = records.getUint32(at + RECORD.key + 4 * word)
        write(
          claim(records.getUint8(at + RECORD.kind), now),
          records.getUint32(at + RECORD.entry),
          records.getUint32(at + RECORD.issuedUntil),
          records.getUint32(at + RECORD.expires),
        )
      }
    },

    hasRoomFor(marks, more, now) {
      const isRoom = () => size + marks <= MAX_MARKS && elaborate.size + more <= MAX_ELABORATE
      if (!isRoom()) dropExpired(now)
      return isRoom()
    },

    sweep(now) {
      for (let looks = Math.min(size, SWEPT_AT_ONCE); looks > 0; looks--) {
        if (swept <= 0 || swept > size) swept = size
        swept--
        if (wordAt(swept, EXPIRES) <= now) remove(swept)
      }
    },
  }
}

const NO_EFFECTS: readonly ActiveEffect[] = []
const NO_PIECE: Piece = { words: new Uint32Array(0), kinds: new Uint8Array(0) }

/** A power of two, at least twice as many. */
const slotsFor = (marks: number): number =>
  Math.max(FIRST_SLOTS, 2 ** Math.ceil(Math.log2(2 * Math.min(Math.max(marks, 1), MAX_MARKS))))

const newPiece = (): Piece => ({ words: new Uint32Array(PIECE * WORDS), kinds: new Uint8Array(PIECE) })

function plainEffect(entry: number, issuedUntil: number, expires: number): ActiveEffect {
  const effect =
    issuedUntil === NONE
      ? ({ kind: 'revoke' } as const)
      : ({ kind: 'revoke', issuedUntil: issuedUntil as EpochSeconds } as const)
  return expires === NONE ? { effect, entry } : { effect, expires: expires as EpochSeconds, entry }
}

/** Rounded up, and never too early: what does not fit has none. */
function lastExpiry(effects: readonly ActiveEffect[]): number {
  const last = Math.max(...effects.map(({ expires = NONE }) => Math.ceil(expires)))
  return Math.min(last, NONE)
}
