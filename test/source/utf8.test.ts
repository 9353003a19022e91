/** Strict UTF-8, held against the platform's own decoder. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeUtf8 } from '../../src/source/utf8.ts'

const platform = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function platformText(bytes: Uint8Array): string | undefined {
  try {
    return platform.decode(bytes)
  } catch {
    return undefined
  }
}

const decoded = (bytes: Uint8Array) => {
  const text = decodeUtf8(bytes)
  return text.ok ? text.value : undefined
}

test('any text survives, also one longer than the stack would take', () => {
  const encode = (text: string) => new TextEncoder().encode(text)
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => decoded(encode(text)) === text))
  const long = 'aé€😀'.repeat(60_000)
  expect(decoded(encode(long))).toBe(long)
})

test('bytes are text exactly where the platform says so', () => {
  const octet = fc.oneof(
    fc.integer({ min: 0, max: 255 }),
    fc.constantFrom(0x80, 0xbf, 0xc0, 0xe0, 0xed, 0xa0, 0xf4, 0x90, 0x41),
  )
  const bytes = fc.array(octet, { maxLength: 8 }).map((octets) => Uint8Array.from(octets))
  fc.assert(
    fc.property(bytes, (octets) => {
      expect(decoded(octets)).toBe(platformText(octets))
    }),
    { numRuns: 2000 },
  )
})

test.each([
  ['an overlong slash', [0xc0, 0xaf]],
  ['a surrogate', [0xed, 0xa0, 0x80]],
  ['a code point past the last', [0xf4, 0x90, 0x80, 0x80]],
  ['a sequence that ends too soon', [0xe2, 0x82]],
])('%s is no text, and what stands before it says where', (_, octets) => {
  const before = 'service: ä\nowner: '
  const result = decodeUtf8(Uint8Array.from([...new TextEncoder().encode(before), ...octets]))
  expect(result).toEqual({ ok: false, error: before })
})
