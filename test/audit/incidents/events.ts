/** Batches and rules for tests of incidents. */
import type { DecisionEvent } from '../../../src/policy/decision-event.ts'
import type { EventBatch, Identity, Notice, UsageTally } from '../../../src/policy/event-batch.ts'
import type { IncidentRule, RatedScopes } from '../../../src/policy/incident.ts'

/** Noon. */
export const NOON = Date.UTC(2026, 10, 28, 12)
export const ISSUER = 'https://issuer.example'

export const eventOf = (seconds: number, more: Partial<DecisionEvent> = {}): DecisionEvent => ({
  event: 'decision',
  format: 1,
  at: new Date(NOON + seconds * 1000).toISOString(),
  decision: `d${seconds}-${more.token ?? ''}`,
  environment: 'test',
  outcome: 'deny',
  codes: ['scope_insufficient'],
  issuer: ISSUER,
  client: 'partner',
  token: 'hash-of-t',
  gateMs: 0,
  oneIn: 1,
  ...more,
})

export const WHO: Identity = { issuer: ISSUER, client: 'partner', subject: 'ada', fingerprint: 'f'.repeat(43) }

let batches = 0

export const batchOf = (
  decisions: readonly (DecisionEvent | readonly [DecisionEvent, Identity])[],
  more: Partial<EventBatch> = {},
): EventBatch => ({
  format: 1,
  id: `batch-${++batches}`,
  environment: 'test',
  from: NOON,
  to: NOON + 1000,
  usage: [],
  decisions: decisions.map((each) => ('event' in each ? { event: each } : { event: each[0], who: each[1] })),
  notices: [],
  sinks: [],
  uncounted: 0,
  ...more,
})

export const noticeOf = (event: string, code: string, fields: Notice['fields'] = {}, seconds = 0): Notice => ({
  at: new Date(NOON + seconds * 1000).toISOString(),
  event,
  code,
  fields,
})

export const useOf = (client: string, scope: string, more: Partial<UsageTally> = {}): UsageTally => ({
  row: {
    release: 'r',
    host: 'api.example.com',
    method: 'POST',
    path: '/refunds',
    credential: 'verified',
    client,
    scopes: [scope],
    outcome: 'allow',
  },
  rule: 'POST api.example.com/refunds',
  service: 'invoices',
  issuer: ISSUER,
  by: [scope],
  exercised: [scope],
  count: 1,
  ...more,
})

export const RATED: RatedScopes = {
  'invoices:refund': { sensitivity: 'critical', isOwn: false },
  'invoices:admin': { sensitivity: 'high', isOwn: false },
  'scopewall:restore': { sensitivity: 'critical', isOwn: true },
}

/** Three in ten seconds from one token. */
export const ruleOf = (more: Partial<IncidentRule> = {}): IncidentRule => ({
  name: 'probing',
  severity: 'high',
  description: 'Look.',
  trigger: { kind: 'denials', codes: ['scope_insufficient'], by: 'token', count: 3, withinSeconds: 10 },
  quietSeconds: 60,
  alerts: [],
  ...more,
})

export const FIRST_USE = ruleOf({
  name: 'first-use',
  trigger: { kind: 'first-use', sensitivity: 'critical', rememberDays: 90, learnSeconds: 0 },
})
