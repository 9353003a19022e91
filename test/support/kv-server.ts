/** A server that speaks the protocol of a KV binding, so that real workerd reads real HTTP from a store that a test can break. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface KvServer {
  /** `127.0.0.1:port`, for a KV binding. */
  readonly address: string
  readonly entries: Map<string, string>
  /** What Workers put there. */
  readonly written: Map<string, Uint8Array>
  /** Keys in the order they were read. */
  readonly reads: string[]
  /** How it answers from now on: as it should, with 500, not at all, or by cutting the connection. */
  mode: 'up' | 'failing' | 'hanging' | 'cutting'
  close(): Promise<void>
}

export async function startKvServer(): Promise<KvServer> {
  const entries = new Map<string, string>()
  const written = new Map<string, Uint8Array>()
  const reads: string[] = []
  const server = createServer(async (request, response) => {
    const key = decodeURIComponent(new URL(request.url ?? '/', 'http://kv').pathname.slice(1))
    if (request.method === 'PUT') {
      written.set(key, await buffer(request))
      return answer(store.mode, '', response)
    }
    reads.push(key)
    return answer(store.mode, entries.get(key) ?? written.get(key), response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const store: KvServer = {
    address: `127.0.0.1:${port}`,
    entries,
    written,
    reads,
    mode: 'up',
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return store
}

function answer(mode: KvServer['mode'], value: string | Uint8Array | undefined, response: ServerResponse): void {
  if (mode === 'hanging') return
  if (mode === 'cutting') return void response.destroy()
  if (mode === 'failing') return void response.writeHead(500).end()
  if (value === undefined) return void response.writeHead(404).end()
  response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(value)
}
