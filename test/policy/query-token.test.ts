/** A token in the query never authenticates, here or behind the gate. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { withoutQueryToken } from '../../src/policy/query-token.ts'

test.each([
  ['', ''],
  ['?', '?'],
  ['?a=1&b=2', '?a=1&b=2'],
  ['?access_token=x', ''],
  ['?a=1&access_token=x&b=2', '?a=1&b=2'],
  ['?access_token=x&access_token=y', ''],
  ['?ACCESS_TOKEN=x&a=1', '?a=1'],
  ['?access%5Ftoken=x&a=1', '?a=1'],
  ['?%61ccess_token=x', ''],
  ['?access.token=x', ''],
  ['?access+token=x', ''],
  ['?access_token[]=x', ''],
  ['?access_token%00y=x', ''],
  ['?+access_token=x', ''],
  ['?access_token', ''],
  ['?my_access_token=x', '?my_access_token=x'],
  ['?access_tokens=x', '?access_tokens=x'],
  ['?q=access_token', '?q=access_token'],
  ['?a=%41&b', '?a=%41&b'],
  // `;` separates for some parsers, and is part of a value for others: what was a parameter for any stays one.
  ['?a=1;access_token=x', '?a=1'],
  ['?;access_token=x', ''],
  ['?;access_token=x&b=2', '?b=2'],
  ['?&access_token=x', ''],
  ['?access_token=x;b=2', '?b=2'],
  ['?a=1&access_token=x;b=2', '?a=1&b=2'],
  ['?a=1;access_token=x&b=2', '?a=1&b=2'],
  ['?a=1;access_token=x;b=2', '?a=1;b=2'],
  ['?a=1&amp;access_token=x', '?a=1&amp'],
  ['?a=1;b=2;%zz', '?a=1;b=2;%zz'],
  ['?a=1%3Baccess_token=x', '?a=1%3Baccess_token=x'],
  // PHP makes `_` of a bracket that nothing closes.
  ['?access[token=x&a=1', '?a=1'],
  ['?access%5Btoken=x', ''],
  ['?access%5btoken%00]=x', ''],
  ['?access[token]=x', '?access[token]=x'],
  ['?access[tokens=x', '?access[tokens=x'],
  // qs and Rack take brackets off the front.
  ['?[access_token]=x', ''],
  ['?%5Baccess_token%5D=x', ''],
  ['?[access_token][]=x', ''],
  ['?]access_token=x', ''],
  // URLSearchParams drops a question mark at the front of what it is given.
  ['??access_token=x', ''],
  ['??a=access_token', '??a=access_token'],
  // ASP.NET decodes `%u`.
  ['?%u0061ccess%u005Ftoken=x', ''],
  ['?%u0161ccess_token=x', '?%u0161ccess_token=x'],
])('[BRR-4] [FAP-1] of %j, %j is forwarded', (query, kept) => {
  expect(withoutQueryToken(query)).toBe(kept)
})

/** What parsers make of a parameter's name once it is decoded. */
const READINGS: readonly ((name: string) => string | undefined)[] = [
  (name) => name,
  (name) => name.replace(/^\?/, ''),
  (name) => /^\[([^[\]]*)\]/.exec(name)?.[1], // qs
  (name) => /^[[\]]*([^[\]]+)/.exec(name)?.[1], // Rack
  function php(name) {
    const whole = (name.split('\0', 1)[0] ?? '').replace(/^ +/, '')
    const bracket = whole.indexOf('[')
    const end = bracket < 0 ? whole.length : bracket
    const folded = whole.slice(0, end).replace(/[ .]/g, '_')
    return bracket < 0 || whole.includes(']', bracket) ? folded : `${folded}_${whole.slice(bracket + 1)}`
  },
]
const namesIn = (query: string, separator: RegExp) =>
  query
    .slice(1)
    .split(separator)
    .map((pair) => decodeURIComponent((pair.split('=', 1)[0] ?? '').replaceAll('+', ' ')))
    .flatMap((name) => READINGS.map((read) => read(name)?.toLowerCase()))

const TOKENS = [
  'access_token', 'ACCESS_TOKEN', 'access%5ftoken', 'access.token', '+access+token', 'access[token', '%5baccess_token]', '[]access_token', 'access_token[0]',
  'access_token%00]', '?access_token',
] // biome-ignore format: a list of names reads better packed
const OTHERS = [
  'a', 'b%5B%5D', 'access_tokens', 'my_access_token', 'access[token]', 'access-token', 'a%26access_token', '[', 'access', '?', '%3Baccess_token',
] // biome-ignore format: a list of names reads better packed
const parameters = (names: readonly string[]) =>
  fc.tuple(fc.constantFrom(...names), fc.constantFrom('=1', '=', '', '=x%20y=z')).map((parts) => parts.join(''))
const separators = fc.array(fc.constantFrom('&', ';'), { minLength: 6, maxLength: 6 })
const queryOf = (pairs: readonly string[], between: readonly string[]) =>
  `?${pairs.map((pair, index) => (index === 0 ? pair : `${between[index]}${pair}`)).join('')}`

test('[BRR-4] law: no form parser finds an access_token in what is left, and nothing else is gone', () => {
  const pair = fc.oneof(parameters(TOKENS), parameters(OTHERS))
  fc.assert(
    fc.property(fc.array(pair, { minLength: 1, maxLength: 6 }), separators, (pairs, between) => {
      const query = queryOf(pairs, between)
      const kept = withoutQueryToken(query)
      for (const separator of [/[&;]/, /&/, /;/]) expect(namesIn(kept, separator)).not.toContain('access_token')
      const others = pairs.filter((each) => !TOKENS.includes(each.split('=', 1)[0] ?? ''))
      expect(kept === '' ? [] : kept.slice(1).split(/[&;]/)).toEqual(others)
      if (others.length === pairs.length) expect(kept).toBe(query)
      // A parser that knows `&` alone still finds what it found, and its value.
      for (const part of query.slice(1).split('&'))
        if (others.includes(part)) expect(kept.slice(1).split('&')).toContain(part)
    }),
    { numRuns: 1000 },
  )
})

test('law: what holds no token is the very same text', () => {
  const text = fc.string({ unit: fc.constantFrom(...'a_[]&;=?%+.', '%5B', 'token', 'access'), maxLength: 12 })
  fc.assert(
    fc.property(text, (rest) => {
      fc.pre(!/access/.test(rest))
      expect(withoutQueryToken(`?${rest}`)).toBe(`?${rest}`)
    }),
  )
})
