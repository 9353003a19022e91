/** What is told of the counts, by the SQL that a deployment runs. */
import { beforeEach, describe, expect, test } from 'vitest'
import { askClients } from '../../../src/audit/usage/clients.ts'
import { askDecisions, findDecision } from '../../../src/audit/usage/decisions.ts'
import { foldPending } from '../../../src/audit/usage/fold.ts'
import { askObserved, askSinks, askUnmapped } from '../../../src/audit/usage/listings.ts'
import { replayLines } from '../../../src/audit/usage/replay.ts'
import { askDeprecated, askScopes } from '../../../src/audit/usage/scopes.ts'
import { createUsageStore } from '../../../src/audit/usage/store.ts'
import { askTraffic } from '../../../src/audit/usage/traffic.ts'
import type { EventBatch } from '../../../src/policy/event-batch.ts'
import { type UsageQuery, type UsageQuestion, windowOf } from '../../../src/policy/usage-query.ts'
import { readUsageRow } from '../../../src/source/usage/row.ts'
import { releaseOf, ruleOf, scopesOf } from '../../policy/build.ts'
import { type MemoryDatabase, memoryDatabase } from '../../support/sqlite-d1.ts'
import { batchOf, eventOf, ISSUER, NOON, tallyOf } from './batches.ts'

const DAY = 86_400
const RULE = 'GET api.example.com/v1/invoices'
const MONTHLY = 'POST api.example.com/v1/closing'
const RELEASE = releaseOf({
  scopes: scopesOf(['invoices:read', 'invoices:never', 'a:b'], {
    'invoices:admin': { implies: ['invoices:read'] },
    'old:one': { deprecated: { since: '2026-01-01', sunset: '2026-12-08', replacedBy: ['invoices:read'] } },
    'old:two': { deprecated: { since: '2026-01-01' } },
  }),
  rules: [ruleOf(RULE, { anyOf: [['invoices:read']] }), ruleOf(MONTHLY, { anyOf: [['a:b']] })],
})

let database: MemoryDatabase
async function write(...batches: EventBatch[]) {
  await createUsageStore(database).write(batches, NOON)
  await foldPending(database)
}
const at = (seconds: number, overrides: Partial<EventBatch>) =>
  batchOf({ from: seconds * 1000, to: seconds * 1000 + 500, ...overrides })

function windowFor(question: UsageQuestion, query: UsageQuery = {}) {
  const window = windowOf(question, query, NOON)
  if (!window.ok) throw new Error(window.error)
  return window.value
}

beforeEach(() => {
  database = memoryDatabase()
})

describe('traffic', () => {
  test('counts stand where their periods do, the busiest series first', async () => {
    await write(
      at(NOON - 3 * 3600, { usage: [tallyOf({ count: 2 }), tallyOf({ row: { outcome: 'unmapped' }, count: 5 })] }),
      at(NOON - 60, { usage: [tallyOf({ count: 1 })] }),
    )
    const query = { from: '2026-11-28T08:30:00Z', to: '2026-11-28T12:00:00Z' }
    expect(await askTraffic(database, query, windowFor('traffic', query))).toEqual({
      from: '2026-11-28T08:00:00.000Z',
      to: '2026-11-28T12:00:00.000Z',
      period: 'hour',
      by: 'outcome',
      at: [8, 9, 10, 11].map((hour) => `2026-11-28T${String(hour).padStart(2, '0')}:00:00.000Z`),
      series: [
        { name: 'deny', counts: [0, 5, 0, 0], total: 5 },
        { name: 'allow', counts: [0, 2, 0, 1], total: 3 },
      ],
    })
  })

  test('past the fiftieth series the others are one without a name', async () => {
    const usage = Array.from({ length: 60 }, (_, index) => tallyOf({ row: { client: `c${index}` }, count: index + 1 }))
    await write(at(NOON - 60, { usage }))
    const { series } = await askTraffic(database, { by: 'client' }, windowFor('traffic'))
    expect(series).toHaveLength(51)
    expect(series[0]).toMatchObject({ name: 'c59', total: 60 })
    expect(series.at(-1)).toMatchObject({ name: null, total: 55 })
  })

  test('a filter narrows, whatever a name holds', async () => {
    const client = `x' OR '1'='1`
    await write(at(NOON - 60, { usage: [tallyOf({ count: 9 }), tallyOf({ row: { client }, count: 2 })] }))
    const { series } = await askTraffic(database, { client }, windowFor('traffic'))
    expect(series.map(({ total }) => total)).toEqual([2])
  })
})

test('scopes of the release are told, used or not, and those that only tokens know', async () => {
  await write(
    at(NOON - DAY, {
      usage: [tallyOf({ row: { scopes: ['invoices:admin', 'x:shadow'] }, exercised: ['invoices:admin'], count: 3 })],
    }),
    at(NOON - 60, {
      usage: [
        tallyOf({ count: 2 }),
        tallyOf({ row: { client: 'other' }, count: 1 }),
        tallyOf({ row: { outcome: 'scope_insufficient' }, missing: ['a:b'], count: 4 }),
      ],
    }),
  )
  const query = { from: '2026-11-27T00:00:00Z', to: '2026-11-29T00:00:00Z' }
  const answer = await askScopes(database, RELEASE.document, query, windowFor('scopes', query))
  expect(answer.countedSince).toBe('2026-11-27T12:00:00.000Z')
  expect(
    answer.scopes.map(({ scope, isKnown, exercised, missing, held, clients, trend }) => [
      scope,
      isKnown,
      exercised,
      missing,
      held,
      clients,
      trend,
    ]),
  ).toEqual([
    ['a:b', true, 0, 4, 0, 0, [0, 0]],
    ['invoices:admin', true, 3, 0, 3, 1, [3, 0]],
    ['invoices:never', true, 0, 0, 0, 0, [0, 0]],
    ['invoices:read', true, 3, 0, 3, 2, [0, 3]],
    ['old:one', true, 0, 0, 0, 0, [0, 0]],
    ['old:two', true, 0, 0, 0, 0, [0, 0]],
    ['x:shadow', false, 0, 0, 3, 0, [0, 0]],
  ])
  expect(answer.scopes.find(({ scope }) => scope === 'invoices:admin')).toMatchObject({
    lastExercised: '2026-11-27',
    lastHeld: '2026-11-27',
  })
  const only = async (selection: NonNullable<UsageQuery['only']>) =>
    (await askScopes(database, RELEASE.document, { only: selection }, windowFor('scopes'))).scopes.map(
      ({ scope }) => scope,
    )
  expect(await only('shadow')).toEqual(['x:shadow'])
  expect(await only('unused')).toEqual(['a:b', 'invoices:never', 'old:one', 'old:two'])
  expect(await only('deprecated')).toEqual(['old:one', 'old:two'])
})

test('a client that holds a scope is found however many busier ones do not', async () => {
  const usage = Array.from({ length: 1_001 }, (_, index) => tallyOf({ row: { client: `c${index}` }, count: 2 }))
  await write(at(NOON - 60, { usage: [...usage, tallyOf({ row: { client: 'quiet', scopes: ['a:b'] }, count: 1 })] }))
  const all = await askClients(database, RELEASE, {}, windowFor('clients'), NOON)
  expect(all.clients).toHaveLength(1_000)
  const query = { scope: 'a:b' }
  const { clients } = await askClients(database, RELEASE, query, windowFor('clients', query), NOON)
  expect(clients).toMatchObject([{ client: 'quiet', granted: [{ scope: 'a:b' }] }])
})

test('what a client did once a month is not taken from it, however short the window that is asked about', async () => {
  const before = NOON - 40 * DAY
  await createUsageStore(database).write(
    [
      at(before, {
        usage: [tallyOf({ row: { scopes: ['a:b', 'invoices:read'] }, by: ['a:b'], exercised: ['a:b'], rule: MONTHLY })],
      }),
      at(NOON - 60, { usage: [tallyOf({ row: { scopes: ['a:b', 'invoices:read'] } })] }),
    ],
    NOON,
  )
  await foldPending(database)
  const query = { from: '2026-11-28T00:00:00Z' }
  const { clients } = await askClients(database, RELEASE, query, windowFor('clients', query), NOON)
  expect(clients).toMatchObject([{ allowed: 1, suggested: ['a:b', 'invoices:read'] }])
})

test('a client is told with what it holds, what of that it used, and the least that it needs', async () => {
  await write(
    at(NOON - 60, {
      usage: [
        tallyOf({ row: { scopes: ['invoices:admin', 'a:b'] }, exercised: ['invoices:admin'], count: 3 }),
        tallyOf({ row: { outcome: 'scope_insufficient', scopes: ['a:b'] }, count: 2 }),
        tallyOf({
          row: { credential: 'none', client: undefined, scopes: undefined, outcome: 'credential_missing' },
          issuer: '',
          count: 9,
        }),
        tallyOf({
          row: { credential: 'rejected', client: undefined, scopes: undefined, outcome: 'token_invalid' },
          count: 9,
        }),
      ],
    }),
  )
  const { clients } = await askClients(database, RELEASE, {}, windowFor('clients'), NOON)
  expect(clients).toEqual([
    {
      issuer: ISSUER,
      client: 'partner',
      allowed: 3,
      observed: 0,
      denied: 2,
      lastSeen: '2026-11-28T11:59:00.000Z',
      granted: [
        { scope: 'invoices:admin', exercised: 3, lastExercised: '2026-11-28' },
        { scope: 'a:b', exercised: 0 },
      ],
      suggested: ['invoices:read'],
      trend: [...Array(29).fill(0), 5],
    },
  ])
  const asked = async (query: UsageQuery) =>
    (await askClients(database, RELEASE, query, windowFor('clients'), NOON)).clients.length
  expect([await asked({ client: 'nobody' }), await asked({ scope: 'a:b' }), await asked({ scope: 'c:d' })]).toEqual([
    0, 1, 0,
  ])
})

test('deprecated scopes are told with who rests on them, the nearest sunset first', async () => {
  await write(at(NOON - 60, { usage: [tallyOf({ row: { scopes: ['old:one'] }, deprecated: ['old:one'], count: 4 })] }))
  const { scopes } = await askDeprecated(database, RELEASE.document, {}, windowFor('deprecated'), NOON)
  expect(scopes).toEqual([
    {
      scope: 'old:one',
      since: '2026-01-01',
      sunset: '2026-12-08',
      daysToSunset: 10,
      replacedBy: ['invoices:read'],
      clients: [{ issuer: ISSUER, client: 'partner', count: 4, lastSeen: '2026-11-28T11:59:00.000Z' }],
    },
    { scope: 'old:two', since: '2026-01-01', replacedBy: [], clients: [] },
  ])
})

test('what no rule covers and what was merely observed is told, the most frequent first', async () => {
  await write(
    at(NOON - 60, {
      usage: [
        tallyOf({ row: { path: null, credential: 'none', outcome: 'unmapped' }, shape: '/v1/{}', count: 2 }),
        tallyOf({ row: { outcome: 'observe' }, codes: ['scope_insufficient'], missing: ['a:b'], count: 6 }),
      ],
    }),
  )
  expect((await askUnmapped(database, windowFor('unmapped'))).paths).toEqual([
    { host: 'api.example.com', method: 'GET', shape: '/v1/{}', count: 2, lastSeen: '2026-11-28T11:59:00.000Z' },
  ])
  expect((await askObserved(database, {}, windowFor('observed'))).requests).toEqual([
    {
      rule: RULE,
      issuer: ISSUER,
      client: 'partner',
      codes: ['scope_insufficient'],
      missing: ['a:b'],
      count: 6,
      lastSeen: '2026-11-28T11:59:00.000Z',
    },
  ])
})

test('sinks are told with what they lost, and so are batches that came again', async () => {
  const batch = at(NOON - 60, {
    sinks: [{ sink: 'siem', sent: 5, lost: 2 }],
    uncounted: 3,
    decisions: [{ event: eventOf() }],
  })
  await write(batch)
  await write(batch)
  expect(await askSinks(database, windowFor('sinks'))).toMatchObject({
    sinks: [
      { sink: 'siem', sent: 5, lost: 2, lastLost: '2026-11-28T11:59:00.000Z' },
      { sink: 'decisions', sent: 1, lost: 0 },
    ],
    uncounted: 3,
    repeated: 1,
  })
})

test('a replay is a usage file, however many pages it takes', async () => {
  const usage = Array.from({ length: 2_500 }, (_, index) => tallyOf({ row: { client: `c${index}` }, count: index + 1 }))
  await write(at(NOON - DAY, { usage }), at(NOON - 60, { usage: usage.slice(0, 10) }))
  let text = ''
  for await (const lines of replayLines(database, windowFor('replay'))) text += lines
  const rows = text.trimEnd().split('\n').map(readUsageRow)
  expect(rows.filter(({ ok }) => !ok)).toEqual([])
  expect(rows).toHaveLength(2_510)
  const total = rows.reduce((sum, row) => sum + (row.ok ? row.value.count : 0), 0)
  expect(total).toBe((2_500 * 2_501) / 2 + 55)
})

describe('decisions', () => {
  const event = (seconds: number, overrides: Parameters<typeof eventOf>[0] = {}) =>
    eventOf({ at: new Date((NOON - seconds) * 1000).toISOString(), ...overrides })

  test('are found by what they are about', async () => {
    const events = [
      event(1, { codes: ['step_up_required', 'scope_insufficient'] }),
      event(2, { outcome: 'allow', codes: undefined, missing: undefined, by: ['a:b'], held: ['a:b', 'a:bc'] }),
      event(3, { client: 'other', service: 'reports', rule: 'GET x/y', missing: undefined }),
    ]
    await write(batchOf({ decisions: events.map((each) => ({ event: each })) }))
    const places = async (query: object) =>
      (await askDecisions(database, { limit: 50, ...query })).decisions.map((each) =>
        events.findIndex(({ decision }) => decision === each.decision),
      )
    expect(await places({})).toEqual([0, 1, 2])
    expect(await places({ outcome: 'allow' })).toEqual([1])
    expect(await places({ code: 'scope_insufficient' })).toEqual([0, 2])
    expect(await places({ scope: 'a:b' })).toEqual([1])
    expect(await places({ scope: 'a' })).toEqual([])
    expect(await places({ client: 'other', service: 'reports', rule: 'GET x/y' })).toEqual([2])
    expect(await places({ before: events[0]?.at })).toEqual([1, 2])
    expect(await findDecision(database, events[2]?.decision ?? '')).toEqual(events[2])
    expect(await findDecision(database, crypto.randomUUID())).toBeUndefined()
  })

  test('are all on some page, also those of one millisecond', async () => {
    const events = Array.from({ length: 37 }, (_, index) => event(Math.floor(index / 5)))
    await write(batchOf({ decisions: events.map((each) => ({ event: each })) }))
    for (const limit of [1, 3, 7, 36, 37, 50]) {
      const seen: string[] = []
      let before: string | null | undefined
      do {
        const page = await askDecisions(database, { limit, ...(before != null && { before }) })
        seen.push(...page.decisions.map(({ decision }) => decision))
        before = page.next
      } while (before !== null)
      expect(seen).toHaveLength(37)
      expect(new Set(seen).size).toBe(37)
    }
  })
})
