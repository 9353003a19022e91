/** Scope strategies and matching of Oathkeeper, clause by clause. */
import { describe, expect, test } from 'vitest'
import { STRATEGIES } from '../../../../src/source/import/gateways/oathkeeper/judge.ts'
import { answers, importText, prove, releaseOfImport, rulesOf, verdictsOf } from './prove.ts'

const rule = (url: string, asked: string, more = '') =>
  `- { id: r, match: { url: "${url}", methods: [GET] }, authenticators: [${asked}], authorizer: { handler: allow }, mutators: [{ handler: noop }]${more} }\n`

const jwt = (scopes: string, strategy = 'exact') =>
  `{ handler: jwt, config: { required_scope: [${scopes}], scope_strategy: ${strategy} } }`

describe('strategies, in the source and in the map', () => {
  test.each([
    ['hierarchic', 'foo', 'foo.bar', true],
    ['hierarchic', 'foo', 'foo.bar.baz', true],
    ['hierarchic', 'foo.bar', 'foo', false],
    ['hierarchic', 'foo', 'foobar', false],
    ['hierarchic', 'orders:read', 'orders:read:all', false],
    ['hierarchic', 'orders', 'orders:read', false],
    ['wildcard', 'foo.*', 'foo', false],
    ['wildcard', 'foo.*', 'foo.bar', true],
    ['wildcard', 'foo.*', 'foo.bar.baz', true],
    ['wildcard', 'foo.*.baz', 'foo.x.baz', true],
    ['wildcard', 'foo.*.baz', 'foo.x.y.baz', false],
    ['wildcard', '*', 'anything', true],
    ['wildcard', '*', 'a:b', true],
    ['wildcard', 'orders:*', 'orders:read', false],
    ['wildcard', '*.*', 'foo', false],
    ['wildcard', '*.*', 'foo.bar.baz', true],
    ['wildcard', 'foo', 'foo.bar', false],
    ['wildcard', 'foo.*', 'foo.*', true],
    ['exact', 'foo', 'foo', true],
    ['exact', 'Foo', 'foo', false],
  ])('%s: %s for %s: %s', (strategy, granted, required, isEnough) => {
    expect(STRATEGIES.get(strategy)?.(granted, required)).toBe(isEnough)
    const release = releaseOfImport(importText('oathkeeper', rule('https://a.example.com/x', jwt(required, strategy))))
    expect(answers(release, 'GET https://a.example.com/x', granted)).toBe(isEnough ? 'allow' : 'deny')
  })
})

test('all of the required scopes are needed', () => {
  expect(rulesOf(importText('oathkeeper', rule('https://a.example.com/x', jwt('a, b'))))).toEqual([
    'GET a.example.com/x: a+b',
  ])
})

test('required scopes without a strategy are never guessed at, and are said to be open where they are', () => {
  const unchecked = importText(
    'oathkeeper',
    rule('https://a.example.com/x', '{ handler: oauth2_introspection, config: { required_scope: [a] } }'),
  )
  expect(verdictsOf(unchecked)).toEqual(['unrepresentable rule `r`'])
  expect(unchecked.failOpen.map(({ at }) => `${at.line}:${at.column}`)).toEqual(['1:88'])
  const broken = importText(
    'oathkeeper',
    rule('https://a.example.com/x', '{ handler: jwt, config: { required_scope: [a] } }'),
  )
  expect([broken.services, broken.failOpen]).toEqual([[], []])
})

test('what two rules match is refused, as it was an error of the server', () => {
  const text =
    rule('https://a.example.com/x/<.*>', jwt('a')) +
    rule('https://a.example.com/x/y', jwt('b')).replace('id: r', 'id: other')
  const imported = importText('oathkeeper', text)
  const release = releaseOfImport(imported)
  expect(answers(release, 'GET https://a.example.com/x/z', 'a')).toBe('allow')
  expect(answers(release, 'GET https://a.example.com/x/y', 'a b')).toBe('deny')
  expect(prove(imported).wrong).toEqual([])
})

test('a part of a segment is wider as a parameter, and is written by the word of the user alone', () => {
  const text = rule('https://a.example.com/users/<[0-9]+>', jwt('a'))
  expect(verdictsOf(importText('oathkeeper', text))).toEqual(['unrepresentable rule `r`'])
  const accepted = importText('oathkeeper', text, { accept: true })
  expect(verdictsOf(accepted)).toEqual(['looser rule `r`'])
  expect(rulesOf(accepted)).toEqual(['GET a.example.com/users/{id}: a'])
})

test('an anonymous authenticator makes the route public, and is listed with its place', () => {
  const imported = importText('oathkeeper', rule('https://a.example.com/x', '{ handler: anonymous }'))
  expect(rulesOf(imported)).toEqual(['GET a.example.com/x: public'])
  expect(imported.failOpen.map(({ at }) => `${at.file}:${at.line}:${at.column}`)).toEqual(['source.yaml:1:88'])
})
