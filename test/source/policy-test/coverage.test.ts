/** What tests leave open, by the definitions in `coverage.ts`. */
import { describe, expect, test } from 'vitest'
import type { EpochSeconds } from '../../../src/policy/result.ts'
import { type Coverage, coverageOf, reaches, shareOf } from '../../../src/source/policy-test/coverage.ts'
import { TODAY } from '../maps.ts'
import { MAP, mapRelease, runTexts } from './texts.ts'

const CALLERS = `callers:
  reader: { scopes: [shop:read] }
  writer: { scopes: [shop:write, shop:read], acr: phr, authAge: 1m, client: desk }
  desk: { scopes: [shop:write], acr: phr, authAge: 1m, client: desk }
  weak desk: { scopes: [shop:write], acr: pwd, authAge: 1m, client: desk }
  all: { scopes: [shop:all], acr: phr, authAge: 1m, client: desk }
  old: { scopes: [shop:old] }
  slow desk: { scopes: [shop:write], acr: phr, authAge: 1m, client: desk, tokenAge: 2m }
  any: { scopes: [] }
`
const coverage = (...cases: readonly string[]): Coverage => coverageAt(TODAY, ...cases)

function coverageAt(day: string, ...cases: readonly string[]): Coverage {
  const text = `tests: T.\ntoday: ${day}\n${CALLERS}cases:\n${cases.map((each) => `  - ${each}\n`).join('')}`
  return coverageOf(mapRelease(MAP), runTexts(text), (Date.parse(day) / 1000) as EpochSeconds)
}

/** What is open of one rule or scope. */
const gapsOf = (found: Coverage, part: keyof Coverage, subject: string): readonly (string | undefined)[] =>
  found[part].filter((each) => each.subject === subject).map(({ gap }) => gap)

const GET = 'GET api.example.com/items'
const caseOf = (request: string, expected: string) => `{ request: ${request}, expect: { ${expected} } }`

describe('a rule', () => {
  test('is open at both ends at first', () => {
    const { rules } = coverage(caseOf('GET /nowhere', 'nobody: unmapped'))
    const counted = Map.groupBy(rules, ({ gap }) => gap)
    expect(Object.fromEntries([...counted].map(([gap, of]) => [gap, of.length]))).toEqual({
      'nobody is let in': 1,
      'no token without a scope is let in, nobody is refused for lack of a token': 1,
      'nobody is let in, nobody is refused for lack of a scope': 4,
    })
    expect(shareOf(rules)).toEqual({ covered: 0, total: 6 })
  })

  test.each([
    ['reader: allow', 'nobody is refused for lack of a scope'],
    ['any: scope_insufficient', 'nobody is let in'],
    ['reader: allow, any: scope_insufficient', undefined],
    // Whoever has no token says nothing of the scope.
    ['reader: allow, nobody: credential_missing', 'nobody is refused for lack of a scope'],
    // Tests that failed show nothing.
    ['reader: deny, any: allow', 'nobody is let in, nobody is refused for lack of a scope'],
  ])('that asks for a scope, with %j: %s', (expected, gap) => {
    expect(gapsOf(coverage(caseOf('GET /items', expected)), 'rules', GET)).toEqual([gap])
  })

  test.each([
    ['any: allow', 'nobody is refused for lack of a token'],
    ['any: allow, nobody: credential_missing', undefined],
    // A token with a scope does not show that none is asked for.
    ['reader: allow, nobody: credential_missing', 'no token without a scope is let in'],
  ])('that asks for any token, with %j: %s', (expected, gap) => {
    expect(gapsOf(coverage(caseOf('GET /mine', expected)), 'rules', 'GET api.example.com/mine')).toEqual([gap])
  })

  test('that is public refuses nobody', () => {
    expect(gapsOf(coverage(caseOf('GET /health', 'nobody: allow')), 'rules', 'GET api.example.com/health')).toEqual([
      undefined,
    ])
  })
})

test('an alternative is covered by whoever is let in by it', () => {
  const GET_ITEM = 'GET api.example.com/items/{id}'
  const found = coverage(caseOf('GET /items/1', 'reader: allow'))
  expect(gapsOf(found, 'alternatives', GET_ITEM)).toEqual(['nobody is let in by shop:old', undefined])
  const both = coverage(caseOf('GET /items/1', 'reader: allow, old: allow'))
  expect(gapsOf(both, 'alternatives', GET_ITEM)).toEqual([undefined, undefined])
})

test('an alternative with a retired scope is none that tests could cover', () => {
  const found = coverageAt('2026-12-01', caseOf('GET /items/1', 'reader: allow, old: scope_insufficient'))
  expect(gapsOf(found, 'alternatives', 'GET api.example.com/items/{id}')).toEqual([undefined])
  expect(gapsOf(found, 'scopes', 'shop:old')).toEqual([undefined])
})

test('a condition is covered by whoever is refused for it, and each for itself', () => {
  const DELETE = 'DELETE api.example.com/items/{id}'
  const at = (expected: string) => coverage(caseOf('DELETE /items/1', expected))
  const TOKEN_AGE = 'nobody is refused for its token age'
  const CLIENTS = 'nobody is refused for its clients'
  expect(gapsOf(at('desk: allow'), 'conditions', DELETE)).toEqual([TOKEN_AGE, CLIENTS])
  expect(gapsOf(at('slow desk: token_too_old'), 'conditions', DELETE)).toEqual([undefined, CLIENTS])
  expect(gapsOf(at('reader: client_refused'), 'conditions', DELETE)).toEqual([TOKEN_AGE, undefined])
  expect(gapsOf(at('desk: allow'), 'conditions', 'shop:write')).toEqual(['nobody is refused for its step-up'])
  expect(gapsOf(at('weak desk: step_up_required'), 'conditions', 'shop:write')).toEqual([undefined])
})

describe('a scope', () => {
  test.each([
    ['reader: allow', 'nobody is refused who does not have it'],
    ['any: deny', 'no access rests on it'],
    ['reader: allow, any: deny', undefined],
    ['all: allow, any: deny', undefined],
    ['reader: allow, nobody: deny', 'nobody is refused who does not have it'],
  ])('with %j: %s', (expected, gap) => {
    expect(gapsOf(coverage(caseOf('GET /items', expected)), 'scopes', 'shop:read')).toEqual([gap])
  })

  test('that no rule names needs to be what an access rests on', () => {
    expect(gapsOf(coverage(caseOf('GET /items', 'reader: allow')), 'scopes', 'shop:all')).toEqual([
      'no access rests on it',
    ])
    expect(gapsOf(coverage(caseOf('GET /items', 'all: allow')), 'scopes', 'shop:all')).toEqual([undefined])
  })

  test('is not lacking where something else is', () => {
    const found = coverage(caseOf('POST /items', 'reader: { deny: step_up_required, missing: [shop:write] }'))
    expect(gapsOf(found, 'scopes', 'shop:read')).toEqual([
      'no access rests on it, nobody is refused who does not have it',
    ])
    expect(gapsOf(found, 'scopes', 'shop:write')).toEqual(['no access rests on it'])
  })
})

test('an implication is covered by an access that rests on it', () => {
  const gaps = (...cases: readonly string[]) => gapsOf(coverage(...cases), 'implications', 'shop:all')
  expect(gaps(caseOf('GET /items', 'all: allow'))).toEqual([undefined, 'no access rests on shop:write by it'])
  expect(gaps(caseOf('POST /items', 'all: allow'))).toEqual([undefined, undefined])
})

test('a threshold is reached exactly, never by rounding', () => {
  expect(reaches({ covered: 199, total: 200 }, 99.5)).toBe(true)
  expect(reaches({ covered: 199, total: 200 }, 99.6)).toBe(false)
  expect(reaches({ covered: 1999, total: 2000 }, 100)).toBe(false)
  expect(reaches({ covered: 0, total: 0 }, 100)).toBe(true)
})
