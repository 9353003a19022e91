/** Lengths of time. */
import { expect, test } from 'vitest'
import { parseDuration } from '../../src/source/duration.ts'

test.each([
  ['0s', 0],
  ['30s', 30],
  ['5m', 300],
  ['12h', 43_200],
  ['7d', 604_800],
  ['9999999d', 863_999_913_600],
])('%s is %i seconds', (text, seconds) => expect(parseDuration(text)).toBe(seconds))

test('what is no length of time is none', () => {
  for (const text of [
    '',
    's',
    '5',
    '05m',
    '-5m',
    '+5m',
    '5 m',
    '5M',
    '5min',
    '1.5h',
    '1h30m',
    '10000000s',
    '5m\n',
    '٥m',
  ])
    expect.soft(parseDuration(text), text).toBeUndefined()
})
