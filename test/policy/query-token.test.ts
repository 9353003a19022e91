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
])('[BRR-4] [FAP-1] of %j, %j is forwarded', (query, kept) => {
  expect(withoutQueryToken(query)).toBe(kept)
})

test('law: no form parser finds an access_token in what is left, and nothing else is changed', () => {
  const name = fc.constantFrom('access_token', 'access%5ftoken', 'a', 'b', 'access_tokens', 'ACCESS_TOKEN')
  const pair = fc.tuple(name, fc.constantFrom('1', '', 'x%20y')).map(([key, value]) => `${key}=${value}`)
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 5 }), (pairs) => {
      const kept = withoutQueryToken(pairs.length === 0 ? '' : `?${pairs.join('&')}`)
      const names = [...new URLSearchParams(kept).keys()].map((key) => key.toLowerCase())
      expect(names).not.toContain('access_token')
      const others = pairs.filter((each) => !/^access(_|%5f)token=/i.test(each))
      expect(kept).toBe(others.length === 0 ? '' : `?${others.join('&')}`)
    }),
  )
})
