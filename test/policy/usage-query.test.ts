/** Questions to the counts, as the query of a URL. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  parseDecisionQuery,
  parseUsageQuery,
  type UsageQuery,
  type UsageQuestion,
  windowOf,
  writeQuery,
} from '../../src/policy/usage-query.ts'

/** 2026-11-28T12:34:56Z */
const NOW = 1_795_869_296
const read = (question: UsageQuestion, text: string) => parseUsageQuery(question, new URLSearchParams(text))

test('what is written is read as the same question', () => {
  const name = fc.string({ minLength: 1, unit: 'grapheme' })
  const query = fc.record(
    {
      from: fc.constant('2026-11-01T00:00:00Z'),
      period: fc.constantFrom('minute', 'hour', 'day'),
      by: fc.constantFrom('outcome', 'client'),
      outcome: fc.constantFrom('allow', 'deny'),
      code: fc.constantFrom('unmapped', 'token_invalid'),
      rule: name,
      client: name,
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(query, (asked) => {
      expect(parseUsageQuery('traffic', writeQuery(asked as UsageQuery))).toEqual({ ok: true, value: asked })
    }),
  )
  const decisions = { outcome: 'deny', scope: 'a:b', limit: 7 } as const
  expect(parseDecisionQuery(writeQuery(decisions))).toEqual({ ok: true, value: decisions })
})

test.each<readonly [UsageQuestion, string, RegExp]>([
  ['traffic', 'form=x', /not known; known are from, to/],
  ['sinks', 'client=x', /not known/],
  ['traffic', 'client=x&client=y', /`client` is there twice/],
  ['traffic', 'period=week', /`period` is none of minute, hour, day/],
  ['traffic', 'outcome=', /`outcome` is none of/],
  ['traffic', 'code=nope', /`code` is none of/],
  ['traffic', 'client=', /`client` is empty/],
  ['traffic', 'from=yesterday', /`from` is no time in UTC/],
  ['traffic', 'to=2026-13-01T00:00:00Z', /`to` is no time/],
  ['scopes', 'only=all', /`only` is none of unused, shadow, deprecated/],
])('%s?%s is no question', (question, text, fault) => {
  expect(read(question, text)).toEqual({ ok: false, error: expect.stringMatching(fault) })
})

test.each(['limit=0', 'limit=201', 'limit=1e2', 'before=x', 'id=1', 'limit=1&limit=2'])(
  'decisions?%s is no question',
  (text) => {
    expect(parseDecisionQuery(new URLSearchParams(text)).ok).toBe(false)
  },
)

describe('the window', () => {
  const window = (question: UsageQuestion, query: UsageQuery) => {
    const found = windowOf(question, query, NOW)
    return found.ok
      ? [
          found.value.period,
          ...[found.value.from, found.value.to].map((each) => new Date(each * 1000).toISOString().slice(0, 16)),
        ]
      : found.error
  }

  test.each<readonly [UsageQuestion, UsageQuery, readonly string[]]>([
    ['traffic', {}, ['hour', '2026-11-27T13:00', '2026-11-28T13:00']],
    ['traffic', { period: 'minute' }, ['minute', '2026-11-28T11:35', '2026-11-28T12:35']],
    ['traffic', { period: 'day' }, ['day', '2026-10-30T00:00', '2026-11-29T00:00']],
    ['scopes', {}, ['day', '2026-10-30T00:00', '2026-11-29T00:00']],
    ['scopes', { from: '2026-11-28T09:30:00Z' }, ['hour', '2026-11-28T09:00', '2026-11-28T13:00']],
    [
      'clients',
      { from: '2026-11-02T09:30:00Z', to: '2026-11-20T00:00:00Z' },
      ['day', '2026-11-02T00:00', '2026-11-20T00:00'],
    ],
    ['unmapped', { from: '2026-11-28T09:30:00Z' }, ['day', '2026-11-28T00:00', '2026-11-29T00:00']],
  ])('of %s %o is whole periods', (question, query, expected) => {
    expect(window(question, query)).toEqual(expected)
  })

  test('has to begin before it ends, where something is kept, and be told in one answer', () => {
    expect(window('traffic', { from: '2026-11-28T12:00:00Z', to: '2026-11-28T11:00:00Z' })).toMatch(/ends before/)
    expect(window('traffic', { period: 'minute', from: '2026-11-20T00:00:00Z', to: '2026-11-20T01:00:00Z' })).toMatch(
      /3 days by the minute/,
    )
    expect(window('traffic', { period: 'minute', from: '2026-11-26T00:00:00Z' })).toMatch(/more than 1500 periods/)
    expect(window('scopes', { from: '2020-01-01T00:00:00Z' })).toMatch(/periods|400 days/)
  })
})
