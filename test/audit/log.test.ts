import { afterEach, expect, test, vi } from 'vitest'
import { logEvent } from '../../src/audit/log.ts'

afterEach(() => vi.restoreAllMocks())

test('an event is one line of JSON', () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  logEvent({ event: 'decision', text: 'two\nlines' })
  expect(log.mock.calls).toEqual([['{"event":"decision","text":"two\\nlines"}']])
})

test('an event that cannot be written is lost, and not the request', () => {
  vi.spyOn(console, 'log').mockImplementation(() => {
    throw new Error('no log')
  })
  expect(() => logEvent({ event: 'decision' })).not.toThrow()
  const circle: Record<string, unknown> = {}
  circle.circle = circle
  for (const event of [circle, { big: 1n }]) expect(() => logEvent(event)).not.toThrow()
})
