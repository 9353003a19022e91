/** What the log does by itself, with a clock and a KV in hand: sweeps, snapshots, and going on where KV does not. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { isNonEmpty } from '../../src/policy/result.ts'
import { type Cursor, GENESIS, type NewEntry } from '../../src/policy/revocation-log.ts'
import { MAX_ENTRIES } from '../../src/revocation/append.ts'
import { CROWDED_PAUSE_MS, SWEEP_PAUSE_MS } from '../../src/revocation/compaction.ts'
import { NOTHING, writeFact } from '../../src/revocation/facts.ts'
import { MOST } from '../../src/revocation/room.ts'
import { decodePart, statesOf } from '../../src/revocation/snapshot-format.ts'
import { MANIFEST_KEY, partKey } from '../../src/revocation/snapshot-names.ts'
import { LEAST_STATES, type SnapshotStore } from '../../src/revocation/snapshot-writer.ts'
import { type FakeStorage, fakeStorage } from '../support/durable-storage.ts'
import { entryOf, START, seconds } from './model.ts'

vi.mock('cloudflare:workers', () => ({
  DurableObject: class {
    readonly ctx: unknown
    readonly env: unknown
    constructor(ctx: unknown, env: unknown) {
      this.ctx = ctx
      this.env = env
    }
  },
}))

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

function memoryKv() {
  const entries = new Map<string, ArrayBuffer | string>()
  let mode: 'up' | 'failing' | 'hanging' = 'up'
  const answer = async (work: () => void) => {
    if (mode === 'hanging') await new Promise(() => {})
    if (mode === 'failing') throw new Error('KV PUT failed: 500')
    work()
  }
  const store: SnapshotStore = {
    put: (key, value) => answer(() => entries.set(key, value)),
    delete: (key) => answer(() => entries.delete(key)),
  }
  return {
    store,
    entries,
    set: (next: typeof mode) => {
      mode = next
    },
  }
}

async function openHub(fake = fakeStorage(), kv = memoryKv()) {
  const { RevocationHub } = await import('../../src/revocation/log-object.ts')
  const made: unknown = Reflect.construct(RevocationHub, [{ storage: fake.storage }, { SCOPES: kv.store }])
  const hub = made as InstanceType<typeof RevocationHub>
  /** As the runtime does it: the alarm is gone when its handler runs. Time goes on while it waits for KV. */
  async function ring() {
    vi.setSystemTime(Math.max(fake.alarm ?? Number.NaN, Date.now()))
    fake.alarm = null
    let isDone = false
    const ringing = hub.alarm().finally(() => {
      isDone = true
    })
    while (!isDone) await vi.advanceTimersByTimeAsync(500)
    await ringing
  }
  return {
    hub,
    fake,
    kv,
    ring,
    /** Rings until nothing is left that is urgent. */
    async settle() {
      for (let rings = 0; fake.alarm !== null && fake.alarm < Date.now() + 30_000; rings++) {
        if (rings > 200) throw new Error('the alarms do not end')
        await ring()
      }
    },
    async bulk(count: number, expiresInDays?: number) {
      for (let done = 0; done < count; done += MAX_ENTRIES) {
        const entries: NewEntry[] = Array.from({ length: Math.min(MAX_ENTRIES, count - done) }, (_, index) =>
          entryOf({
            kind: 'mark',
            target: { kind: 'token', value: `${Date.now()} ${done + index}` },
            effect: { kind: 'revoke' },
            reason: 'a leak',
            ...(expiresInDays !== undefined && { expires: seconds(Date.now() + expiresInDays * DAY_MS) }),
          }),
        )
        if (isNonEmpty(entries)) await hub.append(entries)
      }
    },
  }
}

beforeEach(() => {
  vi.useFakeTimers({ now: START })
  vi.spyOn(console, 'log').mockReturnValue(undefined)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const note = entryOf({ kind: 'note', about: 'the weather', reason: 'rain' })

describe('the alarm', () => {
  test('is set by the first entry, and by none later; a small log makes no snapshot', async () => {
    const { hub, fake, kv, settle } = await openHub()
    expect(fake.alarm).toBe(null)
    await hub.append([note])
    expect(fake.alarm).toBe(START + SWEEP_PAUSE_MS)
    vi.setSystemTime(START + 5000)
    await hub.append([note])
    expect(fake.alarm).toBe(START + SWEEP_PAUSE_MS)
    await settle()
    expect(kv.entries.size).toBe(0)
  })

  test('sweeps slice by slice, and comes back for the next sweep', async () => {
    const { hub, fake, ring, settle, bulk } = await openHub()
    await bulk(6000, 1)
    await hub.append([
      entryOf({ kind: 'mark', target: { kind: 'token', value: 'lasting' }, effect: { kind: 'revoke' }, reason: 'x' }),
    ])
    const begin = async (at: number) => {
      vi.setSystemTime(at)
      await ring()
      await settle()
    }
    await begin(START + 24 * HOUR_MS)
    expect((await hub.status()).activeMarks).toBe(6001)
    expect(fake.alarm).toBeGreaterThan(START + 29 * HOUR_MS)
    await begin(START + 31 * HOUR_MS)
    expect((await hub.status()).activeMarks).toBe(1)
    expect(await hub.changes(GENESIS)).toMatchObject({ states: [{ effects: [{ entry: 6001 }] }] })
  })
})

describe('a log with little room left', () => {
  const lines = () => vi.mocked(console.log).mock.calls.map(([line]) => JSON.parse(String(line)))
  const mark = (value: string, via: 'admin' | 'self' = 'admin'): NewEntry => ({
    ...entryOf({ kind: 'mark', target: { kind: 'token', value }, effect: { kind: 'revoke' }, reason: 'x' }),
    origin: { via },
  })
  const taken = (fake: FakeStorage, targets: number) => writeFact(fake.storage.sql, 'counts', { ...NOTHING, targets })

  test('says so before it is full, and now and then, and sweeps sooner', async () => {
    const { hub, fake } = await openHub()
    await hub.append([note])
    taken(fake, 0.8 * MOST.targets - 1)
    await hub.append([mark('one')])
    expect([lines(), fake.alarm]).toEqual([[], START + SWEEP_PAUSE_MS])
    for (const name of ['two', 'three']) await hub.append([mark(name)])
    const detail = 'targets 800001 of 1000000, elaborate 0 of 90000, switches 0 of 5000'
    expect(lines()).toEqual([{ event: 'revocation', code: 'log_filling', detail }])
    expect(fake.alarm).toBe(START + CROWDED_PAUSE_MS)
  })

  test('says so when it takes no more', async () => {
    const { hub, fake } = await openHub()
    taken(fake, MOST.targets / 2)
    expect(await hub.append([mark('burned', 'self')])).toEqual({ code: 'full', entry: 0 })
    expect(await hub.append([mark('revoked')])).toMatchObject({ entries: [{ isDuplicate: false }] })
    taken(fake, MOST.targets)
    expect(await hub.append([mark('another')])).toEqual({ code: 'full', entry: 0 })
    expect(lines()).toMatchObject([{ code: 'log_full' }])
    expect((await hub.status()).head.seq).toBe(1)
  })
})

describe('a snapshot', { timeout: 60_000 }, () => {
  async function statesIn(kv: ReturnType<typeof memoryKv>, parts: readonly { readonly sha256: string }[]) {
    return parts.flatMap(({ sha256 }) => {
      const part = decodePart(new Uint8Array(kv.entries.get(partKey(sha256)) as ArrayBuffer))
      return part.ok ? [...statesOf(part.value)] : []
    })
  }

  test('is taken of a big log, and the log itself names it', async () => {
    const { hub, kv, settle, bulk } = await openHub()
    await bulk(LEAST_STATES + 7)
    await settle()
    const { head, snapshot } = await hub.status()
    expect(snapshot).toMatchObject({ format: 1, cursor: head })
    expect(snapshot?.parts.map(({ states }) => states)).toEqual([LEAST_STATES + 7])
    expect(await hub.changes(undefined)).toEqual({ kind: 'resync', head, snapshot })
    expect(JSON.parse(String(kv.entries.get(MANIFEST_KEY)))).toEqual(snapshot)
    const states = await statesIn(kv, snapshot?.parts ?? [])
    expect(states).toHaveLength(LEAST_STATES + 7)
    const { states: page } = (await hub.changes(GENESIS)) as { states: unknown }
    expect(states.slice(0, 5000)).toEqual(page)
  })

  test('is followed by another once enough has changed, or a day later; parts that nobody wants go after a day', async () => {
    const { hub, kv, ring, settle, bulk } = await openHub()
    await bulk(LEAST_STATES)
    await settle()
    const first = (await hub.status()).snapshot
    await bulk(LEAST_STATES - 1)
    await settle()
    expect((await hub.status()).snapshot).toEqual(first)
    await hub.append([note])
    await settle()
    const second = (await hub.status()).snapshot
    expect(second?.cursor.seq).toBe(2 * LEAST_STATES)
    expect(kv.entries.has(partKey(first?.parts[0]?.sha256 ?? ''))).toBe(true)

    await hub.append([note])
    vi.setSystemTime(START + 25 * HOUR_MS)
    await ring()
    await settle()
    const third = (await hub.status()).snapshot
    // The same states, so the same parts.
    expect(third).toEqual({ ...second, cursor: (await hub.status()).head, takenAt: third?.takenAt })
    for (let sweeps = 0; sweeps < 6; sweeps++) {
      await ring()
      await settle()
    }
    expect([...kv.entries.keys()].sort()).toEqual(
      [MANIFEST_KEY, ...(third?.parts ?? []).map(({ sha256 }) => partKey(sha256))].sort(),
    )
  })

  test.each(['failing', 'hanging'] as const)('comes later where KV is %s, and the log goes on', async (mode) => {
    const { hub, fake, kv, ring, settle, bulk } = await openHub()
    kv.set(mode)
    await bulk(LEAST_STATES)
    await settle()
    expect(kv.entries.size).toBe(0)
    expect((await hub.status()).snapshot).toBeUndefined()
    expect(fake.alarm).toBeGreaterThanOrEqual(Date.now() + 30_000)
    expect(await hub.append([note])).toMatchObject({ entries: [{ isDuplicate: false }] })
    kv.set('up')
    await ring()
    await settle()
    const { snapshot } = await hub.status()
    expect(await statesIn(kv, snapshot?.parts ?? [])).toHaveLength(LEAST_STATES)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('that is being built goes on after a restart, and what changes meanwhile comes after it', async () => {
    const first = await openHub()
    await first.bulk(6000)
    while (first.kv.entries.size === 0) await first.ring()
    const { hub, settle, kv } = await openHub(first.fake, first.kv)
    const undone = await hub.append([entryOf({ kind: 'undo', mark: 5900, reason: 'not this one' })])
    await settle()
    const { snapshot } = await hub.status()
    expect(snapshot?.cursor.seq).toBe(6000)
    expect(await statesIn(kv, snapshot?.parts ?? [])).toHaveLength(6000)
    expect(await hub.changes(snapshot?.cursor as Cursor)).toMatchObject({
      states: [{ seq: 6001, effects: [] }],
      cursor: (undone as { head: Cursor }).head,
    })
  })
})

describe('the object', () => {
  test('knows again what it knew', async () => {
    const { hub, fake, kv } = await openHub()
    await hub.append([note])
    const { head } = await hub.status()
    const again = (await openHub(fake, kv)).hub
    expect(await again.changes(head)).toEqual({ kind: 'changes', states: [], cursor: head, head })
  })
})
