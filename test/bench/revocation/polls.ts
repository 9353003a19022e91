/**
 * How often the log is asked as isolates grow, simulated beyond what one machine can run: the gate's own mirror, a cache for each data centre, requests at random times, and
 * answers that take a while, on a clock that is only counted.
 */
import type { Changes, Cursor } from '../../../src/policy/revocation-log.ts'
import type { SharedAnswer } from '../../../src/revocation/colo-cache.ts'
import { createMirror } from '../../../src/revocation/mirror.ts'

export interface Fleet {
  readonly dataCentres: number
  readonly isolatesEach: number
  /** Of each isolate, at random times. */
  readonly requestsPerSecond: number
}

export interface PollFigures extends Fleet {
  readonly isolates: number
  readonly pollsPerSecond: number
  /** What it would be if nothing were shared. */
  readonly pollsPerSecondAlone: number
  /** Milliseconds: the age of what an isolate knew when it judged a request, once it had begun. */
  readonly oldest: number
}

/** From a data centre to the log and back, and to its own cache and back. */
const LOG_MS = 120
const CACHE_MS = 2
const SECONDS = 30
const WARM_UP_SECONDS = 6
const POLICY = { pollSeconds: 2, maxAgeSeconds: 5, maxStaleSeconds: 60, whenStale: 'refuse-critical' } as const

export async function simulatePolls(fleet: Fleet): Promise<PollFigures> {
  const shared = await run(fleet, true)
  const alone = await run(fleet, false)
  return {
    ...fleet,
    isolates: fleet.dataCentres * fleet.isolatesEach,
    pollsPerSecond: shared.polls / (SECONDS - WARM_UP_SECONDS),
    pollsPerSecondAlone: alone.polls / (SECONDS - WARM_UP_SECONDS),
    oldest: shared.oldest,
  }
}

async function run(fleet: Fleet, isShared: boolean): Promise<{ readonly polls: number; readonly oldest: number }> {
  const random = randomFrom(20_261_128)
  const agenda = createAgenda()
  let polls = 0
  let oldest = 0
  const log = {
    changes: (after: Cursor | undefined): Promise<Changes> => {
      if (agenda.now() >= WARM_UP_SECONDS * 1000) polls++
      return agenda.later(LOG_MS, after === undefined ? BEGIN : QUIET)
    },
  }
  for (let centre = 0; centre < fleet.dataCentres; centre++) {
    const answers = new Map<string, SharedAnswer>()
    const claims = new Map<string, number>()
    const keyOf = (after: Cursor | undefined) => String(after?.seq)
    const cache = {
      load: (after: Cursor | undefined) => agenda.later(CACHE_MS, answers.get(keyOf(after))),
      save: async (after: Cursor | undefined, answer: SharedAnswer) => {
        await agenda.later(CACHE_MS, undefined)
        answers.set(keyOf(after), answer)
      },
      claimedAt: (after: Cursor | undefined) => agenda.later(CACHE_MS, claims.get(keyOf(after))),
      claim: async (after: Cursor | undefined, now: number) => {
        await agenda.later(CACHE_MS, undefined)
        claims.set(keyOf(after), now)
      },
    }
    for (let each = 0; each < fleet.isolatesEach; each++) {
      const mirror = createMirror({
        policy: POLICY,
        log,
        ...(isShared && { shared: cache }),
        read: async () => undefined,
        settleWithin: (work, milliseconds) => Promise.race([work, agenda.later(milliseconds, undefined)]),
        clock: agenda.now,
        report: () => undefined,
      })
      const arrive = async (): Promise<void> => {
        agenda.at(agenda.now() - (Math.log(1 - random()) * 1000) / fleet.requestsPerSecond, arrive)
        await mirror.ready(agenda.now(), () => undefined)
        const { ageSeconds = 0 } = mirror.status(agenda.now())
        if (agenda.now() >= WARM_UP_SECONDS * 1000) oldest = Math.max(oldest, ageSeconds)
      }
      agenda.at(random() * 1000, arrive)
    }
  }
  await agenda.runUntil(SECONDS * 1000)
  return { polls, oldest }
}

const HEAD: Cursor = { seq: 1, hash: 'A'.repeat(43) }
const BEGIN: Changes = { kind: 'resync', head: HEAD }
const QUIET: Changes = { kind: 'changes', states: [], cursor: HEAD, head: HEAD }

type Happening = () => unknown

/** What happens when, on a clock of its own. Two things at once happen in the order in which they were put down. */
function createAgenda() {
  const heap: { readonly time: number; readonly happen: Happening }[] = []
  let time = 0
  const at = (when: number, happen: Happening): void => {
    let place = heap.push({ time: when, happen }) - 1
    for (let parent = (place - 1) >> 1; place > 0 && isBefore(heap, place, parent); parent = (place - 1) >> 1) {
      swap(heap, place, parent)
      place = parent
    }
  }
  const next = () => {
    const first = heap[0]
    const last = heap.pop()
    if (last !== undefined && heap.length > 0) {
      heap[0] = last
      sink(heap)
    }
    return first
  }
  return {
    now: () => time,
    at,
    later: <Value>(milliseconds: number, value: Value): Promise<Value> =>
      new Promise((resolve) => at(time + milliseconds, () => resolve(value))),
    async runUntil(end: number): Promise<void> {
      for (let event = next(); event !== undefined && event.time <= end; event = next()) {
        time = event.time
        event.happen()
        // Whatever follows from it without waiting happens before the next.
        await new Promise(setImmediate)
      }
    },
  }
}

interface Timed {
  readonly time: number
}

const isBefore = (heap: readonly Timed[], a: number, b: number): boolean =>
  (heap[a]?.time ?? Number.POSITIVE_INFINITY) < (heap[b]?.time ?? Number.POSITIVE_INFINITY)

function swap<T>(heap: T[], a: number, b: number): void {
  const [one, other] = [heap[a], heap[b]]
  if (one === undefined || other === undefined) return
  heap[a] = other
  heap[b] = one
}

function sink(heap: Timed[]): void {
  for (let place = 0; ; ) {
    const [left, right] = [2 * place + 1, 2 * place + 2]
    const least = isBefore(heap, right, left) ? right : left
    if (!isBefore(heap, least, place)) return
    swap(heap, place, least)
    place = least
  }
}

/** A fixed sequence (mulberry32), so that two runs print the same. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
