import fc from 'fast-check'
import { base64url } from 'jose'
import { describe, expect, test } from 'vitest'
import type { ActiveEffect } from '../../src/policy/mark.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import { createMarkTable, MAX_ELABORATE, MAX_MARKS, type MarkTable } from '../../src/revocation/mark-table.ts'
import { KEYED_KINDS, type KeyedState } from '../../src/revocation/read-changes.ts'
import { decodePart, encodePart } from '../../src/revocation/snapshot-format.ts'
import { decodeKey } from '../../src/revocation/target-words.ts'
import { arbitraryEffects } from './arbitrary-states.ts'

const words = new Uint32Array(4)
function find(table: MarkTable, key: string): readonly ActiveEffect[] {
  decodeKey(key, words, 0)
  return table.find(words, 0)
}

/** Few keys, and all of them wish for one of two slots next to the end, so that runs go round it. */
const crowdedKey = (index: number): string => {
  const bytes = new Uint8Array(16)
  bytes[3] = 0xfe + (index % 2)
  bytes[2] = 0x03
  bytes[15] = index
  return base64url.encode(bytes)
}
const spreadKey = (index: number): string => {
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, Math.imul(index, 0x9e3779b1))
  view.setUint32(12, index)
  return base64url.encode(bytes)
}
const plain = (index: number, expires?: number): KeyedState => ({
  seq: index + 1,
  kind: 'jti',
  key: spreadKey(index),
  effects: [
    {
      effect: { kind: 'revoke' },
      ...(expires !== undefined && { expires: expires as EpochSeconds }),
      entry: index + 1,
    },
  ],
})

describe('a table of marks', () => {
  test.each([
    ['crowded', crowdedKey, 40],
    ['spread', spreadKey, 3_000],
  ] as const)('says what a map would say, with %s keys', (_, keyOf, keys) => {
    const change = fc.record({
      index: fc.nat(keys - 1),
      kind: fc.constantFrom(...KEYED_KINDS),
      effects: fc.oneof(arbitraryEffects, fc.constant([])),
    })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 400, size: 'max' }), (changes) => {
        const table = createMarkTable()
        const model = new Map<number, { readonly kind: string; readonly effects: readonly ActiveEffect[] }>()
        for (const { index, kind, effects } of changes) {
          // The key holds the kind, so one key is of one kind.
          const fixed = model.get(index)?.kind ?? kind
          table.put({ seq: 1, kind: fixed, key: keyOf(index), effects } as KeyedState, -1)
          if (effects.length === 0) model.delete(index)
          else model.set(index, { kind: fixed, effects })
          expect(table.size).toBe(model.size)
        }
        for (const [index, { effects }] of model) expect(find(table, keyOf(index))).toEqual(effects)
        for (let index = 0; index < keys; index++)
          if (!model.has(index) && find(table, keyOf(index)).length > 0) expect.unreachable()
        for (const kind of KEYED_KINDS)
          expect(table.has(kind)).toBe([...model.values()].some((known) => known.kind === kind))
      }),
      { numRuns: 60 },
    )
  })

  test('grows and shrinks over many pieces without losing one', () => {
    const table = createMarkTable()
    for (let index = 0; index < 60_000; index++) table.put(plain(index), 0)
    for (let index = 0; index < 60_000; index += 3) table.put({ ...plain(index), effects: [] }, 0)
    expect(table.size).toBe(40_000)
    const found = Array.from({ length: 60_000 }, (_, index) => find(table, spreadKey(index)).length)
    expect(found.findIndex((count, index) => count !== (index % 3 === 0 ? 0 : 1))).toBe(-1)
    for (let index = 0; index < 60_000; index++) table.put({ ...plain(index), effects: [] }, 0)
    expect([table.size, table.has('jti')]).toEqual([0, false])
  })

  test('throws out what has expired before it grows', () => {
    const table = createMarkTable()
    for (let index = 0; index < 512; index++) table.put(plain(index, index < 400 ? 100 : 300), 50)
    expect(table.size).toBe(512)
    table.put(plain(512, 300), 100)
    expect(table.size).toBe(113)
    for (let index = 400; index <= 512; index++) expect(find(table, spreadKey(index))).toHaveLength(1)
  })

  test('sweeps bit by bit, and nothing that still holds', () => {
    const table = createMarkTable()
    const effects = [
      { effect: { kind: 'revoke' }, expires: 10 as EpochSeconds, entry: 1 },
      { effect: { kind: 'step-up' }, expires: 99.5 as EpochSeconds, entry: 2 },
    ] as const
    table.put({ seq: 2, kind: 'subject', key: spreadKey(99_999), effects }, 0)
    for (let index = 0; index < 10_000; index++) table.put(plain(index, index % 2 === 0 ? 50 : undefined), 0)
    for (let round = 0; round < 4; round++) table.sweep(99)
    expect(table.size).toBe(5_001)
    for (let round = 0; round < 2; round++) table.sweep(100)
    expect([table.size, table.has('subject')]).toEqual([5_000, false])
  })

  test('takes the records of a part as it takes states', () => {
    const part = decodePart(encodePart([plain(1), plain(2, 77)]))
    const table = createMarkTable()
    table.put({ ...plain(1), effects: [{ effect: { kind: 'step-up' }, entry: 9 }] }, 0)
    if (part.ok) table.putRecords(part.value.records, 0)
    expect([find(table, spreadKey(1)), find(table, spreadKey(2))]).toEqual([plain(1).effects, plain(2, 77).effects])
    expect(table.size).toBe(2)
  })

  test('holds a million in well under 64 MB, growth and all', () => {
    const before = process.memoryUsage().arrayBuffers
    const table = createMarkTable()
    let most = 0
    const bytes = new Uint8Array(16 + 50_000 * 32)
    for (let from = 0; from < 1_000_000; from += 50_000) {
      const records = new DataView(bytes.buffer, 16, 50_000 * 32)
      for (let index = 0; index < 50_000; index++) {
        records.setUint32(32 * index, Math.imul(from + index, 0x9e3779b1))
        records.setUint32(32 * index + 12, from + index)
        records.setUint32(32 * index + 16, from + index + 1)
        records.setUint32(32 * index + 20, 0xff_ff_ff_ff)
        records.setUint32(32 * index + 24, 0xff_ff_ff_ff)
      }
      table.putRecords(records, 0)
      most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    }
    expect(table.size).toBe(1_000_000)
    expect(most).toBeLessThan(52 * 1024 * 1024)
    expect([table.hasRoomFor(MAX_MARKS - 1_000_000, 0, 0), table.hasRoomFor(MAX_MARKS - 999_999, 0, 0)]).toEqual([
      true,
      false,
    ])
    expect(find(table, spreadKey(777_777))).toEqual([{ effect: { kind: 'revoke' }, entry: 777_778 }])
  })
  test('has room again where what it holds has expired, although nobody has swept it', () => {
    const table = createMarkTable()
    for (let index = 0; index < MAX_ELABORATE; index++)
      table.put(
        {
          ...plain(index, 100),
          effects: [{ effect: { kind: 'step-up', acr: ['a'] }, expires: 100 as EpochSeconds, entry: 1 }],
        },
        0,
      )
    expect(table.hasRoomFor(1, 1, 99)).toBe(false)
    expect(table.hasRoomFor(1, 1, 100)).toBe(true)
    expect(table.size).toBe(0)
  })
})
