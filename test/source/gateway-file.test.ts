/** The shape of `gateway.yaml`: what may be written, what is said of everything else, and where. */
import { describe, expect, test } from 'vitest'
import { ALGORITHMS } from '../../src/policy/algorithm.ts'
import { GATEWAY, readTexts, rulesOf, serviceOf, type Texts } from './maps.ts'

/** The plain map with another `gateway.yaml`. */
const mapWith = (gateway: string): Texts => ({ ...serviceOf('  /x: { GET: a:read }\n'), 'gateway.yaml': gateway })

/** `rule:line:column` of each fault of the plain gateway with one text in place of another. */
function faultsOf(from: string, to: string): readonly string[] {
  if (!GATEWAY.includes(from)) throw new Error(`the gateway has no ${from}`)
  return rulesOf(readTexts(mapWith(GATEWAY.replace(from, to)))).map((label) => label.replace('@gateway.yaml:', ':'))
}

/** Faults of a line more in the environment (line 4). */
const withLine = (line: string) => faultsOf('test:\n', `test:\n    ${line}\n`)

/** Faults of a member more of the issuer (line 6, from column 16). */
const withIssuer = (member: string) => faultsOf('{ issuer:', `{ ${member}, issuer:`)

test('the plain gateway has no faults', () => expect(faultsOf('hosts', 'hosts')).toEqual([]))

describe('an environment may say', () => {
  test.each([
    'mode: observe',
    'observeClients: [a, b]',
    'coldStart: strict',
    'tokenAudit: { subjects: plain }',
    'tokenAudit: { off: The law of this place forbids it. }',
    'refresh: 60s',
    'maxAge: 1h',
    'clockLeeway: 0s',
    'clockLeeway: 5m',
    'queryToken: reject',
    'admin: { access: { team: "https://acme.cloudflareaccess.com", audience: 32ea, grants: [{ email: ada@example.com, scopes: [a:read] }] } }',
    'admin: { access: { team: "https://acme.cloudflareaccess.com", audience: 32ea, grants: [{ emailDomain: example.com, scopes: [a:read] }, { group: on-call, scopes: [a:read] }] } }',
    'services: { tested: { resource: https://api.example.com/x, audience: [x, y] } }',
    'dpop: { maxAge: 30s, futureLeeway: 0s, nonceSecret: DPOP_NONCE, singleUse: always, externalOrigin: https://api.example.com }',
    'mtls: { requireVerifiedChain: false }',
    'originSignature: { keys: [{ id: edge-1, algorithm: ed25519, secret: SIGNING_KEY }], lifetime: 30s }',
    'cors: { owner: origin, origins: ["https://app.example.com"] }',
    'cors: { origins: ["https://app.example.com", "http://localhost:5173"], maxAge: 1h }',
    'hostAliases: { localhost: api.example.com, 127.0.0.1: api.example.com, "[::1]": api.example.com }',
  ])('%s', (line) => expect(withLine(line)).toEqual([]))
})

describe('an environment may not say', () => {
  test.each([
    ['mode: off', ['invalid-value:4:11']],
    ['mode: false', ['wrong-type:4:11']],
    ['observeClients: []', ['empty-value:4:21']],
    ['observeClients: [a, a]', ['duplicate-value:4:25']],
    ['observeClients: a', ['wrong-type:4:21']],
    ['coldStart: open', ['invalid-value:4:16']],
    ['tokenAudit: off', ['wrong-type:4:17']],
    ['tokenAudit: { off: "" }', ['empty-value:4:24']],
    ['tokenAudit: { off: true }', ['wrong-type:4:24']],
    ['tokenAudit: { subjects: salted }', ['invalid-value:4:29']],
    ['tokenAudit: { off: Forbidden., subjects: plain }', ['invalid-value:4:46']],
    ['refresh: 29s', ['invalid-value:4:14']],
    ['refresh: 30', ['wrong-type:4:14']],
    ['maxAge: 30s', ['refresh-too-slow:4:13']],
    ['refresh: 10m', ['refresh-too-slow:3:3']],
    ['clockLeeway: 301s', ['invalid-value:4:18']],
    ['cors: { origins: ["https://a.example"], maxAge: 25h }', ['invalid-value:4:53']],
    ['cors: {}', ['missing-key:4:5']],
    ['cors: { origins: "*" }', ['wrong-type:4:22']],
    ['cors: { origins: ["*"] }', ['invalid-value:4:23']],
    ['cors: { origins: ["https://a.example/"] }', ['invalid-value:4:23']],
    ['cors: { origins: ["http://a.example"] }', ['invalid-value:4:23']],
    ['hostAliases: { "*.a.example": api.example.com }', ['invalid-value:4:20']],
    ['hostAliases: { A.example: api.example.com }', ['invalid-value:4:20']],
    ['hostAliases: { a.example: "*.example.com" }', ['invalid-value:4:31']],
    ['hostAliases: { a.example: other.example.com }', ['unused-host-alias:4:31']],
    ['upstreams: zone', ['unknown-key:4:5']],
  ])('%s', (line, faults) => expect(withLine(line)).toEqual(faults))
})

describe('an issuer may say', () => {
  test.each([
    'audience: other',
    'audience: [a, b]',
    'client: [azp, client_id]',
    'clockLeeway: 1m',
    'keysMaxStale: 7d',
    'tokenType: at+jwt',
    'tokenType: { accept: [JWT, none], distinguishedBy: client_id, reason: Old. }',
    'scopes: { claim: scp, format: array }',
    'scopes: { claim: "https://a.example/claims.scope", format: either, prefix: "api://x/" }',
    'scopes: [{ claim: scope, format: string }, { claim: [realm_access, roles], format: array }]',
  ])('%s', (member) => expect(withIssuer(member)).toEqual([]))
})

describe('an issuer may not say', () => {
  test.each([
    ['audience: []', ['empty-value:6:27']],
    ['audience: [a, a]', ['duplicate-value:6:31']],
    ['audience: ""', ['empty-value:6:27']],
    ['client: []', ['empty-value:6:25']],
    ['client: client_id', ['wrong-type:6:25']],
    ['tokenType: JWT', ['invalid-value:6:28']],
    ['tokenType: any', ['invalid-value:6:28']],
    ['tokenType: { accept: [JWT], reason: Old. }', ['missing-key:6:17']],
    ['tokenType: { accept: [JWT], distinguishedBy: x }', ['missing-key:6:17']],
    ['tokenType: { accept: [ID], distinguishedBy: x, reason: Old. }', ['invalid-value:6:39']],
    ['tokenType: { accept: [], distinguishedBy: x, reason: Old. }', ['empty-value:6:38']],
    ['scopes: scp', ['wrong-type:6:25']],
    ['scopes: []', ['empty-value:6:25']],
    ['scopes: { claim: scp }', ['missing-key:6:17']],
    ['scopes: { claim: [], format: array }', ['empty-value:6:34']],
    ['scopes: { claim: "", format: array }', ['empty-value:6:34']],
    ['scopes: { claim: scp, format: list }', ['invalid-value:6:47']],
    ['scopes: { claim: scp, format: array, prefix: "" }', ['empty-value:6:62']],
    ['verify: false', ['unknown-key:6:17']],
  ])('%s', (member, faults) => expect(withIssuer(member)).toEqual(faults))

  test.each([
    ['keys: oidc', 'keys: odic', ['invalid-value:6:58']],
    ['keys: oidc', 'keys: "http://login.example.com/jwks"', ['invalid-value:6:58']],
    ['keys: oidc, ', '', ['missing-key:6:15']],
    ['https://login.example.com', '"http://login.example.com"', ['invalid-value:6:25']],
    ['https://login.example.com', '"https://login.example.com#x"', ['invalid-value:6:25']],
    ['https://login.example.com', '"https://login.example.com?x"', ['invalid-value:6:25']],
    ['[ES256]', '[]', ['empty-value:6:76']],
    ['[ES256]', '[none]', ['invalid-value:6:77']],
    ['[ES256]', '[HS256]', ['invalid-value:6:77']],
    ['[ES256]', '[es256]', ['invalid-value:6:77']],
    ['[ES256]', '[ES256, ES256]', ['duplicate-value:6:84']],
    ['[ES256]', 'ES256', ['wrong-type:6:76']],
  ])('[BCP-1] [BCP-3] %s -> %s', (from, to, faults) => expect(faultsOf(from, to)).toEqual(faults))

  test('every known algorithm is known here', () => {
    expect(faultsOf('[ES256]', `[${ALGORITHMS.join(', ')}]`)).toEqual([])
  })

  test('that it is there a second time', () => {
    const issuer = '{ issuer: https://login.example.com, keys: oidc, algorithms: [ES256] }'
    expect(faultsOf(`[${issuer}]`, `[${issuer}, ${issuer}]`)).toEqual(['duplicate-issuer:6:97'])
  })
})

describe('the rest of the file', () => {
  test.each([
    ['resource: https', 'resource: http', ['invalid-value:4:15']],
    ['resource: https://api.example.com', 'resource: "https://api.example.com#x"', ['invalid-value:4:15']],
    ['upstream: zone', 'upstream: "https://a.example/x"', ['invalid-value:7:15']],
    ['upstream: zone', 'upstream: "http://a.example"', ['invalid-value:7:15']],
    ['upstream: zone', 'upstream: http://127.0.0.1:9401', []],
    ['    upstream: zone\n', '', ['missing-key:3:3']],
    ['  test:\n', '  Test:\n', ['invalid-value:3:3']],
    ['hosts: [api.example.com]', 'hosts: [api.example.com:8080]', ['invalid-value:1:9']],
    ['hosts: [api.example.com]', 'hosts:', ['empty-value:1:7']],
    ['hosts: [api.example.com]\n', '', ['missing-host@tested.yaml:1:10']],
    ['hosts:', 'naming: {}\nhosts:', []],
    ['hosts:', 'naming: { pattern: "a:(" }\nhosts:', ['invalid-value:1:20']],
    ['hosts:', 'naming: { pattern: "a:[a-z]+", tooCoarse: [] }\nhosts:', ['empty-value:1:43']],
    ['hosts:', 'metadata: { required: [owner, reason, sensitivity] }\nhosts:', []],
    ['hosts:', 'metadata: { required: [reviewed] }\nhosts:', ['invalid-value:1:24']],
    ['hosts:', 'limits: { pathBytes: 16384, tokenBytes: 1 }\nhosts:', []],
    ['hosts:', 'limits: { pathBytes: 16385 }\nhosts:', ['invalid-value:1:22']],
    ['hosts:', 'limits: { tokenBytes: 0 }\nhosts:', ['invalid-value:1:23']],
    ['hosts:', 'limits: { tokenBytes: 1.5 }\nhosts:', ['wrong-type:1:23']],
    ['hosts:', 'limits: { tokenBytes: .inf }\nhosts:', ['wrong-type:1:23']],
    ['hosts:', 'tests: { minRules: 99.5, minScopes: 0 }\nhosts:', []],
    ['hosts:', 'tests: { minRules: 101 }\nhosts:', ['invalid-value:1:20']],
    ['hosts:', 'tests: { minScopes: -1 }\nhosts:', ['invalid-value:1:21']],
    ['hosts:', 'tests: { minRules: 90% }\nhosts:', ['wrong-type:1:20']],
    ['hosts:', 'tests: { minRule: 90 }\nhosts:', ['unknown-key:1:10']],
    ['hosts:', 'hostOptions: { api.example.com: { allow: [semicolon], reason: R. } }\nhosts:', []],
    ['hosts:', 'hostOptions: { api.example.com: { allow: [semicolon] } }\nhosts:', ['missing-key:1:16']],
    ['hosts:', 'hostOptions: { api.example.com: { allow: [all], reason: R. } }\nhosts:', ['invalid-value:1:43']],
    ['hosts:', 'hostOptions: { API.example.com: { allow: [semicolon], reason: R. } }\nhosts:', ['invalid-value:1:16']],
    [
      'hosts:',
      'hostOptions: { example.com: { allow: [semicolon], reason: R. } }\nhosts:',
      ['unused-host-options:1:16'],
    ],
    ['hosts:', 'enviroments: {}\nhosts:', ['unknown-key:1:1']],
  ])('%s -> %s', (from, to, faults) => expect(faultsOf(from, to)).toEqual(faults))

  test('has environments', () => {
    expect(rulesOf(readTexts(mapWith('hosts: [api.example.com]\n')))).toEqual(['missing-key@gateway.yaml:1:1'])
    expect(rulesOf(readTexts(mapWith('hosts: [api.example.com]\nenvironments: {}\n')))).toEqual([
      'empty-value@gateway.yaml:2:15',
    ])
  })
})
