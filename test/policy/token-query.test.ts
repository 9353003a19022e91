/** A question to the token audit, from and to the query of a URL. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TOKEN_GROUPS, TOKEN_ORDERS, type TokenQuery } from '../../src/policy/token-audit.ts'
import { parseTokenQuery, writeTokenQuery } from '../../src/policy/token-query.ts'

test('without a word it is the tokens that are good for longest', () => {
  expect(parseTokenQuery(new URLSearchParams())).toEqual({
    ok: true,
    value: { sort: 'remaining', expired: false, limit: 50, offset: 0 },
  })
})

test('law: what is written is read again', () => {
  const name = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
  const query: fc.Arbitrary<TokenQuery> = fc.record(
    {
      by: fc.constantFrom(...TOKEN_GROUPS),
      sort: fc.constantFrom(...TOKEN_ORDERS),
      client: name,
      subject: name,
      scope: name,
      issuer: name,
      lifetimeOver: fc.nat(),
      olderThan: fc.nat(),
      expired: fc.boolean(),
      limit: fc.integer({ min: 1, max: 200 }),
      offset: fc.nat(1_000_000),
    },
    { requiredKeys: ['sort', 'expired', 'limit', 'offset'] },
  )
  fc.assert(
    fc.property(query, (asked) => {
      const search = new URLSearchParams(writeTokenQuery(asked).toString())
      expect(parseTokenQuery(search)).toEqual({ ok: true, value: asked })
    }),
  )
})

test.each([
  ['by=issuer', 'by'],
  ['sort=', 'sort'],
  ['expired=yes', 'expired'],
  ['client=', 'client'],
  [`subject=${'x'.repeat(2049)}`, 'subject'],
  ['limit=0', 'limit'],
  ['limit=201', 'limit'],
  ['limit=-1', 'limit'],
  ['offset=1e3', 'offset'],
  ['offset=1000001', 'offset'],
  ['lifetimeOver=1.5', 'lifetimeOver'],
  ['olderThan=99999999999', 'olderThan'],
  ['client=a&client=a', 'client'],
  ['clients=a', 'not known'],
  ['__proto__=a', 'not known'],
])('%s is no question', (text, part) => {
  const query = parseTokenQuery(new URLSearchParams(text))
  expect(query).toMatchObject({ ok: false, error: expect.stringContaining(part) })
})
