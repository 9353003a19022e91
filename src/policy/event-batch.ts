/** What an isolate sends to be counted and kept: one message of the queue. Plain data. The consumer counts a batch once, however often it comes. */
import type { DecisionEvent } from './decision-event.ts'
import type { DenialCode } from './denial.ts'
import type { UsageRow } from './usage.ts'

export const EVENT_BATCH_FORMAT = 1

/** Whom an automatic answer to an incident would be about: names as marks have them. Stays within the deployment; no sink gets it. */
export interface Identity {
  readonly issuer: string
  readonly client?: string
  readonly subject?: string
  readonly fingerprint?: string
}

export interface RecordedDecision {
  readonly event: DecisionEvent
  /** Absent where no token was verified, or it was known only by its signature. */
  readonly who?: Identity
}

/** Requests of one window that were alike in everything that is counted. All requests are counted, whether or not each has an event of its own. */
export interface UsageTally {
  /** What a replay needs (docs/usage.md). `client` is treated as the environment says. */
  readonly row: Omit<UsageRow, 'format' | 'environment' | 'from' | 'to' | 'count'>
  readonly rule?: string
  readonly service?: string
  readonly issuer?: string
  /** The alternative that let them in. */
  readonly by?: readonly string[]
  /** Of the scopes that the tokens hold, those that this alternative rests on: the scope itself, or one that implies it. */
  readonly exercised?: readonly string[]
  /** All denials, where there were any; the first one decides. */
  readonly codes?: readonly DenialCode[]
  readonly missing?: readonly string[]
  readonly deprecated?: readonly string[]
  /** As in `DecisionEvent`: of requests that no rule covers. */
  readonly shape?: string
  readonly count: number
}

/** Something happened that is no decision: an event of another room, as it was logged. `event` and `code` are stable. */
export interface Notice {
  readonly at: string
  readonly event: string
  readonly code: string
  readonly fields: Readonly<Record<string, string | number | boolean>>
}

/** How a sink of this isolate fared since the last batch. */
export interface SinkReport {
  readonly sink: string
  readonly sent: number
  /** Events that did not get through and never will. */
  readonly lost: number
}

export interface EventBatch {
  readonly format: typeof EVENT_BATCH_FORMAT
  /** A UUID that was never there before. */
  readonly id: string
  readonly environment: string
  readonly colo?: string
  /** Of the window: milliseconds since the epoch. */
  readonly from: number
  readonly to: number
  readonly usage: readonly UsageTally[]
  /** Every refused and every observed request, and those of the allowed ones that are sampled. */
  readonly decisions: readonly RecordedDecision[]
  readonly notices: readonly Notice[]
  readonly sinks: readonly SinkReport[]
  /** Requests that this isolate could not count: there were more in the window than it has room for. */
  readonly uncounted: number
}
