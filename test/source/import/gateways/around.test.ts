/** What is decided outside of the constructs themselves: dry runs, things switched off, who a policy is for, hosts that no map says. */
import { expect, test } from 'vitest'
import { answers, importText, prove, releaseOfImport, rulesOf, verdictsOf } from './prove.ts'

const istio = (name: string, spec: string, more = '') =>
  `{ apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: { name: ${name}, namespace: shop${more} }, spec: ${spec} }`
const dryRun = ', annotations: { istio.io/dry-run: "true" }'
const scopes = (...names: readonly string[]) => `{ key: "request.auth.claims[scope]", values: [${names.join(', ')}] }`

test('Istio: an ALLOW policy that is a dry run opens nothing, and a DENY policy that is one refuses nothing and is listed', () => {
  const enforced = istio('real', `{ rules: [{ to: [{ operation: { paths: [/a] } }], when: [${scopes('a')}] }] }`)
  const trials = [istio('wide', '{ rules: [{}] }', dryRun), istio('no', '{ action: DENY, rules: [{}] }', dryRun)]
  const imported = importText('istio', [enforced, ...trials].join('\n---\n'))
  expect(rulesOf(imported)).toEqual(['ANY /a: a'])
  expect(imported.failOpen.map(({ construct }) => construct)).toEqual(['policy `wide`', 'policy `no`'])
  expect(verdictsOf(imported)).toEqual(['exact policy `real` rule 1', 'exact policy `wide`', 'exact policy `no`'])
  expect(prove(imported)).toMatchObject({ wrong: [], looser: [], stricter: [] })
})

test('Istio: where the only ALLOW policy is a dry run, everybody gets in, and that is said', () => {
  const imported = importText('istio', istio('trial', `{ rules: [{ when: [${scopes('a')}] }] }`, dryRun))
  expect(rulesOf(imported)).toEqual(['ANY /: public', 'ANY /{rest+}: public'])
  expect(imported.failOpen.map(({ construct }) => construct)).toEqual(['workload', 'policy `trial`'])
})

test.each([
  'action: deny, rules: [{}]',
  'action: DENY, rules: {}',
  'action: DENY, rules: [{ from: [{ sources: { namespaces: [a] } }] }]',
  'action: DENY, rules: [{ to: { operation: { paths: [/a] } } }]',
])('Istio: a policy that is not understood may refuse anything: %s', (spec) => {
  const imported = importText('istio', `${istio('open', '{ rules: [{}] }')}\n---\n${istio('odd', `{ ${spec} }`)}`)
  expect(imported.services).toEqual([])
  expect(verdictsOf(imported)).toContain('unrepresentable policy `odd`')
})

test('Istio: conditions that come to too many sets of scopes are said to be stricter, not exact', () => {
  const many = (stem: string) => scopes(...Array.from({ length: 9 }, (_, index) => `${stem}${index}`))
  const imported = importText('istio', istio('many', `{ rules: [{ when: [${many('a')}, ${many('b')}] }] }`))
  expect(imported.services).toEqual([])
  expect(verdictsOf(imported)).toEqual(['stricter policy `many` rule 1'])
})

test('Istio: a host that no pattern of a map says does not take a DENY rule away from the hosts beside it', () => {
  const allow = istio(
    'allow',
    '{ rules: [{ to: [{ operation: { hosts: [api.example.com, admin-x.example.com] } }] }] }',
  )
  const deny = istio(
    'deny',
    '{ action: DENY, rules: [{ to: [{ operation: { hosts: [api.example.com, "admin-*"], paths: [/secret] } }] }] }',
  )
  const imported = importText('istio', `${allow}\n---\n${deny}`)
  const release = releaseOfImport(imported)
  expect(answers(release, 'GET https://admin-x.example.com/secret', 'nobody')).toBe('deny')
  expect(answers(release, 'GET https://admin-x.example.com/other', 'nobody')).toBe('allow')
  expect(prove(imported)).toMatchObject({ wrong: [], looser: [] })
})

const oidc = (more: string) => `{ name: openid-connect, config: { auth_methods: [bearer], ${more} } }`

test('Kong: routes of a service that is switched off do not exist', () => {
  const imported = importText(
    'kong',
    '{ services: [{ name: off, enabled: false, routes: [{ name: r, paths: [/a/] }] }, { name: on, routes: [{ name: q, paths: [/b/] }] }] }',
  )
  expect(rulesOf(imported)).toEqual(['ANY /b/: public', 'ANY /b/{rest+}: public'])
  expect(verdictsOf(imported)).toEqual(['exact route `r`', 'exact route `q`'])
  expect(imported.failOpen).toHaveLength(1)
})

test('Kong: a plugin of the anonymous consumer may refuse those who bring no credential', () => {
  const text = (consumers: string) =>
    `{ services: [{ name: s, plugins: [${oidc('anonymous: anon')}], routes: [{ name: r, paths: [/a/] }] }], ${consumers} }`
  const plugin = '{ name: request-termination, config: { status_code: 401 } }'
  expect(rulesOf(importText('kong', text('consumers: [{ username: anon }]')))[0]).toBe('ANY /a/: public')
  const refusing = importText('kong', text(`consumers: [{ username: anon, plugins: [${plugin}] }]`))
  expect(refusing.services).toEqual([])
  expect(verdictsOf(refusing)).toEqual(['unrepresentable route `r`'])
})

test('Kong: plugins of consumers do nothing on routes where nobody is one', () => {
  const imported = importText(
    'kong',
    '{ services: [{ name: s, routes: [{ name: r, paths: [/a/] }] }], consumers: [{ username: c, plugins: [{ name: acl, config: { allow: [x] } }] }] }',
  )
  expect(verdictsOf(imported)).toEqual(['exact route `r`'])
})

test('Kong: a key that is demanded is not made void by a token that may be left out', () => {
  const imported = importText(
    'kong',
    `{ services: [{ name: s, plugins: [${oidc('anonymous: anon')}, { name: key-auth }], routes: [{ name: r, paths: [/a/] }] }] }`,
    { accept: true },
  )
  expect(imported.services).toEqual([])
  expect(verdictsOf(imported)).toEqual(['unrepresentable route `r`'])
})

test('Kong: an item of `scopes_required` without a scope is not understood', () => {
  const imported = importText(
    'kong',
    `{ services: [{ name: s, plugins: [${oidc('scopes_required: [a, ""]')}], routes: [{ name: r, paths: [/a/] }] }] }`,
  )
  expect(imported.services).toEqual([])
})

test.each([
  ['kong', (routes: string) => `{ services: [{ name: s, routes: [${routes}] }] }`, 'paths: [/a/b/]', 'paths: [/a/]'],
  ['apisix', (routes: string) => `{ routes: [${routes}] }`, 'uri: /a/b/*', 'uri: /a/*'],
] as const)(
  '%s: a route that also answers on hosts which no map says keeps the others away there, and is written for those that it can say',
  (format, wrap, narrow, wide) => {
    const asks =
      format === 'kong'
        ? `plugins: [${oidc('scopes_required: [a]')}]`
        : 'plugins: { openid-connect: { bearer_only: true, required_scopes: [a] } }'
    const odd = format === 'kong' ? 'example.*' : '*example.org'
    const text = wrap(
      `{ name: own, ${narrow}, hosts: ["${odd}", shop.example.com], ${asks} }, { name: open, ${wide}, hosts: [example.org, shop.example.com, "*.example.net"] }`,
    )
    const imported = importText(format, text)
    const release = releaseOfImport(imported)
    expect(answers(release, 'GET https://example.org/a/b/c', 'nobody')).toBe('deny')
    expect(answers(release, 'GET https://example.org/a/c', 'nobody')).toBe('allow')
    expect(answers(release, 'GET https://shop.example.com/a/b/c', 'nobody')).toBe('deny')
    expect(answers(release, 'GET https://shop.example.com/a/b/c', 'a')).toBe('allow')
    expect(prove(imported).wrong).toEqual([])
  },
)

const oathkeeper = (authenticators: string) =>
  importText(
    'oathkeeper',
    `[{ id: x, match: { url: "https://api.example.com/a", methods: [GET] }, authenticators: [${authenticators}], authorizer: { handler: allow }, mutators: [{ handler: noop }] }]`,
  )
const JWT = '{ handler: jwt, config: { required_scope: [a], scope_strategy: exact } }'

test('Oathkeeper: no token reaches a handler behind one that takes every bearer token', () => {
  expect(oathkeeper(`{ handler: bearer_token }, ${JWT}`).services).toEqual([])
  expect(rulesOf(oathkeeper(`${JWT}, { handler: bearer_token }`))).toEqual(['GET api.example.com/a: a'])
  expect(rulesOf(oathkeeper(`{ handler: cookie_session }, ${JWT}`))).toEqual(['GET api.example.com/a: a'])
})

const route = (parent = '{ name: gw }', namespace = 'shop') =>
  `{ kind: HTTPRoute, metadata: { name: web, namespace: ${namespace} }, spec: { parentRefs: [${parent}], rules: [{ matches: [{ path: { type: Exact, value: /a } }] }] } }`
const security = (name: string, targets: string, namespace = 'shop', asks = 'jwt: { providers: [{ name: p }] }') =>
  `{ kind: SecurityPolicy, metadata: { name: ${name}, namespace: ${namespace} }, spec: { ${targets}, ${asks} } }`
const envoy = (...resources: readonly string[]) => importText('envoy-gateway', resources.join('\n---\n'))

test.each([
  ['the route', 'targetRefs: [{ kind: HTTPRoute, name: web }]'],
  ['the gateway', 'targetRefs: [{ kind: Gateway, name: gw }]'],
])('Envoy Gateway: a policy for %s', (_what, targets) => {
  expect(rulesOf(envoy(route(), security('p', targets)))[0]).toBe('ANY /a: authenticated')
})

test('Envoy Gateway: a policy for a listener is for the routes on it, before that of the gateway', () => {
  const listener = security('p', 'targetRefs: [{ kind: Gateway, name: gw, sectionName: https }]')
  const gateway = security('open', 'targetRefs: [{ kind: Gateway, name: gw }]', 'shop', 'cors: {}')
  expect(rulesOf(envoy(route('{ name: gw, sectionName: https }'), listener, gateway))[0]).toBe('ANY /a: authenticated')
  expect(rulesOf(envoy(route('{ name: gw, sectionName: http }'), listener, gateway))[0]).toBe('ANY /a: public')
})

test.each([
  ['a listener', route(), 'targetRefs: [{ kind: Gateway, name: gw, sectionName: https }]'],
  ['what its labels say', route(), 'targetSelectors: [{ kind: HTTPRoute, matchLabels: { a: b } }]'],
  [
    'a gateway whose listeners are elsewhere',
    route('{ kind: ListenerSet, name: more }'),
    'targetRefs: [{ kind: Gateway, name: gw }]',
  ],
  ['one of two gateways', route('{ name: gw }, { name: other }'), 'targetRefs: [{ kind: Gateway, name: gw }]'],
])('Envoy Gateway: a policy for %s may be for the route, which is not open then', (_what, written, targets) => {
  const imported = envoy(written, security('p', targets))
  expect(imported.services).toEqual([])
  expect(verdictsOf(imported)).toContain('unrepresentable route `web`')
  expect(imported.failOpen).toEqual([])
})

test('Envoy Gateway: a policy of another namespace is not for the route, whatever it is called', () => {
  const targets = 'targetRefs: [{ kind: HTTPRoute, name: web }]'
  const gateway = security('p', 'targetRefs: [{ kind: Gateway, name: gw }]')
  const open = security('p', targets, 'elsewhere', 'cors: {}')
  expect(rulesOf(envoy(route(), open, gateway))[0]).toBe('ANY /a: authenticated')
})

test('KrakenD: a validator that says nothing is there all the same, and opens nothing', () => {
  for (const validator of ['null', '[]', 'on']) {
    const imported = importText(
      'krakend',
      `{ endpoints: [{ endpoint: /a, extra_config: { auth/validator: ${validator} } }] }`,
    )
    expect(imported.services).toEqual([])
    expect(imported.failOpen).toEqual([])
    expect(verdictsOf(imported)).toEqual(['unrepresentable endpoint `GET /a`'])
  }
})

test('APISIX: what a consumer has besides its credentials may refuse it, where it is known who is calling', () => {
  const text = (plugins: string) =>
    `{ routes: [{ id: 1, uri: /a, plugins: { jwt-auth: {} } }, { id: 2, uri: /b }], consumers: [{ username: c, plugins: { jwt-auth: { key: k }, ${plugins} } }] }`
  expect(verdictsOf(importText('apisix', text('limit-count: {}')))).toEqual(['exact route `1`', 'exact route `2`'])
  const refusing = importText('apisix', text('ip-restriction: { whitelist: [10.0.0.1] }'))
  expect(verdictsOf(refusing)).toEqual(['unrepresentable route `1`', 'exact route `2`'])
  expect(rulesOf(refusing)).toEqual(['ANY /b: public'])
})
