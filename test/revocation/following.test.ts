/** That whoever follows the log ends with what holds, whatever happens to the log and whenever they look. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ActiveEffect, MarkTarget } from '../../src/policy/mark.ts'
import { type Action, type Cursor, GENESIS, type LogEntry, type TargetState } from '../../src/policy/revocation-log.ts'
import { append } from '../../src/revocation/append.ts'
import { verifyChain } from '../../src/revocation/chain.ts'
import { isSweepDue, RETENTION_MS, sweepSlice } from '../../src/revocation/compaction.ts'
import { type Counts, countsOf, floorOf, readHead } from '../../src/revocation/facts.ts'
import { changesAfter, linksAfter, statusOf } from '../../src/revocation/reading.ts'
import { migrate } from '../../src/revocation/schema.ts'
import { decodePart, plainMarkOf, statesOf } from '../../src/revocation/snapshot-format.ts'
import { partKey } from '../../src/revocation/snapshot-names.ts'
import { buildSlice, deleteOldParts } from '../../src/revocation/snapshot-writer.ts'
import { targetKey } from '../../src/revocation/target-key.ts'
import { effectsByEntries, readState, type StateRow } from '../../src/revocation/target-states.ts'
import { fakeStorage } from '../support/durable-storage.ts'
import { action, asHolding, entryOf, type Holding, holding, nameOf, START } from './model.ts'

const DAY_MS = 86_400_000

const { storage, clear } = fakeStorage()
const { sql } = storage
migrate(storage)

function openLog() {
  clear()
  const kv = new Map<string, Uint8Array>()
  const entries: LogEntry[] = []
  const targets = new Map<string, MarkTarget>()
  let now = START

  function write(actions: readonly Action[]) {
    const receipt = append(
      storage,
      actions.map((each) => entryOf(each)),
      now,
    )
    if ('code' in receipt) return receipt
    receipt.entries.forEach(({ seq }, index) => {
      const { author, origin, action } = entryOf(actions[index] as Action)
      entries.push({ seq, time: new Date(now).toISOString(), author, origin, action })
      if ('target' in action) targets.set(nameOf(action.target), action.target)
    })
    return receipt
  }

  return {
    kv,
    entries,
    targets,
    write,
    now: () => now,
    pass: (milliseconds: number) => {
      now += milliseconds
    },
    /** Takes back one of the marks that can be, where there is one. */
    undo(choice: number) {
      const undone = new Set(entries.flatMap((entry) => (entry.action.kind === 'undo' ? [entry.action.mark] : [])))
      const known = sql
        .exec<{ seq: number }>('SELECT seq FROM entry WHERE target IS NOT NULL AND is_lift = 0')
        .toArray()
      const marks = known.filter(({ seq }) => !undone.has(seq))
      const mark = marks[choice % Math.max(marks.length, 1)]
      if (mark !== undefined) write([{ kind: 'undo', mark: mark.seq, reason: 'a mistake' }])
    },
    sweep(slices: number) {
      for (let slice = 0; slice < slices && isSweepDue(sql, now); slice++) sweepSlice(storage, now, 2)
    },
    async snapshot(slices: number) {
      const store = {
        put: async (key: string, value: ArrayBuffer | string) =>
          void kv.set(key, typeof value === 'string' ? new TextEncoder().encode(value) : new Uint8Array(value)),
        delete: async (key: string) => void kv.delete(key),
      }
      for (let slice = 0; slice < slices; slice++) await buildSlice(storage, store, now, 2)
      await deleteOldParts(sql, store, now)
    },
    /** By the states alone, from the beginning. */
    states: () => follower(kv).drain(),
  }
}
type Log = ReturnType<typeof openLog>

/** As an isolate does it: a map of states and a cursor. */
function follower(kv: Log['kv']) {
  const known = new Map<string, readonly ActiveEffect[]>()
  let cursor: Cursor | undefined
  const learn = (states: readonly TargetState[]) => {
    for (const state of states)
      known.set(state.kind === 'scope' ? `scope ${state.scope} ${state.client ?? '*'}` : state.key, state.effects)
  }

  /** Whether there was nothing more. */
  function poll(): boolean {
    const answer = changesAfter(sql, readHead(sql), cursor, 2)
    if (answer.kind === 'changes') {
      expect(answer.states.every(({ seq }) => seq > (cursor?.seq ?? 0))).toBe(true)
      learn(answer.states)
      cursor = answer.cursor
      return cursor.seq === answer.head.seq
    }
    known.clear()
    cursor = answer.snapshot?.cursor ?? GENESIS
    for (const { sha256, states } of answer.snapshot?.parts ?? []) {
      const part = decodePart(kv.get(partKey(sha256)) ?? new Uint8Array())
      if (!part.ok) throw new Error(`a part that the log names cannot be read: ${part.error}`)
      const read = [...statesOf(part.value)]
      expect(read).toHaveLength(states)
      learn(read)
    }
    return false
  }

  return {
    poll,
    drain() {
      for (let polls = 0; !poll(); polls++) if (polls > 1000) throw new Error('following does not end')
      return known
    },
  }
}

function holdingOf(log: Log, known: ReadonlyMap<string, readonly ActiveEffect[]>): Holding {
  const names = new Map([...log.targets.values()].map((target) => [keyOf(target), nameOf(target)]))
  const unexpired = [...known].map(
    ([key, effects]) =>
      [names.get(key) ?? key, effects.filter(({ expires = Infinity }) => expires > log.now() / 1000)] as const,
  )
  return asHolding(Object.fromEntries(unexpired))
}

/** What would hold if every state were made anew from the entries that are left. */
function byEntries(log: Log): Holding {
  const made = [...log.targets.values()].map((target) => {
    const effects = effectsByEntries(sql, targetKey(target), log.now())
    return [nameOf(target), effects.filter(({ expires = Infinity }) => expires > log.now() / 1000)] as const
  })
  return asHolding(Object.fromEntries(made))
}

function countedAnew(): Counts {
  const rows = sql.exec<StateRow>('SELECT * FROM state').toArray().map(readState)
  const told = rows.filter(({ effects }) => effects.length > 0)
  const keyed = told.flatMap((state) => (state.kind === 'scope' ? [] : [state]))
  return {
    states: rows.length,
    active: rows.reduce((sum, { effects }) => sum + effects.length, 0),
    targets: keyed.length,
    elaborate: keyed.filter((state) => plainMarkOf(state) === undefined).length,
    switches: told.length - keyed.length,
  }
}

const keyOf = (target: MarkTarget) => (target.kind === 'scope' ? nameOf(target) : targetKey(target))

type Step =
  | { readonly kind: 'write'; readonly actions: readonly Action[] }
  | { readonly kind: 'undo' | 'sweep' | 'snapshot' | 'poll' | 'join'; readonly choice: number }
  | { readonly kind: 'pass'; readonly days: number }

const choice = (kind: 'undo' | 'sweep' | 'snapshot' | 'poll' | 'join', max: number) =>
  fc.record({ kind: fc.constant(kind), choice: fc.integer({ min: 1, max }) })
const stepsOf = (days: readonly number[]): fc.Arbitrary<readonly Step[]> =>
  fc.array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant('write' as const),
          actions: fc.array(action, { minLength: 1, maxLength: 3 }),
        }),
      },
      { weight: 2, arbitrary: choice('undo', 50) },
      { weight: 3, arbitrary: choice('sweep', 9) },
      { weight: 2, arbitrary: choice('snapshot', 5) },
      { weight: 4, arbitrary: choice('poll', 3) },
      { weight: 1, arbitrary: choice('join', 3) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), days: fc.constantFrom(...days) }) },
    ),
    { minLength: 10, maxLength: 50 },
  )

async function run(steps: readonly Step[], check: (log: Log) => void): Promise<void> {
  const log = openLog()
  const followers = [follower(log.kv)]
  for (const step of steps) {
    if (step.kind === 'write') log.write(step.actions)
    else if (step.kind === 'pass') log.pass(step.days * DAY_MS)
    else if (step.kind === 'poll') followers[step.choice % followers.length]?.poll()
    else if (step.kind === 'join') followers.push(follower(log.kv))
    else await log[step.kind](step.choice)
  }
  const truth = holdingOf(log, log.states())
  for (const each of followers) expect(holdingOf(log, each.drain())).toEqual(truth)
  expect(byEntries(log)).toEqual(truth)
  const active = sql.exec<{ n: number }>('SELECT COUNT(*) AS n FROM entry WHERE holds = 1').one().n
  expect(statusOf(sql, readHead(sql)).activeMarks).toBe(active)
  expect(countsOf(sql)).toEqual(countedAnew())
  expect(verifyChain(linksAfter(sql, 0, 1000), floorOf(sql))).toEqual({ ok: true, value: readHead(sql) })
  check(log)
}

describe('following', { timeout: 60_000 }, () => {
  test('law: every follower ends with what holds by all entries, through sweeps, snapshots and absences', async () => {
    await fc.assert(
      fc.asyncProperty(stepsOf([0.01, 1, 4, 35]), async (steps) => {
        fc.pre(steps.reduce((days, step) => days + (step.kind === 'pass' ? step.days : 0), 0) < 400)
        await run(steps, (log) => expect(holdingOf(log, log.states())).toEqual(holding(log.entries, log.now())))
      }),
      { numRuns: 150 },
    )
  })

  test('law: neither does it matter when entries are cut, and what held goes on holding', async () => {
    await fc.assert(
      fc.asyncProperty(stepsOf([1, 35, 401]), async (steps) => {
        await run(steps, (log) => {
          log.pass(RETENTION_MS + DAY_MS)
          const before = holdingOf(log, log.states())
          log.sweep(1000)
          expect(holdingOf(log, log.states())).toEqual(before)
          expect(byEntries(log)).toEqual(before)
          expect(floorOf(sql)).toEqual(readHead(sql))
        })
      }),
      { numRuns: 100 },
    )
  })
})
