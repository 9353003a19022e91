/** OAuth 2.0 Protected Resource Metadata: RFC 9728 sections 2 and 3. */
import { describe, expect, test } from 'vitest'
import { metadataDocument, metadataUrl } from '../../src/gateway/metadata.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import { NOW, releaseOf, ruleOf, scopesOf } from '../policy/build.ts'
import { environmentOf, issuerAt } from '../support/environment.ts'

test.each([
  ['https://rs.example', 'https://rs.example/.well-known/oauth-protected-resource'],
  ['https://rs.example/', 'https://rs.example/.well-known/oauth-protected-resource'],
  ['https://rs.example/resource1', 'https://rs.example/.well-known/oauth-protected-resource/resource1'],
  ['https://rs.example/a/b?t=1', 'https://rs.example/.well-known/oauth-protected-resource/a/b?t=1'],
  ['https://rs.example:8443/mcp', 'https://rs.example:8443/.well-known/oauth-protected-resource/mcp'],
  ['http://127.0.0.1:8787', 'http://127.0.0.1:8787/.well-known/oauth-protected-resource'],
  ['https://rs.example/resource1/', 'https://rs.example/.well-known/oauth-protected-resource/resource1/'],
  ['https://rs.example?t=1', 'https://rs.example/.well-known/oauth-protected-resource?t=1'],
  // Section 3.1: a slash that ends the host goes also where a query follows it.
  ['https://rs.example/?t=1', 'https://rs.example/.well-known/oauth-protected-resource?t=1'],
])('[PRM-1] the document of %s is at %s', (resource, url) => {
  expect(metadataUrl(resource)).toBe(url)
})

const environment = environmentOf('https://issuer.example.com', 'https://origin.example.com')
const REST = { resource: environment.resource }

describe('the document', () => {
  const release = releaseOf({
    scopes: scopesOf(['a:read', 'a:write', 'unused'], {
      admin: { implies: ['a:read'] },
      leaving: { deprecated: { since: '2026-01-01', sunset: '2099-01-01' } },
      old: { deprecated: { since: '2020-01-01', sunset: '2021-01-01', replacedBy: ['a:read'] } },
    }),
    rules: [
      ruleOf('GET /p'),
      ruleOf('GET /a', { anyOf: [['admin'], ['a:read', 'a:write']] }),
      ruleOf('PUT /a', { anyOf: [['a:write'], ['leaving'], ['old']] }),
    ],
  })

  test('[PRM-4] names the issuers, how to send a token, and each scope that a rule asks for and that has a future, once and sorted', () => {
    expect(metadataDocument(environment, REST, release, NOW)).toEqual({
      resource: 'https://api.example.com',
      authorization_servers: ['https://issuer.example.com'],
      scopes_supported: ['a:read', 'a:write', 'admin'],
      bearer_methods_supported: ['header'],
    })
  })

  test.each(['https://API.example.com', 'https://api.example.com/', 'https://api.example.com:443/a/../b'])(
    '[PRM-3] names the resource byte for byte as it is configured: %s',
    (resource) => {
      expect(metadataDocument(environment, { resource }, release, NOW).resource).toBe(resource)
    },
  )

  test('[PRM-4] names every issuer', () => {
    const issuers = [issuerAt('https://one.example.com/'), issuerAt('https://two.example.com')] as const
    expect(metadataDocument({ ...environment, issuers }, REST, release, NOW).authorization_servers).toEqual([
      'https://one.example.com/',
      'https://two.example.com',
    ])
  })

  test('[PRM-2] leaves out what has no value, instead of an empty list', () => {
    expect(metadataDocument(environment, REST, releaseOf({ rules: [ruleOf('GET /p')] }), NOW)).not.toHaveProperty(
      'scopes_supported',
    )
  })

  test('does not depend on the order of rules', () => {
    const reversed = { ...release, rules: release.rules.toReversed() }
    expect(metadataDocument(environment, REST, reversed, NOW)).toEqual(
      metadataDocument(environment, REST, release, NOW),
    )
    expect(metadataDocument(environment, REST, release, 0 as EpochSeconds)).toEqual(
      metadataDocument(environment, REST, release, NOW),
    )
  })
})
