/** Random maps and requests that meet often: few names, much overlap, and every feature of a rule. */
import fc from 'fast-check'
import type { Evidence } from '../../src/policy/decision.ts'
import type { Resource } from '../../src/policy/environment.ts'
import { METHODS, RULE_METHODS } from '../../src/policy/method.ts'
import { type PrincipalFacts, verifiedPrincipal } from '../../src/policy/principal.ts'
import type { DetailEntry, ReleaseDocument, RuleEntry, ScopeEntry, StepUpEntry } from '../../src/policy/release.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import { SENDER_CONSTRAINTS } from '../../src/policy/rule.ts'
import type { ScopeToken } from '../../src/policy/scope.ts'
import { arbitraryMarks, arbitraryNames, ISSUER, type Marks } from './arbitrary-marks.ts'

/** All sunsets lie on one of two days, and requests come around their midnights. */
const DAYS = ['2026-11-23', '2027-01-31'] as const
const MIDNIGHTS = DAYS.map((day) => Date.parse(`${day}T00:00:00Z`) / 1000)

const HOSTS = ['api.example.com', 'b.example.com', '*.example.com', '*.b.example.com', 'localhost']
const LITERALS = ['a', 'A', 'b', 'export', 'Export', 'export.json', 'v1.2', 'caf%C3%A9', 'CAF%C3%89', 'a%3Ab', 'me@x.y']
export const SCOPES = ['a:read', 'a:write', 'a:admin', 'b:read', 'b:write', 'c:all']
const ACRS = ['low', 'phr', 'phrh']
export const CLIENTS = ['partner', 'support']

const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 7, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })

const METHOD_GROUPS = [['otp'], ['hwk', 'pwd']] as const
const ACTORS = ['robot', 'agent']
export const RESOURCE = 'https://api.example.com'
const OWN_RESOURCE = 'https://api.example.com/s'
const DETAIL = 'payment'
const ACTIONS = ['initiate', 'cancel']

const stepUp: fc.Arbitrary<StepUpEntry> = fc
  .record(
    {
      amr: fc.constantFrom(METHOD_GROUPS, [METHOD_GROUPS[0]]),
      acr: fc.uniqueArray(fc.constantFrom(...ACRS), { minLength: 1, maxLength: 2 }),
      maxAgeSeconds: fc.constantFrom(0, 60, 300),
    },
    { requiredKeys: [] },
  )
  .filter((entry) => Object.keys(entry).length > 0)

const conditions = {
  stepUp: fc.option(stepUp, { nil: undefined, freq: 3 }),
  maxTokenAgeSeconds: fc.option(fc.constantFrom(60, 600), { nil: undefined, freq: 2 }),
  maxLifetimeSeconds: rarely(fc.constantFrom(300, 3600)),
  // Few requests pass with a proof that serves once, unless many rules and scopes ask for it.
  senderConstraint: fc.oneof(
    { weight: 8, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom(...SENDER_CONSTRAINTS) },
    { weight: 2, arbitrary: fc.constant('dpop-single-use' as const) },
  ),
}

const detail: fc.Arbitrary<DetailEntry> = fc
  .record({
    type: fc.constant(DETAIL),
    actions: fc.option(fc.subarray(ACTIONS, { minLength: 1 }), { nil: undefined }),
    match: fc.option(fc.constantFrom({ '/amount/currency': 'EUR' }, { '/account': '{p0}' }), { nil: undefined }),
  })
  .map(withoutUndefined)

/** What a rule asks of who calls; rarely anything. */
const callers = {
  clients: rarely(fc.subarray(CLIENTS, { minLength: 1 })),
  actors: rarely(fc.subarray(ACTORS)),
  authorizationDetails: rarely(fc.tuple(detail)),
  revocation: rarely(fc.constant('strict' as const)),
}

/** Implication only runs down the list, so it has no cycles; it is closed below. */
const scopes: fc.Arbitrary<Record<string, ScopeEntry>> = fc
  .tuple(
    ...SCOPES.map((_, index) =>
      fc.record({
        ...conditions,
        implied: fc.subarray(SCOPES.slice(0, index)),
        sensitivity: fc.constantFrom('low' as const, 'low' as const, 'high' as const, 'critical' as const),
        sunset: fc.option(fc.constantFrom(...DAYS, 'none' as const), { nil: undefined, freq: 4 }),
      }),
    ),
  )
  .map((drafts) => {
    const closures = new Map<string, Set<string>>()
    const entries = drafts.map(({ implied, sunset, ...rest }, index) => {
      const name = SCOPES[index] ?? ''
      const closure = new Set(implied.flatMap((each) => [each, ...(closures.get(each) ?? [])]))
      closures.set(name, closure)
      const entry = {
        service: 's',
        owner: 'o',
        reason: 'r',
        ...withoutUndefined(rest),
        ...(closure.size > 0 && { implies: [...closure].sort() }),
        ...(sunset !== undefined && {
          deprecated: { since: '2026-01-01', ...(sunset !== 'none' && { sunset }), replacedBy: ['a:read'] },
        }),
      }
      return [name, entry] as const
    })
    return Object.fromEntries(entries)
  })

const template = fc
  .record({
    segments: fc.array(
      fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...LITERALS) }, { weight: 2, arbitrary: fc.constant('{}') }),
      { minLength: 0, maxLength: 4 },
    ),
    end: fc.constantFrom('', '', '', '/', '/{rest+}'),
  })
  .map(({ segments, end }) => {
    const path = segments.map((segment, index) => `/${segment === '{}' ? `{p${index}}` : segment}`).join('')
    return path + end || '/'
  })

const canonicalOrder = (anyOf: readonly (readonly string[])[]): readonly (readonly string[])[] => {
  const keyed = new Map(anyOf.map((alternative) => [[...alternative].sort().join(' '), [...alternative].sort()]))
  return [...keyed.entries()]
    .sort(([a, x], [b, y]) => x.length - y.length || (a < b ? -1 : 1))
    .map(([, alternative]) => alternative)
}

const requirement = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ public: 'r' }) },
  { weight: 1, arbitrary: fc.record({ ...conditions, ...callers, authenticated: fc.constant('r') }) },
  {
    weight: 6,
    arbitrary: fc.record({
      ...conditions,
      ...callers,
      anyOf: fc
        .array(fc.uniqueArray(fc.constantFrom(...SCOPES), { minLength: 1, maxLength: 3 }), {
          minLength: 1,
          maxLength: 3,
        })
        .map(canonicalOrder),
    }),
  },
)

const rule = fc
  .record({
    host: fc.constantFrom(...HOSTS),
    method: fc.constantFrom(...RULE_METHODS),
    path: template,
    requirement,
    mode: fc.option(fc.constantFrom('enforce' as const, 'observe' as const), { nil: undefined, freq: 4 }),
    upgrade: fc.option(fc.constant('websocket' as const), { nil: undefined, freq: 6 }),
  })
  .map(
    ({ requirement: asked, ...rest }): RuleEntry =>
      withNamedParameters(withoutUndefined({ service: 's', ...rest, ...withoutUndefined(asked) }) as RuleEntry),
  )

/** A parameter that the path does not have is refused with the map: such rules match nothing by it. */
function withNamedParameters(entry: RuleEntry): RuleEntry {
  const { authorizationDetails: details } = entry
  if (details === undefined || entry.path.split('/').includes('{p0}')) return entry
  return { ...entry, authorizationDetails: details.map(({ match: _match, ...rest }) => rest) }
}

const shapeOf = ({ host, method, path }: RuleEntry): string =>
  `${method} ${host}${path.replace(/\{[^}+]*(\+?)\}/g, '{$1}')}`

/** A map without ties, its rules in the order that compiling gives them. */
export const arbitraryMap: fc.Arbitrary<ReleaseDocument> = fc
  .record({ scopes, rules: fc.uniqueArray(rule, { selector: shapeOf, minLength: 1, maxLength: 40 }) })
  .map(({ scopes: defined, rules }) => ({
    format: 1,
    services: { s: { owner: 'o', description: 'd' } },
    scopes: defined,
    hosts: {},
    rules: [...rules].sort((a, b) => (shapeOf(a) < shapeOf(b) ? -1 : 1)),
  }))

export interface Asked {
  readonly host: string
  readonly path: string
  readonly method: (typeof METHODS)[number]
  readonly upgrade: boolean
  readonly evidence: Evidence
  readonly now: EpochSeconds
  readonly mode: 'enforce' | 'observe'
  readonly observeClients: readonly string[]
  readonly resource: string
  readonly services: Readonly<Record<string, Resource>>
  readonly marks: Marks
}

const now = fc
  .constantFrom(...MIDNIGHTS.flatMap((second) => [second - 1, second, second + 1]))
  .map((second) => second as EpochSeconds)

const SEGMENTS = [...LITERALS, 'x', 'EXPORT', 'export.tar.gz', 'A%3AB', 'ME', 'Z', 'caf%C3%89', 'v1', 'X.json']

/** A path made from a template of the map, its literals and values sometimes in another spelling, or any path at all. */
function pathFor(templates: readonly string[]): fc.Arbitrary<string> {
  const segment = fc.constantFrom(...SEGMENTS)
  const anyPath = fc
    .tuple(fc.array(segment, { maxLength: 5 }), fc.constantFrom('', '', '/'))
    .map(([segments, end]) => `/${segments.join('/')}${segments.length === 0 ? '' : end}`)
  const instance = fc
    .tuple(
      fc.constantFrom(...templates),
      fc.array(segment, { minLength: 8, maxLength: 8 }),
      fc.array(fc.nat(9), { minLength: 8, maxLength: 8 }),
      fc.nat(3),
    )
    .map(([text, values, dice, length]) =>
      text
        .split('/')
        .map((part, index) => {
          if (/^\{.*\+\}$/.test(part)) return values.slice(0, 1 + length).join('/') + (dice[index] === 0 ? '/' : '')
          if (part.startsWith('{')) return values[index % 8] ?? 'x'
          return dice[index % 8] === 0 && part !== '' ? (values[index % 8] ?? 'x') : part
        })
        .join('/'),
    )
  return fc.oneof({ weight: 4, arbitrary: instance }, { weight: 1, arbitrary: anyPath })
}

const REQUEST_HOSTS = [
  'api.example.com',
  'b.example.com',
  'x.example.com',
  'y.b.example.com',
  'example.com',
  'localhost',
  'other',
]

/** Requests that a map has something to say about. */
export function arbitraryRequest(document: ReleaseDocument): fc.Arbitrary<Asked> {
  const targets = document.rules.map(({ host, path, method }) => ({ host: host.replace('*', 'x'), path, method }))
  const evidence = (second: EpochSeconds): fc.Arbitrary<Evidence> =>
    fc.oneof(
      { weight: 1, arbitrary: fc.constant<Evidence>({ kind: 'none' }) },
      {
        weight: 1,
        arbitrary: fc.constant<Evidence>({ kind: 'rejected', denial: { code: 'token_invalid', detail: 'signature' } }),
      },
      {
        weight: 12,
        arbitrary: principal(second).map(
          (facts): Evidence => ({ kind: 'verified', principal: verifiedPrincipal(facts) }),
        ),
      },
    )
  return fc.tuple(fc.constantFrom(...targets), now).chain(([target, second]) =>
    fc.record({
      host: fc.oneof(
        { weight: 6, arbitrary: fc.constant(target.host) },
        { weight: 1, arbitrary: fc.constantFrom(...REQUEST_HOSTS) },
      ),
      path: fc.oneof(
        { weight: 3, arbitrary: pathFor([target.path]) },
        { weight: 1, arbitrary: pathFor(document.rules.map(({ path }) => path)) },
      ),
      method:
        target.method === 'ANY'
          ? fc.constantFrom(...METHODS)
          : fc.oneof(
              { weight: 5, arbitrary: fc.constant(target.method) },
              { weight: 1, arbitrary: fc.constantFrom(...METHODS) },
            ),
      upgrade: fc.nat(9).map((die) => die === 0),
      evidence: evidence(second),
      now: fc.constant(second),
      marks: arbitraryMarks(SCOPES, CLIENTS, second),
      mode: fc.constantFrom('enforce' as const, 'enforce' as const, 'observe' as const),
      observeClients: fc.subarray(CLIENTS),
      resource: fc.constant(RESOURCE),
      services: fc.constantFrom<Asked['services']>(
        {},
        {},
        { s: { resource: OWN_RESOURCE, audiences: [OWN_RESOURCE] } },
      ),
    }),
  )
}

const authorizationDetail = fc
  .record({
    type: fc.constantFrom(DETAIL, DETAIL, 'other'),
    actions: fc.option(fc.subarray(ACTIONS), { nil: undefined }),
    locations: fc.option(fc.subarray([RESOURCE, OWN_RESOURCE]), { nil: undefined }),
    account: fc.option(fc.constantFrom(...LITERALS.map(decodeURIComponent), 'x'), { nil: undefined }),
    amount: fc.option(fc.constantFrom({ currency: 'EUR' }, { currency: 'USD' }), { nil: undefined }),
  })
  .map(withoutUndefined)

function principal(second: EpochSeconds): fc.Arbitrary<PrincipalFacts> {
  const ago = (ages: readonly number[]) => fc.constantFrom(...ages).map((age) => (second - age) as EpochSeconds)
  const authentication = fc.record(
    {
      at: ago([-61, -60, 0, 59, 60, 61, 300, 301]),
      acrs: fc.subarray(ACRS),
      amr: fc.subarray(METHOD_GROUPS.flat()),
    },
    { requiredKeys: ['acrs', 'amr'] },
  )
  return fc
    .record(
      {
        issuer: fc.constant(ISSUER),
        names: arbitraryNames,
        scopes: fc.subarray([...SCOPES, 'unknown']).map((names) => new Set(names as ScopeToken[])),
        expiresAt: fc.constant((second + 60) as EpochSeconds),
        authentication,
        client: fc.constantFrom(...CLIENTS),
        issuedAt: ago([0, 0.5, 60, 61, 600, 601]),
        lifetimeSeconds: fc.constantFrom(300, 300, 301, 3600),
        confirmation: fc.constantFrom(
          { keyThumbprint: 'k' },
          { certificateThumbprint: 'c' },
          ...Array(4).fill({ keyThumbprint: 'k', certificateThumbprint: 'c' }),
        ),
        actor: fc.constantFrom({}, { name: 'robot' }, { name: 'agent' }),
        isForDefault: fc.constantFrom(true, true, true, false),
        services: fc.constantFrom(new Set(['s']), new Set(['s']), new Set<string>()),
        authorizationDetails: fc.array(authorizationDetail, { maxLength: 2 }),
      },
      {
        requiredKeys: [
          'issuer',
          'names',
          'scopes',
          'expiresAt',
          'authentication',
          'isForDefault',
          'services',
          'authorizationDetails',
        ],
      },
    )
    .map(({ names, ...facts }) => ({ ...names, ...facts }) as PrincipalFacts)
}

/** Members that may be undefined become members that may be absent. */
type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Defined<T>
}
