/** What becomes of a window once it is counted: to each sink what it selects, and all of it to the queue; and what of it was lost on the way. */
import type { DecisionEvent } from '../policy/decision-event.ts'
import type { EventBatch, Notice, SinkReport } from '../policy/event-batch.ts'
import { batchesOf, eventsIn, requestsIn, type WindowContent } from './batch.ts'
import type { EventQueue } from './event-queue.ts'
import { createLane, type Lane, type LaneHealth, type LaneParts } from './lane.ts'
import type { Delivery, Sink } from './sink.ts'

export interface Window extends Pick<WindowContent, 'usage' | 'decisions' | 'notices'> {
  /** Milliseconds since the epoch. */
  readonly from: number
  readonly to: number
}

export interface Outlets {
  /** Without waiting. */
  put(window: Window): void
  /** Begins to deliver what waits, each for itself; the promises never reject. */
  run(): readonly Promise<void>[]
  /** Requests that nobody will count. */
  notCounted(requests: number): void
  health(): OutletHealth
}

export interface OutletHealth {
  /** The queue's own comes last, where there is one. */
  readonly sinks: readonly LaneHealth[]
  /** Whether anything is counted at all. */
  readonly isCounting: boolean
  /** Requests of this isolate that were not counted and never will be. */
  readonly uncounted: number
}

export interface OutletParts extends Pick<LaneParts<unknown, unknown>, 'clock' | 'pause' | 'settleWithin'> {
  readonly environment: string
  /** As Cloudflare names the data centre; undefined where nobody says. */
  readonly colo: string | undefined
  readonly sinks: readonly Sink[]
  /** Where everything is counted; without it, nothing is. */
  readonly queue?: EventQueue
  /** A UUID that was never there before. */
  readonly newId: () => string
}

type SinkItem = DecisionEvent | Notice

/** The name of the queue's own lane among those of the sinks. */
export const QUEUE_LANE = 'queue'
const MOST_WAITING_EVENTS = 5_000
const MOST_WAITING_BATCHES = 50

export function createOutlets(parts: OutletParts): Outlets {
  const { environment, colo, queue, newId } = parts
  const sinks = parts.sinks.map((sink) => ({ sink, lane: sinkLane(sink, parts) }))
  const queueLane = queue && laneToQueue(queue, parts, giveBack)
  const lanes = [...sinks.map(({ lane }) => lane), ...(queueLane === undefined ? [] : [queueLane])]
  const told = new Map<string, Pick<SinkReport, 'sent' | 'lost'>>()
  let uncounted = 0
  let untold = 0

  return {
    put({ from, to, usage, decisions, notices }) {
      const events = decisions.map(({ event }) => event)
      for (const { sink, lane } of sinks)
        lane.put([...events.filter(sink.selects), ...(sink.takesNotices ? notices : [])])
      if (queueLane === undefined) return
      const reports = reportsNow()
      const heading = { environment, ...(colo !== undefined && { colo }), from, to }
      const batches = batchesOf(heading, { usage, decisions, notices, sinks: reports, uncounted: untold }, newId)
      if (batches.length === 0) return
      noteTold(reports, 1)
      untold = 0
      queueLane.put(batches)
    },
    run: () => lanes.flatMap((lane) => lane.run() ?? []),
    notCounted,
    health: () => ({ sinks: lanes.map((lane) => lane.health()), isCounting: queueLane !== undefined, uncounted }),
  }

  function notCounted(requests: number): void {
    uncounted += requests
    untold += requests
  }

  /** How the sinks fared since it was last told. */
  function reportsNow(): readonly SinkReport[] {
    return lanes.flatMap((lane) => {
      const { sink, sent, lost } = lane.health()
      const before = told.get(sink) ?? NOTHING
      const since = { sink, sent: sent - before.sent, lost: lost - before.lost }
      return since.sent === 0 && since.lost === 0 ? [] : [since]
    })
  }

  function noteTold(reports: readonly SinkReport[], sign: 1 | -1): void {
    for (const { sink, sent, lost } of reports) {
      const before = told.get(sink) ?? NOTHING
      told.set(sink, { sent: before.sent + sign * sent, lost: before.lost + sign * lost })
    }
  }

  /** What lost messages counted is not counted; what they would have told, a later one tells. */
  function giveBack(batches: readonly EventBatch[]): void {
    for (const batch of batches) {
      uncounted += requestsIn(batch) - batch.uncounted
      untold += requestsIn(batch)
      noteTold(batch.sinks, -1)
    }
  }
}

const NOTHING = { sent: 0, lost: 0 }

function sinkLane(sink: Sink, { environment, newId, clock, pause, settleWithin }: OutletParts): Lane<SinkItem> {
  return createLane<SinkItem, Delivery>({
    name: sink.name,
    pack(waiting) {
      const items = waiting.slice(0, Math.max(1, sink.mostAtOnce))
      const decisions = items.filter(isDecision)
      const notices = items.filter((item): item is Notice => !isDecision(item))
      return { parcel: { id: newId(), environment, decisions, notices }, items: items.length }
    },
    send: async (delivery, signal) => sink.send(delivery, signal),
    weigh: () => 1,
    mostWaiting: MOST_WAITING_EVENTS,
    clock,
    pause,
    settleWithin,
  })
}

const isDecision = (item: SinkItem): item is DecisionEvent => item.event === 'decision'

function laneToQueue(
  queue: EventQueue,
  { clock, pause, settleWithin }: OutletParts,
  onLost: (batches: readonly EventBatch[]) => void,
): Lane<EventBatch> {
  return createLane<EventBatch, EventBatch | undefined>({
    name: QUEUE_LANE,
    pack: ([first]) => ({ parcel: first, items: 1 }),
    send: async (batch) => batch && queue.send(batch, { contentType: 'json' }),
    weigh: eventsIn,
    mostWaiting: MOST_WAITING_BATCHES,
    onLost,
    clock,
    pause,
    settleWithin,
  })
}
