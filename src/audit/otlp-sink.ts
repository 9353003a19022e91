/** Batches of events for an OpenTelemetry collector, OTLP over HTTP in JSON. */
import type { SinkPolicy } from '../policy/event-policy.ts'
import { logsRequest, rejectedRecords } from './otlp.ts'
import { post, Refused } from './post.ts'
import { type Sink, type SinkParts, selectorOf, Undeliverable } from './sink.ts'

const MOST_AT_ONCE = 100

/** Those after which the specification has a request sent again; after others it must not be. */
const RETRYABLE: readonly number[] = [429, 502, 503, 504]

/** Throws where a secret is no value of a header. */
export function otlpSink(
  { name, decisions, url, headers }: Extract<SinkPolicy, { kind: 'otlp' }>,
  parts: SinkParts,
): Sink {
  const known = Object.fromEntries(Object.entries(headers).map(([header, secret]) => [header, parts.secret(secret)]))
  // What is no value of a header would fail each time that it is sent.
  const sent = Object.fromEntries(new Headers(known))
  return {
    name,
    selects: selectorOf(decisions),
    takesNotices: true,
    mostAtOnce: MOST_AT_ONCE,
    send: async (delivery, signal) => {
      const body = JSON.stringify(logsRequest(delivery, parts.clock()))
      const records = delivery.decisions.length + delivery.notices.length
      const rejected = Math.min(rejectedRecords(await answerTo(parts, url, sent, body, signal)), records)
      if (rejected > 0) throw new Undeliverable('some records were rejected', rejected)
    },
  }
}

async function answerTo(...request: Parameters<typeof post>): Promise<unknown> {
  try {
    return await readAnswer(await post(...request))
  } catch (reason) {
    throw reason instanceof Refused && !RETRYABLE.includes(reason.status) ? new Undeliverable(reason.message) : reason
  }
}

/** More than it takes to say how many records were rejected, and why. */
const MOST_ANSWER_BYTES = 65_536

/** Undefined where it is too large or no JSON: it was a success, and says no more. */
async function readAnswer({ body }: Response): Promise<unknown> {
  const decoder = new TextDecoder()
  let [text, bytes] = ['', 0]
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MOST_ANSWER_BYTES) return undefined
    text += decoder.decode(chunk, { stream: true })
  }
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
