/** What is put on record: the map's own names and closed lists of codes, and no place for anything else. */
import { describe, expect, test } from 'vitest'
import { decisionEvent, type Facts, faultEvent } from '../../src/audit/event.ts'
import { DENIALS, scopes } from '../gateway/denials.ts'
import { releaseOf, ruleOf, scopesOf } from '../policy/build.ts'

const facts = (overrides: Partial<Facts>): Facts => ({
  milliseconds: Date.UTC(2026, 10, 1, 12),
  decisionId: 'decision-1',
  environment: 'production',
  outcome: 'denied',
  release: { digest: 'abc', serial: 7 },
  rule: releaseOf({ scopes: scopesOf(['a:read']), rules: [ruleOf('GET /one', { anyOf: [['a:read']] })] }).rules[0],
  denials: [{ code: 'credential_missing' }],
  ...overrides,
})

describe('a decision', () => {
  test('is on record with its time, release, rule and codes', () => {
    expect(decisionEvent(facts({}))).toEqual({
      event: 'decision',
      at: '2026-11-01T12:00:00.000Z',
      decision: 'decision-1',
      environment: 'production',
      outcome: 'denied',
      release: 'abc',
      serial: 7,
      rule: 'GET api.example.com/one',
      service: 'tested',
      codes: ['credential_missing'],
    })
  })

  test('without a release or a rule leaves both out', () => {
    const event = decisionEvent(facts({ release: undefined, rule: undefined }))
    for (const name of ['release', 'serial', 'rule', 'service']) expect(event).not.toHaveProperty(name)
  })

  test('names all codes in their order, what is missing, and the detail of the first', () => {
    const event = decisionEvent(
      facts({
        outcome: 'observed',
        denials: [
          { code: 'step_up_required', acr: ['phr'] },
          { code: 'scope_insufficient', required: scopes('a', 'b'), missing: scopes('b') },
        ],
      }),
    )
    expect(event).toMatchObject({
      outcome: 'observed',
      codes: ['step_up_required', 'scope_insufficient'],
      missing: ['b'],
    })
    expect(event).not.toHaveProperty('detail')
  })

  test.each(DENIALS.map((denial) => [JSON.stringify(denial), denial] as const))(
    '[ERR-4] %s says for the operator why',
    (_, denial) => {
      const event = decisionEvent(facts({ denials: [denial] }))
      expect(event.codes).toEqual([denial.code])
      expect(event.detail).toBe('detail' in denial ? denial.detail : 'what' in denial ? denial.what : undefined)
      expect(JSON.parse(JSON.stringify(event))).toEqual(event)
    },
  )
})

describe('a fault', () => {
  const record = (fault: unknown) => faultEvent(fault, 0, 'production', 'decision-1')

  test('is on record as its class and its stack frames, without the message', () => {
    const event = record(new TypeError('secret-token'))
    expect(event).toMatchObject({
      event: 'fault',
      at: '1970-01-01T00:00:00.000Z',
      environment: 'production',
      decision: 'decision-1',
    })
    expect(event.code).toContain('TypeError')
    expect(event.frames?.length).toBeGreaterThan(0)
    expect(event.frames?.length).toBeLessThanOrEqual(8)
    expect(JSON.stringify(event)).not.toContain('secret')
  })

  test('whose message looks like stack frames tells nothing of it', () => {
    for (const message of [
      'x\n    at secret-token (a:1:1)',
      'at secret-token',
      '\nat secret-token\n    at secret-token (file:1:2)',
    ]) {
      const fault = new Error(message)
      expect(JSON.stringify(record(fault))).not.toContain('secret')
    }
  })

  test('whose cause or members hold something tells nothing of them', () => {
    const fault = Object.assign(new Error('x', { cause: new Error('secret-cause') }), { token: 'secret-token' })
    expect(JSON.stringify(record(fault))).not.toContain('secret')
  })

  test.each([['secret'], [undefined], [null], [42], [{ secret: 'secret' }], [Symbol('secret')], [() => 'secret']])(
    'that is no error, %s, is on record by its type',
    (fault) => {
      const event = record(fault)
      expect(event.code).toBe(`exception_${typeof fault}`)
      expect(event).not.toHaveProperty('frames')
      expect(JSON.stringify(event)).not.toContain('secret')
    },
  )

  test('whose message is no longer the one in its stack tells nothing of either', () => {
    const fault = new Error('x\n    at secret-token (a:1:1)')
    fault.message = 'other'
    expect(JSON.stringify(record(fault))).not.toContain('secret')
  })

  test('without a stack has no frames', () => {
    const fault = new Error('secret')
    delete fault.stack
    expect(record(fault)).not.toHaveProperty('frames')
  })
})
