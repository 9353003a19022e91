/** Judgement, clause by clause of docs/semantics.md sections 5 and 6, by examples worked out by hand. */
import { describe, expect, test } from 'vitest'
import { decide } from '../../src/policy/decide.ts'
import type { Context, Decision, Evidence } from '../../src/policy/decision.ts'
import type { Denial } from '../../src/policy/denial.ts'
import { matchRequest } from '../../src/policy/matcher.ts'
import type { Principal, PrincipalFacts } from '../../src/policy/principal.ts'
import type { RuleEntry, ScopeEntry } from '../../src/policy/release.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import type { ScopeToken } from '../../src/policy/scope.ts'
import type { Standing } from '../../src/policy/standing.ts'
import { CONTEXT, HOST, NOW, principalOf, releaseOf, ruleOf, scopesOf } from './build.ts'

const ENFORCE: Context = CONTEXT
const OBSERVE: Context = { ...ENFORCE, mode: 'observe' }

interface Case {
  /** What the one rule of the map says besides its target. */
  readonly rule: Partial<RuleEntry>
  readonly scopes?: Readonly<Record<string, Partial<ScopeEntry>>>
  readonly evidence: Evidence
  readonly context?: Context
  readonly now?: number
}

function decideCase({ rule, scopes, evidence, context = ENFORCE, now = NOW }: Case): Decision {
  const release = releaseOf({ scopes: scopesOf(['a', 'b', 'c', 'd'], scopes), rules: [ruleOf('GET /x', rule)] })
  const match = matchRequest(release.table, HOST, '/x', 'GET')
  return decide(release.scopes, match, evidence, now as EpochSeconds, context)
}

const holds = (scopes: string, facts?: Partial<PrincipalFacts>): Evidence => ({
  kind: 'verified',
  principal: principalOf(scopes, facts),
})

/** `allow`, the scopes it was allowed by, or the codes of what lacks. */
function verdict(test: Case): string {
  const decision = decideCase(test)
  if (decision.kind === 'allow') return `allow ${typeof decision.by === 'string' ? decision.by : decision.by.join(' ')}`
  return `${decision.kind} ${decision.denials.map(({ code }) => code).join(' ')}`
}

const denialsOf = (test: Case): readonly Denial[] => {
  const decision = decideCase(test)
  return decision.kind === 'allow' ? [] : decision.denials
}

const ago = (seconds: number) => (NOW - seconds) as EpochSeconds
const strong = { authentication: { acrs: ['phr'], at: ago(10), amr: [] } }
const weak = { authentication: { acrs: ['pwd'], at: ago(10), amr: [] } }
const rejected: Evidence = { kind: 'rejected', denial: { code: 'token_invalid', detail: 'expired' } }

describe('the order of judgement (5.1 to 5.4)', () => {
  test('what the map says of the target comes first', () => {
    const { scopes } = releaseOf({})
    for (const evidence of [{ kind: 'none' }, rejected, holds('a')] as const) {
      expect(decide(scopes, { kind: 'ambiguous' }, evidence, NOW, { ...OBSERVE, upgrade: true })).toEqual({
        kind: 'deny',
        denials: [{ code: 'target_ambiguous', detail: 'folds_into_literal' }],
      })
      expect(
        decide(scopes, { kind: 'unmapped', otherMethods: ['POST'] }, evidence, NOW, { ...OBSERVE, upgrade: true }),
      ).toEqual({
        kind: 'deny',
        denials: [{ code: 'unmapped', otherMethods: ['POST'] }],
      })
    }
  })

  test('an upgrade that the rule does not permit is refused before any credential is looked at, on public rules too', () => {
    const context = { ...ENFORCE, upgrade: true }
    expect(verdict({ rule: { public: 'Yes.' }, evidence: holds('a'), context })).toBe('deny upgrade_refused')
    expect(verdict({ rule: { anyOf: [['a']] }, evidence: rejected, context })).toBe('deny upgrade_refused')
    expect(verdict({ rule: { anyOf: [['a']], upgrade: 'websocket' }, evidence: holds('a'), context })).toBe('allow a')
    expect(verdict({ rule: { public: 'Yes.', upgrade: 'websocket' }, evidence: rejected, context })).toBe(
      'allow public',
    )
  })

  test('a permission to upgrade is no duty', () => {
    expect(verdict({ rule: { anyOf: [['a']], upgrade: 'websocket' }, evidence: holds('a') })).toBe('allow a')
  })

  test.each<[string, Evidence]>([
    ['none', { kind: 'none' }],
    ['rejected', rejected],
    ['verified', holds('')],
  ])('a public rule allows with credentials %s', (_, evidence) => {
    expect(verdict({ rule: { public: 'Yes.' }, evidence })).toBe('allow public')
  })

  test('without a credential, and with a rejected one, the rule is named and its scopes are not looked at', () => {
    const rule = { anyOf: [['a']] }
    expect(decideCase({ rule, evidence: { kind: 'none' } })).toMatchObject({
      kind: 'deny',
      rule: { id: `GET ${HOST}/x` },
      denials: [{ code: 'credential_missing' }],
    })
    expect(decideCase({ rule, evidence: rejected })).toMatchObject({
      kind: 'deny',
      denials: [{ code: 'token_invalid', detail: 'expired' }],
    })
  })

  test.each<Denial>([
    { code: 'credential_malformed', detail: 'several' },
    { code: 'token_invalid', detail: 'signature' },
    { code: 'unavailable', what: 'keys', retryAfterSeconds: 5 },
    { code: 'scope_insufficient', required: ['a' as never], missing: ['a' as never] },
  ])('a credential rejected for $code is denied for that, in mode observe too', (denial) => {
    expect(
      decideCase({ rule: { anyOf: [['a']] }, evidence: { kind: 'rejected', denial }, context: OBSERVE }),
    ).toMatchObject({
      kind: 'deny',
      denials: [denial],
    })
  })
})

describe('what is granted (5.5, 5.8)', () => {
  const scopes = { admin: { implies: ['a', 'b', 'lead'] }, lead: { implies: ['a'] } }

  test.each<[string, readonly (readonly string[])[], string]>([
    ['a', [['a']], 'allow a'],
    ['a b c', [['b']], 'allow b'],
    ['', [['a']], 'deny scope_insufficient'],
    ['b', [['a']], 'deny scope_insufficient'],
    ['A', [['a']], 'deny scope_insufficient'],
    ['a:x', [['a']], 'deny scope_insufficient'],
    ['lead', [['a']], 'allow a'],
    ['admin', [['a', 'b']], 'allow a b'],
    ['admin', [['lead']], 'allow lead'],
    ['a b', [['admin']], 'deny scope_insufficient'],
    ['lead', [['a', 'b']], 'deny scope_insufficient'],
    ['lead b', [['a', 'b']], 'allow a b'],
    ['a', [['a', 'b']], 'deny scope_insufficient'],
    ['c', [['c'], ['a', 'b']], 'allow c'],
    ['a b c', [['c'], ['a', 'b']], 'allow c'],
    ['a b', [['c'], ['a', 'b']], 'allow a b'],
    [
      'a c',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
      'deny scope_insufficient',
    ],
    ['unknown', [['a']], 'deny scope_insufficient'],
    ['constructor __proto__', [['a']], 'deny scope_insufficient'],
  ])('[SCP-3] [SCP-4] [SCP-5] holding %j, a rule that asks %j: %s', (held, anyOf, expected) => {
    expect(verdict({ rule: { anyOf }, scopes, evidence: holds(held) })).toBe(expected)
  })

  test('a held scope that the map does not define grants nothing, whatever a rule would ask', () => {
    const release = releaseOf({ scopes: scopesOf(['a']), rules: [ruleOf('GET /x', { anyOf: [['a']] })] })
    const [rule] = release.rules
    if (rule === undefined) throw new Error('there is a rule')
    expect(decide(new Map(), { kind: 'rule', rule }, holds('a'), NOW, ENFORCE)).toMatchObject({
      kind: 'deny',
      denials: [{ code: 'scope_insufficient', missing: ['a'] }],
    })
  })
})

describe('retired scopes (1.5, 5.5)', () => {
  const sunset = '2026-11-01'
  const midnight = Date.UTC(2026, 10, 1) / 1000
  const deprecated = { since: '2026-01-01', sunset, replacedBy: ['b'] }
  const on = (now: number, rule: Partial<RuleEntry>, held: string) =>
    verdict({ rule, scopes: { a: { deprecated }, old: { implies: ['c'], deprecated } }, evidence: holds(held), now })

  test('a scope holds until midnight UTC of its sunset and not a second longer', () => {
    expect(on(midnight - 1, { anyOf: [['a']] }, 'a')).toBe('allow a')
    expect(on(midnight, { anyOf: [['a']] }, 'a')).toBe('deny scope_retired')
  })

  test('a retired scope implies nothing any more', () => {
    expect(on(midnight - 1, { anyOf: [['c']] }, 'old')).toBe('allow c')
    expect(on(midnight, { anyOf: [['c']] }, 'old')).toBe('deny scope_insufficient')
  })

  test('a retired scope is granted by nothing that implies it', () => {
    const scopes = { a: { deprecated }, admin: { implies: ['a'] } }
    expect(verdict({ rule: { anyOf: [['a']] }, scopes, evidence: holds('admin a'), now: midnight })).toBe(
      'deny scope_retired',
    )
  })

  test('a retired scope has no grantor, so what would grant it brings no conditions along and it counts as missing', () => {
    const scopes = { a: { deprecated }, b: { deprecated }, admin: { implies: ['a'], stepUp: { acr: ['phr'] } } }
    const of = (anyOf: readonly (readonly string[])[], held: string) =>
      denialsOf({ rule: { anyOf }, scopes, evidence: holds(held, weak), now: midnight })
    expect(of([['a']], 'admin')).toEqual([{ code: 'scope_retired', scope: 'a', replacedBy: ['b'] }])
    expect(
      of(
        [
          ['a', 'c'],
          ['b', 'd'],
        ],
        'a d',
      ),
    ).toMatchObject([{ scope: 'b' }])
  })

  test('of an alternative with several retired scopes the first is named, with its replacements, and no scope besides', () => {
    const scopes = { a: {}, b: { deprecated: { ...deprecated, replacedBy: ['d'] } }, c: { deprecated } }
    expect(denialsOf({ rule: { anyOf: [['a', 'b', 'c']] }, scopes, evidence: holds(''), now: midnight })).toEqual([
      { code: 'scope_retired', scope: 'b', replacedBy: ['d'] },
    ])
  })

  test('an alternative without a retired scope is nearer, however much it lacks', () => {
    const scopes = { a: { deprecated } }
    const test: Case = { rule: { anyOf: [['a'], ['b', 'c', 'd']] }, scopes, evidence: holds('a'), now: midnight }
    expect(denialsOf(test)).toEqual([
      { code: 'scope_insufficient', required: ['b', 'c', 'd'], missing: ['b', 'c', 'd'] },
    ])
  })

  test('where every alternative holds a retired scope the nearest of them is named', () => {
    const scopes = { a: { deprecated }, b: { deprecated: { ...deprecated, replacedBy: ['d'] } } }
    expect(
      denialsOf({
        rule: {
          anyOf: [
            ['a', 'c'],
            ['b', 'd'],
          ],
        },
        scopes,
        evidence: holds('d'),
        now: midnight,
      }),
    ).toEqual([{ code: 'scope_retired', scope: 'b', replacedBy: ['d'] }])
  })
})

describe('the nearest alternative (5.9)', () => {
  const nearest = (anyOf: readonly (readonly string[])[], held: string, scopes: Case['scopes'] = {}, facts = weak) => {
    const denial = denialsOf({ rule: { anyOf }, scopes, evidence: holds(held, facts) }).find(
      ({ code }) => code === 'scope_insufficient',
    )
    return denial?.code === 'scope_insufficient'
      ? `${denial.required.join(' ')} - ${denial.missing.join(' ')}`
      : undefined
  }

  test.each<[string, readonly (readonly string[])[], string]>([
    ['', [['a'], ['b']], 'a - a'],
    ['', [['d'], ['a', 'b']], 'd - d'],
    ['a', [['d'], ['a', 'b']], 'd - d'],
    [
      'a b',
      [
        ['c', 'd'],
        ['a', 'b', 'c'],
      ],
      'a b c - c',
    ],
    ['a b', [['d'], ['a', 'b', 'c']], 'd - d'],
    [
      'c',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
      'c d - d',
    ],
    [
      'b',
      [
        ['a', 'b'],
        ['b', 'c'],
      ],
      'a b - a',
    ],
  ])('[SCP-5] holding %j, of %j it is %s', (held, anyOf, expected) => {
    expect(nearest(anyOf, held)).toBe(expected)
  })

  test('of equally many missing scopes the fewest unmet conditions decide', () => {
    const stepUp = { acr: ['phr'] }
    expect(nearest([['a'], ['b']], '', { a: { stepUp } })).toBe('b - b')
    expect(nearest([['a'], ['b']], '', { a: { stepUp } }, strong)).toBe('a - a')
    expect(nearest([['a'], ['b']], '', { a: { stepUp }, b: { stepUp, maxTokenAgeSeconds: 1 } })).toBe('a - a')
  })

  test('missing scopes weigh more than conditions', () => {
    const scopes = { a: { stepUp: { acr: ['phr'] }, maxTokenAgeSeconds: 1 } }
    expect(
      denialsOf({ rule: { anyOf: [['a'], ['b']] }, scopes, evidence: holds('a', weak) }).map(({ code }) => code),
    ).toEqual(['step_up_required', 'token_too_old'])
  })

  test('[BRR-10] the whole alternative is required, and what is implied is not missing', () => {
    const scopes = { admin: { implies: ['a', 'b'] } }
    expect(denialsOf({ rule: { anyOf: [['a', 'b', 'c']] }, scopes, evidence: holds('admin') })).toEqual([
      { code: 'scope_insufficient', required: ['a', 'b', 'c'], missing: ['c'] },
    ])
  })
})

describe('conditions and who carries them (5.6, 5.8, 5.10)', () => {
  const stepUp = { acr: ['phr'] }

  test('the rule, the required scopes and the grantors carry theirs', () => {
    const cases: readonly Pick<Case, 'rule' | 'scopes'>[] = [
      { rule: { anyOf: [['a']], stepUp } },
      { rule: { anyOf: [['a']] }, scopes: { a: { stepUp } } },
      { rule: { anyOf: [['a']] }, scopes: { admin: { implies: ['a'], stepUp } } },
    ]
    const held = ['a', 'a', 'admin']
    for (const [index, each] of cases.entries()) {
      expect(verdict({ ...each, evidence: holds(held[index] ?? '', weak) })).toBe('deny step_up_required')
      expect(verdict({ ...each, evidence: holds(held[index] ?? '', strong) })).toBe('allow a')
    }
  })

  test('a scope that is held but not needed carries nothing', () => {
    const scopes = { b: { stepUp }, admin: { implies: ['a'], stepUp } }
    expect(verdict({ rule: { anyOf: [['a']] }, scopes, evidence: holds('a b admin', weak) })).toBe('allow a')
  })

  test('a scope that implies the one that is asked does not pass its conditions by', () => {
    const scopes = { a: { stepUp }, admin: { implies: ['a'] } }
    expect(verdict({ rule: { anyOf: [['a']] }, scopes, evidence: holds('admin', weak) })).toBe('deny step_up_required')
  })

  test('the conditions of a scope apply even if it is missing, so that one challenge names both', () => {
    expect(denialsOf({ rule: { anyOf: [['a']] }, scopes: { a: { stepUp } }, evidence: holds('', weak) })).toEqual([
      { code: 'step_up_required', acr: ['phr'] },
      { code: 'scope_insufficient', required: ['a'], missing: ['a'] },
    ])
  })

  test('of several grantors the one with the fewest unmet conditions counts, then the first by name', () => {
    const hard = { implies: ['a'], stepUp, maxTokenAgeSeconds: 1 }
    const easy = { implies: ['a'], maxTokenAgeSeconds: 1 }
    const free = { implies: ['a'] }
    const of = (scopes: Case['scopes'], facts = weak) =>
      denialsOf({ rule: { anyOf: [['a']] }, ...(scopes && { scopes }), evidence: holds('g h i', facts) }).map(
        ({ code }) => code,
      )
    expect(of({ g: hard, h: easy, i: free })).toEqual([])
    expect(of({ g: hard, h: easy, i: hard })).toEqual(['token_too_old'])
    expect(of({ g: hard, h: hard, i: hard })).toEqual(['step_up_required', 'token_too_old'])
    expect(of({ g: { implies: ['a'], stepUp }, h: easy, i: easy })).toEqual(['step_up_required'])
    expect(of({ g: easy, h: { implies: ['a'], stepUp }, i: hard })).toEqual(['token_too_old'])
  })

  test('a carrier counts once, also if it grants several scopes', () => {
    const scopes = {
      admin: { implies: ['a', 'b'], stepUp },
      lead: { implies: ['c'], stepUp },
      boss: { implies: ['d'], stepUp },
    }
    // Either alternative lacks one scope; `admin` is one unmet condition, `lead` and `boss` are two.
    const test: Case = {
      rule: {
        anyOf: [
          ['a', 'b', 'e'],
          ['c', 'd', 'e'],
        ],
      },
      scopes: { ...scopes, e: {} },
      evidence: holds('admin lead boss', weak),
    }
    expect(denialsOf(test)).toContainEqual({ code: 'scope_insufficient', required: ['a', 'b', 'e'], missing: ['e'] })
  })

  test('an alternative whose conditions are met is found behind one whose are not', () => {
    const scopes = { a: { stepUp } }
    expect(verdict({ rule: { anyOf: [['a'], ['b', 'c']] }, scopes, evidence: holds('a b c', weak) })).toBe('allow b c')
  })

  test('all that lacks is said at once and in this order', () => {
    const test: Case = {
      rule: { anyOf: [['a', 'b']], maxTokenAgeSeconds: 30 },
      scopes: { a: { stepUp: { maxAgeSeconds: 5 } } },
      evidence: holds('a', weak),
    }
    expect(denialsOf(test)).toEqual([
      { code: 'step_up_required', maxAgeSeconds: 5 },
      { code: 'token_too_old', maxSeconds: 30 },
      { code: 'scope_insufficient', required: ['a', 'b'], missing: ['b'] },
    ])
  })

  test('[STU-2] [STU-3] a token without a time of issue or of authentication meets no age', () => {
    const { issuedAt: _, ...facts } = principalOf('a', { authentication: { acrs: [], amr: [] } })
    const evidence: Evidence = { kind: 'verified', principal: facts as Principal }
    expect(verdict({ rule: { anyOf: [['a']], maxTokenAgeSeconds: 1e9 }, evidence })).toBe('deny token_too_old')
    expect(verdict({ rule: { anyOf: [['a']], stepUp: { maxAgeSeconds: 1e9 } }, evidence })).toBe(
      'deny step_up_required',
    )
  })
})

describe('what all step-ups and ages ask together (5.10)', () => {
  const asked = (rule: RuleEntry['stepUp'], a: RuleEntry['stepUp'], b: RuleEntry['stepUp'] = {}, held = '') =>
    denialsOf({
      rule: { anyOf: [['a', 'b']], ...(rule && { stepUp: rule }) },
      scopes: { a: a ? { stepUp: a } : {}, b: b.acr || b.maxAgeSeconds ? { stepUp: b } : {} },
      evidence: holds(held, { authentication: { acrs: [], amr: [] } }),
    })[0]

  test.each<[string, Parameters<typeof asked>, object]>([
    ['the smallest age', [{ maxAgeSeconds: 300 }, { maxAgeSeconds: 60 }, { maxAgeSeconds: 90 }], { maxAgeSeconds: 60 }],
    ['the values of one', [undefined, { acr: ['x', 'y'] }], { acr: ['x', 'y'] }],
    [
      'the values that all accept, in the order of the rule',
      [{ acr: ['z', 'y', 'x'] }, { acr: ['x', 'y'] }],
      { acr: ['y', 'x'] },
    ],
    [
      'in the order of the first scope',
      [undefined, { acr: ['y', 'x'] }, { acr: ['x', 'y', 'z'] }],
      { acr: ['y', 'x'] },
    ],
    ['all of the first where none is common', [{ acr: ['x', 'y'] }, { acr: ['z'] }], { acr: ['x', 'y'] }],
    [
      'all of the first where only two agree',
      [{ acr: ['x', 'y'] }, { acr: ['x'] }, { acr: ['z'] }],
      { acr: ['x', 'y'] },
    ],
    ['values of one, age of another', [{ acr: ['x'] }, { maxAgeSeconds: 5 }], { acr: ['x'], maxAgeSeconds: 5 }],
    [
      'a step-up without values restricts none',
      [{ maxAgeSeconds: 9 }, { acr: ['x'] }, { maxAgeSeconds: 7 }],
      { acr: ['x'], maxAgeSeconds: 7 },
    ],
  ])('%s', (_, [rule, a, b, held], expected) => {
    expect(asked(rule, a, b, held)).toEqual({ code: 'step_up_required', ...expected })
  })

  test('a step-up that is met takes part in what is asked, so that one new authentication meets all', () => {
    const test: Case = {
      rule: { anyOf: [['a']], stepUp: { acr: ['phr', 'phrh'], maxAgeSeconds: 600 } },
      scopes: { a: { stepUp: { acr: ['phrh', 'phr'], maxAgeSeconds: 5 } } },
      evidence: holds('a', strong),
    }
    expect(denialsOf(test)).toEqual([{ code: 'step_up_required', acr: ['phr', 'phrh'], maxAgeSeconds: 5 }])
  })

  test('each scope comes before its grantor', () => {
    const test: Case = {
      rule: { anyOf: [['a']] },
      scopes: { a: { stepUp: { acr: ['x', 'y'] } }, admin: { implies: ['a'], stepUp: { acr: ['y', 'x'] } } },
      evidence: holds('admin', weak),
    }
    expect(denialsOf(test)).toEqual([{ code: 'step_up_required', acr: ['x', 'y'] }])
  })

  test('the smallest of all token ages is named', () => {
    const test: Case = {
      rule: { anyOf: [['a']], maxTokenAgeSeconds: 50 },
      scopes: { a: { maxTokenAgeSeconds: 40 }, admin: { implies: ['a'], maxTokenAgeSeconds: 3600 } },
      evidence: holds('admin'),
    }
    expect(denialsOf(test)).toEqual([{ code: 'token_too_old', maxSeconds: 40 }])
  })
})

describe('any valid token (5.16)', () => {
  const rule = { authenticated: 'Tested.' }

  test('whatever its scopes, and no other', () => {
    expect(verdict({ rule, evidence: holds('') })).toBe('allow authenticated')
    expect(verdict({ rule, evidence: holds('a b unheard-of') })).toBe('allow authenticated')
    expect(verdict({ rule, evidence: { kind: 'none' } })).toBe('deny credential_missing')
    expect(verdict({ rule, evidence: rejected })).toBe('deny token_invalid')
    expect(verdict({ rule, evidence: holds('', { isForDefault: false }) })).toBe('deny token_invalid')
  })

  test('that meets what the rule asks besides; nothing of it is observed or asked for by scope', () => {
    const asked = { ...rule, stepUp: { acr: ['phr'] }, maxTokenAgeSeconds: 60, clients: ['partner'] }
    const context = OBSERVE
    expect(verdict({ rule: asked, evidence: holds('', { client: 'other' }), context })).toBe('deny client_refused')
    const evidence = holds('a', { ...weak, client: 'partner', issuedAt: ago(61) })
    expect(verdict({ rule: asked, evidence, context })).toBe('deny step_up_required token_too_old')
    expect(decideCase({ rule: asked, evidence })).not.toHaveProperty('nearest')
    const fresh = holds('', { ...strong, client: 'partner', issuedAt: ago(60) })
    expect(verdict({ rule: asked, evidence: fresh })).toBe('allow authenticated')
  })
})

describe('observing (section 6)', () => {
  const lacking = holds('', { client: 'partner' })
  const observeClients = ['partner']
  const rule = { anyOf: [['a']] }

  test.each<[string, Case, string]>([
    ['enforce everywhere', { rule, evidence: lacking }, 'deny'],
    ['observe in the environment', { rule, evidence: lacking, context: OBSERVE }, 'observe'],
    ['observe for the client', { rule, evidence: lacking, context: { ...ENFORCE, observeClients } }, 'observe'],
    [
      'observe for another client',
      { rule, evidence: lacking, context: { ...ENFORCE, observeClients: ['other'] } },
      'deny',
    ],
    ['observe in the rule', { rule: { ...rule, mode: 'observe' }, evidence: lacking }, 'observe'],
    [
      'enforce in the rule, observe around it',
      { rule: { ...rule, mode: 'enforce' }, evidence: lacking, context: { ...OBSERVE, observeClients } },
      'deny',
    ],
  ])('%s', (_, test, kind) => {
    const decision = decideCase(test)
    expect(decision).toMatchObject({ kind, rule: { id: `GET ${HOST}/x` }, denials: [{ code: 'scope_insufficient' }] })
  })

  test('a token without a client is no observed client', () => {
    const { client: _, ...facts } = principalOf('')
    const evidence: Evidence = { kind: 'verified', principal: facts as Principal }
    expect(verdict({ rule, evidence, context: { ...ENFORCE, observeClients: ['undefined', ''] } })).toBe(
      'deny scope_insufficient',
    )
  })

  test('a retired scope is scope grounds', () => {
    const scopes = { a: { deprecated: { since: '2020-01-01', sunset: '2021-01-01' } } }
    expect(verdict({ rule, scopes, evidence: holds('a'), context: OBSERVE })).toBe('observe scope_retired')
  })

  test.each<[string, Case]>([
    ['credential_missing', { rule, evidence: { kind: 'none' } }],
    ['token_invalid', { rule, evidence: rejected }],
    ['step_up_required', { rule: { ...rule, stepUp: { acr: ['phr'] } }, evidence: holds('a', weak) }],
    ['token_too_old', { rule: { ...rule, maxTokenAgeSeconds: 1 }, evidence: holds('a') }],
    ['step_up_required scope_insufficient', { rule: { ...rule, stepUp: { acr: ['phr'] } }, evidence: holds('', weak) }],
    ['token_too_old scope_insufficient', { rule: { ...rule, maxTokenAgeSeconds: 1 }, evidence: holds('') }],
    ['upgrade_refused', { rule, evidence: holds(''), context: { ...OBSERVE, upgrade: true } }],
  ])('%s is enforced in mode observe', (codes, test) => {
    expect(verdict({ context: { ...OBSERVE, observeClients: ['client'] }, ...test })).toBe(`deny ${codes}`)
  })

  test('what is allowed is allowed, observed or not', () => {
    expect(verdict({ rule, evidence: holds('a'), context: OBSERVE })).toBe('allow a')
  })
})

describe('what marks ask (section 8)', () => {
  const marked = (scopes: string, standing: Partial<Standing>, facts?: Partial<PrincipalFacts>): Evidence => ({
    ...(holds(scopes, facts) as Extract<Evidence, { kind: 'verified' }>),
    standing: { stepUps: [], suspended: new Set(), ...standing },
  })
  const without = (...names: string[]) => ({ suspended: new Set(names as ScopeToken[]) })
  const AGE = { stepUps: [{ maxAgeSeconds: 5 }] }

  test('a step-up of a mark holds wherever a token is looked at, and nowhere else', () => {
    const fresh = { authentication: { acrs: [], at: ago(5), amr: [] } }
    for (const rule of [{ anyOf: [['a']] }, { authenticated: 'Tested.' }]) {
      const by = 'anyOf' in rule ? 'a' : 'authenticated'
      expect(verdict({ rule, evidence: marked('a', AGE) })).toBe('deny step_up_required')
      expect(verdict({ rule, evidence: marked('a', AGE, fresh) })).toBe(`allow ${by}`)
    }
    expect(verdict({ rule: { public: 'Tested.' }, evidence: marked('a', AGE) })).toBe('allow public')
  })

  test('a step-up of a mark is never observed', () => {
    expect(verdict({ rule: { anyOf: [['a']] }, evidence: marked('b', AGE), context: OBSERVE })).toBe(
      'deny step_up_required scope_insufficient',
    )
  })

  test('all step-ups are one challenge: the least age, never below 0, and the classes of the marks that the others take', () => {
    const stepUps = [{ maxAgeSeconds: -1 }, { acr: ['phr', 'phrh'] }] as const
    const scopes = { a: { stepUp: { acr: ['pwd', 'phrh'], maxAgeSeconds: 60 } } }
    expect(denialsOf({ rule: { anyOf: [['a']] }, scopes, evidence: marked('a', { stepUps }) })).toEqual([
      { code: 'step_up_required', acr: ['phrh'], maxAgeSeconds: 0 },
    ])
    expect(
      denialsOf({ rule: { anyOf: [['a']] }, evidence: marked('a', { stepUps: [{ acr: ['x'] }, { acr: ['y'] }] }) }),
    ).toEqual([{ code: 'step_up_required', acr: ['x'] }])
  })

  test('a suspended scope grants nothing and is granted by nothing', () => {
    const scopes = { b: { implies: ['a'] } }
    const rule = { anyOf: [['a']] }
    const suspended = [{ code: 'scope_suspended', scope: 'a' }]
    expect(denialsOf({ rule, scopes, evidence: marked('a', without('a')) })).toEqual(suspended)
    expect(denialsOf({ rule, scopes, evidence: marked('b', without('a')) })).toEqual(suspended)
    expect(denialsOf({ rule, scopes, evidence: marked('', without('a')) })).toEqual(suspended)
    expect(denialsOf({ rule, scopes, evidence: marked('b', without('b')) })).toEqual([
      { code: 'scope_insufficient', required: ['a'], missing: ['a'] },
      { code: 'scope_suspended', scope: 'b' },
    ])
    expect(verdict({ rule, scopes, evidence: marked('a b', without('b')) })).toBe('allow a')
    expect(verdict({ rule, scopes, evidence: marked('a', without('c', 'd')) })).toBe('allow a')
  })

  test('another alternative still lets in, and is what is asked for', () => {
    const rule = { anyOf: [['a'], ['b', 'c']] }
    expect(verdict({ rule, evidence: marked('a b c', without('a')) })).toBe('allow b c')
    expect(decideCase({ rule, evidence: marked('a b', without('a')) })).toMatchObject({
      nearest: ['b', 'c'],
      denials: [
        { code: 'scope_insufficient', required: ['b', 'c'], missing: ['c'] },
        { code: 'scope_suspended', scope: 'a' },
      ],
    })
  })

  test('where each alternative holds one that is retired or suspended, nothing is asked for', () => {
    const scopes = { a: { deprecated: { since: '2020-01-01', sunset: '2021-01-01' } } }
    const decision = decideCase({ rule: { anyOf: [['a'], ['b', 'c']] }, scopes, evidence: marked('', without('b')) })
    expect(decision).toMatchObject({
      denials: [
        { code: 'scope_retired', scope: 'a' },
        { code: 'scope_suspended', scope: 'b' },
      ],
    })
    expect(decision).not.toHaveProperty('nearest')
  })

  test.each([
    ['the scope itself', 'a', 'a'],
    ['nothing at all', '', 'a'],
    ['what is implied, by a scope that is suspended', 'b', 'b'],
    ['a scope that is not asked for', 'c', 'a'],
  ])('a kill switch holds in mode observe too, for a token with %s', (_, held, off) => {
    const test = { rule: { anyOf: [['a'], ['d']] }, scopes: { b: { implies: ['a'] } }, context: OBSERVE }
    expect(verdict({ ...test, evidence: marked(held, without(off)) })).toBe('deny scope_insufficient scope_suspended')
  })

  test('a kill switch that does not bear on the rule leaves it observed', () => {
    const test = { rule: { anyOf: [['a']] }, scopes: { b: { implies: ['a'] } }, context: OBSERVE }
    expect(verdict({ ...test, evidence: marked('c', without('b', 'd')) })).toBe('observe scope_insufficient')
    expect(verdict({ rule: { authenticated: 'Tested.' }, evidence: marked('a', without('a')) })).toBe(
      'allow authenticated',
    )
  })
})
