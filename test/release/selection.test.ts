/** Who belongs to a share of the clients. */
import { expect, test } from 'vitest'
import { isSelected } from '../../src/release/selection.ts'

const candidate = (digest: string, share?: number, clients?: readonly string[]) => ({
  digest: digest.repeat(64),
  since: '2026-11-28T12:00:00.000Z',
  ...(share !== undefined && { share }),
  ...(clients !== undefined && { clients }),
})
const NAMES = Array.from({ length: 20_000 }, (_, index) => `client-${index}`)
const chosen = (...args: Parameters<typeof candidate>) => NAMES.filter((name) => isSelected(candidate(...args), name))

test.each([1, 10, 50, 99])('a share of %i is about so many of a hundred clients', (share) => {
  expect(Math.abs(chosen('a', share).length / NAMES.length - share / 100)).toBeLessThan(0.012)
})

test('a larger share of the same candidate holds the smaller one; another candidate draws anew', () => {
  const ten = chosen('a', 10)
  const twenty = new Set(chosen('a', 20))
  expect(ten.every((name) => twenty.has(name))).toBe(true)
  const other = new Set(chosen('b', 10))
  expect(ten.filter((name) => other.has(name)).length / ten.length).toBeCloseTo(0.1, 1)
})

test('named clients belong to it, with a share or without; nobody in particular only to a share of 100', () => {
  expect(chosen('a', undefined, ['client-7', 'nobody-else'])).toEqual(['client-7'])
  expect(chosen('a', 1, ['client-7'])).toEqual(expect.arrayContaining(['client-7', ...chosen('a', 1)]))
  expect([1, 99, 100].map((share) => isSelected(candidate('a', share, ['x']), undefined))).toEqual([false, false, true])
  expect(isSelected(candidate('a', undefined, ['x']), undefined)).toBe(false)
})
