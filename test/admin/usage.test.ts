/** The routes that tell what is used: what they take, and what they say without a database. */
import { describe, expect, test } from 'vitest'
import { createUsageStore } from '../../src/audit/usage/store.ts'
import { ADMIN_ROUTES } from '../../src/policy/admin-routes.ts'
import { batchOf, eventOf, tallyOf } from '../audit/usage/batches.ts'
import { NOW } from '../policy/build.ts'
import { memoryDatabase } from '../support/sqlite-d1.ts'
import { adminOver } from './admin.ts'

const QUESTIONS = ADMIN_ROUTES.flatMap((route) => {
  const [, question] = /^GET \/_scopewall\/admin\/usage\/(\w+)$/.exec(route) ?? []
  return question === undefined ? [] : [question]
})

async function counted() {
  const usage = memoryDatabase()
  const event = eventOf()
  const [from, to] = [NOW * 1000, NOW * 1000 + 500]
  await createUsageStore(usage).write([batchOf({ from, to, usage: [tallyOf()], decisions: [{ event }] })], NOW)
  return { ...adminOver({ usage }), event, usage }
}

describe.each(QUESTIONS)('usage/%s', (question) => {
  test('takes no parameter that it does not know', async () => {
    const { get } = await counted()
    const answer = await get(`usage/${question}?form=2026-11-01T00:00:00Z`)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('not known') })
  })

  test('says which binding is missing', async () => {
    const answer = await adminOver().get(`usage/${question}`)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('`USAGE`') })
  })

  test('answers, and nobody keeps it', async () => {
    const answer = await (await counted()).get(`usage/${question}`)
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store'])
    const text = await answer.text()
    if (question === 'replay') expect(JSON.parse(text)).toMatchObject({ format: 1, count: 1 })
    else expect(JSON.parse(text)).toMatchObject({ from: expect.any(String), to: expect.any(String) })
  })
})

test('scopes are those of the release that is live', async () => {
  const { get } = await counted()
  const { scopes } = (await (await get('usage/scopes')).json()) as {
    scopes: readonly { scope: string; exercised: number }[]
  }
  expect(scopes.find(({ scope }) => scope === 'invoices:read')).toMatchObject({ exercised: 1, isKnown: true })
  expect(scopes.length).toBeGreaterThan(5)
})

test('a decision is found by its id, and one that is not kept is not', async () => {
  const { get, event } = await counted()
  expect(await (await get(`decisions/${event.decision}`)).json()).toEqual(event)
  expect((await get(`decisions/${crypto.randomUUID()}`)).status).toBe(404)
  expect((await get('decisions/17')).status).toBe(400)
  expect((await adminOver().get(`decisions/${event.decision}`)).status).toBe(404)
  expect(await (await get('decisions?outcome=deny')).json()).toEqual({ decisions: [event], next: null })
  expect((await get('decisions?outcome=denied')).status).toBe(400)
})

test('a database that is away is no answer', async () => {
  const { get, usage, records } = await counted()
  usage.fate = 'fail'
  expect((await get('usage/traffic')).status).toBe(503)
  expect(records).toMatchObject([{ event: 'fault' }, { event: 'decision', outcome: 'deny', codes: ['unavailable'] }])
})
