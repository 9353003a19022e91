/** The log in the runtime that it is for: over RPC, on a disk, with alarms, and killed in the middle of what it does. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type AppendFault,
  type ChainLink,
  type Changes,
  type Cursor,
  GENESIS,
  type LogStatus,
  type Receipt,
} from '../../src/policy/revocation-log.ts'
import { verifyChain } from '../../src/revocation/chain.ts'
import { decodePart } from '../../src/revocation/snapshot-format.ts'
import { startWorkerd, type Workerd } from '../support/workerd.ts'

/** Marks are made in the runtime, so that a big append is a small request. `rows` tells what a method read and wrote. */
const ENTRY = `
  import { append } from './src/revocation/append.ts'
  import { RevocationHub } from './src/revocation/log-object.ts'
  import { changesAfter, listMarks } from './src/revocation/reading.ts'

  export class Hub extends RevocationHub {
    async rows(method, part) {
      const { storage } = this.ctx
      const cursors = []
      const exec = (...query) => {
        cursors.push(storage.sql.exec(...query))
        return cursors.at(-1)
      }
      const { head } = await this.status()
      if (method === 'changes') changesAfter({ exec }, head, part)
      if (method === 'marks') listMarks({ exec }, part, Date.now())
      if (method === 'append')
        append({ sql: { exec }, transactionSync: (work) => storage.transactionSync(work) }, part, Date.now())
      return {
        read: cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0),
        written: cursors.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0),
      }
    }
  }

  const entryOf = (name, index) => ({
    author: { kind: 'principal', issuer: 'https://login.example.com', subject: 'ops-1' },
    origin: { via: 'admin' },
    action: { kind: 'mark', target: { kind: 'token', value: name + index }, effect: { kind: 'revoke' }, reason: 'a leak' },
    once: name + ' ' + index,
  })
  export default {
    async fetch(request, env) {
      const hub = env.REVOCATIONS.get(env.REVOCATIONS.idFromName('log'))
      const [method, ...parts] = await request.json()
      if (method === 'bulk')
        return Response.json(await hub.append(Array.from({ length: parts[1] }, (_, index) => entryOf(parts[0], index))))
      return Response.json(await hub[method](...parts))
    },
  }`

interface Kv {
  readonly address: string
  readonly entries: Map<string, Uint8Array>
  isUp: boolean
  close(): void
}

async function startKv(): Promise<Kv> {
  const entries = new Map<string, Uint8Array>()
  const server: Server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk)
    if (kv.isUp)
      entries.set(decodeURIComponent(new URL(request.url ?? '/', 'http://kv').pathname.slice(1)), Buffer.concat(chunks))
    response.writeHead(kv.isUp ? 200 : 500).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const kv: Kv = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    entries,
    isUp: false,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
  return kv
}

describe('the log, in the runtime that it is for', { timeout: 60_000 }, () => {
  let code: string
  let objects: string
  let kv: Kv
  let workerd: Workerd

  async function start() {
    const service = {
      name: 'log',
      modules: [{ name: 'log', code }],
      kv: { SCOPES: kv.address },
      durableObjects: { REVOCATIONS: 'Hub' },
    }
    workerd = await startWorkerd([service], { objects })
  }
  async function ask<T>(...call: readonly unknown[]): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${workerd.ports.log}/`, {
      method: 'POST',
      body: JSON.stringify(call),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(text)
    return JSON.parse(text) as T
  }
  async function allLinks(): Promise<readonly ChainLink[]> {
    const links: ChainLink[] = []
    for (let page = await ask<ChainLink[]>('links', 0, 1000); page.length > 0; ) {
      links.push(...page)
      page = await ask<ChainLink[]>('links', links.length, 1000)
    }
    return links
  }

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
    code = outputFiles[0]?.text ?? ''
    objects = await mkdtemp(join(tmpdir(), 'scopewall-log-'))
    kv = await startKv()
    await start()
  })
  afterAll(async () => {
    await workerd.close()
    kv.close()
    await rm(objects, { recursive: true, force: true })
  })

  test('is written, followed, listed and checked over RPC; a fault is an answer', async () => {
    const receipt = await ask<Receipt>('bulk', 'first', 3)
    expect(receipt.entries.map(({ seq }) => seq)).toEqual([1, 2, 3])
    expect(await ask('bulk', 'first', 3)).toMatchObject({
      head: receipt.head,
      entries: [{ isDuplicate: true }, {}, {}],
    })
    expect(await ask('changes', GENESIS)).toMatchObject({ states: [{}, {}, {}], cursor: receipt.head })
    expect(await ask('marks', { active: true, limit: 2 })).toMatchObject([{ seq: 3, standing: 'active' }, { seq: 2 }])
    expect(verifyChain(await allLinks())).toEqual({ ok: true, value: receipt.head })
    expect(await ask<AppendFault>('bulk', 'many', 5001)).toEqual({ code: 'too_many', entry: 5000 })
  })

  test('killed while it writes has all that it acknowledged, and the rest wholly or not at all', async () => {
    let acknowledged = 3
    for (let round = 0; round < 3; round++) {
      const size = 400
      const appends = Array.from({ length: 6 }, (_, index) =>
        ask<Receipt>('bulk', `round ${round} ${index} `, size).then(
          ({ entries }) => {
            acknowledged = Math.max(acknowledged, entries.at(-1)?.seq ?? 0)
          },
          () => {},
        ),
      )
      await Promise.race(appends)
      if (round > 0) await new Promise((resolve) => setTimeout(resolve, 5 * round))
      process.kill(workerd.pid, 'SIGKILL')
      await Promise.all(appends)
      await workerd.close()
      await start()
      const { head } = await ask<LogStatus>('status')
      expect(head.seq).toBeGreaterThanOrEqual(acknowledged)
      expect((head.seq - 3) % size).toBe(0)
      expect(verifyChain(await allLinks())).toEqual({ ok: true, value: head })
      const told = new Set<string>()
      for (let cursor: Cursor = GENESIS; cursor.seq < head.seq; ) {
        const page = await ask<Changes & { kind: 'changes' }>('changes', cursor)
        for (const state of page.states) told.add('key' in state ? state.key : '')
        cursor = page.cursor
      }
      expect(told.size).toBe(head.seq)
    }
  })

  test('takes its snapshot by an alarm, once KV takes it', async () => {
    await ask('bulk', 'more ', 5000)
    await expect
      .poll(() => workerd.lines.some((line) => line.includes('revocation_snapshot_failed')), { timeout: 25_000 })
      .toBe(true)
    expect(await ask('bulk', 'while KV is down ', 1)).toMatchObject({ entries: [{ isDuplicate: false }] })
    kv.isUp = true
    await expect.poll(async () => (await ask<LogStatus>('status')).snapshot, { timeout: 25_000 }).toBeDefined()
    const { head, snapshot } = await ask<LogStatus>('status')
    expect(await ask('changes')).toEqual({ kind: 'resync', head, snapshot })
    for (const { sha256, states } of snapshot?.parts ?? []) {
      const part = decodePart(kv.entries.get(`revocations/${sha256}`) ?? new Uint8Array())
      expect(part.ok && part.value.records.byteLength / 32).toBe(states)
    }
    expect(JSON.parse(new TextDecoder().decode(kv.entries.get('revocations/latest')))).toEqual(snapshot)
  })

  test('reads next to nothing for who knows all, and writes few rows for a mark', async () => {
    const { head } = await ask<LogStatus>('status')
    const [before] = (await ask<ChainLink[]>('links', head.seq - 2, 1)) as [ChainLink]
    expect(await ask('rows', 'changes', head)).toEqual({ read: 0, written: 0 })
    const behind = await ask<{ read: number }>('rows', 'changes', { seq: before.seq, hash: before.hash })
    expect(behind.read).toBeLessThanOrEqual(4)
    const listed = await ask<{ read: number }>('rows', 'marks', { active: true, limit: 10 })
    expect(listed.read).toBeLessThanOrEqual(20)
    const written = await ask<{ read: number; written: number }>('rows', 'append', [
      {
        author: { kind: 'sender', name: 'idp' },
        origin: { via: 'signal' },
        action: { kind: 'mark', target: { kind: 'token', value: 'rows' }, effect: { kind: 'revoke' }, reason: 'x' },
      },
    ])
    expect(written.written).toBeLessThanOrEqual(7)
    expect(written.read).toBeLessThanOrEqual(8)
  })
})
