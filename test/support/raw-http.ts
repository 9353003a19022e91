/** Sends bytes as they are: `fetch` normalises URLs and headers, and an attacker does not. */
import { connect } from 'node:net'

export interface RawResponse {
  readonly status: number
  /** Names in lower case; repeated fields joined with `, `. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface RawRequest {
  readonly method?: string
  /** The request target, byte for byte. */
  readonly target: string
  readonly host?: string
  /** Lines after the Host line, without line ends. */
  readonly headers?: readonly string[]
  readonly body?: string
}

/** One request on a connection of its own. Rejects when the peer closes without a status line. */
export function sendRaw(
  port: number,
  { method = 'GET', target, host = 'api.example.com', headers = [], body = '' }: RawRequest,
): Promise<RawResponse> {
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  const head = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...length, ...headers]
  return sendBytes(port, Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`, 'utf8'))
}

export function sendBytes(port: number, bytes: Uint8Array): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    const chunks: Buffer[] = []
    socket.setTimeout(10_000, () => socket.destroy(new Error('no answer within 10 s')))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => {
      const response = parseResponse(Buffer.concat(chunks).toString('latin1'))
      if (response === undefined) reject(new Error('the connection closed without an answer'))
      else resolve(response)
    })
  })
}

function parseResponse(text: string): RawResponse | undefined {
  const end = text.indexOf('\r\n\r\n')
  const [statusLine, ...lines] = text.slice(0, end).split('\r\n')
  const status = /^HTTP\/1\.1 (\d{3})/.exec(statusLine ?? '')?.[1]
  if (end < 0 || status === undefined) return undefined
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase()
    const value = line.slice(line.indexOf(':') + 1).trim()
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  const body = text.slice(end + 4)
  return { status: Number(status), headers, body: headers['transfer-encoding'] === 'chunked' ? dechunk(body) : body }
}

function dechunk(text: string): string {
  let rest = text
  let body = ''
  for (;;) {
    const lineEnd = rest.indexOf('\r\n')
    const size = Number.parseInt(rest.slice(0, lineEnd), 16)
    if (lineEnd < 0 || !(size > 0)) return body
    body += rest.slice(lineEnd + 2, lineEnd + 2 + size)
    rest = rest.slice(lineEnd + 2 + size + 2)
  }
}
