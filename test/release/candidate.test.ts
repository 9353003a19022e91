/** A candidate beside what is live: how it gets there and goes, and what an isolate makes of it. */
import { beforeAll, describe, expect, test } from 'vitest'
import { dropCandidate, promoteCandidate, publishCandidate, type Selection } from '../../src/release/candidate.ts'
import type { Author } from '../../src/release/change.ts'
import { createReleaseLoader } from '../../src/release/loader.ts'
import { parsePointer } from '../../src/release/pointer.ts'
import { publishRelease, rollbackRelease } from '../../src/release/publish.ts'
import type { ReleaseEvent } from '../../src/release/report.ts'
import { releaseKey as keyOf, POINTER_KEY, type ReleaseStore } from '../../src/release/store.ts'
import { type Named, releaseWith } from '../support/documents.ts'
import { background } from '../support/fake-network.ts'
import { releaseKey, trustIn } from '../support/release-keys.ts'

const NOW = '2026-11-28T12:00:00.000Z'
const LATER = '2026-11-28T13:00:00.000Z'
const key = releaseKey('first')
const trust = trustIn('production', key)

let a: Named
let b: Named
let c: Named
let d: Named
beforeAll(async () => {
  ;[a, b, c, d] = await Promise.all([releaseWith('/a'), releaseWith('/b'), releaseWith('/c'), releaseWith('/d')])
})

function kv() {
  const entries = new Map<string, string>()
  const store: ReleaseStore = {
    read: async (keys) => new Map(keys.flatMap((name) => (entries.has(name) ? [[name, entries.get(name) ?? '']] : []))),
    put: async (name, value) => void entries.set(name, value),
    list: async (prefix) => [...entries.keys()].filter((name) => name.startsWith(prefix)),
  }
  const author = (now = NOW): Author => ({ store, by: 'me', now, trust, signer: key.signer })
  const pointer = () => {
    const parsed = parsePointer(entries.get(POINTER_KEY) ?? '')
    return parsed.ok ? parsed.value : undefined
  }
  return {
    entries,
    pointer,
    publish: ({ text }: Named) => publishRelease({ ...author(), text }),
    observe: ({ text }: Named, selection: Selection = { share: 10 }, now = NOW) =>
      publishCandidate({ ...author(now), text, selection }),
    enforce: () => promoteCandidate(author()),
    drop: () => dropCandidate(author()),
    rollback: () => rollbackRelease(author()),
  }
}

describe('publishing', () => {
  test('a candidate is a new serial of the same live release, signed with everything else', async () => {
    const { publish, observe, pointer, entries } = kv()
    await publish(a)
    expect(await observe(b, { share: 10, clients: ['z', 'a', 'z'] })).toMatchObject({ ok: true })
    expect(pointer()).toMatchObject({
      digest: a.digest,
      serial: 2,
      kind: 'observe',
      candidate: { digest: b.digest, since: NOW, share: 10, clients: ['a', 'z'] },
      keyId: 'first',
    })
    expect(entries.has(keyOf(b.digest))).toBe(true)
  })

  test('another share of the same candidate keeps the time since when it is there; another candidate does not', async () => {
    const { publish, observe, pointer } = kv()
    await publish(a)
    await observe(b)
    await observe(b, { share: 50 }, LATER)
    expect(pointer()?.candidate).toMatchObject({ share: 50, since: NOW })
    await observe(c, { share: 50 }, LATER)
    expect(pointer()?.candidate).toMatchObject({ digest: c.digest, since: LATER })
  })

  test('it is made live, or dropped, under new serials', async () => {
    const { publish, observe, enforce, drop, pointer } = kv()
    await publish(a)
    await observe(b)
    await drop()
    expect(pointer()).toMatchObject({ digest: a.digest, serial: 3, kind: 'drop' })
    expect(pointer()?.candidate).toBeUndefined()
    await observe(b)
    await enforce()
    expect(pointer()).toMatchObject({ digest: b.digest, serial: 5, kind: 'enforce' })
    expect(pointer()?.candidate).toBeUndefined()
  })

  test('it outlasts a renewal of what is live, and neither another release nor a rollback', async () => {
    const { publish, observe, rollback, pointer } = kv()
    await publish(a)
    await observe(b)
    await publish(a)
    expect(pointer()).toMatchObject({ serial: 3, kind: 'publish', candidate: { digest: b.digest } })
    await publish(c)
    expect(pointer()?.candidate).toBeUndefined()
    await observe(b)
    await rollback()
    expect([pointer()?.digest, pointer()?.candidate]).toEqual([a.digest, undefined])
  })

  test('what cannot be is refused, and nothing is written', async () => {
    const { publish, observe, enforce, drop, entries } = kv()
    expect(await observe(b)).toMatchObject({ error: { code: 'nothing_live' } })
    await publish(a)
    const before = new Map(entries)
    expect(await observe(a)).toMatchObject({ error: { code: 'candidate_is_live' } })
    expect(await enforce()).toMatchObject({ error: { code: 'no_candidate' } })
    expect(await drop()).toMatchObject({ error: { code: 'no_candidate' } })
    expect(await observe(b, { clients: Array.from({ length: 500 }, (_, index) => `client-${index}`) })).toMatchObject({
      error: { code: 'pointer_refused' },
    })
    expect(await observe(b, {})).toMatchObject({ error: { code: 'pointer_refused' } })
    expect(entries).toEqual(before)
    await observe(b)
    entries.set(keyOf(b.digest), c.text)
    expect(await enforce()).toMatchObject({ error: { code: 'release_damaged' } })
  })
})

describe('in an isolate', () => {
  async function isolate(bundled: Named = d) {
    const store = kv()
    await store.publish(a)
    const events: ReleaseEvent[] = []
    const reads: string[] = []
    const state: { hanging?: string; until?: Promise<void> } = {}
    const { waitUntil, settled } = background()
    const loader = createReleaseLoader({
      read: async (name) => {
        reads.push(name)
        if (name === state.hanging) await (state.until ?? new Promise<never>(() => {}))
        const value = store.entries.get(name)
        return value === undefined ? undefined : (new TextEncoder().encode(value).buffer as ArrayBuffer)
      },
      trust,
      bundled: { ...bundled, serial: 0 },
      coldStart: 'bundled',
      refreshSeconds: 30,
      maxAgeSeconds: 300,
      report: (event) => events.push(event),
    })
    let now = Date.parse(NOW)
    const look = async () => {
      now += 31_000
      await loader.current(now, waitUntil)
      // What the look begins is waited for, too.
      if (state.hanging === undefined) for (let turn = 0; turn < 3; turn++) await settled()
      const active = await loader.current(now, waitUntil)
      return [active?.digest, active?.candidate?.digest, active?.candidate?.share]
    }
    return { ...store, state, look, reads, loader, waitUntil, codes: () => events.map(({ code }) => code) }
  }

  test('it is loaded in the background, follows its share, and goes', async () => {
    const { look, observe, drop, codes, reads } = await isolate()
    expect(await look()).toEqual([a.digest, undefined, undefined])
    await observe(b)
    expect(await look()).toEqual([a.digest, b.digest, 10])
    await observe(b, { share: 20 })
    expect(await look()).toEqual([a.digest, b.digest, 20])
    expect(reads.filter((name) => name === keyOf(b.digest))).toHaveLength(1)
    await drop()
    expect(await look()).toEqual([a.digest, undefined, undefined])
    expect(codes()).toEqual(['activated', 'candidate_loaded'])
  })

  test('made live, it takes over without being read again', async () => {
    const { look, observe, enforce, reads } = await isolate()
    await look()
    await observe(b)
    await look()
    await enforce()
    expect(await look()).toEqual([b.digest, undefined, undefined])
    expect(reads.filter((name) => name === keyOf(b.digest))).toHaveLength(1)
  })

  test('the bundled release can be the candidate, and is not read', async () => {
    const { look, observe, reads } = await isolate(b)
    await look()
    await observe(b)
    expect(await look()).toEqual([a.digest, b.digest, 10])
    expect(reads).not.toContain(keyOf(b.digest))
  })

  test.each<[string, (entries: Map<string, string>) => void, string]>([
    ['is missing', (entries) => entries.delete(keyOf(b.digest)), 'candidate_missing'],
    ['is damaged', (entries) => entries.set(keyOf(b.digest), c.text), 'candidate_damaged'],
  ])('one that %s is reported, and changes nothing for what is live', async (_, damage, code) => {
    const { look, observe, entries, codes } = await isolate()
    await look()
    await observe(b)
    damage(entries)
    expect(await look()).toEqual([a.digest, undefined, undefined])
    expect(await look()).toEqual([a.digest, undefined, undefined])
    expect(codes()).toEqual(['activated', code])
  })

  test('one that hangs holds up nobody, not even the first request', async () => {
    const { observe, state, loader, waitUntil } = await isolate()
    await observe(b)
    state.hanging = keyOf(b.digest)
    expect(await loader.current(Date.parse(NOW), waitUntil)).toMatchObject({ digest: a.digest, serial: 2 })
  })

  test('one that arrives once it was taken away stays away', async () => {
    const { look, observe, drop, state, loader, waitUntil, codes } = await isolate()
    await look()
    await observe(b)
    let arrive = () => {}
    state.until = new Promise((resolve) => {
      arrive = resolve
    })
    state.hanging = keyOf(b.digest)
    await look()
    await drop()
    await look()
    await expect.poll(() => loader.current(Date.parse(NOW) + 93_000, waitUntil)).toMatchObject({ serial: 3 })
    arrive()
    await expect.poll(() => codes()).toContain('candidate_loaded')
    await new Promise((resolve) => setTimeout(resolve))
    expect(await loader.current(Date.parse(NOW) + 93_000, waitUntil)).not.toHaveProperty('candidate')
  })

  test('it goes before another release is read, so that there are never three', async () => {
    const { look, observe, publish, state, loader, waitUntil } = await isolate(d)
    await look()
    await observe(b)
    expect(await look()).toEqual([a.digest, b.digest, 10])
    await publish(c)
    state.hanging = keyOf(c.digest)
    await loader.current(Date.parse(NOW) + 95_000, waitUntil)
    await expect.poll(() => loader.current(Date.parse(NOW) + 95_000, waitUntil)).not.toHaveProperty('candidate')
    expect(await loader.current(Date.parse(NOW) + 95_000, waitUntil)).toMatchObject({ digest: a.digest })
  })
})
