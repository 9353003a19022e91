/** What leaves for a receiver's server, and what its answers mean: real HTTP, and signatures verified by a second implementation. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { otlpSink } from '../../src/audit/otlp-sink.ts'
import type { SinkParts } from '../../src/audit/sink.ts'
import { TryLater, Undeliverable } from '../../src/audit/sink.ts'
import { webhookSink } from '../../src/audit/webhook-sink.ts'
import { FULL_EVENT, NOTICE, SPARSE_EVENT } from './decision-events.ts'
import { type Answer, isSigned, type Receiver, startReceiver } from './receiver.ts'

const NOW = Date.parse('2026-11-28T18:00:05.900Z')
const NEW_KEY = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
const OLD_KEY = `whsec_${Buffer.alloc(32, 2).toString('base64')}`
const OTHER_KEY = `whsec_${Buffer.alloc(32, 3).toString('base64')}`

const SECRETS: Readonly<Record<string, string>> = {
  SIEM_SECRET: `${NEW_KEY} ${OLD_KEY}`,
  MALFORMED: 'hunter2',
  COLLECTOR_TOKEN: 'Bearer t0ken',
  TWO_LINES: 'a\r\nb: c',
}
const parts: SinkParts = {
  fetch: (url, init) => fetch(url, init),
  secret: (name) => SECRETS[name] ?? '',
  binding: () => undefined,
  clock: () => NOW,
}
const DELIVERY = {
  id: '6d5f1d5e-5a9f-4f57-a1e7-7d5b2d9d1c11',
  environment: 'production',
  decisions: [FULL_EVENT, SPARSE_EVENT],
  notices: [NOTICE],
}
const soon = () => AbortSignal.timeout(5_000)

let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
})
afterAll(() => receiver.close())
let before = 0
beforeEach(() => {
  before = receiver.received.length
})
const newest = () => receiver.received.slice(before)

const webhook = (shape: 'scopewall' | 'ocsf' | 'ecs' = 'scopewall', secret = 'SIEM_SECRET') =>
  webhookSink({ kind: 'webhook', name: 'siem', decisions: 'all', url: receiver.url, secret, shape }, parts)
const otlp = (headers: Readonly<Record<string, string>> = { authorization: 'COLLECTOR_TOKEN' }) =>
  otlpSink({ kind: 'otlp', name: 'collector', decisions: 'refusals', url: receiver.url, headers }, parts)

/** What came of one attempt. */
async function outcomeOf(sink: ReturnType<typeof webhook>, answer: Answer, signal = soon()): Promise<unknown> {
  receiver.answer(answer)
  try {
    return await sink.send(DELIVERY, signal)
  } catch (reason) {
    return reason
  }
}

describe('a batch by webhook', () => {
  test('is signed with both keys of a rotation, and with no other', async () => {
    await webhook().send(DELIVERY, soon())
    const [batch] = newest()
    if (batch === undefined) throw new Error('nothing came')
    expect(batch).toMatchObject({
      method: 'POST',
      path: '/events',
      headers: {
        'content-type': 'application/json',
        'webhook-id': DELIVERY.id,
        'webhook-timestamp': String(Math.floor(NOW / 1000)),
      },
    })
    const seconds = NOW / 1000
    expect([NEW_KEY, OLD_KEY, OTHER_KEY].map((key) => isSigned(batch, key, seconds))).toEqual([true, true, false])
    expect(isSigned({ ...batch, body: `${batch.body} ` }, NEW_KEY, seconds)).toBe(false)
    expect(isSigned({ ...batch, headers: { ...batch.headers, 'webhook-id': 'another' } }, NEW_KEY, seconds)).toBe(false)
    expect(isSigned(batch, NEW_KEY, seconds + 301)).toBe(false)
  })

  test('has the same id and the same body when it is sent again, and a signature of that time', async () => {
    receiver.answer({ status: 500 })
    const sink = webhook()
    await expect(sink.send(DELIVERY, soon())).rejects.toThrow()
    await sink.send(DELIVERY, soon())
    const [first, second] = newest()
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
    expect(second?.body).toBe(first?.body)
  })

  test('holds our own events in an envelope', async () => {
    await webhook().send(DELIVERY, soon())
    expect(JSON.parse(newest()[0]?.body ?? '')).toEqual({
      type: 'scopewall.events',
      timestamp: FULL_EVENT.at,
      data: { environment: 'production', decisions: [FULL_EVENT, SPARSE_EVENT], notices: [NOTICE] },
    })
  })

  test.each([
    ['ocsf', [{ class_uid: 6003 }, { class_uid: 6003 }, { class_uid: 0 }]],
    ['ecs', [{ event: { action: 'deny' } }, { event: { action: 'deny' } }, { event: { action: 'release_damaged' } }]],
  ] as const)('is a bare list of events in %s', async (shape, expected) => {
    await webhook(shape).send(DELIVERY, soon())
    expect(JSON.parse(newest()[0]?.body ?? '')).toMatchObject(expected)
  })

  test('is not made with a secret that is none', () => {
    expect(() => webhook('scopewall', 'MALFORMED')).toThrow(/^the secret MALFORMED is none/)
    expect(() => webhook('scopewall', 'ABSENT')).toThrow(TypeError)
  })
})

describe('a request of logs', () => {
  test('carries the headers that it is configured with', async () => {
    await otlp().send(DELIVERY, soon())
    const [request] = newest()
    expect(request?.headers).toMatchObject({ authorization: 'Bearer t0ken', 'content-type': 'application/json' })
    const { resourceLogs } = JSON.parse(request?.body ?? '')
    expect(resourceLogs[0].scopeLogs[0].logRecords).toHaveLength(3)
  })

  test('is not made with a secret that is no value of a header', () => {
    expect(() => otlp({ authorization: 'TWO_LINES' })).toThrow(TypeError)
  })

  test('loses what the collector rejects, and never more than there was', async () => {
    const rejecting = (count: string) => ({
      status: 200,
      body: JSON.stringify({ partialSuccess: { rejectedLogRecords: count } }),
    })
    expect(await outcomeOf(otlp(), rejecting('2'))).toMatchObject({ lost: 2 })
    expect(await outcomeOf(otlp(), rejecting('9'))).toMatchObject({ lost: 3 })
    expect(await outcomeOf(otlp(), rejecting('0'))).toBeUndefined()
  })

  test.each(['', 'no JSON', `{"partialSuccess":{"rejectedLogRecords":1},"x":"${'x'.repeat(70_000)}"}`])(
    'is taken where the answer says nothing that can be read (%#)',
    async (body) => {
      expect(await outcomeOf(otlp(), { status: 200, body })).toBeUndefined()
    },
  )
})

type Verdict = 'sent' | 'again' | 'later' | 'lost'

const verdictOf = (outcome: unknown): Verdict => {
  if (outcome === undefined) return 'sent'
  if (outcome instanceof Undeliverable) return 'lost'
  return outcome instanceof TryLater ? 'later' : 'again'
}

describe('an answer', () => {
  const moved = { status: 307, headers: { location: '/elsewhere' } }
  const busy = { 'retry-after': '30' }

  test.each<[string, Answer, Verdict, Verdict]>([
    ['200', { status: 200 }, 'sent', 'sent'],
    ['204', { status: 204 }, 'sent', 'sent'],
    ['a redirect', moved, 'again', 'lost'],
    ['400', { status: 400 }, 'again', 'lost'],
    ['401', { status: 401 }, 'again', 'lost'],
    ['410', { status: 410 }, 'lost', 'lost'],
    ['413', { status: 413 }, 'lost', 'lost'],
    ['429', { status: 429 }, 'again', 'again'],
    ['429 with a time', { status: 429, headers: busy }, 'later', 'later'],
    ['500', { status: 500 }, 'again', 'lost'],
    ['502', { status: 502, headers: busy }, 'again', 'again'],
    ['503 with a time', { status: 503, headers: busy }, 'later', 'later'],
    ['503 with a time that is none', { status: 503, headers: { 'retry-after': 'soon' } }, 'again', 'again'],
    ['a dropped connection', 'drop', 'again', 'again'],
  ])('such as %s: to be sent, sent again now or later, or lost', async (_, answer, forWebhook, forLogs) => {
    const verdicts = [verdictOf(await outcomeOf(webhook(), answer)), verdictOf(await outcomeOf(otlp(), answer))]
    expect(verdicts).toEqual([forWebhook, forLogs])
  })

  test('that redirects leads nowhere', async () => {
    await outcomeOf(webhook(), moved)
    expect(newest().map(({ path }) => path)).toEqual(['/events'])
  })

  test.each([
    ['30', 30_000],
    ['Sat, 28 Nov 2026 18:01:00 GMT', 54_100],
  ])('asks to wait until %s', async (retryAfter, afterMs) => {
    const answer = { status: 503, headers: { 'retry-after': retryAfter } }
    expect(await outcomeOf(webhook(), answer)).toMatchObject({ afterMs })
  })

  test('that never comes is given up with the signal', async () => {
    const control = new AbortController()
    const outcome = outcomeOf(webhook(), 'hang', control.signal)
    await expect.poll(() => newest().length).toBe(1)
    control.abort(new Error('its time is up'))
    expect(verdictOf(await outcome)).toBe('again')
  })

  test('is told of by its status alone', async () => {
    const spoken = { status: 400, headers: { 'x-said': 'hunter2' }, body: 'hunter2 <script>' }
    for (const sink of [webhook(), otlp()])
      expect(
        Object.values(Object.getOwnPropertyDescriptors(await outcomeOf(sink, spoken)))
          .map(({ value }) => value)
          .join(),
      ).not.toMatch(/hunter2/)
  })
})
