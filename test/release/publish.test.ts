/** Publishing and rolling back against a store that a test can stop at any call. */
import { beforeAll, describe, expect, test } from 'vitest'
import { type Author, STEPS } from '../../src/release/change.ts'
import { readHistory } from '../../src/release/history.ts'
import { type ActiveRelease, createReleaseLoader } from '../../src/release/loader.ts'
import { parseHistoryEntry, parsePointer } from '../../src/release/pointer.ts'
import { publishRelease, republishRelease, rollbackRelease } from '../../src/release/publish.ts'
import { historyKey, POINTER_KEY, type ReleaseStore, releaseKey } from '../../src/release/store.ts'
import { type Named, releaseWith } from '../support/documents.ts'
import { background } from '../support/fake-network.ts'

let a: Named
let b: Named
let c: Named
beforeAll(async () => {
  ;[a, b, c] = await Promise.all([releaseWith('/a'), releaseWith('/b'), releaseWith('/c')])
})

class Cut extends Error {}

/** A store that does `calls` things and then fails for good. */
function storeOver(entries: Map<string, string>, calls = Number.POSITIVE_INFINITY): ReleaseStore {
  let left = calls
  const tick = () => {
    if (left-- <= 0) throw new Cut()
  }
  return {
    read: async (keys) => {
      tick()
      return new Map(keys.flatMap((key) => (entries.has(key) ? [[key, entries.get(key) ?? ''] as const] : [])))
    },
    put: async (key, value) => {
      tick()
      entries.set(key, value)
    },
    list: async (prefix) => {
      tick()
      return [...entries.keys()].filter((key) => key.startsWith(prefix))
    },
  }
}

const NOW = '2026-11-23T12:00:00.000Z'
const publish = (entries: Map<string, string>, { text }: Named, calls?: number) =>
  publishRelease({ store: storeOver(entries, calls), text, by: 'me', now: NOW })
const rollback = (entries: Map<string, string>, to?: string, calls?: number) =>
  rollbackRelease({ store: storeOver(entries, calls), by: 'me', now: NOW, ...(to !== undefined && { to }) })
const pointerIn = (entries: Map<string, string>) => parsePointer(entries.get(POINTER_KEY) ?? '')

/** What a cold gate makes of a store: the digest that it serves. */
async function served(entries: Map<string, string>): Promise<ActiveRelease | undefined> {
  const read = async (key: string) => {
    const value = entries.get(key)
    return value === undefined ? undefined : (new TextEncoder().encode(value).buffer as ArrayBuffer)
  }
  const loader = createReleaseLoader({
    read,
    trust: { environment: 'test' },
    bundled: { ...c, serial: 0 },
    coldStart: 'strict',
    refreshSeconds: 30,
    maxAgeSeconds: 300,
    report: () => {},
  })
  return loader.current(0, background().waitUntil)
}

test('a publish writes the release, the history and the pointer', async () => {
  const entries = new Map<string, string>()
  expect(await publish(entries, a)).toEqual({
    ok: true,
    value: {
      changed: true,
      previous: undefined,
      pointer: { digest: a.digest, serial: 1, publishedAt: NOW, by: 'me', kind: 'publish' },
    },
  })
  expect([...entries.keys()]).toEqual([releaseKey(a.digest), historyKey(1), POINTER_KEY])
})

test('publishing what is live changes nothing, and mends it where its bytes are damaged', async () => {
  const entries = new Map<string, string>()
  await publish(entries, a)
  const before = new Map(entries)
  expect(await publish(entries, a)).toMatchObject({ value: { changed: false, pointer: { serial: 1 } } })
  expect(entries).toEqual(before)
  entries.set(releaseKey(a.digest), 'damaged')
  expect(await publish(entries, a)).toMatchObject({ value: { changed: false } })
  expect(entries).toEqual(before)
})

test.each(Array.from({ length: 9 }, (_, calls) => calls))(
  'stopped after %i calls, the edge serves the old release or the new one whole, and again completes',
  async (calls) => {
    const entries = new Map<string, string>()
    await publish(entries, a)
    await publish(entries, b, calls).catch((error: unknown) => expect(error).toBeInstanceOf(Cut))
    const active = await served(entries)
    expect([a.digest, b.digest]).toContain(active?.digest)
    expect(await publish(entries, b)).toMatchObject({ ok: true, value: { pointer: { digest: b.digest, serial: 2 } } })
    expect((await served(entries))?.digest).toBe(b.digest)
  },
)

test('each step is announced before it begins, in order', async () => {
  const steps: string[] = []
  await publishRelease({
    store: storeOver(new Map()),
    text: a.text,
    by: 'me',
    now: NOW,
    onStep: (step) => steps.push(step),
  })
  expect(steps).toEqual(STEPS)
})

describe('rolling back', () => {
  const history = async () => {
    const entries = new Map<string, string>()
    for (const release of [a, b, c]) await publish(entries, release)
    return entries
  }

  test('without a target goes to the release before the live one, under a new serial', async () => {
    const entries = await history()
    expect(await rollback(entries)).toMatchObject({
      value: { pointer: { digest: b.digest, serial: 4 }, previous: { serial: 3 } },
    })
    expect((await readHistory(storeOver(entries))).entries.at(-1)).toMatchObject({
      kind: 'rollback',
      serial: 4,
      isInterrupted: false,
    })
  })

  test('reads a page of a long history, and an interrupted publish is nothing that was live', async () => {
    const entries = new Map<string, string>()
    await publish(entries, c)
    await publish(entries, a)
    const author = (store: ReleaseStore): Author => ({ store, by: 'me', now: NOW })
    for (let turn = 0; turn < 250; turn++) await republishRelease(author(storeOver(entries)))
    await publish(entries, b, 5).catch(() => {})
    const store = storeOver(entries)
    const asked: number[] = []
    const counting: ReleaseStore = {
      ...store,
      read: (keys) => {
        asked.push(keys.length)
        return store.read(keys)
      },
    }
    expect(await rollbackRelease({ ...author(counting), to: '251' })).toMatchObject({ value: { changed: false } })
    expect(Math.max(...asked)).toBe(1)
    expect(await rollbackRelease({ ...author(counting), to: a.digest })).toMatchObject({ value: { changed: false } })
    expect(Math.max(...asked)).toBe(100)
    expect(await rollbackRelease(author(counting))).toMatchObject({ value: { pointer: { digest: c.digest } } })
    expect(Math.max(...asked)).toBe(100)
  })

  test('goes to a serial or to the beginning of a digest', async () => {
    expect(await rollback(await history(), '1')).toMatchObject({ value: { pointer: { digest: a.digest, serial: 4 } } })
    expect(await rollback(await history(), b.digest.slice(0, 10))).toMatchObject({
      value: { pointer: { digest: b.digest } },
    })
    expect(await rollback(await history(), c.digest)).toMatchObject({ value: { changed: false } })
  })

  test.each<[string, string, (entries: Map<string, string>) => void, string]>([
    ['to what is unknown', 'ffffffffffff', () => {}, 'release_unknown'],
    ['to a serial that never was', '9', () => {}, 'release_unknown'],
    ['to what begins several', '', () => {}, 'release_ambiguous'],
    ['to what is gone', '1', (entries) => entries.delete(releaseKey(a.digest)), 'release_damaged'],
    ['to what was changed', '1', (entries) => entries.set(releaseKey(a.digest), b.text), 'release_damaged'],
    ['with a damaged pointer', '1', (entries) => entries.set(POINTER_KEY, '{'), 'pointer_malformed'],
  ])('%s is refused and changes nothing', async (_, to, damage, code) => {
    const entries = await history()
    damage(entries)
    const before = new Map(entries)
    expect(await rollback(entries, to)).toMatchObject({ ok: false, error: { code } })
    expect(entries).toEqual(before)
  })
})

test('after the last serial nothing is written: the pointer would be one that nobody reads', async () => {
  for (const [key, value] of [
    [POINTER_KEY, JSON.stringify({ digest: c.digest, serial: 9_999_999_999, publishedAt: NOW, by: 'mallory' })],
    [historyKey(9_999_999_999), 'the pointer was deleted'],
  ] as const) {
    const entries = new Map([[key, value]])
    expect(await publish(entries, a)).toEqual({ ok: false, error: { code: 'serial_exhausted', serial: 9_999_999_999 } })
    expect([...entries.keys()]).toEqual([key])
    expect(entries.get(key)).toBe(value)
  }
})

test('where the pointer was deleted, serials go on from the history: gates refuse to go back', async () => {
  const entries = new Map<string, string>()
  for (const release of [a, b, c]) await publish(entries, release)
  entries.delete(POINTER_KEY)
  expect(await publish(entries, a)).toMatchObject({ value: { pointer: { digest: a.digest, serial: 4 } } })
  expect((await readHistory(storeOver(entries))).entries.map(({ serial }) => serial)).toEqual([1, 2, 3, 4])
})

test('without a release before the live one there is nothing to roll back to', async () => {
  const entries = new Map<string, string>()
  await publish(entries, a)
  expect(await rollback(entries)).toMatchObject({ ok: false, error: { code: 'nothing_before' } })
})

test('a publisher that was overtaken is told', async () => {
  const entries = new Map<string, string>()
  const store = storeOver(entries)
  const racing: ReleaseStore = {
    ...store,
    put: async (key, value) => {
      await store.put(key, value)
      if (key === POINTER_KEY)
        entries.set(POINTER_KEY, JSON.stringify({ digest: b.digest, serial: 1, publishedAt: NOW, by: 'other' }))
    },
  }
  expect(await publishRelease({ store: racing, text: a.text, by: 'me', now: NOW })).toMatchObject({
    ok: false,
    error: { code: 'overtaken', live: { by: 'other' } },
  })
})

test('a text that the gate would not read is never made live', async () => {
  const entries = new Map<string, string>()
  expect(await publishRelease({ store: storeOver(entries), text: '{"format":2}', by: 'me', now: NOW })).toMatchObject({
    ok: false,
    error: { code: 'release_unreadable' },
  })
  expect(entries.has(POINTER_KEY)).toBe(false)
})

test('an interrupted publish and a damaged entry are shown as what they are', async () => {
  const entries = new Map<string, string>()
  await publish(entries, a)
  await publish(entries, b, 5).catch(() => {})
  entries.set(historyKey(7), '{')
  const { entries: shown, damaged } = await readHistory(storeOver(entries))
  expect(shown.map(({ serial, isInterrupted }) => [serial, isInterrupted])).toEqual([
    [1, false],
    [2, true],
  ])
  expect(damaged).toEqual([historyKey(7)])
})

test.each([
  '',
  '[]',
  'null',
  '{}',
  '{"digest":"x"}',
  JSON.stringify({ digest: 'A'.repeat(64), serial: 1, publishedAt: NOW, by: 'x' }),
  JSON.stringify({ digest: 'a'.repeat(64), serial: 0, publishedAt: NOW, by: 'x' }),
  JSON.stringify({ digest: 'a'.repeat(64), serial: 10_000_000_000, publishedAt: NOW, by: 'x' }),
  JSON.stringify({ digest: 'a'.repeat(64), serial: 1.5, publishedAt: NOW, by: 'x' }),
  JSON.stringify({ digest: 'a'.repeat(64), serial: 1, publishedAt: 'yesterday', by: 'x' }),
])('the pointer %j is malformed', (text) => {
  expect(parsePointer(text).ok).toBe(false)
  expect(parseHistoryEntry(text).ok).toBe(false)
})

test('the pointer after a publish can be read again', async () => {
  const entries = new Map<string, string>()
  await publish(entries, a)
  expect(pointerIn(entries)).toEqual({
    ok: true,
    value: { digest: a.digest, serial: 1, publishedAt: NOW, by: 'me', kind: 'publish' },
  })
})
