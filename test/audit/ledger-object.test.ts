/** The ledger as a Durable Object: its alarm with a clock in hand, and all of it in the real runtime. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { TokenAnswer } from '../../src/policy/token-audit.ts'
import { COMPATIBILITY } from '../support/workerd.ts'
import { fingerprintOf, NOW, queryOf, sightingOf } from './ledgers.ts'

vi.mock('cloudflare:workers', () => ({
  DurableObject: class {
    readonly ctx: unknown
    constructor(ctx: unknown) {
      this.ctx = ctx
    }
  },
}))

const HOUR_MS = 3_600_000
const WEEK_MS = 168 * HOUR_MS

describe('with a clock in hand', () => {
  let alarm: number | null
  let database: DatabaseSync

  beforeEach(() => {
    vi.useFakeTimers({ now: NOW * 1000 })
    alarm = null
    database = new DatabaseSync(':memory:')
  })
  afterEach(() => {
    vi.useRealTimers()
    database.close()
  })

  async function createObject() {
    const storage = {
      sql: {
        exec(query: string, ...bindings: SQLInputValue[]) {
          const rows = database.prepare(query).all(...bindings)
          return { toArray: () => rows }
        },
      },
      getAlarm: async () => alarm,
      setAlarm: async (time: number) => {
        alarm = time
      },
    }
    const { TokenLedger } = await import('../../src/audit/ledger-object.ts')
    const made: unknown = Reflect.construct(TokenLedger, [{ storage }, {}])
    return made as InstanceType<typeof TokenLedger>
  }

  /** As the runtime does it: the alarm is gone when its handler runs. */
  async function ring(object: { alarm(): Promise<void> }) {
    vi.setSystemTime(alarm ?? Number.NaN)
    alarm = null
    await object.alarm()
  }

  test('an alarm comes every hour while there are rows, and then no more', async () => {
    const object = await createObject()
    await object.record({ sightings: [sightingOf({ name: 't' })], missed: 0 })
    expect(alarm).toBe(NOW * 1000 + HOUR_MS)
    await object.record({ sightings: [sightingOf({ name: 'u' })], missed: 0 })
    let hours = 0
    while (alarm !== null && hours < 200) {
      await ring(object)
      hours++
    }
    expect(hours * HOUR_MS).toBe(WEEK_MS + HOUR_MS)
    expect(database.prepare('SELECT COUNT(*) AS count FROM token').get()?.count).toBe(0)
  })

  test('a backlog is worked off second by second', async () => {
    const object = await createObject()
    const sightings = Array.from({ length: 5_500 }, (_, index) => sightingOf({ name: `t${index}` }))
    await object.record({ sightings, missed: 0 })
    alarm = NOW * 1000 + 2 * WEEK_MS
    await ring(object)
    expect(alarm).toBe(NOW * 1000 + 2 * WEEK_MS + 1000)
    await ring(object)
    expect(alarm).toBe(null)
  })
})

describe('in the runtime that it is for', () => {
  const ENTRY = `
    import { createSightings } from './src/audit/sightings.ts'
    import { durableTokenLedger } from './src/audit/token-ledger.ts'
    import { TokenLedger } from './src/audit/ledger-object.ts'
    export class SweptLedger extends TokenLedger { async sweep() { await this.alarm(); return null } }
    export default {
      async fetch(request, env, context) {
        const [method, argument] = await request.json()
        if (method === 'see') {
          const clock = () => Date.now()
          const { record: send } = durableTokenLedger(env.LEDGER)
          const parts = { send, clock, subjects: 'hashed', pause: () => Promise.resolve(), report: console.log }
          const sightings = createSightings(parts)
          for (const { scopes, ...facts } of argument)
            sightings.see({ ...facts, scopes: new Set(scopes) }, clock(), (work) => context.waitUntil(work))
          return Response.json(null)
        }
        if (method === 'sweep') return Response.json(await env.LEDGER.get(env.LEDGER.idFromName('tokens')).sweep())
        return Response.json(await durableTokenLedger(env.LEDGER)[method](argument))
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
        durableObjects: { LEDGER: { className: 'SweptLedger', useSQLite: true } },
      }),
    )
    await runtime.ready
  })
  afterAll(() => runtime.dispose())

  async function call<T>(method: 'record' | 'ask' | 'see' | 'sweep', argument: unknown): Promise<T> {
    const response = await runtime.dispatchFetch('http://ledger/', {
      method: 'POST',
      body: JSON.stringify([method, argument]),
    })
    return (await response.json()) as T
  }

  test('what isolates tell is summed up, and every kind of question has an answer', async () => {
    const seen = Math.floor(Date.now() / 1000)
    const facts = { seen, issuedAt: seen - 10, expiresAt: seen + 3600, subject: 'alice' }
    const sightings = [
      sightingOf({ name: 'a', client: 'mobile', scopes: ['orders:read', 'orders:write'], ...facts }),
      sightingOf({ name: 'b', client: 'batch', ...facts, expiresAt: seen + 86_400 }),
    ]
    expect(await call('record', { sightings, missed: 2 })).toEqual({ level: 0 })
    await Promise.all(Array.from({ length: 5 }, () => call('record', { sightings, missed: 0 })))
    const listed = await call<TokenAnswer>('ask', queryOf())
    expect(listed).toMatchObject({ kept: 2, estimated: 2, missed: 2, sampling: [{ from: 0, oneIn: 1 }] })
    expect(listed.tokens?.map(({ fingerprint, uses }) => [fingerprint, uses])).toEqual([
      [fingerprintOf('b'), 6],
      [fingerprintOf('a'), 6],
    ])
    const names = async (query: object) =>
      (await call<TokenAnswer>('ask', queryOf(query))).groups?.map(({ name, scopes }) => [name, scopes])
    expect(await names({ by: 'client' })).toEqual([
      ['batch', ['orders:read']],
      ['mobile', ['orders:read', 'orders:write']],
    ])
    expect(await names({ by: 'subject', scope: 'orders:write' })).toEqual([['alice', ['orders:read', 'orders:write']]])
    expect(await names({ by: 'scope', sort: 'uses' })).toEqual([
      ['orders:read', undefined],
      ['orders:write', undefined],
    ])
    expect((await call<TokenAnswer>('ask', queryOf({ limit: 1 }))).next).toBe(1)
  })

  test('what an isolate sees is there once its request is over', async () => {
    const expiresAt = Math.floor(Date.now() / 1000) + 600
    const seen = ['s1', 's2'].map((name) => ({
      fingerprint: fingerprintOf(name),
      issuer: 'https://seen.example',
      subject: 'alice',
      scopes: ['orders:read'],
      expiresAt,
      authentication: { acrs: [], amr: [] },
    }))
    await call('see', seen)
    const listed = () => call<TokenAnswer>('ask', queryOf({ issuer: 'https://seen.example' }))
    await expect.poll(async () => (await listed()).kept).toBe(2)
    expect((await listed()).tokens).toMatchObject([{ uses: 1, expiresAt }, { uses: 1 }])
    expect(JSON.stringify(await listed())).not.toContain('alice')
  })

  test('what is too old is swept', async () => {
    const seen = Math.floor(Date.now() / 1000) - 8 * 86_400
    await call('record', { sightings: [sightingOf({ name: 'old', seen })], missed: 0 })
    const listed = () => call<TokenAnswer>('ask', queryOf({ expired: true, sort: 'seen' }))
    const before = await listed()
    await call('sweep', undefined)
    expect((await listed()).kept).toBe(before.kept - 1)
  })
})
