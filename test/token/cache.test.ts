import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTokenCache } from '../../src/token/cache.ts'

test('what was put in comes out, until it is taken out', () => {
  const cache = createTokenCache<number>(10, 1000)
  cache.set('a', 1)
  expect(cache.get('a')).toBe(1)
  cache.delete('a')
  expect(cache.get('a')).toBeUndefined()
})

test('what is used stays, what is not goes', () => {
  const cache = createTokenCache<number>(10, 1000)
  cache.set('used', 0)
  for (let n = 0; n < 100; n++) {
    cache.set(`t${n}`, n)
    expect(cache.get('used')).toBe(0)
  }
  expect(cache.get('t0')).toBeUndefined()
})

test('law: it never holds more entries or weight than it may, and never gives another value than the last', () => {
  const step = fc.record({
    act: fc.constantFrom('set', 'get', 'delete'),
    token: fc.string({ minLength: 1, maxLength: 30 }),
    value: fc.nat(),
    weight: fc.option(fc.nat({ max: 50 }), { nil: undefined }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const cache = createTokenCache<number>(8, 100)
      const last = new Map<string, number>()
      const weights = new Map<string, number>()
      for (const { act, token, value, weight } of steps) {
        if (act === 'set') {
          cache.set(token, value, weight)
          last.set(token, value)
          weights.set(token, weight ?? token.length)
        } else if (act === 'delete') {
          cache.delete(token)
          last.delete(token)
        } else expect([undefined, last.get(token)]).toContain(cache.get(token))
      }
      const held = [...last.keys()].filter((token) => cache.get(token) !== undefined)
      expect(held.length).toBeLessThanOrEqual(8)
      expect(held.reduce((sum, token) => sum + (weights.get(token) ?? 0), 0)).toBeLessThanOrEqual(100)
    }),
  )
})

test('what is replaced or taken out weighs nothing any more', () => {
  const cache = createTokenCache<number>(100, 100)
  cache.set('kept', 0, 10)
  for (let n = 0; n < 50; n++) {
    cache.set('replaced', n, 20)
    cache.set('deleted', n, 5)
    cache.delete('deleted')
  }
  // Half of the weight fits beside them. Had the weights added up, `kept` would have been dropped long ago.
  cache.set('last', 1, 20)
  expect([cache.get('kept'), cache.get('replaced'), cache.get('last')]).toEqual([0, 49, 1])
})
