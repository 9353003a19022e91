/** What an admin API might say of the present: traffic, health, decisions and who watches them. On top of the answers about access. */
import type { OverviewAnswer } from '../../../src/policy/console-answers.ts'
import type { DecisionEvent } from '../../../src/policy/decision-event.ts'
import type { DeprecatedAnswer, SinksAnswer, TrafficAnswer } from '../../../src/policy/usage-answers.ts'
import { answersOf, type Told, USUAL } from './access-answers.ts'
import type { Answers, Canned } from './fixture-server.ts'

export const DECISION = '5f0c6b0e-8a41-4d5e-9a6f-0a1b2c3d4e5f'

const MINUTE = 60_000

/** A wave that is the same on every run. */
const wave = (place: number, size: number): number =>
  Math.round(size * (1 + 0.5 * Math.sin(place / 5) + 0.2 * Math.sin(place * 2.3)))

function traffic(query: URLSearchParams): TrafficAnswer {
  const from = Date.parse(query.get('from') ?? '')
  const to = Date.parse(query.get('to') ?? '')
  const period = query.get('period') === 'minute' ? 'minute' : query.get('period') === 'day' ? 'day' : 'hour'
  const step = { minute: MINUTE, hour: 60 * MINUTE, day: 1440 * MINUTE }[period]
  const at = Array.from({ length: Math.round((to - from) / step) }, (_, place) =>
    new Date(from + place * step).toISOString(),
  )
  const series = (name: string | null, size: number) => {
    const counts = at.map((_, place) => Math.max(0, wave(place, size)))
    return { name, counts, total: counts.reduce((sum, count) => sum + count, 0) }
  }
  const by = query.get('by') === 'code' ? 'code' : 'outcome'
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    period,
    by,
    at,
    series:
      by === 'outcome'
        ? [series('allow', 420), series('deny', 34), series('observe', 12)]
        : [
            series('scope_insufficient', 19),
            series('token_invalid', 8),
            series('unmapped', 4),
            series('credential_missing', 2),
            series('authorization_details_insufficient', 1),
          ],
  }
}

const sinks = (query: URLSearchParams): SinksAnswer => ({
  from: query.get('from') ?? '',
  to: query.get('to') ?? '',
  sinks: [
    { sink: 'log', sent: 48_211, lost: 0 },
    { sink: 'siem', sent: 47_010, lost: 201, lastLost: new Date().toISOString() },
  ],
  uncounted: 0,
  repeated: 3,
})

const deprecated = (query: URLSearchParams): DeprecatedAnswer => ({
  from: query.get('from') ?? '',
  to: query.get('to') ?? '',
  scopes: [
    {
      scope: 'invoices:write',
      since: '2026-06-01',
      sunset: '2027-01-15',
      daysToSunset: 48,
      replacedBy: ['invoices:create'],
      clients: [
        { issuer: 'https://login.example.com/', client: 'legacy', count: 812, lastSeen: '2026-11-28T10:00:00Z' },
      ],
    },
  ],
})

export const OVERVIEW: OverviewAnswer = {
  at: '2026-11-28T12:00:00.000Z',
  environments: [
    {
      environment: 'staging',
      isOwn: true,
      state: 'ok',
      release: { digest: 'a'.repeat(64), serial: 41, source: 'kv', expires: '2027-02-01T00:00:00Z' },
      candidate: { digest: 'b'.repeat(64), since: '2026-11-28T11:00:00Z' },
    },
    {
      environment: 'production',
      isOwn: false,
      url: 'https://api.example.com',
      state: 'degraded',
      release: { digest: 'c'.repeat(64), serial: 39, source: 'bundled' },
      detail: 'what is known of revocations is stale',
    },
    {
      environment: 'production-of-a-subsidiary-with-quite-a-long-name',
      isOwn: false,
      url: 'https://api.subsidiary.example.com',
      state: 'unreachable',
      detail: 'no answer within 3 seconds',
    },
  ],
  issuers: [
    { issuer: 'https://login.example.com/', state: 'ok' },
    {
      issuer: 'https://login.microsoftonline.com/7b8f2a4e-0000-4000-8000-1234567890ab/v2.0',
      state: 'unreachable',
      detail: 'it could not be asked lately: its keys of an earlier time serve',
    },
  ],
  revocation: { freshness: 'fresh', seq: 1204, marks: 3120, ageSeconds: 1, stance: 'refuse-critical' },
  bindings: [
    { name: 'EVENTS', isBound: true, purpose: 'the queue that takes events to the counts' },
    { name: 'USAGE', isBound: true, purpose: 'the counts, and decisions by their id' },
    { name: 'TAIL', isBound: true, purpose: 'the live tail' },
    { name: 'LEDGER', isBound: false, purpose: 'which tokens were seen lately' },
  ],
}

/** As the gate makes them; `place` makes each another one. */
export function decisionEvent(place: number, at: number): DecisionEvent {
  const common = {
    event: 'decision' as const,
    format: 1 as const,
    at: new Date(at).toISOString(),
    decision: place === 0 ? DECISION : `${String(place).padStart(8, '0')}-8a41-4d5e-9a6f-0a1b2c3d4e5f`,
    environment: 'staging',
    release: 'a'.repeat(64),
    serial: 41,
    method: 'GET' as const,
    host: 'api.example.com',
    issuer: 'https://login.example.com/',
    subject: `sha256:${'k3v'.repeat(14)}`,
    token: `sha256:${'t0k'.repeat(14)}`,
    gateMs: 0.4 + (place % 7) * 0.3,
    cached: place % 3 !== 0,
    colo: 'FRA',
  }
  const kind = place % 5
  if (kind === 0)
    return {
      ...common,
      outcome: 'deny',
      codes: ['scope_insufficient'],
      rule: 'POST api.example.com/v1/invoices/{invoiceId}/refunds',
      service: 'payments',
      required: [['invoices:refund', 'payments:refund']],
      missing: ['payments:refund'],
      held: ['invoices:read', 'invoices:refund', 'customers:read'],
      client: 'billing',
      acr: ['phr'],
      tokenAge: 312,
      authAge: 340,
      oneIn: 1,
    }
  if (kind === 1)
    return {
      ...common,
      outcome: 'deny',
      codes: ['unmapped'],
      shape: '/v1/exports/{value}/download',
      client: 'reporting',
      oneIn: 1,
    }
  if (kind === 2)
    return {
      ...common,
      outcome: 'observe',
      codes: ['scope_insufficient'],
      rule: 'GET api.example.com/v1/customers',
      service: 'customers',
      missing: ['customers:read'],
      held: [],
      client: 'courier',
      oneIn: 1,
    }
  return {
    ...common,
    outcome: 'allow',
    rule: 'GET api.example.com/v1/invoices',
    service: 'invoices',
    by: ['invoices:read'],
    held: ['invoices:read'],
    client: 'partner',
    oneIn: 20,
  }
}

/** `overview`: instead of the usual one, with the release of `told`. */
export function nowAnswers(told: Told = USUAL): Answers {
  const access = answersOf(told)
  return (route, query, body): Canned | undefined => {
    if (route === 'GET overview') return { body: withRelease(access(route, query, body)) }
    if (route === 'GET usage/traffic' && ['outcome', 'code'].includes(query.get('by') ?? '') && !told.isSilent)
      return { body: traffic(query) }
    if (route === 'GET usage/traffic' && told.isSilent) {
      const { at, ...rest } = traffic(query)
      return { body: { ...rest, at, series: [] } }
    }
    if (route === 'GET usage/sinks') return { body: sinks(query) }
    if (route === 'GET usage/deprecated')
      return { body: told.isSilent ? { ...deprecated(query), scopes: [] } : deprecated(query) }
    if (route === `GET decisions/${DECISION}`) return { body: decisionEvent(0, Date.now() - 90_000) }
    if (route.startsWith('GET decisions/')) return { status: 404, body: { title: 'There is no such decision' } }
    return access(route, query, body)
  }
}

/** The digest of the map that is told, so that its text can be fetched. */
function withRelease(canned: Canned | undefined): OverviewAnswer {
  const told = canned?.body as OverviewAnswer
  const [own] = told.environments
  const [first, ...others] = OVERVIEW.environments
  return {
    ...OVERVIEW,
    environments: [
      {
        ...first,
        ...own,
        ...(first?.candidate && { candidate: first.candidate }),
      } as OverviewAnswer['environments'][number],
      ...others,
    ],
  }
}
