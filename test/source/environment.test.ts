/** `gateway.yaml` -> the trust anchors of a deployment. */
import { expect, test } from 'vitest'
import { LOGGED_REFUSALS } from '../support/environment.ts'
import { environmentOf, GATEWAY, serviceOf } from './maps.ts'

const compiled = (gateway: string) =>
  environmentOf({ ...serviceOf('  /x: { GET: a:read }\n'), 'gateway.yaml': gateway })

/** What holds unless an issuer or an environment says otherwise. */
const USUAL_ISSUER = {
  audienceClaim: 'aud',
  acrClaim: 'acr',
  identifiers: { session: 'sid' },
  requiresSenderConstraint: false,
  singleUseProofs: false,
}
const USUAL = {
  services: {},
  tokenAudit: { subjects: 'hashed' },
  queryToken: 'ignore',
  echoesInteractionId: false,
  events: { ...LOGGED_REFUSALS, sampleAllows: 10 },
  /** Told nobody; its rules are proved where incidents are read. */
  incidents: { channels: [], rules: expect.arrayContaining([expect.objectContaining({ name: 'scope-probing' })]) },
  revocation: {
    pollSeconds: 2,
    maxAgeSeconds: 5,
    maxStaleSeconds: 60,
    whenStale: 'refuse-critical',
    senders: [],
    roles: {},
  },
}

test('what is not said has its default', () => {
  expect(compiled(GATEWAY)).toEqual({
    name: 'test',
    resource: 'https://api.example.com',
    issuers: [
      {
        issuer: 'https://login.example.com',
        keys: { kind: 'oidc' },
        algorithms: ['ES256'],
        audiences: ['https://api.example.com'],
        type: { kind: 'at+jwt' },
        scopes: [{ path: ['scope'], format: 'string' }],
        client: ['client_id'],
        ...USUAL_ISSUER,
        clockLeewaySeconds: 10,
        keysMaxStaleSeconds: 86_400,
      },
    ],
    ...USUAL,
    upstream: { kind: 'zone', scheme: 'https', port: '' },
    hostAliases: {},
    mode: 'enforce',
    observeClients: [],
    coldStart: 'bundled',
    refreshSeconds: 30,
    maxAgeSeconds: 300,
    limits: { pathBytes: 4096, tokenBytes: 8192 },
  })
})

test('what is said holds', () => {
  const gateway = `hosts: [api.example.com]
limits: { pathBytes: 1000 }
environments:
  test:
    resource: http://localhost:8787/v1?x
    audience: [a, b]
    issuers:
      - issuer: http://localhost:9400
        keys: http://localhost:9400/jwks
        algorithms: [RS256, ES256]
        tokenType: { accept: [none], distinguishedBy: token_use, reason: Old. }
        scopes:
          - { claim: [realm_access, roles], format: array, prefix: "api:" }
          - { claim: scp, format: either }
        client: [azp, client_id]
        keysMaxStale: 1h
      - { issuer: "https://b.example/", keys: oauth, algorithms: [EdDSA], audience: c, clockLeeway: 0s }
    upstream: http://127.0.0.1:9401
    hostAliases: { localhost: api.example.com }
    mode: observe
    observeClients: [legacy]
    coldStart: strict
    refresh: 1m
    maxAge: 1h
    cors: { origins: ["https://app.example.com"] }
    clockLeeway: 1m
`
  expect(compiled(gateway)).toEqual({
    name: 'test',
    resource: 'http://localhost:8787/v1?x',
    issuers: [
      {
        issuer: 'http://localhost:9400',
        keys: { kind: 'jwks', uri: 'http://localhost:9400/jwks' },
        algorithms: ['RS256', 'ES256'],
        audiences: ['a', 'b'],
        type: { kind: 'legacy', accept: ['none'], distinguishedBy: [{ claim: 'token_use' }], reason: 'Old.' },
        scopes: [
          { path: ['realm_access', 'roles'], format: 'array', prefix: 'api:' },
          { path: ['scp'], format: 'either' },
        ],
        client: ['azp', 'client_id'],
        ...USUAL_ISSUER,
        clockLeewaySeconds: 60,
        keysMaxStaleSeconds: 3600,
      },
      {
        issuer: 'https://b.example/',
        keys: { kind: 'oauth' },
        algorithms: ['EdDSA'],
        audiences: ['c'],
        type: { kind: 'at+jwt' },
        scopes: [{ path: ['scope'], format: 'string' }],
        client: ['client_id'],
        ...USUAL_ISSUER,
        clockLeewaySeconds: 0,
        keysMaxStaleSeconds: 86_400,
      },
    ],
    ...USUAL,
    upstream: { kind: 'origin', url: 'http://127.0.0.1:9401' },
    hostAliases: { localhost: 'api.example.com' },
    mode: 'observe',
    observeClients: ['legacy'],
    coldStart: 'strict',
    refreshSeconds: 60,
    maxAgeSeconds: 3600,
    cors: { owner: 'edge', origins: ['https://app.example.com'], maxAgeSeconds: 600 },
    limits: { pathBytes: 1000, tokenBytes: 8192 },
  })
})

test.each([
  ['https://api.example.com', 'https', ''],
  ['https://api.example.com:8443/v1?x', 'https', ':8443'],
  ['http://localhost:8080', 'http', ':8080'],
  ['https://[::1]:8443', 'https', ':8443'],
])('the zone of the resource %s is reached by %s and the port %j', (resource, scheme, port) => {
  const gateway = GATEWAY.replace('resource: https://api.example.com', `resource: ${JSON.stringify(resource)}`)
  expect(compiled(gateway).upstream).toEqual({ kind: 'zone', scheme, port })
})

test.each([
  ['tokenAudit: { subjects: plain }', { subjects: 'plain' }],
  ['tokenAudit: { subjects: omitted }', { subjects: 'omitted' }],
  ['tokenAudit: { off: Not here. }', undefined],
])('%s', (line, expected) => {
  expect(compiled(GATEWAY.replace('test:\n', `test:\n    ${line}\n`)).tokenAudit).toEqual(expected)
})
