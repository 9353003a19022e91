/** That what an earlier version wrote still holds, and that what a later one wrote is left alone. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { MarkTarget } from '../../src/policy/mark.ts'
import { type Cursor, GENESIS } from '../../src/policy/revocation-log.ts'
import { append } from '../../src/revocation/append.ts'
import { verifyChain } from '../../src/revocation/chain.ts'
import { countsOf, readHead } from '../../src/revocation/facts.ts'
import { changesAfter, linksAfter, listMarks, statusOf } from '../../src/revocation/reading.ts'
import { migrate } from '../../src/revocation/schema.ts'
import { targetKey } from '../../src/revocation/target-key.ts'
import { fakeStorage } from '../support/durable-storage.ts'
import { entryOf, START, seconds } from './model.ts'

const HEAD: Cursor = { seq: 10, hash: 'CBtxrPlvySIbGyDyvjo9Encl6b5403Vky-TR9TiJclc' }
const issuer = 'https://login.example.com'
const user: MarkTarget = { kind: 'subject', issuer, value: 'u-1' }
const device = (value: string): MarkTarget => ({ kind: 'device', issuer, value })
const now = seconds(START)

function openFormat(number: number) {
  const { storage, database } = fakeStorage()
  database.exec(readFileSync(new URL(`./formats/${number}.sql`, import.meta.url), 'utf8'))
  return { storage, database, sql: storage.sql }
}

describe.each([1, 2])('a log of format %i', (format) => {
  test('holds what it held, and goes on', () => {
    const { storage, sql } = openFormat(format)
    migrate(storage)
    expect(readHead(sql)).toEqual(HEAD)
    expect(verifyChain(linksAfter(sql, 0, 100))).toEqual({ ok: true, value: HEAD })
    expect(countsOf(sql)).toEqual({ states: 5, active: 5, targets: 2, elaborate: 2, switches: 2 })
    expect(statusOf(sql, HEAD)).toEqual({ head: HEAD, floor: GENESIS, activeMarks: 5 })
    const suspend = { kind: 'suspend' }
    expect(changesAfter(sql, HEAD, GENESIS)).toEqual({
      kind: 'changes',
      states: [
        { seq: 2, kind: 'scope', scope: 'invoices:refund', effects: [{ effect: suspend, entry: 2 }] },
        { seq: 3, kind: 'scope', scope: 'invoices:refund', client: 'app', effects: [{ effect: suspend, entry: 3 }] },
        { seq: 5, kind: 'token', key: targetKey({ kind: 'token', value: 'f-1' }), effects: [] },
        {
          seq: 8,
          kind: 'device',
          key: targetKey(device('d-2')),
          effects: [
            { effect: { kind: 'revoke', matching: { session: 's-1' }, holding: ['invoices:refund'] }, entry: 8 },
          ],
        },
        {
          seq: 9,
          kind: 'subject',
          key: targetKey(user),
          effects: [
            { effect: { kind: 'revoke', issuedUntil: now }, expires: now + 86_400 * 3650, entry: 1 },
            { effect: { kind: 'step-up', authenticatedAfter: now + 1, acr: ['phr'] }, entry: 9 },
          ],
        },
      ],
      cursor: HEAD,
      head: HEAD,
    })
    const standings = listMarks(sql, { active: false, limit: 100 }, START).map(({ seq, standing }) => [seq, standing])
    expect(standings).toEqual([
      [9, 'active'],
      [8, 'active'],
      [7, 'superseded'],
      [4, 'undone'],
      [3, 'active'],
      [2, 'active'],
      [1, 'active'],
    ])
  })

  test('knows what came twice, what was lifted, and what can be undone', () => {
    const { storage, sql } = openFormat(format)
    migrate(storage)
    const late = { kind: 'mark', target: device('d-1'), effect: { kind: 'revoke' }, reason: 'late' } as const
    expect(append(storage, [entryOf({ kind: 'note', about: 'x', reason: 'y' }, 'idp e-1 0')], START)).toEqual({
      head: HEAD,
      entries: [{ seq: 1, isDuplicate: true }],
    })
    append(
      storage,
      [entryOf({ ...late, label: 'compliance', at: now }), entryOf({ kind: 'undo', mark: 1, reason: 'z' })],
      START,
    )
    expect(changesAfter(sql, readHead(sql), HEAD)).toMatchObject({ states: [{ seq: 12, effects: [{ entry: 9 }] }] })
    expect(verifyChain(linksAfter(sql, 10, 100), HEAD)).toMatchObject({ ok: true, value: { seq: 12 } })
  })
})

describe('the format', () => {
  test('is brought to the newest step by step, all or nothing', () => {
    const { storage, sql } = openFormat(1)
    const noStep = () => {
      throw new Error('a step that was done before')
    }
    const addColumn = () => sql.exec("ALTER TABLE entry ADD COLUMN region TEXT NOT NULL DEFAULT 'eu'")
    const fails = () => {
      throw new Error('no room')
    }
    expect(() => migrate(storage, [noStep, addColumn, fails])).toThrow('no room')
    expect(sql.exec('SELECT * FROM entry WHERE seq = 1').one()).not.toHaveProperty('region')
    migrate(storage, [noStep, addColumn])
    migrate(storage, [noStep, noStep])
    expect(sql.exec('SELECT * FROM entry WHERE seq = 1').one()).toMatchObject({ region: 'eu', seq: 1 })
  })

  test('of a later version is left alone', () => {
    const { storage, database, sql } = openFormat(1)
    database.exec('UPDATE format SET number = 3')
    expect(() => migrate(storage)).toThrow('the revocation log is of format 3, this version knows 2')
    expect(sql.exec('SELECT COUNT(*) AS count FROM entry').one()).toMatchObject({ count: 10 })
  })
})
