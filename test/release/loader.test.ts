/** The active release of an isolate, with KV and the clock under the test's hand. */
import fc from 'fast-check'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { type ActiveRelease, createReleaseLoader, type LoaderParts } from '../../src/release/loader.ts'
import type { ReleaseEvent } from '../../src/release/report.ts'
import { POINTER_KEY, releaseKey } from '../../src/release/store.ts'
import { type Named, releaseWith } from '../support/documents.ts'
import { background } from '../support/fake-network.ts'
import { releaseKey as newKey, signedText, trustIn } from '../support/release-keys.ts'

let bundled: Named
let a: Named
let b: Named
beforeAll(async () => {
  ;[bundled, a, b] = await Promise.all([releaseWith('/bundled'), releaseWith('/a'), releaseWith('/b')])
})

const pointer = (digest: string, serial: number) =>
  JSON.stringify({ digest, serial, publishedAt: '2026-01-01T00:00:00Z', by: 'test' })

/** A KV that holds these entries; `undefined` as a mode is healthy. */
function kv(entries: Record<string, string> = {}) {
  const state = {
    entries: new Map(Object.entries(entries)),
    mode: undefined as 'failing' | 'hanging' | undefined,
    reads: [] as string[],
  }
  const read = async (key: string) => {
    state.reads.push(key)
    if (state.mode === 'failing') throw new TypeError('down')
    if (state.mode === 'hanging') return new Promise<never>(() => {})
    const value = state.entries.get(key)
    return value === undefined ? undefined : (new TextEncoder().encode(value).buffer as ArrayBuffer)
  }
  const put = (release: Named, serial: number) => {
    state.entries.set(releaseKey(release.digest), release.text)
    state.entries.set(POINTER_KEY, pointer(release.digest, serial))
  }
  return Object.assign(state, { read, put })
}

function loaderOver(store: ReturnType<typeof kv>, overrides: Partial<LoaderParts> = {}) {
  const events: ReleaseEvent[] = []
  const { waitUntil, settled } = background()
  const loader = createReleaseLoader({
    read: store.read,
    trust: { environment: 'test' },
    bundled: { ...bundled, serial: 0 },
    coldStart: 'bundled',
    refreshSeconds: 30,
    maxAgeSeconds: 300,
    report: (event) => events.push(event),
    ...overrides,
  })
  const codes = () => events.map(({ code }) => code)
  return { current: (seconds: number) => loader.current(seconds * 1000, waitUntil), settled, codes }
}

const told = (active: ActiveRelease | undefined) => active && [active.digest, active.serial, active.source]

describe('cold', () => {
  test('with nothing published the bundled release serves, under `strict` too', async () => {
    for (const coldStart of ['bundled', 'strict'] as const)
      expect(told(await loaderOver(kv(), { coldStart }).current(0))).toEqual([bundled.digest, 0, 'bundled'])
  })

  test('KV outranks the bundle by a higher serial only', async () => {
    const store = kv()
    store.put(a, 5)
    expect(told(await loaderOver(store).current(0))).toEqual([a.digest, 5, 'kv'])
    const older = loaderOver(store, { bundled: { ...bundled, serial: 6 } })
    expect(told(await older.current(0))).toEqual([bundled.digest, 6, 'bundled'])
    expect(older.codes()).toEqual(['serial_lower'])
    const equal = loaderOver(store, { bundled: { ...bundled, serial: 5 } })
    expect(told(await equal.current(0))).toEqual([bundled.digest, 5, 'bundled'])
    expect(equal.codes()).toEqual(['serial_conflict'])
  })

  test('the release that is bundled is not read from KV', async () => {
    const store = kv({ [POINTER_KEY]: '' })
    store.put(bundled, 3)
    expect(told(await loaderOver(store).current(0))).toEqual([bundled.digest, 3, 'kv'])
    expect(store.reads).toEqual([POINTER_KEY])
  })

  test('KV that fails: the bundle, or nothing under `strict`, until it answers', async () => {
    const store = kv()
    store.put(a, 1)
    store.mode = 'failing'
    expect(told(await loaderOver(store).current(0))).toEqual([bundled.digest, 0, 'bundled'])
    const strict = loaderOver(store, { coldStart: 'strict' })
    expect(await strict.current(0)).toBeUndefined()
    expect(await strict.current(0.5)).toBeUndefined()
    expect(store.reads).toHaveLength(2)
    store.mode = undefined
    expect(told(await strict.current(2))).toEqual([a.digest, 1, 'kv'])
  })

  test('a damaged live release: the bundle, or nothing under `strict`', async () => {
    const store = kv()
    store.put(a, 1)
    store.entries.set(releaseKey(a.digest), b.text)
    expect(told(await loaderOver(store).current(0))).toEqual([bundled.digest, 0, 'bundled'])
    expect(await loaderOver(store, { coldStart: 'strict' }).current(0)).toBeUndefined()
  })

  test('many first requests share one look', async () => {
    const store = kv()
    store.put(a, 1)
    const { current } = loaderOver(store)
    const all = await Promise.all(Array.from({ length: 40 }, () => current(0)))
    expect(new Set(all.map((active) => active?.digest))).toEqual(new Set([a.digest]))
    expect(store.reads).toHaveLength(2)
  })

  test('a bundle that cannot be read serves nothing', async () => {
    const { current, codes } = loaderOver(kv(), { bundled: { text: '{', digest: 'x', serial: 0 } })
    expect(await current(0)).toBeUndefined()
    expect(codes()).toContain('bundled_unreadable')
  })
})

describe('warm', () => {
  const warm = async (overrides?: Partial<LoaderParts>) => {
    const store = kv()
    store.put(a, 5)
    const loader = loaderOver(store, overrides)
    await loader.current(0)
    return { store, ...loader }
  }

  test('a fresh copy is answered without a promise and without KV', async () => {
    const { store, current } = await warm()
    expect(current(29)).not.toBeInstanceOf(Promise)
    expect(store.reads).toHaveLength(2)
  })

  test('an older one is answered at once too, and looked after in the background', async () => {
    const { store, current, settled } = await warm()
    store.put(b, 6)
    expect(told((await current(31)) ?? undefined)).toEqual([a.digest, 5, 'kv'])
    await settled()
    expect(told(await current(32))).toEqual([b.digest, 6, 'kv'])
  })

  test('past the hard maximum the request waits and is judged by the new one', async () => {
    const { store, current } = await warm()
    store.put(b, 6)
    const waiting = current(301)
    expect(waiting).toBeInstanceOf(Promise)
    expect(told(await waiting)).toEqual([b.digest, 6, 'kv'])
  })

  test('with KV down past the maximum one request waits, the next do not, and the last good one stays', async () => {
    const { store, current, settled } = await warm()
    store.mode = 'failing'
    expect(told(await current(301))).toEqual([a.digest, 5, 'kv'])
    expect(current(302)).not.toBeInstanceOf(Promise)
    expect(current(332)).not.toBeInstanceOf(Promise)
    await settled()
    expect(current(900)).toBeInstanceOf(Promise)
  })

  test('KV that never answers holds a request for a bounded time only', { timeout: 10_000 }, async () => {
    const { store, current } = await warm()
    store.mode = 'hanging'
    expect(told(await current(301))).toEqual([a.digest, 5, 'kv'])
  })

  test('KV that never answers holds one request in `maxAge`, cold or warm, and the next ones not at all', async () => {
    vi.useFakeTimers()
    try {
      const patience = async (answer: ReturnType<typeof cold.current>) => {
        await vi.advanceTimersByTimeAsync(3_000)
        return told(await answer)
      }
      const hanging = kv()
      hanging.mode = 'hanging'
      const cold = loaderOver(hanging)
      expect(await patience(cold.current(0))).toEqual([bundled.digest, 0, 'bundled'])
      for (const seconds of [4, 40, 299]) expect(cold.current(seconds)).not.toBeInstanceOf(Promise)
      expect(cold.codes()).toEqual(['kv_unreachable'])

      const { store, current } = await warm()
      store.mode = 'hanging'
      expect(await patience(current(301))).toEqual([a.digest, 5, 'kv'])
      for (const seconds of [305, 340, 600]) expect(current(seconds)).not.toBeInstanceOf(Promise)
      expect(current(602)).toBeInstanceOf(Promise)
    } finally {
      vi.useRealTimers()
    }
  })

  test.each<[string, (store: ReturnType<typeof kv>) => void, string]>([
    ['a lower serial', (store) => store.put(b, 4), 'serial_lower'],
    ['a pointer that is gone', (store) => store.entries.delete(POINTER_KEY), 'pointer_missing'],
    ['a pointer that is not JSON', (store) => store.entries.set(POINTER_KEY, '{'), 'pointer_malformed'],
    ['a pointer to nothing', (store) => store.entries.set(POINTER_KEY, pointer('f'.repeat(64), 6)), 'release_missing'],
    [
      'other bytes under the digest',
      (store) => store.entries.set(POINTER_KEY, pointer(b.digest, 6)).set(releaseKey(b.digest), `${b.text} `),
      'release_damaged',
    ],
  ])('%s is refused and reported, and the last good one stays', async (_, change, code) => {
    const { store, current, settled, codes } = await warm()
    change(store)
    current(31)
    await settled()
    expect(told(await current(32))).toEqual([a.digest, 5, 'kv'])
    expect(codes()).toEqual(['activated', code])
  })

  test('the same release under a new serial is not read again', async () => {
    const { store, current, settled } = await warm()
    store.put(a, 9)
    current(31)
    await settled()
    expect(told(await current(32))).toEqual([a.digest, 9, 'kv'])
    expect(store.reads.filter((key) => key !== POINTER_KEY)).toHaveLength(1)
  })

  test('two releases of one serial: all isolates end at the one that the pointer names, and say so', async () => {
    const { store, current, settled, codes } = await warm()
    store.put(b, 5)
    current(31)
    await settled()
    expect(told(await current(32))).toEqual([b.digest, 5, 'kv'])
    expect(codes()).toContain('serial_conflict')
  })
})

describe('looks that overlap', () => {
  test('one that never comes back is given up, and the next one brings what is live', async () => {
    const store = kv()
    store.put(a, 5)
    const { current } = loaderOver(store)
    await current(0)
    store.mode = 'hanging'
    current(31)
    store.mode = undefined
    store.put(b, 6)
    await expect.poll(async () => told(await current(62))).toEqual([b.digest, 6, 'kv'])
  })

  test('one that comes back late does not undo what a later one brought', async () => {
    const store = kv()
    store.put(a, 5)
    let arrive = () => {}
    const late = new Promise<void>((resolve) => {
      arrive = resolve
    })
    let isHeld = true
    const { current, settled } = loaderOver(store, {
      read: async (key) => {
        if (key !== releaseKey(b.digest) || !isHeld) return store.read(key)
        isHeld = false
        await late
        return store.read(key)
      },
    })
    await current(0)
    store.put(b, 6)
    current(31)
    store.put(a, 7)
    await expect.poll(async () => told(await current(62))).toEqual([a.digest, 7, 'kv'])
    arrive()
    await settled()
    expect(told(await current(63))).toEqual([a.digest, 7, 'kv'])
  })
})

test('law: whatever KV does, the active release was good once, its serial never falls, and nothing is thrown', async () => {
  const state = fc.record({
    seconds: fc.constantFrom(1, 31, 301),
    serial: fc.integer({ min: 1, max: 6 }),
    which: fc.constantFrom('a', 'b', 'bundled'),
    damage: fc.constantFrom('none', 'none', 'pointer', 'bytes', 'missing', 'failing', 'gone'),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(state, { minLength: 1, maxLength: 15 }),
      fc.constantFrom('bundled' as const, 'strict' as const),
      async (states, coldStart) => {
        const store = kv()
        const { current, settled } = loaderOver(store, { coldStart })
        let now = 0
        let serial = 0
        for (const { seconds, serial: next, which, damage } of states) {
          const release = { a, b, bundled }[which]
          store.put(release, next)
          if (damage === 'pointer') store.entries.set(POINTER_KEY, '{')
          if (damage === 'gone') store.entries.delete(POINTER_KEY)
          if (damage === 'bytes') store.entries.set(releaseKey(release.digest), '{}')
          if (damage === 'missing') store.entries.delete(releaseKey(release.digest))
          store.mode = damage === 'failing' ? 'failing' : undefined
          now += seconds
          const active = await current(now)
          await settled()
          if (active === undefined) continue
          expect([a.digest, b.digest, bundled.digest]).toContain(active.digest)
          expect(active.serial).toBeGreaterThanOrEqual(serial)
          serial = active.serial
        }
      },
    ),
    { numRuns: 300 },
  )
})

describe('signed', () => {
  const key = newKey('first')
  const at = (seconds: number) => new Date(seconds * 1000).toISOString()
  const signed = async (lifetime: number, overrides: Partial<LoaderParts> = {}) => {
    const store = kv()
    store.put(a, 5)
    const sign = (release: Named, serial: number, from: number, to: number) =>
      store.entries.set(
        POINTER_KEY,
        signedText(
          { digest: release.digest, serial, publishedAt: at(from), by: 'me', environment: 'test', expires: at(to) },
          key,
        ),
      )
    sign(a, 5, 0, lifetime)
    const loader = loaderOver(store, { trust: trustIn('test', key), ...overrides })
    const look = async (seconds: number) => {
      await loader.current(seconds)
      await loader.settled()
      return loader.current(seconds)
    }
    return { store, sign, look, ...loader }
  }

  test('what is active outlasts its signature, and says so: when a fifth of its time is left, and when none is', async () => {
    const { look, codes } = await signed(10_000)
    expect(told(await look(0))).toEqual([a.digest, 5, 'kv'])
    await look(7_990)
    expect(codes()).toEqual(['activated'])
    await look(8_030)
    expect(codes()).toEqual(['activated', 'pointer_expiring'])
    expect(told(await look(10_030))).toEqual([a.digest, 5, 'kv'])
    expect(codes()).toEqual(['activated', 'pointer_expiring', 'pointer_expired'])
  })

  test('a renewal is taken over without reading the release again', async () => {
    const { look, sign, codes, store } = await signed(10_000)
    await look(9_000)
    sign(a, 6, 9_000, 20_000)
    expect(await look(9_040)).toMatchObject({ digest: a.digest, serial: 6, expires: at(20_000) })
    await look(10_030)
    expect(codes()).toEqual(['activated', 'pointer_expiring'])
    expect(store.reads.filter((name) => name !== POINTER_KEY)).toHaveLength(1)
  })

  test('a cold isolate that finds an expired pointer serves the bundle, or nothing under `strict`', async () => {
    expect(told(await (await signed(10_000)).look(10_030))).toEqual([bundled.digest, 0, 'bundled'])
    const strict = await signed(10_000, { coldStart: 'strict' })
    expect([await strict.look(10_030), strict.codes()]).toEqual([undefined, ['pointer_expired']])
  })

  test('the same trouble is told once an hour, and again when it comes back', async () => {
    const { look, codes, store } = await signed(1_000_000)
    await look(0)
    store.entries.set(POINTER_KEY, pointer(b.digest, 6))
    for (let seconds = 31; seconds < 3_600; seconds += 31) await look(seconds)
    expect(codes()).toEqual(['activated', 'signature_missing'])
    await look(3_640)
    expect(codes()).toEqual(['activated', 'signature_missing', 'signature_missing'])
    store.mode = 'failing'
    for (const seconds of [3_700, 3_740]) await look(seconds)
    store.mode = undefined
    await look(3_780)
    store.mode = 'failing'
    await look(3_820)
    expect(codes().slice(3)).toEqual(['kv_unreachable', 'kv_unreachable'])
  })
})
