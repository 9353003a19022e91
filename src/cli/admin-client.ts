/** The admin API of the gate behind an address, asked with an access token. What comes back is shown only without what a terminal would act upon. */
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { healthAddress } from './edge.ts'
import { EXIT, type ExitCode, Stop } from './exit.ts'
import { loadAddress } from './map.ts'
import { visible } from './terminal.ts'

/** The options of every command that asks it. */
export interface AdminOptions {
  readonly scopes: string
  readonly env: string
  readonly url?: string
  /** A file with the access token, or `-`. */
  readonly tokenFile?: string
  readonly json?: boolean
}

export interface AdminClient {
  /** Scheme, host and port. */
  readonly origin: string
  /** `path` below `/_scopewall/admin/`. The answer is JSON from a stranger. Rejects with `Stop`, or with `Rejected` where the body was at fault. */
  get(path: string): Promise<unknown>
  /** An answer of any size that is not JSON, as it comes. Rejects with `Stop`, also where it breaks off. */
  stream(path: string): AsyncIterable<string>
  post(path: string, body: string, type?: 'application/json' | 'application/x-ndjson'): Promise<unknown>
}

/** Where something is wrong with what was sent. */
export interface ReportedFlaw {
  readonly at: string
  readonly detail: string
}

/** The gate did not take the body; nothing of it was written. */
export class Rejected extends Stop {
  readonly status: number
  readonly flaws: readonly ReportedFlaw[]
  constructor(exitCode: ExitCode, message: string, status: number, flaws: readonly ReportedFlaw[]) {
    super(exitCode, message)
    this.status = status
    this.flaws = flaws
  }
}

const PREFIX = '/_scopewall/admin/'
const DEADLINE_MS = 60_000
const MOST_CHARACTERS = 16 * 1024 * 1024

export async function adminClient(options: AdminOptions): Promise<AdminClient> {
  const { origin, protocol, hostname } = healthAddress(options.url ?? (await loadAddress(options.scopes, options.env)))
  if (protocol === 'http:' && !LOOPBACK.test(hostname))
    throw new Stop(EXIT.usage, `the token would be readable on its way to ${origin}`, 'use https')
  const headers = { accept: 'application/json', authorization: `Bearer ${await accessToken(options.tokenFile)}` }
  const ask = async (path: string, init: RequestInit) =>
    readAnswer(origin, await send(origin, new URL(PREFIX + path, origin), init))
  return {
    origin,
    get: (path) => ask(path, { headers }),
    stream: (path) => streamFrom(origin, new URL(PREFIX + path, origin), headers),
    post: (path, body, type = 'application/json') =>
      ask(path, { method: 'POST', headers: { ...headers, 'content-type': type }, body }),
  }
}

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/** Never from an argument: those are in the shell's history, and every process can read them. */
async function accessToken(file: string | undefined): Promise<string> {
  const token = (file === undefined ? (process.env.SCOPEWALL_TOKEN ?? '') : await readSecret(file)).trim()
  if (token === '')
    throw new Stop(
      EXIT.usage,
      'there is no access token to ask with',
      'put one into SCOPEWALL_TOKEN, or name a file with --token-file (`-` for standard input)',
    )
  if (/[^\x21-\x7e]/.test(token)) throw new Stop(EXIT.usage, 'the access token holds what no token holds')
  return token
}

/** `-` is standard input. */
export async function readSecret(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')
  } catch {
    throw new Stop(EXIT.couldNotRun, `\`${file}\` cannot be read`)
  }
}

interface Answered {
  readonly status: number
  readonly body: string
  /** `WWW-Authenticate`; empty where there is none. */
  readonly challenge: string
}

async function send(origin: string, url: URL, init: RequestInit): Promise<Answered> {
  try {
    // A redirect would carry the token elsewhere.
    const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(DEADLINE_MS) })
    const challenge = response.headers.get('www-authenticate') ?? ''
    return { status: response.status, body: await response.text(), challenge }
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError'
    throw new Stop(
      EXIT.couldNotRun,
      isLate ? `${origin} did not answer in time` : `${origin} could not be reached`,
      isLate ? 'whether it did what it was asked is not known: see `scopewall revocations`' : 'is the Worker deployed?',
    )
  }
}

async function* streamFrom(
  origin: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
): AsyncGenerator<string, void, void> {
  try {
    const response = await fetch(url, { headers, redirect: 'manual' })
    if (response.status !== 200) {
      const challenge = response.headers.get('www-authenticate') ?? ''
      throw refusalOf(origin, response.status, Object(parseJson(await response.text())), challenge)
    }
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) yield chunk
  } catch (error) {
    if (error instanceof Stop) throw error
    throw new Stop(EXIT.couldNotRun, `${origin} could not be reached, or the answer broke off`)
  }
}

function readAnswer(origin: string, { status, body, challenge }: Answered): unknown {
  const value = body.length > MOST_CHARACTERS ? undefined : parseJson(body)
  if (status >= 200 && status < 300 && value !== undefined) return value
  throw refusalOf(origin, status, Object(value), challenge)
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** A problem of RFC 9457: the gate's own, which has a code, or the admin API's. */
function refusalOf(
  origin: string,
  status: number,
  problem: Readonly<Record<string, unknown>>,
  challenge: string,
): Stop {
  const [title, detail] = [shown(problem.title), shown(problem.detail)]
  if (title === undefined)
    return new Stop(
      EXIT.couldNotRun,
      `the answer of ${origin} was ${status}, and not that of a gate`,
      'is the Worker deployed with revocation on, and does its route cover /_scopewall/?',
    )
  if (typeof problem.code !== 'string')
    return new Rejected(
      status === 404 || status === 409 ? EXIT.differs : EXIT.usage,
      detail ?? title,
      status,
      flawsOf(problem.errors),
    )
  const scopes = Array.isArray(problem.required_scopes)
    ? problem.required_scopes.flatMap((each) => shown(each) ?? [])
    : []
  const wanted = scopes.length === 0 ? '' : `; the token needs ${scopes.join(' ')}`
  const help =
    problem.code === 'unmapped'
      ? 'the map that the Worker was built with has no rule for this: see docs/revocation.md, and deploy'
      : `${detail?.replace(/\.$/, '') ?? ''}${wanted}${stepUpIn(challenge)}`
  return new Stop(
    status === 503 ? EXIT.couldNotRun : EXIT.denied,
    `${origin} refused: ${title} (${visible(problem.code)})`,
    help,
  )
}

/** What a challenge asks of the login (RFC 9470 section 3), for whoever has to log in. */
function stepUpIn(challenge: string): string {
  const [, acr] = / acr_values="([^"]*)"/.exec(challenge) ?? []
  const [, age] = / max_age="(\d{1,10})"/.exec(challenge) ?? []
  const asked = [
    ...(acr === undefined ? [] : [`acr_values ${visible(acr)}`]),
    ...(age === undefined ? [] : [`max_age ${age} seconds`]),
  ]
  return asked.length === 0 ? '' : `; it asks for ${asked.join(', ')}`
}

const shown = (value: unknown): string | undefined => (typeof value === 'string' ? visible(value) : undefined)

const flawsOf = (value: unknown): readonly ReportedFlaw[] =>
  (Array.isArray(value) ? value : []).flatMap((each) => {
    const { at, detail } = Object(each) as Readonly<Record<string, unknown>>
    return typeof at === 'string' && typeof detail === 'string' ? [{ at, detail: visible(detail) }] : []
  })
