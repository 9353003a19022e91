/** Recorded usage judged again: who would be refused, who would get in, and what cannot be told. */
import { describe, expect, test } from 'vitest'
import type { ReleaseDocument } from '../../../src/policy/release.ts'
import { AGE_BOUNDS, ageClassOf, type UsageRow } from '../../../src/policy/usage.ts'
import { Replayer } from '../../../src/source/usage/replay.ts'
import { replayReport } from '../../../src/source/usage/report.ts'
import { readUsageRow } from '../../../src/source/usage/row.ts'
import { NOW, releaseOf, ruleOf, scopesOf } from '../../policy/build.ts'

const ROW: UsageRow = {
  format: 1,
  environment: 'production',
  release: 'a'.repeat(64),
  from: '2026-11-01T00:00:00Z',
  to: '2026-11-02T00:00:00Z',
  host: 'api.example.com',
  method: 'GET',
  path: '/x/{id}',
  credential: 'verified',
  client: 'partner',
  scopes: ['a'],
  outcome: 'allow',
  count: 10,
}

const scopes = scopesOf(['a', 'b'])
const rules = [ruleOf('GET /x/{id}', { anyOf: [['a']] })]

const replay = (
  after: Partial<ReleaseDocument>,
  rows: readonly UsageRow[],
  before: Partial<ReleaseDocument> = { rules },
) => {
  const [old, next] = [before, after].map((parts) => ({ release: releaseOf({ scopes, ...parts }) }))
  if (old === undefined || next === undefined) throw new Error('unreachable')
  const replayer = new Replayer(old, next, NOW)
  for (const row of rows) replayer.add(row)
  return replayer.result()
}

/** `client change route requests`, and whether it is certain. */
const told = (...args: Parameters<typeof replay>) =>
  replay(...args).affected.map(
    ({ client, change, route, requests, isCertain }) =>
      `${client ?? 'nobody'} ${change} ${route} ${requests}${isCertain ? '' : '?'}`,
  )

describe('a replay', () => {
  test('counts by client and route, most requests first', () => {
    const other = { ...ROW, client: 'shop', count: 7 }
    expect(told({ rules: [ruleOf('GET /x/{id}', { anyOf: [['b']] })] }, [other, ROW, other])).toEqual([
      'shop refused GET api.example.com/x/{id} 14',
      'partner refused GET api.example.com/x/{id} 10',
    ])
  })

  test('finds nothing where nothing differs, or only for others', () => {
    expect(told({ rules }, [ROW])).toEqual([])
    expect(told({ rules: [ruleOf('GET /x/{id}', { anyOf: [['a'], ['b']] })] }, [ROW])).toEqual([])
  })

  test('tells who would get in', () => {
    const refused = { ...ROW, scopes: ['b'], outcome: 'scope_insufficient' } as const
    expect(told({ rules: [ruleOf('GET /x/{id}', { anyOf: [['b']] })] }, [refused])).toEqual([
      'partner admitted GET api.example.com/x/{id} 10',
    ])
    expect(
      told({ rules: [ruleOf('GET /x/{id}')] }, [
        {
          format: 1,
          environment: 'production',
          release: ROW.release,
          from: ROW.from,
          to: ROW.to,
          host: ROW.host,
          method: 'GET',
          path: '/x/{id}',
          credential: 'none',
          outcome: 'credential_missing',
          count: 2,
        },
      ]),
    ).toEqual(['nobody admitted GET api.example.com/x/{id} 2'])
  })

  test('follows a template that is gone to the rule that decides now', () => {
    const literal = { ...ROW, path: '/x/export', scopes: ['b'] }
    const before = { rules: [...rules, ruleOf('GET /x/export', { anyOf: [['b']] })] }
    expect(told({ rules }, [literal], before)).toEqual(['partner refused GET api.example.com/x/export 10'])
  })

  test.each([
    ['below the class', 30, 'partner refused GET api.example.com/x/{id} 10'],
    ['inside the class', 200, 'partner refused GET api.example.com/x/{id} 10?'],
    ['at its end', 300, undefined],
  ])('with a new limit of age %s is as certain as the record allows', (_, maxTokenAgeSeconds, expected) => {
    const after = { rules: [ruleOf('GET /x/{id}', { anyOf: [['a']], maxTokenAgeSeconds })] }
    expect(told(after, [{ ...ROW, tokenAge: 300 }])).toEqual(expected === undefined ? [] : [expected])
  })

  test('takes from the answer on record which end of a class an age was at', () => {
    const at = (maxTokenAgeSeconds: number) => ({
      rules: [ruleOf('GET /x/{id}', { anyOf: [['a']], maxTokenAgeSeconds })],
    })
    const refused = { ...ROW, tokenAge: 300, outcome: 'token_too_old' } as const
    expect(told(at(300), [refused], at(200))).toEqual(['partner admitted GET api.example.com/x/{id} 10'])
    expect(replay(at(200), [refused], at(200)).driftedRequests).toBe(0)
  })

  test('says where the first map is not the one that judged', () => {
    const { driftedRequests, affected } = replay({ rules }, [{ ...ROW, outcome: 'scope_insufficient' }])
    expect([driftedRequests, affected]).toEqual([10, []])
  })

  test('counts apart what no rule decided, and environments that nobody knows', () => {
    const { unmappedRequests, strangeRequests } = replay({ rules }, [{ ...ROW, path: null, outcome: 'unmapped' }, ROW])
    expect([unmappedRequests, strangeRequests]).toEqual([10, 10])
  })

  test('is never certain of authorization details that the record cannot hold', () => {
    const asking = (...actions: string[]) => ({
      rules: [ruleOf('GET /x/{id}', { anyOf: [['a']], authorizationDetails: [{ type: 'pay', actions }] })],
    })
    const met = { ...ROW, details: 'met' } as const
    expect(told(asking('read'), [met], asking('read'))).toEqual([])
    expect(told(asking('write'), [met], asking('read'))).toEqual(['partner refused GET api.example.com/x/{id} 10?'])
  })

  test('is told in sections, with numbers that people read', () => {
    const result = replay({ rules: [ruleOf('GET /x/{id}', { anyOf: [['a', 'b']] })] }, [{ ...ROW, count: 12_345 }])
    expect(replayReport(result, (text) => text)[0]).toEqual({
      title: 'Recorded requests that would be refused: 12,345 requests of 1 client',
      items: [{ subject: 'partner', notes: ['12,345 requests to GET api.example.com/x/{id}: it also needs b'] }],
      isAside: false,
    })
  })
})

describe('a line', () => {
  test('is read as it was written', () => {
    expect(readUsageRow(JSON.stringify(ROW))).toEqual({ ok: true, value: ROW })
  })

  test.each<[string, unknown, string]>([
    ['text', 'x', 'it is not an object'],
    ['another format', { ...ROW, format: 2 }, 'its format is not 1, the only one that this version reads'],
    ['an unknown member', { ...ROW, cleint: 'x' }, 'it has no member `cleint`: did you mean `client`?'],
    ['a missing member', { ...ROW, count: undefined }, '`count` is missing'],
    ['no count', { ...ROW, count: 0 }, '`count` is no whole number from 1'],
    [
      'an age between the classes',
      { ...ROW, tokenAge: 61 },
      '`tokenAge` is none of the classes 60, 300, 600, 900, 1800, 3600, 14400, 43200, 86400, 604800 and `longer`',
    ],
    ['a path that is none', { ...ROW, path: 'x' }, '`path` is no path template'],
    [
      'an outcome that is none',
      { ...ROW, outcome: 'maybe' },
      '`outcome` is neither `allow`, `observe` nor the code of a denial',
    ],
  ])('with %s says what is wrong', (_, value, error) => {
    expect(readUsageRow(JSON.stringify(value))).toEqual({ ok: false, error })
  })

  test('that is no JSON, or far too long, says so', () => {
    expect(readUsageRow('{')).toEqual({ ok: false, error: 'it is not JSON' })
    expect(readUsageRow(' '.repeat(100_000))).toMatchObject({ ok: false, error: expect.stringContaining('more than') })
  })
})

test('an age is in the first class that it does not exceed', () => {
  expect([0, 60, 61, 604_800, 604_801].map(ageClassOf)).toEqual([60, 60, 300, 604_800, 'longer'])
  expect([...AGE_BOUNDS].sort((a, b) => a - b)).toEqual([...AGE_BOUNDS])
})
