/**
 * Takes in what isolates put into the queue: counts it, shows it to the desk that makes incidents, and to whoever watches. A message comes at least once; what was
 * done for it is not done twice, and what failed is tried again, later each time. A message that is no batch is refused for good and holds up nothing.
 */
import type { DecisionEvent } from '../policy/decision-event.ts'
import type { EventBatch } from '../policy/event-batch.ts'
import { readEventBatch } from '../policy/read-event-batch.ts'
import { isTooLate, type UsageStore } from './usage/store.ts'

/** The part of a queue's message that is used. */
export interface QueueMessage {
  readonly body: unknown
  /** 1 at first. */
  readonly attempts: number
  ack(): void
  retry(options: { readonly delaySeconds: number }): void
}

export interface ConsumerParts {
  readonly environment: string
  /** The counts; absent where no database is bound. */
  readonly store?: UsageStore
  /** Makes incidents. What it was shown before changes nothing. */
  readonly observe?: (batch: EventBatch) => Promise<void>
  /** Tells whoever watches, once for a delivery, by the id of its first batch; best effort. */
  readonly publish?: (events: readonly DecisionEvent[]) => Promise<void>
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** Must not throw. */
  readonly report: (event: ConsumerEvent) => void
}

export interface ConsumerEvent {
  readonly event: 'usage'
  readonly code: 'message_refused' | 'database_unreachable' | 'incidents_unreachable'
  readonly messages: number
  /** Of a refusal: what was wrong, without anything of what was there. */
  readonly detail?: string
}

export type Consumer = (messages: readonly QueueMessage[]) => Promise<void>

interface Taken {
  readonly message: QueueMessage
  readonly batch: EventBatch
}

const FIRST_DELAY_SECONDS = 15
const LONGEST_DELAY_SECONDS = 3_600
const CLOCKS_APART_MS = 3_600_000

export function createConsumer({ environment, store, observe, publish, clock, report }: ConsumerParts): Consumer {
  return async function consume(messages) {
    const now = Math.floor(clock() / 1000)
    const taken = await sorted(messages, now)
    const failed = new Set<QueueMessage>()
    const repeated = new Set<string>()
    await Promise.all([count(taken, now, failed, repeated), show(taken, failed)])
    await tell(taken.filter(({ message, batch }) => message.attempts === 1 && !repeated.has(batch.id)))
    for (const { message } of taken) {
      if (failed.has(message)) message.retry({ delaySeconds: delayAfter(message.attempts) })
      else message.ack()
    }
  }

  /** Those that are batches. The others are acknowledged: they would be no better the next time. */
  async function sorted(messages: readonly QueueMessage[], now: number): Promise<readonly Taken[]> {
    const refused: QueueMessage[] = []
    const taken = messages.flatMap((message): readonly Taken[] => {
      const read = readEventBatch(message.body)
      const fault = read.ok ? faultOf(read.value, now) : read.error
      if (read.ok && fault === undefined) return [{ message, batch: read.value }]
      report({ event: 'usage', code: 'message_refused', messages: 1, ...(fault !== undefined && { detail: fault }) })
      refused.push(message)
      return []
    })
    for (const message of refused) message.ack()
    // That it is counted as refused, too, is worth no second delivery.
    if (refused.length > 0) await store?.refuse(refused.length, now).catch(() => {})
    return taken
  }

  function faultOf(batch: EventBatch, now: number): string | undefined {
    if (batch.environment !== environment) return 'it is of another environment'
    if (isTooLate(batch, now)) return 'it is so old that nobody can say any more whether it was counted'
    return batch.to > clock() + CLOCKS_APART_MS ? 'its window has not begun' : undefined
  }

  /** Those that come for the first time together; each of the others alone, so that none can hold up its neighbours for longer than one delivery. */
  async function count(
    taken: readonly Taken[],
    now: number,
    failed: Set<QueueMessage>,
    repeated: Set<string>,
  ): Promise<void> {
    if (store === undefined) return
    const first = taken.filter(({ message }) => message.attempts === 1)
    const others = taken.filter(({ message }) => message.attempts > 1)
    for (const group of [...(first.length > 0 ? [first] : []), ...others.map((each) => [each])]) {
      try {
        const written = await store.write(
          group.map(({ batch }) => batch),
          now,
        )
        for (const id of written.repeated) repeated.add(id)
      } catch {
        for (const { message } of group) failed.add(message)
        report({ event: 'usage', code: 'database_unreachable', messages: group.length })
      }
    }
  }

  /** Not after the counts but beside them: a database that is away must not keep an incident from being seen. */
  async function show(taken: readonly Taken[], failed: Set<QueueMessage>): Promise<void> {
    if (observe === undefined) return
    let failures = 0
    for (const { message, batch } of taken) {
      try {
        await observe(batch)
      } catch {
        failures++
        failed.add(message)
      }
    }
    if (failures > 0) report({ event: 'usage', code: 'incidents_unreachable', messages: failures })
  }

  async function tell(taken: readonly Taken[]): Promise<void> {
    const events = taken.flatMap(({ batch }) => batch.decisions.map(({ event }) => event))
    if (events.length > 0) await publish?.(events).catch(() => {})
  }
}

/** 15 seconds, and twice as long each time up to an hour. */
export const delayAfter = (attempts: number): number =>
  Math.min(FIRST_DELAY_SECONDS * 2 ** Math.max(0, attempts - 1), LONGEST_DELAY_SECONDS)
