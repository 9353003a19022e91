/** The recorder with a clock of its own: what is judged ends in events and counts, once, whatever comes between. */
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { JudgedRequest } from '../../src/audit/judged.ts'
import { createRecorder, type Recorder, type RecorderParts, SETTLING_MS } from '../../src/audit/recorder.ts'
import type { Delivery, Sink } from '../../src/audit/sink.ts'
import type { EventBatch } from '../../src/policy/event-batch.ts'
import { principalOf } from '../policy/build.ts'
import { ARRIVED, judged } from './judged.ts'

const KEY = 'a key to hash names with'
const READER = principalOf('invoices:read', { issuer: 'https://issuer.example', client: 'partner', subject: 'alice' })
const ADMIN = principalOf('invoices:admin', { issuer: 'https://issuer.example', client: 'back-office' })

interface Bench {
  readonly recorder: Recorder
  readonly batches: EventBatch[]
  readonly deliveries: Delivery[]
  readonly logged: object[]
  /** Runs what was given to `waitUntil` to its end. */
  settle(): Promise<void>
  readonly waitUntil: (work: Promise<unknown>) => void
  advance(milliseconds: number): void
}

function bench(
  overrides: Partial<RecorderParts> = {},
  send: (delivery: Delivery) => Promise<void> = async () => {},
  push: ((batch: EventBatch) => Promise<unknown>) | null = async () => {},
): Bench {
  let now = ARRIVED
  let ids = 0
  const work: Promise<unknown>[] = []
  const batches: EventBatch[] = []
  const deliveries: Delivery[] = []
  const logged: object[] = []
  const sink: Sink = {
    name: 'siem',
    selects: ({ outcome }) => outcome !== 'allow',
    takesNotices: true,
    mostAtOnce: 100,
    async send(delivery) {
      await send(delivery)
      deliveries.push(delivery)
    },
  }
  const recorder = createRecorder({
    environment: 'production',
    policy: { sampleAllows: 1, flushSeconds: 1, client: 'plain', subject: 'hashed', token: 'hashed' },
    hashKey: KEY,
    sinks: [sink],
    ...(push && {
      queue: {
        async send(batch) {
          await push(batch)
          batches.push(batch)
        },
      },
    }),
    colo: 'FRA',
    clock: () => now,
    pause: async (milliseconds) => {
      now += milliseconds
    },
    settleWithin: (promise) => promise,
    random: () => 0.5,
    newId: () => `id-${++ids}`,
    log: (event) => logged.push(event),
    ...overrides,
  })
  return {
    recorder,
    batches,
    deliveries,
    logged,
    async settle() {
      while (work.length > 0) await work.shift()
    },
    waitUntil: (promise) => void work.push(promise),
    advance: (milliseconds) => {
      now += milliseconds
    },
  }
}

const requestsIn = (batches: readonly EventBatch[]) =>
  batches.flatMap(({ usage }) => usage).reduce((sum, { count }) => sum + count, 0)

describe('a request', () => {
  test('that was refused is an event with everything that is known, and counted', async () => {
    const { recorder, batches, deliveries, settle, waitUntil } = bench()
    recorder.judged(judged('/v1/invoices/42', READER, {}, 'DELETE'), waitUntil)
    await settle()
    const event = {
      event: 'decision',
      format: 1,
      at: '2026-11-01T12:00:30.000Z',
      decision: 'decision-1',
      environment: 'production',
      serial: 7,
      outcome: 'deny',
      codes: ['scope_insufficient'],
      rule: 'DELETE api.example.com/v1/invoices/{invoiceId}',
      service: 'invoices',
      method: 'DELETE',
      host: 'api.example.com',
      required: [['invoices:admin']],
      missing: ['invoices:admin'],
      held: ['invoices:read'],
      issuer: 'https://issuer.example',
      client: 'partner',
      subject: expect.stringMatching(/^hmac:[0-9a-f]{32}$/),
      token: expect.stringMatching(/^hmac:[0-9a-f]{32}$/),
      colo: 'FRA',
      gateMs: 0,
      cached: false,
      oneIn: 1,
    }
    expect(deliveries.map(({ decisions }) => decisions)).toMatchObject([[event]])
    expect(batches).toMatchObject([
      {
        format: 1,
        environment: 'production',
        colo: 'FRA',
        from: ARRIVED,
        to: ARRIVED,
        decisions: [{ event, who: { issuer: 'https://issuer.example', client: 'partner', subject: 'alice' } }],
        usage: [
          {
            row: {
              host: 'api.example.com',
              method: 'DELETE',
              path: '/v1/invoices/{invoiceId}',
              credential: 'verified',
              client: 'partner',
              scopes: ['invoices:read'],
              outcome: 'scope_insufficient',
            },
            codes: ['scope_insufficient'],
            missing: ['invoices:admin'],
            count: 1,
          },
        ],
        uncounted: 0,
      },
    ])
    expect(JSON.stringify(deliveries)).not.toContain('alice')
  })

  test('that was let in says what it rests on: the scope that implies the one that was asked for', async () => {
    const { recorder, batches, deliveries, settle, waitUntil } = bench()
    recorder.judged(judged('/v1/invoices', ADMIN), waitUntil)
    await settle()
    expect(deliveries).toEqual([])
    expect(batches[0]?.usage).toMatchObject([{ by: ['invoices:read'], exercised: ['invoices:admin'], count: 1 }])
    expect(batches[0]?.decisions).toMatchObject([{ event: { outcome: 'allow', by: ['invoices:read'], oneIn: 1 } }])
  })

  test('whose token was seen before says so', async () => {
    const { recorder, batches, settle, waitUntil } = bench()
    for (let round = 0; round < 3; round++) recorder.judged(judged('/v1/invoices', READER), waitUntil)
    await settle()
    expect(batches[0]?.decisions.map(({ event }) => event.cached)).toEqual([false, true, true])
    expect(batches[0]?.usage).toMatchObject([{ count: 3 }])
  })

  test('that no rule covers has a shape in the place of its path', async () => {
    const { recorder, batches, settle, waitUntil } = bench()
    recorder.judged(judged('/v1/shipments/alice@example.com'), waitUntil)
    await settle()
    expect(batches[0]?.usage).toMatchObject([
      { row: { path: null, outcome: 'unmapped', credential: 'none' }, shape: '/v1/shipments/{}' },
    ])
    expect(JSON.stringify(batches)).not.toContain('alice')
  })

  test('keeps the words of the map where a parameter has one, and nothing else that was sent', async () => {
    const { recorder, batches, settle, waitUntil } = bench()
    recorder.judged(judged('/v1/invoices/export/attachments/x/y', READER), waitUntil)
    recorder.judged(judged('/v1/invoices/secret-id/attachments/x/y', READER), waitUntil)
    await settle()
    expect(batches[0]?.usage.map(({ row }) => row.path)).toEqual([
      '/v1/invoices/export/attachments/{path+}',
      '/v1/invoices/{invoiceId}/attachments/{path+}',
    ])
    expect(JSON.stringify(batches)).not.toContain('secret-id')
  })

  test('is counted in the minute that it came in', async () => {
    const { recorder, batches, settle, waitUntil } = bench()
    recorder.judged(judged('/v1/status', undefined, { arrivedAt: ARRIVED - 30_001 }), waitUntil)
    recorder.judged(judged('/v1/status'), waitUntil)
    await settle()
    expect(batches.map(({ from, to }) => [from, to])).toEqual([
      [ARRIVED - 30_001, ARRIVED - 30_001],
      [ARRIVED, ARRIVED],
    ])
  })
})

describe('a request that went to its origin', () => {
  const open = () => judged('/v1/status', undefined, { isSettled: false })

  test('and was refused after all has that one outcome', async () => {
    const { recorder, batches, settle, waitUntil } = bench()
    const request = open()
    recorder.judged(request, waitUntil)
    recorder.settled(request, { denials: [{ code: 'upstream_unreachable' }], decisionId: 'decision-2' }, waitUntil)
    await settle()
    expect(requestsIn(batches)).toBe(1)
    expect(batches[0]?.usage).toMatchObject([{ row: { outcome: 'upstream_unreachable' } }])
    expect(batches[0]?.usage[0]).not.toHaveProperty('by')
    expect(batches[0]?.decisions).toMatchObject([{ event: { outcome: 'deny', decision: 'decision-2' } }])
  })

  test('and was never heard of again is counted as let in, a while later', async () => {
    const { recorder, batches, settle, waitUntil, advance } = bench()
    recorder.judged(open(), waitUntil)
    await settle()
    advance(SETTLING_MS)
    recorder.judged(judged('/v1/status'), waitUntil)
    await settle()
    expect(batches.flatMap(({ usage }) => usage).map(({ row }) => row.outcome)).toContain('allow')
    expect(requestsIn(batches)).toBe(2)
  })
})

describe('sampling', () => {
  test('keeps one allowed request in so many without favour, says so, and counts all', async () => {
    let draw = 0
    const policy = { sampleAllows: 10, flushSeconds: 1, client: 'plain', subject: 'omitted', token: 'omitted' } as const
    const { recorder, batches, settle, waitUntil } = bench({ policy, random: () => (draw++ % 100) / 100 })
    for (let index = 0; index < 100; index++) {
      const { decisionId: _, ...rest } = judged('/v1/status')
      recorder.judged(recorder.drawsAllowed() ? { ...rest, decisionId: `d-${index}` } : rest, waitUntil)
    }
    await settle()
    const events = batches.flatMap(({ decisions }) => decisions)
    expect(events).toHaveLength(10)
    expect(events.every(({ event }) => event.oneIn === 10)).toBe(true)
    expect(requestsIn(batches)).toBe(100)
  })
})

describe('a window', () => {
  const policy = { sampleAllows: 1, flushSeconds: 20, client: 'plain', subject: 'omitted', token: 'omitted' } as const

  /** When what was put there first was sent, in milliseconds after it, if something else comes three seconds later. */
  async function sentAfter(then: (recorder: Recorder, waitUntil: Bench['waitUntil']) => void): Promise<number> {
    let now = ARRIVED
    let sentAt = 0
    const { recorder, batches, settle, waitUntil } = bench(
      {
        policy,
        clock: () => now,
        pause: async (milliseconds) => {
          now += milliseconds
          if (now === ARRIVED + 3_000) then(recorder, waitUntil)
        },
      },
      undefined,
      async () => {
        sentAt ||= now
      },
    )
    recorder.judged(judged('/v1/status'), waitUntil)
    await settle()
    expect(requestsIn(batches)).toBeGreaterThan(0)
    return sentAt - ARRIVED
  }

  test('lasts as long as the environment says, while what comes is let in', async () => {
    expect(await sentAfter((recorder, waitUntil) => recorder.judged(judged('/v1/status'), waitUntil))).toBe(20_000)
  })

  test('ends within a second where something was refused, was noted, or there is little room', async () => {
    const refused = judged('/v1/nowhere')
    expect(await sentAfter((recorder, waitUntil) => recorder.judged(refused, waitUntil))).toBe(3_000)
    expect(await sentAfter((recorder) => recorder.note({ event: 'fault', code: 'x' } as { event: string }))).toBe(3_000)
    const many = (recorder: Recorder, waitUntil: Bench['waitUntil']) => {
      for (let index = 0; index < 3_000; index++) recorder.judged(judged('/v1/status'), waitUntil)
    }
    expect(await sentAfter(many)).toBe(3_000)
  })

  test('that the runtime ended is begun again by the next request, also where the clock went back', async () => {
    const { recorder, batches, settle, waitUntil, advance } = bench({ policy })
    recorder.judged(judged('/v1/status'), () => {})
    advance(-3_600_000)
    recorder.judged(judged('/v1/status'), waitUntil)
    await settle()
    expect(requestsIn(batches)).toBe(2)
  })
})

describe('names', () => {
  test('without a key nobody is named whom it would have hashed', async () => {
    const policy = { sampleAllows: 1, flushSeconds: 1, client: 'hashed', subject: 'hashed', token: 'hashed' } as const
    const { recorder, batches, settle, waitUntil } = bench({ policy, hashKey: '' })
    recorder.judged(judged('/v1/invoices', READER), waitUntil)
    await settle()
    const event = batches[0]?.decisions[0]?.event
    for (const name of ['client', 'subject', 'token']) expect(event).not.toHaveProperty(name)
    expect(event?.issuer).toBe('https://issuer.example')
  })

  test('whose token it was is not worked out for a request that has no event', async () => {
    const sign = vi.spyOn(crypto.subtle, 'sign')
    const policy = { sampleAllows: 100, flushSeconds: 1, client: 'plain', subject: 'hashed', token: 'hashed' } as const
    const { recorder, batches, settle, waitUntil } = bench({ policy })
    const { decisionId: _, ...unnamed } = judged('/v1/invoices', READER)
    recorder.judged(unnamed, waitUntil)
    await settle()
    expect(sign).not.toHaveBeenCalled()
    recorder.judged({ ...unnamed, decisionId: 'drawn' }, waitUntil)
    await settle()
    expect(sign).toHaveBeenCalledTimes(2)
    sign.mockRestore()
    const events = batches.flatMap(({ decisions }) => decisions).map(({ event }) => event)
    expect(events).toMatchObject([{ client: 'partner', subject: expect.stringMatching(/^hmac:/), cached: true }])
    expect(batches.flatMap(({ usage }) => usage)).toMatchObject([{ count: 1 }, { count: 1 }])
  })

  test('equal names stay equal, and no kind of name can be held against another', async () => {
    const policy = { sampleAllows: 1, flushSeconds: 1, client: 'hashed', subject: 'hashed', token: 'omitted' } as const
    const { recorder, batches, settle, waitUntil } = bench({ policy })
    const twin = () => principalOf('invoices:read', { client: 'same', subject: 'same' })
    recorder.judged(judged('/v1/invoices', twin()), waitUntil)
    recorder.judged(judged('/v1/invoices', twin()), waitUntil)
    await settle()
    const [first, second] = batches.flatMap(({ decisions }) => decisions).map(({ event }) => event)
    expect(first?.client).toBe(second?.client)
    expect(first?.client).not.toBe(first?.subject)
    expect(first).not.toHaveProperty('token')
    expect(batches[0]?.usage).toMatchObject([{ count: 2 }])
  })
})

test('where nobody counts and nobody listens, nothing is kept and nobody is told of an id', async () => {
  const { recorder, settle, waitUntil } = bench({ sinks: [] }, undefined, null)
  const held: unknown[] = []
  recorder.judged(judged('/v1/status'), (work) => {
    held.push(work)
    waitUntil(work)
  })
  await settle()
  expect(recorder.drawsAllowed()).toBe(false)
  expect(held).toEqual([])
})

test('what is noted is logged at once, and told as far as it is known', async () => {
  const { recorder, deliveries, logged, settle, waitUntil } = bench()
  recorder.note({ event: 'release', code: 'release_damaged', digest: 'd', secret: 'token' } as { event: string })
  recorder.note({ event: 'strange' })
  expect(logged).toHaveLength(2)
  recorder.judged(judged('/v1/status'), waitUntil)
  await settle()
  expect(deliveries.flatMap(({ notices }) => notices)).toEqual([
    { at: expect.any(String), event: 'release', code: 'release_damaged', fields: { digest: 'd' } },
  ])
})

test('a queue that is away loses nothing that is not told later', async () => {
  let isDown = true
  const { recorder, batches, settle, waitUntil, advance } = bench({}, undefined, async () => {
    if (isDown) throw new Error('away')
  })
  for (let round = 0; round < 30; round++) {
    recorder.judged(judged('/v1/status'), waitUntil)
    await settle()
    advance(60_000)
  }
  isDown = false
  for (let round = 0; round < 30; round++) {
    recorder.judged(judged('/v1/status'), waitUntil)
    await settle()
    advance(60_000)
  }
  const uncounted = batches.reduce((sum, batch) => sum + batch.uncounted, 0)
  expect(uncounted).toBeGreaterThan(0)
  expect(requestsIn(batches) + uncounted).toBe(60)
  expect(recorder.health()).toMatchObject({ uncounted, isCounting: true })
})

test('more requests than there is room for are told as not counted, and nothing throws', async () => {
  const { recorder, batches, settle, waitUntil } = bench()
  for (let index = 0; index < 10_500; index++) recorder.judged(judged('/v1/status'), waitUntil)
  await settle()
  recorder.judged(judged('/v1/status'), waitUntil)
  await settle()
  expect(requestsIn(batches)).toBe(10_001)
  expect(batches.reduce((sum, batch) => sum + batch.uncounted, 0)).toBe(500)
})

test('long addresses take up the room sooner: what is held is bounded, whatever a client sends', async () => {
  const { recorder, batches, settle, waitUntil } = bench()
  for (let index = 0; index < 1_000; index++)
    recorder.judged(judged('/v1/status', undefined, { characters: 16_000 }), waitUntil)
  await settle()
  recorder.judged(judged('/v1/status'), waitUntil)
  await settle()
  expect(requestsIn(batches)).toBe(250 + 1)
  expect(batches.reduce((sum, batch) => sum + batch.uncounted, 0)).toBe(750)
})

test('a sink that throws, hangs or rejects delays and changes nothing of what is counted', async () => {
  const failing = () => {
    throw new Error('at once')
  }
  const { recorder, batches, settle, waitUntil } = bench({}, failing)
  for (const path of ['/v1/invoices', '/v1/nowhere']) recorder.judged(judged(path), waitUntil)
  await settle()
  expect(requestsIn(batches)).toBe(2)
  expect(recorder.health().sinks).toMatchObject([
    { sink: 'siem', isFailing: true },
    { sink: 'queue', isFailing: false },
  ])
})

test('every request is counted once or told as not counted, however requests, endings and failures interleave', async () => {
  const step = fc.record({
    requests: fc.nat(4),
    settles: fc.boolean(),
    refuses: fc.boolean(),
    queue: fc.boolean(),
    wait: fc.constantFrom(0, 500, 5_000, 70_000),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      let isUp = true
      const { recorder, batches, settle, waitUntil, advance } = bench({}, undefined, async () => {
        if (!isUp) throw new Error('away')
      })
      let clock = ARRIVED
      let requests = 0
      const open: JudgedRequest[] = []
      for (const { requests: count, settles, refuses, queue, wait } of steps) {
        isUp = queue
        for (let index = 0; index < count; index++) {
          const request = judged('/v1/status', undefined, { arrivedAt: clock, isSettled: false })
          recorder.judged(request, waitUntil)
          open.push(request)
          requests++
        }
        for (const request of settles ? open.splice(0) : []) {
          const late = request.isCounted === true && refuses
          const refusal = { denials: [{ code: 'upstream_unreachable' }], decisionId: 'd' } as const
          recorder.settled(request, refuses ? refusal : undefined, waitUntil)
          // What is refused after it was counted as let in is on record beside it.
          if (late) requests++
        }
        await settle()
        advance(wait)
        clock += wait
      }
      isUp = true
      for (let round = 0; round < 60; round++) {
        advance(70_000)
        recorder.judged(judged('/v1/status', undefined, { arrivedAt: clock }), waitUntil)
        requests++
        await settle()
      }
      const uncounted = batches.reduce((sum, batch) => sum + batch.uncounted, 0)
      expect(requestsIn(batches) + uncounted).toBe(requests)
    }),
    { numRuns: 60 },
  )
})
