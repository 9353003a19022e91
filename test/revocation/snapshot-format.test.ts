import fc from 'fast-check'
import { base64url } from 'jose'
import { describe, expect, test } from 'vitest'
import { MARKED_CLAIMS } from '../../src/policy/mark.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import type { TargetState } from '../../src/policy/revocation-log.ts'
import { KEYED_KINDS } from '../../src/revocation/read-changes.ts'
import { decodePart, encodePart, RECORD_BYTES, statesOf } from '../../src/revocation/snapshot-format.ts'
import { arbitraryState } from './arbitrary-states.ts'

const plainState = (index: number): TargetState => {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setUint32(0, index)
  return {
    seq: index + 1,
    kind: 'jti',
    key: base64url.encode(bytes),
    effects: [{ effect: { kind: 'revoke' }, expires: 1_900_000_000 as EpochSeconds, entry: index + 1 }],
  }
}

function read(bytes: Uint8Array): readonly TargetState[] | string {
  const part = decodePart(bytes)
  return part.ok ? [...statesOf(part.value)] : part.error
}

describe('a part of a snapshot', () => {
  test('knows kinds of targets by their places, which never change: marks of before still hold', () => {
    expect(KEYED_KINDS.slice(0, 10).join(' ')).toBe('token jti subject client session grant tenant device email issuer')
    expect(new Set(KEYED_KINDS)).toEqual(new Set(['token', 'issuer', ...MARKED_CLAIMS]))
  })

  test('holds any states as they were', () => {
    const bySeq = (a: TargetState, b: TargetState) => JSON.stringify(a).localeCompare(JSON.stringify(b))
    fc.assert(
      fc.property(fc.array(arbitraryState, { maxLength: 20 }), (states) => {
        const back = read(encodePart(states))
        expect(typeof back === 'string' ? back : [...back].sort(bySeq)).toEqual([...states].sort(bySeq))
      }),
    )
  })

  test('has 32 bytes for a plain mark', () => {
    const one = encodePart([plainState(0)]).length
    expect(encodePart([plainState(0), plainState(1)]).length - one).toBe(RECORD_BYTES)
    expect(RECORD_BYTES).toBe(32)
  })

  test('is read wherever it lies in a buffer', () => {
    const bytes = encodePart([plainState(7)])
    const room = new Uint8Array(bytes.length + 3)
    room.set(bytes, 3)
    expect(read(room.subarray(3))).toEqual([plainState(7)])
  })

  test('that was cut or lengthened anywhere is none', () => {
    const bytes = encodePart([plainState(1), { seq: 3, kind: 'scope', scope: 'a', effects: [] }])
    for (let length = 0; length < bytes.length; length++) expect(typeof read(bytes.subarray(0, length))).toBe('string')
    expect(typeof read(new Uint8Array([...bytes, 32]))).toBe('string')
  })

  test.each([
    ['another magic', 0, 0x54, 'it is no snapshot'],
    ['a later version', 4, 2, 'its format is unknown'],
    ['reserved bytes of the head', 7, 1, 'its format is unknown'],
    ['an unknown kind', 16 + 28, 11, 'a record is malformed'],
    ['reserved bytes of a record', 16 + 31, 1, 'a record is malformed'],
  ])('with %s is none', (_, at, value, why) => {
    const bytes = encodePart([plainState(1)])
    bytes[at] = value
    expect(read(bytes)).toBe(why)
  })

  test.each([
    ['no JSON', 'x'],
    ['an unknown kind of target', '[{"seq":1,"kind":"planet","key":"AAAAAAAAAAAAAAAAAAAAAA","effects":[]}]'],
    ['a key of another length', '[{"seq":1,"kind":"jti","key":"AAAA","effects":[]}]'],
    ['a key in another spelling', '[{"seq":1,"kind":"jti","key":"AAAAAAAAAAAAAAAAAAAAAB","effects":[]}]'],
    ['an unknown member', '[{"seq":1,"kind":"jti","key":"AAAAAAAAAAAAAAAAAAAAAA","effects":[],"unless":1}]'],
  ])('whose tail has %s is none', (_, tail) => {
    const bytes = new Uint8Array([...encodePart([]).subarray(0, 16), ...new TextEncoder().encode(tail)])
    new DataView(bytes.buffer).setUint32(12, tail.length)
    expect(typeof read(bytes)).toBe('string')
  })

  test('of a hundred thousand marks is read in no time', () => {
    const bytes = encodePart(Array.from({ length: 100_000 }, (_, index) => plainState(index)))
    const start = performance.now()
    expect(decodePart(bytes).ok).toBe(true)
    expect(performance.now() - start).toBeLessThan(500)
  })
})
