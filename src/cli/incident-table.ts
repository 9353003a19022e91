/** Incidents in words. Names come from tokens, and are shown without what a terminal would act upon. */
import type { Incident, IncidentAnswer, IncidentSeverity } from '../policy/incident.ts'
import { paint, renderFacts, renderTable, type Style, visible } from './terminal.ts'

const COLOURS: Readonly<Record<IncidentSeverity, Style>> = {
  low: 'dim',
  medium: 'cyan',
  high: 'yellow',
  critical: 'red',
}

const timeOf = (text: string): string => visible(text).replace(/\.\d+Z$/, 'Z')
const severityOf = ({ severity }: Incident): string => paint(COLOURS[severity] ?? 'bold', visible(severity))

export const incidentTable = (incidents: readonly Incident[]): string =>
  renderTable(
    ['incident', 'severity', 'state', 'opened', 'events', 'rule', 'what'],
    incidents.map((each) => [
      visible(each.id),
      severityOf(each),
      visible(each.state),
      timeOf(each.openedAt),
      String(each.count),
      visible(each.rule),
      visible(each.title),
    ]),
  )

export function renderIncident({ incident, description, subject }: IncidentAnswer): string {
  const { response, history, alerts, evidence } = incident
  const facts: readonly (readonly [string, string])[] = [
    ['incident', `${visible(incident.id)}, ${visible(incident.state)}`],
    ['what', visible(incident.title)],
    ['severity', severityOf(incident)],
    ['rule', visible(incident.rule)],
    ['events', `${incident.count}, from ${timeOf(incident.openedAt)} to ${timeOf(incident.lastEventAt)}`],
    ...(response === undefined ? [] : [['response', responseText(response)] as const]),
    ...Object.entries(subject ?? {}).map(([name, value]) => [visible(name), visible(String(value))] as const),
    ...alerts.map(
      ({ channel, state, attempts }) => ['alert', `${visible(channel)}: ${state}, ${attempts} attempts`] as const,
    ),
    ...history.map(
      ({ at, to, by, note }) =>
        [
          'history',
          `${timeOf(at)} ${to}${by === undefined ? '' : ` by ${visible(by)}`}${note === undefined ? '' : `: ${visible(note)}`}`,
        ] as const,
    ),
  ]
  const lines = evidence.map((each) => visible(`${each.at} ${evidenceText(each)}`))
  return [
    renderFacts(facts),
    ...(description === undefined ? [] : [visible(description)]),
    ['evidence', ...lines].join('\n  '),
  ].join('\n\n')
}

function evidenceText(each: Incident['evidence'][number]): string {
  if ('decision' in each)
    return [each.decision, each.outcome, each.codes?.join(','), each.rule ?? each.shape, each.client]
      .filter(Boolean)
      .join('  ')
  const fields = Object.entries(each.fields ?? {}).map(([name, value]) => `${name}=${value}`)
  return [each.event, each.code, ...fields].join('  ')
}

function responseText({ kind, entry, until, failed }: NonNullable<Incident['response']>): string {
  if (entry !== undefined)
    return `${kind} until ${timeOf(until ?? '')}: entry ${entry}, taken back by \`scopewall unrevoke ${entry}\``
  return failed === undefined ? `${kind}: not done yet` : paint('red', `${kind} failed: ${visible(failed)}`)
}
