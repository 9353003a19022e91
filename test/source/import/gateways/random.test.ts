/** Random configurations of every product: the map answers each row as it is to, and lets in nobody whom the source refuses without saying so. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { importText, prove } from './prove.ts'

const scope = fc.constantFrom('a:read', 'a:write', 'b', 'c.d', 'c')
const scopes = fc.uniqueArray(scope, { maxLength: 3 })
const segment = fc.constantFrom('x', 'y', 'xy', 'z')
const method = fc.constantFrom('GET', 'POST', 'DELETE')
const methods = fc.uniqueArray(method, { minLength: 1, maxLength: 3 })
const host = fc.constantFrom('a.example.com', 'b.example.com', '*.example.com')
const hosts = fc.option(fc.uniqueArray(host, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 3 })

const segments = (...others: readonly string[]) =>
  fc.array(fc.oneof({ weight: 3, arbitrary: segment }, fc.constantFrom(...others)), { minLength: 1, maxLength: 3 })

const plain = fc.array(segment, { minLength: 0, maxLength: 3 }).map((parts) => `/${parts.join('/')}`)

const oathkeeper = fc
  .array(
    fc.record({
      url: fc
        .tuple(
          fc.constantFrom('https://a.example.com', '<https|http>://<.*>', 'http://<a|b>.example.com'),
          segments('<[^/]+>', '<[0-9]+>', '<x|y>', '<[a-z]+>'),
          fc.constantFrom('', '', '/', '/<.*>', '<.*>', '<(/.*)?>', '/<.+>'),
        )
        .map(([start, parts, end]) => `${start}/${parts.join('/')}${end}`),
      methods,
      handlers: fc.constantFrom(
        ['jwt'],
        ['anonymous'],
        ['jwt', 'anonymous'],
        ['noop'],
        ['unauthorized'],
        ['oauth2_introspection'],
        ['cookie_session', 'jwt'],
      ),
      required: scopes,
      strategy: fc.constantFrom('exact', 'hierarchic', 'wildcard', 'none'),
      authorizer: fc.constantFrom('allow', 'allow', 'allow', 'deny', 'remote'),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((rules) =>
    rules.map(({ url, methods, handlers, required, strategy, authorizer }, index) => ({
      id: `rule-${index}`,
      match: { url, methods },
      authenticators: handlers.map((handler) =>
        ['jwt', 'oauth2_introspection'].includes(handler)
          ? { handler, config: { required_scope: required, scope_strategy: strategy } }
          : { handler },
      ),
      authorizer: { handler: authorizer },
      mutators: [{ handler: 'noop' }],
    })),
  )

const krakend = fc
  .array(
    fc.record({
      endpoint: fc
        .tuple(segments('{id}', '{other}'), fc.constantFrom('', '', '/*'))
        .map(([parts, end]) => `/${parts.join('/')}${end}`),
      method,
      validator: fc.option(
        fc.record({
          scopes,
          scopes_key: fc.constantFrom('scope', 'scope', ''),
          scopes_matcher: fc.constantFrom('any', 'all', 'ALL'),
          roles: fc.constantFrom([], [], [], ['admin']),
        }),
      ),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((endpoints) => ({
    version: 3,
    endpoints: endpoints.map(({ endpoint, method, validator }) => ({
      endpoint,
      method,
      ...(validator && { extra_config: { 'auth/validator': validator } }),
    })),
  }))

const openid = fc.record({
  name: fc.constant('openid-connect'),
  enabled: fc.constantFrom(true, true, true, false),
  config: fc.record({
    auth_methods: fc.constant(['bearer']),
    scopes_required: fc.array(scopes.map((list) => list.join(' ')).filter(Boolean), { maxLength: 2 }),
    anonymous: fc.constantFrom('', '', '', 'guest'),
    roles_required: fc.constantFrom([], [], [], ['admin']),
  }),
})
const kongPlugins = fc.uniqueArray(
  fc.oneof(
    { weight: 4, arbitrary: openid },
    fc.constant({ name: 'jwt' }),
    fc.constant({ name: 'key-auth' }),
    fc.constant({ name: 'cors' }),
  ),
  {
    selector: ({ name }) => name,
    maxLength: 2,
  },
)
const kong = fc
  .record({
    plugins: fc.oneof(fc.constant([]), kongPlugins),
    services: fc.array(
      fc.record({
        plugins: kongPlugins,
        routes: fc.array(
          fc.record(
            {
              paths: fc.array(
                fc.oneof(
                  plain,
                  segments('[0-9]+', '[^/]+', '(x|y)', '[a-z]+').chain((parts) =>
                    fc.constantFrom('', '$', '/.*').map((end) => `~/${parts.join('/')}${end}`),
                  ),
                ),
                { minLength: 1, maxLength: 2 },
              ),
              methods,
              hosts: fc.uniqueArray(host, { minLength: 1, maxLength: 2 }),
              headers: fc.constant({ 'x-version': ['1'] }),
              regex_priority: fc.constantFrom(0, 1),
              plugins: kongPlugins,
            },
            { requiredKeys: ['paths', 'plugins'] },
          ),
          { minLength: 1, maxLength: 3 },
        ),
      }),
      { minLength: 1, maxLength: 2 },
    ),
  })
  .map(({ plugins, services }) => ({
    _format_version: '3.0',
    plugins,
    services: services.map((service, number) => ({
      ...service,
      name: `service-${number}`,
      routes: service.routes.map((route, index) => ({ ...route, name: `route-${number}-${index}` })),
    })),
  }))

const apisixPlugins = fc
  .record(
    {
      'openid-connect': fc.record({
        bearer_only: fc.boolean(),
        use_jwks: fc.boolean(),
        required_scopes: scopes,
        unauth_action: fc.constantFrom('auth', 'deny', 'pass'),
        _meta: fc.record({ disable: fc.constantFrom(false, false, false, true) }),
      }),
      'jwt-auth': fc.constant({}),
      'key-auth': fc.constant({}),
      'ip-restriction': fc.constant({ whitelist: ['10.0.0.0/8'] }),
      cors: fc.constant({}),
    },
    { requiredKeys: [] },
  )
  .map((plugins) => Object.fromEntries(Object.entries(plugins).slice(0, 2)))
const apisix = fc
  .record({
    routes: fc.array(
      fc.record(
        {
          uris: fc.array(
            fc
              .tuple(plain, fc.constantFrom('', '*', '/*'))
              .map(([path, end]) => `${path === '/' && end !== '' ? '' : path}${end}` || '/'),
            { minLength: 1, maxLength: 2 },
          ),
          methods,
          hosts: fc.uniqueArray(host, { minLength: 1, maxLength: 2 }),
          priority: fc.constantFrom(0, 1),
          vars: fc.constant([['arg_a', '==', '1']]),
          status: fc.constantFrom(1, 1, 0),
          service_id: fc.constant('s'),
          plugins: apisixPlugins,
        },
        { requiredKeys: ['uris', 'plugins'] },
      ),
      { minLength: 1, maxLength: 5 },
    ),
    services: apisixPlugins.map((plugins) => [{ id: 's', plugins }]),
    global_rules: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      apisixPlugins.map((plugins) => [{ id: 1, plugins }]),
    ),
  })
  .map(({ routes, ...rest }) => ({ ...rest, routes: routes.map((route, id) => ({ ...route, id })) }))

const istioPath = fc.oneof(
  plain,
  plain.map((path) => `${path === '/' ? '' : path}/*`),
  plain.filter((path) => path !== '/').map((path) => `${path}*`),
  fc.constantFrom('*', '*/y', '/x/{*}', '/x/{*}/y', '/x/{**}', '/{*}/{**}'),
)
const istioOperation = fc.record(
  {
    paths: fc.uniqueArray(istioPath, { minLength: 1, maxLength: 2 }),
    methods,
    notPaths: fc.uniqueArray(istioPath, { minLength: 1, maxLength: 1 }),
    notMethods: methods,
    hosts: fc.uniqueArray(host, { minLength: 1, maxLength: 1 }),
    ports: fc.constant(['8080']),
  },
  { requiredKeys: [] },
)
const istioValues = fc.uniqueArray(fc.oneof({ weight: 4, arbitrary: scope }, fc.constantFrom('a:*', '*')), {
  minLength: 1,
  maxLength: 2,
})
const istioWhen = fc.oneof(
  { weight: 4, arbitrary: fc.record({ key: fc.constant('request.auth.claims[scope]'), values: istioValues }) },
  fc.record({ key: fc.constant('request.auth.claims[scope]'), notValues: istioValues }),
  fc.constant({ key: 'request.auth.claims[role]', values: ['admin'] }),
  fc.constant({ key: 'request.headers[x-a]', values: ['1'] }),
)
const istioSource = fc.constantFrom(
  { requestPrincipals: ['*'] },
  { requestPrincipals: ['*'] },
  { notRequestPrincipals: ['*'] },
  { principals: ['cluster.local/ns/a/sa/b'] },
  { ipBlocks: ['10.0.0.0/8'] },
)
const istio = fc
  .array(
    fc.record({
      action: fc.constantFrom('ALLOW', 'ALLOW', 'ALLOW', 'DENY', 'AUDIT'),
      rules: fc.array(
        fc.record(
          {
            from: fc.array(
              istioSource.map((source) => ({ source })),
              { minLength: 1, maxLength: 2 },
            ),
            to: fc.array(
              istioOperation.map((operation) => ({ operation })),
              { minLength: 1, maxLength: 2 },
            ),
            when: fc.array(istioWhen, { minLength: 1, maxLength: 2 }),
          },
          { requiredKeys: [] },
        ),
        { maxLength: 3 },
      ),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((policies) =>
    policies.map((spec, index) => ({
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata: { name: `policy-${index}` },
      spec,
    })),
  )

const envoyPath = fc.oneof(
  fc.record({ type: fc.constant('Exact'), value: plain }),
  fc.record({ type: fc.constant('PathPrefix'), value: plain }),
  fc.record({
    type: fc.constant('RegularExpression'),
    value: segments('[0-9]+', '[^/]+', '(x|y)').map((parts) => `/${parts.join('/')}`),
  }),
)
const envoyRule = fc.record(
  {
    action: fc.constantFrom('Allow', 'Allow', 'Deny'),
    operation: fc.record({ methods, path: envoyPath }, { requiredKeys: [] }),
    principal: fc.oneof(
      {
        weight: 4,
        arbitrary: scopes.map((list) => ({ jwt: { provider: 'login', ...(list.length > 0 && { scopes: list }) } })),
      },
      fc.constant({ jwt: { provider: 'login', claims: [{ name: 'role', values: ['admin'] }] } }),
      fc.constant({ clientCIDRs: ['10.0.0.0/8'] }),
    ),
  },
  { requiredKeys: ['action', 'principal'] },
)
const envoy = fc
  .array(
    fc.record({
      hostnames: hosts,
      matches: fc.array(
        fc.record(
          { path: envoyPath, method, headers: fc.constant([{ name: 'x-a', value: '1' }]) },
          { requiredKeys: ['path'] },
        ),
        { minLength: 1, maxLength: 2 },
      ),
      policy: fc.option(
        fc.record(
          {
            jwt: fc.record({
              optional: fc.constantFrom(false, false, true),
              providers: fc.constant([{ name: 'login', issuer: 'https://login.example.com' }]),
            }),
            authorization: fc.record({
              defaultAction: fc.constantFrom('Deny', 'Deny', 'Allow'),
              rules: fc.array(envoyRule, { maxLength: 3 }),
            }),
          },
          { requiredKeys: ['jwt'] },
        ),
      ),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((routes) =>
    routes.flatMap(({ hostnames, matches, policy }, index) => [
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        metadata: { name: `route-${index}` },
        spec: { ...(hostnames && { hostnames }), rules: [{ matches }] },
      },
      ...(policy === null
        ? []
        : [
            {
              apiVersion: 'gateway.envoyproxy.io/v1alpha1',
              kind: 'SecurityPolicy',
              metadata: { name: `policy-${index}` },
              spec: { targetRefs: [{ kind: 'HTTPRoute', name: `route-${index}` }], ...policy },
            },
          ]),
    ]),
  )

const documents = (all: readonly unknown[]): string => all.map((each) => stringify(each)).join('---\n')

const products: readonly (readonly [string, fc.Arbitrary<string>])[] = [
  ['oathkeeper', oathkeeper.map((rules) => stringify(rules))],
  ['krakend', krakend.map((config) => JSON.stringify(config))],
  ['kong', kong.map((config) => stringify(config))],
  ['apisix', apisix.map((config) => stringify(config))],
  ['istio', istio.map(documents)],
  ['envoy-gateway', envoy.map(documents)],
]

describe.each(products)('%s', (format, arbitrary) => {
  test.each([false, true])('the map of any configuration answers as its table says, looser accepted: %s', (accept) => {
    fc.assert(
      fc.property(arbitrary, (text) => {
        const imported = importText(format, text, { accept })
        const { wrong, looser, stricter } = prove(imported)
        expect(wrong).toEqual([])
        const has = (...verdicts: readonly string[]) =>
          imported.findings.some(({ verdict }) => verdicts.includes(verdict))
        if (!has('looser')) expect(looser).toEqual([])
        if (!has('stricter', 'unrepresentable')) expect(stricter).toEqual([])
      }),
      { numRuns: RUNS },
    )
  })
})

/** Enough to notice what changes; a few hundred now and then find what is rare. */
const RUNS = 10
