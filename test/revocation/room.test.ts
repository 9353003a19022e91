/** How much the log holds: less than isolates have room for, and what one door fills keeps nobody else out. */
import { describe, expect, test } from 'vitest'
import type { Effect, MarkTarget } from '../../src/policy/mark.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import { type Action, GENESIS, type NewEntry, type Origin } from '../../src/policy/revocation-log.ts'
import type { ScopeToken } from '../../src/policy/scope.ts'
import { append, MAX_ENTRIES } from '../../src/revocation/append.ts'
import { CROWDED_PAUSE_MS, isSweepDue, SWEEP_PAUSE_MS, sweepSlice } from '../../src/revocation/compaction.ts'
import { countsOf, readHead } from '../../src/revocation/facts.ts'
import { tellingWhenFull } from '../../src/revocation/log.ts'
import { MAX_SWITCHES } from '../../src/revocation/log-copy.ts'
import { MAX_ELABORATE, MAX_MARKS } from '../../src/revocation/mark-table.ts'
import { changesAfter } from '../../src/revocation/reading.ts'
import { MOST } from '../../src/revocation/room.ts'
import { migrate } from '../../src/revocation/schema.ts'
import { fakeStorage } from '../support/durable-storage.ts'
import { MemoryLog } from '../support/memory-log.ts'
import { entryOf, START, seconds } from './model.ts'

const LITTLE = { targets: 10, elaborate: 4, switches: 2 }
const HOUR_MS = 3_600_000

const token = (value: string): MarkTarget => ({ kind: 'token', value })
const killSwitch = (client: string): MarkTarget => ({ kind: 'scope', scope: 'pay' as ScopeToken, client })
const revoke: Effect = { kind: 'revoke' }
const narrow = (session: string): Effect => ({ kind: 'revoke', matching: { session } })
const inHours = (hours: number) => (seconds(START) + hours * 3600) as EpochSeconds

function openLog() {
  const { storage } = fakeStorage()
  migrate(storage)
  const { sql } = storage
  const write = (entries: readonly NewEntry[], now = START) => append(storage, entries, now, LITTLE)
  const mark = (
    target: MarkTarget,
    effect = revoke,
    via: Origin['via'] = 'admin',
    expires?: EpochSeconds,
  ): NewEntry => ({
    ...entryOf({ kind: 'mark', target, effect, reason: 'x', ...(expires !== undefined && { expires }) }),
    origin: { via },
  })
  const act = (action: Action) => write([entryOf(action)])
  return {
    storage,
    sql,
    write,
    mark,
    act,
    revoke: (name: string, via: Origin['via'] = 'admin') => write([mark(token(name), revoke, via)]),
    fill(count: number, via: Origin['via'] = 'admin', expires?: EpochSeconds) {
      const entries = Array.from({ length: count }, (_, index) => mark(token(`${via} ${index}`), revoke, via, expires))
      expect(write(entries)).toMatchObject({ entries: { length: count } })
    },
    states() {
      const answer = changesAfter(sql, readHead(sql), GENESIS)
      return answer.kind === 'changes' ? answer.states : []
    },
    sweep(now: number) {
      do sweepSlice(storage, now)
      while (isSweepDue(sql, now, LITTLE))
    },
  }
}

const FULL = { code: 'full', entry: 0 }
const TAKEN = { entries: [{ isDuplicate: false }] }

test('the log is full before any isolate is, by a whole page at least', () => {
  expect(MOST.targets).toBeLessThanOrEqual(MAX_MARKS - MAX_ENTRIES)
  expect(MOST.elaborate).toBeLessThanOrEqual(MAX_ELABORATE - MAX_ENTRIES)
  expect(MOST.switches).toBeLessThanOrEqual(MAX_SWITCHES - MAX_ENTRIES)
})

describe('a full log', () => {
  test('takes no mark of another target, and nothing of the append that it is in', () => {
    const log = openLog()
    log.fill(9)
    const head = readHead(log.sql)
    const both = [log.mark(token('tenth')), log.mark(token('eleventh'))]
    expect(log.write(both)).toEqual({ code: 'full', entry: 1 })
    expect([readHead(log.sql), log.states().length, countsOf(log.sql).targets]).toEqual([head, 9, 9])
    expect(log.revoke('tenth')).toMatchObject(TAKEN)
    expect(log.revoke('eleventh')).toEqual(FULL)
  })

  test('takes kill switches, lifts, undos, notes, what it knows and what comes twice', () => {
    const log = openLog()
    log.fill(9)
    expect(log.write([{ ...log.mark(token('tenth')), once: 'e-1' }])).toMatchObject(TAKEN)
    expect(log.write([{ ...log.mark(token('tenth')), once: 'e-1' }])).toMatchObject({
      entries: [{ isDuplicate: true }],
    })
    expect(log.write([log.mark(killSwitch('a'), { kind: 'suspend' })])).toMatchObject(TAKEN)
    const at = inHours(0)
    expect(log.act({ kind: 'lift', target: token('other'), label: 'status', at, reason: 'x' })).toMatchObject(TAKEN)
    expect(log.act({ kind: 'note', about: 'x', reason: 'x' })).toMatchObject(TAKEN)
    expect(log.revoke('admin 3')).toMatchObject(TAKEN)
    expect(log.revoke('eleventh')).toEqual(FULL)
    expect(log.act({ kind: 'undo', mark: 1, reason: 'x' })).toMatchObject(TAKEN)
    expect(log.revoke('eleventh')).toMatchObject(TAKEN)
  })

  test('takes an undo whatever it brings back', () => {
    const log = openLog()
    const family = (effect: Effect, hours: number): Action => {
      const at = inHours(hours)
      return { kind: 'mark', target: token('x'), effect, label: 'status', at, reason: 'x' }
    }
    log.act(family(narrow('s'), 0))
    log.act(family(revoke, 1))
    for (let index = 0; index < 4; index++) log.write([log.mark(token(`n ${index}`), narrow('s'))])
    expect(countsOf(log.sql)).toMatchObject({ targets: 5, elaborate: 4 })
    expect(log.act({ kind: 'undo', mark: 2, reason: 'x' })).toMatchObject(TAKEN)
    expect(countsOf(log.sql)).toMatchObject({ targets: 5, elaborate: 5 })
  })

  test('has room again once marks have expired', () => {
    const log = openLog()
    log.fill(10, 'admin', inHours(1))
    const late = [log.mark(token('late'))]
    expect(log.write(late, START + 3 * HOUR_MS)).toEqual(FULL)
    log.sweep(START + 3 * HOUR_MS)
    expect(log.write(late, START + 3 * HOUR_MS)).toMatchObject(TAKEN)
    expect(countsOf(log.sql)).toMatchObject({ targets: 1, states: 1, active: 1 })
  })

  test('looks for what has expired every quarter of an hour', () => {
    const log = openLog()
    const isDue = (now: number) => isSweepDue(log.sql, now, LITTLE)
    log.fill(8)
    log.sweep(START)
    expect([isDue(START + SWEEP_PAUSE_MS - 1), isDue(START + SWEEP_PAUSE_MS)]).toEqual([false, true])
    log.revoke('ninth')
    expect([isDue(START + CROWDED_PAUSE_MS - 1), isDue(START + CROWDED_PAUSE_MS)]).toEqual([false, true])
  })

  test('has as much room for marks with more to say, and for kill switches, as isolates have', () => {
    const log = openLog()
    for (let index = 0; index < 4; index++)
      expect(log.write([log.mark(token(`n ${index}`), narrow('s'))])).toMatchObject(TAKEN)
    expect(log.write([log.mark(token('n 4'), narrow('s'))])).toEqual(FULL)
    expect(log.revoke('n 4')).toMatchObject(TAKEN)
    expect(log.write([log.mark(token('n 4'), narrow('s'))])).toEqual(FULL)
    for (const client of ['a', 'b'])
      expect(log.write([log.mark(killSwitch(client), { kind: 'suspend' })])).toMatchObject(TAKEN)
    expect(log.write([log.mark(killSwitch('c'), { kind: 'suspend' })])).toEqual(FULL)
  })
})

test('whoever can get tokens and burns them fills half of it, and keeps nobody else out', () => {
  const log = openLog()
  log.fill(5, 'self')
  expect(log.revoke('sixth', 'self')).toEqual(FULL)
  for (const via of ['admin', 'signal', 'hook'] as const) expect(log.revoke(via, via)).toMatchObject(TAKEN)
  expect(log.revoke('self 1', 'self')).toMatchObject(TAKEN)
})

describe('of one target', () => {
  const user: MarkTarget = { kind: 'subject', issuer: 'https://login.example.com', value: 'u-1' }
  const sessions = (log: ReturnType<typeof openLog>, count: number, more = '') =>
    Array.from({ length: count }, (_, index) => log.mark(user, narrow(`s-${index}${more}`)))

  test.each([
    ['many marks', 500, ''],
    ['long marks', 50, 'x'.repeat(5_000)],
  ])('there are only so %s, and a plain one can always be made', (_, count, more) => {
    const log = openLog()
    expect(log.write(sessions(log, count, more))).toMatchObject({ entries: { length: count } })
    const before = log.states()
    expect(log.write(sessions(log, 2, `${more}!`).concat(sessions(log, 1)))).toMatchObject({ code: 'full' })
    expect(log.states()).toEqual(before)
    expect(log.write(sessions(log, count, more))).toMatchObject({ entries: { length: count } })
    expect(log.write([log.mark(user)])).toMatchObject(TAKEN)
    expect(log.states()[0]?.effects.at(-1)).toMatchObject({ effect: { kind: 'revoke' }, entry: 2 * count + 1 })
  })
})

test('that it takes no more is told to whoever makes incidents, and not with every request', async () => {
  const log = new MemoryLog(() => START)
  const told: unknown[] = []
  let now = START
  const telling = tellingWhenFull(
    log,
    (event) => told.push(event),
    () => now,
  )
  await telling.append([entryOf({ kind: 'mark', target: token('a'), effect: revoke, reason: 'x' })])
  expect(told).toEqual([])
  log.isFull = true
  for (let times = 0; times < 3; times++)
    await telling.append([entryOf({ kind: 'mark', target: token('b'), effect: revoke, reason: 'x' })])
  expect(told).toEqual([{ event: 'revocation', code: 'log_full' }])
  now += HOUR_MS
  await telling.append([entryOf({ kind: 'mark', target: token('b'), effect: revoke, reason: 'x' })])
  expect(told).toHaveLength(2)
})
