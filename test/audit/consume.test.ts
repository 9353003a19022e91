/** The consumer of the queue: what is acknowledged, what is tried again, and what is told whom. */
import { describe, expect, test } from 'vitest'
import { type ConsumerParts, createConsumer, delayAfter, type QueueMessage } from '../../src/audit/consume.ts'
import { foldPending } from '../../src/audit/usage/fold.ts'
import { createUsageStore } from '../../src/audit/usage/store.ts'
import type { DecisionEvent } from '../../src/policy/decision-event.ts'
import type { EventBatch } from '../../src/policy/event-batch.ts'
import { memoryDatabase } from '../support/sqlite-d1.ts'
import { batchOf, eventOf, NOON, tallyOf } from './usage/batches.ts'

type Fate = 'pending' | 'acknowledged' | number

/** Messages that say what became of them: how long they are put off, in seconds. */
function messagesOf(bodies: readonly unknown[], attempts = 1) {
  const fates: Fate[] = bodies.map(() => 'pending')
  const messages = bodies.map(
    (body, index): QueueMessage => ({
      body,
      attempts,
      ack() {
        fates[index] = 'acknowledged'
      },
      retry({ delaySeconds }) {
        fates[index] = delaySeconds
      },
    }),
  )
  return { messages, fates }
}

function world(overrides: Partial<ConsumerParts> = {}) {
  const database = memoryDatabase()
  const observed: string[] = []
  const published: DecisionEvent[] = []
  const reports: { readonly code: string; readonly messages: number; readonly detail?: string }[] = []
  const consume = createConsumer({
    environment: 'test',
    store: createUsageStore(database),
    observe: async ({ id }: EventBatch) => void observed.push(id),
    publish: async (events) => void published.push(...events),
    clock: () => NOON * 1000,
    report: ({ event: _, ...report }) => reports.push(report),
    ...overrides,
  })
  const counted = async () => {
    await foldPending(database)
    return Number(database.rows('SELECT COALESCE(SUM(count), 0) AS sum FROM traffic WHERE period = 86400')[0]?.sum)
  }
  return { database, consume, observed, published, reports, counted }
}

const full = () => batchOf({ usage: [tallyOf({ count: 5 })], decisions: [{ event: eventOf() }] })

test('a batch is counted, shown to the desk, told whoever watches, and acknowledged', async () => {
  const { consume, counted, observed, published } = world()
  const batch = full()
  const { messages, fates } = messagesOf([batch])
  await consume(messages)
  expect(fates).toEqual(['acknowledged'])
  expect(await counted()).toBe(5)
  expect(observed).toEqual([batch.id])
  expect(published).toEqual(batch.decisions.map(({ event }) => event))
})

describe('a message that is no batch', () => {
  test.each<readonly [string, unknown]>([
    ['nothing', null],
    ['a text', 'batch'],
    ['a later format', { ...full(), format: 2 }],
    ['an unknown member', { ...full(), more: 1 }],
    ['an id that is none', { ...full(), id: 'x' }],
    ['another environment', { ...full(), environment: 'production' }],
    ['a count below one', { ...full(), usage: [tallyOf({ count: 0 })] }],
    ['a method that is none', { ...full(), usage: [tallyOf({ row: { method: 'TRACE' as 'GET' } })] }],
    [
      'a decision with an unknown member',
      { ...full(), decisions: [{ event: { ...eventOf(), token: 'x', jwt: 'x' } }] },
    ],
    ['a window to come', { ...full(), to: (NOON + 86_400) * 1000 }],
    ['a window long past', { ...full(), from: 0, to: 1 }],
  ])('%s is refused for good, and its neighbours are counted', async (_, body) => {
    const { consume, counted, database, reports } = world()
    const { messages, fates } = messagesOf([body, full()])
    await consume(messages)
    expect(fates).toEqual(['acknowledged', 'acknowledged'])
    expect(await counted()).toBe(5)
    expect(reports.map(({ code }) => code)).toEqual(['message_refused'])
    expect(database.rows('SELECT SUM(refused) AS refused FROM delivery')).toEqual([{ refused: 1 }])
  })

  test('what is told of it quotes nothing of what was there', async () => {
    const { consume, reports } = world()
    await consume(messagesOf([{ ...full(), 'eyJ.secret.x': 1, environment: 'eyJ.secret.y' }]).messages)
    expect(JSON.stringify(reports)).not.toContain('secret')
  })
})

describe('failures', () => {
  test('without the database the desk still sees the batch, and the message comes again later', async () => {
    const { consume, database, observed, reports } = world()
    database.fate = 'fail'
    const { messages, fates } = messagesOf([full(), full()])
    await consume(messages)
    expect(fates).toEqual([15, 15])
    expect(observed).toHaveLength(2)
    expect(reports).toEqual([{ code: 'database_unreachable', messages: 2 }])
  })

  test('without the desk what was counted is not counted again', async () => {
    let isAway = true
    const { consume, counted } = world({
      observe: async () => {
        if (isAway) throw new Error('away')
      },
    })
    const batch = full()
    const first = messagesOf([batch])
    await consume(first.messages)
    expect(first.fates).toEqual([15])
    isAway = false
    const second = messagesOf([batch], 2)
    await consume(second.messages)
    expect(second.fates).toEqual(['acknowledged'])
    expect(await counted()).toBe(5)
  })

  test('a message that the database never takes does not hold up its neighbours once they come again', async () => {
    const poisoned = full()
    const { database, ...others } = world()
    const store = createUsageStore(database)
    const { consume, counted } = world({
      store: {
        ...store,
        write: (batches, now) =>
          batches.some(({ id }) => id === poisoned.id)
            ? Promise.reject(new Error('too much'))
            : store.write(batches, now),
      },
    })
    const first = messagesOf([poisoned, full()])
    await consume(first.messages)
    expect(first.fates).toEqual([15, 15])
    const second = messagesOf(
      first.messages.map(({ body }) => body),
      2,
    )
    await consume(second.messages)
    expect(second.fates).toEqual([30, 'acknowledged'])
    expect(await others.counted()).toBe(5)
    expect(await counted()).toBe(0)
  })

  test('whoever watches is told once, and may be away', async () => {
    const { consume, published, database } = world()
    const batch = full()
    database.fate = 'fail-after'
    await consume(messagesOf([batch]).messages)
    database.fate = 'work'
    await consume(messagesOf([batch], 2).messages)
    await consume(messagesOf([batch]).messages)
    expect(published).toHaveLength(1)
    const away = world({ publish: () => Promise.reject(new Error('away')) })
    const { messages, fates } = messagesOf([full()])
    await away.consume(messages)
    expect(fates).toEqual(['acknowledged'])
  })

  test('attempts are further and further apart', () => {
    expect([1, 2, 3, 8, 9, 20].map(delayAfter)).toEqual([15, 30, 60, 1920, 3600, 3600])
  })
})

test('nothing is bound, and messages go', async () => {
  const consume = createConsumer({ environment: 'test', clock: () => NOON * 1000, report: () => {} })
  const { messages, fates } = messagesOf([full(), 'no batch'])
  await consume(messages)
  expect(fates).toEqual(['acknowledged', 'acknowledged'])
})
