/** Levels and exceptions: what a map may set, what it may not, and that nothing disappears without being counted. */
import { describe, expect, test } from 'vitest'
import { FIRM_RULES, LINT_LEVELS } from '../../../src/source/diagnostic.ts'
import { GATEWAY, labelOf, readTexts, rulesOf, serviceOf, type Texts } from '../maps.ts'

/** `GET /x/{id}` is public, and on two hosts: two findings of `public-identifier`. */
const map = (lint: string): Texts => ({
  ...serviceOf('  /x/{id}: { GET: { public: Probed. } }\n'),
  'gateway.yaml': `${lint}${GATEWAY.replace('hosts: [api.example.com]', 'hosts: [a.example.com, b.example.com]').replace('resource: https://api', 'resource: https://a')}`,
})

const AT_A = 'GET a.example.com/x/{id}'
const AT_B = 'GET b.example.com/x/{id}'

/** `severity rule` of what is shown, and what is not. */
function settled(lint: string, today?: string) {
  const { diagnostics, excused, release } = readTexts(map(lint), today)
  return {
    shown: diagnostics.map(({ severity, rule }) => `${severity} ${rule}`),
    excused: excused.map(({ rule, subject, reason }) => [rule, subject, reason]),
    compiles: release !== undefined,
  }
}

const TWICE = ['warning public-identifier', 'warning public-identifier']

describe('a level', () => {
  test('is the default where nothing is said', () => {
    expect(settled('')).toEqual({ shown: TWICE, excused: [], compiles: true })
  })

  test('raised to an error keeps the map from compiling', () => {
    const shown = ['error public-identifier', 'error public-identifier']
    expect(settled('lint: { public-identifier: error }\n')).toEqual({ shown, excused: [], compiles: false })
    expect(settled('lint: { public-identifier: { level: error } }\n')).toEqual({ shown, excused: [], compiles: false })
  })

  test('off is counted', () => {
    expect(settled('lint: { public-identifier: off }\n')).toEqual({
      shown: [],
      excused: [
        ['public-identifier', AT_A, undefined],
        ['public-identifier', AT_B, undefined],
      ],
      compiles: true,
    })
  })

  test('lowered lets a map compile that does not follow the convention', () => {
    const naming = 'naming: { pattern: "b:.*" }\n'
    const errors = ['a:read', 'a:write', 'a:admin'].map(() => 'error scope-naming')
    expect(settled(naming)).toMatchObject({ shown: [...errors, ...TWICE], compiles: false })
    expect(settled(`${naming}lint: { scope-naming: warning }\n`).compiles).toBe(true)
  })

  test('that is off by default is not counted, and can be raised', () => {
    const scopes = `scopes:
  a:read: { reason: R., sensitivity: low }
  a:write: { reason: R., sensitivity: low, implies: [a:read] }
  a:admin: { reason: R., sensitivity: low, implies: [a:write, a:read] }
routes: { /x: { GET: a:read } }
`
    const texts = (lint: string): Texts => ({
      'gateway.yaml': lint + GATEWAY,
      'tested.yaml': `service: tested\ndescription: D.\nowner: o\n${scopes}`,
    })
    expect(readTexts(texts(''))).toMatchObject({ diagnostics: [], excused: [] })
    expect(rulesOf(readTexts(texts('lint: { redundant-implies: warning }\n')))).toEqual([
      'redundant-implies@tested.yaml:7:63',
    ])
  })
})

describe('an exception', () => {
  const except = (...items: readonly string[]) =>
    `lint: { public-identifier: { except: [${items.map((item) => `{ ${item} }`).join(', ')}] } }\n`

  test('excuses what it names, and nothing else', () => {
    expect(settled(except(`at: "${AT_A}", reason: No secret.`))).toEqual({
      shown: ['warning public-identifier'],
      excused: [['public-identifier', AT_A, 'No secret.']],
      compiles: true,
    })
  })

  test('needs a reason', () => {
    expect(settled(except(`at: "${AT_A}"`)).shown).toContain('error missing-key')
    expect(settled(except(`at: "${AT_A}", reason: ""`)).shown).toContain('error empty-value')
  })

  test('that excuses nothing is reported, with what was meant', () => {
    const { diagnostics } = readTexts(map(except('at: "GET a.example.com/x/{ids}", reason: R.')))
    const unused = diagnostics.filter(({ rule }) => rule === 'unused-exception')
    expect(unused.map(labelOf)).toEqual(['unused-exception@gateway.yaml:1:39'])
    expect(unused[0]?.help).toBe(`did you mean \`${AT_A}\`?`)
  })

  test('holds to its last day and not longer', () => {
    const lint = except(`at: "${AT_A}", reason: R., until: 2027-03-01`, `at: "${AT_B}", reason: R.`)
    expect(settled(lint, '2027-03-01').shown).toEqual([])
    expect(settled(lint, '2027-03-02')).toMatchObject({ shown: ['warning public-identifier'], compiles: true })
    expect(readTexts(map(lint), '2027-03-02').diagnostics[0]?.related.at(-1)?.message).toBe(
      'its exception ended on 2027-03-01',
    )
  })

  test('beside `off` is an error', () => {
    const lint = `lint: { public-identifier: { level: off, except: [{ at: "${AT_A}", reason: R. }] } }\n`
    expect(settled(lint).shown).toContain('error invalid-value')
  })

  test('is not called unused while the map cannot be compiled', () => {
    const texts = map(except('at: nothing, reason: R.'))
    const broken = { ...texts, 'tested.yaml': texts['tested.yaml']?.replace('/used: { GET:', '/used: { GTE:') ?? '' }
    expect(rulesOf(readTexts(broken))).toEqual(['unknown-key@tested.yaml:10:12'])
  })
})

describe('rules that a level can be set for', () => {
  const faultOf = (lint: string) => {
    const [first, ...others] = readTexts(map(lint)).diagnostics.filter(({ severity }) => severity === 'error')
    return [first && labelOf(first), first?.message, first?.help, others.length]
  }

  test('are known by name', () => {
    expect(faultOf('lint: { public-identifer: off }\n')).toEqual([
      'unknown-key@gateway.yaml:1:9',
      'unknown adjustable rule `public-identifer`',
      'did you mean `public-identifier`?',
      0,
    ])
  })

  test('are none of those that keep a map sound', () => {
    for (const rule of Object.keys(FIRM_RULES)) {
      const [, message, help] = faultOf(`lint: { ${rule}: off }\n`)
      expect.soft(message).toBe(`unknown adjustable rule \`${rule}\``)
      expect.soft(help).toMatch(/^it is always an error/)
    }
  })

  test('take every level', () => {
    for (const rule of Object.keys(LINT_LEVELS))
      for (const level of ['error', 'warning', 'off'])
        expect
          .soft(rulesOf(readTexts(map(`lint: { ${rule}: ${level} }\n`))), `${rule}: ${level}`)
          .not.toContainEqual(expect.stringMatching(/gateway\.yaml/))
  })

  test('stand in one of two lists, and never in both', () => {
    expect(Object.keys(LINT_LEVELS).filter((rule) => Object.hasOwn(FIRM_RULES, rule))).toEqual([])
  })
})
