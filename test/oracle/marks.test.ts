/** Examples for section 8 of docs/semantics.md, worked out by hand: both judges must give these very answers. */
import { describe, expect, test } from 'vitest'
import type { Effect, MarkTarget } from '../../src/policy/mark.ts'
import type { PrincipalFacts } from '../../src/policy/principal.ts'
import type { ReleaseDocument } from '../../src/policy/release.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import type { ScopeToken } from '../../src/policy/scope.ts'
import type { Mark, Marks } from '../support/arbitrary-marks.ts'
import { asking, authenticated, holder, issued, JUDGES, map, NONE, NOON, scope, sunset } from './example.ts'

const at = (second: number) => second as EpochSeconds
const about = (target: MarkTarget, effect: Effect, expires?: number): Mark => ({
  target,
  active: { effect, entry: 1, ...(expires !== undefined && { expires: at(expires) }) },
})
const SUBJECT: MarkTarget = { kind: 'subject', issuer: 'i', value: 'ann' }
const ANN = { subject: 'ann' }
const off = (name: string, client?: string): Mark =>
  about({ kind: 'scope', scope: name as ScopeToken, ...(client !== undefined && { client }) }, { kind: 'suspend' })

const MAP = map([{ path: '/p', anyOf: [['a'], ['b', 'c']] }], {
  a: scope({ implies: [] }),
  admin: scope({ implies: ['a'] }),
  b: scope({ sensitivity: 'critical' }),
  c: scope(),
  old: scope(sunset('2026-11-23')),
})

describe.each(JUDGES)('%s', (_, judge) => {
  const on = (
    marks: readonly Mark[],
    held = 'a',
    facts: Partial<PrincipalFacts> = ANN,
    document: ReleaseDocument = MAP,
    rest: Partial<Marks> = {},
  ) =>
    judge(
      document,
      asking('/p', holder(held, facts), { marks: { marks, isStale: false, whenStale: 'serve', ...rest } }),
    )
  const codes = (...asked: Parameters<typeof on>) => {
    const { kind, denials = [] } = on(...asked).decision as { kind: string; denials?: readonly { code: string }[] }
    return [kind, ...denials.map(({ code }) => code)].join(' ')
  }
  const REVOKED = 'deny token_invalid'

  test('8.1 a mark is about its target alone, and a name is one at its issuer', () => {
    const revoke: Effect = { kind: 'revoke' }
    expect(codes([about(SUBJECT, revoke)])).toBe(REVOKED)
    expect(codes([about({ ...SUBJECT, issuer: 'j' }, revoke)])).toBe('allow')
    expect(codes([about({ ...SUBJECT, value: 'Ann' }, revoke)])).toBe('allow')
    expect(codes([about({ kind: 'issuer', issuer: 'i' }, revoke)])).toBe(REVOKED)
    expect(codes([about({ kind: 'token', value: 'f' }, revoke)], 'a', { fingerprint: 'f' })).toBe(REVOKED)
    expect(codes([about({ kind: 'session', issuer: 'i', value: 's' }, revoke)], 'a', ANN)).toBe('allow')
  })

  test('8.2 and 8.3 until its last second, about what was issued up to then', () => {
    expect(codes([about(SUBJECT, { kind: 'revoke' }, NOON + 1)])).toBe(REVOKED)
    expect(codes([about(SUBJECT, { kind: 'revoke' }, NOON)])).toBe('allow')
    const before = about(SUBJECT, { kind: 'revoke', issuedUntil: at(NOON - 60) })
    expect(codes([before], 'a', { ...ANN, ...issued(60) })).toBe(REVOKED)
    expect(codes([before], 'a', { ...ANN, ...issued(59.5) })).toBe(REVOKED)
    expect(codes([before], 'a', { ...ANN, ...issued(59) })).toBe('allow')
    expect(codes([before], 'a', ANN)).toBe(REVOKED)
  })

  test('8.4 and 8.5 only tokens of that name, where they have one, and of these only holders', () => {
    const effect: Effect = { kind: 'revoke', matching: { session: 's' } }
    expect(codes([about(SUBJECT, effect)], 'a', { ...ANN, session: 's' })).toBe(REVOKED)
    expect(codes([about(SUBJECT, effect)], 'a', { ...ANN, session: 't' })).toBe('allow')
    expect(codes([about(SUBJECT, effect)])).toBe(REVOKED)
    const holding = (name: string): Mark => about(SUBJECT, { kind: 'revoke', holding: [name as ScopeToken] })
    expect(codes([holding('a')], 'admin')).toBe(REVOKED)
    expect(codes([holding('admin')], 'a')).toBe('allow')
    expect(codes([holding('old')], 'a old')).toBe(REVOKED)
  })

  test('8.6 what is not known revokes', () => {
    for (const effect of [{ kind: 'freeze', issuedUntil: 0 }, { kind: 'suspend' }, { kind: 'step-up' }])
      expect(codes([about(SUBJECT, effect as Effect)])).toBe(REVOKED)
  })

  test('8.7 in a later second than that, and with one of the classes', () => {
    const marks = [
      about(SUBJECT, { kind: 'step-up', authenticatedAfter: at(NOON - 10) }),
      about(SUBJECT, { kind: 'step-up', authenticatedAfter: at(NOON - 20), acr: ['hi', 'top'] }),
    ]
    expect(codes(marks, 'a', { ...ANN, ...authenticated(9, 'top') })).toBe('allow')
    expect(on(marks, 'a', { ...ANN, ...authenticated(10, 'top') }).decision).toMatchObject({
      denials: [{ code: 'step_up_required', acr: ['hi', 'top'], maxAgeSeconds: 9 }],
    })
    expect(codes(marks, 'a', { ...ANN, ...authenticated(9) })).toBe('deny step_up_required')
    const now = about(SUBJECT, { kind: 'step-up', authenticatedAfter: at(NOON) })
    expect(on([now], 'a', { ...ANN, ...authenticated(0) }).decision).toMatchObject({
      denials: [{ code: 'step_up_required', maxAgeSeconds: 0 }],
    })
  })

  test('8.8 a kill switch for every client or for one', () => {
    const partner = { ...ANN, client: 'partner' }
    expect(codes([off('a')], 'a', partner)).toBe('deny scope_insufficient scope_suspended')
    expect(codes([off('a', 'partner')], 'a', partner)).toBe('deny scope_insufficient scope_suspended')
    expect(codes([off('a', 'other')], 'a', partner)).toBe('allow')
    expect(codes([off('a', 'partner')], 'a', ANN)).toBe('allow')
    expect(on([off('a')], 'a', partner).asks).toEqual(['b', 'c'])
    expect(on([off('a'), off('c')], 'a', partner)).toMatchObject({
      decision: { denials: [{ code: 'scope_suspended', scope: 'a' }] },
      asks: [],
    })
  })

  test('5.12 without a token, what is suspended for everybody is not asked for', () => {
    const asks = (...marks: readonly Mark[]) =>
      judge(MAP, asking('/p', NONE, { marks: { marks, isStale: false, whenStale: 'serve' } })).asks
    expect(asks()).toEqual(['a'])
    expect(asks(off('a'))).toEqual(['b', 'c'])
    expect(asks(off('a', 'partner'))).toEqual(['a'])
    expect(asks(off('a'), off('b'))).toEqual([])
  })

  test('8.10 and 8.11 while nobody can say what was revoked', () => {
    const plain = map([{ path: '/p', anyOf: [['c']] }])
    const strict = map([{ path: '/p', anyOf: [['c']], revocation: 'strict' }])
    const stale = (whenStale: Marks['whenStale'], document: ReleaseDocument, marks: readonly Mark[] = []) =>
      codes(marks, 'a b c', ANN, document, { isStale: true, whenStale })
    expect(stale('serve', MAP)).toBe('allow')
    expect(stale('refuse-critical', plain)).toBe('allow')
    expect(stale('refuse-critical', MAP)).toBe('deny unavailable')
    expect(stale('refuse', plain)).toBe('deny unavailable')
    expect(stale('serve', strict)).toBe('deny unavailable')
    expect(stale('refuse', MAP, [about(SUBJECT, { kind: 'revoke' })])).toBe(REVOKED)
    expect(stale('refuse', map([{ path: '/p' }]))).toBe('allow')
  })
})
