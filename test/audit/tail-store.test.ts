/** What the live tail keeps: the last decisions, bounded, each once; and tickets that are good once, shortly, and where they were asked for. */
import { describe, expect, test } from 'vitest'
import { createTailStore, MOST_RECENT, TICKET_SECONDS } from '../../src/audit/tail-store.ts'
import type { DecisionEvent } from '../../src/policy/decision-event.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import { NOW, sqlInMemory } from './ledgers.ts'

const eventsNamed = (...names: (string | number)[]) =>
  names.map((decision) => ({ decision: String(decision) }) as DecisionEvent)
const namesIn = (store: ReturnType<typeof createTailStore>) => store.recent().map(({ decision }) => decision)
const range = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index)

describe('what happened just before', () => {
  test('the last ones, the oldest first, however they came', () => {
    const store = createTailStore(sqlInMemory())
    store.keep(eventsNamed(...range(0, 150)))
    store.keep(eventsNamed(...range(150, 100)))
    store.keep(eventsNamed(250))
    expect(namesIn(store)).toEqual(range(51, MOST_RECENT).map(String))
  })

  test('no more rows than are needed for that', () => {
    const sql = sqlInMemory()
    const store = createTailStore(sql)
    for (const each of range(0, 600)) store.keep(eventsNamed(each))
    expect(namesIn(store)).toEqual(range(400, MOST_RECENT).map(String))
    expect(sql.exec('SELECT count(*) AS rows FROM recent').toArray()).toEqual([{ rows: MOST_RECENT }])
    store.keep(eventsNamed(...range(1000, 1000)))
    expect(sql.exec('SELECT count(*) AS rows FROM recent').toArray()).toEqual([{ rows: 1 }])
    expect(namesIn(store)).toHaveLength(MOST_RECENT)
  })

  test('what comes again is not kept again, also by an object that was born anew', () => {
    const sql = sqlInMemory()
    expect(createTailStore(sql).keep(eventsNamed(1, 2))).toHaveLength(2)
    const again = createTailStore(sql)
    expect(again.keep(eventsNamed(2, 3)).map(({ decision }) => decision)).toEqual(['3'])
    expect(again.keep(eventsNamed(1, 2, 3))).toEqual([])
    expect(namesIn(again)).toEqual(['1', '2', '3'])
  })
})

describe('a ticket', () => {
  const until = (NOW + 600) as EpochSeconds
  const grant = { hash: 'h', origin: 'https://a.example', until }
  const admitted = (more: object = {}) => {
    const store = createTailStore(sqlInMemory())
    expect(store.admit({ ...grant, ...more }, NOW)).toBe(NOW + TICKET_SECONDS)
    return store
  }

  test('is good once, and says when its token ends', () => {
    const store = admitted()
    expect(store.redeem('h', 'https://a.example', NOW + 1)).toBe(until)
    expect(store.redeem('h', 'https://a.example', NOW + 1)).toBeUndefined()
  })

  test('is not good for ever, nor from elsewhere, nor once its token has ended; and is used up by trying', () => {
    expect(admitted().redeem('h', 'https://a.example', NOW + TICKET_SECONDS)).toBeUndefined()
    expect(admitted().redeem('other', 'https://a.example', NOW)).toBeUndefined()
    for (const origin of ['', 'null', 'https://b.example', 'https://a.example.evil.example']) {
      const store = admitted()
      expect(store.redeem('h', origin, NOW)).toBeUndefined()
      expect(store.redeem('h', 'https://a.example', NOW)).toBeUndefined()
    }
    expect(admitted({ until: NOW + 5 }).redeem('h', 'https://a.example', NOW + 6)).toBeUndefined()
  })

  test('of a token without an end that is known has none either', () => {
    const store = createTailStore(sqlInMemory())
    store.admit({ hash: 'h', origin: '' }, NOW)
    expect(store.redeem('h', '', NOW)).toBe('never')
  })

  test('there are no more of them than anybody needs, and room once they have expired', () => {
    const store = createTailStore(sqlInMemory())
    const answers = range(0, 201).map((each) => store.admit({ hash: String(each), origin: '' }, NOW))
    expect([answers.at(199), answers.at(200)]).toEqual([NOW + TICKET_SECONDS, 'full'])
    expect(store.admit({ hash: 'x', origin: '' }, NOW + TICKET_SECONDS)).toBe(NOW + 2 * TICKET_SECONDS)
  })
})
