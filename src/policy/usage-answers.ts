/** What can be asked of the counts, and what is told: the admin API, the command line and the console have it alike (docs/usage.md). Plain data. */
import type { DecisionEvent, Outcome } from './decision-event.ts'
import type { DenialCode } from './denial.ts'

export const PERIODS = ['minute', 'hour', 'day'] as const
export type Period = (typeof PERIODS)[number]

export const TRAFFIC_GROUPS = ['outcome', 'service', 'rule', 'client', 'code'] as const
export type TrafficGrouping = (typeof TRAFFIC_GROUPS)[number]

/** `from` inclusive, `to` exclusive, both ISO 8601 and at the beginning of a period. */
export interface Window {
  readonly from: string
  readonly to: string
}

/** Requests in time. GET /_scopewall/admin/usage/traffic */
export interface TrafficAnswer extends Window {
  readonly period: Period
  readonly by: TrafficGrouping
  /** The beginning of each period, ascending; the counts of each series stand in the same places. */
  readonly at: readonly string[]
  /** The busiest first; at most 50, then one named `null` that has the others together. */
  readonly series: readonly {
    readonly name: string | null
    readonly counts: readonly number[]
    readonly total: number
  }[]
}

/** One scope of the active release, or one that tokens hold and the release does not know. GET /_scopewall/admin/usage/scopes */
export interface ScopeUsage {
  readonly scope: string
  /** Whether the active release defines it; false: a shadow scope. */
  readonly isKnown: boolean
  /** Requests that it let in, and those that it was missing for. */
  readonly exercised: number
  readonly missing: number
  /** Requests that were let in and whose token held it, needed or not. */
  readonly held: number
  /** Clients that exercised it. */
  readonly clients: number
  /** ISO 8601 day; absent: never since counting began. */
  readonly lastExercised?: string
  readonly lastHeld?: string
  /** Requests by day that it let in, one for each day of the window. */
  readonly trend: readonly number[]
}

export interface ScopesAnswer extends Window {
  /** ISO 8601: since when there are counts at all. Nobody can say that a scope is unused since before. */
  readonly countedSince: string | null
  readonly scopes: readonly ScopeUsage[]
}

/** What a client holds and what of that it uses. GET /_scopewall/admin/usage/clients */
export interface ClientUsage {
  readonly issuer: string
  /** As the environment treats it; `null`: tokens without a client. */
  readonly client: string | null
  readonly allowed: number
  readonly observed: number
  readonly denied: number
  readonly lastSeen: string
  readonly granted: readonly { readonly scope: string; readonly exercised: number; readonly lastExercised?: string }[]
  /**
   * What its requests of the window and of the 92 days before its end would have needed, implied scopes taken apart: the least that lets the same requests in.
   * Empty where none was let in, too: then nothing is known of what it needs.
   */
  readonly suggested: readonly string[]
  readonly trend: readonly number[]
}

export interface ClientsAnswer extends Window {
  readonly countedSince: string | null
  readonly clients: readonly ClientUsage[]
}

/** Paths that no rule covers, without what could name somebody. GET /_scopewall/admin/usage/unmapped */
export interface UnmappedAnswer extends Window {
  readonly paths: readonly {
    readonly host: string
    readonly method: string
    readonly shape: string
    readonly count: number
    readonly lastSeen: string
  }[]
}

/** Deprecated scopes and who still rests on them. GET /_scopewall/admin/usage/deprecated */
export interface DeprecatedAnswer extends Window {
  readonly scopes: readonly {
    readonly scope: string
    readonly since: string
    readonly sunset?: string
    /** Below zero: it has passed. */
    readonly daysToSunset?: number
    readonly replacedBy: readonly string[]
    readonly clients: readonly {
      readonly issuer: string
      readonly client: string | null
      readonly count: number
      readonly lastSeen: string
    }[]
  }[]
}

/** Requests that `observe` let through, and would not have been let in. GET /_scopewall/admin/usage/observed */
export interface ObservedAnswer extends Window {
  readonly requests: readonly {
    readonly rule: string
    readonly issuer: string
    readonly client: string | null
    readonly codes: readonly DenialCode[]
    readonly missing: readonly string[]
    readonly count: number
    readonly lastSeen: string
  }[]
}

/** How the sinks fared. GET /_scopewall/admin/usage/sinks */
export interface SinksAnswer extends Window {
  readonly sinks: readonly {
    readonly sink: string
    readonly sent: number
    readonly lost: number
    readonly lastLost?: string
  }[]
  readonly uncounted: number
  /** Batches that came again and were not counted again. */
  readonly repeated: number
}

export interface DecisionQuery {
  readonly outcome?: Outcome
  readonly code?: DenialCode
  readonly rule?: string
  readonly service?: string
  readonly client?: string
  readonly scope?: string
  /** ISO 8601; only older ones: for the next page. */
  readonly before?: string
  readonly limit: number
}

/** The newest first. GET /_scopewall/admin/decisions, and /_scopewall/admin/decisions/{decision} for one. */
export interface DecisionsAnswer {
  readonly decisions: readonly DecisionEvent[]
  readonly next: string | null
}
