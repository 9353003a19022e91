/** Incidents as a list that begins with what is most urgent, and one incident as what happened in order. */
import type { DecisionEvent } from '../../../policy/decision-event.ts'
import type { Notice } from '../../../policy/event-batch.ts'
import { INCIDENT_SEVERITIES, INCIDENT_STATES, type Incident, type IncidentState } from '../../../policy/incident.ts'
import type { FormKind } from './revocation-form.ts'
import { compareTexts } from './scope-list.ts'
import { isTreatedName } from './treated-name.ts'

export interface IncidentFilter {
  /** Absent: in every state. */
  readonly state?: IncidentState
}

/** Open before acknowledged before closed; then the gravest, then the newest. */
export const selectIncidents = (incidents: readonly Incident[], { state }: IncidentFilter): readonly Incident[] =>
  incidents
    .filter((incident) => state === undefined || incident.state === state)
    .sort(
      (a, b) =>
        INCIDENT_STATES.indexOf(a.state) - INCIDENT_STATES.indexOf(b.state) ||
        INCIDENT_SEVERITIES.indexOf(b.severity) - INCIDENT_SEVERITIES.indexOf(a.severity) ||
        compareTexts(b.openedAt, a.openedAt),
    )

export function stateCounts(incidents: readonly Incident[]): Readonly<Record<IncidentState, number>> {
  const counts = { open: 0, acknowledged: 0, closed: 0 }
  for (const { state } of incidents) counts[state]++
  return counts
}

export type TimelineEntry = { readonly at: string } & (
  | { readonly kind: 'decision'; readonly event: DecisionEvent }
  | { readonly kind: 'notice'; readonly notice: Notice }
  | { readonly kind: 'state'; readonly change: Incident['history'][number] }
  /** Events that are counted, and not kept. */
  | { readonly kind: 'gap'; readonly count: number }
)

/** The oldest first. The evidence is the first and the last events, with a gap where the others are. */
export function timelineOf({ evidence, history, count }: Incident): readonly TimelineEntry[] {
  const events = evidence
    .map(
      (event): TimelineEntry =>
        event.event === 'decision' && 'decision' in event
          ? { kind: 'decision', at: event.at, event }
          : { kind: 'notice', at: event.at, notice: event as Notice },
    )
    .sort((a, b) => compareTexts(a.at, b.at))
  const missing = count - evidence.length
  const before = events[Math.ceil(events.length / 2) - 1]
  const gap: readonly TimelineEntry[] =
    missing > 0 && before !== undefined ? [{ kind: 'gap', at: before.at, count: missing }] : []
  const half = Math.ceil(events.length / 2)
  const changes = history.map((change): TimelineEntry => ({ kind: 'state', at: change.at, change }))
  // The sort keeps the order of what happened in the same moment.
  return [...events.slice(0, half), ...gap, ...events.slice(half), ...changes].sort((a, b) => compareTexts(a.at, b.at))
}

/** Whom to revoke, as the form has it; undefined where the group is nobody, or its name is not what tokens have. */
export function revocable({
  group: { by, name },
}: Incident): { readonly kind: FormKind; readonly value: string } | undefined {
  if (name === null || isTreatedName(name)) return undefined
  if (by === 'client' || by === 'subject' || by === 'issuer') return { kind: by, value: name }
  return undefined
}
