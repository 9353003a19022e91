/** That a proof serves once: how it is named, how its shard is asked, and what the shard remembers, in the real runtime. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import fc from 'fast-check'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Proof, ProofRequest } from '../../src/token/proof.ts'
import { durableReplayStore, type ProofRegistries, replayKey } from '../../src/token/replay.ts'
import { COMPATIBILITY } from '../support/workerd.ts'

vi.mock('cloudflare:workers', () => ({
  DurableObject: class {
    readonly ctx: unknown
    constructor(ctx: unknown) {
      this.ctx = ctx
    }
  },
}))

const proof: Proof = { thumbprint: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I', id: 'j-1', issuedAt: 1_800_000_000 }
const request: ProofRequest = { method: 'GET', uri: 'https://api.example.com/orders', token: 't' }

describe('[DPP-19] the key of a use', () => {
  test('is a SHA-256 of fixed length, however long the identifier', async () => {
    expect(await replayKey(proof, request)).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(await replayKey({ ...proof, id: 'j'.repeat(8000) }, request)).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  test('does not depend on how the URI is spelled, nor on when, with what token or nonce', async () => {
    const key = await replayKey(proof, request)
    for (const uri of ['HTTPS://API.example.com:443/orders?page=2', 'https://api.example.com/x/../%6frders#top'])
      expect(await replayKey(proof, { ...request, uri })).toBe(key)
    expect(await replayKey({ ...proof, issuedAt: 5, nonce: 'n' }, { ...request, token: 'other' })).toBe(key)
  })

  test('law: other uses have other keys, wherever one part ends and the next begins', async () => {
    const text = fc.oneof(
      fc.constantFrom('a', 'aa', '"', '","', '|', '\\', '', '\ud800', '\udc00'),
      fc.string({ maxLength: 3 }),
    )
    const use = fc.record({ thumbprint: text, method: text, uri: text, id: text })
    const keyOf = ({ thumbprint, method, uri, id }: { thumbprint: string; method: string; uri: string; id: string }) =>
      replayKey(
        { ...proof, thumbprint, id },
        { ...request, method, uri: `https://a.example/${encodeURIComponent(uri.toWellFormed())}` },
      )
    await fc.assert(
      fc.asyncProperty(use, use, async (one, other) => {
        const isSame = (['thumbprint', 'method', 'id'] as const).every((name) => one[name] === other[name])
        const isSameUri = one.uri.toWellFormed() === other.uri.toWellFormed()
        // What names a directory is resolved; it has tests of its own.
        fc.pre(![one.uri, other.uri].some((uri) => uri === '.' || uri === '..'))
        expect((await keyOf(one)) === (await keyOf(other))).toBe(isSame && isSameUri)
      }),
      { numRuns: 500 },
    )
  })
})

describe('[DPP-19] the store', () => {
  type Answer = (key: string, until: number) => Promise<unknown>

  function fakeRegistries(answer: Answer) {
    const asked: unknown[] = []
    const registries: ProofRegistries<string> = {
      idFromName: (name) => `id of ${name}`,
      get: (id) => ({
        firstUse(key, until) {
          asked.push([id, key, until])
          return answer(key, until) as Promise<boolean>
        },
      }),
    }
    return { asked, store: durableReplayStore(registries, 50) }
  }

  test.each([true, false])("hands on the shard's answer: %s", async (answer) => {
    const { asked, store } = fakeRegistries(async () => answer)
    expect(await store.firstUse('k', proof.thumbprint, 1_800_000_360)).toBe(answer)
    expect(asked).toEqual([['id of 0Z', 'k', 1_800_000_360]])
  })

  test('asks the same shard for the same key, and different ones for others', async () => {
    const { asked, store } = fakeRegistries(async () => true)
    for (const shard of ['abcd', 'abXY', 'aBcd', '-_cd']) await store.firstUse('k', shard, 0)
    expect(asked.map((call) => (call as unknown[])[0])).toEqual(['id of ab', 'id of ab', 'id of aB', 'id of -_'])
  })

  test.each<[string, Answer]>([
    ['fails', () => Promise.reject(new Error('overloaded'))],
    [
      'throws',
      () => {
        throw new Error('broken')
      },
    ],
    ['never comes', () => new Promise(() => {})],
    ['comes too late', () => new Promise((resolve) => setTimeout(resolve, 500, true))],
    ['is nothing', async () => undefined],
    ['is no yes or no', async () => 'true'],
  ])('rejects where the answer %s, and asks once', async (_, answer) => {
    const { asked, store } = fakeRegistries(answer)
    await expect(store.firstUse('k', 'ab', 0)).rejects.toThrow()
    expect(asked).toHaveLength(1)
  })

  test('leaves no timer behind', async () => {
    vi.useFakeTimers()
    try {
      await fakeRegistries(async () => true).store.firstUse('k', 'ab', 0)
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('[DPP-19] a shard, with a clock in hand', () => {
  const NOW = 1_800_000_000
  let alarm: number | null
  let alarmsSet: number[]
  let database: DatabaseSync

  async function createRegistry() {
    const storage = {
      sql: {
        exec(query: string, ...bindings: SQLInputValue[]) {
          const rows = database.prepare(query).all(...bindings)
          return { toArray: () => rows, one: () => rows[0] }
        },
      },
      getAlarm: async () => alarm,
      setAlarm: async (time: number) => {
        alarm = time
        alarmsSet.push(time)
      },
    }
    const { ProofRegistry } = await import('../../src/token/replay-object.ts')
    const made: unknown = Reflect.construct(ProofRegistry, [{ storage }, {}])
    return made as InstanceType<typeof ProofRegistry>
  }

  /** As the runtime does it: the alarm is gone when its handler runs. */
  async function ring(registry: { alarm(): Promise<void> }) {
    vi.setSystemTime(alarm ?? Number.NaN)
    alarm = null
    await registry.alarm()
  }

  const rows = () => database.prepare('SELECT COUNT(*) AS count FROM proof').get()?.count

  beforeEach(() => {
    vi.useFakeTimers({ now: NOW * 1000 })
    alarm = null
    alarmsSet = []
    database = new DatabaseSync(':memory:')
  })
  afterEach(() => {
    vi.useRealTimers()
    database.close()
  })

  test('the first row sets the alarm; no row moves one that is set', async () => {
    const registry = await createRegistry()
    expect(await registry.firstUse('a', NOW + 360)).toBe(true)
    expect(await registry.firstUse('b', NOW + 10)).toBe(true)
    expect(await registry.firstUse('c', NOW + 999)).toBe(true)
    expect(await registry.firstUse('a', NOW + 999)).toBe(false)
    expect(alarmsSet).toEqual([(NOW + 360) * 1000])
  })

  test('a replay neither writes, nor makes the row live longer', async () => {
    const registry = await createRegistry()
    await registry.firstUse('a', NOW + 360)
    expect(await registry.firstUse('a', NOW + 9999)).toBe(false)
    await ring(registry)
    expect([rows(), alarm]).toEqual([0, null])
  })

  test('what has expired goes, what has not stays, and the alarm comes back for it', async () => {
    const registry = await createRegistry()
    await registry.firstUse('a', NOW + 100)
    await registry.firstUse('b', NOW + 101)
    await registry.firstUse('c', NOW + 900)
    await ring(registry)
    expect([rows(), alarm]).toEqual([2, (NOW + 160) * 1000])
    expect(await registry.firstUse('b', NOW + 101)).toBe(false)
    await ring(registry)
    expect([rows(), alarm]).toEqual([1, (NOW + 900) * 1000])
    await ring(registry)
    expect([rows(), alarm]).toEqual([0, null])
  })

  test('a backlog is worked off batch by batch', async () => {
    const registry = await createRegistry()
    for (let index = 0; index < 4_500; index++) await registry.firstUse(`k${index}`, NOW + 100)
    const left = []
    for (let round = 1; round <= 3; round++) {
      await ring(registry)
      left.push([rows(), alarm])
    }
    expect(left).toEqual([
      [2500, (NOW + 101) * 1000],
      [500, (NOW + 102) * 1000],
      [0, null],
    ])
  })

  test('what it knew, it knows when it wakes up again', async () => {
    expect(await (await createRegistry()).firstUse('a', NOW + 360)).toBe(true)
    expect(await (await createRegistry()).firstUse('a', NOW + 360)).toBe(false)
  })
})

describe('[DPP-18] [DPP-19] a shard, in the runtime that it is for', () => {
  type Use = readonly [shard: string, key: string, until: number]
  const ENTRY = `
    import { durableReplayStore } from './src/token/replay.ts'
    export { ProofRegistry } from './src/token/replay-object.ts'
    export default {
      async fetch(request, env) {
        const store = durableReplayStore(env.PROOFS, 5000)
        const uses = await request.json()
        return Response.json(await Promise.all(uses.map(([shard, key, until]) => store.firstUse(key, shard, until))))
      },
    }`
  let runtime: Miniflare

  beforeAll(async () => {
    const { outputFiles } = await build({
      stdin: { contents: ENTRY, resolveDir: fileURLToPath(new URL('../..', import.meta.url)), loader: 'ts' },
      bundle: true,
      write: false,
      format: 'esm',
      target: 'es2024',
      conditions: ['workerd', 'worker', 'browser'],
      external: ['cloudflare:workers'],
    })
    runtime = new Miniflare(
      convertV4MiniflareOptions({
        modules: true,
        script: outputFiles[0]?.text ?? '',
        host: '127.0.0.1',
        cf: false,
        compatibilityDate: COMPATIBILITY.date,
        compatibilityFlags: [...COMPATIBILITY.flags],
        durableObjects: { PROOFS: { className: 'ProofRegistry', useSQLite: true } },
      }),
    )
    await runtime.ready
  })
  afterAll(() => runtime.dispose())

  async function use(...uses: readonly Use[]): Promise<readonly boolean[]> {
    const response = await runtime.dispatchFetch('http://registry/', { method: 'POST', body: JSON.stringify(uses) })
    return (await response.json()) as boolean[]
  }
  const seconds = () => Date.now() / 1000

  test('a proof is first once, and once for each key', async () => {
    const until = seconds() + 360
    expect(await use(['aa', 'k1', until])).toEqual([true])
    expect(await use(['aa', 'k1', until])).toEqual([false])
    expect(await use(['aa', 'k2', until])).toEqual([true])
  })

  test('of many uses at once, one is the first', async () => {
    const answers = await use(...Array.from({ length: 50 }, (): Use => ['bb', 'k', seconds() + 360]))
    expect(answers.filter((isFirst) => isFirst)).toHaveLength(1)
  })

  test('an alarm clears away what has expired, and nothing else', async () => {
    const until = seconds() + 1
    const expiring = Array.from({ length: 20 }, (_, index): Use => ['cc', `k${index}`, until])
    const watched: Use = ['cc', 'watched', until]
    await use(...expiring, watched, ['cc', 'lasting', until + 360])
    await expect.poll(() => use(watched), { timeout: 10_000 }).toEqual([true])
    expect(await use(...expiring)).not.toContain(false)
    expect(await use(['cc', 'lasting', until + 360])).toEqual([false])
  })
})
