/**
 * An incident as channels want it. Names come from tokens, so nothing here lets one format, link or mention anything; no name of a token is told at all, and
 * evidence stays behind: whoever is alerted looks at the incident itself.
 */
import type { Incident, IncidentSeverity } from '../../policy/incident.ts'
import { cut } from './title.ts'

export const OCCASIONS = ['opened', 'acknowledged', 'closed'] as const
export type Occasion = (typeof OCCASIONS)[number]

export interface Alert {
  readonly occasion: Occasion
  readonly incident: Incident
  readonly environment: string
  /** What the rule means, and what to do. */
  readonly description: string
  /** The address of the incident in the console. */
  readonly link: string
  /** The same for all that is told of one incident, and never used for another. */
  readonly key: string
}

/** A line that shows what is in it, and nothing that acts upon the reader's screen. */
const lineOf = (text: string, most: number): string => cut(text.replace(/\p{C}+/gu, ' '), most)

const groupOf = ({ group: { by, name } }: Incident): string =>
  by === 'token' || name === null ? `one ${by}` : `${by} ${name}`

const titleIn = ({ title }: Incident): string => lineOf(title, 140)

/** What was done by itself, in a few words; empty where nothing was to be done. */
function responseText({ response }: Incident): string {
  if (response === undefined) return ''
  const what = response.kind === 'revoke' ? 'Revoked' : 'Suspended'
  if (response.entry !== undefined)
    return `${what} by the rule until ${response.until ?? '?'}: entry ${response.entry} of the revocation log takes an undo.`
  return response.failed === undefined
    ? 'The rule is still trying to act.'
    : `The rule could not act: ${response.failed.replaceAll('_', ' ')}.`
}

/** Standard Webhooks: type, timestamp, data. `at`: ISO 8601, of this telling. */
export function webhookBody({ occasion, incident, environment, description, link }: Alert, at: string): string {
  const { id, rule, severity, state, group, scope, openedAt, lastEventAt, count, response } = incident
  return JSON.stringify({
    type: `incident.${occasion}`,
    timestamp: at,
    data: {
      environment,
      id,
      rule,
      severity,
      state,
      title: titleIn(incident),
      description: lineOf(description, 1_000),
      group:
        group.by === 'token'
          ? { by: group.by, name: null }
          : { by: group.by, name: group.name && lineOf(group.name, 500) },
      ...(scope !== undefined && { scope }),
      openedAt,
      lastEventAt,
      count,
      ...(response !== undefined && { response }),
      link,
    },
  })
}

const plain = (text: string, most: number) => ({ type: 'plain_text', text: lineOf(text, most), emoji: false }) as const

/** Slack's limits: 150 characters of a header, 2,000 of a field, 3,000 of a text. */
export function slackBody({ occasion, incident, environment, description, link }: Alert): string {
  const { id, severity, count, openedAt } = incident
  const words = { opened: 'opened', acknowledged: 'acknowledged', closed: 'closed' }[occasion]
  const response = responseText(incident)
  return JSON.stringify({
    // The one text that Slack reads for mentions: nothing that a stranger wrote is in it.
    text: `Scopewall ${environment}: ${id} ${words}, severity ${severity}`,
    blocks: [
      { type: 'header', text: plain(titleIn(incident), 150) },
      {
        type: 'section',
        fields: [
          plain(`Severity: ${severity}`, 100),
          plain(`Environment: ${environment}`, 200),
          plain(`About: ${groupOf(incident)}`, 400),
          plain(`${words}: ${id}, ${count} events, since ${openedAt}`, 200),
        ],
      },
      ...(occasion === 'opened' ? [{ type: 'section', text: plain(description, 1_500) }] : []),
      ...(response === '' ? [] : [{ type: 'section', text: plain(response, 500) }]),
      { type: 'actions', elements: [{ type: 'button', text: plain('Look at it', 40), url: link }] },
    ],
  })
}

const PAGERDUTY_SEVERITY: Readonly<Record<IncidentSeverity, 'info' | 'warning' | 'error' | 'critical'>> = {
  low: 'info',
  medium: 'warning',
  high: 'error',
  critical: 'critical',
}
const PAGERDUTY_ACTIONS: Readonly<Record<Occasion, 'trigger' | 'acknowledge' | 'resolve'>> = {
  opened: 'trigger',
  acknowledged: 'acknowledge',
  closed: 'resolve',
}

/** Events API v2. `routingKey` is a secret, and goes nowhere else. Limits: 1,024 characters of a summary, 255 of a key. */
export function pagerDutyBody(
  { occasion, incident, environment, description, link, key }: Alert,
  routingKey: string,
): string {
  const action = {
    routing_key: routingKey,
    event_action: PAGERDUTY_ACTIONS[occasion],
    dedup_key: `scopewall-${key}`.slice(0, 255),
  }
  if (occasion !== 'opened') return JSON.stringify(action)
  const { rule, severity, openedAt, count } = incident
  return JSON.stringify({
    ...action,
    payload: {
      summary: lineOf(`${environment}: ${incident.title}`, 1_000),
      source: `scopewall-${environment}`,
      severity: PAGERDUTY_SEVERITY[severity],
      timestamp: openedAt,
      component: 'scopewall',
      class: rule,
      custom_details: {
        incident: incident.id,
        about: lineOf(groupOf(incident), 500),
        events: count,
        description: lineOf(description, 1_000),
        response: responseText(incident),
      },
    },
    client: 'Scopewall',
    client_url: link,
    links: [{ href: link, text: incident.id }],
  })
}
