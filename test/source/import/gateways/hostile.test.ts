/** Files that mean harm, or nothing: every importer gives an answer, soon, and never an exception. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { readImport } from './prove.ts'

const FORMATS = ['oathkeeper', 'krakend', 'kong', 'apisix', 'istio', 'envoy-gateway'] as const

const words = [
  'routes',
  'services',
  'plugins',
  'endpoints',
  'endpoint',
  'paths',
  'uri',
  'uris',
  'hosts',
  'methods',
  'match',
  'url',
  'authenticators',
  'handler',
  'config',
  'authorizer',
  'mutators',
  'required_scope',
  'scope_strategy',
  'extra_config',
  'auth/validator',
  'scopes',
  'scopes_key',
  'openid-connect',
  'scopes_required',
  'required_scopes',
  'kind',
  'AuthorizationPolicy',
  'HTTPRoute',
  'SecurityPolicy',
  'spec',
  'rules',
  'to',
  'operation',
  'from',
  'source',
  'when',
  'key',
  'values',
  'targetRefs',
  'jwt',
  'providers',
  'authorization',
  'matches',
  'path',
  'value',
  'type',
  'name',
  'action',
  'Deny',
]
const text = fc.oneof(
  fc.constantFrom(
    ...words,
    '/',
    '/a',
    '/{b}/*',
    '~/(a+)+$',
    '<.*>',
    'https://<.*>/<.*>',
    '*',
    '{**}',
    '__proto__',
    'constructor',
    '',
  ),
  fc.string({ maxLength: 12 }),
)
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 7, depthSize: 'large' },
    text,
    fc.constantFrom(null, true, 0, 1.5, -1),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(text, tie('tree'), { maxKeys: 5 }),
  ),
}))

describe.each(FORMATS)('%s', (format) => {
  test('any tree of the words that it knows is read or refused', () => {
    fc.assert(
      fc.property(tree, (value) => {
        readImport(format, stringify(value), { accept: true })
      }),
      { numRuns: 150 },
    )
  })

  test('any text is read or refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        readImport(format, text)
      }),
      { numRuns: 100 },
    )
  })

  test.each([
    ['nothing', ''],
    ['too much in one another', '['.repeat(50_000)],
    ['maps in one another', '{a: '.repeat(2000)],
    [
      'aliases that multiply',
      `a: &a [x]\n${'bcdefghijkl'
        .split('')
        .map((name, index) => `${name}: &${name} [${`*${'abcdefghijkl'[index]},`.repeat(9)}]`)
        .join('\n')}\n`,
    ],
    ['an alias of itself', 'routes: &a [*a]'],
    ['a key twice', 'routes: []\nroutes: []'],
    ['no UTF-8', '\uD800'],
    ['something else', 'hello: world'],
  ])('%s is refused', (_name, text) => {
    expect(readImport(format, text).ok).toBe(false)
  })
})

test('an expression that would keep others busy for years does not', () => {
  const evil = '(a*)*(a*)*(a+)+((a?){50}){50}$'
  const rules = `[{ id: a, match: { url: "https://a.example.com/<${evil}>", methods: [GET] }, authenticators: [{ handler: anonymous }], authorizer: { handler: allow }, mutators: [{ handler: noop }] }]`
  const started = performance.now()
  expect(readImport('oathkeeper', rules, { accept: true }).ok).toBe(true)
  expect(
    readImport('kong', `services: [{ name: s, routes: [{ name: r, paths: ["~/${evil}"] }] }]`, { accept: true }).ok,
  ).toBe(true)
  expect(performance.now() - started).toBeLessThan(5000)
})

test('three thousand routes are read in seconds', () => {
  const routes = Array.from({ length: 3000 }, (_, index) => ({
    name: `r${index}`,
    paths: [`/api/${index % 60}/things/${index}`, `/t${index}`],
    plugins: [{ name: 'jwt' }],
  }))
  const started = performance.now()
  const reading = readImport('kong', stringify({ services: [{ name: 's', routes }] }))
  expect(reading.ok).toBe(true)
  expect(performance.now() - started).toBeLessThan(30_000)
})
