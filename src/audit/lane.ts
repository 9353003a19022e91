/**
 * The way to one sink: what waits for it, one delivery at a time, again where it failed. Bounded in everything, and alone: whatever its sink does, rejects, throws or never
 * answers, nobody else waits for it. Each event that is put in ends as sent or as lost, once, or still waits.
 */
import { TryLater, Undeliverable } from './sink.ts'

export interface LaneParts<Item, Parcel> {
  readonly name: string
  /** Makes a delivery of what waits longest, and says how many items are in it: at least one. */
  readonly pack: (waiting: readonly Item[]) => { readonly parcel: Parcel; readonly items: number }
  readonly send: (parcel: Parcel, signal: AbortSignal) => Promise<unknown>
  /** What an item counts as. */
  readonly weigh: (item: Item) => number
  readonly mostWaiting: number
  /** Told of items that are lost. Must not throw. */
  readonly onLost?: (items: readonly Item[]) => void
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  readonly pause: (milliseconds: number) => Promise<unknown>
  /** What the work comes to, or undefined once the time is up. Rejects with the work. */
  readonly settleWithin: <T>(work: Promise<T>, milliseconds: number) => Promise<T | undefined>
}

export interface LaneHealth {
  readonly sink: string
  readonly sent: number
  readonly lost: number
  readonly waiting: number
  /** Whether the last attempt failed. */
  readonly isFailing: boolean
}

export interface Lane<Item> {
  /** What there is no room for is lost. */
  put(items: readonly Item[]): void
  /** Delivers what waits until nothing does, it fails for too long, or its time is up. Never rejects. Undefined: there is nothing to do, or somebody does it. */
  run(): Promise<void> | undefined
  health(): LaneHealth
}

/** A sink that has not answered by then has failed. */
export const ATTEMPT_MS = 10_000
const MOST_ATTEMPTS = 8
const FIRST_PAUSE_MS = 1_000
const MOST_PAUSE_MS = 60_000
/** The runtime may cancel what outlives its request for longer than half a minute: no attempt begins after that. */
const RUN_MS = 15_000
/** After that, a run that began and never ended is given up. */
const PATIENCE_MS = RUN_MS + ATTEMPT_MS + 5_000

export function createLane<Item, Parcel>(parts: LaneParts<Item, Parcel>): Lane<Item> {
  const { name, pack, send, weigh, mostWaiting, onLost, clock, pause, settleWithin } = parts
  let waiting: Item[] = []
  /** The delivery that is under way or is tried again. Its items are at the head of those that wait. */
  let current: { readonly parcel: Parcel; readonly items: number; attempts: number } | undefined
  let turn = 0
  let busyUntil = Number.NEGATIVE_INFINITY
  let retryAt = Number.NEGATIVE_INFINITY
  let isFailing = false
  const counts = { sent: 0, lost: 0 }

  return {
    put(items) {
      const room = Math.max(0, mostWaiting - waiting.length)
      waiting.push(...items.slice(0, room))
      lose(items.slice(room))
    },
    run() {
      const now = clock()
      if (waiting.length === 0 || now < busyUntil || now < retryAt) return undefined
      busyUntil = now + PATIENCE_MS
      return deliver(++turn, now + RUN_MS)
    },
    health: () => ({ sink: name, ...counts, waiting: waiting.length, isFailing }),
  }

  /** `mine`: who began later takes over, and what becomes of an attempt of before is nobody's concern any more: it is made again. */
  async function deliver(mine: number, until: number): Promise<void> {
    while (waiting.length > 0 && turn === mine) {
      current ??= { ...pack(waiting), attempts: 0 }
      current.attempts++
      const outcome = await attempt(current.parcel)
      if (turn !== mine) return
      const delay = conclude(current, outcome)
      if (delay === 0) continue
      if (clock() + delay > until) break
      await pause(delay)
    }
    if (turn === mine) busyUntil = Number.NEGATIVE_INFINITY
  }

  async function attempt(parcel: Parcel): Promise<Outcome> {
    const abort = new AbortController()
    try {
      const sending = send(parcel, abort.signal).then((): Outcome => SENT)
      return (await settleWithin(sending, ATTEMPT_MS)) ?? FAILED
    } catch (fault) {
      if (fault instanceof Undeliverable) return { kind: 'refused', lost: fault.lost }
      return fault instanceof TryLater ? { kind: 'failed', afterMs: fault.afterMs } : FAILED
    } finally {
      abort.abort()
    }
  }

  /** How long to wait before the next attempt. */
  function conclude(delivery: NonNullable<typeof current>, outcome: Outcome): number {
    isFailing = outcome.kind !== 'sent'
    retryAt = Number.NEGATIVE_INFINITY
    if (outcome.kind === 'failed' && delivery.attempts < MOST_ATTEMPTS) {
      const delay = Math.min(
        Math.max(FIRST_PAUSE_MS * 2 ** (delivery.attempts - 1), outcome.afterMs ?? 0),
        MOST_PAUSE_MS,
      )
      retryAt = clock() + delay
      return delay
    }
    const items = waiting.slice(0, delivery.items)
    waiting = waiting.slice(delivery.items)
    current = undefined
    if (outcome.kind === 'sent') counts.sent += weightOf(items)
    else if (outcome.kind === 'refused' && outcome.lost !== undefined) {
      counts.sent += weightOf(items) - outcome.lost
      counts.lost += outcome.lost
    } else lose(items)
    return 0
  }

  function lose(items: readonly Item[]): void {
    if (items.length === 0) return
    counts.lost += weightOf(items)
    onLost?.(items)
  }

  function weightOf(items: readonly Item[]): number {
    return items.reduce((sum, item) => sum + weigh(item), 0)
  }
}

type Outcome =
  | { readonly kind: 'sent' }
  | { readonly kind: 'failed'; readonly afterMs?: number }
  /** `lost`: so many of them; undefined: all. */
  | { readonly kind: 'refused'; readonly lost: number | undefined }

const SENT: Outcome = { kind: 'sent' }
const FAILED: Outcome = { kind: 'failed' }
