/** Where events go. Each sink gets them in batches of its own, at its own pace, and fails alone (docs/events.md). */
import type { DecisionEvent } from '../policy/decision-event.ts'
import type { Notice } from '../policy/event-batch.ts'
import type { SinkSelection } from '../policy/event-policy.ts'
import type { SecretName } from '../policy/secret-name.ts'

/** The events of one attempt. The same again where it is tried again. */
export interface Delivery {
  /** A UUID that was never there before, so that whoever gets it twice can tell. */
  readonly id: string
  readonly environment: string
  readonly decisions: readonly DecisionEvent[]
  readonly notices: readonly Notice[]
}

export interface Sink {
  /** Unique in its environment. */
  readonly name: string
  /** Which decisions it wants. Notices go to every sink that takes any. */
  readonly selects: (event: DecisionEvent) => boolean
  readonly takesNotices: boolean
  /** Decisions and notices of one delivery, together. */
  readonly mostAtOnce: number
  /**
   * Rejects where the delivery did not get through: it is tried again, not before `TryLater` says, and not at all where the reason is `Undeliverable`.
   * `signal` is aborted when its time is up; whatever it does then counts as a failure.
   */
  readonly send: (delivery: Delivery, signal: AbortSignal) => Promise<void>
}

/** No further attempt would help: the receiver does not take this delivery and never will. */
export class Undeliverable extends Error {
  /** How many events of it are lost; undefined: all. */
  readonly lost: number | undefined

  constructor(message: string, lost?: number) {
    super(message)
    this.lost = lost
  }
}

/** It did not get through, and the receiver says how long to leave it alone. */
export class TryLater extends Error {
  readonly afterMs: number

  constructor(message: string, afterMs: number) {
    super(message)
    this.afterMs = afterMs
  }
}

export const selectorOf =
  (selection: SinkSelection): Sink['selects'] =>
  (event) =>
    selection === 'all' || event.outcome !== 'allow'

/** What sinks reach the world with. */
export interface SinkParts {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** The value of a secret. Throws where there is none. */
  readonly secret: (name: SecretName) => string
  /** A binding of the Worker; undefined where it is not bound. */
  readonly binding: (name: string) => unknown
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}
