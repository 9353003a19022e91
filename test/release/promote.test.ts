/** What is taken from an environment is what its edge would take. */
import { expect, test } from 'vitest'
import { readLiveRelease } from '../../src/release/promote.ts'
import { publishRelease } from '../../src/release/publish.ts'
import { POINTER_KEY, releaseKey } from '../../src/release/store.ts'
import { releaseWith } from '../support/documents.ts'
import { memoryStore } from '../support/memory-store.ts'

test('the live release is given with the very bytes that were published', async () => {
  const store = memoryStore(new Map())
  const { text, digest } = await releaseWith('/a')
  await publishRelease({ store, text, by: 'me', now: '2026-11-28T12:00:00.000Z' })
  expect(await readLiveRelease(store)).toMatchObject({ ok: true, value: { text, pointer: { digest, serial: 1 } } })
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
  await publishRelease({ store, text, by: 'me', now: '2026-11-28T12:00:00.000Z' })
  damage(entries, digest)
  expect(await readLiveRelease(store)).toMatchObject({ ok: false, error: { code } })
})
