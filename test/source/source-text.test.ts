/** Bytes -> text, and what is refused because a reviewer could not see it. */
import { describe, expect, test } from 'vitest'
import { MAX_FILE_BYTES, readText } from '../../src/source/source-text.ts'

const read = (bytes: Uint8Array) => readText({ path: 'a.yaml', bytes })
const readString = (text: string) => read(new TextEncoder().encode(text))

/** `rule:line:column` of each fault. */
const faultsOf = (text: string) => {
  const result = readString(text)
  return result.ok ? [] : result.error.map(({ rule, at }) => `${rule}:${at.line}:${at.column}`)
}

test('text is kept as it is', () => {
  for (const text of ['', 'a: b\n', 'a: ü 😀\r\nb: "\tc"\r\n', '# e\u0301\u00A0\n'])
    expect.soft(readString(text)).toEqual({ ok: true, value: text })
})

test('a file that is too large is refused unread, one that is just as large as it may be is not', () => {
  const started = performance.now()
  expect(read(new Uint8Array(10 * MAX_FILE_BYTES))).toMatchObject({ ok: false, error: [{ rule: 'file-too-large' }] })
  expect(performance.now() - started).toBeLessThan(50)
  expect(read(new Uint8Array(MAX_FILE_BYTES).fill(0x61)).ok).toBe(true)
  expect(read(new Uint8Array(MAX_FILE_BYTES + 1).fill(0x61)).ok).toBe(false)
})

describe('what hides something is refused where it stands', () => {
  test.each([
    ['a byte order mark', '\uFEFFa: b', 'forbidden-character:1:1'],
    ['a byte order mark further on', 'a: b\nc: \uFEFFd', 'forbidden-character:2:4'],
    ['a NUL', 'a: \0', 'forbidden-character:1:4'],
    ['an escape character', 'a: b\n  c: \x1B[31m', 'forbidden-character:2:6'],
    ['a carriage return inside a line', 'a: b\rc: d\n', 'forbidden-character:1:5'],
    ['a right-to-left override', 'a: x\u202Ey', 'forbidden-character:1:5'],
    ['an isolate', 'a: \u2066y', 'forbidden-character:1:4'],
    ['another line end', 'a: b\u2028c: d', 'forbidden-character:1:5'],
    ['a tab that indents', 'a:\n\tb: c', 'tab-indentation:2:1'],
    ['a tab after spaces', 'a:\n  \tb: c', 'tab-indentation:2:3'],
  ])('%s', (_, text, fault) => expect(faultsOf(text)).toEqual([fault]))

  test('every line of it, not the first alone', () => {
    expect(faultsOf('\ta\nb\n\tc\0')).toEqual(['tab-indentation:1:1', 'tab-indentation:3:1', 'forbidden-character:3:3'])
  })
})

test('bytes that are no UTF-8 are refused where they stand', () => {
  const bytes = Uint8Array.from([...new TextEncoder().encode('a: ä\nb: '), 0xff, 0x0a])
  expect(read(bytes)).toMatchObject({ ok: false, error: [{ rule: 'not-utf8', at: { line: 2, column: 4 } }] })
})
