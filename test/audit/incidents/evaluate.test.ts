/** Events -> incidents, against a naive oracle and by example; by a memory of maps and by one of SQLite alike. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Evaluation, evaluate } from '../../../src/audit/incidents/evaluate.ts'
import { createMapMemory } from '../../../src/audit/incidents/map-memory.ts'
import { LIMITS, type Memory, type MemoryLimits } from '../../../src/audit/incidents/memory.ts'
import { createTables } from '../../../src/audit/incidents/schema.ts'
import { createSqlMemory, droppedOf } from '../../../src/audit/incidents/sql-memory.ts'
import type { EventBatch } from '../../../src/policy/event-batch.ts'
import type { Incident, IncidentRule } from '../../../src/policy/incident.ts'
import { fakeStorage } from '../../support/durable-storage.ts'
import { batchOf, eventOf, FIRST_USE, ISSUER, NOON, noticeOf, RATED, ruleOf, useOf, WHO } from './events.ts'

interface Tried {
  readonly memory: Memory
  readonly dropped: () => number
}

const fake = fakeStorage()
createTables(fake.storage.sql)

const MEMORIES: readonly (readonly [string, (limits?: MemoryLimits) => Tried])[] = [
  [
    'in maps',
    (limits = LIMITS) => {
      const memory = createMapMemory(limits)
      return { memory, dropped: memory.dropped }
    },
  ],
  [
    'in SQLite',
    (limits = LIMITS) => {
      fake.clear()
      return {
        memory: createSqlMemory(fake.storage.sql, NOON, () => 'once', limits),
        dropped: () => droppedOf(fake.storage.sql),
      }
    },
  ],
]

const DAY = 86_400
const evaluationOf = (rules: readonly IncidentRule[], more: Partial<Evaluation> = {}): Evaluation => ({
  rules,
  rated: RATED,
  plainClients: true,
  now: NOON + DAY * 1000,
  ...more,
})

const said = ({ rule, openedAt, lastEventAt, count, group }: Incident) => ({
  rule,
  openedAt,
  lastEventAt,
  count,
  group,
})

describe.each(MEMORIES)('with a memory %s', (_, create) => {
  const run = (batches: readonly EventBatch[], rules = [ruleOf()], { memory } = create()) => {
    const opened = batches.flatMap((batch) => evaluate(batch, evaluationOf(rules), memory))
    return { opened, latest: (key: string) => memory.latest(rules[0]?.name ?? '', key)?.incident }
  }
  const TOKEN = JSON.stringify(['hash-of-t'])

  test('the third event within the window makes an incident, which takes further ones in', () => {
    const { opened, latest } = run([0, 5, 9, 30, 4000].map((second) => batchOf([eventOf(second)])))
    expect(opened.map(({ incident }) => said(incident))).toEqual([
      {
        rule: 'probing',
        openedAt: '2026-11-28T12:00:09.000Z',
        lastEventAt: '2026-11-28T12:00:09.000Z',
        count: 3,
        group: { by: 'token', name: 'hash-of-t' },
      },
    ])
    expect(opened[0]?.incident.title).toBe('scope_insufficient: 3 in 10s, token hash-of-t')
    expect(latest(TOKEN)).toMatchObject({ count: 5, lastEventAt: '2026-11-28T13:06:40.000Z' })
  })

  test('three events of which the first and the last are a whole window apart make none', () => {
    expect(run([batchOf([eventOf(0), eventOf(5), eventOf(10)])]).opened).toEqual([])
  })

  test('batches that come again change nothing', () => {
    const batches = [0, 5, 9].map((second) => batchOf([eventOf(second)]))
    const { opened, latest } = run([...batches, ...batches, ...batches])
    expect(opened).toHaveLength(1)
    expect(latest(TOKEN)?.count).toBe(3)
  })

  test('events of other codes and allowed requests do not count', () => {
    const others = [eventOf(1, { codes: ['unmapped'] }), eventOf(2, { outcome: 'allow' }), eventOf(3)]
    expect(run([batchOf([eventOf(0), ...others])]).opened).toEqual([])
    const observed = [0, 1, 2].map((second) => eventOf(second, { outcome: 'observe' }))
    expect(run([batchOf(observed)]).opened).toHaveLength(1)
  })

  test('the same client of two issuers is two', () => {
    const rule = ruleOf({
      trigger: { kind: 'denials', codes: ['scope_insufficient'], by: 'client', count: 2, withinSeconds: 10 },
    })
    const other = eventOf(1, { issuer: 'https://other.example' })
    expect(run([batchOf([eventOf(0), other])], [rule]).opened).toEqual([])
    expect(run([batchOf([eventOf(0), eventOf(1)])], [rule]).opened).toHaveLength(1)
  })

  test('names that are not told group all the same, and never show', () => {
    const { token: _token, ...bare } = eventOf(0)
    const events = [0, 1, 2].map((second) => [{ ...bare, at: eventOf(second).at }, WHO] as const)
    const { opened } = run([batchOf(events)])
    expect(opened[0]?.incident.group).toEqual({ by: 'token', name: null })
    expect(JSON.stringify(opened[0]?.incident)).not.toMatch(/ada|fff/)
  })

  test('after it was closed, an incident takes events in for a while, and then a new one begins', () => {
    const tried = create()
    const { latest } = run([batchOf([eventOf(0), eventOf(1), eventOf(2)])], [ruleOf()], tried)
    const first = latest(TOKEN)
    if (first === undefined) throw new Error('no incident')
    tried.memory.change({ ...first, state: 'closed', history: [{ at: eventOf(100).at, to: 'closed' }] })
    expect(run([batchOf([159, 160, 160].map((second) => eventOf(second)))], [ruleOf()], tried).opened).toEqual([])
    expect(latest(TOKEN)).toMatchObject({ count: 6, state: 'closed' })
    const { opened } = run([batchOf([161, 162, 163].map((second) => eventOf(second)))], [ruleOf()], tried)
    expect(opened.map(({ incident }) => incident.id)).toEqual(['inc_2'])
  })

  test('the evidence is the first and the last few', () => {
    const { opened } = run([batchOf(Array.from({ length: 40 }, (_each, second) => eventOf(second / 10)))])
    const { evidence, count } = opened[0]?.incident ?? { evidence: [], count: 0 }
    expect(count).toBe(40)
    expect(evidence.map((each) => 'decision' in each && each.decision)).toEqual(
      [0, 1, 2, 3, 4, 35, 36, 37, 38, 39].map((tenth) => `d${tenth / 10}-`),
    )
  })

  test('groups that were seen least are pushed out by a flood, and counted', () => {
    const tried = create({ ...LIMITS, groups: 10 })
    run([batchOf([eventOf(0), eventOf(1)])], [ruleOf()], tried)
    const flood = Array.from({ length: 100 }, (_each, index) => eventOf(2, { token: `t${index}` }))
    run(
      flood.map((event) => batchOf([event])),
      [ruleOf()],
      tried,
    )
    expect(tried.dropped()).toBe(91)
    expect(run([batchOf([eventOf(3)])], [ruleOf()], tried).opened).toHaveLength(1)
  })

  test('of more incidents of a rule than anybody can look at, one stands for the others', () => {
    const events = Array.from({ length: 60 }, (_each, index) =>
      [0, 1, 2].map((second) => eventOf(second, { token: `t${index}` })),
    )
    const { opened, latest } = run([batchOf(events.flat())])
    expect(opened).toHaveLength(51)
    expect(opened.at(-1)).toMatchObject({
      noResponse: 'too_many',
      incident: { group: { name: null }, title: 'probing: many more at once' },
    })
    expect(latest('others')?.count).toBe(30)
  })

  describe('a notice', () => {
    const RULE = ruleOf({
      trigger: {
        kind: 'notice',
        notices: [
          { event: 'release', codes: ['serial_lower'] },
          { event: 'sink', codes: 'any' },
        ],
      },
    })

    test('makes an incident by its code', () => {
      const notices = [
        noticeOf('release', 'serial_lower'),
        noticeOf('release', 'activated'),
        noticeOf('release', 'serial_lower', {}, 5),
      ]
      const { opened } = run([batchOf([], { notices })], [RULE])
      expect(opened.map(({ incident }) => [incident.title, incident.count])).toEqual([['probing: serial_lower', 2]])
    })

    test('is made of what a batch says of its own losses', () => {
      const sinks = [
        { sink: 'siem', sent: 5, lost: 2 },
        { sink: 'log', sent: 7, lost: 0 },
      ]
      const { opened } = run([batchOf([], { sinks, uncounted: 3 })], [RULE])
      expect(opened.map(({ incident }) => incident.group.name)).toEqual(['lost siem', 'uncounted'])
    })
  })

  describe('a first use', () => {
    const uses = (seconds: number, ...usage: EventBatch['usage']) =>
      batchOf([], { usage, from: NOON + seconds * 1000, to: NOON + seconds * 1000 + 500 })

    test('is told once, by client and scope', () => {
      const { opened } = run(
        [
          uses(0, useOf('a', 'invoices:refund'), useOf('a', 'invoices:admin'), useOf('a', 'invoices:read')),
          uses(9, useOf('a', 'invoices:refund'), useOf('b', 'invoices:refund')),
        ],
        [FIRST_USE],
      )
      expect(opened.map(({ incident }) => incident.title)).toEqual([
        'first use of invoices:refund, client a',
        'first use of invoices:refund, client b',
      ])
      expect(opened[0]?.incident.evidence).toEqual([
        expect.objectContaining({
          event: 'usage',
          code: 'first_use',
          fields: expect.objectContaining({ client: 'a' }),
        }),
      ])
    })

    test('is none where it was refused or only observed', () => {
      const refused = useOf('a', 'invoices:refund')
      const observed = { ...refused, row: { ...refused.row, outcome: 'observe' as const } }
      expect(run([uses(0, observed)], [FIRST_USE]).opened).toEqual([])
    })

    test('comes again after it was forgotten, and what comes late is none', () => {
      const days = (count: number) => count * DAY
      const rule = ruleOf({
        ...FIRST_USE,
        trigger: { kind: 'first-use', sensitivity: 'high', rememberDays: 2, learnSeconds: 0 },
      })
      const { memory } = create()
      const at = (day: number) =>
        evaluate(
          uses(days(day), useOf('a', 'invoices:admin')),
          evaluationOf([rule], { now: NOON + days(Math.max(day, 1)) * 1000 }),
          memory,
        ).length
      // Each is closed at once, so that it does not take the next one in.
      const firsts = [0, 1, 3, 2, 5.5, 6].map((day) => {
        const count = at(day)
        const incident = memory.latest(rule.name, JSON.stringify([ISSUER, 'a', 'invoices:admin']))?.incident
        if (incident !== undefined)
          memory.change({ ...incident, state: 'closed', history: [{ at: incident.openedAt, to: 'closed' }] })
        return count
      })
      // The second of these is soon after the first, the fourth comes late, and before the fifth there was nothing for more than two days.
      expect(firsts).toEqual([1, 0, 0, 0, 1, 0])
    })

    test('while it learns, uses are remembered and nothing is told', () => {
      const rule = ruleOf({
        ...FIRST_USE,
        trigger: { kind: 'first-use', sensitivity: 'critical', rememberDays: 90, learnSeconds: DAY },
      })
      const { memory } = create()
      const at = (second: number, client: string) =>
        evaluate(
          uses(second, useOf(client, 'invoices:refund')),
          evaluationOf([rule], { now: NOON + second * 1000 }),
          memory,
        ).length
      expect([at(0, 'a'), at(DAY - 1, 'b'), at(DAY, 'a'), at(DAY, 'c')]).toEqual([0, 0, 0, 1])
    })

    test('of a scope of the admin API is told, and nothing is done about it', () => {
      const { opened } = run([uses(0, useOf('cli', 'scopewall:restore'))], [FIRST_USE])
      expect(opened).toEqual([expect.objectContaining({ noResponse: 'own_scope' })])
    })
  })

  test('in any order, an incident is opened where the oracle says so, at that moment, with all events in it', () => {
    const second = fc.integer({ min: 0, max: 120 })
    const happened = fc.record({ second, token: fc.constantFrom('a', 'b') })
    const scenario = fc.record({
      events: fc.array(happened, { maxLength: 30 }),
      count: fc.integer({ min: 1, max: 5 }),
      within: fc.integer({ min: 1, max: 30 }),
      split: fc.integer({ min: 1, max: 6 }),
      again: fc.boolean(),
      seed: fc.integer(),
    })
    fc.assert(
      fc.property(scenario, ({ events, count, within, split, again, seed }) => {
        const rule = ruleOf({
          trigger: { kind: 'denials', codes: ['scope_insufficient'], by: 'token', count, withinSeconds: within },
        })
        const shuffled = events
          .map((each, index) => ({ ...each, index, rank: Math.imul(index + 1, seed | 1) }))
          .sort((x, y) => x.rank - y.rank)
        const batches: EventBatch[] = []
        for (let from = 0; from < shuffled.length; from += split)
          batches.push(
            batchOf(
              shuffled
                .slice(from, from + split)
                .map(({ second: at, token, index }) => eventOf(at, { token, decision: `d${index}` })),
            ),
          )
        const { latest } = run(again ? [...batches, ...batches] : batches, [rule])
        for (const token of ['a', 'b']) {
          const times = events.filter((each) => each.token === token).map((each) => each.second)
          const incident = latest(JSON.stringify([token]))
          expect(incident?.count).toBe(isFull(times, count, within) ? times.length : undefined)
        }
      }),
      { numRuns: 300 },
    )
  })
})

/** The oracle: is there a moment from which on there are so many within the window? */
const isFull = (times: readonly number[], count: number, within: number): boolean =>
  times.some((start) => times.filter((time) => time >= start && time < start + within).length >= count)
