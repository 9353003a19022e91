/** What the gate behind an address says of itself, and one connection to ask it over. What comes is untrusted: nothing of it is shown that was not checked. */
import { type IncomingHttpHeaders, Agent as PlainAgent, request as plainRequest } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { STALE_STANCES, type StaleStance } from '../policy/revocation-policy.ts'
import { isDigest } from '../release/digest.ts'
import { EXIT, Stop } from './exit.ts'

export interface EdgeRelease {
  readonly digest: string
  readonly serial: number
  readonly source: 'bundled' | 'kv'
}

/** What an isolate knows of the revocation log. */
export interface EdgeRevocation {
  readonly freshness: 'fresh' | 'stale'
  /** What the gate does while it is stale. */
  readonly stance: StaleStance
  readonly seq: number
  readonly marks: number
  readonly ageSeconds?: number
}

export interface GateAnswer {
  readonly kind: 'gate'
  /** What the isolate that answered judges by. */
  readonly release: EdgeRelease
  /** What its Worker was built with; gates before this was there do not say. */
  readonly bundled?: { readonly digest: string; readonly serial: number }
  /** Gates before this was there do not say. */
  readonly revocation?: EdgeRevocation | 'off'
  /** Three letters of the data centre, where Cloudflare says so. */
  readonly colo?: string
  /** The edge's clock in milliseconds, cut to whole seconds. */
  readonly date?: number
}

export type EdgeAnswer =
  | GateAnswer
  /** In words. `isAbsent`: nothing listens there. */
  | { readonly kind: 'failed'; readonly why: string; readonly isAbsent: boolean }

/** One answer of the health page, within the deadline. Never rejects. */
export type AskEdge = (deadlineMs: number) => Promise<EdgeAnswer>

export interface EdgeConnection {
  readonly ask: AskEdge
  close(): void
}

const HEALTH_PATH = '/_scopewall/health'
const MOST_BYTES = 65_536

/** Where the gate of an address says how it is. */
export function healthAddress(url: string): URL {
  const address = URL.canParse(HEALTH_PATH, url) ? new URL(HEALTH_PATH, url) : undefined
  if (address === undefined || !/^https?:$/.test(address.protocol))
    throw new Stop(EXIT.usage, `\`${url}\` is no URL`, 'give the address of the API, as in https://api.example.com')
  return address
}

/** A TCP and TLS connection of its own, kept open from question to question; one that the other side closes is opened again. */
export function connectTo(address: URL): EdgeConnection {
  const isPlain = address.protocol === 'http:'
  const agent = isPlain
    ? new PlainAgent({ keepAlive: true, maxSockets: 1 })
    : new TlsAgent({ keepAlive: true, maxSockets: 1, maxCachedSessions: 0 })
  const open = isPlain ? plainRequest : tlsRequest
  const ask: AskEdge = (deadlineMs) =>
    new Promise((resolve) => {
      const fail = (why: string, isAbsent = false) => resolve({ kind: 'failed', why, isAbsent })
      const signal = AbortSignal.timeout(Math.ceil(deadlineMs))
      const headers = { accept: 'application/json', 'user-agent': 'scopewall' }
      const request = open(address, { agent, headers, signal }, (response) => {
        const chunks: Buffer[] = []
        let length = 0
        response.on('data', (chunk: Buffer) => {
          length += chunk.length
          chunks.push(chunk)
          if (length <= MOST_BYTES) return
          fail(`${address.origin} said more than a gate says of itself`)
          request.destroy()
        })
        response.on('end', () =>
          resolve(readAnswer(response.statusCode ?? 0, response.headers, Buffer.concat(chunks).toString())),
        )
        response.on('error', () => fail(`${address.origin} broke off its answer`))
      })
      request.on('error', (error: NodeJS.ErrnoException) =>
        signal.aborted
          ? fail(`${address.origin} did not answer in time`)
          : fail(`${address.origin} could not be reached`, error.code === 'ECONNREFUSED'),
      )
      request.end()
    })
  return { ask, close: () => agent.destroy() }
}

const DEADLINE_MS = 10_000

/** One question over a connection that is closed after it. */
export async function askOnce(url: string): Promise<EdgeAnswer> {
  const connection = connectTo(healthAddress(url))
  try {
    return await connection.ask(DEADLINE_MS)
  } finally {
    connection.close()
  }
}

/** What an answer says, if it is one of a gate with a release. */
export function readAnswer(status: number, headers: IncomingHttpHeaders, body: string): EdgeAnswer {
  const { release, bundled, revocation } = parseObject(body)
  const active = readNamed(release)
  const source = Object(release).source
  if (status !== 200 || active === undefined || (source !== 'bundled' && source !== 'kv'))
    return {
      kind: 'failed',
      why: `the answer was ${status}, and not that of a gate with a release: requests to this host do not pass the gate, or it has none`,
      isAbsent: false,
    }
  const builtIn = readNamed(bundled)
  const known = readRevocation(revocation)
  const colo = /-([A-Z]{3})$/.exec(String(headers['cf-ray'] ?? ''))?.[1]
  const date = Date.parse(headers.date ?? '')
  return {
    kind: 'gate',
    release: { ...active, source },
    ...(builtIn && { bundled: builtIn }),
    ...(known !== undefined && { revocation: known }),
    ...(colo !== undefined && { colo }),
    ...(Number.isFinite(date) && { date }),
  }
}

function readRevocation(value: unknown): EdgeRevocation | 'off' | undefined {
  if (value === 'off') return value
  const { freshness, stance, seq, marks, ageSeconds } = Object(value) as Readonly<Record<string, unknown>>
  const known = STALE_STANCES.find((each) => each === stance)
  if ((freshness !== 'fresh' && freshness !== 'stale') || known === undefined || !isCount(seq) || !isCount(marks))
    return undefined
  return { freshness, stance: known, seq, marks, ...(isCount(ageSeconds) && { ageSeconds }) }
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

function parseObject(body: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(body))
  } catch {
    return {}
  }
}

function readNamed(value: unknown): { readonly digest: string; readonly serial: number } | undefined {
  const { digest, serial } = Object(value) as Readonly<Record<string, unknown>>
  return isDigest(digest) && isCount(serial) ? { digest, serial } : undefined
}
