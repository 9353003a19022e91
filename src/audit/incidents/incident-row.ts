/** An incident as a row: its number, and the text that holds the rest. */
import type { Identity } from '../../policy/event-batch.ts'
import type { Incident, IncidentRecord } from '../../policy/incident.ts'

export type StoredIncident = {
  readonly number: number
  readonly rule: string
  readonly key: string
  readonly state: string
  readonly severity: string
  readonly changed_at: number
  readonly body: string
  readonly who: string | null
  /** A text of its own, by which what is done about it is done once, also where this database begins anew and its numbers with it. */
  readonly once: string
}

export const incidentId = (number: number): string => `inc_${number}`

/** Undefined where it is no id. */
export function numberOfId(id: string): number | undefined {
  const [, digits] = /^inc_([1-9]\d{0,14})$/.exec(id) ?? []
  return digits === undefined ? undefined : Number(digits)
}

export function readIncident({ body, who }: StoredIncident): IncidentRecord & { readonly who?: Identity } {
  const incident = JSON.parse(body) as Incident
  if (who === null) return { incident }
  const subject = JSON.parse(who) as Identity
  return { incident, subject, who: subject }
}
