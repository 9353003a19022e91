/** Incidents in words and marks. */
import type { Incident, IncidentSeverity, IncidentState } from '../../../policy/incident.ts'
import { Badge, State, type Tone } from '../parts/badge.tsx'

const SEVERITY_TONES: Readonly<Record<IncidentSeverity, Tone>> = {
  low: 'none',
  medium: 'warn',
  high: 'bad',
  critical: 'bad',
}

export const Severity = ({ severity }: { readonly severity: IncidentSeverity }) => (
  <Badge tone={SEVERITY_TONES[severity]}>{severity}</Badge>
)

const STATE_TONES: Readonly<Record<IncidentState, Tone>> = { open: 'bad', acknowledged: 'warn', closed: 'good' }

export const IncidentStateMark = ({ state }: { readonly state: IncidentState }) => (
  <State tone={STATE_TONES[state]}>{state}</State>
)

export const groupText = ({ group: { by, name } }: Incident): string =>
  by === 'all' ? 'all of them' : name === null ? `one ${by}` : `${by} ${name}`
