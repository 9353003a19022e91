/** What an access review tells of releases, over a store in memory. */
import { beforeEach, expect, test } from 'vitest'
import { releaseFacts } from '../../src/cli/review/history-facts.ts'
import { publishRelease, rollbackRelease } from '../../src/release/publish.ts'
import { historyKey, POINTER_KEY, releaseKey } from '../../src/release/store.ts'
import { type Named, releaseWith } from '../support/documents.ts'
import { environmentOf } from '../support/environment.ts'
import { memoryStore } from '../support/memory-store.ts'

const ENVIRONMENT = environmentOf('https://issuer.example.com', 'https://origin.example.com')
const WINDOW = { from: '2026-06-01T00:00:00.000Z', to: '2026-09-01T00:00:00.000Z' }
const NOW = Date.parse('2026-11-01T00:00:00.000Z')

let entries: Map<string, string>
let [a, b]: Named[] = []

const on = (day: string) => ({ store: memoryStore(entries), by: 'ada', now: `${day}T12:00:00.000Z` })
const publish = (release: Named | undefined, day: string) => publishRelease({ ...on(day), text: release?.text ?? '' })
const facts = () => releaseFacts(memoryStore(entries), ENVIRONMENT, WINDOW, NOW)

beforeEach(async () => {
  entries = new Map()
  ;[a, b] = await Promise.all([releaseWith('/a'), releaseWith('/b')])
})

test('compares what was live when the period began with what was live when it ended', async () => {
  await publish(a, '2026-05-01')
  await publish(b, '2026-07-01')
  await rollbackRelease({ ...on('2026-10-01'), to: '1' })
  const { history, changes } = await facts()
  expect(history.releases.map(({ serial, kind, isLive }) => [serial, kind, isLive])).toEqual([
    [1, 'publish', false],
    [2, 'publish', false],
    [3, 'rollback', true],
  ])
  expect(changes).toMatchObject({
    ok: true,
    value: { before: { serial: 1 }, after: { serial: 2 }, summary: 'routes: 1 closed, 1 public now', unlisted: 0 },
  })
})

test('says so where nothing was live yet, and where nothing is to be had', async () => {
  expect((await facts()).changes).toMatchObject({ ok: false })
  await publish(a, '2026-07-01')
  expect((await facts()).changes).toMatchObject({ ok: true, value: { after: { serial: 1 }, sections: [] } })
  await publish(b, '2026-08-01')
  entries.set(releaseKey(a?.digest ?? ''), 'damaged')
  const { changes } = await releaseFacts(memoryStore(entries), ENVIRONMENT, { ...WINDOW, from: '2026-07-15' }, NOW)
  expect(changes).toMatchObject({ ok: false, error: expect.stringContaining('cannot be compared') })
})

test('an entry that cannot be read, or that was put above what is live, is told and believed in nothing', async () => {
  await publish(a, '2026-05-01')
  const live = entries.get(POINTER_KEY) ?? ''
  await publish(b, '2026-07-01')
  entries.set(POINTER_KEY, live)
  entries.set(historyKey(3), '{}')
  const { history, changes } = await facts()
  expect(history.damaged).toEqual([historyKey(3)])
  expect(history.releases.at(-1)?.kind).toBe('publish, interrupted')
  expect(changes).toMatchObject({ ok: true, value: { after: { serial: 1 }, summary: 'nothing differs' } })
})
