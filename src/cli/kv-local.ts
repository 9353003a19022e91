/** The KV that `wrangler dev` uses on this machine, through wrangler's own binding to it. */
import { dirname, join, resolve } from 'node:path'
import type { KVNamespace } from '@cloudflare/workers-types'
import type { ReleaseStore } from '../release/store.ts'
import { EXIT, Stop } from './exit.ts'
import { BINDING, type Place } from './place.ts'

/** Settles when the one before has let go of its store. */
let queue: Promise<unknown> = Promise.resolve()

/**
 * Runs `work` with the store open, and closes it whatever happens. One after the other: two runtimes that open the same state in the same moment find
 * it locked. So `work` must not wait for another local store.
 */
export function withLocalStore<T>(place: Place, work: (store: ReleaseStore) => Promise<T>): Promise<T> {
  const turn = queue.then(() => openStore(place, work))
  queue = turn.catch(() => undefined)
  return turn
}

async function openStore<T>({ environment, config }: Place, work: (store: ReleaseStore) => Promise<T>): Promise<T> {
  // What it says of other bindings and of secrets is about the Worker, and would stand between a script and its JSON.
  process.env.WRANGLER_LOG ??= 'error'
  // Loaded only here: it takes longer than most commands.
  const { getPlatformProxy } = await import('wrangler')
  const proxy = await getPlatformProxy<Record<string, KVNamespace | undefined>>({
    configPath: config,
    // Beside the configuration, as `wrangler dev` has it; left to itself it would be beside whoever calls.
    persist: { path: join(dirname(resolve(config)), '.wrangler/state/v3') },
    remoteBindings: false,
    ...(environment !== undefined && { environment }),
  })
  try {
    const namespace = proxy.env[BINDING]
    if (namespace === undefined)
      throw new Stop(
        EXIT.couldNotRun,
        `wrangler.toml binds no KV namespace as \`${BINDING}\``,
        'add it under [[kv_namespaces]] of that environment',
      )
    return await work(storeOver(namespace))
  } finally {
    await proxy.dispose()
  }
}

function storeOver(namespace: KVNamespace): ReleaseStore {
  return {
    async read(keys) {
      const values = await Promise.all(keys.map(async (key) => [key, await namespace.get(key)] as const))
      return new Map(values.flatMap(([key, value]) => (value === null ? [] : [[key, value] as const])))
    },
    put: (key, value) => namespace.put(key, value),
    async list(prefix) {
      const keys: string[] = []
      let cursor: string | undefined
      do {
        const page = await namespace.list({ prefix, ...(cursor !== undefined && { cursor }) })
        keys.push(...page.keys.map(({ name }) => name))
        cursor = page.list_complete ? undefined : page.cursor
      } while (cursor !== undefined)
      return keys
    },
  }
}
