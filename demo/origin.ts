/** A small real HTTP origin on the loopback address: the invoicing API that the gate of the demo stands before. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { close, listen } from './listen.ts'
import { createOriginRoutes, type Route, replyJson } from './origin-routes.ts'

export interface OriginOptions {
  /** 0 takes any free port. */
  readonly port: number
  /** Called for every request as it arrives. Nothing is printed unless this prints. */
  readonly onRequest?: (request: OriginRequest) => void
  /** How many requests it keeps, about; all unless given. */
  readonly keeps?: number
}

/** One request as it came over the wire. It is listed before it is answered; its body grows as it is read. */
export interface OriginRequest {
  readonly method: string
  /** The request target, exactly as received. */
  readonly url: string
  /** Names and values in turn, in the order and the case that came. */
  readonly rawHeaders: readonly string[]
  /** How much of the body has been read. */
  readonly bodyBytes: number
  /** The first 64 KiB of the body. */
  readonly body: Buffer
}

export interface Origin {
  /** `http://127.0.0.1:<port>`, without a trailing slash. */
  readonly url: string
  readonly port: number
  /** What reached the origin, WebSocket handshakes included, oldest first. */
  readonly requests: readonly OriginRequest[]
  /** Stops listening and cuts every connection. */
  close(): Promise<void>
}

/** Starts an origin with data of its own. Rejects with the code `EADDRINUSE` where the port is taken. */
export async function startOrigin({ port: wanted, onRequest, keeps }: OriginOptions): Promise<Origin> {
  const requests: Recording[] = []
  const routes = createOriginRoutes()
  const record = (request: IncomingMessage) => {
    const recording = new Recording(request)
    requests.push(recording)
    if (keeps !== undefined && requests.length > 2 * keeps) requests.splice(0, keeps)
    onRequest?.(recording)
    return recording
  }
  const server = createServer((request, response) => void answer(routes, record(request), response))
  const sockets = acceptWebSockets(server, record)
  const port = await listen(server, wanted)
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    close: async () => {
      for (const socket of sockets.clients) socket.terminate()
      await close(server)
    },
  }
}

const KEPT_BYTES = 64 * 1024

/** A request that notes its own body while somebody else reads it. */
class Recording implements OriginRequest {
  readonly method: string
  readonly url: string
  readonly rawHeaders: readonly string[]
  bodyBytes = 0
  #kept: Buffer[] = []
  #source: IncomingMessage

  constructor(request: IncomingMessage) {
    this.method = request.method ?? ''
    this.url = request.url ?? ''
    this.rawHeaders = [...request.rawHeaders]
    this.#source = request
  }

  get body(): Buffer {
    return Buffer.concat(this.#kept)
  }

  /** The body as it arrives. Can be read once. */
  async *read(): AsyncGenerator<Buffer> {
    for await (const chunk of this.#source) {
      const room = KEPT_BYTES - Math.min(this.bodyBytes, KEPT_BYTES)
      if (room > 0) this.#kept.push(chunk.subarray(0, room))
      this.bodyBytes += chunk.length
      yield chunk
    }
  }
}

async function answer(routes: readonly Route[], request: Recording, response: ServerResponse): Promise<void> {
  const body = request.read()
  const [path = '', query = ''] = request.url.split('?', 2)
  try {
    const route = findRoute(routes, request.method, path)
    if (route === undefined) replyJson(response, 404, { error: 'no_route' })
    else await route.handle({ path, query: new URLSearchParams(query), body, response })
    for await (const _unread of body);
  } catch {
    // The other side went away, or sent what is no JSON.
    if (response.headersSent) response.destroy()
    else replyJson(response, 400, { error: 'unreadable' })
  }
}

/** The first route that fits. `HEAD` is answered like `GET`. */
function findRoute(routes: readonly Route[], method: string, path: string): Route | undefined {
  const wanted = method === 'HEAD' ? 'GET' : method
  const segments = path.split('/')
  return routes.find((route) => route.method === wanted && fits(route.template.split('/'), segments))
}

/** `{name}` stands for one segment that is not empty, `{name+}` for all that is left. */
function fits(template: readonly string[], path: readonly string[]): boolean {
  const isTail = template.at(-1)?.endsWith('+}') === true
  if (isTail ? path.length < template.length : path.length !== template.length) return false
  return template.every((part, index) => (part.startsWith('{') ? path[index] !== '' : part === path[index]))
}

/** `/v1/events`: greets whoever connects and sends back what they say. */
function acceptWebSockets(server: Server, record: (request: IncomingMessage) => Recording): WebSocketServer {
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { url } = record(request)
    if (url.split('?', 1)[0] !== '/v1/events') {
      socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('message', (data, isBinary) => webSocket.send(data, { binary: isBinary }))
      webSocket.send(JSON.stringify({ event: 'connected' }))
    })
  })
  return sockets
}
