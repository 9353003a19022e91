/** Step-up and token age (clause 5.7). What a token does not say is not met. */
import { describe, expect, test } from 'vitest'
import { isStepUpMet, isTokenAgeMet, unmetCount } from '../../src/policy/conditions.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import { NO_CONDITIONS } from '../../src/policy/rule.ts'
import { NOW, principalOf } from './build.ts'

const ago = (seconds: number) => (NOW - seconds) as EpochSeconds
const authenticated = (acr?: string, at?: number) =>
  principalOf('', {
    authentication: { amr: [], acrs: acr === undefined ? [] : [acr], ...(at !== undefined && { at: ago(at) }) },
  })

describe('acr', () => {
  test.each([
    ['phr', true],
    ['phrh', true],
    ['PHR', false],
    ['phr ', false],
    ['phr phrh', false],
    ['ph', false],
    ['', false],
    [undefined, false],
  ])('[STU-2] %j is acceptable where phr and phrh are: %s', (acr, met) => {
    expect(isStepUpMet({ acr: ['phr', 'phrh'] }, authenticated(acr), NOW)).toBe(met)
  })

  test('the time of the authentication does not matter where no maximum is asked', () => {
    expect(isStepUpMet({ acr: ['phr'] }, authenticated('phr'), NOW)).toBe(true)
    expect(isStepUpMet({ acr: ['phr'] }, authenticated('phr', 1e9), NOW)).toBe(true)
  })
})

describe('the maximum age of the authentication', () => {
  test.each([
    [0, true],
    [299, true],
    [300, true],
    [301, false],
    [1e9, false],
    [-60, true],
    [-61, false],
    [-1e9, false],
    [undefined, false],
    [Number.NaN, false],
    [Number.POSITIVE_INFINITY, false],
    [Number.NEGATIVE_INFINITY, false],
  ])('[STU-2] %s seconds ago is recent enough for 300: %s', (at, met) => {
    expect(isStepUpMet({ maxAgeSeconds: 300 }, authenticated(undefined, at), NOW)).toBe(met)
  })

  test('[STU-2] both members must hold', () => {
    const stepUp = { acr: ['phr'], maxAgeSeconds: 300 } as const
    expect(isStepUpMet(stepUp, authenticated('phr', 10), NOW)).toBe(true)
    expect(isStepUpMet(stepUp, authenticated('pwd', 10), NOW)).toBe(false)
    expect(isStepUpMet(stepUp, authenticated('phr', 301), NOW)).toBe(false)
    expect(isStepUpMet(stepUp, authenticated('phr'), NOW)).toBe(false)
  })

  test('[STU-3] the time of issue is no substitute', () => {
    const fresh = principalOf('', { issuedAt: NOW, authentication: { acrs: [], amr: [] } })
    expect(isStepUpMet({ maxAgeSeconds: 300 }, fresh, NOW)).toBe(false)
  })
})

test.each([
  [0, true],
  [600, true],
  [601, false],
  [-10, true],
  [Number.NaN, false],
])('a token issued %s seconds ago is young enough for 600: %s', (age, met) => {
  expect(isTokenAgeMet(600, principalOf('', { issuedAt: ago(age) }), NOW)).toBe(met)
})

test('a token without a time of issue is never young enough', () => {
  const { issuedAt: _, ...facts } = principalOf('')
  expect(isTokenAgeMet(1e9, facts as never, NOW)).toBe(false)
})

test('unmet conditions are counted by kind', () => {
  const old = principalOf('', { issuedAt: ago(1000), authentication: { acrs: [], amr: [] } })
  expect(unmetCount(NO_CONDITIONS, old, NOW)).toBe(0)
  expect(unmetCount({ stepUp: { acr: ['a'], maxAgeSeconds: 1 } }, old, NOW)).toBe(1)
  expect(unmetCount({ maxTokenAgeSeconds: 600 }, old, NOW)).toBe(1)
  expect(unmetCount({ stepUp: { acr: ['a'] }, maxTokenAgeSeconds: 600 }, old, NOW)).toBe(2)
  expect(unmetCount({ stepUp: { acr: ['a'] }, maxTokenAgeSeconds: 2000 }, old, NOW)).toBe(1)
})
