/** Measuring propagation, on a clock of its own. */
import { expect, test } from 'vitest'
import type { EdgeAnswer } from '../../src/cli/edge.ts'
import { type Measured, measurePropagation, type Propagation, summarizePropagation } from '../../src/cli/propagation.ts'
import { renderPropagation } from '../../src/cli/render-propagation.ts'
import { answerOf, edgeBy, FAILED, NEW, OLD, testClock } from '../support/edge-clock.ts'

const before = answerOf(OLD, 6)
const after = answerOf(NEW, 7)
const from = (arrival: number) => (time: number) => (time < arrival ? before : after)

async function measure(
  answers: readonly ((time: number) => EdgeAnswer)[],
  options: { readonly patienceMs?: number; readonly durationMs?: number } = {},
): Promise<{ readonly measured: Measured; readonly seen: readonly number[] }> {
  const clock = testClock()
  const seen: number[] = []
  const measured = await measurePropagation({
    connections: answers.map((answer) => edgeBy(clock, answer)),
    serial: 7,
    everyMs: 1_000,
    patienceMs: 600_000,
    durationMs: 60_000,
    settleMs: 10_000,
    now: clock.now,
    sleep: clock.sleep,
    onSeen: (count) => seen.push(count),
    ...options,
  })
  return { measured, seen }
}

test('a connection has the release with its first answer of that serial or a higher one', async () => {
  const { measured, seen } = await measure([from(0), from(2_500), (time) => (time < 5_000 ? before : answerOf(OLD, 9))])
  const firstSeen = measured.records.map((record) => record.firstSeen)
  // Each is asked a third of the interval after the one before it.
  expect(firstSeen[0]).toBe(0)
  expect(firstSeen[1]).toBeCloseTo(3_333, -1)
  expect(firstSeen[2]).toBeCloseTo(5_667, -1)
  expect(seen).toEqual([1, 2, 3])
})

test('quantiles are of connections, in tenths of seconds since the beginning', async () => {
  const answers = Array.from({ length: 100 }, (_, index) => from(index * 300))
  const { measured } = await measure(answers)
  const summary = summarizePropagation(measured, 0)
  expect(summary).toMatchObject({ connections: 100, unseen: 0, failures: 0, wentBack: { answers: 0, connections: 0 } })
  // The fiftieth of them has it from 14.7 s on, and is asked within a second of that.
  expect(summary.p50).toBeGreaterThanOrEqual(14.7)
  expect(summary.p50).toBeLessThanOrEqual(15.7)
  expect(summary.max).toBeGreaterThanOrEqual(29.7)
  expect(summary.max).toBeLessThanOrEqual(30.7)
})

test('a connection that never saw it is longer than all others, and is never left out', async () => {
  const { measured } = await measure([from(0), from(0), from(0), () => before], { durationMs: 20_000 })
  expect(summarizePropagation(measured, 0)).toMatchObject({
    unseen: 1,
    p50: 0.3,
    p90: undefined,
    max: undefined,
    lookedFor: 20,
  })
})

test('going back to the old release is counted, by answers and by connections', async () => {
  const flipping = (time: number) => (time >= 4_000 && time < 6_000 ? before : after)
  const { measured } = await measure([flipping, from(0)])
  expect(summarizePropagation(measured, 0).wentBack).toEqual({ answers: 2, connections: 1 })
})

test('failures are neither the old release nor the new one', async () => {
  const { measured } = await measure([(time) => (time < 3_000 ? FAILED : after)])
  expect(measured.records).toMatchObject([{ firstSeen: 3_000, failures: 3, wentBack: 0 }])
})

test('it ends some time after all have it, or when patience or duration are over', async () => {
  expect((await measure([from(3_000)])).measured.endedAt).toBe(13_000)
  expect((await measure([from(3_000), () => before])).measured.endedAt).toBe(63_000)
  expect((await measure([() => before], { patienceMs: 5_000 })).measured.endedAt).toBe(5_000)
})

test('data centres and the difference of the clocks come from the answers', async () => {
  const clock = { date: 10_000 }
  const { measured } = await measure([
    () => answerOf(NEW, 7, { colo: 'AMS', ...clock }),
    () => answerOf(NEW, 7, { colo: 'AMS', ...clock }),
    () => answerOf(NEW, 7, { colo: 'FRA', ...clock }),
  ])
  const summary = summarizePropagation(measured, 0)
  expect(summary.colos).toEqual({ AMS: 2, FRA: 1 })
  // Ten seconds of measuring, in which the edge's clock stood still.
  expect(summary.clockOffset).toBeGreaterThan(4)
  expect(summary.clockOffset).toBeLessThan(7)
})

const SUMMARY: Propagation = {
  connections: 50,
  unseen: 0,
  p50: 12.4,
  p90: 40,
  p99: 61.2,
  max: 63,
  lookedFor: 120,
  answers: 3_000,
  failures: 0,
  wentBack: { answers: 0, connections: 0 },
  colos: { AMS: 30, FRA: 20 },
  clockOffset: -2.2,
}
const REPORT = {
  address: 'https://api.example.com',
  everySeconds: 1,
  serial: 7,
  digest: NEW,
  beganAt: '2026-11-28T12:00:00.000Z',
}

test('the report says how it was measured, and whose clock the beginning is by', () => {
  const own = renderPropagation({ ...REPORT, countedFrom: 'pointer-write', propagation: SUMMARY })
  expect(own).toMatch(/p50 +12\.4 s\np90 +40\.0 s\np99 +61\.2 s\nmax +63\.0 s/)
  for (const text of ['50 of 50 saw it', 'AMS 30, FRA 20', 'nearest-rank', 'upper bound', 'one clock'])
    expect(own).toContain(text)
  const others = renderPropagation({ ...REPORT, countedFrom: 'published-at', propagation: SUMMARY })
  expect(others).toContain("its publisher's clock")
  expect(others).toContain('differ by 2 s')
})

test('a quantile that nobody knows is said to be longer than was looked', () => {
  const propagation = { ...SUMMARY, unseen: 2, p99: undefined, max: undefined }
  const text = renderPropagation({ ...REPORT, countedFrom: 'pointer-write', propagation })
  expect(text).toMatch(/p99 +more than 120 s\nmax +more than 120 s/)
  expect(text).toContain('48 of 50 saw it')
})
