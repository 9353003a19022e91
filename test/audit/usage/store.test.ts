/** Counting: each request once, whatever the queue and the database do. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FOLD_SECONDS, foldPending } from '../../../src/audit/usage/fold.ts'
import { createUsageStore, isTooLate, MOST_DECISIONS_AN_HOUR, type UsageStore } from '../../../src/audit/usage/store.ts'
import { sweepUsage } from '../../../src/audit/usage/sweep.ts'
import { MOST_SHAPES } from '../../../src/audit/usage/tables.ts'
import { memoryDatabase } from '../../support/sqlite-d1.ts'
import { batchOf, eventOf, ISSUER, NOON, tallyOf } from './batches.ts'

const DAY = 86_400

/** A store whose counts are in the tables as soon as they are written. */
function foldingStore(database: ReturnType<typeof memoryDatabase>): UsageStore {
  const store = createUsageStore(database)
  return {
    ...store,
    async write(batches, now) {
      const written = await store.write(batches, now)
      await foldPending(database)
      return written
    },
  }
}

test('a batch is counted by minute, hour and day', async () => {
  const database = memoryDatabase()
  const store = foldingStore(database)
  const from = (NOON + 61) * 1000
  await store.write([batchOf({ from, to: from + 500, usage: [tallyOf({ count: 3 }), tallyOf({ count: 4 })] })], NOON)
  expect(database.rows('SELECT period, at, client, outcome, alternative, count FROM traffic ORDER BY period')).toEqual([
    { period: 60, at: NOON + 60, client: 'partner', outcome: 'allow', alternative: '', count: 7 },
    { period: 3600, at: NOON, client: 'partner', outcome: 'allow', alternative: '["invoices:read"]', count: 7 },
    {
      period: DAY,
      at: NOON - DAY / 2,
      client: 'partner',
      outcome: 'allow',
      alternative: '["invoices:read"]',
      count: 7,
    },
  ])
})

test('scopes are counted as exercised, held, missing and rested on', async () => {
  const database = memoryDatabase()
  await foldingStore(database).write(
    [
      batchOf({
        usage: [
          tallyOf({ row: { scopes: ['invoices:admin', 'x:shadow'] }, exercised: ['invoices:admin'], count: 2 }),
          tallyOf({ row: { outcome: 'observe' }, codes: ['scope_insufficient'], missing: ['a:b'], count: 3 }),
          tallyOf({
            row: { outcome: 'scope_insufficient' },
            codes: ['scope_insufficient'],
            missing: ['a:b'],
            count: 5,
          }),
          tallyOf({
            row: { scopes: ['old:one'] },
            by: ['old:one'],
            exercised: ['old:one'],
            deprecated: ['old:one'],
            count: 7,
          }),
          tallyOf({ row: { credential: 'rejected', outcome: 'token_invalid' }, count: 11 }),
        ],
      }),
    ],
    NOON,
  )
  const counts = 'scope, exercised, missing, held, rested'
  expect(database.rows(`SELECT ${counts} FROM scope_use WHERE period = ${DAY} ORDER BY scope`)).toEqual([
    { scope: 'a:b', exercised: 0, missing: 8, held: 0, rested: 0 },
    { scope: 'invoices:admin', exercised: 2, missing: 0, held: 2, rested: 0 },
    { scope: 'invoices:read', exercised: 0, missing: 0, held: 3, rested: 0 },
    { scope: 'old:one', exercised: 7, missing: 0, held: 7, rested: 7 },
    { scope: 'x:shadow', exercised: 0, missing: 0, held: 2, rested: 0 },
  ])
  expect(database.rows('SELECT scope, client, issuer, last_exercised > 0 AS used FROM holding ORDER BY scope')).toEqual(
    [
      { scope: 'invoices:admin', client: 'partner', issuer: ISSUER, used: 1 },
      { scope: 'invoices:read', client: 'partner', issuer: ISSUER, used: 0 },
      { scope: 'old:one', client: 'partner', issuer: ISSUER, used: 1 },
      { scope: 'x:shadow', client: 'partner', issuer: ISSUER, used: 0 },
    ],
  )
})

describe('at-least-once delivery', () => {
  test('a batch that comes again is counted as repeated and as nothing else', async () => {
    const database = memoryDatabase()
    const store = foldingStore(database)
    const batch = batchOf({ usage: [tallyOf()], decisions: [{ event: eventOf() }], uncounted: 2 })
    await store.write([batch], NOON)
    const before = database.rows('SELECT * FROM traffic')
    expect([...(await store.write([batch, batchOf(), batch], NOON)).repeated]).toEqual([batch.id])
    expect(database.rows('SELECT * FROM traffic')).toEqual(before)
    expect(database.rows('SELECT counted, repeated, uncounted, kept FROM delivery')).toEqual([
      { counted: 2, repeated: 2, uncounted: 2, kept: 1 },
    ])
  })

  test('any order of deliveries, repetitions and failures counts each batch once', async () => {
    const fates = fc.constantFrom('work', 'fail', 'fail-after')
    const deliveries = fc.array(fc.tuple(fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }), fates), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(deliveries, async (attempts) => {
        const database = memoryDatabase()
        const store = foldingStore(database)
        const batches = Array.from({ length: 6 }, (_, index) =>
          batchOf({ usage: [tallyOf({ count: 10 ** index }), tallyOf({ row: { client: 'b' }, count: 1 })] }),
        )
        for (const [chosen, fate] of attempts) {
          database.fate = fate as 'work'
          await store
            .write(
              chosen.flatMap((index) => batches[index] ?? []),
              NOON,
            )
            .catch(() => {})
        }
        database.fate = 'work'
        await store.write(batches, NOON)
        const [counted] = database.rows(`SELECT SUM(count) AS sum FROM traffic WHERE period = ${DAY}`)
        expect(counted).toEqual({ sum: 111_111 + 6 })
        expect(database.rows('SELECT SUM(counted) AS counted FROM delivery')).toEqual([{ counted: 6 }])
        database.sqlite.close()
      }),
      { numRuns: 60 },
    )
  })

  test('a batch that was counted by another consumer in between undoes the whole transaction', async () => {
    const database = memoryDatabase()
    const store = foldingStore(database)
    const batch = batchOf({ usage: [tallyOf()] })
    const other = batchOf({ usage: [tallyOf()] })
    const outcomes = await Promise.allSettled([store.write([batch], NOON), store.write([other, batch], NOON)])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    await store.write([other, batch], NOON)
    expect(database.rows(`SELECT count FROM traffic WHERE period = ${DAY}`)).toEqual([{ count: 2 }])
  })

  test('a batch that comes late is in the hour and the day, and one that nobody can remember is too late', async () => {
    const database = memoryDatabase()
    const store = foldingStore(database)
    const late = batchOf({ from: (NOON - 5 * DAY) * 1000, to: (NOON - 5 * DAY) * 1000 + 1, usage: [tallyOf()] })
    expect(isTooLate(late, NOON)).toBe(false)
    await store.write([late], NOON)
    expect(database.rows('SELECT period FROM traffic ORDER BY period')).toEqual([{ period: 3600 }, { period: DAY }])
    expect(isTooLate(late, NOON + 25 * DAY)).toBe(true)
  })

  test('as long as a batch is taken in, it is remembered that it was counted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(40 * DAY), fc.nat(40 * DAY), async (first, second) => {
        const database = memoryDatabase()
        const store = foldingStore(database)
        const batch = batchOf({ usage: [tallyOf()] })
        for (const now of [NOON + first, NOON + first + second]) {
          await sweepUsage(database, now)
          if (!isTooLate(batch, now)) await store.write([batch], now)
        }
        const [counted] = database.rows('SELECT COALESCE(SUM(counted), 0) AS counted FROM delivery')
        expect(Number(counted?.counted)).toBeLessThanOrEqual(1)
        database.sqlite.close()
      }),
      { numRuns: 60 },
    )
  })
})

describe('bounds', () => {
  test('a day has room for so many made-up paths; the others are counted together', async () => {
    const database = memoryDatabase()
    const store = foldingStore(database)
    const tallies = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) =>
        tallyOf({ row: { path: null, credential: 'none', outcome: 'unmapped' }, shape: `/${from + index}`, count: 2 }),
      )
    await store.write([batchOf({ usage: tallies(0, MOST_SHAPES) })], NOON)
    await store.write([batchOf({ usage: tallies(MOST_SHAPES - 5, 10) })], NOON)
    expect(database.rows('SELECT COUNT(*) AS shapes, SUM(count) AS count FROM unmapped')).toEqual([
      { shapes: MOST_SHAPES + 1, count: 2 * (MOST_SHAPES + 10) },
    ])
    expect(database.rows("SELECT count FROM unmapped WHERE shape = ''")).toEqual([{ count: 10 }])
  })

  test('an hour has room for so many decisions, refusals first, and says how many there was none for', async () => {
    const database = memoryDatabase()
    const store = foldingStore(database)
    database.sqlite.exec(`INSERT INTO delivery (hour, kept) VALUES (${NOON}, ${MOST_DECISIONS_AN_HOUR - 1})`)
    const decisions = [eventOf({ outcome: 'allow' }), eventOf(), eventOf()].map((event) => ({
      event,
      who: { issuer: 'https://issuer.example.com' },
    }))
    await store.write([batchOf({ decisions })], NOON)
    expect(database.rows('SELECT outcome FROM decision')).toEqual([{ outcome: 'deny' }])
    expect(database.rows('SELECT dropped FROM delivery')).toEqual([{ dropped: 2 }])
  })

  test('whoever has no token cannot fill the room of those who have one', async () => {
    const database = memoryDatabase()
    const store = foldingStore(database)
    database.sqlite.exec(`INSERT INTO delivery (hour, kept) VALUES (${NOON}, ${(MOST_DECISIONS_AN_HOUR * 3) / 4})`)
    const strange = eventOf({ codes: ['credential_missing'], client: undefined })
    const theirs = eventOf()
    await store.write([batchOf({ decisions: [{ event: strange }, { event: theirs, who: { issuer: 'x' } }] })], NOON)
    expect(database.rows('SELECT id FROM decision')).toEqual([{ id: theirs.decision }])
    expect(database.rows('SELECT kept, dropped FROM delivery')).toEqual([
      { kept: (MOST_DECISIONS_AN_HOUR * 3) / 4 + 1, dropped: 1 },
    ])
  })

  test('a list of rows longer than a parameter may be becomes several', async () => {
    const database = memoryDatabase()
    const usage = Array.from({ length: 3_000 }, (_, index) =>
      tallyOf({ row: { client: `${'c'.repeat(300)}${index}` } }),
    )
    await foldingStore(database).write([batchOf({ usage })], NOON)
    expect(database.rows(`SELECT COUNT(*) AS rows FROM traffic WHERE period = ${DAY}`)).toEqual([{ rows: 3_000 }])
  })
})

test('what is too old goes, and what is not stays', async () => {
  const database = memoryDatabase()
  const store = foldingStore(database)
  const usage = [tallyOf(), tallyOf({ row: { outcome: 'observe' }, codes: ['scope_insufficient'], missing: ['a:b'] })]
  const sinks = [{ sink: 'log', sent: 1, lost: 0 }]
  const rowsLeft = () =>
    Object.fromEntries(
      ['traffic', 'scope_use', 'holding', 'observed', 'replay', 'sink', 'delivery', 'batch', 'decision'].map(
        (table) => [table, database.rows(`SELECT COUNT(*) AS count FROM ${table}`)[0]?.count],
      ),
    )
  await store.write([batchOf({ usage, sinks, decisions: [{ event: eventOf() }] })], NOON)
  const all = rowsLeft()
  await sweepUsage(database, NOON + DAY)
  expect(rowsLeft()).toEqual(all)
  await sweepUsage(database, NOON + 4 * DAY)
  expect(rowsLeft()).toEqual({ ...all, traffic: 4 })
  await sweepUsage(database, NOON + 62 * DAY)
  expect(rowsLeft()).toEqual({
    ...all,
    traffic: 2,
    scope_use: 2,
    replay: 0,
    sink: 0,
    delivery: 0,
    batch: 0,
    decision: 0,
  })
  await sweepUsage(database, NOON + 402 * DAY)
  expect(Object.values(rowsLeft())).toEqual(Array(9).fill(0))
})

describe('what waits to be added up', () => {
  const count = (database: ReturnType<typeof memoryDatabase>) =>
    database.rows(`SELECT SUM(count) AS count FROM traffic WHERE period = ${DAY}`)[0]?.count

  test('is added up some minutes after it came, by whatever delivery comes then', async () => {
    const database = memoryDatabase()
    const store = createUsageStore(database)
    await store.write([batchOf({ usage: [tallyOf()] })], NOON)
    await store.write([batchOf({ usage: [tallyOf()] })], NOON + FOLD_SECONDS - 1)
    expect(count(database)).toBe(null)
    await store.write([batchOf({ usage: [tallyOf()] })], NOON + FOLD_SECONDS)
    expect(count(database)).toBe(3)
    expect(database.rows('SELECT COUNT(*) AS waiting FROM pending')).toEqual([{ waiting: 0 }])
  })

  test('is added once, however many do it at the same time, and whatever fails', async () => {
    const fates = fc.array(fc.constantFrom('work', 'fail', 'fail-after'), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(fates, fc.integer({ min: 1, max: 30 }), async (attempts, batches) => {
        const database = memoryDatabase()
        const store = createUsageStore(database)
        for (let index = 0; index < batches; index++) await store.write([batchOf({ usage: [tallyOf()] })], NOON)
        // As if they were long: three are taken at once.
        database.sqlite.exec('UPDATE pending SET size = 11000000')
        for (const fate of attempts) {
          database.fate = fate as 'work'
          await Promise.allSettled([foldPending(database), foldPending(database)])
        }
        database.fate = 'work'
        await foldPending(database)
        expect(count(database)).toBe(batches)
        database.sqlite.close()
      }),
      { numRuns: 20 },
    )
  })

  test('of more new paths than a day has room for, the most frequent stay', async () => {
    const database = memoryDatabase()
    const store = createUsageStore(database)
    const unmapped = { path: null, credential: 'none', outcome: 'unmapped' } as const
    const usage = Array.from({ length: MOST_SHAPES + 3 }, (_, index) =>
      tallyOf({ row: unmapped, shape: `/${index}`, count: index < 3 ? 1 : 2 }),
    )
    await store.write([batchOf({ usage })], NOON)
    await foldPending(database)
    expect(database.rows("SELECT count FROM unmapped WHERE shape = ''")).toEqual([{ count: 3 }])
    expect(database.rows('SELECT COUNT(*) AS shapes FROM unmapped')).toEqual([{ shapes: MOST_SHAPES + 1 }])
  })
})
