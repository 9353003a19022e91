/** Which routes the catalogue says a scope opens, held against the judgement itself. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide } from '../../../src/policy/decide.ts'
import type { Principal } from '../../../src/policy/principal.ts'
import type { ReleaseDocument } from '../../../src/policy/release.ts'
import type { EpochSeconds } from '../../../src/policy/result.ts'
import type { Phrase } from '../../../src/source/catalogue/phrase.ts'
import { usesOf } from '../../../src/source/catalogue/uses.ts'
import { CONTEXT, documentOf, NOW, principalOf, releaseOf, ruleOf, scopesOf } from '../../policy/build.ts'
import { releaseOf as compiled } from '../maps.ts'
import { anyMap } from '../random-map.ts'

const plain = (phrase: Phrase): string =>
  phrase.map((part) => (typeof part === 'string' ? part : 'code' in part ? part.code : '')).join('')

const usesIn = (document: ReleaseDocument, scope: string) =>
  (usesOf(document).get(scope) ?? []).map(({ rule, together, through, isNamed, needs }) => ({
    route: `${rule.method} ${rule.path}`,
    together,
    through,
    isNamed,
    needs: needs.map(plain),
  }))

test('a scope opens alone what names it alone, and together with others what names them all', () => {
  const document = documentOf({
    scopes: scopesOf(['a', 'b', 'c']),
    rules: [
      ruleOf('GET /x', { anyOf: [['a'], ['b', 'c']] }),
      ruleOf('GET /y', { anyOf: [['a', 'b']] }),
      ruleOf('GET /z'),
    ],
  })
  expect(usesIn(document, 'a')).toEqual([
    { route: 'GET /x', together: [], through: [], isNamed: true, needs: [] },
    { route: 'GET /y', together: ['b'], through: [], isNamed: true, needs: [] },
  ])
  expect(usesIn(document, 'c')).toEqual([{ route: 'GET /x', together: ['b'], through: [], isNamed: true, needs: [] }])
})

test('a scope opens what the scopes that it contains open, with what they need there', () => {
  const document = documentOf({
    scopes: scopesOf([], {
      admin: { implies: ['a', 'b'], maxTokenAgeSeconds: 600 },
      a: { stepUp: { acr: ['phr'], maxAgeSeconds: 300 } },
      b: {},
    }),
    rules: [ruleOf('POST /x', { anyOf: [['a', 'b']], maxLifetimeSeconds: 3600 })],
  })
  expect(usesIn(document, 'admin')).toEqual([
    {
      route: 'POST /x',
      together: [],
      through: ['a', 'b'],
      isNamed: false,
      needs: ['a token made for at most 1 hour', 'a sign-in of level phr at most 5 minutes ago'],
    },
  ])
  expect(usesIn(document, 'b')[0]).toMatchObject({
    together: ['a'],
    needs: expect.arrayContaining(['a sign-in of level phr at most 5 minutes ago']),
  })
})

test('a way that asks for more than another way of the same route is left out', () => {
  const document = documentOf({
    scopes: scopesOf([], { admin: { implies: ['a', 'b'] }, a: {}, b: {} }),
    rules: [ruleOf('GET /x', { anyOf: [['a'], ['admin'], ['a', 'b']] })],
  })
  expect(usesIn(document, 'a')).toHaveLength(1)
  expect(usesIn(document, 'admin')).toEqual([
    { route: 'GET /x', together: [], through: ['a'], isNamed: false, needs: [] },
  ])
})

test('a scope does not open what the others of its alternative open without it', () => {
  const document = documentOf({
    scopes: scopesOf([], { a: {}, b: {}, c: { implies: ['a'] } }),
    rules: [ruleOf('GET /x', { anyOf: [['a'], ['a', 'b'], ['b', 'c']] })],
  })
  expect(usesIn(document, 'b')).toEqual([])
})

/** Meets every condition that the random maps know. */
const able = (scopes: readonly string[], facts: Partial<Principal> = {}): Principal =>
  principalOf(scopes.join(' '), {
    authentication: { at: NOW, acrs: ['phr', 'phrh', 'mfa'], amr: [] },
    issuedAt: NOW,
    ...facts,
  })

/** The same without anything that a condition asks for. */
const weak = (scopes: readonly string[]): Principal =>
  principalOf(scopes.join(' '), { authentication: { acrs: [], amr: [] }, issuedAt: (NOW - 1_000_000) as EpochSeconds })

/** The judgement of the rules, enforced, by their place in the document. */
function judgeOf(document: ReleaseDocument): (place: number, principal: Principal) => boolean {
  const release = releaseOf(document)
  const rules = release.rules.map((rule) => ({ ...rule, mode: 'enforce' as const }))
  return (place, principal) => {
    const rule = rules[place]
    if (rule === undefined) throw new Error('no rule')
    return (
      decide(release.scopes, { kind: 'rule', rule }, { kind: 'verified', principal }, NOW, CONTEXT).kind === 'allow'
    )
  }
}

/** Every scope with every rule that names scopes, and the ways of the one to open the other. */
const pairsOf = (document: ReleaseDocument) =>
  [...usesOf(document)].flatMap(([scope, uses]) =>
    document.rules.flatMap((rule, place) =>
      rule.anyOf === undefined ? [] : [{ scope, place, ways: uses.filter((use) => use.rule === rule) }],
    ),
  )

test('for any map, a scope is let in with what it is said to need, and alone only where the catalogue says so', () => {
  fc.assert(
    fc.property(anyMap, (map) => {
      const document = compiled(map.texts())
      const lets = judgeOf(document)
      const wrong = pairsOf(document).filter(({ scope, place, ways }) => {
        const { stepUp, maxTokenAgeSeconds } = document.scopes[scope] ?? {}
        const alone = ways.filter(({ together }) => together.length === 0)
        const isEasy =
          stepUp === undefined && maxTokenAgeSeconds === undefined && alone.some(({ needs }) => needs.length === 0)
        return (
          !ways.every(({ together }) => lets(place, able([scope, ...together]))) ||
          lets(place, able([scope])) !== alone.length > 0 ||
          lets(place, weak([scope])) !== isEasy
        )
      })
      expect(wrong).toEqual([])
    }),
    { numRuns: 25 },
  )
})

test('for any map without conditions, no scope of a way can be left out, and no scope is named where another would do', () => {
  fc.assert(
    fc.property(anyMap, (map) => {
      const full = compiled(map.texts())
      const scopes = Object.entries(full.scopes).map(([name, { stepUp, maxTokenAgeSeconds, ...scope }]) => [
        name,
        scope,
      ])
      const rules = full.rules.map(({ stepUp, maxTokenAgeSeconds, ...rule }) => rule)
      const document: ReleaseDocument = { ...full, scopes: Object.fromEntries(scopes), rules }
      const lets = judgeOf(document)
      const wrong = pairsOf(document).filter(({ scope, place, ways }) =>
        ways.some(({ together }) => {
          const all = [scope, ...together]
          return all.some((name) => lets(place, able(all.filter((other) => other !== name))))
        }),
      )
      expect(wrong).toEqual([])
    }),
    { numRuns: 25 },
  )
})
