/** Which request headers never reach the origin (rules 6, 7 and 10 of what holds a gate together). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { connectionNames, isStripped } from '../../src/gateway/headers.ts'

const stripped: Readonly<Record<string, readonly string[]>> = {
  'what would make the origin serve another method': [
    'x-http-method', 'x-http-method-override', 'x-method-override', 'x-original-method', 'x-forwarded-method',
  ],
  'what would make the origin serve another path': [
    'x-original-url', 'x-original-uri', 'x-rewrite-url', 'x-rewrite-uri', 'x-forwarded-prefix', 'x-forwarded-path', 'x-forwarded-uri',
    'x-envoy-original-path', 'x-script-name', 'x-original-path', 'x-forwarded-url',
  ],
  'what would make the origin serve another host': [
    'x-forwarded-host', 'x-original-host', 'x-forwarded-server', 'x-host', 'x-http-host-override',
    // RFC 7239: `Forwarded: host=evil.example` is X-Forwarded-Host in another spelling.
    'forwarded',
  ],
  'what a CGI origin takes for its own proxy setting': ['proxy'],
  'what a framework takes for a request of its own': ['x-middleware-subrequest'],
  'what would choose a weaker version of this Worker': ['cloudflare-workers-version-key', 'cloudflare-workers-version-overrides'],
  'what only the gate may say': ['scopewall-decision', 'scopewall-subject', 'scopewall-', 'x-scopewall-anything'],
  'what gateways assert about a caller': [
    'client-cert', 'client-cert-chain', 'x-client-cert', 'x-forwarded-client-cert', 'x-ssl-client-verify', 'txn-token', 'remote-user',
    'x-remote-user', 'x-forwarded-user', 'x-forwarded-email', 'x-auth-request-user', 'x-authenticated-userid', 'x-consumer-username', 'x-userinfo',
    'ssl-client-verify', 'x-webauth-user', 'x-ms-client-principal', 'x-ms-client-principal-id', 'x-amzn-oidc-data', 'x-goog-iap-jwt-assertion',
    'x-goog-authenticated-user-email', 'x-jwt-assertion', 'remote-groups', 'remote-email', 'remote-name', 'x-remote-group', 'x-remote-extra-scopes',
    'x-forwarded-groups', 'x-forwarded-roles', 'x-forwarded-login', 'x-pomerium-claim-email', 'x-pomerium-jwt-assertion', 'x-authentik-username',
    'x-vouch-user', 'tailscale-user-login', 'tailscale-app-capabilities', 'oidc-claim-sub', 'oidc-access-token', 'oidc-id-token-payload',
    'x-ms-token-aad-access-token', 'cf-access-authenticated-user-email', 'x-apigateway-api-userinfo', 'x-endpoint-api-userinfo',
    'x-credential-identifier', 'x-credential-username', 'sm-user', 'sm-userdn', 'sm-universalid', 'iv-user', 'iv-user-l', 'iv-groups', 'iv-creds',
  ],
  'what gateways assert about a certificate': [
    'x-forwarded-client-cert-chain', 'x-client-cert-present', 'x-client-cert-chain-verified', 'x-client-dn', 'x-client-verify', 'x-ssl-client-s-dn',
    'x-ssl-subject', 'x-arr-clientcert', 'x-forwarded-tls-client-cert', 'x-forwarded-tls-client-cert-info', 'x-amzn-mtls-clientcert',
    'x-amzn-mtls-clientcert-subject', 'cf-client-cert-der-base64', 'cf-client-cert-sha256', 'cf-cert-verified', 'cf-cert-subject-dn',
  ],
  'what home-made gateways call a user': [
    'x-auth-user', 'x-auth-username', 'x-auth-email', 'x-auth-roles', 'x-auth-groups', 'x-user', 'x-user-id', 'x-user-email', 'x-user-roles',
    'x-user-name', 'x-username',
  ],
  'what concerns one hop': [
    'connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding',
    'http2-settings',
  ],
} // biome-ignore format: lists of names read better packed

describe.each(Object.entries(stripped))('%s', (_, names) => {
  test.each(names)('%s is withheld', (name) => {
    expect(isStripped(name)).toBe(true)
  })

  test.each(names)('%s with underscores, as CGI and WSGI fold it, is withheld', (name) => {
    expect(isStripped(name.replaceAll('-', '_')) || !name.includes('-')).toBe(true)
    expect(isStripped(name.replace('-', '_')) || !name.includes('-')).toBe(true)
  })
})

test.each([
  'accept', 'accept-encoding', 'accept-language', 'authorization', 'cache-control', 'content-encoding', 'content-length', 'content-type',
  'cookie', 'expect', 'if-match', 'if-none-match', 'origin', 'priority', 'range', 'referer', 'user-agent', 'upgrade-insecure-requests',
  'sec-fetch-mode', 'sec-websocket-key', 'sec-websocket-protocol', 'sec-websocket-version', 'traceparent', 'idempotency-key', 'prefer',
  'x-request-id', 'x-api-key', 'x-requested-with', 'x-forwarded-for', 'x-forwarded-proto', 'cf-connecting-ip', 'cf-ray', 'mcp-protocol-version',
  'x-method', 'x-scopewal', 'myscopewall-x', 'a',
  // What applications use for themselves, and an assertion that is signed.
  'x-auth-token', 'x-auth-key', 'x-client-version', 'x-client-id', 'x-user-agent', 'x-user-locale', 'cf-access-jwt-assertion', 'cf-visitor',
  'my-remote-user', 'x-remoteness', 'oidc', 'sm-userid', 'x-username-hint',
])('the ordinary header %s passes', (name) => {
  expect(isStripped(name)).toBe(false)
}) // biome-ignore format: a list of names reads better packed

test('no name of other characters than letters, digits and hyphens passes', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9-]{0,8}[!#$%&'*+.^_`|~][a-z0-9_.~-]{0,8}$/), (name) => {
      expect(isStripped(name)).toBe(true)
    }),
  )
})

test.each([
  ['close', ['close']],
  ['keep-alive, X-Foo', ['keep-alive', 'x-foo']],
  [' X-Foo ,\tX-Bar ', ['x-foo', 'x-bar']],
  ['x-foo,,x-bar,', ['x-foo', 'x-bar']],
  ['', []],
  ['x foo, "x", x:y, é', []],
  ['X-Foo, Authorization, content-length, if-match, Sec-Fetch-Mode, CF-Ray, x-forwarded-for', ['x-foo']],
])('a Connection value of %j names %j', (value, names) => {
  expect(connectionNames(value)).toEqual(names)
})

test('whatever stands in a Connection header, what is named are header names', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      for (const name of connectionNames(value)) expect(() => new Headers().delete(name)).not.toThrow()
    }),
  )
})
