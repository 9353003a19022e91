/**
 * How the other environments' gates say that they are. Where they are is built in; what they answer is a stranger's text, read member by member, and nothing
 * of it is handed on as it came.
 */
import type { EnvironmentHealth } from '../policy/console-answers.ts'
import type { Environment } from '../policy/environment.ts'
import { OWN_PREFIX } from '../policy/reserved.ts'
import { isDigest } from '../release/digest.ts'
import { MAX_SERIAL } from '../release/pointer.ts'
import { readWithin } from '../release/read-within.ts'
import type { Fetch } from '../token/client-authentication.ts'
import { settleWithin } from '../token/patience.ts'

export interface Neighbours {
  /** In the order in which they are given. Never rejects. `now` in milliseconds. */
  healths(now: number): Promise<readonly EnvironmentHealth[]>
}

const DEADLINE_MS = 3_000
const MOST_BYTES = 65_536
const MOST_ASKED = 20
/** Several people look at the same page: an answer serves all of them for so long. */
const KEPT_MS = 10_000

export function createNeighbours(siblings: NonNullable<Environment['siblings']>, fetch: Fetch): Neighbours {
  const known = new Map<string, { readonly at: number; readonly health: EnvironmentHealth }>()
  return {
    healths: (now) =>
      Promise.all(
        siblings.slice(0, MOST_ASKED).map(async ({ name, resource }) => {
          const kept = known.get(name)
          if (kept !== undefined && now - kept.at < KEPT_MS) return kept.health
          const health = await healthOf(name, new URL(`${OWN_PREFIX}health`, resource).href, fetch)
          known.set(name, { at: now, health })
          return health
        }),
      ),
  }
}

async function healthOf(environment: string, url: string, fetch: Fetch): Promise<EnvironmentHealth> {
  const about = { environment, isOwn: false, url }
  try {
    const answer = await settleWithin(ask(url, fetch), DEADLINE_MS)
    if (answer === undefined) return { ...about, state: 'unreachable', detail: 'it did not answer in time' }
    const told = readHealth(answer.status, answer.text)
    return told === undefined ? { ...about, state: 'unreachable', detail: NO_GATE } : { ...about, ...told }
  } catch {
    return { ...about, state: 'unreachable', detail: 'it could not be reached' }
  }
}

/** Cloudflare leads what a Worker asks of its own zone past the Workers of that zone, to the origin. */
const NO_GATE =
  'the answer was not that of a gate; an environment of the same zone cannot be asked from here: `scopewall status` can'

async function ask(url: string, fetch: Fetch): Promise<{ readonly status: number; readonly text: string }> {
  const headers = { accept: 'application/json', 'user-agent': 'scopewall' }
  // A redirect would be the neighbour's choice of whom else this Worker asks.
  const answer = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(DEADLINE_MS) })
  if (answer.body === null) return { status: answer.status, text: '' }
  const bytes = await readWithin(answer.body, MOST_BYTES)
  return { status: answer.status, text: bytes === 'too_large' ? '' : new TextDecoder().decode(bytes) }
}

type Told = Pick<EnvironmentHealth, 'state' | 'release' | 'candidate' | 'detail'>

/** Undefined where it is not the answer of a gate. */
export function readHealth(status: number, body: string): Told | undefined {
  const told = parseObject(body)
  if (status === 503 && told.status === 'no_release')
    return { state: 'degraded', detail: 'it has no release to judge by' }
  const release = readRelease(told.release)
  if (status !== 200 || told.status !== 'ok' || release === undefined) return undefined
  const candidate = readCandidate(told.candidate)
  const isStale = Object(told.revocation).freshness === 'stale'
  return {
    state: isStale ? 'degraded' : 'ok',
    release,
    ...(candidate && { candidate }),
    ...(isStale && { detail: 'what it knows of revocations is stale' }),
  }
}

function readRelease(value: unknown): EnvironmentHealth['release'] {
  const { digest, serial, source, expires } = Object(value) as Readonly<Record<string, unknown>>
  if (!isDigest(digest) || !isSerial(serial) || (source !== 'kv' && source !== 'bundled')) return undefined
  return { digest, serial, source, ...(isTime(expires) && { expires }) }
}

function readCandidate(value: unknown): EnvironmentHealth['candidate'] {
  const { digest, since } = Object(value) as Readonly<Record<string, unknown>>
  return isDigest(digest) && isTime(since) ? { digest, since } : undefined
}

const isSerial = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= MAX_SERIAL

const isTime = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/.test(value)

function parseObject(body: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(body))
  } catch {
    return {}
  }
}
