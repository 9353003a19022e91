/** What is no pointer, whoever signed it. */
import { expect, test } from 'vitest'
import {
  decodePointer,
  encodePointer,
  MAX_POINTER_BYTES,
  type Pointer,
  parsePointer,
} from '../../src/release/pointer.ts'
import { releaseKey, signedPointer } from '../support/release-keys.ts'

const NOW = '2026-11-28T12:00:00.000Z'
const POINTER: Pointer = { digest: 'a'.repeat(64), serial: 7, publishedAt: NOW, by: 'me', kind: 'publish' }
const decode = (pointer: Pointer) =>
  decodePointer(new TextEncoder().encode(encodePointer(pointer)).buffer as ArrayBuffer)

test('it has an end, in characters where it is text and in bytes where it comes from KV', () => {
  const room = MAX_POINTER_BYTES - encodePointer({ ...POINTER, note: '' }).length
  for (const read of [decode, (pointer: Pointer) => parsePointer(encodePointer(pointer))]) {
    expect(read({ ...POINTER, note: 'x'.repeat(room) }).ok).toBe(true)
    expect(read({ ...POINTER, note: 'x'.repeat(room + 1) })).toEqual({
      ok: false,
      error: 'it is longer than 4096 bytes',
    })
  }
  expect(decode({ ...POINTER, note: 'ü'.repeat(room / 2 + 1) }).ok).toBe(false)
})

test('a signature that is for no environment would be good for each', () => {
  const signed = signedPointer({ ...POINTER, expires: NOW }, releaseKey('first'))
  expect(parsePointer(encodePointer(signed))).toEqual({ ok: false, error: 'its signature is for no environment' })
  const named = signedPointer({ ...POINTER, environment: 'production', expires: NOW }, releaseKey('first'))
  expect(parsePointer(encodePointer(named)).ok).toBe(true)
})

test('a candidate is another release than the live one', () => {
  const beside = (digest: string) => encodePointer({ ...POINTER, candidate: { digest, since: NOW, share: 10 } })
  expect(parsePointer(beside('b'.repeat(64))).ok).toBe(true)
  expect(parsePointer(beside(POINTER.digest)).ok).toBe(false)
})
