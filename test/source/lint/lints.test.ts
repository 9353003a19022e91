/** Each lint: what it finds, where, and what it leaves alone. */
import { describe, expect, test } from 'vitest'
import type { DiagnosticRule } from '../../../src/source/diagnostic.ts'
import { findingsOf, GATEWAY, labelOf, readTexts, rulesOf, scopesOf, serviceOf, type Texts, TODAY } from '../maps.ts'

const scope = (name: string, more = '') => `  ${name}: { reason: R., sensitivity: low${more} }\n`

/** `line:column` of the findings of a rule in the service's file. */
const placesOf = (texts: Texts, rule: DiagnosticRule, today = TODAY) =>
  findingsOf(texts, rule, today).map(({ at }) => `${at.line}:${at.column}`)

const withGateway = (texts: Texts, more: string): Texts => ({ ...texts, 'gateway.yaml': more + GATEWAY })

/** A second service. */
const otherService = (scopes: string, routes: string): Texts => ({
  'other.yaml': `service: other\ndescription: D.\nowner: o\nscopes:\n${scopes}routes:\n${routes}`,
})

describe('undefined-scope', () => {
  test.each([
    ['{ GET: a:raed }', ['9:14']],
    ['{ GET: { scope: a:raed } }', ['9:23']],
    ['{ GET: { allOf: [a:read, a:raed, x] } }', ['9:32', '9:40']],
    ['{ GET: { anyOf: [a:raed, { allOf: [a:read, x] }] } }', ['9:24', '9:50']],
    ['{ GET: a:read }', []],
  ])('%s', (methods, places) => expect(placesOf(serviceOf(`  /x: ${methods}\n`), 'undefined-scope')).toEqual(places))

  test('in what a scope implies and is replaced by', () => {
    const texts = scopesOf(
      scope('a:b', ', implies: [a:c]') + scope('a:d', ', deprecated: { since: 2026-01-01, replacedBy: [a:e] }'),
      '  /x: { GET: { anyOf: [a:b, a:d] } }\n',
    )
    expect(placesOf(texts, 'undefined-scope')).toEqual(['5:50', '6:86'])
  })

  test('suggests what was meant, of all services', () => {
    const texts = {
      ...serviceOf('  /x: { GET: other:raed }\n'),
      ...otherService(scope('other:read'), '  /y: { GET: other:read }\n'),
    }
    expect(findingsOf(texts, 'undefined-scope').map(({ help }) => help)).toEqual(['did you mean `other:read`?'])
  })

  test('says nothing while a file that may declare it cannot be read', () => {
    const texts = serviceOf('  /x: { GET: other:read }\n')
    expect(placesOf(texts, 'undefined-scope')).toEqual(['9:14'])
    expect(rulesOf(readTexts({ ...texts, 'other.yaml': 'service: [' }))).toEqual(['yaml-syntax@other.yaml:1:11'])
  })

  test('a declaration that is wrong in itself is one nevertheless', () => {
    const texts = scopesOf('  a:b: { reason: R. }\n', '  /x: { GET: a:b }\n')
    expect(rulesOf(readTexts(texts))).toEqual(['missing-key@tested.yaml:5:3'])
  })
})

test('duplicate-scope names both services', () => {
  const texts = { ...serviceOf('  /x: { GET: a:read }\n'), ...otherService(scope('a:read'), '  /y: { GET: a:read }\n') }
  const [finding, ...others] = findingsOf(texts, 'duplicate-scope')
  expect(others).toEqual([])
  expect(finding && labelOf(finding)).toBe('duplicate-scope@tested.yaml:5:3')
  expect(finding?.related.map(({ at }) => at)).toEqual([{ file: 'other.yaml', line: 5, column: 3 }])
})

describe('implies-cycle', () => {
  const route = '  /x: { GET: a:b }\n'

  test('names the cycle and each of its steps', () => {
    const scopes =
      scope('a:b', ', implies: [a:c]') +
      scope('a:c', ', implies: [a:x, a:d]') +
      scope('a:d', ', implies: [a:b]') +
      scope('a:x')
    const [finding, ...others] = findingsOf(scopesOf(scopes, route), 'implies-cycle')
    expect(others).toEqual([])
    expect(finding?.message).toContain('`a:b` implies `a:c` implies `a:d` implies `a:b`')
    expect(
      [finding?.at, ...(finding?.related ?? []).map(({ at }) => at)].map((at) => `${at?.line}:${at?.column}`),
    ).toEqual(['7:50', '5:50', '6:55'])
  })

  test('of one scope alone', () => {
    expect(placesOf(scopesOf(scope('a:b', ', implies: [a:b]'), route), 'implies-cycle')).toEqual(['5:50'])
  })

  test('is not there where two ways lead to one scope', () => {
    const scopes = scope('a:b', ', implies: [a:c, a:d]') + scope('a:c', ', implies: [a:d]') + scope('a:d')
    expect(placesOf(scopesOf(scopes, route), 'implies-cycle')).toEqual([])
  })
})

test('implies-too-many is said once of a long chain', () => {
  const chain = Array.from({ length: 1500 }, (_, index) =>
    scope(`a:${index}`, index < 1499 ? `, implies: ["a:${index + 1}"]` : ''),
  )
  expect(placesOf(scopesOf(chain.join(''), '  /x: { GET: a:1499 }\n'), 'implies-too-many')).toEqual(['503:3'])
})

describe('overlapping-rules', () => {
  test.each([
    ['  /x/{a}: { GET: a:read }\n  /x/{b}: { GET: a:read }\n', ['10:13']],
    ['  /x/{a+}: { GET: a:read }\n  /x/{b+}: { GET: a:read }\n', ['10:14']],
    ['  /x/caf\u00e9: { GET: a:read }\n  /x/caf%C3%A9: { GET: a:read }\n', ['10:19']],
    ['  /x/{a}: { ANY: a:read }\n  /x/{b}: { ANY: a:read, GET: a:read }\n', ['10:13']],
    ['  /x/{a}: { GET: a:read }\n  /x/{b}: { POST: a:read }\n', []],
    ['  /x/{a}: { GET: a:read }\n  /x/{b}: { ANY: a:read }\n', []],
    ['  /x/{a}: { GET: a:read }\n  /x/b: { GET: a:read }\n  /x/{a+}: { GET: a:read }\n', []],
    ['  /x: { GET: a:read }\n  /x/: { GET: a:read }\n  /X: { GET: a:read }\n', []],
  ])('%s', (routes, places) => expect(placesOf(serviceOf(routes), 'overlapping-rules')).toEqual(places))

  test('across services, with both positions', () => {
    const texts = {
      ...serviceOf('  /x/{a}: { GET: a:read }\n'),
      ...otherService(scope('o:x'), '  /x/{b}: { GET: o:x }\n'),
    }
    const [finding] = findingsOf(texts, 'overlapping-rules')
    expect([finding?.at, finding?.related[0]?.at].map((at) => `${at?.file}:${at?.line}:${at?.column}`)).toEqual([
      'tested.yaml:9:13',
      'other.yaml:7:13',
    ])
  })

  test('not across hosts, also where one pattern stands for the other', () => {
    const other = otherService(scope('o:x'), '  /x: { GET: o:x }\n')['other.yaml']
    for (const host of ['b.example.com', '"*.example.com"'])
      expect
        .soft(
          rulesOf(readTexts({ ...serviceOf('  /x: { GET: a:read }\n'), 'other.yaml': `hosts: [${host}]\n${other}` })),
        )
        .toEqual([])
  })
})

describe('confusable-paths', () => {
  test.each([
    ['  /x/{a}: { GET: a:read }\n  /x/{b}/: { GET: a:write }\n', ['10:14']],
    ['  /x: { GET: a:write }\n  /X: { GET: { public: Probed. } }\n', ['10:9']],
    ['  /x/%C3%84: { GET: a:read }\n  /x/%C3%A4/: { GET: a:write }\n', ['10:17']],
    ['  /x: { ANY: a:write }\n  /x/: { GET: a:read, POST: a:write, PUT: a:admin }\n', ['10:10', '10:38']],
    ['  /x: { GET: a:read }\n  /x/: { GET: { scope: a:read, stepUp: { acr: phr } } }\n', ['10:10']],
    ['  /x: { GET: a:read }\n  /x/: { GET: { scope: a:read, mode: observe } }\n', ['10:10']],
    ['  /x: { GET: a:read }\n  /X: { GET: a:write }\n  /x/: { GET: a:read }\n', ['10:9']],
    ['  /x: { GET: { public: One. } }\n  /x/: { GET: { public: Other. } }\n', []],
    ['  /x: { ANY: a:read, GET: a:write }\n  /x/: { GET: a:write, ANY: a:read }\n', []],
    ['  /x: { GET: { anyOf: [a:read, a:write] } }\n  /x/: { GET: { anyOf: [a:write, a:read] } }\n', []],
    ['  /x: { GET: a:read }\n  /x/: { POST: a:write }\n', []],
    ['  /x: { GET: a:read }\n  /x.pdf: { GET: a:write }\n', []],
    ['  /x/{a}: { GET: a:read }\n  /x/{a+}: { GET: a:write }\n  /x/%7B%7D: { GET: a:write }\n', []],
  ])('%s', (routes, places) => expect(placesOf(serviceOf(routes), 'confusable-paths')).toEqual(places))

  test('across services of one host, and not across hosts', () => {
    const other = otherService(scope('o:x'), '  /x/: { GET: o:x }\n')
    const texts = { ...serviceOf('  /x: { GET: a:read }\n'), ...other }
    expect(findingsOf(texts, 'confusable-paths').map(labelOf)).toEqual(['confusable-paths@tested.yaml:9:9'])
    const apart = { ...texts, 'other.yaml': `hosts: [b.example.com]\n${other['other.yaml']}` }
    expect(findingsOf(apart, 'confusable-paths')).toEqual([])
  })
})

describe('conventions of the organisation', () => {
  const map = (scopes: string, more: string) => withGateway(scopesOf(scopes, '  /x: { GET: a:b }\n'), more)

  test('scope-naming wants the whole name to match', () => {
    const scopes = scope('a:b') + scope('xa:b') + scope('a:bx') + scope('A:b')
    expect(placesOf(map(scopes, 'naming: { pattern: "a:b|c" }\n'), 'scope-naming')).toEqual(['6:3', '7:3', '8:3'])
    expect(placesOf(map(scopes, ''), 'scope-naming')).toEqual([])
  })

  test('scope-too-coarse looks at the whole name, case aside', () => {
    const scopes = scope('a:b') + scope('read') + scope('READ') + scope('read:all')
    expect(placesOf(map(scopes, 'naming: { tooCoarse: [Read] }\n'), 'scope-too-coarse')).toEqual(['6:3', '7:3'])
  })

  test('missing-metadata wants a review where it is required', () => {
    const scopes = scope('a:b') + scope('a:c', ', review: 2027-01-01')
    expect(placesOf(map(scopes, 'metadata: { required: [owner, review] }\n'), 'missing-metadata')).toEqual(['5:3'])
    expect(placesOf(map(scopes, 'metadata: { required: [owner] }\n'), 'missing-metadata')).toEqual([])
  })
})

describe('days', () => {
  const map = (more: string, routes = '  /x: { GET: a:b }\n') => scopesOf(scope('a:b', more) + scope('a:c'), routes)

  test('review-overdue from the day after', () => {
    const texts = map(', review: 2027-03-01')
    expect(placesOf(texts, 'review-overdue', '2027-03-01')).toEqual([])
    expect(placesOf(texts, 'review-overdue', '2027-03-02')).toEqual(['5:48'])
  })

  test('sunset-before-since', () => {
    expect(placesOf(map(', deprecated: { since: 2026-05-02, sunset: 2026-05-01 }'), 'sunset-before-since')).toEqual([
      '5:81',
    ])
    expect(placesOf(map(', deprecated: { since: 2026-05-01, sunset: 2026-05-01 }'), 'sunset-before-since')).toEqual([])
  })

  test('retired-scope-required from the day itself, where nothing else lets the request in', () => {
    const retiring = ', deprecated: { since: 2026-01-01, sunset: 2027-01-31, replacedBy: [a:c] }'
    const routes = `  /x: { GET: a:b }
  /y: { GET: { anyOf: [a:b, a:c] } }
  /z: { GET: { anyOf: [a:b, { allOf: [a:c, a:b] }] } }
  /p: { GET: { public: Probed. } }
`
    expect(placesOf(map(retiring, routes), 'retired-scope-required', '2027-01-30')).toEqual([])
    expect(placesOf(map(retiring, routes), 'retired-scope-required', '2027-01-31')).toEqual(['8:14', '10:24'])
  })
})

describe('impossible-step-up', () => {
  const scopes =
    scope('a:b', ', stepUp: { acr: [x, y] }') +
    scope('a:c', ', stepUp: { acr: [y, z] }') +
    scope('a:d', ', stepUp: { acr: w }') +
    scope('a:e', ', stepUp: { maxAge: 5m }')
  const map = (requirement: string) =>
    scopesOf(scopes, `  /x: { GET: ${requirement} }\n  /used: { GET: { anyOf: [a:b, a:c, a:d, a:e] } }\n`)

  test.each([
    ['{ allOf: [a:b, a:c, a:e] }', []],
    ['{ allOf: [a:b, a:c], stepUp: { acr: [z, y] } }', []],
    ['{ allOf: [a:b, a:e], stepUp: { maxAge: 1m } }', []],
    ['{ anyOf: [a:b, a:d] }', []],
    ['{ allOf: [a:b, a:d] }', ['10:24']],
    ['{ allOf: [a:b, a:c], stepUp: { acr: [x, z] } }', ['10:24']],
    ['{ anyOf: [a:b, a:d], stepUp: { acr: [x] } }', ['10:29']],
    ['{ anyOf: [a:e, { allOf: [a:c, a:d] }] }', ['10:39']],
    ['{ public: Probed. }', []],
  ])('%s', (requirement, places) => expect(placesOf(map(requirement), 'impossible-step-up')).toEqual(places))
})

test('unused-scope is one that opens nothing, neither by itself nor by what it implies', () => {
  const scopes =
    scope('a:required') +
    scope('a:root', ', implies: [a:middle]') +
    scope('a:middle', ', implies: [a:required, a:idle]') +
    scope('a:idle') +
    scope('a:alone') +
    scope('a:vain', ', implies: [a:alone]')
  expect(placesOf(scopesOf(scopes, '  /x: { GET: a:required }\n'), 'unused-scope')).toEqual(['8:3', '9:3', '10:3'])
})

test('empty-service is one without routes', () => {
  const head = 'service: tested\ndescription: D.\nowner: o\n'
  const map = (more: string): Texts => ({ 'gateway.yaml': GATEWAY, 'tested.yaml': head + more })
  expect(rulesOf(readTexts(map('')))).toEqual(['empty-service@tested.yaml:1:10'])
  expect(rulesOf(readTexts(map('routes: {}\n')))).toEqual(['empty-service@tested.yaml:1:10'])
  expect(rulesOf(readTexts(map('routes:\n')))).toEqual(['empty-value@tested.yaml:4:8'])
})

test('unused-host-options wants the pattern that decides, as it is written', () => {
  const options = (host: string) => `hostOptions: { ${host}: { allow: [semicolon], reason: R. } }\n`
  const map = serviceOf('  /x: { GET: a:read }\n')
  expect(findingsOf(withGateway(map, options('api.example.com')), 'unused-host-options')).toEqual([])
  for (const host of ['"*.example.com"', 'example.com', 'www.example.com'])
    expect.soft(findingsOf(withGateway(map, options(host)), 'unused-host-options'), host).toHaveLength(1)
})

test('warnings keep quiet while there are errors', () => {
  const scopes = scope('a:b') + scope('a:unused')
  expect(rulesOf(readTexts(scopesOf(scopes, '  /x: { GET: a:b }\n')))).toEqual(['unused-scope@tested.yaml:6:3'])
  expect(rulesOf(readTexts(scopesOf(scopes, '  /x: { GET: a:c }\n')))).toEqual(['undefined-scope@tested.yaml:8:14'])
})

test('what is written once is reported once, on however many hosts it stands', () => {
  const texts = serviceOf('  /x: { GET: nothing }\n')
  const many = { ...texts, 'tested.yaml': `hosts: [a.example, b.example]\n${texts['tested.yaml']}` }
  expect(rulesOf(readTexts(many))).toEqual(['undefined-scope@tested.yaml:10:14'])
})
