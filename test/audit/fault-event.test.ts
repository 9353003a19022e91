/** A fault on record: its class and its frames, and no message. */
import { describe, expect, test } from 'vitest'
import { faultEvent } from '../../src/audit/fault-event.ts'

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
