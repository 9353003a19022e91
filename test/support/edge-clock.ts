/** A clock that only sleeping moves, and edges that answer by it: hours of waiting in no time. */
import type { AskEdge, EdgeAnswer } from '../../src/cli/edge.ts'

export interface TestClock {
  readonly now: () => number
  readonly sleep: (milliseconds: number) => Promise<void>
}

/** Sleepers wake in the order of their times, one after the other. */
export function testClock(start = 0): TestClock {
  let time = start
  const sleepers: { readonly at: number; readonly wake: () => void }[] = []
  const wakeNext = () => {
    sleepers.sort((a, b) => a.at - b.at)
    const next = sleepers.shift()
    if (next === undefined) return
    time = Math.max(time, next.at)
    next.wake()
  }
  const sleep = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      sleepers.push({ at: time + milliseconds, wake: resolve })
      // After everybody who is awake has gone to sleep again.
      setImmediate(wakeNext)
    })
  return { now: () => time, sleep }
}

export const OLD = 'a'.repeat(64)
export const NEW = 'b'.repeat(64)

export const answerOf = (digest: string, serial: number, more: Partial<EdgeAnswer> = {}): EdgeAnswer =>
  ({ kind: 'gate', release: { digest, serial, source: 'kv' }, ...more }) as EdgeAnswer

export const FAILED: EdgeAnswer = { kind: 'failed', why: 'it could not be reached', isAbsent: false }

/** An edge whose answer depends on the time of the question. */
export const edgeBy =
  ({ now }: TestClock, answer: (time: number) => EdgeAnswer): AskEdge =>
  async () =>
    answer(now())
