/** Method and raw URL -> canonical target. */
import { describe, expect, test } from 'vitest'
import { METHODS } from '../../src/policy/method.ts'
import { readTarget } from '../../src/policy/read-target.ts'
import type { ReleaseDocument } from '../../src/policy/release.ts'
import { releaseOf, ruleOf } from './build.ts'

const STRICT = releaseOf({ rules: [ruleOf('GET /a')] })

interface Asked {
  readonly method?: string
  readonly limit?: number
  readonly aliases?: Readonly<Record<string, string>>
  readonly release?: typeof STRICT
}

function read(url: string, { method = 'GET', limit = 4096, aliases = {}, release = STRICT }: Asked = {}) {
  const result = readTarget(method, url, limit, new Map(Object.entries(aliases)), release)
  return result.ok ? result.value : result.error
}

test('a target is the method, the host of the map, the canonical path and the query as it came', () => {
  expect(read('https://API.example.com:8443/caf%c3%a9/?q=%2e%2e&r=+', { method: 'POST' })).toEqual({
    method: 'POST',
    host: 'api.example.com',
    path: '/caf%C3%A9/',
    query: '?q=%2e%2e&r=+',
  })
})

test.each(METHODS)('%s is a method that the gate knows', (method) => {
  expect(read('https://api.example.com/a', { method })).toMatchObject({ method })
})

test.each(['get', 'TRACE', 'CONNECT', 'PROPFIND', 'QUERY', 'GET ', '', 'constructor'])(
  '%j is refused before its target is looked at',
  (method) => {
    expect(read('nonsense', { method })).toEqual({ code: 'method_refused' })
  },
)

test.each([
  ['https://api.example.com:99999/a', 'not_a_url'],
  ['https://u@api.example.com/a', 'userinfo'],
  ['https://api.example.com/a#b', 'fragment'],
  ['https://api.example.com/a?_method=PUT', 'method_parameter'],
  ['https://api.example.com/a/../b', 'dot_segment'],
  ['https://api.example.com/%61', 'encoded_unreserved'],
  ['https://api.example.com/a\\b', 'not_a_path_character'],
  ['https://api.example.com//a', 'empty_segment'],
  ['*', 'not_a_url'],
])('%s is ambiguous, and why is in the denial', (url, detail) => {
  expect(read(url)).toEqual({ code: 'target_ambiguous', detail })
})

describe('the size of a path', () => {
  test('may be the limit and not one more', () => {
    expect(read(`https://api.example.com/${'a'.repeat(9)}`, { limit: 10 })).toMatchObject({ path: '/aaaaaaaaa' })
    expect(read(`https://api.example.com/${'a'.repeat(10)}`, { limit: 10 })).toEqual({
      code: 'target_ambiguous',
      detail: 'too_long',
    })
  })

  test('does not count the query', () => {
    expect(read(`https://api.example.com/a?${'q'.repeat(100)}`, { limit: 10 })).toMatchObject({ path: '/a' })
  })

  test('is looked at before any other work is done on the path', () => {
    expect(read(`https://api.example.com/${'%'.repeat(20)}`, { limit: 10 })).toEqual({
      code: 'target_ambiguous',
      detail: 'too_long',
    })
  })
})

test('a host that the environment answers on stands for the host of the map; others stand for themselves', () => {
  const aliases = { 'api.staging.example.com': 'api.example.com', '127.0.0.1': 'api.example.com' }
  expect(read('https://API.staging.example.com/a', { aliases })).toMatchObject({ host: 'api.example.com' })
  expect(read('http://127.0.0.1:8787/a', { aliases })).toMatchObject({ host: 'api.example.com' })
  expect(read('https://other.example.com/a', { aliases })).toMatchObject({ host: 'other.example.com' })
  expect(read('https://constructor/a', { aliases })).toMatchObject({ host: 'constructor' })
})

describe('what a host relaxes', () => {
  const rules = [
    'GET api.example.com/a',
    'GET *.example.com/a',
    'GET *.eu.example.com/a',
    'GET *.plain.example.com/a',
  ].map((line) => ruleOf(line))
  const hosts: ReleaseDocument['hosts'] = {
    'api.example.com': { allow: ['semicolon'] },
    '*.example.com': { allow: ['encodedSlash'] },
    '*.eu.example.com': { allow: ['encodedPercent'] },
    'norules.example.net': { allow: ['semicolon', 'encodedSlash', 'encodedPercent'] },
  }
  const release = releaseOf({ rules, hosts })
  const letsIn = (host: string, aliases = {}) =>
    ['/a;b', '/a%2Fb', '/a%25'].filter((path) => 'path' in read(`https://${host}${path}`, { release, aliases }))

  test.each([
    ['api.example.com', ['/a;b']],
    ['x.example.com', ['/a%2Fb']],
    ['eu.example.com', ['/a%2Fb']],
    ['x.eu.example.com', ['/a%25']],
    ['x.plain.example.com', []],
    ['example.com', []],
    ['norules.example.net', []],
    ['other.example.net', []],
  ])('on %s only the pattern that decides for it counts: %j', (host, paths) => {
    expect(letsIn(host)).toEqual(paths)
  })

  test('counts by the host of the map, not by the one that was asked', () => {
    expect(letsIn('localhost', { localhost: 'api.example.com' })).toEqual(['/a;b'])
    expect(letsIn('api.example.com', { 'api.example.com': 'other.example.net' })).toEqual([])
  })
})
