/** Incidents: what makes one, what is known of it, and what becomes of it (docs/incidents.md). Plain data. */
import type { DecisionEvent } from './decision-event.ts'
import type { DenialCode } from './denial.ts'
import type { Identity, Notice } from './event-batch.ts'
import type { NonEmpty } from './result.ts'
import type { SecretName } from './secret-name.ts'

export const INCIDENT_SEVERITIES = ['low', 'medium', 'high', 'critical'] as const
export type IncidentSeverity = (typeof INCIDENT_SEVERITIES)[number]

/** What events are counted together: those of one token, one client, and so on; `all`: all of them. */
export const INCIDENT_GROUPS = ['token', 'subject', 'client', 'issuer', 'rule', 'service', 'all'] as const
export type IncidentGrouping = (typeof INCIDENT_GROUPS)[number]

/** What makes an incident. */
export type IncidentTrigger =
  /** So many decisions in so many seconds that have one of the codes, and one of the details where there are any. */
  | {
      readonly kind: 'denials'
      readonly codes: NonEmpty<DenialCode>
      readonly details?: NonEmpty<string>
      readonly by: IncidentGrouping
      readonly count: number
      readonly withinSeconds: number
    }
  /** A client exercises a scope of at least this sensitivity for the first time since `rememberDays`. */
  | { readonly kind: 'first-use'; readonly sensitivity: 'high' | 'critical'; readonly rememberDays: number }
  /** Something of ours: an event of another room, such as `release` / `release_damaged` or `revocation` / `stale`. */
  | { readonly kind: 'notice'; readonly event: string; readonly codes: NonEmpty<string> }

/** What is done at once, and for how long. Taken back like any mark. */
export type IncidentResponse =
  | { readonly kind: 'revoke'; readonly target: 'token' | 'client' | 'subject'; readonly forSeconds: number }
  | { readonly kind: 'suspend'; readonly forSeconds: number }

export interface IncidentRule {
  readonly name: string
  readonly severity: IncidentSeverity
  /** What it means, and what to do: for whoever is woken by it. */
  readonly description: string
  readonly trigger: IncidentTrigger
  /** An incident of the same rule and group takes further events in; a new one begins when it is closed and quiet for so long. */
  readonly quietSeconds: number
  readonly alerts: readonly string[]
  readonly response?: IncidentResponse
}

/** Whom an incident is told. */
export interface AlertChannel {
  readonly name: string
  readonly kind: 'webhook' | 'slack' | 'pagerduty'
  /** Absent with PagerDuty, which has one address, and where the address itself is the secret. */
  readonly url?: string
  /** The signing secret of a webhook, the secret address of a Slack hook, the routing key of PagerDuty. */
  readonly secret: SecretName
}

export interface IncidentPolicy {
  readonly rules: readonly IncidentRule[]
  readonly channels: readonly AlertChannel[]
}

export const INCIDENT_STATES = ['open', 'acknowledged', 'closed'] as const
export type IncidentState = (typeof INCIDENT_STATES)[number]

export interface Incident {
  /** `inc_` and a number of this environment's. */
  readonly id: string
  readonly rule: string
  readonly severity: IncidentSeverity
  readonly title: string
  readonly state: IncidentState
  /** What its events have in common, such as `client: partner`; names are treated as the environment says. */
  readonly group: { readonly by: IncidentGrouping; readonly name: string | null }
  /** ISO 8601. */
  readonly openedAt: string
  readonly lastEventAt: string
  /** Events that it is made of; the first ones and the last ones are its evidence. */
  readonly count: number
  readonly evidence: readonly (DecisionEvent | Notice)[]
  /** What was done by itself, and the entry of the revocation log by which it can be undone. */
  readonly response?: {
    readonly kind: IncidentResponse['kind']
    readonly entry?: number
    readonly until?: string
    readonly failed?: string
  }
  readonly history: readonly {
    readonly at: string
    readonly to: IncidentState
    /** Who did it: as the log names authors; absent: by itself. */
    readonly by?: string
    readonly note?: string
  }[]
  /** How telling went, by channel. */
  readonly alerts: readonly {
    readonly channel: string
    readonly state: 'pending' | 'sent' | 'failed'
    readonly attempts: number
  }[]
}

/** What is known of whom it is about, for whoever may revoke; beside the incident, never in an alert. */
export type IncidentSubject = Identity

/** GET /_scopewall/admin/incidents, the newest first; /_scopewall/admin/incidents/{incident} for one. */
export interface IncidentsAnswer {
  readonly incidents: readonly Incident[]
  readonly next: string | null
}
