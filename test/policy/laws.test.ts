/** Clause 7 of docs/semantics.md as properties of random maps, tokens and contexts. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide } from '../../src/policy/decide.ts'
import type { Context, Decision, Evidence } from '../../src/policy/decision.ts'
import { matchRequest } from '../../src/policy/matcher.ts'
import { type PrincipalFacts, verifiedPrincipal } from '../../src/policy/principal.ts'
import type { ReleaseDocument, RuleEntry, ScopeEntry } from '../../src/policy/release.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import { isScopeToken } from '../../src/policy/scope.ts'
import { documentOf, HOST, NOW, principalOf, releaseOf, ruleOf, scopesOf } from './build.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e', '__proto__x', 'constructor'] as const
const RUNS = { numRuns: 1000 }

/** Later names may be implied by earlier ones, which keeps the graph free of cycles. */
const declared = fc
  .tuple(...NAMES.map((_, index) => fc.subarray(NAMES.slice(index + 1))))
  .map((lists) => new Map(NAMES.map((name, index) => [name as string, lists[index] as readonly string[]])))

/** Worked out the plain way, by walking the declared graph, not by the production code. */
function reached(
  graph: ReadonlyMap<string, readonly string[]>,
  from: string,
  seen: Set<string> = new Set(),
): Set<string> {
  for (const next of graph.get(from) ?? []) if (!seen.has(next)) reached(graph, next, seen.add(next))
  return seen
}

const acr = fc.uniqueArray(fc.constantFrom('x', 'y', 'z'), { minLength: 1, maxLength: 3 })
const stepUp = fc.oneof(
  fc.record({ acr }),
  fc.record({ maxAgeSeconds: fc.constantFrom(30, 300) }),
  fc.record({ acr, maxAgeSeconds: fc.constantFrom(30, 300) }),
)
const conditions = fc.record({ stepUp, maxTokenAgeSeconds: fc.constantFrom(30, 300) }, { requiredKeys: [] })
const sometimes = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })
const deprecated = fc.constantFrom(
  { since: '2020-01-01', sunset: '2021-01-01', replacedBy: ['a'] },
  { since: '2020-01-01', sunset: '2099-01-01' },
)

const details = fc.tuple(
  ...NAMES.map(() =>
    fc.record({ conditions: sometimes(conditions), deprecated: fc.option(deprecated, { nil: undefined, freq: 5 }) }),
  ),
)

const alternatives = fc
  .uniqueArray(
    fc.subarray([...NAMES], { minLength: 1, maxLength: 3 }).map((names) => names.toSorted()),
    { minLength: 1, maxLength: 3, selector: String },
  )
  .map((lists) => lists.toSorted((a, b) => a.length - b.length || (a.join(' ') < b.join(' ') ? -1 : 1)))

const ruleParts: fc.Arbitrary<Partial<RuleEntry>> = fc
  .tuple(
    fc.oneof(
      { weight: 9, arbitrary: alternatives.map((anyOf) => ({ anyOf })) },
      { weight: 1, arbitrary: fc.constant({ public: 'Tested.' }) },
    ),
    sometimes(conditions),
    sometimes(fc.constantFrom<('enforce' | 'observe')[]>('enforce', 'observe')),
    fc.boolean(),
  )
  .map(([requirement, asked, mode, upgrade]) => ({
    ...requirement,
    ...asked,
    ...(mode && { mode }),
    ...(upgrade && { upgrade: 'websocket' as const }),
  }))

const world = fc.record({ graph: declared, details, rule: ruleParts }).map(({ graph, details: each, rule }) => {
  const entries: Record<string, Partial<ScopeEntry>> = {}
  for (const [index, name] of NAMES.entries()) {
    const implies = [...reached(graph, name)].sort()
    entries[name] = {
      ...(implies.length > 0 && { implies }),
      ...each[index]?.conditions,
      ...(each[index]?.deprecated && { deprecated: each[index].deprecated }),
    }
  }
  return {
    graph,
    document: documentOf({ scopes: scopesOf([], entries), rules: [ruleOf('GET /x', rule)] }),
    entries,
    rule,
  }
})

const ageSeconds = fc.constantFrom(-61, -60, 0, 30, 31, 300, 301)
const facts = fc
  .record({
    scopes: fc.subarray([...NAMES, 'unknown']),
    acr: sometimes(fc.constantFrom('x', 'y', 'z')),
    at: sometimes(ageSeconds),
    issued: sometimes(ageSeconds),
    client: sometimes(fc.constantFrom('partner', 'other')),
  })
  .map(({ scopes, acr: value, at, issued, client }): PrincipalFacts => {
    const { issuedAt: _, client: __, ...base } = principalOf('')
    return {
      ...base,
      scopes: new Set(scopes.filter(isScopeToken)),
      ...(client !== undefined && { client }),
      ...(issued !== undefined && { issuedAt: (NOW - issued) as EpochSeconds }),
      authentication: {
        amr: [],
        acrs: value === undefined ? [] : [value],
        ...(at !== undefined && { at: (NOW - at) as EpochSeconds }),
      },
    }
  })

const context: fc.Arbitrary<Context> = fc.record({
  mode: fc.constantFrom<Context['mode'][]>('enforce', 'observe'),
  observeClients: fc.subarray(['partner', 'x']),
  upgrade: fc.boolean(),
  path: fc.constant('/x'),
  resource: fc.constant('https://api.example.com'),
  services: fc.constant({}),
})

function judge(document: ReleaseDocument, evidence: Evidence, at: Context): Decision {
  const { scopes, table } = releaseOf(document)
  return decide(scopes, matchRequest(table, HOST, '/x', 'GET'), evidence, NOW, at)
}

const verified = (of: PrincipalFacts): Evidence => ({ kind: 'verified', principal: verifiedPrincipal(of) })

/** The verdict without the rule: rules of two releases are two objects. */
const verdictOf = (decision: Decision) =>
  decision.kind === 'allow' ? { kind: 'allow', by: decision.by } : { kind: decision.kind, denials: decision.denials }

test('whatever is asked has an answer, and a denial is never empty', () => {
  const evidence = fc.oneof(
    facts.map(verified),
    fc.constant<Evidence>({ kind: 'none' }),
    fc.constant<Evidence>({ kind: 'rejected', denial: { code: 'token_invalid', detail: 'claims' } }),
  )
  fc.assert(
    fc.property(world, evidence, context, ({ document }, shown, at) => {
      const decision = judge(document, shown, at)
      if (decision.kind !== 'allow') expect(decision.denials.length).toBeGreaterThan(0)
      expect(decision.rule).toBeDefined()
    }),
    RUNS,
  )
})

test('nothing is allowed that the closure of what is held, and the conditions of the rule and of the scopes, do not bear out', () => {
  fc.assert(
    fc.property(world, facts, context, ({ graph, document, entries, rule }, of, at) => {
      const decision = judge(document, verified(of), at)
      if (decision.kind !== 'allow' || typeof decision.by === 'string') return
      const isLive = (name: string) => entries[name] !== undefined && entries[name].deprecated?.sunset !== '2021-01-01'
      const bearing = [...of.scopes].filter(isLive)
      const closure = new Set(bearing.flatMap((name) => [name, ...reached(graph, name)]).filter(isLive))
      expect(rule.anyOf).toContainEqual(decision.by)
      for (const name of decision.by) expect(closure).toContain(name)
      for (const asked of [rule, ...decision.by.map((name) => entries[name])]) {
        const { acrs, at: authenticatedAt } = of.authentication
        if (asked?.stepUp?.acr) expect(asked.stepUp.acr.some((acr) => acrs.includes(acr))).toBe(true)
        if (asked?.stepUp?.maxAgeSeconds !== undefined)
          expect(NOW - (authenticatedAt ?? 0)).toBeLessThanOrEqual(asked.stepUp.maxAgeSeconds)
        if (asked?.maxTokenAgeSeconds !== undefined)
          expect(NOW - (of.issuedAt ?? 0)).toBeLessThanOrEqual(asked.maxTokenAgeSeconds)
      }
    }),
    RUNS,
  )
})

test('adding a held scope never turns allow into deny', () => {
  fc.assert(
    fc.property(world, facts, context, fc.constantFrom(...NAMES, 'unknown'), ({ document }, of, at, more) => {
      if (judge(document, verified(of), at).kind !== 'allow' || !isScopeToken(more)) return
      expect(judge(document, verified({ ...of, scopes: new Set([...of.scopes, more]) }), at).kind).toBe('allow')
    }),
    RUNS,
  )
})

test('removing a held scope never turns deny into allow', () => {
  fc.assert(
    fc.property(world, facts, context, ({ document }, of, at) => {
      const [first, ...rest] = of.scopes
      if (first === undefined || judge(document, verified(of), at).kind === 'allow') return
      expect(judge(document, verified({ ...of, scopes: new Set(rest) }), at).kind).not.toBe('allow')
    }),
    RUNS,
  )
})

test('the order of held scopes, of keys and of other rules changes nothing', () => {
  const backwards = <T>(record: Readonly<Record<string, T>>) => Object.fromEntries(Object.entries(record).reverse())
  fc.assert(
    fc.property(world, facts, context, ({ document }, of, at) => {
      const expected = verdictOf(judge(document, verified(of), at))
      expect(verdictOf(judge(document, verified({ ...of, scopes: new Set([...of.scopes].reverse()) }), at))).toEqual(
        expected,
      )
      expect(verdictOf(judge({ ...document, scopes: backwards(document.scopes) }, verified(of), at))).toEqual(expected)
      const others = ['GET /a', 'POST /x', 'GET /{y}', 'GET *.example.com/x'].map((line) => ruleOf(line))
      const rules = (list: readonly RuleEntry[]) =>
        list.toSorted((a, b) => (`${a.host} ${a.path}` < `${b.host} ${b.path}` ? -1 : 1))
      expect(verdictOf(judge({ ...document, rules: rules([...others, ...document.rules]) }, verified(of), at))).toEqual(
        expected,
      )
    }),
    RUNS,
  )
})

test('a scope that the rule does not ask for and that implies nothing it asks changes nothing', () => {
  fc.assert(
    fc.property(world, facts, context, ({ graph, document, rule }, of, at) => {
      const asked = new Set(rule.anyOf?.flat())
      const isIdle = (name: string) => !asked.has(name) && [...reached(graph, name)].every((other) => !asked.has(other))
      const scopes = new Set([...of.scopes].filter((name) => !isIdle(name)))
      expect(verdictOf(judge(document, verified({ ...of, scopes }), at))).toEqual(
        verdictOf(judge(document, verified(of), at)),
      )
    }),
    RUNS,
  )
})

test('mode observe admits nothing but what fails on scope grounds, and never changes what is allowed', () => {
  fc.assert(
    fc.property(world, facts, context, ({ document }, of, at) => {
      const [enforced, observed] = (['enforce', 'observe'] as const).map((mode) =>
        judge(document, verified(of), { ...at, mode, observeClients: [] }),
      )
      if (enforced === undefined || observed === undefined) throw new Error('there are two')
      expect(observed.kind === 'allow').toBe(enforced.kind === 'allow')
      if (enforced.kind !== 'allow' && observed.kind !== 'allow') expect(observed.denials).toEqual(enforced.denials)
      if (observed.kind === 'observe')
        for (const { code } of observed.denials) expect(['scope_insufficient', 'scope_retired']).toContain(code)
    }),
    RUNS,
  )
})

test('time alone never turns deny into allow', () => {
  fc.assert(
    fc.property(world, facts, context, fc.integer({ min: 0, max: 1e6 }), ({ document }, of, at, later) => {
      const { scopes, table } = releaseOf(document)
      const match = matchRequest(table, HOST, '/x', 'GET')
      const at0 = decide(scopes, match, verified(of), NOW, at)
      // An authentication that lies further ahead than clocks may disagree becomes credible when its time has come.
      if (at0.kind === 'allow' || (of.authentication.at ?? 0) > NOW) return
      expect(decide(scopes, match, verified(of), (NOW + later) as EpochSeconds, at).kind).not.toBe('allow')
    }),
    RUNS,
  )
})
