/**
 * Examples for sections 1, 5 and 6 of docs/semantics.md, worked out by hand: both judges must give these very answers. The differential run shows that the two agree;
 * this shows that they agree on what the page says.
 */
import { describe, expect, test } from 'vitest'
import type { Evidence } from '../../src/policy/decision.ts'
import type { ReleaseDocument, ScopeEntry } from '../../src/policy/release.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import type { Asked } from '../support/arbitrary-map.ts'
import { asking, authenticated, HOST, holder, issued, JUDGES, map, NONE, scope, sunset } from './example.ts'

describe.each(JUDGES)('%s', (_, judge) => {
  /** The decision on `/p` without its rule, which is always that one; a lone string stands for the denial with that code. */
  const decisionOn = (document: ReleaseDocument, asked: Asked): object => {
    const { rule, ...decision } = judge(document, asked).decision as { rule?: string }
    expect(rule).toBe(`GET ${HOST}/p`)
    return decision
  }
  const deny = (...denials: readonly object[]) => ({ kind: 'deny', denials })
  const insufficient = (required: string, missing: string) => ({
    code: 'scope_insufficient',
    required: required.split(' '),
    missing: missing.split(' '),
  })
  const AB = map([{ path: '/p', anyOf: [['a', 'b']] }])

  test('5.1 ambiguous and unmapped carry no rule', () => {
    const document = map([{ path: '/a/b' }, { path: '/a/{x}' }])
    expect(judge(document, asking('/a/B')).decision).toMatchObject(deny({ code: 'target_ambiguous' }))
    expect(judge(document, asking('/z')).decision).toMatchObject(deny({ code: 'unmapped' }))
  })

  test('5.2 comes before 5.3: an upgrade on a public rule that does not permit it', () => {
    const upgrade = { upgrade: true }
    expect(decisionOn(map([{ path: '/p' }]), asking('/p', NONE, upgrade))).toEqual(deny({ code: 'upgrade_refused' }))
    expect(decisionOn(map([{ path: '/p', upgrade: 'websocket' }]), asking('/p', NONE, upgrade))).toEqual({
      kind: 'allow',
      by: 'public',
    })
  })

  const REJECTED: Evidence = { kind: 'rejected', denial: { code: 'token_invalid', detail: 'expired' } }
  test('5.3 and 5.4: a bad token on a public rule, and where one is needed', () => {
    expect(decisionOn(map([{ path: '/p' }]), asking('/p', REJECTED))).toEqual({ kind: 'allow', by: 'public' })
    expect(decisionOn(AB, asking('/p', REJECTED))).toEqual(deny({ code: 'token_invalid', detail: 'expired' }))
    expect(decisionOn(AB, asking('/p'))).toEqual(deny({ code: 'credential_missing' }))
  })

  test('5.16 any valid token, if the conditions of the rule hold', () => {
    const document = map([{ path: '/p', authenticated: 'r', maxTokenAgeSeconds: 600 }])
    expect(decisionOn(document, asking('/p'))).toEqual(deny({ code: 'credential_missing' }))
    expect(decisionOn(document, asking('/p', holder('', issued(600))))).toEqual({ kind: 'allow', by: 'authenticated' })
    expect(decisionOn(document, asking('/p', holder('a', issued(601))))).toEqual(
      deny({ code: 'token_too_old', maxSeconds: 600 }),
    )
  })

  test('5.5 names match exactly; implication is followed; retired scopes neither grant nor are granted', () => {
    const scopes = {
      a: scope(),
      admin: scope({ implies: ['a', 'old'] }),
      dead: scope({ implies: ['a'], ...sunset('2026-11-23') }),
      old: scope(sunset('2026-11-23')),
    }
    const onA = map([{ path: '/p', anyOf: [['a']] }], scopes)
    const onOld = map([{ path: '/p', anyOf: [['old']] }], scopes)
    const allowed = { kind: 'allow', by: ['a'] }
    expect(decisionOn(onA, asking('/p', holder('a')))).toEqual(allowed)
    expect(decisionOn(onA, asking('/p', holder('admin')))).toEqual(allowed)
    for (const held of ['', 'A', 'a:x', 'aa', 'unknown', 'dead'])
      expect(decisionOn(onA, asking('/p', holder(held)))).toEqual(deny(insufficient('a', 'a')))
    for (const held of ['old', 'admin'])
      expect(decisionOn(onOld, asking('/p', holder(held)))).toEqual(
        deny({ code: 'scope_retired', scope: 'old', replacedBy: [] }),
      )
  })

  test('1.5 a sunset is the first second of its day', () => {
    const document = map([{ path: '/p', anyOf: [['a']] }], { a: scope(sunset('2026-11-24', ['b'])), b: scope() })
    const midnight = Date.parse('2026-11-24T00:00:00Z') / 1000
    const at = (now: number) => decisionOn(document, asking('/p', holder('a'), { now: now as EpochSeconds }))
    expect(at(midnight - 1)).toEqual({ kind: 'allow', by: ['a'], deprecated: ['a'] })
    expect(at(midnight)).toEqual(deny({ code: 'scope_retired', scope: 'a', replacedBy: ['b'] }))
  })

  const stepUp = (acr: readonly string[] | undefined, maxAgeSeconds?: number) => ({
    stepUp: { ...(acr !== undefined && { acr }), ...(maxAgeSeconds !== undefined && { maxAgeSeconds }) },
  })
  const needsBoth = map([{ path: '/p', anyOf: [['a']], ...stepUp(['hi', 'top'], 300) }])
  const ASKED = { code: 'step_up_required', acr: ['hi', 'top'], maxAgeSeconds: 300 }
  test.each([
    ['any of the values, at the age', authenticated(300, 'top'), true],
    ['one second too long ago', authenticated(301, 'hi'), false],
    ['another value', authenticated(0, 'low'), false],
    ['no value', authenticated(0), false],
    ['no time', authenticated(undefined, 'hi'), false],
    ['60 seconds ahead', authenticated(-60, 'hi'), true],
    ['61 seconds ahead', authenticated(-61, 'hi'), false],
  ])('5.7 a step-up with %s', (_, facts, met) => {
    expect(decisionOn(needsBoth, asking('/p', holder('a', facts)))).toEqual(
      met ? { kind: 'allow', by: ['a'] } : deny(ASKED),
    )
  })

  test('5.7 a token age: at most that long ago, and known', () => {
    const document = map([{ path: '/p', anyOf: [['a']], maxTokenAgeSeconds: 600 }])
    const old = deny({ code: 'token_too_old', maxSeconds: 600 })
    expect(decisionOn(document, asking('/p', holder('a', issued(600))))).toEqual({ kind: 'allow', by: ['a'] })
    expect(decisionOn(document, asking('/p', holder('a', issued(601))))).toEqual(old)
    expect(decisionOn(document, asking('/p', holder('a')))).toEqual(old)
  })

  test('5.6 the conditions of a scope hold also where another grants it, and so do those of the grantor', () => {
    const scopes = { a: scope(stepUp(['hi'])), admin: scope({ implies: ['a'], maxTokenAgeSeconds: 60 }) }
    const document = map([{ path: '/p', anyOf: [['a']] }], scopes)
    expect(decisionOn(document, asking('/p', holder('admin')))).toEqual(
      deny({ code: 'step_up_required', acr: ['hi'] }, { code: 'token_too_old', maxSeconds: 60 }),
    )
    // Held itself, so the other scope's age is no matter.
    expect(decisionOn(document, asking('/p', holder('a admin', authenticated(0, 'hi'))))).toMatchObject({
      kind: 'allow',
    })
  })

  test('5.6 of two grantors the one with fewer unmet conditions, then the first by name', () => {
    const scopes = {
      a: scope(),
      x: scope({ implies: ['a'], maxTokenAgeSeconds: 60 }),
      y: scope({ implies: ['a'] }),
      z: scope({ implies: ['a'], maxTokenAgeSeconds: 30 }),
    }
    const document = map([{ path: '/p', anyOf: [['a']] }], scopes)
    expect(decisionOn(document, asking('/p', holder('x y')))).toEqual({ kind: 'allow', by: ['a'] })
    expect(decisionOn(document, asking('/p', holder('x z')))).toEqual(deny({ code: 'token_too_old', maxSeconds: 60 }))
  })

  test('5.6 of two grantors with equal conditions the one that stays, before the first by name', () => {
    const scopes = {
      a: scope(),
      x: scope({ implies: ['a'], ...sunset('2027-01-01') }),
      y: scope({ implies: ['a'] }),
      z: scope({ implies: ['a'], maxTokenAgeSeconds: 60 }),
    }
    const document = map([{ path: '/p', anyOf: [['a']] }], scopes)
    expect(decisionOn(document, asking('/p', holder('x y')))).toEqual({ kind: 'allow', by: ['a'] })
    expect(decisionOn(document, asking('/p', holder('x z')))).toEqual({ kind: 'allow', by: ['a'], deprecated: ['x'] })
  })

  const EITHER = map([{ path: '/p', anyOf: [['c'], ['a', 'b']] }])
  test('5.8 the first satisfied alternative in canonical order', () => {
    expect(decisionOn(EITHER, asking('/p', holder('a b c')))).toEqual({ kind: 'allow', by: ['c'] })
    expect(decisionOn(EITHER, asking('/p', holder('a b')))).toEqual({ kind: 'allow', by: ['a', 'b'] })
  })

  test('5.9 the nearest: fewest missing, then fewest unmet, then the first; retired ones last', () => {
    expect(decisionOn(AB, asking('/p', holder('')))).toEqual(deny(insufficient('a b', 'a b')))
    expect(decisionOn(EITHER, asking('/p', holder('a')))).toEqual(deny(insufficient('c', 'c')))
    const unmet = map([{ path: '/p', anyOf: [['a'], ['b']] }], {
      a: scope({ ...stepUp(['hi']), maxTokenAgeSeconds: 60 }),
      b: scope(stepUp(['top'])),
    })
    expect(decisionOn(unmet, asking('/p', holder('a b')))).toEqual(deny({ code: 'step_up_required', acr: ['top'] }))
    const retired = map([{ path: '/p', anyOf: [['a'], ['b', 'c']] }], {
      a: scope(sunset('2026-11-23')),
      b: scope(),
      c: scope(),
    })
    expect(decisionOn(retired, asking('/p', holder('a')))).toEqual(deny(insufficient('b c', 'b c')))
    const leaving = map([{ path: '/p', anyOf: [['a'], ['b'], ['c', 'd']] }], {
      a: scope(sunset('2027-01-01')),
      b: scope(),
      c: scope(sunset('2027-01-01')),
      d: scope(),
    })
    expect(decisionOn(leaving, asking('/p', holder('')))).toEqual(deny(insufficient('b', 'b')))
  })

  test('5.10 what all step-ups ask together: the smallest age, the values that all accept', () => {
    const scopes = { a: scope(stepUp(['top', 'hi'], 60)), b: scope(stepUp(['other'])) }
    const joined = map([{ path: '/p', anyOf: [['a']], ...stepUp(['hi', 'mid', 'top'], 300) }], scopes)
    expect(decisionOn(joined, asking('/p', holder('a')))).toEqual(
      deny({ code: 'step_up_required', acr: ['hi', 'top'], maxAgeSeconds: 60 }),
    )
    const apart = map([{ path: '/p', anyOf: [['a', 'b']] }], scopes)
    expect(decisionOn(apart, asking('/p', holder('a b')))).toEqual(
      deny({ code: 'step_up_required', acr: ['top', 'hi'], maxAgeSeconds: 60 }),
    )
  })

  test('5.10 all that lacks, in order', () => {
    const document = map([{ path: '/p', anyOf: [['a', 'b']], ...stepUp(['hi']), maxTokenAgeSeconds: 60 }])
    expect(decisionOn(document, asking('/p', holder('a', issued(61))))).toEqual(
      deny(
        { code: 'step_up_required', acr: ['hi'] },
        { code: 'token_too_old', maxSeconds: 60 },
        insufficient('a b', 'b'),
      ),
    )
  })

  test('5.12 the scopes to ask for', () => {
    const scopes = { a: scope(), b: scope(), c: scope(sunset('2026-11-23', ['a'])), d: scope(sunset('2026-11-24')) }
    const asks = (anyOf: readonly (readonly string[])[], evidence: Evidence) =>
      judge(map([{ path: '/p', anyOf }], scopes), asking('/p', evidence)).asks
    expect(asks([['b'], ['a', 'd']], NONE)).toEqual(['b'])
    expect(asks([['b'], ['a', 'd']], REJECTED)).toEqual(['b'])
    expect(asks([['c'], ['d'], ['a', 'b']], NONE)).toEqual(['a', 'b'])
    expect(asks([['c'], ['a', 'b']], NONE)).toEqual(['a', 'b'])
    expect(asks([['c']], NONE)).toEqual([])
    expect(asks([['c']], holder('c'))).toEqual([])
    expect(asks([['a', 'b']], holder('a'))).toEqual(['a', 'b'])
    expect(asks([['a', 'b']], holder('a b'))).toEqual([])
    // One that goes is asked for only where nothing that stays would do.
    expect(asks([['d'], ['a', 'b']], NONE)).toEqual(['a', 'b'])
    expect(asks([['c'], ['d']], NONE)).toEqual(['d'])
    expect(asks([['a']], { kind: 'rejected', denial: { code: 'credential_malformed', detail: 'several' } })).toEqual([])
  })

  test.each<[string, Partial<ScopeEntry>]>([
    ['a stronger authentication', stepUp(['hi'])],
    ['a fresher token', { maxTokenAgeSeconds: 60 }],
    ['a shorter-lived token', { maxLifetimeSeconds: 60 }],
    ['a bound token', { senderConstraint: 'dpop' }],
  ])('5.12 whoever needs %s is told for which scopes', (_, conditions) => {
    const document = map([{ path: '/p', anyOf: [['b'], ['a', 'c']] }], { a: scope(), b: scope(conditions), c: scope() })
    expect(judge(document, asking('/p', holder('b'))).asks).toEqual(['b'])
  })

  test.each([
    ['the rule', { mode: 'observe' as const }, {}, 'observe'],
    ['the rule, against the environment', { mode: 'enforce' as const }, { mode: 'observe' as const }, 'deny'],
    ['the rule, against the client', { mode: 'enforce' as const }, { observeClients: ['partner'] }, 'deny'],
    ['the client', {}, { observeClients: ['partner'] }, 'observe'],
    ['another client', {}, { observeClients: ['other'] }, 'deny'],
    ['the environment', {}, { mode: 'observe' as const }, 'observe'],
    ['nothing', {}, {}, 'deny'],
  ])('6.1 the mode by %s', (_, rule, rest, kind) => {
    const document = map([{ path: '/p', anyOf: [['a']], ...rule }])
    expect(decisionOn(document, asking('/p', holder('b', { client: 'partner' }), rest))).toEqual({
      kind,
      denials: [insufficient('a', 'a')],
    })
  })

  test('6.2 observing lets nothing pass but a valid token that lacks a scope', () => {
    const observe = { mode: 'observe' as const }
    expect(decisionOn(AB, asking('/p', NONE, observe))).toEqual(deny({ code: 'credential_missing' }))
    expect(decisionOn(AB, asking('/p', REJECTED, observe))).toMatchObject({ kind: 'deny' })
    const strict = map([{ path: '/p', anyOf: [['a']], ...stepUp(['hi']) }])
    expect(decisionOn(strict, asking('/p', holder(''), observe))).toEqual(
      deny({ code: 'step_up_required', acr: ['hi'] }, insufficient('a', 'a')),
    )
    expect(judge(AB, asking('/z', holder('a b'), observe)).decision).toMatchObject({ kind: 'deny' })
  })
})
