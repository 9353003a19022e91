/** Incidents: what makes one, what is known of it, and what becomes of it (docs/incidents.md). Plain data. */
import type { DecisionEvent } from './decision-event.ts'
import type { DenialCode } from './denial.ts'
import type { EventBatch, Identity, Notice } from './event-batch.ts'
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
  /**
   * A client exercises a scope of at least this sensitivity for the first time since `rememberDays`. In the first `learnSeconds` of all, when every use is
   * the first that is known, uses are remembered and nothing else.
   */
  | {
      readonly kind: 'first-use'
      readonly sensitivity: 'high' | 'critical'
      /** Of those, only these. */
      readonly scopes?: NonEmpty<string>
      readonly rememberDays: number
      readonly learnSeconds: number
    }
  /** Something of ours: an event of another room, such as `release` / `release_damaged` or `revocation` / `stale`. */
  | {
      readonly kind: 'notice'
      readonly notices: NonEmpty<AwaitedNotice>
    }

/** `any`: whatever its code. */
export interface AwaitedNotice {
  readonly event: string
  readonly codes: NonEmpty<string> | 'any'
}

/** Whom a revocation of its own accord can be about: never more than the events have in common. */
export const RESPONSE_TARGETS = ['token', 'subject', 'client'] as const
export type ResponseTarget = (typeof RESPONSE_TARGETS)[number]

/** What is done at once, and for how long. Taken back like any mark. `suspend`: of a first use, the scope for that client. */
export type IncidentResponse =
  | { readonly kind: 'revoke'; readonly target: ResponseTarget; readonly forSeconds: number }
  | { readonly kind: 'suspend'; readonly forSeconds: number }

export interface IncidentRule {
  readonly name: string
  readonly severity: IncidentSeverity
  /** What it means, and what to do: for whoever is woken by it. */
  readonly description: string
  readonly trigger: IncidentTrigger
  /** An incident of the same rule and group takes further events in, and for so long after it was closed; later ones begin a new one. */
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
  /** What its events have in common, such as `client: partner`; names are treated as the environment says. `null`: they have no such name, or none that may be told. */
  readonly group: { readonly by: IncidentGrouping; readonly name: string | null }
  /** Of a first use. */
  readonly scope?: string
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

export interface IncidentQuery {
  readonly state?: IncidentState
  readonly rule?: string
  readonly severity?: IncidentSeverity
  /** The id of an incident; only older ones: for the next page. */
  readonly before?: string
  readonly limit: number
}

/** How the watch itself is: what it does not know yet, and what it had to let go. */
export interface IncidentWatch {
  /** ISO 8601; `null`: no event has come yet. */
  readonly since: string | null
  /** Until then, first uses are remembered and make no incident; absent: no rule is learning. */
  readonly learningUntil?: string
  /** Groups of events and first uses that were forgotten early, for want of room. */
  readonly dropped: number
}

/** GET /_scopewall/admin/incidents, the newest first. */
export interface IncidentsAnswer {
  readonly incidents: readonly Incident[]
  readonly next: string | null
  readonly watch: IncidentWatch
}

/** GET /_scopewall/admin/incidents/{incident}, and what both POSTs below it answer. */
export interface IncidentAnswer {
  readonly incident: Incident
  /** What the rule says that it means, and what to do; absent where the rule is there no more. */
  readonly description?: string
  /** Told to those alone whose token could revoke it. */
  readonly subject?: IncidentSubject
}

/** What somebody does to an incident. */
export interface IncidentChange {
  readonly to: 'acknowledged' | 'closed'
  /** As the log names authors. */
  readonly by: string
  readonly note?: string
}

/** What is known of one incident, by the desk that keeps it. */
export interface IncidentRecord {
  readonly incident: Incident
  readonly subject?: IncidentSubject
}

/** A scope that was exercised, as the release rates it. `isOwn`: it opens the admin API, so nothing is done to it by itself. */
export interface RatedScope {
  readonly sensitivity: 'high' | 'critical'
  readonly isOwn: boolean
}
export type RatedScopes = Readonly<Record<string, RatedScope>>

/** The methods of the Durable Object, and of whatever stands for it. Each rejects where it cannot be asked. */
export interface IncidentDesk {
  /** What came before changes nothing. On disk before it answers. */
  observe(batch: EventBatch, rated: RatedScopes): Promise<void>
  list(query: IncidentQuery): Promise<IncidentsAnswer>
  find(id: string): Promise<IncidentRecord | undefined>
  /** `unchanged`: it is there already, or past it. */
  change(id: string, change: IncidentChange): Promise<IncidentRecord | 'no_such_incident' | 'unchanged'>
}
