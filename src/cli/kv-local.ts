/** The KV that `wrangler dev` uses on this machine. */
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

interface Bound {
  readonly binding: string
  readonly id?: string
}

/**
 * The namespace alone, and none of the Worker's other bindings: the runtime warns of each Durable Object whose class is not there, and a warning about
 * the Worker is nothing to whoever publishes a map.
 */
async function openStore<T>({ environment, config }: Place, work: (store: ReleaseStore) => Promise<T>): Promise<T> {
  // What it says of other settings would stand between a script and its JSON.
  process.env.WRANGLER_LOG ??= 'error'
  // Loaded only here: they take longer than most commands.
  const [{ unstable_readConfig }, { convertV4MiniflareOptions, Miniflare }] = await Promise.all([
    import('wrangler'),
    import('miniflare'),
  ])
  const { kv_namespaces } = unstable_readConfig({ config, ...(environment !== undefined && { env: environment }) })
  const bound = (kv_namespaces as readonly Bound[]).find(({ binding }) => binding === BINDING)
  if (bound === undefined)
    throw new Stop(
      EXIT.couldNotRun,
      `wrangler.toml binds no KV namespace as \`${BINDING}\``,
      'add it under [[kv_namespaces]] of that environment',
    )
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: 'export default {}',
      // One that has no id yet goes by its binding there.
      kvNamespaces: { [BINDING]: bound.id ?? BINDING },
      // Beside the configuration, where `wrangler dev` has it.
      resourcePersistencePath: join(dirname(resolve(config)), '.wrangler/state/v3'),
    }),
  )
  try {
    const { [BINDING]: namespace } = await runtime.getBindings<Record<typeof BINDING, KVNamespace>>()
    return await work(storeOver(namespace))
  } finally {
    await runtime.dispose()
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
