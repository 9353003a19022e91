/** Serves the built console, and canned answers in place of the admin API: for looking at states that a real gate rarely is in. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { type WebSocket, WebSocketServer } from 'ws'
import { pageHeaders } from '../../../src/console/content-policy.ts'
import {
  type ConsoleSettings,
  TAIL_PROTOCOL,
  type TailMessage,
  type TailTicket,
} from '../../../src/policy/console-answers.ts'

/** What the admin API says to a request below its prefix, such as `GET usage/traffic`. Undefined: it never answers. */
export type Answers = (route: string, query: URLSearchParams, body: unknown) => Canned | undefined
export interface Canned {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface FixtureServer {
  /** Of the console, with its final slash. */
  readonly url: string
  /** Exchanged at any time. */
  answers: Answers
  settings: ConsoleSettings
  /** What is said to somebody who wants to watch the tail; a ticket, unless set. */
  tailAnswer: Canned | undefined
  /** What a new watcher of the tail is told first. */
  recent: TailMessage
  /** Says something to all watchers. */
  readonly tell: (message: TailMessage) => void
  /** Cuts all sockets. */
  readonly cut: () => void
  /** What watchers sent, the latest last. */
  readonly heard: readonly unknown[]
  readonly close: () => Promise<void>
}

const TYPES: Readonly<Record<string, string>> = {
  '.txt': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const ADMIN = '/_scopewall/admin/'

/** `assets`: the folder that `scopewall build` wrote. */
export async function startFixtureServer(assets: string): Promise<FixtureServer> {
  const fixture: Pick<FixtureServer, 'answers' | 'settings' | 'tailAnswer' | 'recent'> = {
    answers: () => ({ status: 404, body: { title: 'Nothing is canned for this' } }),
    settings: { environment: 'staging', signIn: { kind: 'access' } },
    tailAnswer: undefined,
    recent: { kind: 'recent', decisions: [] },
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((fault) => response.writeHead(500).end(String(fault)))
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fixture')
    if (url.pathname === '/_scopewall/console.json') return sendJson(response, 200, fixture.settings)
    if (url.pathname.startsWith(ADMIN)) {
      const route = `${request.method} ${url.pathname.slice(ADMIN.length)}`
      if (route === 'POST tail' && fixture.tailAnswer === undefined) return sendJson(response, 200, ticket(request))
      const canned =
        route === 'POST tail' ? fixture.tailAnswer : fixture.answers(route, url.searchParams, await readBody(request))
      if (canned === undefined) return
      return sendJson(response, canned.status ?? 200, canned.body, canned.headers)
    }
    const file = url.pathname === '/_scopewall/' ? '/_scopewall/console/page.txt' : url.pathname
    if (!/^\/_scopewall\/console\/[\w.-]+$/.test(file)) return sendJson(response, 404, {})
    response.writeHead(200, { ...pageHeaders(), 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' })
    response.end(await readFile(`${assets}${file}`))
  }

  const sockets = new Set<WebSocket>()
  const heard: unknown[] = []
  const tails = new WebSocketServer({ server, path: '/_scopewall/tail', handleProtocols: () => TAIL_PROTOCOL })
  tails.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('message', (data) => {
      heard.push(JSON.parse(String(data)))
      socket.send(JSON.stringify(fixture.recent))
    })
  })

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return Object.assign(fixture, {
    url: `http://127.0.0.1:${port}/_scopewall/`,
    heard,
    tell(message: TailMessage) {
      for (const socket of sockets) socket.send(JSON.stringify(message))
    },
    cut() {
      for (const socket of sockets) socket.terminate()
    },
    async close() {
      for (const socket of sockets) socket.terminate()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  })
}

const ticket = ({ headers }: IncomingMessage): TailTicket => ({
  ticket: 't'.repeat(43),
  url: `ws://${headers.host}/_scopewall/tail`,
  expiresAt: new Date(Date.now() + 10_000).toISOString(),
})

function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  return text === '' ? undefined : JSON.parse(text)
}
