/** A KV binding as the loader reads it. The only file of the room that names Cloudflare. */
import type { KVNamespace, ReadableStream } from '@cloudflare/workers-types'
import type { ReadBytes } from './loader.ts'

/** KV's own minimum: how long a data centre may answer from its cache. */
const CACHE_TTL_SECONDS = 30

export const kvReader =
  (namespace: KVNamespace): ReadBytes =>
  async (key, mostBytes) => {
    const stream = await namespace.get(key, { type: 'stream', cacheTtl: CACHE_TTL_SECONDS })
    return stream === null ? undefined : readWithin(stream, mostBytes)
  }

/** Gives up as soon as there is more than was asked for: a value may have 25 MiB, whoever wrote it. */
async function readWithin(stream: ReadableStream, mostBytes: number): Promise<ArrayBuffer | 'too_large'> {
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = stream.getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const chunk: Uint8Array = read.value
    length += chunk.byteLength
    if (length > mostBytes) {
      await reader.cancel()
      return 'too_large'
    }
    chunks.push(chunk)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes.buffer
}
