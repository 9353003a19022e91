/** One message to somebody else's server. Of its answer only the status counts: a receiver's words do not get into our log. */
import { type SinkParts, TryLater } from './sink.ts'

/** An answer that is no success. */
export class Refused extends Error {
  readonly status: number

  constructor(status: number) {
    super(`answered with status ${status}`)
    this.status = status
  }
}

/**
 * Resolves with a successful answer, whose body is the caller's to read or to give up. Rejects with `TryLater` where the receiver says when to come back,
 * else with `Refused`. A redirect is no success, and nobody follows it.
 */
export async function post(
  { fetch, clock }: Pick<SinkParts, 'fetch' | 'clock'>,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<Response> {
  const sent = { ...headers, 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers: sent, body, redirect: 'manual', signal })
  if (response.ok) return response
  // Until its body is read or given up, an answer holds its connection.
  await response.body?.cancel()
  const { status } = response
  const afterMs = status === 429 || status === 503 ? waitOf(response.headers.get('retry-after'), clock()) : undefined
  throw afterMs === undefined ? new Refused(status) : new TryLater(`answered with status ${status}`, afterMs)
}

/** RFC 9110 section 10.2.3: seconds, or a date. Undefined where it is neither, or has passed. */
function waitOf(retryAfter: string | null, now: number): number | undefined {
  if (retryAfter === null) return undefined
  const milliseconds = /^\d{1,9}$/.test(retryAfter) ? 1000 * Number(retryAfter) : Date.parse(retryAfter) - now
  return milliseconds > 0 ? milliseconds : undefined
}
