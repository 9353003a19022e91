/** What holds of a target: the same, whatever order its entries came in. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ActiveEffect, Effect } from '../../src/policy/mark.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import type { Action, LogEntry } from '../../src/policy/revocation-log.ts'
import { append } from '../../src/revocation/append.ts'
import { migrate } from '../../src/revocation/schema.ts'
import { latestOf, place } from '../../src/revocation/states.ts'
import { fakeStorage } from '../support/durable-storage.ts'
import { action, asHolding, entryOf, type Holding, holding, nameOf, START } from './model.ts'

const at = (second: number) => second as EpochSeconds
const active = (entry: number, effect: Effect, expires?: number): ActiveEffect => ({
  entry,
  effect,
  ...(expires !== undefined && { expires: at(expires) }),
})
const revoke = (issuedUntil?: number): Effect => ({
  kind: 'revoke',
  ...(issuedUntil !== undefined && { issuedUntil: at(issuedUntil) }),
})

describe('effects side by side', () => {
  test.each<[string, ActiveEffect, ActiveEffect]>([
    ['a revocation of tokens issued later', active(1, revoke(5)), active(2, revoke(9))],
    ['a revocation of all tokens', active(1, revoke(5)), active(2, revoke())],
    ['a revocation for longer', active(1, revoke(5), 100), active(2, revoke(5), 200)],
    ['a revocation for ever', active(1, revoke(5), 100), active(2, revoke(5))],
    [
      'an authentication after a later second',
      active(1, { kind: 'step-up', acr: ['phr'] }),
      active(2, { kind: 'step-up', acr: ['phr'], authenticatedAfter: at(3) }),
    ],
    ['a longer suspension', active(1, { kind: 'suspend' }, 100), active(2, { kind: 'suspend' })],
  ])('%s is all that is needed', (_, less, more) => {
    expect(place([less], more)).toEqual([more])
    expect(place([more], less)).toEqual([more])
  })

  test.each<[string, ActiveEffect, ActiveEffect]>([
    ['later tokens, but not for as long', active(1, revoke(5), 200), active(2, revoke(9), 100)],
    ['other members of the subject', active(1, revoke()), active(2, { kind: 'revoke', matching: { session: 's' } })],
    ['another kind', active(1, revoke()), active(2, { kind: 'step-up' })],
    ['other context classes', active(1, { kind: 'step-up' }), active(2, { kind: 'step-up', acr: ['phr'] })],
  ])('%s stands beside', (_, one, other) => {
    expect(place([one], other)).toEqual([one, other])
    expect(place([other], one)).toEqual([one, other])
  })

  test('of two that say the same, the first entry stays, whichever comes first', () => {
    const [first, second] = [active(1, revoke(5), 9), active(2, revoke(5), 9)]
    expect(place([first], second)).toEqual([first])
    expect(place([second], first)).toEqual([first])
  })
})

describe('a family', () => {
  const mark = active(1, revoke())

  test('holds what came last by its own clock', () => {
    expect(latestOf([{ at: at(5), mark }, { at: at(7) }])).toEqual([])
    expect(latestOf([{ at: at(7) }, { at: at(9), mark }])).toEqual([mark])
    expect(latestOf([])).toEqual([])
  })

  test('of one second holds the mark, and of several all', () => {
    const other = active(2, revoke(5))
    expect(latestOf([{ at: at(7), mark }, { at: at(7) }, { at: at(7), mark: other }])).toEqual([mark, other])
  })
})

const { storage, clear } = fakeStorage()
migrate(storage)

function statesBy(entries: readonly Action[]): { readonly states: Holding; readonly entries: readonly LogEntry[] } {
  clear()
  for (const each of entries) append(storage, [entryOf(each)], START)
  const names = new Map(entries.flatMap((each) => ('target' in each ? [[nameOf(each.target), each.target]] : [])))
  const all = storage.sql
    .exec<{ kind: string; scope: string | null; client: string | null; effects: string }>('SELECT * FROM state')
    .toArray()
    .map(({ kind, scope, client, effects }) => [
      kind === 'scope' ? `scope ${scope} ${client ?? '*'}` : kind,
      JSON.parse(effects) as ActiveEffect[],
    ])
  expect(all.every(([name]) => names.has(name as string))).toBe(true)
  const rows = storage.sql.exec<{ text: string }>('SELECT text FROM entry ORDER BY seq').toArray()
  return {
    states: asHolding(Object.fromEntries(all), true),
    entries: rows.map(({ text }) => JSON.parse(text)),
  }
}

describe('the states of a log', { timeout: 60_000 }, () => {
  test('law: do not depend on the order that entries came in, and are those of the model', () => {
    const inOrders = fc
      .array(action, { minLength: 1, maxLength: 12 })
      .chain((actions) => fc.tuple(fc.constant(actions), fc.shuffledSubarray(actions, { minLength: actions.length })))
    fc.assert(
      fc.property(inOrders, ([actions, shuffled]) => {
        const one = statesBy(actions)
        expect(statesBy(shuffled).states).toEqual(one.states)
        expect(one.states).toEqual(holding(one.entries, START, true))
      }),
      { numRuns: 200 },
    )
  })
})
