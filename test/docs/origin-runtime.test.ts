/** What the gate signs in workerd is what an origin receives from workerd: `fetch` writes some queries otherwise than they came. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { startWorkerd } from '../support/workerd.ts'
import { jwks, origin, SECRET, STATEMENT } from './signed-messages.ts'

const SHARED = Buffer.alloc(32, 7).toString('base64url')

/** The guard of Express serves bare Node servers, too. */
type NodeGuard = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

/** Signs and sends what it is told to: the very files of the gate, in the runtime that they are for. */
const SENDER = `
  import { importStatementKey } from './src/gateway/statement-key.ts'
  import { signRequest, statementHeaders } from './src/gateway/statement.ts'
  export default {
    async fetch(request) {
      const { url, secret, algorithm, statement, received } = await request.json()
      const headers = new Headers(received)
      for (const [name, value] of statementHeaders(statement)) headers.set(name, value)
      const key = await importStatementKey('edge-1', algorithm, secret)
      const options = { key, nowSeconds: Math.floor(Date.now() / 1000), ttlSeconds: 30, nonce: crypto.randomUUID() }
      await signRequest(headers, { method: 'GET', url }, options)
      return fetch(url, { headers, redirect: 'manual' })
    },
  }`

test('[SIG-4] [SIG-6] [SIG-7] what the Workers runtime signs and sends is what the origin receives', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const stdin = { contents: SENDER, resolveDir: root, loader: 'js' as const }
  const bundle = await build({ stdin, bundle: true, write: false, format: 'esm', target: 'es2024', logLevel: 'silent' })
  const runtime = await startWorkerd([
    { name: 'sender', modules: [{ name: 'main.js', code: bundle.outputFiles[0]?.text ?? '' }] },
  ])
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    guard?.(request, response, () => response.end('in'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const authority = `127.0.0.1:${(server.address() as AddressInfo).port}`
  let guard: NodeGuard | undefined
  try {
    for (const [algorithm, secret] of [
      ['ed25519', SECRET],
      ['hmac-sha256', SHARED],
    ] as const) {
      const shared = [{ kty: 'oct', k: SHARED, kid: 'edge-1' }]
      guard = origin.expressGuard(
        origin.createVerifier({ keys: algorithm === 'ed25519' ? jwks.keys : shared, authority: [authority] }),
      ) as unknown as NodeGuard
      for (const target of [
        '',
        '/',
        '?',
        '/v1/caf%C3%A9/a%2Fb',
        `/v1/!$&'()*+,=:@?q='"<>\`{}|\\^[]%&x=é😀`,
        '/v1?a=%2e%zz+b?',
      ]) {
        const received = { authorization: 'Bearer x', 'signature-input': 'sig1=("date")', signature: 'sig1=:AA==:' }
        const body = JSON.stringify({
          url: `http://${authority}${target}`,
          secret,
          algorithm,
          statement: STATEMENT,
          received,
        })
        const answer = await fetch(`http://127.0.0.1:${runtime.ports.sender}/`, { method: 'POST', body })
        expect([target, await answer.text()]).toEqual([target, 'in'])
      }
    }
    const lines = requests[0]?.rawHeaders.filter((name) => name.toLowerCase().startsWith('signature'))
    expect(lines).toHaveLength(2)
  } finally {
    server.close()
    await runtime.close()
  }
})
