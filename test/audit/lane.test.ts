/** The way to a sink: whatever the sink does, each event ends as sent or as lost, once, or still waits. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ATTEMPT_MS, createLane, type Lane } from '../../src/audit/lane.ts'
import { TryLater, Undeliverable } from '../../src/audit/sink.ts'

/** What a sink does with a delivery. `dies`: the runtime ends the run that waits for it. */
type Behaviour = 'takes' | 'rejects' | 'throws' | 'hangs' | 'refuses' | 'refuses-some' | 'later' | 'dies'

interface Setup {
  readonly lane: Lane<number>
  readonly taken: number[][]
  readonly lost: number[]
  now(): number
  /** Lets so much time pass. */
  wait(milliseconds: number): void
}

const NEVER = new Promise<never>(() => {})

function setup(behaviours: Behaviour[], mostWaiting = 10, mostAtOnce = 3): Setup {
  let now = 0
  const taken: number[][] = []
  const lost: number[] = []
  const pause = async (milliseconds: number) => {
    now += milliseconds
  }
  const lane = createLane<number, readonly number[]>({
    name: 'sink',
    pack: (waiting) => ({ parcel: waiting.slice(0, mostAtOnce), items: Math.min(mostAtOnce, waiting.length) }),
    send(parcel) {
      const behaviour = behaviours.shift() ?? 'takes'
      if (behaviour === 'throws') throw new Error('at once')
      if (behaviour === 'rejects') return Promise.reject(new Error('no'))
      if (behaviour === 'later') return Promise.reject(new TryLater('busy', 3_000))
      if (behaviour === 'refuses') return Promise.reject(new Undeliverable('never'))
      if (behaviour === 'refuses-some') return Promise.reject(new Undeliverable('one of them', 1))
      if (behaviour === 'hangs' || behaviour === 'dies') return NEVER
      taken.push([...parcel])
      return Promise.resolve()
    },
    weigh: () => 1,
    mostWaiting,
    onLost: (items) => lost.push(...items),
    clock: () => now,
    pause,
    settleWithin: async (work, milliseconds) => {
      const isOver = Symbol('over')
      const first = await Promise.race([
        work,
        Promise.resolve()
          .then(() => pauseTicks(20))
          .then(() => isOver),
      ])
      if (first !== isOver) return work
      now += milliseconds
      return undefined
    },
  })
  return {
    lane,
    taken,
    lost,
    now: () => now,
    wait: (milliseconds) => {
      now += milliseconds
    },
  }
}

async function pauseTicks(ticks: number): Promise<void> {
  for (let tick = 0; tick < ticks; tick++) await Promise.resolve()
}

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index)

test('what waits is delivered in order, a bounded part at a time', async () => {
  const { lane, taken } = setup([])
  lane.put(numbers(7))
  await lane.run()
  expect(taken).toEqual([[0, 1, 2], [3, 4, 5], [6]])
  expect(lane.health()).toEqual({ sink: 'sink', sent: 7, lost: 0, waiting: 0, isFailing: false })
})

test('a delivery that failed is made again as it was, however it failed', async () => {
  const { lane, taken, wait } = setup(['throws', 'rejects', 'hangs', 'later'])
  lane.put(numbers(2))
  const run = lane.run()
  lane.put([2])
  await run
  for (let rounds = 0; rounds < 5 && lane.health().waiting > 0; rounds++) {
    wait(60_000)
    await lane.run()
  }
  expect(taken).toEqual([[0, 1], [2]])
  expect(lane.health()).toMatchObject({ sent: 3, lost: 0 })
})

test('a sink that is down loses a delivery after some attempts, and that is counted', async () => {
  const { lane, wait } = setup(Array.from({ length: 8 }, () => 'rejects' as const))
  lane.put(numbers(4))
  for (let rounds = 0; rounds < 20; rounds++) {
    await lane.run()
    wait(60_000)
  }
  expect(lane.health()).toEqual({ sink: 'sink', sent: 1, lost: 3, waiting: 0, isFailing: false })
})

test('what the receiver will never take is lost at once, also where it is a part', async () => {
  const { lane, lost } = setup(['refuses', 'refuses-some'])
  lane.put(numbers(6))
  await lane.run()
  expect(lane.health()).toMatchObject({ sent: 2, lost: 4 })
  expect(lost).toEqual([0, 1, 2])
})

test('what there is no room for is lost, and what waited stays', async () => {
  const { lane, taken, lost } = setup([])
  lane.put(numbers(12))
  await lane.run()
  expect(lost).toEqual([10, 11])
  expect(taken.flat()).toEqual(numbers(10))
})

test('a run waits for no sink for longer than an attempt may take', async () => {
  const { lane, now } = setup(['hangs'])
  lane.put([1])
  await lane.run()
  expect(now()).toBeLessThan(2 * ATTEMPT_MS + 20_000)
})

test('there is one run at a time, and one that died is taken over', async () => {
  const { lane, taken, wait } = setup(['takes'])
  lane.put([1])
  const first = lane.run()
  expect(lane.run()).toBeUndefined()
  await first
  expect(taken).toEqual([[1]])
  wait(1)
  expect(lane.run()).toBeUndefined()
})

test('nothing is lost or doubled without being counted, whatever the sink does', async () => {
  const behaviour = fc.constantFrom<Behaviour>(
    'takes',
    'rejects',
    'throws',
    'hangs',
    'refuses',
    'refuses-some',
    'later',
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(behaviour, { maxLength: 40 }),
      fc.array(fc.record({ put: fc.nat(8), wait: fc.nat(100_000) }), { minLength: 1, maxLength: 15 }),
      async (behaviours, steps) => {
        const { lane, taken, wait } = setup([...behaviours])
        let given = 0
        for (const step of steps) {
          lane.put(numbers(step.put, given))
          given += step.put
          await lane.run()
          wait(step.wait)
          const { sent, lost, waiting } = lane.health()
          expect(sent + lost + waiting).toBe(given)
        }
        const delivered = taken.flat()
        expect(new Set(delivered).size).toBe(delivered.length)
        expect(lane.health().sent).toBeGreaterThanOrEqual(delivered.length)
      },
    ),
    { numRuns: 300 },
  )
})
