/** What marks make of a caller: docs/semantics.md section 8. */
import { describe, expect, test } from 'vitest'
import type { ActiveEffect, Effect, Matching } from '../../src/policy/mark.ts'
import { type PrincipalFacts, verifiedPrincipal } from '../../src/policy/principal.ts'
import type { EpochSeconds, NonEmpty } from '../../src/policy/result.ts'
import type { StaleStance } from '../../src/policy/revocation-policy.ts'
import type { Rule } from '../../src/policy/rule.ts'
import type { ScopeToken } from '../../src/policy/scope.ts'
import { isRefusedWhenStale, standingOf } from '../../src/policy/standing.ts'
import { NOW, principalOf, releaseOf, ruleOf, scopesOf } from './build.ts'

const { scopes } = releaseOf({
  scopes: scopesOf(['read', 'write'], {
    admin: { implies: ['old', 'read'] },
    old: { deprecated: { since: '2026-01-01', sunset: '2026-02-01' } },
  }),
})
const NONE: ReadonlySet<ScopeToken> = new Set()
const at = (second: number) => second as EpochSeconds
const names = (...list: string[]) => list as unknown as NonEmpty<ScopeToken>

const active = (effect: Effect, expires?: number): ActiveEffect => ({
  effect,
  entry: 1,
  ...(expires !== undefined && { expires: at(expires) }),
})

const standing = (effects: readonly ActiveEffect[], facts: Partial<PrincipalFacts> = {}, held = 'read') =>
  standingOf(effects, NONE, principalOf(held, facts), scopes, NOW)

const isRevoked = (effect: Effect, facts: Partial<PrincipalFacts> = {}, held = 'read') =>
  standing([active(effect)], facts, held) === 'revoked'

test('without marks and kill switches nothing is asked', () => {
  expect(standing([])).toBeUndefined()
})

test('8.1 a mark without limits revokes', () => {
  expect(standing([active({ kind: 'revoke' })])).toBe('revoked')
})

test.each([
  [NOW + 1, true],
  [NOW, false],
  [NOW - 1, false],
])('8.2 a mark ends with its second: expiry %i', (expires, holds) => {
  expect(standing([active({ kind: 'revoke' }, expires)])).toBe(holds ? 'revoked' : undefined)
})

describe('8.3 [REV-1] issued until', () => {
  // The vector of CAEP: session-revoked with event_timestamp 1615304991.
  const effect: Effect = { kind: 'revoke', issuedUntil: at(1_615_304_991) }
  test.each([
    [1_615_304_990, true],
    [1_615_304_991, true],
    [1_615_304_991.9, true],
    [1_615_304_992, false],
  ])('a token of %d', (issuedAt, revoked) => {
    expect(isRevoked(effect, { issuedAt: at(issuedAt) })).toBe(revoked)
  })

  test('a token that does not say when', () => {
    const { issuedAt: _, ...undated } = principalOf('read')
    expect(standingOf([active(effect)], NONE, verifiedPrincipal(undated), scopes, NOW)).toBe('revoked')
  })
})

describe('8.4 [SSF-5] the further names of a complex subject', () => {
  test.each<[string, Matching, Partial<PrincipalFacts>, boolean]>([
    ['the same', { session: 's' }, { session: 's' }, true],
    ['another', { session: 's' }, { session: 't' }, false],
    ['one that the token does not say', { session: 's' }, {}, true],
    ['two, one of them another', { session: 's', tenant: 'x' }, { session: 's', tenant: 'y' }, false],
    [
      'every name',
      { jti: 'j', subject: 'user', client: 'client', grant: 'g', device: 'd', email: 'e@x' },
      { tokenId: 'j', grant: 'g', device: 'd', email: 'e@x' },
      true,
    ],
    ['another token', { jti: 'j' }, { tokenId: 'k' }, false],
    ['another subject', { subject: 'other' }, {}, false],
    ['another client', { client: 'other' }, {}, false],
    [
      'a name that this code does not know',
      JSON.parse('{ "__proto__": "x", "constructor": "x", "ward": "x" }'),
      {},
      true,
    ],
  ])('%s', (_, matching, facts, revoked) => {
    expect(isRevoked({ kind: 'revoke', matching }, facts)).toBe(revoked)
  })
})

describe('8.5 holding', () => {
  test.each([
    ['a scope that is held', names('read'), 'read', true],
    ['one of two', names('write', 'read'), 'read', true],
    ['a scope that is not held', names('write'), 'read', false],
    ['a scope that a held one implies', names('read'), 'admin', true],
    ['a scope that only implies a held one', names('admin'), 'read', false],
    ['a retired scope', names('old'), 'old', true],
    ['a retired scope that a held one implies', names('old'), 'admin', true],
    ['a scope that the map does not define', names('gone'), 'gone', true],
    ['no such scope', names('gone'), 'read', false],
    ['a scope whose name is one of every object', names('constructor'), 'read', false],
  ])('%s', (_, holding, held, revoked) => {
    expect(isRevoked({ kind: 'revoke', holding }, {}, held)).toBe(revoked)
  })

  test('a suspended scope is held', () => {
    const effect = active({ kind: 'revoke', holding: names('read') })
    expect(standingOf([effect], new Set(names('read', 'admin')), principalOf('admin'), scopes, NOW)).toBe('revoked')
  })
})

describe('8.6 what is not known revokes', () => {
  test.each([
    ['another kind', { kind: 'freeze', issuedUntil: 0 }],
    ['a kind of every object', { kind: 'constructor' }],
    ['no kind', {}],
    ['a kill switch on a token', { kind: 'suspend' }],
    ['a step-up that asks for nothing', { kind: 'step-up' }],
    ['a class that would end a quoted text', { kind: 'step-up', acr: ['phr", scope="all'] }],
    ['a class that is two', { kind: 'step-up', authenticatedAfter: NOW, acr: ['phr', 'a b'] }],
  ])('%s', (_, effect) => {
    expect(isRevoked(effect as Effect)).toBe(true)
  })

  test('but not once it has expired', () => {
    expect(standing([active({ kind: 'freeze' } as unknown as Effect, NOW)])).toBeUndefined()
  })
})

describe('8.7 step-ups', () => {
  test('after a second is a maximum age, that none meets yet where it is negative', () => {
    const after = (second: number) => standing([active({ kind: 'step-up', authenticatedAfter: at(second) })])
    expect(after(NOW - 100)).toEqual({ stepUps: [{ maxAgeSeconds: 99 }], suspended: NONE })
    expect(after(NOW)).toEqual({ stepUps: [{ maxAgeSeconds: -1 }], suspended: NONE })
  })

  test('the latest time counts, and each list of classes, in one order', () => {
    const effects = [
      active({ kind: 'step-up', acr: ['phr'] }),
      active({ kind: 'step-up', authenticatedAfter: at(NOW - 50), acr: ['hi', 'top'] }),
      active({ kind: 'step-up', authenticatedAfter: at(NOW - 10) }),
      active({ kind: 'step-up', acr: ['phr'] }),
    ]
    const asked = { stepUps: [{ maxAgeSeconds: 9 }, { acr: ['hi', 'top'] }, { acr: ['phr'] }], suspended: NONE }
    expect(standing(effects)).toEqual(asked)
    expect(standing(effects.toReversed())).toEqual(asked)
  })

  test('of other tokens ask nothing of this one', () => {
    expect(standing([active({ kind: 'step-up', acr: ['phr'], issuedUntil: at(NOW - 61) })])).toBeUndefined()
    expect(standing([active({ kind: 'step-up', acr: ['phr'], matching: { subject: 'x' } })])).toBeUndefined()
  })

  test('do not save what is revoked', () => {
    const effects = [active({ kind: 'step-up', acr: ['phr'] }), active({ kind: 'revoke' })]
    expect(standing(effects)).toBe('revoked')
  })
})

test('8.8 kill switches come with the caller', () => {
  const suspended = new Set(names('write'))
  expect(standingOf([], suspended, principalOf('read'), scopes, NOW)).toEqual({ stepUps: [], suspended })
})

describe('8.10 while what is known is stale', () => {
  const rule = (name: string) => {
    const release = releaseOf({
      scopes: scopesOf(['usual'], { high: { sensitivity: 'high' }, top: { sensitivity: 'critical' } }),
      rules: [
        ruleOf('GET /any', { authenticated: 'Tested.' }),
        ruleOf('GET /high', { anyOf: [['high'], ['usual']] }),
        ruleOf('GET /top', { anyOf: [['usual'], ['high', 'top']] }),
      ],
    })
    return release.rules.find(({ path }) => path === `/${name}`) as Rule
  }
  test.each<[StaleStance, string, boolean]>([
    ['serve', 'top', false],
    ['refuse-critical', 'any', false],
    ['refuse-critical', 'high', false],
    ['refuse-critical', 'top', true],
    ['refuse', 'any', true],
    ['refuse', 'top', true],
  ])('%s at a rule that asks for %s', (stance, name, refuses) => {
    expect(isRefusedWhenStale(stance, rule(name))).toBe(refuses)
  })
})
