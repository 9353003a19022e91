/** The revocation log as a workerd service of its own, for gates beside it; it is driven over HTTP, and can be taken away. */
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { MarkTarget } from '../../src/policy/mark.ts'
import type { NonEmpty } from '../../src/policy/result.ts'
import type { Action, AppendFault, LogStatus, NewEntry, Receipt } from '../../src/policy/revocation-log.ts'
import type { WorkerdService } from './workerd.ts'

/** `failing`: every ask of the gates throws. `silent`: none is answered. */
export type Mood = 'well' | 'failing' | 'silent'

export interface HubClient {
  append(...entries: NonEmpty<NewEntry>): Promise<Receipt | AppendFault>
  /** Marks that revoke these, acknowledged when it resolves: the number of the first entry. */
  revoke(...targets: NonEmpty<MarkTarget>): Promise<number>
  act(action: Action): Promise<number>
  status(): Promise<LogStatus>
  setMood(mood: Mood): Promise<void>
  /** The log is empty from then on, and in its place is another one. */
  lose(): Promise<void>
  /** How often gates have asked for changes so far. */
  asks(): Promise<number>
}

const ENTRY = `
import { RevocationHub as Hub } from './src/revocation/log-object.ts'

let mood = 'well'
let asks = 0
export class RevocationHub extends Hub {
  async changes(after) {
    asks++
    if (mood === 'failing') throw new Error('away')
    if (mood === 'silent') await new Promise((resolve) => setTimeout(resolve, 60_000))
    return super.changes(after)
  }
  async lose() {
    await this.ctx.storage.deleteAll()
    this.ctx.abort('lost')
  }
}
export default {
  async fetch(request, env) {
    const { environment, method, args } = await request.json()
    if (method === 'setMood') mood = args[0]
    if (method === 'setMood' || method === 'asks') return Response.json(asks)
    const log = env.REVOCATIONS.get(env.REVOCATIONS.idFromName(environment))
    if (method === 'lose') return Response.json(await log.lose().catch(() => null))
    return Response.json((await log[method](...args)) ?? null)
  },
}`

let built: Promise<string> | undefined

function hubCode(): Promise<string> {
  built ??= build({
    stdin: { contents: ENTRY, resolveDir: fileURLToPath(new URL('../..', import.meta.url)), loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:workers'],
    logLevel: 'silent',
  }).then(({ outputFiles }) => outputFiles[0]?.text ?? '')
  return built
}

/** `kv`: `host:port` of a server that speaks KV's protocol, for its snapshots. */
export async function hubService(name: string, kv?: string): Promise<WorkerdService> {
  return {
    name,
    modules: [{ name: 'hub.js', code: await hubCode() }],
    durableObjects: { REVOCATIONS: 'RevocationHub' },
    ...(kv !== undefined && { kv: { SCOPES: kv } }),
  }
}

const AUTHOR = { author: { kind: 'principal', issuer: 'https://admin.example.com' }, origin: { via: 'admin' } } as const

export function hubAt(port: number, environment: string): HubClient {
  async function call<T>(method: string, ...args: readonly unknown[]): Promise<T> {
    const body = JSON.stringify({ environment, method, args })
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body })
    if (!answer.ok) throw new Error(`the hub answered ${answer.status} to ${method}: ${await answer.text()}`)
    return (await answer.json()) as T
  }
  async function append(...entries: NonEmpty<NewEntry>): Promise<Receipt | AppendFault> {
    return call('append', entries)
  }
  async function appended(...entries: NonEmpty<NewEntry>): Promise<number> {
    const receipt = await append(...entries)
    if ('code' in receipt) throw new Error(`the log did not take it: ${receipt.code}`)
    return receipt.entries[0]?.seq ?? 0
  }
  const mark = (target: MarkTarget): NewEntry => ({
    ...AUTHOR,
    action: {
      kind: 'mark',
      target,
      effect: target.kind === 'scope' ? { kind: 'suspend' } : { kind: 'revoke' },
      reason: 'Tested.',
    },
  })
  return {
    append,
    revoke: (first, ...others) => appended(mark(first), ...others.map(mark)),
    act: (action) => appended({ ...AUTHOR, action }),
    status: () => call('status'),
    setMood: async (mood) => void (await call('setMood', mood)),
    lose: async () => void (await call('lose')),
    asks: () => call('asks'),
  }
}
