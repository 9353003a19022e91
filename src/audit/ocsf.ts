/** Events as the Open Cybersecurity Schema Framework has them, version 1.8.0: a decision is an API Activity, 6003, under a security control. */
import type { DecisionEvent, Outcome } from '../policy/decision-event.ts'
import type { Notice } from '../policy/event-batch.ts'
import type { Method } from '../policy/method.ts'
import {
  NOTICE_WEIGHT,
  ownMembers,
  pathOf,
  statusOf,
  titleOf,
  type Weight,
  weightOf,
  withoutAbsent,
} from './event-members.ts'

export const OCSF_VERSION = '1.8.0'

export type OcsfEvent = Readonly<Record<string, unknown>>

interface Choice {
  readonly id: number
  readonly caption: string
}

const ACTIVITIES: Readonly<Record<Method, Choice>> = {
  POST: { id: 1, caption: 'Create' },
  GET: { id: 2, caption: 'Read' },
  HEAD: { id: 2, caption: 'Read' },
  PUT: { id: 3, caption: 'Update' },
  PATCH: { id: 3, caption: 'Update' },
  DELETE: { id: 4, caption: 'Delete' },
  OPTIONS: { id: 99, caption: 'Other' },
}
const UNKNOWN: Choice = { id: 0, caption: 'Unknown' }

const SEVERITIES: Readonly<Record<Weight, Choice>> = {
  informational: { id: 1, caption: 'Informational' },
  low: { id: 2, caption: 'Low' },
  medium: { id: 3, caption: 'Medium' },
}

const STATUSES: Readonly<Record<Outcome, Choice>> = {
  allow: { id: 1, caption: 'Success' },
  observe: { id: 1, caption: 'Success' },
  deny: { id: 2, caption: 'Failure' },
}

const ACTIONS: Readonly<Record<Outcome, Choice>> = {
  allow: { id: 1, caption: 'Allowed' },
  deny: { id: 2, caption: 'Denied' },
  observe: { id: 3, caption: 'Observed' },
}

function dispositionOf(event: DecisionEvent): Choice {
  if (event.outcome === 'allow') return { id: 1, caption: 'Allowed' }
  if (event.outcome === 'observe') return { id: 15, caption: 'Detected' }
  if (event.mark !== undefined) return { id: 24, caption: 'Access Revoked' }
  const status = statusOf(event) ?? 0
  if (status === 401 || status === 403) return { id: 26, caption: 'Unauthorized' }
  return status === 502 || status === 503 ? { id: 27, caption: 'Error' } : { id: 25, caption: 'Rejected' }
}

const PRODUCT = { name: 'Scopewall', vendor_name: 'Scopewall' }

export function ocsfDecision(event: DecisionEvent): OcsfEvent {
  const activity = event.method === undefined ? UNKNOWN : ACTIVITIES[event.method]
  const severity = SEVERITIES[weightOf(event)]
  const disposition = dispositionOf(event)
  const title = titleOf(event)
  const time = Date.parse(event.at)
  // What the schema has a place for stands there, and nowhere else.
  const { format, outcome, release, serial, service, shape, detail, issuer, client, token, ...unmapped } =
    ownMembers(event)
  return withoutAbsent({
    category_uid: 6,
    category_name: 'Application Activity',
    class_uid: 6003,
    class_name: 'API Activity',
    activity_id: activity.id,
    activity_name: activity.id === 99 ? event.method : activity.caption,
    type_uid: 600_300 + activity.id,
    type_name: `API Activity: ${activity.caption}`,
    time,
    severity_id: severity.id,
    severity: severity.caption,
    status_id: STATUSES[event.outcome].id,
    status: STATUSES[event.outcome].caption,
    status_code: event.codes?.[0],
    status_detail: event.detail,
    message: title,
    action_id: ACTIONS[event.outcome].id,
    action: ACTIONS[event.outcome].caption,
    disposition_id: disposition.id,
    disposition: disposition.caption,
    is_alert: severity.id > 2,
    policy: {
      name: event.rule ?? 'Default deny',
      uid: release,
      version: serial === undefined ? undefined : `${serial}`,
    },
    metadata: {
      version: OCSF_VERSION,
      profiles: ['cloud', 'security_control'],
      product: PRODUCT,
      uid: event.decision,
      original_time: event.at,
      event_code: event.event,
      log_version: String(event.format),
      tags: [{ name: 'environment', value: event.environment }],
    },
    cloud: { provider: 'Cloudflare', zone: event.colo },
    actor: actorOf(event, time),
    // The schema asks for one, and the gate puts no address of anybody on record.
    src_endpoint: { name: 'unknown', type_id: 0, type: 'Unknown' },
    dst_endpoint: { hostname: event.host },
    api: {
      operation: event.rule ?? [event.method ?? 'unknown', event.shape].filter(Boolean).join(' '),
      service: { name: service },
      request: { uid: event.decision },
      response:
        event.outcome === 'deny' ? { code: statusOf(event), error: event.codes?.[0], error_message: title } : {},
    },
    http_request: {
      uid: event.decision,
      http_method: event.method,
      url: pathOf(event) === undefined ? {} : { hostname: event.host, path: pathOf(event) },
    },
    http_response: { code: statusOf(event) },
    observables: observablesOf(event),
    unmapped,
  })
}

/** Who asked, as far as a token said so. Without one it is nobody whom anybody knows. */
function actorOf({ subject, client, issuer, token, tokenAge }: DecisionEvent, time: number): object {
  const isKnown = subject !== undefined || client !== undefined || token !== undefined
  return {
    user: subject === undefined ? (isKnown ? {} : { name: 'unknown', type_id: 0, type: 'Unknown' }) : { uid: subject },
    app_uid: client,
    idp: issuer === undefined ? {} : { uid: issuer, issuer },
    session: { uid: token, issuer: token === undefined ? undefined : issuer, created_time: issuedAt(time, tokenAge) },
  }
}

const issuedAt = (time: number, age: number | undefined): number | undefined =>
  age === undefined ? undefined : time - 1000 * age

function observablesOf({ subject, client, host }: DecisionEvent): readonly object[] | undefined {
  const observables = [
    { name: 'actor.user.uid', type_id: 31, type: 'User UID', value: subject },
    { name: 'actor.app_uid', type_id: 99, type: 'OAuth client', value: client },
    { name: 'dst_endpoint.hostname', type_id: 1, type: 'Hostname', value: host },
  ].filter(({ value }) => value !== undefined)
  return observables.length === 0 ? undefined : observables
}

/** A notice is no activity of anybody: a base event. */
export const ocsfNotice = ({ at, event, code, fields }: Notice, environment: string): OcsfEvent => ({
  category_uid: 0,
  category_name: 'Uncategorized',
  class_uid: 0,
  class_name: 'Base Event',
  activity_id: 99,
  activity_name: code,
  type_uid: 99,
  type_name: 'Base Event: Other',
  time: Date.parse(at),
  severity_id: SEVERITIES[NOTICE_WEIGHT].id,
  severity: SEVERITIES[NOTICE_WEIGHT].caption,
  message: `${event}: ${code}`,
  metadata: {
    version: OCSF_VERSION,
    product: PRODUCT,
    original_time: at,
    event_code: `${event}.${code}`,
    tags: [{ name: 'environment', value: environment }],
  },
  unmapped: fields,
})
