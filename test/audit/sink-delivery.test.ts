/**
 * Whatever sinks do, and whenever the runtime cuts background work off: each event goes out under one id alone, again under that id where it is sent again,
 * and ends as sent or as lost, once; and no sink's trouble reaches another.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createOutlets } from '../../src/audit/outlets.ts'
import { type Delivery, type Sink, TryLater, Undeliverable } from '../../src/audit/sink.ts'
import type { DecisionEvent } from '../../src/policy/decision-event.ts'
import { SPARSE_EVENT } from './decision-events.ts'

/** What a receiver does with an attempt. Of `unheard`, it takes the delivery and its answer is lost. */
type Deed = 'take' | 'fail' | 'unheard' | 'hang' | 'late' | 'refuse' | 'part' | 'busy'
const DEEDS: readonly Deed[] = ['take', 'fail', 'unheard', 'hang', 'late', 'refuse', 'part', 'busy']

type Step =
  | { readonly kind: 'put'; readonly events: number }
  | { readonly kind: 'pass'; readonly milliseconds: number }
  /** A request comes and its background runs what is due. */
  | { readonly kind: 'run' }
  /** The runtime stops what is under way. */
  | { readonly kind: 'freeze' }
  /** It does, a later request takes over, and then what was stopped goes on after all. */
  | { readonly kind: 'overtake' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('put' as const), events: fc.integer({ min: 1, max: 9 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      milliseconds: fc.constantFrom(10, 1_000, 5_000, 10_000, 16_000, 40_000),
    }),
  },
  { weight: 5, arbitrary: fc.constant({ kind: 'run' as const }) },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'freeze' as const }, { kind: 'overtake' as const }) },
)

/** Time under the test's hand. */
function clockInHand() {
  let now = 1_800_000_000_000
  let sleepers: { readonly until: number; readonly wake: (_: undefined) => void }[] = []
  let frozen: typeof sleepers = []
  const rest = () => new Promise((resolve) => setImmediate(resolve))
  const pause = (milliseconds: number): Promise<undefined> =>
    new Promise((wake) => sleepers.push({ until: now + milliseconds, wake }))
  return {
    clock: () => now,
    pause,
    settleWithin: <T>(work: Promise<T>, milliseconds: number) => Promise.race([work, pause(milliseconds)]),
    rest,
    async pass(milliseconds: number) {
      await rest()
      now += milliseconds
      const due = sleepers.filter(({ until }) => until <= now).toSorted((a, b) => a.until - b.until)
      sleepers = sleepers.filter(({ until }) => until > now)
      for (const { wake } of due) wake(undefined)
      await rest()
    },
    freeze() {
      frozen = [...frozen, ...sleepers]
      sleepers = []
    },
    thaw() {
      sleepers = [...sleepers, ...frozen]
      frozen = []
    },
  }
}

/** A sink of deeds, and what its receiver saw. After the last deed it takes everything. */
function scriptedSink(
  name: string,
  deeds: readonly Deed[],
  mostAtOnce: number,
  pause: (ms: number) => Promise<unknown>,
) {
  const attempts: { readonly delivery: Delivery; readonly deed: Deed }[] = []
  const script = [...deeds]
  const sink: Sink = {
    name,
    selects: () => true,
    takesNotices: false,
    mostAtOnce,
    async send(delivery) {
      const deed = script.shift() ?? 'take'
      attempts.push({ delivery, deed })
      if (deed === 'hang') await new Promise(() => {})
      if (deed === 'late') await pause(60_000)
      if (deed === 'fail' || deed === 'unheard') throw new TypeError('the connection broke')
      if (deed === 'busy') throw new TryLater('busy', 20_000)
      if (deed === 'refuse') throw new Undeliverable('refused')
      if (deed === 'part') throw new Undeliverable('refused in part', 1)
    },
  }
  return { sink, attempts }
}

const eventNamed = (number: number): DecisionEvent => ({ ...SPARSE_EVENT, decision: `event-${number}` })
const namesIn = ({ decisions }: Delivery) => decisions.map(({ decision }) => decision)

const plan = fc.record({
  deeds: fc.array(fc.array(fc.constantFrom(...DEEDS), { maxLength: 30 }), { minLength: 1, maxLength: 3 }),
  mostAtOnce: fc.integer({ min: 1, max: 5 }),
  steps: fc.array(step, { minLength: 1, maxLength: 40 }),
})

test('each event is sent under one id, or lost, and every attempt under an id is the same', async () => {
  await fc.assert(
    fc.asyncProperty(plan, async ({ deeds, mostAtOnce, steps }) => {
      const time = clockInHand()
      const troubled = deeds.map((each, index) => scriptedSink(`sink-${index}`, each, mostAtOnce, time.pause))
      const sound = scriptedSink('sound', [], mostAtOnce, time.pause)
      let ids = 0
      const outlets = createOutlets({
        ...time,
        environment: 'production',
        colo: undefined,
        sinks: [...troubled, sound].map(({ sink }) => sink),
        newId: () => `delivery-${ids++}`,
      })
      let events = 0
      let isSoundRunning = true

      const put = (count: number) => {
        const decisions = Array.from({ length: count }, () => ({ event: eventNamed(events++) }))
        outlets.put({ from: 0, to: 0, usage: [], decisions, notices: [] })
      }
      const overtake = async () => {
        time.freeze()
        await time.pass(40_000)
        outlets.run()
        await time.rest()
        time.thaw()
        await time.pass(10)
        isSoundRunning = true
      }
      const standings = () => new Map(outlets.health().sinks.map((standing) => [standing.sink, standing]))

      for (const each of steps) {
        if (each.kind === 'put') put(each.events)
        if (each.kind === 'pass') await time.pass(each.milliseconds)
        if (each.kind === 'freeze') time.freeze()
        if (each.kind === 'overtake') await overtake()
        if (each.kind === 'run') {
          outlets.run()
          await time.rest()
          isSoundRunning = true
        } else if (each.kind === 'put') isSoundRunning = false
        // Law: everything that was put in is accounted for at any time, in each sink.
        for (const { sent, lost, waiting } of standings().values()) expect(sent + lost + waiting).toBe(events)
        // Law: what goes well waits for nothing that does not.
        if (isSoundRunning) expect(standings().get('sound')).toMatchObject({ sent: events, lost: 0, waiting: 0 })
      }

      for (let round = 0; round < 400 && [...standings().values()].some(({ waiting }) => waiting > 0); round++) {
        outlets.run()
        await time.pass(10_000)
      }

      for (const { sink, attempts } of [...troubled, sound]) {
        const standing = standings().get(sink.name)
        expect(standing).toMatchObject({ waiting: 0 })
        const byId = Map.groupBy(attempts, ({ delivery }) => delivery.id)
        // Law: an id stands for the same events, however often it comes.
        for (const [, [first, ...others]] of byId)
          for (const other of others) expect(other.delivery).toEqual(first?.delivery)
        // Law: an event goes out under one id.
        const sentOut = [...byId.values()].flatMap(([first]) => (first === undefined ? [] : namesIn(first.delivery)))
        expect(new Set(sentOut).size).toBe(sentOut.length)
        expect(sentOut.length).toBe(events)
        // Law: what counts as sent was taken in full, save what its receiver rejected of it; all else is lost.
        const ends = [...byId.values()].map((tries) => tries.at(-1)).filter((end) => end !== undefined)
        const sent = ends.reduce((sum, { deed, delivery }) => sum + sentOf(deed, delivery), 0)
        expect(standing).toMatchObject({ sent, lost: events - sent })
      }
    }),
    { numRuns: 60 },
  )
})

/** Of a delivery whose last attempt ended so. */
const sentOf = (deed: Deed, delivery: Delivery): number =>
  deed === 'take' ? delivery.decisions.length : deed === 'part' ? delivery.decisions.length - 1 : 0

test('what there is no room for is lost, and counted', async () => {
  const time = clockInHand()
  const { sink, attempts } = scriptedSink('stuck', Array<Deed>(8).fill('fail'), 500, time.pause)
  const outlets = createOutlets({ ...time, environment: 'e', colo: undefined, sinks: [sink], newId: () => 'an-id' })
  const decisions = Array.from({ length: 6_000 }, (_, number) => ({ event: eventNamed(number) }))
  outlets.put({ from: 0, to: 0, usage: [], decisions, notices: [] })
  const [standing] = outlets.health().sinks
  expect((standing?.lost ?? 0) + (standing?.waiting ?? 0)).toBe(6_000)
  expect(standing?.lost).toBeGreaterThan(0)
  expect(attempts).toEqual([])
})
