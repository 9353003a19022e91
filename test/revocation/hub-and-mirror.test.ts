/** The mirror of the log as it really answers, from its pages and from its snapshots. */
import { expect, test } from 'vitest'
import type { NonEmpty } from '../../src/policy/result.ts'
import type { Action, Cursor } from '../../src/policy/revocation-log.ts'
import { append } from '../../src/revocation/append.ts'
import { readHead } from '../../src/revocation/facts.ts'
import { createMirror } from '../../src/revocation/mirror.ts'
import { changesAfter } from '../../src/revocation/reading.ts'
import { migrate } from '../../src/revocation/schema.ts'
import { MAX_PART_BYTES } from '../../src/revocation/snapshot-format.ts'
import { buildSlice } from '../../src/revocation/snapshot-writer.ts'
import { settleWithin } from '../../src/token/patience.ts'
import { fakeStorage } from '../support/durable-storage.ts'
import { ISSUER, principalOf, START } from './mirrors.ts'
import { entryOf } from './model.ts'

function openLog() {
  const { storage } = fakeStorage()
  migrate(storage)
  const kv = new Map<string, Uint8Array<ArrayBuffer>>()
  const store = {
    put: async (key: string, value: ArrayBuffer | string) =>
      void kv.set(key, typeof value === 'string' ? new TextEncoder().encode(value) : new Uint8Array(value)),
    delete: async (key: string) => void kv.delete(key),
  }
  const asked: (Cursor | undefined)[] = []
  const act = (...actions: NonEmpty<Action>) => {
    const [first, ...others] = actions
    append(storage, [entryOf(first), ...others.map((action) => entryOf(action))], START)
  }
  return {
    kv,
    asked,
    act,
    revoke: (subject: string) =>
      act({
        kind: 'mark',
        target: { kind: 'subject', issuer: ISSUER, value: subject },
        effect: { kind: 'revoke' },
        reason: 'Tested.',
      }),
    async takeSnapshot(partStates = 20) {
      for (let slice = 0; slice < 20; slice++) await buildSlice(storage, store, START, partStates)
    },
    async start() {
      const mirror = createMirror({
        policy: { pollSeconds: 2, maxAgeSeconds: 5, maxStaleSeconds: 60, whenStale: 'refuse' },
        log: {
          changes: async (after) => {
            asked.push(after)
            return changesAfter(storage.sql, readHead(storage.sql), after, 7)
          },
        },
        read: async (key) => kv.get(key)?.slice().buffer,
        settleWithin,
        clock: () => START,
        report: (event) => expect.unreachable(event.code),
      })
      const freshness = await mirror.ready(START, () => undefined)
      const denied = (subject: string) => mirror.effectsOn(principalOf({ subject }), START).length > 0
      return { mirror, freshness, denied }
    },
  }
}

const SUBJECTS = Array.from({ length: 60 }, (_, index) => `subject-${index}`)

test('the empty log is known with two answers', async () => {
  const { start, asked } = openLog()
  expect((await start()).freshness).toBe('fresh')
  expect(asked).toHaveLength(2)
})

test('a log without a snapshot is read in pages, to the end', async () => {
  const log = openLog()
  SUBJECTS.forEach(log.revoke)
  log.act({ kind: 'undo', mark: 1, reason: 'Tested.' })
  const { freshness, denied, mirror } = await log.start()
  expect([freshness, mirror.status(START).marks, mirror.status(START).seq]).toEqual(['fresh', 59, 61])
  expect(SUBJECTS.filter((subject) => !denied(subject))).toEqual(['subject-0'])
})

test('a log with a snapshot is known from that and from what came after it', async () => {
  const log = openLog()
  SUBJECTS.forEach(log.revoke)
  await log.takeSnapshot()
  expect([...log.kv.keys()].length).toBeGreaterThan(3)
  log.act({ kind: 'undo', mark: 1, reason: 'Tested.' })
  log.revoke('late')
  const { freshness, denied, mirror } = await log.start()
  expect([freshness, mirror.status(START).marks, mirror.status(START).seq]).toEqual(['fresh', 60, 62])
  expect(['late', ...SUBJECTS].filter((subject) => !denied(subject))).toEqual(['subject-0'])
  expect(log.asked).toEqual([undefined, expect.objectContaining({ seq: 60 })])
})

test('no part of a snapshot is larger than readers take, whatever the states hold', async () => {
  const log = openLog()
  const names = Array.from({ length: 300 }, (_, index) => `${index}${'語'.repeat(5_000)}`)
  for (const session of names)
    log.act({
      kind: 'mark',
      target: { kind: 'subject', issuer: ISSUER, value: session },
      effect: { kind: 'revoke', matching: { session } },
      reason: 'Tested.',
    })
  await log.takeSnapshot(20_000)
  const sizes = [...log.kv].filter(([key]) => key !== 'revocations/latest').map(([, { length }]) => length)
  expect(sizes.length).toBeGreaterThan(1)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_PART_BYTES)
})
