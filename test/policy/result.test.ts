import { expect, test } from 'vitest'
import { epochSeconds, fail, isNonEmpty, ok } from '../../src/policy/result.ts'

test('a clock of milliseconds is cut to whole seconds, downwards', () => {
  expect([0, 999, 1000, 1999, -1].map(epochSeconds)).toEqual([0, 0, 1, 1, -1])
})

test('only a list without members is empty', () => {
  expect(isNonEmpty([])).toBe(false)
  expect(isNonEmpty([undefined])).toBe(true)
})

test('a result holds a value or an error', () => {
  expect(ok(undefined)).toEqual({ ok: true, value: undefined })
  expect(fail(undefined)).toEqual({ ok: false, error: undefined })
})
