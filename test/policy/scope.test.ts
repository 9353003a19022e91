import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isScopeToken, parseScopeList, parseScopeString } from '../../src/policy/scope.ts'

const listed = (text: string) => {
  const scopes = parseScopeString(text)
  return scopes && [...scopes]
}

test('[SCP-1] [BRR-9] a scope-token is made of the characters of RFC 6749 section 3.3 and no others', () => {
  for (let code = 0; code < 0x200; code++) {
    const isAllowed = code === 0x21 || (code >= 0x23 && code <= 0x5b) || (code >= 0x5d && code <= 0x7e)
    expect(isScopeToken(String.fromCharCode(code)), `U+${code.toString(16)}`).toBe(isAllowed)
    expect(isScopeToken(`a${String.fromCharCode(code)}b`), `a U+${code.toString(16)} b`).toBe(isAllowed)
  }
})

test.each(['', ' ', 'a b', 'a\n', '\na', 'a"b', 'a\\b', 'é', '\uD83D', 'a\u2028'])('%j is no scope-token', (text) => {
  expect(isScopeToken(text)).toBe(false)
})

test.each([
  ['', []],
  ['   ', []],
  ['a', ['a']],
  ['a b', ['a', 'b']],
  [' a  b ', ['a', 'b']],
  ['b a b', ['b', 'a']],
  ['a A', ['a', 'A']],
  ['__proto__ constructor', ['__proto__', 'constructor']],
  ['https://example.com/a?b=c&d', ['https://example.com/a?b=c&d']],
  ['a,b', ['a,b']],
])('[SCP-1] the scope string %j holds %j', (text, scopes) => {
  expect(listed(text)).toEqual(scopes)
})

test.each(['a\tb', 'a\nb', 'a\r\nb', 'a\u00A0b', 'a\u3000b', 'a\vb', 'a "b"', 'a b\\', 'a é', 'a\0'])(
  '[SCP-1] only U+0020 divides scopes: %j is malformed as a whole',
  (text) => {
    expect(parseScopeString(text)).toBeUndefined()
  },
)

test.each([[[1]], [[null]], [['a', undefined]], [['a', ['b']]], [[{}]], [['a b']], [['']], [['a', 'b"']]])(
  '[SCP-2] the list %j is malformed as a whole',
  (items) => {
    expect(parseScopeList(items)).toBeUndefined()
  },
)

test('[SCP-1] a list and the string of its items hold the same scopes, whatever the order and the repetitions', () => {
  const token = fc.stringMatching(/^[a-z:]{1,6}$/)
  fc.assert(
    fc.property(fc.array(token), (items) => {
      expect(parseScopeString(items.join(' '))).toEqual(parseScopeList(items))
      expect(parseScopeString([...items, ...items].reverse().join('  '))).toEqual(new Set(items))
    }),
  )
})
