/** Whoever can write KV can write anything there: what a release must be before it is used. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decide } from '../../src/policy/decide.ts'
import { decodeRelease } from '../../src/policy/decode.ts'
import { matchRequest } from '../../src/policy/matcher.ts'
import { encodeRelease, MAX_RELEASE_CHARACTERS } from '../../src/policy/release.ts'
import { INVOICING } from '../support/invoicing.ts'
import { CONTEXT, documentOf, HOST, NOW, principalOf, releaseOf, ruleOf, scopesOf } from './build.ts'

type Json = Record<string, unknown>

/** A small document with one of everything, as JSON that a test may break anywhere. */
const whole = (): Json => ({
  format: 1,
  services: { tested: { owner: 'team', description: 'Tested.' } },
  scopes: {
    a: {
      service: 'tested',
      owner: 'team',
      reason: 'Tested.',
      sensitivity: 'critical',
      implies: ['b'],
      stepUp: { acr: ['phr', 'phrh'], amr: [['hwk', 'pin'], ['otp']], maxAgeSeconds: 300 },
      maxTokenAgeSeconds: 600,
      review: '2027-03-01',
    },
    b: {
      service: 'tested',
      owner: 'team',
      reason: 'Tested.',
      sensitivity: 'low',
      deprecated: { since: '2026-09-01', sunset: '2027-01-31', replacedBy: ['a'], link: 'https://example.com' },
    },
  },
  hosts: { 'api.example.com': { allow: ['encodedSlash'] } },
  rules: [
    {
      service: 'tested',
      host: 'api.example.com',
      method: 'GET',
      path: '/x/{y}',
      anyOf: [['a'], ['b']],
      stepUp: { maxAgeSeconds: 60 },
      maxTokenAgeSeconds: 60,
      maxLifetimeSeconds: 3600,
      senderConstraint: 'dpop-single-use',
      clients: ['partner'],
      actors: [],
      authorizationDetails: [{ type: 'payment', actions: ['initiate'], match: { '/id': '{y}' } }],
      introspection: 'always',
      revocation: 'strict',
      mode: 'observe',
      upgrade: 'websocket',
    },
    { service: 'tested', host: '*.example.com', method: 'ANY', path: '/', public: 'Tested.' },
  ],
})

/** The document with one place set, or removed by `undefined`. */
function broken(place: string, value: unknown): Json {
  const document = whole()
  const names = place.split('/')
  const last = names.pop() ?? ''
  let at: Json = document
  for (const name of names) at = at[name] as Json
  if (value === undefined) delete at[last]
  else Object.defineProperty(at, last, { value, enumerable: true, configurable: true, writable: true })
  return document
}

const errorOf = (document: unknown): string => {
  const release = decodeRelease(JSON.stringify(document))
  return release.ok ? '' : release.error
}

test('a document with one of everything is read', () => {
  const release = decodeRelease(JSON.stringify(whole()))
  expect(release).toMatchObject({
    ok: true,
    value: {
      rules: [
        {
          id: 'GET api.example.com/x/{y}',
          service: 'tested',
          requirement: { kind: 'scopes', anyOf: [['a'], ['b']] },
          conditions: {
            stepUp: { maxAgeSeconds: 60 },
            maxTokenAgeSeconds: 60,
            maxLifetimeSeconds: 3600,
            senderConstraint: 'dpop-single-use',
          },
          callers: { clients: new Set(['partner']), actors: new Set() },
          authorizationDetails: [{ type: 'payment', actions: ['initiate'], match: { '/id': '{y}' } }],
          introspectsAlways: true,
          checksRevocationAtLog: true,
          isCritical: true,
          mode: 'observe',
          allowsUpgrade: true,
        },
        {
          id: 'ANY *.example.com/',
          requirement: { kind: 'public', reason: 'Tested.' },
          conditions: {},
          introspectsAlways: false,
          checksRevocationAtLog: false,
          isCritical: false,
          allowsUpgrade: false,
        },
      ],
      allowances: new Map([['api.example.com', { encodedSlash: true, encodedPercent: false, semicolon: false }]]),
    },
  })
  const scopes = release.ok ? [...release.value.scopes.values()] : []
  expect(scopes).toEqual([
    {
      name: 'a',
      impliedBy: [],
      conditions: {
        stepUp: { acr: ['phr', 'phrh'], amr: [['hwk', 'pin'], ['otp']], maxAgeSeconds: 300 },
        maxTokenAgeSeconds: 600,
      },
      isDeprecated: false,
      isCritical: true,
      replacedBy: [],
    },
    {
      name: 'b',
      impliedBy: ['a'],
      conditions: {},
      isDeprecated: true,
      isCritical: false,
      replacedBy: ['a'],
      retiredAt: Date.UTC(2027, 0, 31) / 1000,
    },
  ])
})

test('a release past the size that a gate has room for is refused before it is parsed', () => {
  const sized = (characters: number) => {
    const bare = encodeRelease(documentOf({ rules: [ruleOf('GET /', { public: '' })] })).length
    return encodeRelease(documentOf({ rules: [ruleOf('GET /', { public: 'x'.repeat(characters - bare) })] }))
  }
  expect(decodeRelease(sized(MAX_RELEASE_CHARACTERS)).ok).toBe(true)
  expect(decodeRelease(sized(MAX_RELEASE_CHARACTERS + 1))).toMatchObject({
    error: expect.stringMatching(/^it has 5242881 characters/),
  })
  expect(decodeRelease('!'.repeat(MAX_RELEASE_CHARACTERS + 1))).toMatchObject({
    error: expect.stringMatching(/^it has 5242881 characters/),
  })
})

test('text that is not JSON is refused', () => {
  for (const text of ['', '{', 'null ,', '{"format":1', '\0', '{"format":1}}', "{'format':1}", '[1,]'])
    expect(decodeRelease(text).ok, text).toBe(false)
})

test('nesting without end is refused and overflows nothing', () => {
  for (const text of ['['.repeat(200_000), `{"format":1,"rules":${'['.repeat(100_000)}${']'.repeat(100_000)}}`])
    expect(decodeRelease(text).ok).toBe(false)
})

test.each([0, 2, '1', null, undefined, [1], true])('of an unknown format, %j, nothing else is looked at', (format) => {
  expect(errorOf({ ...broken('format', format), unknown: 1 })).toMatch(/format/)
})

const notObjects = [null, 1, 'a', true, []]
const notTexts = [null, 1, '', true, [], {}]
const notLists = [null, 1, 'a', {}]
const notSeconds = [null, '60', -1, 1.5, 1e300, [60], {}, true]
const notDays = [
  null,
  1,
  '',
  'today',
  '2026-9-1',
  '2026-13-01',
  '2026-00-01',
  '2026-01-00',
  '2026-01-32',
  '2026-01-01T00:00:00Z',
  ' 2026-01-01',
  [],
]
const notTextLists = [...notLists, [1], [null], [''], [['a']]]

const table: readonly (readonly [place: string, named: string, values: readonly unknown[]])[] = [
  ['services', 'services', [...notObjects, undefined]],
  ['services/tested', 'services.tested', notObjects],
  ['services/tested/owner', 'services.tested.owner', [...notTexts, undefined]],
  ['services/tested/description', 'services.tested.description', [...notTexts, undefined]],
  ['scopes', 'scopes', [...notObjects, undefined]],
  ['scopes/a', 'scopes.a', notObjects],
  ['scopes/a b', 'scopes.a b', [whole().scopes && { service: 'tested', owner: 'a', reason: 'a', sensitivity: 'low' }]],
  ['scopes/a"', 'scopes.a"', [{ service: 'tested', owner: 'a', reason: 'a', sensitivity: 'low' }]],
  ['scopes/a/service', 'scopes.a.service', [...notTexts, undefined]],
  ['scopes/a/owner', 'scopes.a.owner', [...notTexts, undefined]],
  ['scopes/a/reason', 'scopes.a.reason', [...notTexts, undefined]],
  ['scopes/a/sensitivity', 'scopes.a.sensitivity', [...notTexts, 'LOW', 'none', 'toString', undefined]],
  ['scopes/a/implies', 'scopes.a.implies', [...notTextLists, ['c'], ['toString'], ['__proto__']]],
  ['scopes/a/maxTokenAgeSeconds', 'scopes.a.maxTokenAgeSeconds', notSeconds],
  ['scopes/a/review', 'scopes.a.review', notDays],
  ['scopes/a/stepUp', 'scopes.a.stepUp', [...notObjects, {}]],
  ['scopes/a/stepUp/maxAgeSeconds', 'scopes.a.stepUp.maxAgeSeconds', notSeconds],
  ['scopes/a/stepUp/acr', 'scopes.a.stepUp.acr', [...notTextLists, [], ['a b'], ['a"'], ['a\\'], ['é'], ['a\r\nX: 1'], ['a', 'b,"'], ['\0']]],
  ['scopes/b/deprecated', 'scopes.b.deprecated', notObjects],
  ['scopes/b/deprecated/since', 'scopes.b.deprecated.since', [...notDays, undefined]],
  ['scopes/b/deprecated/sunset', 'scopes.b.deprecated.sunset', notDays],
  ['scopes/b/deprecated/link', 'scopes.b.deprecated.link', notTexts],
  ['scopes/b/deprecated/replacedBy', 'scopes.b.deprecated.replacedBy', [...notTextLists, ['a b'], ['a"'], ['é']]],
  ['hosts', 'hosts', [...notObjects, undefined]],
  ['hosts/api.example.com', 'hosts.api.example.com', notObjects],
  ['hosts/api.example.com/allow', 'hosts.api.example.com.allow', [...notTextLists, ['everything'], ['toString'], ['__proto__'], undefined]],
  ['rules', 'rules', [...notLists, undefined]],
  ['rules/0', 'rules[0]', notObjects],
  ['rules/0/service', 'rules[0].service', [...notTexts, 'other', 'toString', '__proto__', undefined]],
  ['rules/0/host', 'rules[0].host', [...notTexts, '*', 'API.example.com', 'a b', 'a/b', 'a:80', '*.*.a', 'a.*', '.a', 'a.', 'a..b', '[::1]', 'é', undefined]],
  ['rules/0/method', 'rules[0].method', [...notTexts, 'HEAD', 'get', 'TRACE', '*', 'toString', undefined]],
  ['rules/0/path', 'rules[0].path', [...notTexts, 'x', '/x//y', '/%2F', '/;', '/{a}/{a}', '/..', '/\uD83D', undefined]],
  ['rules/0/anyOf', 'rules[0].anyOf', [...notLists, [], [[]], [['a'], []], ['a'], [[1]], [['']], [null], undefined]],
  ['rules/0/anyOf', 'rules[0].anyOf', [[['c']], [['a', 'c']], [['toString']], [['__proto__']], [['a b']]]],
  ['rules/0/stepUp', 'rules[0].stepUp', [...notObjects, {}]],
  ['rules/0/stepUp/maxAgeSeconds', 'rules[0].stepUp.maxAgeSeconds', notSeconds],
  ['rules/0/maxTokenAgeSeconds', 'rules[0].maxTokenAgeSeconds', notSeconds],
  ['rules/0/maxLifetimeSeconds', 'rules[0].maxLifetimeSeconds', notSeconds],
  ['rules/0/senderConstraint', 'rules[0].senderConstraint', [null, '', true, 'DPOP', ['dpop'], 'toString']],
  ['scopes/a/stepUp/amr', 'scopes.a.stepUp.amr', [...notLists, []]],
  ['scopes/a/stepUp/amr', 'scopes.a.stepUp.amr[0]', [['otp'], [[]], [null]]],
  ['rules/0/clients', 'rules[0].clients', [...notTextLists, []]],
  ['rules/0/actors', 'rules[0].actors', notTextLists],
  ['rules/0/introspection', 'rules[0].introspection', [null, '', true, 'never', ['always']]],
  ['rules/0/revocation', 'rules[0].revocation', [null, '', true, 'lax', ['strict']]],
  ['rules/0/authorizationDetails', 'rules[0].authorizationDetails', [...notLists, []]],
  ['rules/0/authorizationDetails', 'rules[0].authorizationDetails[0]', [[{ type: 'a', amount: 1 }], [1], [null]]],
  ['rules/0/authorizationDetails/0/type', 'rules[0].authorizationDetails[0].type', [...notTexts, undefined]],
  ['rules/0/authorizationDetails/0/actions', 'rules[0].authorizationDetails[0].actions', [...notTextLists, []]],
  ['rules/0/authorizationDetails/0/match', 'rules[0].authorizationDetails[0].match', [...notObjects, { id: 'x' }, { '/~2': 'x' }]],
  ['rules/0/authorizationDetails/0/match', 'rules[0].authorizationDetails[0].match./id', [{ '/id': '{z}' }, { '/id': 'urn:{y}' }, { '/id': 'x}' }, { '/id': 1 }, { '/id': '' }]],
  ['rules/0/mode', 'rules[0].mode', [null, '', 'off', 'ENFORCE', true, 0]],
  ['rules/0/upgrade', 'rules[0].upgrade', [null, '', true, 'h2c', ['websocket']]],
  ['rules/0/public', 'rules[0]', ['A reason beside scopes.']],
  ['rules/1/public', 'rules[1].public', [null, '', true, 1, []]],
  ['rules/1/public', 'rules[1]', [undefined]],
] // biome-ignore format: a table of malformed documents reads better packed

describe('a malformed document is refused by a message that names the place', () => {
  for (const [place, named, values] of table) {
    test.each(values.map((value) => [value]))(`${place} is %j`, (value) => {
      const error = errorOf(broken(place, value))
      // `rules[0].anyOf` and its kin are named without the index of what is inside them.
      expect(error.startsWith(named) || (place === 'rules/0/anyOf' && error.startsWith('rules[0]')), error).toBe(true)
    })
  }

  const objects = [
    '',
    'services/tested/',
    'scopes/a/',
    'scopes/a/stepUp/',
    'scopes/b/deprecated/',
    'hosts/api.example.com/',
    'rules/0/',
    'rules/0/stepUp/',
    'rules/1/',
  ]
  test.each(
    objects.flatMap((at) => ['unknown', 'Service', '__proto__', 'constructor', 'toString'].map((name) => at + name)),
  )('the unknown member %s', (place) => {
    expect(errorOf(broken(place, {}))).toMatch(/unknown member$/)
  })

  test.each(['2026-02-29', '2026-02-30', '2026-04-31', '2026-06-31'])('the day %s, which no calendar has', (day) => {
    expect(errorOf(broken('scopes/b/deprecated/sunset', day))).toMatch(/^scopes\.b\.deprecated\.sunset/)
  })

  test.each([
    ['the same rule twice', ['GET /a', 'GET /a']],
    ['parameters of other names', ['GET /a/{b}', 'GET /a/{c}']],
    ['tails of other names', ['ANY /{a+}', 'ANY /{b+}']],
    ['the same literal in two spellings', ['GET /café', 'GET /caf%c3%a9']],
  ])('two rules at equal rank: %s', (_, lines) => {
    const error = errorOf(documentOf({ rules: lines.map((line) => ruleOf(line)) }))
    expect(error).toMatch(/ and /)
    expect(error).toContain(`${lines[0]?.split(' ')[0]} ${HOST}/`)
  })

  test.each([
    ['a scope of a service that is not defined', 'scopes/a/service', 'other'],
    ['a replacement that is not defined', 'scopes/b/deprecated/replacedBy', ['c']],
    ['a relaxed host that is no host pattern', 'hosts/API example', { allow: ['semicolon'] }],
    ['a scope that implies itself', 'scopes/a/implies', ['a']],
  ])('%s', (_, place, value) => {
    expect(errorOf(broken(place, value))).not.toBe('')
  })

  test('implications in a cycle', () => {
    expect(errorOf(documentOf({ scopes: scopesOf([], { a: { implies: ['b'] }, b: { implies: ['a'] } }) }))).not.toBe('')
  })

  test('implications that would take long to check: a chain of hundreds is refused before it stalls a request', () => {
    const chain = (length: number) => {
      const names = Array.from({ length }, (_, index) => `s${String(index).padStart(4, '0')}`)
      const closed = names.map((name, index) => [name, { implies: names.slice(index + 1) }] as const)
      return documentOf({ scopes: scopesOf([], Object.fromEntries(closed)) })
    }
    expect(errorOf(chain(100))).toBe('')
    expect(errorOf(chain(300))).not.toBe('')
  })

  test.each([
    [[['b'], ['a']]],
    [[['a'], ['a']]],
    [[['a', 'b'], ['c']]],
    [[['b', 'a']]],
    [[['a', 'a']]],
    [
      [
        ['a', 'c'],
        ['a', 'b'],
      ],
    ],
  ])('alternatives out of canonical order: %j', (anyOf) => {
    const scopes = scopesOf(['a', 'b', 'c'])
    expect(errorOf(documentOf({ scopes, rules: [ruleOf('GET /x', { anyOf })] }))).toMatch(/^rules\[0\]\.anyOf/)
  })

  test('implications that are not closed: an auditor would read less than they mean', () => {
    const scopes = scopesOf(['c'], { a: { implies: ['b'] }, b: { implies: ['c'] } })
    expect(errorOf(documentOf({ scopes }))).not.toBe('')
  })
})

describe('names that every object inherits are inert', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']

  test.each(names)('%s as a service, a scope and a segment', (name) => {
    const text = JSON.stringify({
      ...documentOf({ rules: [ruleOf(`GET /${name}/{id}`, { anyOf: [[name]], service: name })] }),
      services: JSON.parse(`{"${name}":{"owner":"team","description":"Tested."}}`),
      scopes: JSON.parse(`{"${name}":{"service":"${name}","owner":"team","reason":"Tested.","sensitivity":"low"}}`),
      hosts: JSON.parse(`{"${HOST}":{"allow":[]}}`),
    })
    const release = decodeRelease(text)
    if (!release.ok) throw new Error(release.error)
    const { table, scopes } = release.value
    expect(matchRequest(table, HOST, '/toLocaleString/1', 'GET').kind).toBe('unmapped')
    const match = matchRequest(table, HOST, `/${name}/1`, 'GET')
    const context = CONTEXT
    const judge = (held: string) =>
      decide(scopes, match, { kind: 'verified', principal: principalOf(held) }, NOW, context).kind
    expect([judge(name), judge('other'), judge('')]).toEqual(['allow', 'deny', 'deny'])
  })

  test.each(names)('%s is granted by nothing where the map does not define it', (name) => {
    expect(errorOf(documentOf({ rules: [ruleOf('GET /a', { anyOf: [[name]] })] }))).not.toBe('')
    expect(errorOf(documentOf({ rules: [ruleOf('GET /a', { service: name })] }))).not.toBe('')
  })

  test('a `__proto__` member pollutes nothing', () => {
    const text = JSON.stringify(whole()).replace('"format":1', '"__proto__":{"polluted":1},"format":1')
    expect(decodeRelease(text).ok).toBe(false)
    expect(({} as Json).polluted).toBeUndefined()
  })
})

describe('laws', () => {
  test('decoding what was encoded gives the same document', () => {
    for (const document of [INVOICING, whole() as never]) {
      const release = decodeRelease(encodeRelease(document))
      expect(release.ok && release.value.document).toEqual(document)
      expect(release.ok && encodeRelease(release.value.document)).toBe(encodeRelease(document))
    }
  })

  test('the order of scopes in an alternative, of alternatives and of rules changes no verdict: another order is refused, or means the same', () => {
    const scopes = scopesOf(['a', 'b', 'c'])
    const context = CONTEXT
    const canonical = [['c'], ['a', 'b']]
    const verdicts = (anyOf: readonly (readonly string[])[]) => {
      const release = decodeRelease(JSON.stringify(documentOf({ scopes, rules: [ruleOf('GET /x', { anyOf })] })))
      if (!release.ok) return 'refused'
      return ['', 'a', 'b', 'c', 'a b', 'a c', 'b c', 'a b c'].map((held) => {
        const match = matchRequest(release.value.table, HOST, '/x', 'GET')
        const decision = decide(
          release.value.scopes,
          match,
          { kind: 'verified', principal: principalOf(held) },
          NOW,
          context,
        )
        return decision.kind === 'allow' ? decision.by : decision.denials
      })
    }
    const expected = verdicts(canonical)
    expect(expected).not.toBe('refused')
    for (const anyOf of [
      [['a', 'b'], ['c']],
      [['c'], ['b', 'a']],
      [['b', 'a'], ['c']],
      [['c'], ['c'], ['a', 'b']],
      [['c'], ['a', 'a', 'b']],
    ])
      expect([expected, 'refused'], JSON.stringify(anyOf)).toContainEqual(verdicts(anyOf))
  })

  test('the order of rules and keys changes nothing', () => {
    const backwards = documentOf({
      ...INVOICING,
      rules: INVOICING.rules.toReversed(),
      scopes: Object.fromEntries(Object.entries(INVOICING.scopes).reverse()),
    })
    const [one, other] = [releaseOf(INVOICING), decodeRelease(JSON.stringify(backwards))]
    if (!other.ok) return
    expect(new Map([...other.value.scopes].sort())).toEqual(new Map([...one.scopes].sort()))
    for (const { host, path } of INVOICING.rules)
      expect(matchRequest(other.value.table, host, path.replaceAll(/[{}+]/g, ''), 'GET')).toEqual(
        matchRequest(one.table, host, path.replaceAll(/[{}+]/g, ''), 'GET'),
      )
  })

  const strange = fc.oneof(fc.jsonValue(), fc.constantFrom('/x/{y}', '*.example.com', 'a', ['a'], [['a']], 1, {}, []))

  test('any JSON at all is a release or has a reason why not', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(typeof decodeRelease(text).ok).toBe('boolean')
      }),
    )
  })

  test('a release with anything at any place is read or has a reason why not', () => {
    const places = table.map(([place]) => place)
    fc.assert(
      fc.property(fc.constantFrom(...places), strange, (place, value) => {
        const release = decodeRelease(JSON.stringify(broken(place, value)))
        if (!release.ok) expect(release.error).not.toBe('')
      }),
      { numRuns: 2000 },
    )
  })
})
