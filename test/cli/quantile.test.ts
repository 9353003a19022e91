/** Nearest-rank quantiles, by definition and by known values. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nearestRank } from '../../src/cli/quantile.ts'

test.each([
  // The textbook example of the method: 15, 20, 35, 40, 50.
  [[15, 20, 35, 40, 50], 0.05, 15],
  [[15, 20, 35, 40, 50], 0.3, 20],
  [[15, 20, 35, 40, 50], 0.4, 20],
  [[15, 20, 35, 40, 50], 0.5, 35],
  [[15, 20, 35, 40, 50], 1, 50],
  [[3, 1, 2], 0.5, 2],
  [[7], 0.01, 7],
  [[1, Number.POSITIVE_INFINITY], 0.5, 1],
  [[1, Number.POSITIVE_INFINITY], 0.51, Number.POSITIVE_INFINITY],
])('of %j at %d is %d', (values, share, expected) => {
  expect(nearestRank(values, share)).toBe(expected)
})

test('is the smallest value that at least the share does not exceed', () => {
  const values = fc.array(fc.integer(), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 100 }), (all, percent) => {
      const share = percent / 100
      const found = nearestRank(all, share)
      const reached = (value: number) => all.filter((each) => each <= value).length >= share * all.length
      expect(all).toContain(found)
      expect(found).toBe(Math.min(...all.filter(reached)))
    }),
  )
})

test('of hundred values the ninety-ninth percentile is the last but one', () => {
  const values = Array.from({ length: 100 }, (_, index) => index + 1)
  expect([0.5, 0.9, 0.99, 1].map((share) => nearestRank(values, share))).toEqual([50, 90, 99, 100])
})

test.each([
  [[], 0.5],
  [[1], 0],
  [[1], 1.01],
  [[1], Number.NaN],
])('of %j at %d there is none', (values, share) => {
  expect(() => nearestRank(values, share)).toThrow(RangeError)
})
