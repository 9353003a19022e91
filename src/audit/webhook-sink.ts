/** Batches of events for a SIEM, as Standard Webhooks. The same batch has the same id each time that it is sent. */
import type { SinkPolicy } from '../policy/event-policy.ts'
import { ecsDecision, ecsNotice } from './ecs.ts'
import { ocsfDecision, ocsfNotice } from './ocsf.ts'
import { post, Refused } from './post.ts'
import { type Delivery, type Sink, type SinkParts, selectorOf, Undeliverable } from './sink.ts'
import { readWebhookSecret, signedHeaders } from './standard-webhook.ts'

type WebhookPolicy = Extract<SinkPolicy, { kind: 'webhook' }>

const MOST_AT_ONCE = 100

/** Gone, and too large: the same again would be answered in the same way. */
const FINAL: readonly number[] = [410, 413]

/** Throws where the secret is none of Standard Webhooks. */
export function webhookSink(
  { name, decisions, url, secret: secretName, shape }: WebhookPolicy,
  parts: SinkParts,
): Sink {
  const secret = readWebhookSecret(parts.secret(secretName))
  if (secret === undefined) throw new TypeError(`the secret ${secretName} is none of Standard Webhooks`)
  return {
    name,
    selects: selectorOf(decisions),
    takesNotices: true,
    mostAtOnce: MOST_AT_ONCE,
    send: async (delivery, signal) => {
      const body = JSON.stringify(BODIES[shape](delivery))
      const headers = await signedHeaders(secret, delivery.id, Math.floor(parts.clock() / 1000), body)
      try {
        const response = await post(parts, url, headers, body, signal)
        await response.body?.cancel()
      } catch (reason) {
        throw reason instanceof Refused && FINAL.includes(reason.status) ? new Undeliverable(reason.message) : reason
      }
    },
  }
}

/** Our own events in an envelope; those of other formats bare, as whoever reads these formats takes them in. */
const BODIES: Readonly<Record<WebhookPolicy['shape'], (delivery: Delivery) => unknown>> = {
  scopewall: ({ environment, decisions, notices }) => ({
    type: 'scopewall.events',
    timestamp: (decisions[0] ?? notices[0])?.at,
    data: { environment, decisions, notices },
  }),
  ocsf: ({ environment, decisions, notices }) => [
    ...decisions.map(ocsfDecision),
    ...notices.map((notice) => ocsfNotice(notice, environment)),
  ],
  ecs: ({ environment, decisions, notices }) => [
    ...decisions.map(ecsDecision),
    ...notices.map((notice) => ecsNotice(notice, environment)),
  ],
}
