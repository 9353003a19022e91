/** The lints that look at scopes: what they find, and what they leave alone so that nobody turns them off. */
import { describe, expect, test } from 'vitest'
import type { DiagnosticRule } from '../../../src/source/diagnostic.ts'
import { findingsOf, GATEWAY, scopesOf, type Texts, TODAY } from '../maps.ts'

const scope = (name: string, more = '', sensitivity = 'low') =>
  `  "${name}": { reason: R., sensitivity: ${sensitivity}${more} }\n`

/** The subjects of what a rule finds. */
const subjectsOf = (texts: Texts, rule: DiagnosticRule, today = TODAY) =>
  findingsOf(texts, rule, today).map(({ subject }) => subject)

/** Scopes of which the first is in use. */
function scopesNamed(...names: readonly string[]): Texts {
  return scopesOf(names.map((name) => scope(name)).join(''), `  /x: { GET: "${names[0]}" }\n`)
}

describe('names', () => {
  test('generic-scope is one that says nothing of what it opens', () => {
    const texts = scopesNamed('read', 'Full_Access', 'invoices:read', 'reader', 'openid', 'users:all')
    expect(subjectsOf(texts, 'generic-scope')).toEqual(['read', 'Full_Access'])
  })

  test('what the map itself calls too coarse is said once', () => {
    const texts = { ...scopesNamed('read', 'write'), 'gateway.yaml': `naming: { tooCoarse: [Read] }\n${GATEWAY}` }
    expect(subjectsOf(texts, 'scope-too-coarse')).toEqual(['read'])
    expect(subjectsOf(texts, 'generic-scope')).toEqual(['write'])
  })

  test('wildcard-scope is one with an asterisk', () => {
    expect(subjectsOf(scopesNamed('a:b', 'a:*', '*', '*.read'), 'wildcard-scope')).toEqual(['a:*', '*', '*.read'])
  })

  test.each([
    ['invoices:read', 'invoice:read'],
    ['invoices:read', 'invoices.read'],
    ['invoices:read', 'Invoices:Read'],
    ['invoices:read', 'read:invoices'],
    ['invoices:read', 'invocies:read'],
    ['organizations:read', 'organisations:read'],
    ['addresses:edit', 'adress:edit'],
    ['line-items:read', 'lineItems:read'],
    ['companies:read', 'company:read'],
  ])('near-duplicate-scope takes %s for %s', (one, other) =>
    expect(subjectsOf(scopesNamed(one, other), 'near-duplicate-scope')).toEqual([other]),
  )

  test.each([
    ['contacts:read', 'contracts:read'],
    ['orders:read', 'borders:read'],
    ['invoices:read', 'invoices:write'],
    ['stage1:read', 'stage2:read'],
    ['form:read', 'from:read'],
    ['met:read', 'meet:read'],
    ['a:b', 'b:a'],
    ['user:groups', 'group:users'],
    ['charges:read', 'changes:read'],
  ])('near-duplicate-scope tells %s from %s', (one, other) =>
    expect(subjectsOf(scopesNamed(one, other), 'near-duplicate-scope')).toEqual([]),
  )

  test('near-duplicate-scope leaves a scope alone that is on its way out, and looks across services', () => {
    const leaving = scope(
      'invoice:read',
      ', deprecated: { since: 2026-01-01, sunset: 2027-01-31, replacedBy: [invoices:read] }',
    )
    const texts = scopesOf(
      scope('invoices:read') + leaving,
      '  /x: { GET: { anyOf: [invoices:read, invoice:read] } }\n',
    )
    expect(subjectsOf(texts, 'near-duplicate-scope')).toEqual([])
    const other = `service: other\ndescription: D.\nowner: o\nscopes:\n${scope('invoice:read')}routes: { /y: { GET: invoice:read } }\n`
    const [finding] = findingsOf({ ...scopesNamed('invoices:read'), 'other.yaml': other }, 'near-duplicate-scope')
    expect(finding).toMatchObject({ at: { file: 'tested.yaml' }, related: [{ at: { file: 'other.yaml' } }] })
  })
})

describe('placeholder-metadata', () => {
  const reasonOf = (reason: string) =>
    scopesOf(`  a:b: { reason: "${reason}", sensitivity: low }\n`, '  /x: { GET: a:b }\n')

  test.each([
    'TODO',
    'todo: ask billing',
    'TBD',
    '???',
    '-',
    'n/a',
    'N/A.',
    'none',
    'change me',
    'xxx',
    'a:b',
    'Unknown',
  ])('a reason `%s` says nothing', (reason) =>
    expect(subjectsOf(reasonOf(reason), 'placeholder-metadata')).toEqual(['a:b']),
  )

  test.each([
    'R.',
    'Nobody else reads invoices.',
    'None of the partners may write.',
    'Todos are read by the app.',
    'Owner data.',
  ])('a reason `%s` says something', (reason) =>
    expect(subjectsOf(reasonOf(reason), 'placeholder-metadata')).toEqual([]),
  )

  test('of an owner is said where it is written, and of a public route, too', () => {
    const texts = scopesOf(
      scope('a:b') + scope('a:c', ', owner: TBD'),
      '  /x: { GET: a:b }\n  /y: { GET: { public: TODO } }\n  /z: { GET: { authenticated: tbd } }\n',
    )
    const unowned = { ...texts, 'tested.yaml': texts['tested.yaml']?.replace('owner: team', 'owner: todo') ?? '' }
    expect(subjectsOf(texts, 'placeholder-metadata')).toEqual(['a:c', 'GET api.example.com/y', 'GET api.example.com/z'])
    expect(subjectsOf(unowned, 'placeholder-metadata').slice(0, 2)).toEqual(['tested', 'a:c'])
  })
})

describe('deprecation', () => {
  const deprecated = (members: string, routes = '  /x: { GET: { anyOf: [a:b, a:c] } }\n') =>
    scopesOf(scope('a:b', `, deprecated: { since: 2026-01-01${members} }`) + scope('a:c'), routes)

  test.each([
    ['', ['a:b'], ['a:b']],
    [', sunset: 2027-01-31', [], ['a:b']],
    [', replacedBy: [a:c]', ['a:b'], []],
    [', sunset: 2027-01-31, replacedBy: [a:c]', [], []],
    [', sunset: 2027-01-31, link: "https://example.com/gone"', [], []],
  ])('with%s', (members, withoutSunset, withoutReplacement) => {
    expect(subjectsOf(deprecated(members), 'deprecated-without-sunset')).toEqual(withoutSunset)
    expect(subjectsOf(deprecated(members), 'deprecated-without-replacement')).toEqual(withoutReplacement)
  })

  const ending = ', sunset: 2027-01-31, replacedBy: [a:c]'

  test('sunset-passed from the day itself, with the rules that still name it', () => {
    expect(subjectsOf(deprecated(ending), 'sunset-passed', '2027-01-30')).toEqual([])
    const [finding, ...others] = findingsOf(deprecated(ending), 'sunset-passed', '2027-01-31')
    expect(others).toEqual([])
    expect(finding).toMatchObject({ subject: 'a:b', related: [{ at: { line: 8, column: 9 } }] })
  })

  test('sunset-passed keeps quiet where a route is closed by it, which is worse', () => {
    const texts = deprecated(ending, '  /x: { GET: a:b }\n  /y: { GET: a:c }\n')
    expect(subjectsOf(texts, 'sunset-passed', '2027-01-31')).toEqual([])
    expect(subjectsOf(texts, 'retired-scope-required', '2027-01-31')).toEqual(['GET api.example.com/x'])
  })
})

describe('what a scope implies', () => {
  test('implies-more-sensitive is said of the step where it happens', () => {
    const scopes =
      scope('a:low', ', implies: [a:medium, a:other]') +
      scope('a:medium', ', implies: [a:high]', 'medium') +
      scope('a:high', ', implies: [a:other]', 'high') +
      scope('a:other')
    const texts = scopesOf(scopes, '  /x: { GET: a:other }\n')
    expect(findingsOf(texts, 'implies-more-sensitive').map(({ at }) => `${at.line}:${at.column}`)).toEqual([
      '5:54',
      '6:60',
    ])
  })

  const other = (owner: string) => `service: other
description: D.
owner: ${owner}
scopes:
  b:one: { reason: R., sensitivity: low }
  b:two: { reason: R., sensitivity: low, owner: team }
routes: { /y: { GET: { allOf: [b:one, b:two] } } }
`
  test('implies-across-owners wants another service and another owner', () => {
    const texts = scopesOf(
      scope('a:b', ', implies: [b:one, b:two, a:c]') + scope('a:c', ', owner: somebody'),
      '  /x: { GET: a:b }\n',
    )
    expect(
      findingsOf({ ...texts, 'other.yaml': other('them') }, 'implies-across-owners').map(({ at }) => at.column),
    ).toEqual([52])
    expect(findingsOf({ ...texts, 'other.yaml': other('team') }, 'implies-across-owners')).toEqual([])
  })

  test('implies-too-broad counts scopes and services, those of the closure included', () => {
    const chain = (length: number) =>
      Array.from({ length }, (_, index) =>
        scope(`a:s${index}`, index < length - 1 ? `, implies: ["a:s${index + 1}"]` : ''),
      )
    expect(subjectsOf(scopesOf(chain(21).join(''), '  /x: { GET: a:s20 }\n'), 'implies-too-broad')).toEqual([])
    expect(subjectsOf(scopesOf(chain(22).join(''), '  /x: { GET: a:s21 }\n'), 'implies-too-broad')).toEqual(['a:s0'])
    const service = (name: string) =>
      `service: ${name}\ndescription: D.\nowner: team\nscopes:\n${scope(`${name}:x`)}routes: { /${name}: { GET: "${name}:x" } }\n`
    const over = (names: readonly string[]): Texts => ({
      ...scopesOf(scope('a:b', `, implies: [${names.map((name) => `"${name}:x"`)}]`), '  /x: { GET: a:b }\n'),
      ...Object.fromEntries(names.map((name) => [`${name}.yaml`, service(name)])),
    })
    expect(subjectsOf(over(['s', 't']), 'implies-too-broad')).toEqual([])
    expect(subjectsOf(over(['s', 't', 'u']), 'implies-too-broad')).toEqual(['a:b'])
  })
})

describe('all-of-contained', () => {
  const scopes =
    scope('a:read') +
    scope('a:manage') +
    scope('a:write') +
    scope('a:all', ', implies: [a:half]') +
    scope('a:half', ', implies: [a:part]') +
    scope('a:part') +
    scope('b:manage') +
    scope('read:a') +
    scope('admin:a')

  test.each([
    ['{ allOf: [a:read, a:manage] }', 1],
    ['{ allOf: [a:manage, a:read, a:part] }', 1],
    ['{ allOf: [read:a, admin:a] }', 1],
    ['{ anyOf: [a:part, { allOf: [a:read, a:manage] }] }', 1],
    ['{ allOf: [a:part, a:all] }', 1],
    ['{ allOf: [a:half, a:all] }', 1],
    ['{ anyOf: [a:read, a:manage] }', 0],
    ['{ allOf: [a:read, b:manage] }', 0],
    ['{ allOf: [a:read, a:write] }', 0],
    ['{ allOf: [a:write, a:manage] }', 0],
    ['{ allOf: [a:read, admin:a] }', 0],
  ])('%s', (asked, found) =>
    expect(subjectsOf(scopesOf(scopes, `  /x: { GET: ${asked} }\n`), 'all-of-contained')).toHaveLength(found),
  )
})
