/** The log as its doors use it: appends, duplicates, undo, lists, and the file that an earlier version left. */
import { describe, expect, test } from 'vitest'
import type { EpochSeconds } from '../../src/policy/result.ts'
import { type Action, GENESIS, type MarkQuery, type NewEntry, type Receipt } from '../../src/policy/revocation-log.ts'
import type { ScopeToken } from '../../src/policy/scope.ts'
import { append, MAX_ENTRIES } from '../../src/revocation/append.ts'
import { verifyChain } from '../../src/revocation/chain.ts'
import { RECENT_MS, RETENTION_MS, sweepSlice } from '../../src/revocation/compaction.ts'
import { floorOf, readHead } from '../../src/revocation/facts.ts'
import { changesAfter, linksAfter, listMarks, statusOf } from '../../src/revocation/reading.ts'
import { migrate } from '../../src/revocation/schema.ts'
import { fakeStorage } from '../support/durable-storage.ts'
import { entryOf, START, seconds } from './model.ts'

type MarkAction = Action & { readonly kind: 'mark' }

const user = { kind: 'subject', issuer: 'https://login.example.com', value: 'u-1' } as const
const killSwitch = { kind: 'scope', scope: 'invoices:refund' as ScopeToken } as const
const mark = (parts: Partial<MarkAction> = {}): MarkAction => ({
  kind: 'mark',
  target: user,
  effect: { kind: 'revoke' },
  reason: 'stolen laptop',
  ...parts,
})
const inDays = (days: number) => (seconds(START) + days * 86_400) as EpochSeconds

function openLog() {
  const { storage } = fakeStorage()
  const { sql } = storage
  migrate(storage)
  return {
    storage,
    sql,
    append: (entries: readonly NewEntry[], now = START) => append(storage, entries, now),
    mark(...actions: Action[]): Receipt {
      const receipt = append(
        storage,
        actions.map((each) => entryOf(each)),
        START,
      )
      if ('code' in receipt) throw new Error(receipt.code)
      return receipt
    },
    head: () => readHead(sql),
    states() {
      const answer = changesAfter(sql, readHead(sql), GENESIS)
      return answer.kind === 'changes' ? answer.states : answer
    },
    marks: (query: Partial<MarkQuery> = {}, now = START) =>
      listMarks(sql, { active: false, limit: 100, ...query }, now),
    sweep(now: number) {
      for (let slice = 0; slice < 4; slice++) sweepSlice(storage, now)
    },
  }
}

describe('an append', () => {
  test('numbers its entries, and chains them', () => {
    const log = openLog()
    const receipt = log.mark(mark(), mark({ target: killSwitch, effect: { kind: 'suspend' } }))
    expect(receipt.entries).toEqual([
      { seq: 1, isDuplicate: false },
      { seq: 2, isDuplicate: false },
    ])
    const links = linksAfter(log.sql, 0, 10)
    expect(verifyChain(links)).toEqual({ ok: true, value: receipt.head })
    expect(links[0]?.text).toBe(
      '{"action":{"effect":{"kind":"revoke"},"kind":"mark","reason":"stolen laptop","target":{"issuer":"https://login.example.com","kind":"subject","value":"u-1"}},' +
        '"author":{"kind":"sender","name":"idp"},"origin":{"via":"signal"},"seq":1,"time":"2026-11-01T00:00:00.000Z"}',
    )
  })

  test('has times that never go back, whatever the clock does', () => {
    const log = openLog()
    for (const now of [START, START - 5000, START + 1]) log.append([entryOf(mark())], now)
    const times = linksAfter(log.sql, 0, 10).map(({ text }) => Date.parse(JSON.parse(text).time) - START)
    expect(times).toEqual([0, 0, 1])
  })

  test.each([
    ['an unknown mark', 'no_such_mark', 99],
    ['an undo', 'no_such_mark', 4],
    ['a lift', 'no_such_mark', 3],
    ['a mark that was taken back', 'already_undone', 1],
    ['a mark that the same append takes back', 'already_undone', 2],
  ])('is written as a whole or not at all: an undo of %s', (_, code, number) => {
    const log = openLog()
    const target = killSwitch
    log.mark(mark(), mark({ target, effect: { kind: 'suspend' } }))
    log.mark({ kind: 'lift', target: user, label: 'status', at: inDays(0), reason: 'back again' })
    log.mark({ kind: 'undo', mark: 1, reason: 'found it' })
    const before = [log.head(), log.states(), log.marks(), statusOf(log.sql, log.head())]
    const undo = (mark: number) => entryOf({ kind: 'undo', mark, reason: 'a mistake' })
    const entries = [entryOf(mark({ label: 'x', at: inDays(0) }), 'once'), undo(2), undo(number)]
    expect(log.append(entries)).toEqual({ code, entry: 2 })
    expect([log.head(), log.states(), log.marks(), statusOf(log.sql, log.head())]).toEqual(before)
    expect(log.append([entryOf(mark(), 'once')])).toMatchObject({ entries: [{ isDuplicate: false }] })
  })

  test('is bounded in entries and in their length', () => {
    const log = openLog()
    const many = Array.from({ length: MAX_ENTRIES + 1 }, () => entryOf({ kind: 'note', about: 'x', reason: 'y' }))
    expect(log.append(many)).toEqual({ code: 'too_many', entry: MAX_ENTRIES })
    expect(() => log.append([entryOf(mark()), entryOf(mark({ reason: 'y'.repeat(20_000) }))])).toThrow('entry 1')
    expect(() => log.append([entryOf(mark({ label: '', at: inDays(0) }))])).toThrow('no name')
    expect(log.head()).toEqual(GENESIS)
  })

  test('of what came before writes nothing, and tells the number of what it repeats', () => {
    const log = openLog()
    log.append([entryOf(mark(), 'idp e-1 0'), entryOf(mark({ target: killSwitch }), 'idp e-2 0')])
    const before = [log.head(), linksAfter(log.sql, 0, 100)]
    const again = [entryOf(mark(), 'idp e-2 0'), entryOf(mark(), 'idp e-1 0')]
    expect(log.append(again)).toEqual({
      head: log.head(),
      entries: [
        { seq: 2, isDuplicate: true },
        { seq: 1, isDuplicate: true },
      ],
    })
    expect([log.head(), linksAfter(log.sql, 0, 100)]).toEqual(before)
    const twice = [entryOf(mark(), 'idp e-3 0'), entryOf(mark(), 'idp e-3 0')]
    expect(log.append(twice)).toMatchObject({ entries: [{ seq: 3 }, { seq: 3, isDuplicate: true }] })
  })

  test('knows what came before for a month', () => {
    const log = openLog()
    log.append([entryOf(mark(), 'once')])
    log.sweep(START + RECENT_MS)
    expect(log.append([entryOf(mark(), 'once')])).toMatchObject({ entries: [{ seq: 1, isDuplicate: true }] })
    log.sweep(START + RECENT_MS + 1)
    expect(log.append([entryOf(mark(), 'once')])).toMatchObject({ entries: [{ seq: 2, isDuplicate: false }] })
  })
})

describe('what holds', () => {
  test('is told of each target, whole, under the number of the entry that changed it last', () => {
    const log = openLog()
    log.mark(
      mark({ expires: inDays(1), effect: { kind: 'revoke', issuedUntil: inDays(0) } }),
      mark({ target: { ...killSwitch, client: 'app' }, effect: { kind: 'suspend' } }),
      mark({ effect: { kind: 'step-up', authenticatedAfter: inDays(0) } }),
    )
    expect(log.states()).toEqual([
      {
        seq: 2,
        kind: 'scope',
        scope: 'invoices:refund',
        client: 'app',
        effects: [{ effect: { kind: 'suspend' }, entry: 2 }],
      },
      {
        seq: 3,
        kind: 'subject',
        key: expect.stringMatching(/^[\w-]{22}$/),
        effects: [
          { effect: { kind: 'revoke', issuedUntil: inDays(0) }, expires: inDays(1), entry: 1 },
          { effect: { kind: 'step-up', authenticatedAfter: inDays(0) }, entry: 3 },
        ],
      },
    ])
  })

  test('a mark that changes nothing is on record, and no follower is told', () => {
    const log = openLog()
    const { head } = log.mark(mark())
    log.mark(mark({ expires: inDays(1) }))
    expect(changesAfter(log.sql, log.head(), head)).toEqual({
      kind: 'changes',
      states: [],
      cursor: log.head(),
      head: log.head(),
    })
    expect(log.marks().map(({ seq, standing }) => [seq, standing])).toEqual([
      [2, 'superseded'],
      [1, 'active'],
    ])
  })

  test('an undo brings back what was below', () => {
    const log = openLog()
    log.mark(mark({ expires: inDays(1) }), mark(), { kind: 'undo', mark: 2, reason: 'too much' })
    expect(log.states()).toMatchObject([{ seq: 3, effects: [{ entry: 1, expires: inDays(1) }] }])
    expect(log.marks().map(({ seq, standing }) => [seq, standing])).toEqual([
      [2, 'undone'],
      [1, 'active'],
    ])
  })

  test('a lift that comes before its mark holds it down', () => {
    const log = openLog()
    log.mark(
      { kind: 'lift', target: user, label: 'status', at: inDays(2), reason: 'enabled' },
      mark({ label: 'status', at: inDays(1), reason: 'disabled' }),
    )
    expect(log.states()).toEqual([])
    expect(log.marks()).toMatchObject([{ standing: 'superseded' }])
  })
})

describe('what is cut', () => {
  const DAY_MS = 86_400_000

  test('leaves what holds, and what holds others down', () => {
    const log = openLog()
    log.mark({ kind: 'lift', target: user, label: 'status', at: inDays(2), reason: 'enabled' })
    log.mark(mark({ target: killSwitch, effect: { kind: 'suspend' } }))
    log.append([entryOf(mark({ label: 'status', at: inDays(1), reason: 'disabled' }))], START + 300 * DAY_MS)
    log.sweep(START + RETENTION_MS + DAY_MS)
    expect(statusOf(log.sql, log.head()).floor.seq).toBe(2)
    expect(linksAfter(log.sql, 0, 10).map(({ seq }) => seq)).toEqual([3])
    expect(log.marks({ active: true })).toMatchObject([{ seq: 2, standing: 'active' }])
    // What holds of the user is made anew from what is left.
    log.append([entryOf(mark())], START + 500 * DAY_MS)
    log.append([entryOf({ kind: 'undo', mark: 4, reason: 'a mistake' })], START + 500 * DAY_MS)
    expect(log.states()).toMatchObject([
      { seq: 2, effects: [{ entry: 2 }] },
      { seq: 5, effects: [] },
    ])
  })

  test('goes, where nothing needs it', () => {
    const log = openLog()
    log.mark(mark({ expires: inDays(1) }), mark({ label: 'status', at: inDays(1) }), {
      kind: 'lift',
      target: user,
      label: 'status',
      at: inDays(2),
      reason: 'enabled',
    })
    log.append([entryOf({ kind: 'note', about: 'x', reason: 'y' })], START + RETENTION_MS)
    log.sweep(START + RETENTION_MS + DAY_MS / 2)
    log.sweep(START + RETENTION_MS + DAY_MS)
    expect(log.sql.exec('SELECT seq FROM entry').toArray()).toEqual([{ seq: 4 }])
    expect(verifyChain(linksAfter(log.sql, 0, 10), floorOf(log.sql))).toEqual({ ok: true, value: log.head() })
  })
})

describe('a cursor', () => {
  test.each([
    ['none', undefined],
    ['of another log', { seq: 1, hash: 'x'.repeat(43) }],
    ['beyond the head', { seq: 9, hash: 'x'.repeat(43) }],
    ['that says it is the beginning', { seq: 0, hash: 'x' }],
  ])('%s is answered with where to begin', (_, cursor) => {
    const log = openLog()
    log.mark(mark())
    expect(changesAfter(log.sql, log.head(), cursor)).toEqual({ kind: 'resync', head: log.head() })
  })

  test('of a log that was lost is noticed by the next one', () => {
    const [lost, next] = [openLog(), openLog()]
    lost.mark(mark(), mark({ target: killSwitch }))
    next.append([entryOf(mark())], START + 1)
    expect(changesAfter(next.sql, next.head(), lost.head())).toMatchObject({ kind: 'resync' })
    next.append([entryOf(mark({ target: killSwitch }))], START + 2)
    expect(changesAfter(next.sql, next.head(), lost.head())).toMatchObject({ kind: 'resync' })
  })
})

describe('a page', () => {
  test('is bounded in size where states are big, and the next one goes on from there', () => {
    const log = openLog()
    const holding = Array.from({ length: 400 }, (_, index) => `service-${index}:read:everything` as ScopeToken)
    const effect = { kind: 'revoke', holding: holding as [ScopeToken] } as const
    for (let batch = 0; batch < 3; batch++)
      log.mark(
        ...Array.from({ length: 100 }, (_, index) =>
          mark({ effect, target: { kind: 'token', value: `${batch} ${index}` } }),
        ),
      )
    const sizes: number[] = []
    for (let cursor = GENESIS; cursor.seq < log.head().seq; ) {
      const page = changesAfter(log.sql, log.head(), cursor)
      if (page.kind === 'resync') throw new Error('the page has no valid cursor')
      expect(page.states[0]?.seq).toBe(cursor.seq + 1)
      sizes.push(page.states.length)
      cursor = page.cursor
    }
    expect(sizes.length).toBeGreaterThan(1)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(300)
  })
})

describe('the list of marks', () => {
  test('has the newest first, page by page, by target and by what holds', () => {
    const log = openLog()
    const other = mark({ target: killSwitch, effect: { kind: 'suspend' } })
    log.mark(mark({ expires: inDays(1) }), other, mark({ effect: { kind: 'step-up' } }), {
      kind: 'note',
      about: 'the weather',
      reason: 'rain',
    })
    const seqs = (query: Partial<MarkQuery>, now?: number) => log.marks(query, now).map(({ seq }) => seq)
    expect(seqs({})).toEqual([3, 2, 1])
    expect(seqs({ limit: 1, before: 3 })).toEqual([2])
    expect(seqs({ target: user })).toEqual([3, 1])
    expect(seqs({ target: user, active: true }, START + 2 * 86_400_000)).toEqual([3])
    expect(seqs({ active: true }, START + 2 * 86_400_000)).toEqual([3, 2])
    expect(log.marks({ target: user }, START + 2 * 86_400_000)[1]).toMatchObject({
      seq: 1,
      standing: 'expired',
      author: { kind: 'sender', name: 'idp' },
      action: { kind: 'mark', reason: 'stolen laptop', target: user },
    })
  })
})
