/** A KV binding as the loader reads it. The only file of the room that names Cloudflare. */
import type { KVNamespace } from '@cloudflare/workers-types'
import type { ReadBytes } from './loader.ts'
import { readWithin } from './read-within.ts'

/** KV's own minimum: how long a data centre may answer from its cache. */
const CACHE_TTL_SECONDS = 30

export const kvReader =
  (namespace: KVNamespace): ReadBytes =>
  async (key, mostBytes) => {
    const stream = await namespace.get(key, { type: 'stream', cacheTtl: CACHE_TTL_SECONDS })
    return stream === null ? undefined : readWithin(stream, mostBytes)
  }
