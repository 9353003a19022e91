/** The least-privilege suggestion, held against `decide` and against trying out every set of scopes. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide } from '../../src/policy/decide.ts'
import type { Release } from '../../src/policy/decode.ts'
import { type AccessUsed, leastPrivilege, weightOf } from '../../src/policy/least-privilege.ts'
import { SENSITIVITIES } from '../../src/policy/release.ts'
import type { Rule } from '../../src/policy/rule.ts'
import { CONTEXT, NOW, principalOf, releaseOf, ruleOf, scopesOf } from './build.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e']

const judge = (release: Release, rule: Rule, scopes: readonly string[]) =>
  decide(
    release.scopes,
    { kind: 'rule', rule },
    { kind: 'verified', principal: principalOf(scopes.join(' ')) },
    NOW,
    CONTEXT,
  )

/** Implication leads from earlier letters to later ones only, and is closed. */
const implications = fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { maxLength: 5 }).map((pairs) => {
  const implies = new Map(NAMES.map((name) => [name, new Set<string>()]))
  for (const [from, to] of pairs) if (from < to) implies.get(NAMES[from] ?? '')?.add(NAMES[to] ?? '')
  for (const name of [...NAMES].reverse())
    for (const each of [...(implies.get(name) ?? [])])
      for (const further of implies.get(each) ?? []) implies.get(name)?.add(further)
  return implies
})

const alternatives = fc
  .uniqueArray(fc.subarray(NAMES, { minLength: 1, maxLength: 2 }), {
    minLength: 1,
    maxLength: 3,
    selector: (alternative) => alternative.join(' '),
  })
  .map((all) => all.toSorted((a, b) => a.length - b.length || (a.join() < b.join() ? -1 : 1)))

const world = fc.record({
  implies: implications,
  sensitivities: fc.array(fc.constantFrom(...SENSITIVITIES), { minLength: 5, maxLength: 5 }),
  requirements: fc.array(alternatives, { minLength: 1, maxLength: 4 }),
  granted: fc.subarray(NAMES, { minLength: 1 }),
})

test('it lets the same requests in, needs each of its scopes, and no other set of scopes stands for less', () => {
  fc.assert(
    fc.property(world, ({ implies, sensitivities, requirements, granted }) => {
      const details = Object.fromEntries(
        NAMES.map((name, index) => {
          const implied = [...(implies.get(name) ?? [])].sort()
          return [name, { sensitivity: sensitivities[index] ?? 'low', ...(implied.length > 0 && { implies: implied }) }]
        }),
      )
      const release = releaseOf({
        scopes: scopesOf(NAMES, details),
        rules: requirements.map((anyOf, index) => ruleOf(`GET /${index}`, { anyOf })),
      })
      const admitted = release.rules.filter((rule) => judge(release, rule, granted).kind === 'allow')
      const used = admitted.flatMap((rule): AccessUsed[] => {
        const decision = judge(release, rule, granted)
        return decision.kind === 'allow' && typeof decision.by !== 'string' ? [{ rule: rule.id, by: decision.by }] : []
      })
      const letsIn = (scopes: readonly string[]) =>
        admitted.every((rule) => judge(release, rule, scopes).kind === 'allow')

      const suggested = leastPrivilege(release, used, new Set(granted), NOW)
      expect(letsIn(suggested)).toBe(true)
      for (const name of suggested) expect(letsIn(suggested.filter((each) => each !== name))).toBe(false)
      const closure = new Set(granted.flatMap((name) => [name, ...(implies.get(name) ?? [])]))
      expect(suggested.filter((name) => !closure.has(name))).toEqual([])

      const weight = (names: readonly string[]) =>
        weightOf(release, new Set(names))
          .slice(0, -1)
          .map((count) => String(count))
          .join()
      const subsets = Array.from({ length: 32 }, (_, bits) => NAMES.filter((_, index) => (bits >> index) % 2 === 1))
      const possible = subsets.filter((names) => names.every((name) => closure.has(name)) && letsIn(names))
      expect(possible.map(weight).sort()[0]).toBe(weight(suggested))
    }),
    { numRuns: 500 },
  )
})

test('who holds an administrator scope and only reads is told to hold the reading one', () => {
  const release = releaseOf({
    scopes: scopesOf(['x:read'], { 'x:admin': { implies: ['x:read'] } }),
    rules: [ruleOf('GET /x', { anyOf: [['x:read']] })],
  })
  const used = [{ rule: 'GET api.example.com/x', by: ['x:read'] }]
  expect(leastPrivilege(release, used, new Set(['x:admin']), NOW)).toEqual(['x:read'])
})

test('another alternative that asks for more than scopes is not suggested, and a deprecated one neither', () => {
  const release = releaseOf({
    scopes: scopesOf(['plain'], {
      strong: { stepUp: { maxAgeSeconds: 60 } },
      old: { deprecated: { since: '2020-01-01' } },
      plain: { sensitivity: 'high' },
    }),
    rules: [ruleOf('GET /x', { anyOf: [['old'], ['plain'], ['strong']] })],
  })
  const rule = 'GET api.example.com/x'
  const granted = new Set(['plain', 'strong', 'old'])
  expect(leastPrivilege(release, [{ rule, by: ['plain'] }], granted, NOW)).toEqual(['plain'])
  expect(leastPrivilege(release, [{ rule, by: ['old'] }], new Set(['old']), NOW)).toEqual(['old'])
})

test('a scope that is implied stays where what implies it asks for more', () => {
  const release = releaseOf({
    scopes: scopesOf(['read'], { admin: { implies: ['read'], stepUp: { maxAgeSeconds: 60 } } }),
    rules: [ruleOf('DELETE /x', { anyOf: [['admin']] }), ruleOf('GET /x', { anyOf: [['read']] })],
  })
  const used = [
    { rule: 'DELETE api.example.com/x', by: ['admin'] },
    { rule: 'GET api.example.com/x', by: ['read'] },
  ]
  expect(leastPrivilege(release, used, new Set(['admin']), NOW)).toEqual(['admin', 'read'])
})

test('a rule that is there no more needs nothing', () => {
  const release = releaseOf({ scopes: scopesOf(['a']), rules: [ruleOf('GET /x', { anyOf: [['a']] })] })
  expect(leastPrivilege(release, [{ rule: 'GET api.example.com/y', by: ['a'] }], new Set(['a']), NOW)).toEqual([])
})
