/** Events as the Elastic Common Schema has them, version 9.4.0. What it has no field for stands below `scopewall`. */
import type { DecisionEvent } from '../policy/decision-event.ts'
import type { Notice } from '../policy/event-batch.ts'
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

export const ECS_VERSION = '9.4.0'

export type EcsDocument = Readonly<Record<string, unknown>>

const LEVELS: Readonly<Record<Weight, { readonly level: string; readonly severity: number }>> = {
  informational: { level: 'info', severity: 1 },
  low: { level: 'warn', severity: 2 },
  medium: { level: 'error', severity: 3 },
}

export function ecsDecision(event: DecisionEvent): EcsDocument {
  const { level, severity } = LEVELS[weightOf(event)]
  const { outcome, release, serial, ...own } = ownMembers(event)
  return withoutAbsent({
    '@timestamp': event.at,
    ecs: { version: ECS_VERSION },
    message: titleOf(event),
    log: { level },
    event: {
      id: event.decision,
      kind: 'event',
      category: ['api'],
      type: ['access', event.outcome === 'deny' ? 'denied' : 'allowed'],
      outcome: event.outcome === 'deny' ? 'failure' : 'success',
      action: outcome,
      code: event.codes?.[0],
      reason: event.codes === undefined ? undefined : titleOf(event),
      severity,
      module: 'scopewall',
      dataset: `scopewall.${event.event}`,
    },
    service: { name: 'scopewall', environment: event.environment },
    observer: { vendor: 'Scopewall', product: 'Scopewall' },
    cloud: { provider: 'cloudflare', availability_zone: event.colo },
    rule: { id: event.rule, ruleset: release, version: serial === undefined ? undefined : `${serial}` },
    http: {
      request: { id: event.decision, method: event.method },
      response: { status_code: statusOf(event) },
    },
    url: { domain: event.host, path: pathOf(event) },
    user: { id: event.subject },
    related: {
      user: event.subject === undefined ? undefined : [event.subject],
      hosts: event.host === undefined ? undefined : [event.host],
    },
    scopewall: own,
  })
}

export const ecsNotice = ({ at, event, code, fields }: Notice, environment: string): EcsDocument => ({
  '@timestamp': at,
  ecs: { version: ECS_VERSION },
  message: `${event}: ${code}`,
  log: { level: LEVELS[NOTICE_WEIGHT].level },
  event: {
    kind: 'event',
    action: code,
    severity: LEVELS[NOTICE_WEIGHT].severity,
    module: 'scopewall',
    dataset: `scopewall.${event}`,
  },
  service: { name: 'scopewall', environment },
  observer: { vendor: 'Scopewall', product: 'Scopewall' },
  cloud: { provider: 'cloudflare' },
  scopewall: { notice: fields },
})
