/** The incident desk as a Durable Object, with a clock in hand: alarms, alerts with retries, and responses that are made once. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { DeskParts } from '../../../src/audit/incident-desk-object.ts'
import type { IncidentDesk, IncidentPolicy, IncidentResponse } from '../../../src/policy/incident.ts'
import type { NewEntry } from '../../../src/policy/revocation-log.ts'
import { type FakeStorage, fakeStorage } from '../../support/durable-storage.ts'
import { batchOf, eventOf, FIRST_USE, NOON, RATED, ruleOf, useOf, WHO } from './events.ts'

vi.mock('cloudflare:workers', () => ({
  DurableObject: class {
    readonly ctx: unknown
    constructor(ctx: unknown) {
      this.ctx = ctx
    }
  },
}))

const SECRETS: Readonly<Record<string, string>> = {
  TOOLS: `whsec_${btoa('k'.repeat(32))}`,
  CHAT: 'https://hooks.slack.example/services/T/B/secret',
  PAGER: 'routing-key-0123456789abcdef012345',
}
const CHANNELS: IncidentPolicy['channels'] = [
  { name: 'tools', kind: 'webhook', url: 'https://tools.example/in', secret: 'TOOLS' },
  { name: 'chat', kind: 'slack', secret: 'CHAT' },
  { name: 'pager', kind: 'pagerduty', secret: 'PAGER' },
]
const REVOKE: IncidentResponse = { kind: 'revoke', target: 'token', forSeconds: 3600 }

interface Sent {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly redirect: RequestInit['redirect']
}

let fake: FakeStorage
let sent: Sent[]
let appended: NewEntry[]
let statuses: Record<string, number>
let logFails: boolean

beforeEach(() => {
  vi.useFakeTimers({ now: NOON + 60_000 })
  fake = fakeStorage()
  sent = []
  appended = []
  statuses = {}
  logFails = false
})
afterEach(() => {
  vi.useRealTimers()
  fake.database.close()
})

async function deskWith(policy: Partial<IncidentPolicy> = {}) {
  const parts: DeskParts = {
    environment: 'production',
    origin: 'https://api.example.com',
    policy: { rules: [ruleOf({ alerts: ['tools', 'chat', 'pager'] })], channels: CHANNELS, ...policy },
    plainClients: true,
    append: async ([entry]) => {
      if (logFails) throw new Error('away')
      const index = appended.findIndex(({ once }) => once === entry.once)
      if (index < 0) appended.push(entry)
      const seq = index < 0 ? appended.length : index + 1
      return { head: { seq, hash: '' }, entries: [{ seq, isDuplicate: index >= 0 }] }
    },
    fetch: async (url, { headers, body, redirect }) => {
      sent.push({ url, headers: headers as Sent['headers'], body: String(body), redirect })
      return new Response(null, { status: statuses[new URL(url).hostname] ?? 202 })
    },
    secret: (name) => SECRETS[name] ?? '',
    clock: () => Date.now(),
    report: () => {},
  }
  const { IncidentDeskObject } = await import('../../../src/audit/incident-desk-object.ts')
  class Desk extends IncidentDeskObject<object> {
    protected override parts(): DeskParts {
      return parts
    }
  }
  const made: unknown = Reflect.construct(Desk, [{ storage: fake.storage }, {}])
  return made as IncidentDesk & { alarm(): Promise<void> }
}

/** As the runtime does it: the alarm is gone when its handler runs. */
async function ring(desk: { alarm(): Promise<void> }) {
  vi.setSystemTime(Math.max(fake.alarm ?? Number.NaN, Date.now()))
  fake.alarm = null
  await desk.alarm()
}

const PROBING = () => batchOf([0, 1, 2].map((second) => [eventOf(second), WHO] as const))
const stateOf = async (desk: IncidentDesk) => {
  const found = await desk.find('inc_1')
  return found?.incident
}

describe('alerts', () => {
  test('go to each channel at once, once, and follow no redirect', async () => {
    const desk = await deskWith()
    await desk.observe(PROBING(), {})
    expect(fake.alarm).toBe(Date.now())
    await ring(desk)
    expect(sent.map(({ url, redirect }) => `${redirect} ${url}`).sort()).toEqual([
      'manual https://events.pagerduty.com/v2/enqueue',
      'manual https://hooks.slack.example/services/T/B/secret',
      'manual https://tools.example/in',
    ])
    await ring(desk)
    expect(sent).toHaveLength(3)
    expect((await stateOf(desk))?.alerts.map(({ state, attempts }) => [state, attempts])).toEqual([
      ['sent', 1],
      ['sent', 1],
      ['sent', 1],
    ])
  })

  test('hold no evidence, no name of a token and no name that is kept apart', async () => {
    const desk = await deskWith()
    await desk.observe(PROBING(), {})
    await ring(desk)
    expect(sent).toHaveLength(3)
    for (const { body } of sent) expect(body).not.toMatch(/hash-of-t|ada|ffff|evidence/)
  })

  test('a channel that fails is tried again, later each time, delays no other, and fails for good where it shows', async () => {
    statuses['tools.example'] = 500
    const desk = await deskWith()
    await desk.observe(PROBING(), {})
    const pauses: number[] = []
    let before = Date.now()
    for (let attempt = 0; attempt < 10; attempt++) {
      await ring(desk)
      pauses.push((Date.now() - before) / 1000)
      before = Date.now()
    }
    expect(pauses).toEqual([0, 10, 20, 40, 80, 160, 320, 640, 1280, 2560])
    expect((await stateOf(desk))?.alerts.map(({ channel, state, attempts }) => [channel, state, attempts])).toEqual([
      ['tools', 'failed', 10],
      ['chat', 'sent', 1],
      ['pager', 'sent', 1],
    ])
    const ids = sent.filter(({ url }) => url.includes('tools')).map(({ headers }) => headers['webhook-id'])
    expect(new Set(ids).size).toBe(1)
  })

  test('that it was closed is told after that it was opened, with the same key', async () => {
    statuses['events.pagerduty.com'] = 500
    const desk = await deskWith()
    await desk.observe(PROBING(), {})
    await ring(desk)
    await desk.change('inc_1', { to: 'acknowledged', by: 'ada' })
    await desk.change('inc_1', { to: 'closed', by: 'ada', note: 'Done.' })
    statuses = {}
    for (let times = 0; times < 8; times++) await ring(desk)
    const pages = sent.filter(({ url }) => url.includes('pagerduty')).map(({ body }) => JSON.parse(body))
    expect(pages.map((page) => page.event_action)).toEqual(['trigger', 'trigger', 'acknowledge', 'resolve'])
    expect(new Set(pages.map((page) => page.dedup_key)).size).toBe(1)
  })
})

describe('a response', () => {
  const rules = [ruleOf({ response: REVOKE })]

  test('is an entry of the log with an end, made once however often the batch comes', async () => {
    const desk = await deskWith({ rules })
    const batch = PROBING()
    for (let times = 0; times < 3; times++) {
      await desk.observe(batch, {})
      await ring(desk)
    }
    expect(appended).toEqual([
      {
        author: { kind: 'rule', name: 'probing' },
        origin: { via: 'incident', event: 'probing', id: 'inc_1' },
        action: {
          kind: 'mark',
          target: { kind: 'token', value: WHO.fingerprint },
          effect: { kind: 'revoke' },
          expires: (NOON + 60_000) / 1000 + 3600,
          reason: 'inc_1, by the rule probing: ends by itself',
        },
        once: expect.stringMatching(/^incident [0-9a-f-]{36}$/),
      },
    ])
    expect((await stateOf(desk))?.response).toEqual({ kind: 'revoke', entry: 1, until: '2026-11-28T13:01:00.000Z' })
  })

  test('that could not be made shows, and is tried again with the same end', async () => {
    logFails = true
    const desk = await deskWith({ rules })
    await desk.observe(PROBING(), {})
    await ring(desk)
    expect((await stateOf(desk))?.response).toEqual({ kind: 'revoke', failed: 'log_unreachable' })
    logFails = false
    await ring(desk)
    expect((await stateOf(desk))?.response).toMatchObject({ entry: 1, until: '2026-11-28T13:01:00.000Z' })
  })

  test('is not made about somebody whom nobody knows', async () => {
    const desk = await deskWith({ rules })
    await desk.observe(batchOf([eventOf(0), eventOf(1), eventOf(2)]), {})
    await ring(desk)
    expect([appended, (await stateOf(desk))?.response]).toEqual([[], { kind: 'revoke', failed: 'nobody_known' }])
  })

  test('to a first use stops the scope for that client, and never one that opens the admin API', async () => {
    const desk = await deskWith({ rules: [{ ...FIRST_USE, response: { kind: 'suspend', forSeconds: 600 } }] })
    const usage = [useOf('partner', 'invoices:refund'), useOf('cli', 'scopewall:restore')]
    await desk.observe(batchOf([], { usage }), RATED)
    await ring(desk)
    expect(appended.map(({ action }) => 'target' in action && action.target)).toEqual([
      { kind: 'scope', scope: 'invoices:refund', client: 'partner' },
    ])
    expect((await desk.find('inc_2'))?.incident.response).toEqual({ kind: 'suspend', failed: 'own_scope' })
  })
})

test('incidents are listed page by page, and go forward alone', async () => {
  const desk = await deskWith()
  const tokens = ['a', 'b', 'c']
  await desk.observe(batchOf(tokens.flatMap((token) => [0, 1, 2].map((second) => eventOf(second, { token })))), {})
  const page = await desk.list({ limit: 2 })
  expect([page.incidents.map(({ id }) => id), page.next]).toEqual([['inc_3', 'inc_2'], 'inc_2'])
  expect((await desk.list({ limit: 2, before: 'inc_2' })).incidents.map(({ id }) => id)).toEqual(['inc_1'])
  expect(await desk.change('inc_1', { to: 'closed', by: 'ada', note: 'Done.' })).toMatchObject({
    incident: { state: 'closed', history: [{ to: 'closed', by: 'ada', note: 'Done.' }] },
  })
  expect(await desk.change('inc_1', { to: 'acknowledged', by: 'ada' })).toBe('unchanged')
  expect(await desk.change('inc_9', { to: 'closed', by: 'ada' })).toBe('no_such_incident')
  expect((await desk.list({ limit: 9, state: 'open' })).incidents).toHaveLength(2)
  expect((await desk.list({ limit: 9, rule: 'other' })).incidents).toEqual([])
})

test('what is of no use any more is deleted, and then no alarm comes', async () => {
  const desk = await deskWith({ channels: [] })
  await desk.observe(batchOf([eventOf(0), eventOf(1), eventOf(2), eventOf(3, { token: 'b' })]), {})
  await desk.change('inc_1', { to: 'closed', by: 'ada', note: 'Done.' })
  vi.setSystemTime(NOON + 200 * 86_400_000)
  await ring(desk)
  for (const table of ['batch', 'held', 'incident', 'task'])
    expect([table, fake.database.prepare(`SELECT COUNT(*) AS count FROM ${table}`).get()?.count]).toEqual([table, 0])
})
