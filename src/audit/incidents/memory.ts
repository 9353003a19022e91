/** What the evaluation of incidents remembers between two batches, and how much of it at most. */
import type { Identity } from '../../policy/event-batch.ts'
import type { Incident, IncidentRule } from '../../policy/incident.ts'
import type { Group } from './window.ts'

export interface MemoryLimits {
  /** Of one rule. */
  readonly groups: number
  /** Clients and scopes. */
  readonly uses: number
  /** Incidents of one rule that nobody has closed; what comes above is one more, of all others together. */
  readonly open: number
}

export const LIMITS: MemoryLimits = { groups: 5_000, uses: 50_000, open: 50 }

/** How long it is known that a batch was here: longer than a queue tries. */
export const BATCH_MS = 2 * 86_400_000

export interface KeptIncident {
  readonly incident: Incident
  readonly key: string
  readonly who?: Identity
}

export type NewIncident = Omit<Incident, 'id' | 'response' | 'history' | 'alerts'>

/**
 * Whoever floods it with groups pushes out those that were seen least, and of those the ones that were seen longest ago: a group that is on its way to an
 * incident stays. What is pushed out is counted.
 */
export interface Memory {
  /** Whether a batch is new; from then on it is not. */
  takes(batchId: string, now: number): boolean
  /** When the first batch came, in milliseconds. */
  since(): number
  group(rule: string, key: string): Group | undefined
  keepGroup(rule: string, key: string, group: Group, now: number): void
  forgetGroup(rule: string, key: string): void
  /** The newest incident of a rule and a group. */
  latest(rule: string, key: string): KeptIncident | undefined
  /** Incidents of the rule that are not closed. */
  openCount(rule: string): number
  open(rule: IncidentRule, key: string, incident: NewIncident, who: Identity | undefined): Incident
  change(incident: Incident): void
  /** When a client last exercised a scope, in milliseconds. */
  lastUse(key: string): number | undefined
  keepUse(key: string, at: number): void
}
