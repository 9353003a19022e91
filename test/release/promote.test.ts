/** What is taken from an environment is what its edge would take. */
import { expect, test } from 'vitest'
import { parseHistoryEntry } from '../../src/release/pointer.ts'
import { readLiveRelease } from '../../src/release/promote.ts'
import { publishRelease, republishRelease } from '../../src/release/publish.ts'
import { historyKey, POINTER_KEY, releaseKey } from '../../src/release/store.ts'
import { releaseWith } from '../support/documents.ts'
import { memoryStore } from '../support/memory-store.ts'
import { releaseKey as newKey, trustIn } from '../support/release-keys.ts'

const NOW = '2026-11-28T12:00:00.000Z'
const READER = { trust: { environment: 'staging' }, now: Date.parse(NOW) }

test('the live release is given with the very bytes that were published', async () => {
  const store = memoryStore(new Map())
  const { text, digest } = await releaseWith('/a')
  await publishRelease({ store, text, by: 'me', now: NOW })
  expect(await readLiveRelease(store, READER)).toMatchObject({
    ok: true,
    value: { text, pointer: { digest, serial: 1 } },
  })
})

test.each<[string, (entries: Map<string, string>, digest: string) => void, string]>([
  ['nothing', (entries) => entries.clear(), 'nothing_live'],
  ['a damaged pointer', (entries) => entries.set(POINTER_KEY, '{'), 'pointer_malformed'],
  ['missing bytes', (entries, digest) => entries.delete(releaseKey(digest)), 'release_damaged'],
  ['other bytes', (entries, digest) => entries.set(releaseKey(digest), '{}'), 'release_damaged'],
])('%s is not promoted', async (_, damage, code) => {
  const entries = new Map<string, string>()
  const store = memoryStore(entries)
  const { text, digest } = await releaseWith('/a')
  await publishRelease({ store, text, by: 'me', now: NOW })
  damage(entries, digest)
  expect(await readLiveRelease(store, READER)).toMatchObject({ ok: false, error: { code } })
})

test('what no new isolate takes over any more is not promoted: an old signed pointer that somebody put back', async () => {
  const key = newKey('staging')
  const trust = trustIn('staging', key)
  const entries = new Map<string, string>()
  const store = memoryStore(entries)
  const { text } = await releaseWith('/a')
  await publishRelease({ store, text, by: 'me', now: NOW, trust, signer: key.signer })
  const day = 86_400_000
  expect(await readLiveRelease(store, { trust, now: Date.parse(NOW) + 89 * day })).toMatchObject({ ok: true })
  expect(await readLiveRelease(store, { trust, now: Date.parse(NOW) + 90 * day })).toEqual({
    ok: false,
    error: { code: 'pointer_refused_there', reason: 'pointer_expired' },
  })
})

test('a promotion writes the same bytes, and says where they come from', async () => {
  const entries = new Map<string, string>()
  const { text, digest } = await releaseWith('/a')
  const from = { environment: 'staging', serial: 12 }
  const promote = () => publishRelease({ store: memoryStore(entries), text, promotedFrom: from, by: 'me', now: NOW })
  expect(await promote()).toMatchObject({ ok: true, value: { changed: true, pointer: { digest, serial: 1 } } })
  expect(entries.get(releaseKey(digest))).toBe(text)
  const entry = entries.get(historyKey(1)) ?? ''
  expect(parseHistoryEntry(entry)).toMatchObject({ ok: true, value: { kind: 'publish', promotedFrom: from } })
  expect(await promote()).toMatchObject({ ok: true, value: { changed: false, pointer: { serial: 1 } } })
  for (const damaged of ['null', '"staging"', '{"environment":"staging"}', '{"environment":"staging","serial":0}'])
    expect(parseHistoryEntry(entry.replace(JSON.stringify(from), damaged)).ok).toBe(false)
})

test('what is live can be published again, under a new serial, and only if its bytes are whole', async () => {
  const entries = new Map<string, string>()
  const store = memoryStore(entries)
  const again = () => republishRelease({ store, by: 'me', now: NOW })
  expect(await again()).toEqual({ ok: false, error: { code: 'nothing_live' } })
  const { text, digest } = await releaseWith('/a')
  await publishRelease({ store, text, by: 'me', now: NOW })
  expect(await again()).toMatchObject({ value: { changed: true, pointer: { digest, serial: 2 } } })
  entries.set(releaseKey(digest), 'damaged')
  expect(await again()).toMatchObject({ ok: false, error: { code: 'release_damaged' } })
})
