/** What each product means by its own words, and the traps that it sets. */
import { expect, test } from 'vitest'
import { importText, prove, rulesOf, verdictsOf } from './prove.ts'

const krakend = (validator: string) =>
  importText('krakend', `{ endpoints: [{ endpoint: "/a/{b}", extra_config: { auth/validator: ${validator} } }] }`)

test.each([
  ['{ scopes: [a, b], scopes_key: scope }', 'a | b'],
  ['{ scopes: [a, b], scopes_key: scope, scopes_matcher: all }', 'a+b'],
  ['{ scopes: [a, b], scopes_key: scope, scopes_matcher: ALL }', 'a | b'],
  ['{ scopes: [a, b] }', 'authenticated'],
  ['{ scopes: [a, b], scope_key: scope }', 'authenticated'],
  ['{ scopes: [], scopes_key: scope }', 'authenticated'],
])('KrakenD: %s asks for %s', (validator, asked) => {
  expect(rulesOf(krakend(validator))).toEqual([`GET /a/{b}: ${asked}`])
})

test('KrakenD: a scope list that is not checked is listed with its place, and a misspelt key with what was meant', () => {
  expect(krakend('{ scopes: [a], scope_key: scope }').failOpen.map(({ message }) => message)).toEqual([
    'its `scopes` are not checked, because `scopes_key` is missing: every valid token gets in',
    'KrakenD ignores the setting `scope_key`; was `scopes_key` meant?',
  ])
})

test('KrakenD: an address as the name of the claim is never found', () => {
  expect(verdictsOf(krakend('{ scopes: [a], scopes_key: "https://x.com/scope" }'))).toEqual([
    'unrepresentable endpoint `GET /a/{b}`',
  ])
})

const kong = (routes: string, more = '') =>
  importText('kong', `{ services: [{ name: s, routes: [${routes}]${more} }] }`, { accept: true })
const oidc = (scopes: string) =>
  `{ name: openid-connect, config: { auth_methods: [bearer], scopes_required: [${scopes}] } }`

test('Kong: words of an item are all needed, one item is enough', () => {
  expect(rulesOf(kong(`{ name: r, methods: [GET], paths: [/a], plugins: [${oidc('"a b", c')}] }`))[0]).toBe(
    'GET /a: c | a+b',
  )
})

test('Kong: a path is the beginning of others, and no template says where a segment begins like it', () => {
  const imported = kong(`{ name: r, methods: [GET], paths: [/a], plugins: [${oidc('a')}] }`)
  expect(rulesOf(imported)).toEqual(['GET /a: a', 'GET /a/: a', 'GET /a/{rest+}: a'])
  expect(verdictsOf(imported)).toEqual(['stricter route `r`'])
})

test('Kong: the plugin of the route takes the place of that of the service, unless it is switched off', () => {
  const own = (enabled: boolean) =>
    `{ name: openid-connect, enabled: ${enabled}, config: { auth_methods: [bearer], scopes_required: [own] } }`
  const asked = (enabled: boolean) =>
    rulesOf(
      kong(`{ name: r, methods: [GET], paths: [/a/], plugins: [${own(enabled)}] }`, `, plugins: [${oidc('shared')}]`),
    )[0]
  expect([asked(true), asked(false)]).toEqual(['GET /a/: own', 'GET /a/: shared'])
})

test('Kong: a route that says more comes first, though its path is shorter', () => {
  const imported = kong(
    `{ name: short, methods: [GET], paths: [/], plugins: [${oidc('a')}] }, { name: long, paths: [/x/], plugins: [${oidc('b')}] }`,
  )
  expect(rulesOf(imported)).toContain('GET /x/: a')
  expect(rulesOf(imported)).toContain('ANY /x/: b')
})

const apisix = (routes: string) => importText('apisix', `routes: [${routes}]`)
const checked = (scopes: string) =>
  `plugins: { openid-connect: { bearer_only: true, use_jwks: true, required_scopes: [${scopes}] } }`

test('APISIX: all scopes are needed, a whole path comes before the longest beginning', () => {
  const imported = apisix(`{ id: 1, uri: /a/*, ${checked('a, b')} }, { id: 2, uri: /a/x, ${checked('c')} }`)
  expect(rulesOf(imported)).toEqual(['ANY /a/: a+b', 'ANY /a/x: c', 'ANY /a/{rest+}: a+b'])
})

test('APISIX: `scope` is what it asks for at login, and `pass` passes everybody on', () => {
  const { failOpen } = apisix(
    '{ id: 1, uri: /a, plugins: { openid-connect: { use_jwks: true, scope: "openid a", unauth_action: pass } } }',
  )
  expect(failOpen.map(({ message }) => message.split(':')[0])).toEqual([
    'its `unauth_action` is `pass`',
    'its `scope` is what APISIX asks for at login; without `required_scopes` none is checked',
  ])
})

const policy = (spec: string) =>
  `{ apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: { name: p }, spec: ${spec} }`
const claim = (kind: string, values: string) => `{ key: "request.auth.claims[scope]", ${kind}: [${values}] }`

test('Istio: values are alternatives, conditions are not, and DENY comes before ALLOW', () => {
  const allow = policy(
    `{ rules: [{ to: [{ operation: { methods: [GET], paths: [/a] } }], when: [${claim('values', 'a, b')}, ${claim('values', 'c')}] }] }`,
  )
  const deny = policy(`{ action: DENY, rules: [{ when: [${claim('notValues', 'd')}] }] }`)
  expect(rulesOf(importText('istio', `${allow}\n---\n${deny}`))).toEqual(['GET /a: a+c+d | b+c+d'])
})

test('Istio: without an ALLOW policy everybody gets in, and that is said', () => {
  const imported = importText('istio', policy('{ action: DENY, rules: [{ to: [{ operation: { paths: [/x] } }] }] }'))
  expect(rulesOf(imported)).toEqual(['ANY /: public', 'ANY /x: imported:denied', 'ANY /{rest+}: public'])
  expect(imported.failOpen).toHaveLength(1)
})

test('Istio: an ALLOW policy without rules lets nobody in', () => {
  expect(importText('istio', policy('{}')).services).toEqual([])
})

test('Envoy Gateway: the first rule that matches decides, all of its scopes are needed, and the rest is refused', () => {
  const route =
    '{ kind: HTTPRoute, metadata: { name: r }, spec: { rules: [{ matches: [{ path: { type: Exact, value: /a } }] }] } }'
  const rules =
    '[{ action: Deny, operation: { methods: [DELETE] }, principal: {} }, { action: Allow, principal: { jwt: { provider: l, scopes: [a, b] } } }]'
  const security = `{ kind: SecurityPolicy, metadata: { name: p }, spec: { targetRef: { kind: HTTPRoute, name: r }, jwt: { providers: [{ name: l }] }, authorization: { rules: ${rules} } } }`
  const imported = importText('envoy-gateway', `${route}\n---\n${security}`)
  expect(rulesOf(imported)).toEqual(['GET /a: a+b', 'POST /a: a+b', 'PUT /a: a+b', 'PATCH /a: a+b', 'OPTIONS /a: a+b'])
  expect(prove(imported)).toMatchObject({ wrong: [], stricter: [], looser: [] })
})

test('Envoy Gateway: a host of its own is no part of a wider one, though nothing answers there', () => {
  const route = (name: string, host: string, match: string) =>
    `{ kind: HTTPRoute, metadata: { name: ${name} }, spec: { hostnames: ["${host}"], rules: [{ matches: [${match}] }] } }`
  const text = [
    route('wide', '*.example.com', '{ path: { type: PathPrefix, value: / } }'),
    route('own', 'a.example.com', '{ path: { type: Exact, value: / }, headers: [{ name: x, value: y }] }'),
  ].join('\n---\n')
  const imported = importText('envoy-gateway', text)
  expect(rulesOf(imported)).toContain('ANY a.example.com/: imported:denied')
  expect(prove(imported).wrong).toEqual([])
})
