/** When the edge counts as answering with a release. */
import { expect, test } from 'vitest'
import type { EdgeAnswer } from '../../src/cli/edge.ts'
import { type WaitOutcome, waitForEdge } from '../../src/cli/edge-wait.ts'
import { answerOf, edgeBy, FAILED, NEW, OLD, testClock } from '../support/edge-clock.ts'

const before = answerOf(OLD, 1)
const after = answerOf(NEW, 2)

interface Run {
  readonly outcome: WaitOutcome
  readonly asked: readonly number[]
  readonly endedAt: number
}

/** One answer by time for each connection. */
async function run(timeoutMs: number, ...answers: readonly ((time: number) => EdgeAnswer)[]): Promise<Run> {
  const clock = testClock()
  const asked: number[] = []
  const connections = answers.map((answer, index) =>
    edgeBy(clock, (time) => {
      if (index === 0) asked.push(time)
      return answer(time)
    }),
  )
  const outcome = await waitForEdge({
    connections,
    isWanted: ({ digest }) => digest === NEW,
    isPast: ({ serial }) => serial > 2,
    timeoutMs,
    now: clock.now,
    sleep: clock.sleep,
    onRound: () => {},
  })
  return { outcome, asked, endedAt: clock.now() }
}

test('one connection with the old release keeps all waiting', async () => {
  const { outcome } = await run(
    60_000,
    (time) => (time < 4_000 ? before : after),
    () => after,
  )
  expect(outcome).toEqual({ kind: 'reached', since: 4_000, answers: 14 })
})

test('three rounds in a row it must be: an isolate that is not there yet begins the count anew', async () => {
  const { outcome, endedAt } = await run(
    60_000,
    () => after,
    (time) => (time === 2_000 ? before : after),
  )
  expect(outcome).toMatchObject({ kind: 'reached', since: 3_000 })
  expect(endedAt).toBe(5_000)
})

test('a failure is no answer with the release', async () => {
  const { outcome } = await run(
    60_000,
    (time) => (time === 1_000 ? FAILED : after),
    () => after,
  )
  expect(outcome).toMatchObject({ kind: 'reached', since: 2_000 })
})

test('at the timeout it says what was seen last', async () => {
  const { outcome, endedAt } = await run(
    10_000,
    () => before,
    () => after,
  )
  expect(outcome).toEqual({ kind: 'timeout', last: [before, after] })
  expect(endedAt).toBeLessThanOrEqual(10_000)
})

test('an edge that has gone past it ends the wait at once', async () => {
  const newer = answerOf('c'.repeat(64), 3)
  expect(
    (
      await run(
        60_000,
        () => newer,
        () => newer,
      )
    ).outcome,
  ).toEqual({ kind: 'past', last: [newer, newer] })
  expect(
    (
      await run(
        5_000,
        () => newer,
        () => before,
      )
    ).outcome.kind,
  ).toBe('timeout')
})

test('while nobody answers it asks less and less often', async () => {
  const { asked } = await run(40_000, () => FAILED)
  expect(asked).toEqual([0, 2_000, 6_000, 14_000, 22_000, 30_000, 38_000])
})
