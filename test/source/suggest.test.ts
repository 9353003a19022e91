/** "Did you mean". */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { closest, didYouMean, distance } from '../../src/source/suggest.ts'

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 })

describe('the distance', () => {
  test.each([
    ['', '', 0],
    ['a', '', 1],
    ['reason', 'resaon', 1],
    ['GET', 'get', 3],
    ['kitten', 'sitting', 3],
  ])('of %s and %s is %i', (a, b, edits) => expect(distance(a, b)).toBe(edits))

  test('is symmetric, and zero for equal words alone', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(distance(a, b)).toBe(distance(b, a))
        expect(distance(a, b) === 0).toBe(a === b)
      }),
    )
  })
})

test('the nearest word is suggested, case aside', () => {
  expect(closest('get', ['PUT', 'GET'])).toBe('GET')
  expect(closest('invoice:read', ['invoices:write', 'invoices:read'])).toBe('invoices:read')
  expect(didYouMean('resaon', ['review', 'reason'])).toBe('did you mean `reason`?')
})

test('a word that is like nothing gets no suggestion', () => {
  expect(closest('colour', ['reason', 'owner'])).toBeUndefined()
  expect(closest('ab', ['xy'])).toBeUndefined()
  expect(didYouMean('x', [])).toBeUndefined()
})

test('of equally near words the first is suggested, and a nearer one is always preferred', () => {
  expect(closest('read', ['reads', 'reax'])).toBe('reads')
  fc.assert(
    fc.property(word, fc.array(word), (wanted, known) => {
      const found = closest(wanted, known)
      if (found === undefined) return
      const edits = known.map((each) => distance(wanted, each))
      expect(distance(wanted, found)).toBe(Math.min(...edits))
    }),
  )
})
