/** What `gateway.yaml` says of credentials: from text to trust anchors, and what does not fit together. */
import { describe, expect, test } from 'vitest'
import type { Issuer } from '../../src/policy/issuer.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import { principalFrom } from '../../src/token/claims.ts'
import { environmentOf, GATEWAY, readTexts, rulesOf, serviceOf, type Texts } from './maps.ts'

const ROUTE = '  /x: { GET: a:read }\n'
const ISSUER = '{ issuer: https://login.example.com, keys: oidc, algorithms: [ES256] }'

interface Lines {
  /** Instead of the usual issuer. */
  readonly issuer?: string
  /** Further lines of the environment. */
  readonly lines?: readonly string[]
  readonly routes?: string
}

function mapWith({ issuer = ISSUER, lines = [], routes = ROUTE }: Lines): Texts {
  const gateway = GATEWAY.replace(ISSUER, issuer).replace(
    'test:\n',
    `test:\n${lines.map((line) => `    ${line}\n`).join('')}`,
  )
  return { ...serviceOf(routes), 'gateway.yaml': gateway }
}

const faultsOf = (lines: Lines): readonly string[] => [
  ...new Set(rulesOf(readTexts(mapWith(lines))).map((label) => label.replace(/@.*/, ''))),
]
const environmentWith = (lines: Lines) => environmentOf(mapWith(lines))
const issuerWith = (issuer: string): Issuer => environmentWith({ issuer }).issuers[0]

describe('an issuer', () => {
  test('that introspects, with its defaults', () => {
    const authentication = '{ method: client_secret_basic, secret: AS_SECRET }'
    const issuer = `{ issuer: https://as.example.com, introspection: { endpoint: https://as.example.com/i, clientId: gate, authentication: ${authentication} } }`
    expect(issuerWith(issuer).introspection).toEqual({
      endpoint: 'https://as.example.com/i',
      clientId: 'gate',
      authentication: { kind: 'client_secret_basic', secret: 'AS_SECRET' },
      response: 'json',
      cacheSeconds: 30,
      negativeCacheSeconds: 5,
    })
  })

  test('says which claims hold what revocation can name, beside what is usual and what its profile says', () => {
    const identifiersOf = (more: string) =>
      issuerWith(`{ issuer: https://as.example.com, keys: oidc, algorithms: [ES256]${more} }`).identifiers
    expect(identifiersOf('')).toEqual({ session: 'sid' })
    expect(identifiersOf(', profile: entra')).toEqual({ session: 'sid', tenant: 'tid', user: 'oid' })
    expect(identifiersOf(', profile: supabase')).toEqual({ session: 'session_id' })
    expect(identifiersOf(', profile: auth0, identifiers: { session: sess, device: dev, email: email }')).toEqual({
      session: 'sess',
      tenant: 'org_id',
      device: 'dev',
      email: 'email',
    })
  })

  test('with everything else', () => {
    const issuer = `{ issuer: https://as.example.com, keys: oidc, algorithms: [PS256], maxTokenAge: 10m, maxLifetime: 1h, senderConstrained: required, singleUseProofs: true, acrClaim: acrs, amrMember: method, audienceClaim: client_id, statusList: { uris: ["https://as.example.com/status/"], required: true } }`
    expect(
      environmentWith({
        issuer,
        lines: ['dpop: {}', 'mtls: {}'].map((line) =>
          line.replace('{}', line[0] === 'd' ? '{ maxAge: 60s }' : '{ requireVerifiedChain: true }'),
        ),
      }).issuers[0],
    ).toMatchObject({
      maxTokenAgeSeconds: 600,
      maxLifetimeSeconds: 3600,
      requiresSenderConstraint: true,
      singleUseProofs: true,
      acrClaim: 'acrs',
      amrMember: 'method',
      audienceClaim: 'client_id',
      statusList: {
        uris: ['https://as.example.com/status/'],
        isRequired: true,
        minTtlSeconds: 30,
        maxTtlSeconds: 900,
        whenUnreachable: 'refuse',
        maxStaleSeconds: 3600,
      },
    })
  })

  test.each([
    ['without keys', '{ issuer: https://as.example.com, algorithms: [ES256] }'],
    ['without algorithms', '{ issuer: https://as.example.com, keys: oidc }'],
    ['of a profile that cannot know its keys', '{ issuer: gate@project.iam.gserviceaccount.com, profile: google }'],
    [
      'that signs its answers, without keys',
      '{ issuer: https://as.example.com, introspection: { endpoint: https://as.example.com/i, clientId: gate, response: jwt, authentication: { method: client_secret_post, secret: S } } }',
    ],
  ])('%s lacks something', (_, issuer) => expect(faultsOf({ issuer })).toEqual(['missing-key']))

  test.each([
    [
      'that may use old keys for long',
      '{ issuer: https://as.example.com, keys: oidc, algorithms: [ES256], keysMaxStale: 365d }',
    ],
    [
      '[JAT-5] whose issuer is its audience',
      '{ issuer: https://as.example.com, keys: oidc, algorithms: [ES256], audienceClaim: iss }',
    ],
    [
      '[INT-1] over plain http',
      '{ issuer: https://as.example.com, introspection: { endpoint: http://as.example.com/i, clientId: gate, authentication: { method: client_secret_post, secret: S } } }',
    ],
    [
      '[INT-1] without authentication',
      '{ issuer: https://as.example.com, introspection: { endpoint: https://as.example.com/i, clientId: gate } }',
    ],
    [
      'by a certificate that is no binding',
      '{ issuer: https://as.example.com, introspection: { endpoint: https://as.example.com/i, clientId: gate, authentication: { method: tls_client_auth, secret: S } } }',
    ],
    [
      'with the secret itself',
      '{ issuer: https://as.example.com, introspection: { endpoint: https://as.example.com/i, clientId: gate, authentication: { method: client_secret_post, secret: s3cr3t-value } } }',
    ],
    [
      'of a status list anywhere',
      '{ issuer: https://as.example.com, keys: oidc, algorithms: [ES256], statusList: { uris: ["http://as.example.com/"] } }',
    ],
    [
      'with a secret by a name that the gate uses itself',
      '{ issuer: https://as.example.com, introspection: { endpoint: https://as.example.com/i, clientId: gate, authentication: { method: client_secret_post, secret: SCOPEWALL_ENVIRONMENT } } }',
    ],
    [
      'that introspects and has a status list',
      '{ issuer: https://as.example.com, keys: oidc, algorithms: [ES256], statusList: { uris: ["https://as.example.com/"] }, introspection: { endpoint: https://as.example.com/i, clientId: gate, authentication: { method: client_secret_post, secret: S } } }',
    ],
    ['of an unknown profile', '{ issuer: https://as.example.com, profile: nobody }'],
  ])('%s is refused', (_, issuer) => expect(faultsOf({ issuer })).not.toEqual([]))
})

describe('a profile', () => {
  test('stands for settings, and what is written wins', () => {
    const okta = issuerWith('{ issuer: https://dev.okta.com/oauth2/default, profile: okta }')
    expect(okta).toMatchObject({ keys: { kind: 'oidc' }, scopes: [{ path: ['scp'], format: 'array' }] })
    const own = issuerWith(
      '{ issuer: https://dev.okta.com/oauth2/default, profile: okta, keys: oauth, scopes: { claim: scope, format: string } }',
    )
    expect(own).toMatchObject({ keys: { kind: 'oauth' }, scopes: [{ path: ['scope'], format: 'string' }] })
    expect(own.type).toEqual(okta.type)
  })

  test('of a service account whose issuer is no URL', () => {
    const keys = 'https://www.googleapis.com/service_accounts/v1/jwk/gate@project.iam.gserviceaccount.com'
    const issuer = issuerWith(`{ issuer: gate@project.iam.gserviceaccount.com, profile: google, keys: "${keys}" }`)
    expect(issuer).toMatchObject({ issuer: 'gate@project.iam.gserviceaccount.com', keys: { kind: 'jwks', uri: keys } })
  })
})

describe('what does not fit together', () => {
  const introspecting = (issuer: string, more = '') =>
    `{ issuer: ${issuer}, introspection: { endpoint: ${issuer}/i, clientId: gate, authentication: { method: client_secret_post, secret: ${issuer.charAt(8).toUpperCase()} }${more} } }`
  const two = (a: string, b: string): Lines => ({ issuer: `${a}, ${b}` })

  test('[INT-7] two issuers that would both be asked about a token', () => {
    const [a, b] = ['https://a.example.com', 'https://b.example.com']
    expect(faultsOf(two(introspecting(a), introspecting(b)))).toEqual(['ambiguous-introspection'])
    expect(faultsOf(two(introspecting(a, ', tokenPrefix: x_'), introspecting(b, ', tokenPrefix: x_')))).toEqual([
      'ambiguous-introspection',
    ])
    expect(faultsOf(two(introspecting(a), introspecting(b, ', tokenPrefix: x_')))).toEqual([])
  })

  test.each([
    ['sub', ['indistinct-token-type']],
    ['[cid, roles]', ['indistinct-token-type']],
    ['cid', []],
    ['{ claim: typ, equals: Bearer }', []],
    ['birthdate', ['indistinct-token-type']],
    ['{ claim: iss, equals: https://as.example.com }', ['indistinct-token-type']],
    ['{ claim: aud, equals: https://api.example.com }', ['indistinct-token-type']],
    ['{ claim: token_use, equals: id }', ['indistinct-token-type']],
    ['{ claim: typ, equals: [Bearer, ID] }', ['indistinct-token-type']],
    ['{ claim: token_use, equals: access }', []],
    ['{ claim: ver, equals: "2.0" }', ['indistinct-token-type']],
    ['{ claim: tid, equals: one-tenant }', ['indistinct-token-type']],
  ])('[JAT-1] a mark that ID tokens may bear: %s', (mark, faults) => {
    const issuer = `{ issuer: https://as.example.com, keys: oidc, algorithms: [ES256], tokenType: { accept: [JWT], distinguishedBy: ${mark}, reason: Old. } }`
    expect(faultsOf({ issuer })).toEqual(faults)
  })

  test.each([
    ['cognito', ['profile-audience']],
    ['cloudflare-access', ['profile-audience']],
    ['supabase', ['profile-audience']],
    ['okta', []],
  ])('[JAT-5] the audience of %s, whose tokens may never name the API', (profile, faults) => {
    const issuerOf = (more: string) => `{ issuer: https://as.example.com, profile: ${profile}${more} }`
    expect(faultsOf({ issuer: issuerOf('') })).toEqual(faults)
    expect(faultsOf({ issuer: issuerOf(', audience: other') })).toEqual([])
    expect(faultsOf({ issuer: issuerOf(', audienceClaim: resource') })).toEqual([])
  })

  test.each([
    ['supabase', 'client_id'],
    ['auth0', 'scope'],
    ['entra', 'acrs'],
    ['workos', 'org_id'],
  ])('[JAT-1] a mark that the ID tokens of %s bear: %s', (profile, mark) => {
    const issuerOf = (claim: string) =>
      `{ issuer: https://as.example.com, audience: x, profile: ${profile}, tokenType: { accept: [JWT], distinguishedBy: ${claim}, reason: Old. } }`
    expect(faultsOf({ issuer: issuerOf(mark) })).toEqual(['indistinct-token-type'])
    expect(faultsOf({ issuer: issuerOf('own_mark') })).toEqual([])
  })

  test.each([
    ['keys: oidc', ['unread-setting']],
    ['algorithms: [ES256]', ['unread-setting']],
    ['keysMaxStale: 1h', ['unread-setting']],
    ['tokenType: at+jwt', ['unread-setting']],
    ['maxTokenAge: 1h', []],
  ])('[INJ-5] what nothing reads of an issuer whose answers are not signed: %s', (setting, faults) => {
    const issuer = introspecting('https://as.example.com').replace('{ issuer', `{ ${setting}, issuer`)
    expect(faultsOf({ issuer })).toEqual(faults)
    const signed = introspecting('https://as.example.com', ', response: jwt').replace(
      '{ issuer',
      '{ keys: oidc, algorithms: [ES256], keysMaxStale: 1h, issuer',
    )
    expect(faultsOf({ issuer: signed })).toEqual([])
  })

  test('[DPP-18] proofs that serve once, where there are none', () => {
    const issuer = ISSUER.replace('}', ', singleUseProofs: true }')
    expect(faultsOf({ issuer })).toEqual(['binding-not-accepted'])
    expect(faultsOf({ issuer, lines: ['mtls: { requireVerifiedChain: true }'] })).toEqual(['binding-not-accepted'])
    expect(faultsOf({ issuer, lines: ['dpop: { maxAge: 60s }'] })).toEqual([])
  })

  test('a resource for a service that is not there', () => {
    const services = (name: string) => `services: { ${name}: { resource: https://api.example.com/x, audience: x } }`
    expect(faultsOf({ lines: [services('testing')] })).toEqual(['unknown-service'])
    expect(environmentWith({ lines: [services('tested')] }).services).toEqual({
      tested: { resource: 'https://api.example.com/x', audiences: ['x'] },
    })
  })

  test.each([
    ['any', [], ['binding-not-accepted']],
    ['any', ['mtls: { requireVerifiedChain: true }'], []],
    ['dpop', ['mtls: { requireVerifiedChain: true }'], ['binding-not-accepted']],
    ['dpop-single-use', ['dpop: { maxAge: 60s }'], []],
    ['mtls', ['dpop: { maxAge: 60s }'], ['binding-not-accepted']],
  ])('a route that wants tokens bound as %s, with %j', (constraint, lines, faults) => {
    const routes = `  /x: { GET: { scope: a:read, senderConstrained: ${constraint} } }\n`
    expect(faultsOf({ lines, routes })).toEqual(faults)
  })

  test('nobody and somebody as actors', () => {
    const actors = (list: string) => faultsOf({ routes: `  /x: { GET: { scope: a:read, actors: ${list} } }\n` })
    expect([actors('none'), actors('[a, b]'), actors('[none, a]')]).toEqual([[], [], ['invalid-value']])
  })

  test.each<[string, string, readonly string[]]>([
    ['the same resource', 'resource: https://api.example.com/, audience: x', ['shared-resource']],
    ['the same resource by another port', 'resource: "https://api.example.com:8443", audience: x', ['shared-resource']],
    ['a path of another case', 'resource: https://api.example.com/X, audience: x', []],
    [
      'the same audience',
      'resource: https://api.example.com/x, audience: [x, https://api.example.com]',
      ['shared-resource'],
    ],
    ['neither', 'resource: https://api.example.com/x, audience: x', []],
  ])('[RES-3] a service of its own that is not told apart: %s', (_, service, faults) => {
    expect(faultsOf({ lines: [`services: { tested: { ${service} } }`] })).toEqual(faults)
  })

  test('a route and its service that want tokens bound in ways that exclude each other', () => {
    const texts = (own: string) => {
      const map = mapWith({
        lines: ['dpop: { maxAge: 60s }', 'mtls: { requireVerifiedChain: true }'],
        routes: `  /x: { GET: { scope: a:read, senderConstrained: ${own} } }\n`,
      })
      const service = (map['tested.yaml'] ?? '').replace('owner:', 'senderConstrained: dpop\nowner:')
      return readTexts({ ...map, 'tested.yaml': service })
    }
    expect(rulesOf(texts('mtls')).map((label) => label.replace(/@.*/, ''))).toEqual(['conflicting-constraints'])
    expect(texts('dpop-single-use').release?.rules.map(({ senderConstraint }) => senderConstraint)).toContain(
      'dpop-single-use',
    )
    expect(texts('any').release?.rules.map(({ senderConstraint }) => senderConstraint)).toEqual(['dpop', 'dpop'])
  })

  test.each<[string, readonly string[]]>([
    ['{id}', []],
    ['{other}', ['invalid-value']],
    ['urn:{id}', ['invalid-value']],
    ['plain', []],
  ])('[RAR-3] a value to be matched that is no parameter of the path: %s', (wanted, faults) => {
    const routes = `  "/x/{id}": { GET: { scope: a:read, authorizationDetails: { type: t, match: { /id: "${wanted}" } } } }\n`
    expect(faultsOf({ routes })).toEqual(faults)
  })

  test.each<[string, string, readonly string[]]>([
    ['clients', '', ['shared-client-names']],
    ['actors', '', ['shared-client-names']],
    ['clients', 'b/', ['shared-client-names']],
    ['actors: none', '', []],
  ])('two issuers whose clients or actors can have the names of each other: %s', (who, prefix, faults) => {
    const issuer = (name: string, clientPrefix: string) =>
      `{ issuer: https://${name}.example.com, keys: oidc, algorithms: [ES256]${clientPrefix && `, clientPrefix: ${clientPrefix}`} }`
    const routes = `  /x: { GET: { scope: a:read, ${who.includes(':') ? who : `${who}: [robot]`} } }\n`
    expect(faultsOf({ ...two(issuer('a', ''), issuer('b', prefix)), routes })).toEqual(faults)
    expect(faultsOf({ ...two(issuer('a', 'a/'), issuer('b', 'b/')), routes })).toEqual([])
    expect(faultsOf({ issuer: issuer('a', ''), routes })).toEqual([])
  })

  test('a prefix that is written is the prefix of the clients that a token names', () => {
    const issuer = issuerWith(ISSUER.replace('}', ', clientPrefix: partners/ }'))
    const claims = {
      iss: issuer.issuer,
      aud: 'https://api.example.com',
      sub: 'u',
      client_id: 'backoffice',
      iat: 1,
      exp: 9e9,
      jti: 'j',
    }
    const checked = principalFrom(claims, { issuer, services: {} }, 2 as EpochSeconds, '')
    expect(checked).toMatchObject({ ok: true, value: { principal: { client: 'partners/backoffice' } } })
  })

  test('clients that are observed, of two issuers', () => {
    const issuers = two(introspecting('https://a.example.com'), ISSUER)
    expect(faultsOf({ ...issuers, lines: ['observeClients: [robot]'] })).toEqual(['shared-client-names'])
  })

  test.each<[string, readonly string[]]>([
    ['{ owner: off }', []],
    ['{ owner: off, origins: [https://app.example.com] }', ['invalid-value']],
    ['{ origins: [https://app.example.com] }', []],
    ['{ owner: origin }', ['missing-key']],
    ['{ owner: origin, origins: [https://app.example.com] }', []],
    ['{ owner: origin, origins: [https://app.example.com], maxAge: 1h }', ['invalid-value']],
    ['{}', ['missing-key']],
  ])('[COR-7] who owns CORS: %s', (cors, faults) => {
    expect(faultsOf({ lines: [`cors: ${cors}`] })).toEqual(faults)
  })

  test.each<[string, string, readonly string[]]>([
    ['https://api.example.com/x', '', []],
    ['https://other.example.net/x', '', ['resource-elsewhere']],
    ['https://api.staging.example.com/x', 'hostAliases: { api.staging.example.com: api.example.com }', []],
  ])('[RES-3] [PRM-7] a resource where nobody would find its metadata: %s %s', (resource, aliases, faults) => {
    const services = `services: { tested: { resource: ${resource}, audience: x } }`
    expect(faultsOf({ lines: aliases === '' ? [services] : [services, aliases] })).toEqual(faults)
  })

  test("[PRM-7] the environment's own resource, too", () => {
    const gateway = GATEWAY.replace('resource: https://api.example.com', 'resource: https://api.staging.example.com')
    const rules = (more: string) =>
      rulesOf(readTexts({ ...serviceOf(ROUTE), 'gateway.yaml': gateway + more })).map((label) =>
        label.replace(/@.*/, ''),
      )
    expect(rules('')).toEqual(['resource-elsewhere'])
    expect(rules('    hostAliases: { api.staging.example.com: api.example.com }\n')).toEqual([])
  })

  test('[COR-7] off is nobody', () => {
    expect(environmentWith({ lines: ['cors: { owner: off }'] })).not.toHaveProperty('cors')
  })

  test('being asked each time where nobody is ever asked', () => {
    const routes = '  /x: { GET: { scope: a:read, introspection: always } }\n'
    expect(faultsOf({ routes })).toEqual(['unused-introspection'])
    expect(faultsOf({ routes, issuer: introspecting('https://a.example.com') })).toEqual([])
  })

  test.each([
    ['{ minTtl: 1h, maxTtl: 1m, uris: ["https://as.example.com/"] }'],
    ['{ maxTtl: 10s, uris: ["https://as.example.com/"] }'],
  ])('a list that must be fetched again before it may: %s', (statusList) => {
    const issuer = `{ issuer: https://as.example.com, keys: oidc, algorithms: [ES256], statusList: ${statusList} }`
    expect(faultsOf({ issuer })).toEqual(['invalid-value'])
  })

  test('one secret for two uses', () => {
    const key = '{ id: a, algorithm: hmac-sha256, secret: A }'
    const lines = (secret: string) => [
      `originSignature: { keys: [${key}] }`,
      `dpop: { maxAge: 60s, nonceSecret: ${secret} }`,
    ]
    expect(faultsOf({ lines: lines('A') })).toEqual(['shared-secret'])
    expect(faultsOf({ lines: lines('B') })).toEqual([])
  })

  test('a scope and a route that want tokens bound in ways that exclude each other', () => {
    const texts = mapWith({
      lines: ['dpop: { maxAge: 60s }', 'mtls: { requireVerifiedChain: true }'],
      routes: '  /x: { GET: { scope: a:read, senderConstrained: dpop } }\n',
    })
    const scoped = (texts['tested.yaml'] ?? '').replace(/(a:read: \{[^}]*)\}/, '$1, senderConstrained: mtls }')
    expect(rulesOf(readTexts({ ...texts, 'tested.yaml': scoped })).map((label) => label.replace(/@.*/, ''))).toContain(
      'double-binding',
    )
  })

  test('two keys for the origin that nobody could tell apart', () => {
    const key = '{ id: a, algorithm: ed25519, secret: A }'
    expect(
      faultsOf({ lines: [`originSignature: { keys: [${key}, ${key.replace('secret: A', 'secret: B')}] }`] }),
    ).toEqual(['invalid-value'])
  })

  test('a step-up that no challenge can name', () => {
    const stepUp = (what: string) => faultsOf({ routes: `  /x: { GET: { scope: a:read, stepUp: { ${what} } } }\n` })
    expect(stepUp('amr: [otp, { allOf: [pwd, hwk] }]')).toEqual(['silent-step-up'])
    expect(stepUp('amr: otp, acr: phr')).toEqual([])
  })
})

test('[COR-6] browsers are told to remember a preflight for a day at most', () => {
  const cors = (maxAge: string) => `cors: { origins: ["https://app.example.com"], maxAge: ${maxAge} }`
  expect(environmentWith({ lines: [cors('24h')] }).cors?.maxAgeSeconds).toBe(86_400)
  expect(faultsOf({ lines: [cors('25h')] })).toEqual(['invalid-value'])
})

describe('profile: fapi2', () => {
  const STATUS = 'statusList: { uris: ["https://login.example.com/status/"] }'
  const good = (more = ''): string =>
    `{ issuer: https://login.example.com, keys: oidc, algorithms: [PS256, ES256, EdDSA], ${STATUS}${more} }`
  const lines = (...more: readonly string[]) => ['profile: fapi2', ...more]

  test('[FAP-1] [FAP-2] [FAP-4] [FAP-5] [FAP-6] [FAP-8] flips everything that it asks for', () => {
    const environment = environmentWith({ issuer: good(), lines: lines('dpop: { maxAge: 60s }') })
    expect(environment).toMatchObject({ queryToken: 'reject', echoesInteractionId: true })
    expect(environment.dpop?.algorithms).toEqual(['ES256', 'Ed25519', 'EdDSA', 'PS256'])
    expect(environment.issuers[0]).toMatchObject({
      requiresSenderConstraint: true,
      clockLeewaySeconds: 10,
      statusList: { isRequired: true },
    })
  })

  test.each<[string, string, readonly string[]]>([
    ['[FAP-4] no kind of binding', good(), []],
    ['[FAP-4] bearer tokens', good(', senderConstrained: optional'), ['mtls: { requireVerifiedChain: true }']],
    ['[FAP-2] an issuer that nobody can ask about revocation', ISSUER, ['dpop: { maxAge: 60s }']],
    ['[FAP-5] RS256', good().replace('PS256', 'RS256'), ['dpop: { maxAge: 60s }']],
    ['[FAP-5] RS256 for proofs', good(), ['dpop: { algorithms: [RS256] }']],
    ['[FAP-1] tokens in the query', good(), ['dpop: { maxAge: 60s }', 'queryToken: ignore']],
    ['[FAP-6] clocks that disagree by more than a minute', good(', clockLeeway: 61s'), ['dpop: { maxAge: 60s }']],
    ['[FAP-6] proofs of two minutes ahead', good(), ['dpop: { futureLeeway: 2m }']],
    ['[FAP-3] under-scoped requests by observing', good(), ['mode: observe', 'dpop: { maxAge: 60s }']],
    ['[FAP-3] under-scoped requests of some', good(), ['observeClients: [robot]', 'dpop: { maxAge: 60s }']],
    ['[FAP-2] tokens without a status', good().replace('uris:', 'required: false, uris:'), ['dpop: { maxAge: 60s }']],
    [
      '[FAP-2] a status of yesterday',
      good().replace('uris:', 'whenUnreachable: untilExpiry, uris:'),
      ['dpop: { maxAge: 60s }'],
    ],
    ['[FAP-6] the same for all issuers', good(), ['dpop: { maxAge: 60s }', 'clockLeeway: 2m']],
    [
      '[FAP-5] a profile that signs with RS256',
      `{ issuer: https://a.auth0.com/, profile: auth0, ${STATUS} }`,
      ['dpop: { maxAge: 60s }'],
    ],
  ])('refuses %s', (_, issuer, more) => {
    expect(faultsOf({ issuer, lines: lines(...more) })).toContain('fapi-profile')
  })

  test('[FAP-5] an algorithm that the author has not written is a fault of the profile, and one that verifies nothing is none', () => {
    const auth0 = (more: string) => `{ issuer: https://a.auth0.com/, profile: auth0, ${more} }`
    const messagesOf = (issuer: string) =>
      readTexts(mapWith({ issuer, lines: lines('dpop: { maxAge: 60s }') })).diagnostics.map(({ message }) => message)
    expect(messagesOf(auth0(STATUS))).toEqual(['the profile `auth0` expects `RS256`, which FAPI 2.0 does not know'])
    const introspection =
      'introspection: { endpoint: https://a.auth0.com/i, clientId: gate, authentication: { method: client_secret_post, secret: S } }'
    expect(messagesOf(auth0(introspection))).toEqual([])
  })
})
