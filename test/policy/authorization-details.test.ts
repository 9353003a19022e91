/** Rich authorization requests at the resource: RFC 9396 sections 2 and 9, clause 5.14. */
import { describe, expect, test } from 'vitest'
import { areDetailsMet } from '../../src/policy/authorization-details.ts'
import { decide } from '../../src/policy/decide.ts'
import { matchRequest } from '../../src/policy/matcher.ts'
import type { AuthorizationDetail } from '../../src/policy/principal.ts'
import type { DetailEntry } from '../../src/policy/release.ts'
import { CONTEXT, HOST, NOW, principalOf, releaseOf, ruleOf, scopesOf } from './build.ts'

const RESOURCE = 'https://api.example.com'

function isMet(
  requirement: DetailEntry | readonly DetailEntry[],
  details: readonly AuthorizationDetail[],
  path = '/accounts/DE02',
): boolean {
  const authorizationDetails = [requirement].flat()
  const release = releaseOf({
    scopes: scopesOf(['a']),
    rules: [ruleOf('GET /accounts/{iban}', { anyOf: [['a']], authorizationDetails })],
  })
  const [rule] = release.rules
  if (rule === undefined) throw new Error('no rule')
  return areDetailsMet(rule, principalOf('a', { authorizationDetails: details }), path, RESOURCE)
}

describe('one object must cover the request', () => {
  const wanted = { type: 'account', actions: ['read', 'list'] }
  test.each<[string, readonly AuthorizationDetail[], boolean]>([
    ['none', [], false],
    ['of the type, with all actions and more', [{ type: 'account', actions: ['list', 'write', 'read'] }], true],
    ['of another type', [{ type: 'payment', actions: ['read', 'list'] }], false],
    ['of a type that only begins alike', [{ type: 'accounts', actions: ['read', 'list'] }], false],
    ['with one action of two', [{ type: 'account', actions: ['read'] }], false],
    ['without actions', [{ type: 'account' }], false],
    ['with a text for actions', [{ type: 'account', actions: 'read list' }], false],
    [
      'two halves',
      [
        { type: 'account', actions: ['read'] },
        { type: 'account', actions: ['list'] },
      ],
      false,
    ],
    ['the second one', [{ type: 'x' }, { type: 'account', actions: ['read', 'list'] }], true],
  ])('[RAR-1] [RAR-2] [RAR-3] %s', (_, details, met) => {
    expect(isMet(wanted, details)).toBe(met)
  })

  test('[RAR-3] of several requirements one is enough', () => {
    expect(isMet([{ type: 'account' }, { type: 'audit' }], [{ type: 'audit' }])).toBe(true)
    expect(isMet([{ type: 'account' }, { type: 'audit' }], [{ type: 'other' }])).toBe(false)
  })
})

test.each<[unknown, boolean]>([
  [undefined, true],
  [[RESOURCE], true],
  [['https://other.example.com', RESOURCE], true],
  [['https://other.example.com'], false],
  [[`${RESOURCE}/`], false],
  [[], false],
  [RESOURCE, false],
  [null, false],
])('[RAR-2] with the locations %j it is for this resource: %s', (locations, met) => {
  expect(isMet({ type: 'a' }, [{ type: 'a', ...(locations !== undefined && { locations }) }])).toBe(met)
})

describe('values that must match', () => {
  test.each<[string, Readonly<Record<string, string>>, AuthorizationDetail, boolean]>([
    ['a parameter of the path', { '/account/iban': '{iban}' }, { type: 'a', account: { iban: 'DE02' } }, true],
    ['another value', { '/account/iban': '{iban}' }, { type: 'a', account: { iban: 'DE03' } }, false],
    ['a place that is not there', { '/account/iban': '{iban}' }, { type: 'a', account: {} }, false],
    ['a fixed text', { '/currency': 'EUR' }, { type: 'a', currency: 'EUR' }, true],
    ['a number by its digits', { '/limit': '50' }, { type: 'a', limit: 50 }, true],
    // Parsed, ...993 is ...992: it would open a neighbour's account.
    [
      'a number whose digits are lost',
      { '/id': '9007199254740992' },
      JSON.parse('{"type":"a","id":9007199254740993}'),
      false,
    ],
    ['a number that is not whole', { '/limit': '0.5' }, { type: 'a', limit: 0.5 }, false],
    ['an item of a list', { '/accounts/0': '{iban}' }, { type: 'a', accounts: ['DE02'] }, true],
    ['an escaped name', { '/a~1b~0c': 'x' }, { type: 'a', 'a/b~c': 'x' }, true],
    ['an inherited name', { '/constructor/name': 'Object' }, { type: 'a' }, false],
    ['both of two', { '/x': '1', '/y': '2' }, { type: 'a', x: '1', y: '3' }, false],
  ])('[RAR-3] %s', (_, match, detail, met) => {
    expect(isMet({ type: 'a', match }, [detail])).toBe(met)
  })

  test('[RAR-3] a parameter is compared decoded', () => {
    const match = { '/name': '{iban}' }
    expect(isMet({ type: 'a', match }, [{ type: 'a', name: 'café' }], '/accounts/caf%C3%A9')).toBe(true)
    expect(isMet({ type: 'a', match }, [{ type: 'a', name: 'caf%C3%A9' }], '/accounts/caf%C3%A9')).toBe(false)
  })
})

describe('in the judgement', () => {
  const { scopes, table } = releaseOf({
    scopes: scopesOf(['a']),
    rules: [ruleOf('POST /pay', { anyOf: [['a']], authorizationDetails: [{ type: 'payment' }], mode: 'observe' })],
  })
  const judge = (held: string, details: readonly AuthorizationDetail[]) =>
    decide(
      scopes,
      matchRequest(table, HOST, '/pay', 'POST'),
      { kind: 'verified', principal: principalOf(held, { authorizationDetails: details }) },
      NOW,
      CONTEXT,
    )

  test('[RAR-5] what lacks is named by its type and is no scope ground: observing does not let it pass', () => {
    expect(judge('a', [])).toMatchObject({
      kind: 'deny',
      denials: [{ code: 'authorization_details_insufficient', types: ['payment'] }],
    })
    expect(judge('a', [{ type: 'payment' }]).kind).toBe('allow')
  })

  test('it is said together with a missing scope', () => {
    const decision = judge('', [])
    expect(decision.kind === 'allow' ? [] : decision.denials.map(({ code }) => code)).toEqual([
      'scope_insufficient',
      'authorization_details_insufficient',
    ])
  })
})
