/** The lints that look at routes: what they find, and what they leave alone so that nobody turns them off. */
import { describe, expect, test } from 'vitest'
import type { DiagnosticRule } from '../../../src/source/diagnostic.ts'
import { findingsOf, GATEWAY, scopesOf, type Texts } from '../maps.ts'

const SCOPES = `  a:low: { reason: R., sensitivity: low }
  a:medium: { reason: R., sensitivity: medium }
  a:high: { reason: R., sensitivity: high }
  a:critical: { reason: R., sensitivity: critical }
  a:step: { reason: R., sensitivity: high, stepUp: { acr: phr } }
  a:fresh: { reason: R., sensitivity: high, maxTokenAge: 5m }
  a:bound: { reason: R., sensitivity: high, senderConstrained: dpop }
`

/** One route among scopes of every kind. */
const routeOf = (path: string, methods: string): Texts => ({
  ...scopesOf(SCOPES, `  ${path}: { ${methods} }\n`),
  'gateway.yaml': GATEWAY.replace('upstream', 'dpop: { maxAge: 30s }\n    upstream'),
})

/** `line:column` of what a rule finds. */
const placesOf = (texts: Texts, rule: DiagnosticRule) =>
  findingsOf(texts, rule).map(({ at }) => `${at.line}:${at.column}`)

const PUBLIC = '{ public: Probed. }'

describe('public-identifier', () => {
  test.each([
    ['/users/{userId}', 1],
    ['/users/{id}/avatar', 1],
    ['/tenants/{tenant}/pages/{slug}', 1],
    ['/tenants/{account+}', 1],
    ['/docs/{page}', 0],
    ['/{locale}/docs/{pageSlug}', 0],
    ['/assets/{path+}', 0],
    ['/assets/{assetFile}', 0],
    ['/status', 0],
  ])('%s', (path, found) => {
    expect(placesOf(routeOf(path, `GET: ${PUBLIC}`), 'public-identifier')).toHaveLength(found)
    expect(placesOf(routeOf(path, 'GET: a:low'), 'public-identifier')).toEqual([])
  })
})

/** Method and path, and whether reading or changing it is sensitive. */
const ROUTES: readonly (readonly [string, string, boolean])[] = [
  ['DELETE', '/x/{id}', true],
  ['POST', '/x/{id}/refunds', true],
  ['POST', '/x/{id}/partialRefund', true],
  ['PUT', '/payouts/{id}', true],
  ['ANY', '/payouts', true],
  ['POST', '/admin/x', true],
  ['GET', '/admin/x', true],
  ['GET', '/v1/Admin', true],
  ['GET', '/x/{id}/refunds', false],
  ['OPTIONS', '/payouts', false],
  ['POST', '/x', false],
  ['GET', '/administrivia', false],
  ['POST', '/x/{refund}', false],
]

describe('sensitive routes', () => {
  test.each(ROUTES)('%s %s: %s', (method, path, isSensitive) => {
    const expected = isSensitive ? 1 : 0
    const count = (asked: string, rule: DiagnosticRule) => placesOf(routeOf(path, `${method}: ${asked}`), rule).length
    expect.soft(count(PUBLIC, 'sensitive-public')).toBe(expected)
    expect.soft(count('{ authenticated: Everybody. }', 'sensitive-authenticated')).toBe(expected)
    expect.soft(count('a:low', 'sensitive-low-scope')).toBe(expected)
    expect.soft(count('a:medium', 'sensitive-low-scope')).toBe(0)
    expect.soft(count('a:medium', 'sensitive-public') + count('a:medium', 'sensitive-authenticated')).toBe(0)
  })

  test.each([
    ['/x', 'ANY: $', 1],
    ['/x', 'ANY: $, DELETE: a:medium', 0],
    ['/{path+}', 'GET: $', 1],
    ['/{path+}', 'OPTIONS: $', 0],
    ['/files/{path+}', 'GET: $', 0],
  ])('of those that ask for no scope, what they cover counts: %s %s', (path, methods, found) => {
    const count = (asked: string, rule: DiagnosticRule) =>
      placesOf(routeOf(path, methods.replace('$', asked)), rule).length
    expect.soft(count(PUBLIC, 'sensitive-public')).toBe(found)
    expect.soft(count('{ authenticated: Everybody. }', 'sensitive-authenticated')).toBe(found)
    expect.soft(count('a:low', 'sensitive-low-scope')).toBe(0)
  })

  test.each([
    ['{ allOf: [a:low, a:medium] }', 0],
    ['{ anyOf: [a:medium, a:low] }', 1],
    ['{ anyOf: [a:medium, { allOf: [a:low] }] }', 1],
  ])('of low scopes, an alternative of nothing else counts: %s', (asked, found) =>
    expect(placesOf(routeOf('/x', `DELETE: ${asked}`), 'sensitive-low-scope')).toHaveLength(found),
  )
})

describe('sensitive-without-step-up', () => {
  test.each([
    ['DELETE', '/x', 'a:high', ['13:17']],
    ['DELETE', '/x', 'a:critical', ['13:17']],
    ['DELETE', '/x', '{ anyOf: [a:step, a:high] }', ['13:35']],
    ['DELETE', '/x', 'a:medium', []],
    ['DELETE', '/x', 'a:step', []],
    ['DELETE', '/x', 'a:fresh', []],
    ['DELETE', '/x', 'a:bound', []],
    ['DELETE', '/x', '{ allOf: [a:high, a:step] }', []],
    ['DELETE', '/x', '{ scope: a:high, stepUp: { maxAge: 5m } }', []],
    ['POST', '/refunds', 'a:medium', ['13:21']],
    ['POST', '/refunds', 'a:step', []],
    ['POST', '/refunds/search', 'a:medium', []],
    ['GET', '/refunds', 'a:high', []],
    ['GET', '/admin', 'a:high', []],
    ['POST', '/admin', 'a:high', ['13:19']],
    ['POST', '/x', 'a:critical', []],
    ['DELETE', '/x', '{ public: Probed. }', []],
  ])('%s %s: %s', (method, path, asked, places) =>
    expect(placesOf(routeOf(path, `${method}: ${asked}`), 'sensitive-without-step-up')).toEqual(places),
  )
})

describe('scope-reads-and-writes', () => {
  test.each([
    ['GET: a:low, POST: a:low', ['5:3']],
    ['GET: { allOf: [a:low] }, PUT: { anyOf: [a:high, a:low] }', ['5:3']],
    ['ANY: a:low', ['5:3']],
    ['GET: a:low, POST: a:medium', []],
    ['GET: { anyOf: [a:low, a:medium] }, POST: a:medium', []],
    ['GET: a:low, POST: { allOf: [a:low, a:medium] }', []],
    ['OPTIONS: a:low, POST: a:low', []],
  ])('%s', (methods, places) => expect(placesOf(routeOf('/x', methods), 'scope-reads-and-writes')).toEqual(places))

  test('a `POST` that only asks is no write, and one that is on its way out is left alone', () => {
    const asking = scopesOf(SCOPES, '  /x: { GET: a:low }\n  /x/search: { POST: a:low }\n')
    expect(placesOf(asking, 'scope-reads-and-writes')).toEqual([])
    const leaving = scopesOf(
      '  a:b: { reason: R., sensitivity: low, deprecated: { since: 2026-01-01, link: "https://example.com/x" } }\n',
      '  /x: { GET: a:b, POST: a:b }\n',
    )
    expect(placesOf(leaving, 'scope-reads-and-writes')).toEqual([])
  })
})

describe('duplicate-alternative', () => {
  test.each([
    ['{ anyOf: [a:low, a:high, a:low] }', ['13:39']],
    ['{ anyOf: [{ allOf: [a:low, a:high] }, { allOf: [a:high, a:low] }] }', ['13:52']],
    ['{ anyOf: [a:low, { allOf: [a:low] }, a:low] }', ['13:31', '13:51']],
    ['{ anyOf: [a:low, { allOf: [a:low, a:high] }] }', []],
    ['{ allOf: [a:low, a:high] }', []],
  ])('%s', (asked, places) => expect(placesOf(routeOf('/x', `GET: ${asked}`), 'duplicate-alternative')).toEqual(places))
})
