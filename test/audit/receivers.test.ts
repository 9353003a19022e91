/** Three receivers behind one recorder, over real HTTP: one that fails in every way and recovers, one that never answers or only to refuse, and one that is well. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { otlpSink } from '../../src/audit/otlp-sink.ts'
import { createOutlets } from '../../src/audit/outlets.ts'
import type { SinkParts } from '../../src/audit/sink.ts'
import { webhookSink } from '../../src/audit/webhook-sink.ts'
import { FULL_EVENT, SPARSE_EVENT } from './decision-events.ts'
import { isSigned, type Receiver, startReceiver } from './receiver.ts'

const KEY = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

let troubled: Receiver
let silent: Receiver
let well: Receiver
beforeAll(async () => {
  ;[troubled, silent, well] = await Promise.all([startReceiver(), startReceiver(), startReceiver()])
})
afterAll(() => Promise.all([troubled, silent, well].map((receiver) => receiver.close())))

/** Long enough for a request to arrive on a busy machine. */
const patience = () => new Promise<undefined>((resolve) => setTimeout(resolve, 700, undefined))

test('a receiver that fails gets its batch again, signed anew and under its id, and no other waits for that', async () => {
  // The time that is waited for passes at once; only answers take as long as they take.
  let now = Date.parse('2026-11-28T18:00:00Z')
  const clock = () => now
  const parts: SinkParts = {
    fetch: (url, init) => fetch(url, init),
    secret: () => KEY,
    binding: () => undefined,
    clock,
  }
  const webhook = { kind: 'webhook', decisions: 'refusals', secret: 'SECRET', shape: 'scopewall' } as const
  const outlets = createOutlets({
    environment: 'production',
    colo: 'FRA',
    sinks: [
      webhookSink({ ...webhook, name: 'silent', url: silent.url }, parts),
      webhookSink({ ...webhook, name: 'troubled', url: troubled.url }, parts),
      otlpSink({ kind: 'otlp', name: 'well', decisions: 'all', url: well.url, headers: {} }, parts),
    ],
    newId: () => crypto.randomUUID(),
    clock,
    pause: async (milliseconds) => {
      now += milliseconds
    },
    settleWithin: <T>(work: Promise<T>) => Promise.race([work, patience()]),
  })
  troubled.answer(
    { status: 500, body: 'no' },
    'drop',
    { status: 302, headers: { location: '/elsewhere' } },
    { status: 429, headers: { 'retry-after': '40' } },
    'hang',
  )
  silent.answer('hang', 'hang', ...Array(6).fill({ status: 503 }))
  const { codes: _, ...allowed } = { ...SPARSE_EVENT, decision: 'allowed', outcome: 'allow' as const }
  const decisions = [FULL_EVENT, SPARSE_EVENT, allowed].map((event) => ({ event }))
  outlets.put({ from: now, to: now, usage: [], decisions, notices: [] })
  const standingOf = (name: string) => outlets.health().sinks.find(({ sink }) => sink === name)

  const first = outlets.run()
  await expect.poll(() => standingOf('well')).toMatchObject({ sent: 3, lost: 0, waiting: 0 })
  expect(standingOf('silent')).toMatchObject({ sent: 0, waiting: 2 })

  await Promise.all(first)
  for (let round = 0; round < 20; round++) {
    now += 60_000
    await Promise.all(outlets.run())
  }
  expect(standingOf('troubled')).toMatchObject({ sent: 2, lost: 0, waiting: 0 })
  expect(standingOf('silent')).toMatchObject({ sent: 0, lost: 2, waiting: 0 })

  expect(troubled.received).toHaveLength(6)
  expect(silent.received).toHaveLength(8)
  for (const { received } of [troubled, silent]) {
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect(new Set(received.map(({ body }) => body)).size).toBe(1)
    expect(received.map(({ path }) => path)).toEqual(received.map(() => '/events'))
    for (const each of received) expect(isSigned(each, KEY, Number(each.headers['webhook-timestamp']))).toBe(true)
  }
  const times = troubled.received.map(({ headers }) => Number(headers['webhook-timestamp']))
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  // Between the fourth attempt and the fifth lie the 40 seconds that were asked for.
  expect((times[4] ?? 0) - (times[3] ?? 0)).toBeGreaterThanOrEqual(40)
  expect(JSON.parse(troubled.received[5]?.body ?? '').data.decisions).toEqual([FULL_EVENT, SPARSE_EVENT])
})
