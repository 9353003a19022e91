/** Days of the calendar. */
import { expect, test } from 'vitest'
import { isDay } from '../../src/source/day.ts'

test('days of the calendar are days', () => {
  for (const text of ['2027-01-01', '2028-02-29', '2000-02-29', '0001-12-31']) expect.soft(isDay(text), text).toBe(true)
})

test('what no calendar has is no day', () => {
  for (const text of [
    '',
    '2027-02-29',
    '2027-02-30',
    '1900-02-29',
    '2027-13-01',
    '2027-00-10',
    '2027-04-31',
    '2027-1-1',
    '27-01-01',
    '2027-01-01T00:00:00Z',
    ' 2027-01-01',
    '2027-01-01\n',
    '12027-01-01',
  ])
    expect.soft(isDay(text), text).toBe(false)
})
