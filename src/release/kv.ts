/** A KV binding as the loader reads it, and as a rollback writes it. The only file of the room that names Cloudflare. */
import type { KVNamespace } from '@cloudflare/workers-types'
import type { ReadBytes } from './loader.ts'
import { readWithin } from './read-within.ts'
import type { ReleaseStore } from './store.ts'

/** KV's own minimum: how long a data centre may answer from its cache. */
const CACHE_TTL_SECONDS = 30

export const kvReader =
  (namespace: KVNamespace): ReadBytes =>
  async (key, mostBytes) => {
    const stream = await namespace.get(key, { type: 'stream', cacheTtl: CACHE_TTL_SECONDS })
    return stream === null ? undefined : readWithin(stream, mostBytes)
  }

/** What one call reads. */
const MOST_KEYS = 100

/** For whoever looks at the history or rolls back. What it reads may be as old as a data centre's cache. */
export const kvStore = (namespace: KVNamespace): ReleaseStore => ({
  async read(keys) {
    const found = new Map<string, string>()
    for (let from = 0; from < keys.length; from += MOST_KEYS) {
      const values = await namespace.get(keys.slice(from, from + MOST_KEYS), {
        type: 'text',
        cacheTtl: CACHE_TTL_SECONDS,
      })
      for (const [key, value] of values) if (value !== null) found.set(key, value)
    }
    return found
  },
  put: (key, value) => namespace.put(key, value),
  async list(prefix) {
    const names: string[] = []
    let cursor: string | undefined
    do {
      const page = await namespace.list({ prefix, ...(cursor !== undefined && { cursor }) })
      for (const { name } of page.keys) names.push(name)
      cursor = page.list_complete ? undefined : page.cursor
    } while (cursor !== undefined)
    return names
  },
})
