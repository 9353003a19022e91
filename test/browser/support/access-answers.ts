/** What an admin API might say of the map, of usage, marks, incidents and releases: usual, large, hostile, and empty. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { OverviewAnswer, ReleasesAnswer } from '../../../src/policy/console-answers.ts'
import type { DecisionEvent } from '../../../src/policy/decision-event.ts'
import type { Incident, IncidentAnswer, IncidentsAnswer } from '../../../src/policy/incident.ts'
import { encodeRelease, type ReleaseDocument, type RuleEntry, SENSITIVITIES } from '../../../src/policy/release.ts'
import type { EpochSeconds } from '../../../src/policy/result.ts'
import type { ListedMark, LogStatus } from '../../../src/policy/revocation-log.ts'
import type { ScopeToken } from '../../../src/policy/scope.ts'
import type { TokenAnswer } from '../../../src/policy/token-audit.ts'
import type { ClientsAnswer, ClientUsage, ScopesAnswer, TrafficAnswer } from '../../../src/policy/usage-answers.ts'
import { readMap } from '../../../src/source/read-map.ts'
import type { Canned } from './fixture-server.ts'

const DAY_MS = 86_400_000
export const ISSUER = 'https://login.example.com/'

/** What is asked for everywhere, of a map that can be exchanged. */
export interface Told {
  readonly document: ReleaseDocument
  /** What was live before. */
  readonly older: ReleaseDocument
  readonly clients: readonly string[]
  readonly marks: readonly ListedMark[]
  readonly incidents: readonly Incident[]
  /** Nobody has called. */
  readonly isSilent?: boolean
}

const digestOf = (document: ReleaseDocument): string =>
  createHash('sha256').update(encodeRelease(document)).digest('hex')

/** Answers that hang together; `undefined` where nothing is told of a route. */
export function answersOf(told: Told): (route: string, query: URLSearchParams, body: unknown) => Canned | undefined {
  const digest = digestOf(told.document)
  const texts = new Map([told.document, told.older].map((each) => [digestOf(each), encodeRelease(each)]))
  return (route, query) => {
    const [, entry] = /^GET (?:revocations|incidents|releases)\/(.+)$/.exec(route) ?? []
    if (route === 'GET overview') return { body: overview(digest) }
    if (route === 'GET releases') return { body: releases(told) }
    if (route.startsWith('GET releases/')) return textOr404(texts.get(entry ?? ''))
    if (route === 'GET usage/traffic') return { body: traffic(told, query) }
    if (route === 'GET usage/scopes') return { body: scopeUsage(told, query) }
    if (route === 'GET usage/clients') return { body: clientUsage(told, query) }
    if (route === 'GET usage/replay') return { body: replay(told) }
    if (route === 'GET decisions')
      return { body: { decisions: told.isSilent ? [] : decisions(told, query), next: null } }
    if (route === 'GET revocations') return { body: marksOf(told, query) }
    if (route === 'GET log') return { body: status(told) }
    if (route === 'GET tokens') return { body: tokens(query) }
    if (route === 'GET incidents') return { body: incidentList(told) }
    if (route.startsWith('GET incidents/')) return incidentOf(told, entry ?? '')
    if (route.startsWith('GET revocations/')) {
      const mark = told.marks.find(({ seq }) => String(seq) === entry)
      return mark === undefined ? { status: 404, body: { title: 'There is no such entry' } } : { body: mark }
    }
    return { status: 404, body: { title: 'Nothing is canned for this' } }
  }
}

const textOr404 = (text: string | undefined): Canned =>
  text === undefined ? { status: 404, body: { title: 'There is no such entry' } } : { body: text }

const overview = (digest: string): OverviewAnswer => ({
  at: new Date().toISOString(),
  environments: [{ environment: 'staging', isOwn: true, state: 'ok', release: { digest, serial: 12, source: 'kv' } }],
  issuers: [],
  revocation: 'off',
  bindings: [],
})

const releases = ({ document, older }: Told): ReleasesAnswer => ({
  live: 12,
  canRollBack: true,
  isProtected: false,
  next: null,
  releases: [
    entryOf(12, digestOf(document), 3, { isLive: true, commit: '9f2c1e0b7a', note: 'partners may export' }),
    entryOf(11, digestOf(older), 30, { kind: 'rollback', note: 'refunds were open to everybody' }),
    entryOf(10, digestOf(document), 31, { by: 'a-very-long-name-of-a-robot-that-publishes@ci.example.com' }),
    entryOf(9, digestOf(older), 400, {}),
  ],
})

const entryOf = (
  serial: number,
  digest: string,
  hours: number,
  rest: Partial<ReleasesAnswer['releases'][number]>,
): ReleasesAnswer['releases'][number] => ({
  serial,
  digest,
  kind: 'publish',
  publishedAt: new Date(Date.now() - hours * 3_600_000).toISOString(),
  by: 'mara@example.com',
  isLive: false,
  isInterrupted: false,
  isSigned: false,
  ...rest,
})

/** The same numbers for the same names. */
function numberOf(name: string, most: number): number {
  return createHash('sha256').update(name).digest().readUInt32BE(0) % most
}

const wave = (name: string, length: number, height: number): number[] =>
  Array.from({ length }, (_, at) =>
    Math.round(
      height * (0.6 + 0.4 * Math.sin(at / 3 + numberOf(name, 6))) * (0.7 + numberOf(`${name}${at}`, 60) / 100),
    ),
  )

const daysOf = (query: URLSearchParams): number =>
  Math.round((Date.parse(query.get('to') ?? '') - Date.parse(query.get('from') ?? '')) / DAY_MS)

const windowOf = (query: URLSearchParams) => ({ from: query.get('from') ?? '', to: query.get('to') ?? '' })

function traffic({ document, isSilent }: Told, query: URLSearchParams): TrafficAnswer {
  const hours = daysOf(query) * 24
  const { from, to } = windowOf(query)
  const at = Array.from({ length: hours }, (_, hour) => new Date(Date.parse(from) + hour * 3_600_000).toISOString())
  const by = query.get('by') === 'service' ? ('service' as const) : ('rule' as const)
  const names =
    by === 'service'
      ? Object.keys(document.services)
      : document.rules
          .filter(({ service }) => service === (query.get('service') ?? service))
          .map(({ method, host, path }) => `${method} ${host}${path}`)
  const busy = isSilent ? [] : names.filter((name) => numberOf(name, 4) !== 0)
  const series = busy.slice(0, 50).map((name) => {
    const counts = wave(name, hours, 2 + numberOf(name, 900))
    return { name, counts, total: counts.reduce((sum, count) => sum + count, 0) }
  })
  const rest = busy.length > 50 ? [{ name: null, counts: at.map(() => 1), total: at.length }] : []
  return { from, to, period: 'hour', by, at, series: [...series, ...rest] }
}

function scopeUsage({ document, isSilent }: Told, query: URLSearchParams): ScopesAnswer {
  const days = daysOf(query)
  const names = isSilent ? [] : Object.keys(document.scopes).filter((name) => numberOf(name, 5) !== 0)
  return {
    ...windowOf(query),
    countedSince: new Date(Date.now() - 200 * DAY_MS).toISOString(),
    scopes: [
      ...names.map((scope) => {
        const trend = wave(scope, days, numberOf(scope, 4000))
        const exercised = trend.reduce((sum, count) => sum + count, 0)
        return {
          scope,
          isKnown: true,
          exercised,
          missing: numberOf(`${scope} missing`, 90),
          held: exercised * 2,
          clients: 1 + numberOf(scope, 7),
          lastExercised: new Date().toISOString().slice(0, 10),
          lastHeld: new Date().toISOString().slice(0, 10),
          trend,
        }
      }),
      ...(isSilent
        ? []
        : [
            {
              scope: 'invoices:everything',
              isKnown: false,
              exercised: 0,
              missing: 0,
              held: 1290,
              clients: 0,
              lastHeld: new Date().toISOString().slice(0, 10),
              trend: Array.from({ length: days }, () => 0),
            },
          ]),
    ],
  }
}

function clientUsage({ document, clients, isSilent }: Told, query: URLSearchParams): ClientsAnswer {
  const days = daysOf(query)
  const scopes = Object.keys(document.scopes).slice(0, 9)
  return {
    ...windowOf(query),
    countedSince: new Date(Date.now() - 200 * DAY_MS).toISOString(),
    clients: (isSilent ? [] : [...clients, null]).map((client): ClientUsage => {
      const name = client ?? 'none'
      const trend = wave(name, days, 3 + numberOf(name, 900))
      const granted = scopes
        .filter((scope) => numberOf(name + scope, 3) !== 0)
        .map((scope) => ({ scope, exercised: numberOf(scope + name, 2) * numberOf(name, 9000) }))
        .map((each) =>
          each.exercised === 0 ? each : { ...each, lastExercised: new Date().toISOString().slice(0, 10) },
        )
      return {
        issuer: ISSUER,
        client,
        allowed: trend.reduce((sum, count) => sum + count, 0),
        observed: numberOf(`${name} observed`, 20),
        denied: numberOf(`${name} denied`, 300),
        lastSeen: new Date(Date.now() - numberOf(name, 9000) * 1000).toISOString(),
        granted,
        suggested: granted.filter(({ exercised }) => exercised > 0).map(({ scope }) => scope),
        trend,
      }
    }),
  }
}

function replay({ document, clients }: Told): string {
  const [rule] = document.rules.filter(({ anyOf }) => anyOf !== undefined)
  if (rule === undefined) return ''
  const window = { from: '2026-11-01T00:00:00Z', to: '2026-11-28T00:00:00Z' }
  return clients
    .slice(0, 3)
    .map((client, at) =>
      JSON.stringify({
        format: 1,
        environment: 'staging',
        release: '0'.repeat(64),
        ...window,
        host: rule.host,
        method: rule.method === 'ANY' ? 'GET' : rule.method,
        path: rule.path,
        credential: 'verified',
        client,
        scopes: rule.anyOf?.[0],
        forDefault: true,
        outcome: 'allow',
        count: 1200 - at * 500,
      }),
    )
    .join('\n')
}

function decisions({ document, clients }: Told, query: URLSearchParams): readonly DecisionEvent[] {
  const rules = document.rules.map(({ method, host, path }) => `${method} ${host}${path}`)
  return Array.from({ length: Math.min(Number(query.get('limit')), 40) }, (_, at) =>
    decision(at, rules, clients),
  ).filter(({ outcome }) => query.get('outcome') === null || outcome === query.get('outcome'))
}

export function decision(at: number, rules: readonly string[], clients: readonly string[]): DecisionEvent {
  const isDenied = at % 3 === 0
  return {
    event: 'decision',
    format: 1,
    at: new Date(Date.now() - at * 37_000).toISOString(),
    decision: `019ac-${at}`,
    environment: 'staging',
    outcome: isDenied ? 'deny' : 'allow',
    ...(isDenied && { codes: [at % 2 === 0 ? 'scope_insufficient' : 'token_invalid'], missing: ['invoices:refund'] }),
    rule: rules[at % rules.length] ?? 'GET api.example.com/',
    method: 'GET',
    client: clients[at % Math.max(1, clients.length)] ?? 'partner',
    subject: `u-${at}`,
    gateMs: 1,
    oneIn: isDenied ? 1 : 10,
  } as DecisionEvent
}

function marksOf({ marks }: Told, query: URLSearchParams) {
  const before = Number(query.get('before') ?? Number.POSITIVE_INFINITY)
  const limit = Number(query.get('limit'))
  const fitting = marks.filter(
    ({ seq, standing, action: { target } }) =>
      seq < before &&
      (query.get('active') !== 'true' || standing === 'active') &&
      (query.get('kind') === null || target.kind === query.get('kind')) &&
      (query.get('scope') === null || (target.kind === 'scope' && target.scope === query.get('scope'))) &&
      (query.get('value') === null || ('value' in target && target.value === query.get('value'))),
  )
  const page = fitting.slice(0, limit)
  return { marks: page, next: fitting.length > limit ? (page.at(-1)?.seq ?? null) : null }
}

const status = ({ marks }: Told): LogStatus => ({
  head: { seq: marks.length, hash: 'pQx5mUuQ0uZ1nN0oZk2lT0mJ8m9e8kq2yq4t0mZk3aE' },
  floor: { seq: 0, hash: '' },
  activeMarks: marks.filter(({ standing }) => standing === 'active').length,
})

function tokens(query: URLSearchParams): TokenAnswer & { readonly subjects: string } {
  const now = Math.floor(Date.now() / 1000)
  const at = (seconds: number) => (now + seconds) as EpochSeconds
  return {
    subjects: 'hashed',
    at: at(0),
    sampling: [{ from: 0 as EpochSeconds, oneIn: 1 }],
    missed: 0,
    kept: 3,
    estimated: 3,
    tokens: [1, 2, 3].map((each) => ({
      fingerprint: createHash('sha256')
        .update(`${query.get('client')}${each}`)
        .digest('base64url'),
      issuer: ISSUER,
      client: query.get('client') ?? '',
      subject: `sha256:${createHash('sha256').update(String(each)).digest('hex').slice(0, 32)}`,
      scopes: ['invoices:read', 'invoices:export'].slice(0, each),
      issuedAt: at(-600 * each),
      expiresAt: at(3000 - each * 700),
      lifetimeSeconds: 3600,
      bound: [],
      acr: [],
      firstSeen: at(-600 * each),
      lastSeen: at(-20 * each),
      uses: 40 * each,
    })),
  }
}

const incidentList = ({ incidents }: Told): IncidentsAnswer => ({
  incidents,
  next: null,
  watch: { since: new Date(Date.now() - DAY_MS).toISOString(), dropped: 0 },
})

function incidentOf({ incidents }: Told, id: string): Canned {
  const incident = incidents.find((each) => each.id === id)
  if (incident === undefined)
    return { status: 404, body: { title: 'There is no such entry', detail: 'No incident has this id.' } }
  const body: IncidentAnswer = {
    incident,
    description:
      'Somebody tries scopes that it does not hold. Ask its owner; if nobody knows of it, revoke the client.',
    subject: { issuer: ISSUER, client: 'partner-reconciler', fingerprint: 'x'.repeat(43) },
  }
  return { body }
}

const mark = (seq: number, rest: Partial<ListedMark>): ListedMark => ({
  seq,
  time: new Date(Date.now() - (200 - seq) * 3_600_000).toISOString(),
  author: { kind: 'principal', issuer: ISSUER, subject: 'mara@example.com' },
  origin: { via: 'admin' },
  standing: seq % 3 === 0 ? 'undone' : 'active',
  action: {
    kind: 'mark',
    target: { kind: 'subject', issuer: ISSUER, value: `u-${seq}` },
    effect: { kind: 'revoke' },
    reason: 'left the company',
    expires: (Math.floor(Date.now() / 1000) + seq * 1800) as EpochSeconds,
  },
  ...rest,
})

const MARKS: readonly ListedMark[] = [
  mark(104, {
    standing: 'active',
    action: {
      kind: 'mark',
      target: { kind: 'scope', scope: 'invoices:refund' as ScopeToken },
      effect: { kind: 'suspend' },
      reason: 'the refund service pays twice',
    },
  }),
  mark(103, {
    author: { kind: 'rule', name: 'probing' },
    origin: { via: 'incident', id: 'inc_7' },
    action: {
      kind: 'mark',
      target: { kind: 'client', issuer: ISSUER, value: 'partner-reconciler' },
      effect: {
        kind: 'revoke',
        holding: ['invoices:refund' as ScopeToken],
        issuedUntil: 1_795_000_000 as EpochSeconds,
      },
      reason: 'inc_7: 24 scope_insufficient in a minute',
      expires: (Math.floor(Date.now() / 1000) + 3600) as EpochSeconds,
    },
  }),
  ...Array.from({ length: 102 }, (_, at) => mark(102 - at, {})),
]

const incident = (number: number, rest: Partial<Incident>): Incident => ({
  id: `inc_${number}`,
  rule: 'probing',
  severity: 'medium',
  title: 'A token tries scopes that it does not hold',
  state: 'open',
  group: { by: 'client', name: 'partner-reconciler' },
  openedAt: new Date(Date.now() - number * 1_700_000).toISOString(),
  lastEventAt: new Date(Date.now() - number * 1_600_000).toISOString(),
  count: 24,
  evidence: Array.from({ length: 6 }, (_, at) =>
    decision(at * 3, ['POST api.example.com/v1/invoices/{invoiceId}/refunds'], ['partner-reconciler']),
  ),
  history: [{ at: new Date(Date.now() - number * 1_700_000).toISOString(), to: 'open' }],
  alerts: [
    { channel: 'security-slack', state: 'sent', attempts: 1 },
    { channel: 'pager', state: 'failed', attempts: 8 },
  ],
  ...rest,
})

const INCIDENTS: readonly Incident[] = [
  incident(1, {
    severity: 'low',
    title: 'The mirror of the revocation log was stale',
    group: { by: 'all', name: null },
    state: 'closed',
  }),
  incident(2, {
    severity: 'critical',
    title: 'First use of a critical scope',
    scope: 'invoices:refund',
    response: { kind: 'suspend', entry: 103, until: new Date(Date.now() + 3_600_000).toISOString() },
  }),
  incident(3, {}),
  incident(4, {
    state: 'acknowledged',
    severity: 'high',
    title: 'Invalid signatures at one issuer',
    group: { by: 'issuer', name: ISSUER },
    history: [
      { at: new Date(Date.now() - 7_000_000).toISOString(), to: 'open' },
      {
        at: new Date(Date.now() - 3_000_000).toISOString(),
        to: 'acknowledged',
        by: 'mara@example.com',
        note: 'asked the identity team',
      },
    ],
  }),
]

function exampleDocument(): ReleaseDocument {
  const folder = new URL('../../../scopes/', import.meta.url)
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ path: `scopes/${name}`, bytes: readFileSync(new URL(name, folder)) }))
  const { release } = readMap(files, new Date().toISOString().slice(0, 10))
  if (release === undefined) throw new Error('the example map has errors')
  return release
}

const example = exampleDocument()
const CLIENTS = ['partner-reconciler', 'billing-worker', 'support-console', 'legacy-batch', 'mobile-app', 'reporting']

/** An older map: one route was open, and one asked for less. */
const older: ReleaseDocument = {
  ...example,
  rules: example.rules.map((rule, at) => {
    const { anyOf: _, ...rest } = rule
    return at === 0 && rule.anyOf !== undefined ? { ...rest, authenticated: 'It was thought to be harmless.' } : rule
  }),
}

export const USUAL: Told = { document: example, older, clients: CLIENTS, marks: MARKS, incidents: INCIDENTS }

export const SILENT: Told = { ...USUAL, clients: [], marks: [], incidents: [], isSilent: true }

/** 10,000 scopes and 11,000 rules in 40 services; 2,000 clients. */
export function large(): Told {
  const services = Object.fromEntries(
    Array.from({ length: 40 }, (_, at) => [`service-${at}`, { owner: `team-${at % 9}`, description: 'Large.' }]),
  )
  const scopes = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, at) => [
      `resource-${at}:read`,
      {
        service: `service-${at % 40}`,
        owner: `team-${at % 9}`,
        reason: `Somebody reads resource ${at}.`,
        sensitivity: SENSITIVITIES[at % 4] ?? ('low' as const),
      },
    ]),
  )
  const rules = Array.from(
    { length: 11_000 },
    (_, at): RuleEntry => ({
      service: `service-${at % 40}`,
      host: 'api.example.com',
      method: 'GET',
      path: `/v1/resource-${String(at).padStart(5, '0')}/{id}`,
      anyOf: [[`resource-${at % 10_000}:read`]],
    }),
  )
  const document: ReleaseDocument = { format: 1, services, scopes, hosts: {}, rules }
  const clients = Array.from({ length: 2000 }, (_, at) => `client-${at}`)
  return { ...USUAL, document, older: { ...document, rules: rules.slice(1) }, clients }
}

export const HOSTILE_NAMES = [
  '<img src=x onerror="window.hacked=1">',
  '"><script>window.hacked=1</script>',
  'pay\u202egnp.exe\u2066',
  'javascript:alert(1)',
  `long-${'x'.repeat(495)}`,
  '👩‍🚀 🏳️‍🌈 Ünïcödé 漢字',
]

/** Everything that somebody else writes tries something. */
export function hostile(): Told {
  const [markup = '', , bidi = '', link = '', long = '', emoji = ''] = HOSTILE_NAMES
  const service = { owner: markup, description: bidi }
  const scope = { service: long, owner: bidi, reason: `${markup} ${emoji} ${long}`, sensitivity: 'critical' as const }
  const document: ReleaseDocument = {
    format: 1,
    services: { [long]: service, [markup]: service },
    scopes: {
      '<svg/onload=window.hacked=1>': { ...scope, deprecated: { since: '2026-01-01', link } },
      [`scope:${'y'.repeat(400)}`]: scope,
    },
    hosts: {},
    rules: [
      {
        service: long,
        host: 'api.example.com',
        method: 'GET',
        path: `/v1/${'deep-'.repeat(60)}path/{id}`,
        anyOf: [['<svg/onload=window.hacked=1>'], [`scope:${'y'.repeat(400)}`]],
      },
      { service: markup, host: 'api.example.com', method: 'POST', path: '/v1/x', public: `${markup}${bidi}` },
    ],
  }
  const named = HOSTILE_NAMES.map((value, at) =>
    mark(at + 1, {
      author: { kind: 'principal', issuer: ISSUER, subject: markup },
      standing: 'active',
      action: {
        kind: 'mark',
        target: { kind: 'client', issuer: ISSUER, value },
        effect: { kind: 'revoke', matching: { session: bidi } },
        reason: `${value} ${markup}`,
      },
    }),
  )
  const incidents = HOSTILE_NAMES.map((name, at) =>
    incident(at + 1, {
      title: name,
      group: { by: 'client', name },
      evidence: [decision(0, [markup], [name])],
      history: [{ at: new Date().toISOString(), to: 'open', by: bidi, note: markup }],
      alerts: [{ channel: markup, state: 'failed', attempts: 3 }],
      response: { kind: 'revoke', failed: `${markup}${bidi}` },
    }),
  )
  return {
    ...USUAL,
    document,
    older: { ...document, rules: document.rules.slice(1) },
    clients: HOSTILE_NAMES,
    marks: named,
    incidents,
  }
}
