/** What the pages about now are made of: spans of time, the rows of the tail, what needs attention, and failures that can be mended. */
import { describe, expect, test } from 'vitest'
import { parameterOf, readFailure } from '../../../src/console/web/api/failure.ts'
import { attentionOf } from '../../../src/console/web/model/attention.ts'
import { recent } from '../../../src/console/web/model/recent.ts'
import { MAX_ROWS, NO_ROWS, passes, released, withDecisions } from '../../../src/console/web/model/tail-rows.ts'
import { axis, labelled, stacked } from '../../../src/console/web/parts/scale.ts'
import { share } from '../../../src/console/web/parts/words.ts'
import type { DecisionEvent } from '../../../src/policy/decision-event.ts'

const NOW = Date.parse('2026-11-28T12:34:56.789Z')
const event = (decision: string, facts: Partial<DecisionEvent> = {}): DecisionEvent => ({
  event: 'decision',
  format: 1,
  at: '2026-11-28T12:00:00.000Z',
  decision,
  environment: 'test',
  outcome: 'deny',
  gateMs: 1,
  oneIn: 1,
  ...facts,
})
const ids = (events: readonly DecisionEvent[]) => events.map(({ decision }) => decision)

describe('spans', () => {
  test('end with the period that is under way, and are whole', () => {
    expect(recent('hour', NOW)).toEqual({
      period: 'minute',
      from: '2026-11-28T11:35:00.000Z',
      to: '2026-11-28T12:35:00.000Z',
    })
    expect(recent('day', NOW)).toEqual({
      period: 'hour',
      from: '2026-11-27T13:00:00.000Z',
      to: '2026-11-28T13:00:00.000Z',
    })
  })
})

describe('the rows of the tail', () => {
  test('have the newest first, and each decision once, however often it comes', () => {
    const once = withDecisions(NO_ROWS, [event('a'), event('b')], false)
    const twice = withDecisions(once, [event('a'), event('b'), event('c'), event('c')], false)
    expect(ids(twice.shown)).toEqual(['c', 'b', 'a'])
  })

  test('stand still while they are held, and go on with what came meanwhile', () => {
    const held = withDecisions(withDecisions(NO_ROWS, [event('a')], false), [event('b'), event('c')], true)
    expect([ids(held.shown), ids(held.held)]).toEqual([['a'], ['c', 'b']])
    expect(ids(released(held).shown)).toEqual(['c', 'b', 'a'])
    expect(released(held).held).toEqual([])
  })

  test('are bounded, and say what was never shown', () => {
    const many = Array.from({ length: MAX_ROWS + 5 }, (_, place) => event(String(place)))
    expect(withDecisions(NO_ROWS, many, false).shown).toHaveLength(MAX_ROWS)
    expect(withDecisions(NO_ROWS, many, true)).toMatchObject({ held: { length: MAX_ROWS }, dropped: 5 })
  })

  test('are those that the filter wants', () => {
    const one = event('a', { codes: ['scope_insufficient'], missing: ['a:read'], client: 'partner' })
    expect(passes({}, one)).toBe(true)
    expect(passes({ outcomes: ['deny'], codes: ['scope_insufficient'], scope: 'a:read', client: 'partner' }, one)).toBe(
      true,
    )
    for (const filter of [
      { outcomes: ['allow'] as const },
      { codes: ['unmapped'] as const },
      { scope: 'a:write' },
      { rule: 'x' },
    ])
      expect(passes(filter, one)).toBe(false)
  })
})

describe('what needs attention', () => {
  const window = { from: '', to: '' }

  test('is nothing where nothing could be had', () => {
    expect(attentionOf({}, NOW)).toEqual([])
  })

  test('is called by an environment that says that it is not well, and not by one that cannot be asked from here', () => {
    const overview = {
      at: '',
      issuers: [],
      revocation: 'off' as const,
      bindings: [],
      environments: [
        { environment: 'production', isOwn: false, state: 'degraded' as const, detail: 'stale' },
        { environment: 'staging', isOwn: false, state: 'unreachable' as const },
      ],
    }
    expect(attentionOf({ overview }, NOW)).toMatchObject([{ tone: 'warn', text: 'production is degraded' }])
  })

  test('has the urgent first, and leaves out what has nobody on it', () => {
    const scope = {
      since: '2026-01-01',
      replacedBy: [],
      clients: [{ issuer: '', client: 'legacy', count: 1, lastSeen: '' }],
    }
    const items = attentionOf(
      {
        sinks: {
          ...window,
          sinks: [
            { sink: 'siem', sent: 1, lost: 2 },
            { sink: 'log', sent: 1, lost: 0 },
          ],
          uncounted: 0,
          repeated: 0,
        },
        deprecated: {
          ...window,
          scopes: [
            { ...scope, scope: 'a:soon', daysToSunset: 3 },
            { ...scope, scope: 'a:far', daysToSunset: 300 },
            { ...scope, scope: 'a:left', daysToSunset: 3, clients: [] },
          ],
        },
      },
      NOW,
    )
    expect(items.map(({ tone, text }) => `${tone} ${text}`)).toEqual([
      'bad a:soon ends in 3 days',
      'warn The sink siem loses events',
    ])
  })
})

describe('failures', () => {
  const refusal = (status: number, challenge?: string, body: unknown = {}) =>
    readFailure(
      Response.json(body, { status, headers: challenge === undefined ? {} : { 'www-authenticate': challenge } }),
    )

  test('that a new sign-in mends say what it has to bring', async () => {
    const stepUp = 'Bearer realm="api", error="insufficient_user_authentication", acr_values="phr phrh", max_age="900"'
    expect(await refusal(401, stepUp)).toEqual({ kind: 'step-up', acrValues: ['phr', 'phrh'], maxAgeSeconds: 900 })
    const scope = 'Bearer realm="api", error="insufficient_scope", error_description="x", scope="scopewall:observe a:b"'
    expect(await refusal(403, scope)).toEqual({ kind: 'scope', scopes: ['scopewall:observe', 'a:b'] })
    expect(await refusal(401, 'Bearer error="invalid_token"')).toEqual({ kind: 'signed-out' })
  })

  test('of other kinds are told in the words of the problem, and nothing else is believed of it', async () => {
    expect(
      await refusal(409, undefined, { title: 'No', detail: 'Because.', errors: [{ at: 'a', detail: 'b' }, 7, null] }),
    ).toEqual({
      kind: 'refused',
      status: 409,
      title: 'No',
      detail: 'Because.',
      flaws: [{ at: 'a', detail: 'b' }],
    })
    expect(await refusal(500, undefined, [{ title: { x: 1 } }])).toMatchObject({ title: 'The gate answered 500' })
  })

  test('parameters of challenges are read whole, quoted or not', () => {
    const challenge = 'DPoP algs="ES256", Bearer realm="a \\"b\\", scope=c", error=invalid_token'
    expect(parameterOf(challenge, 'realm')).toBe('a "b", scope=c')
    expect(parameterOf(challenge, 'error')).toBe('invalid_token')
    expect(parameterOf(challenge, 'max_age')).toBeUndefined()
  })
})

describe('charts', () => {
  test('axes end at a round number that nothing exceeds', () => {
    for (const most of [0, 1, 2, 7, 10, 99, 101, 784, 12_345, 9_999_999]) {
      const { end, ticks } = axis(most)
      expect(end).toBeGreaterThanOrEqual(most)
      expect(ticks[0]).toBe(0)
      expect(ticks.at(-1)).toBe(end)
      expect(ticks.every(Number.isInteger)).toBe(true)
      expect(ticks.length).toBeLessThanOrEqual(5)
    }
  })

  test('labels do not touch, and the latest has one', () => {
    expect(labelled(60, 600, 72).at(-1)).toBe(59)
    expect(labelled(60, 600, 72).length).toBeLessThanOrEqual(9)
    expect(labelled(0, 600, 72)).toEqual([])
  })

  test('stacks lie on one another', () => {
    expect(
      stacked(
        [
          [1, 2],
          [3, 0],
        ],
        2,
      ),
    ).toEqual([
      [
        [0, 1],
        [1, 4],
      ],
      [
        [0, 2],
        [2, 2],
      ],
    ])
  })

  test('a share that is there never reads as none, nor one that is not all as all', () => {
    expect([share(0, 10), share(1, 100_000), share(99_999, 100_000), share(10, 10), share(1, 3)]).toEqual([
      '0 %',
      '< 0.1 %',
      '> 99.9 %',
      '100 %',
      '33 %',
    ])
  })
})
