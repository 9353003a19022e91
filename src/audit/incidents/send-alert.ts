/** Telling a channel of an incident. Only the status of the answer counts, and a redirect is no success. */
import type { AlertChannel } from '../../policy/incident.ts'
import type { SecretName } from '../../policy/secret-name.ts'
import { post } from '../post.ts'
import { readWebhookSecret, signedHeaders } from '../standard-webhook.ts'
import { type Alert, type Occasion, pagerDutyBody, slackBody, webhookBody } from './alert-shapes.ts'

export interface AlertParts {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** The value of a secret. Throws where there is none. */
  readonly secret: (name: SecretName) => string
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

const PAGERDUTY = 'https://events.pagerduty.com/v2/enqueue'
const DEADLINE_MS = 10_000

/** What a channel is told besides that an incident was opened. */
const OCCASIONS_OF: Readonly<Record<AlertChannel['kind'], readonly Occasion[]>> = {
  webhook: ['opened', 'acknowledged', 'closed'],
  slack: ['opened', 'closed'],
  pagerduty: ['opened', 'acknowledged', 'closed'],
}
export const isTold = ({ kind }: AlertChannel, occasion: Occasion): boolean => OCCASIONS_OF[kind].includes(occasion)

/** `message`: the same each time that this is told. Rejects where the channel did not take it. */
export async function sendAlert(
  channel: AlertChannel,
  alert: Alert,
  message: string,
  parts: AlertParts,
): Promise<void> {
  const { url, headers, body } = await requestTo(channel, alert, message, parts)
  const response = await post(parts, url, headers, body, AbortSignal.timeout(DEADLINE_MS))
  await response.body?.cancel()
}

interface AlertRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

async function requestTo(
  channel: AlertChannel,
  alert: Alert,
  message: string,
  parts: AlertParts,
): Promise<AlertRequest> {
  const value = parts.secret(channel.secret)
  switch (channel.kind) {
    case 'pagerduty':
      return { url: PAGERDUTY, headers: {}, body: pagerDutyBody(alert, value) }
    case 'slack':
      return { url: slackAddress(value), headers: {}, body: slackBody(alert) }
    case 'webhook': {
      const secret = readWebhookSecret(value)
      if (secret === undefined || channel.url === undefined)
        throw new TypeError(`the secret ${channel.secret} is none of Standard Webhooks`)
      const now = parts.clock()
      const body = webhookBody(alert, new Date(now).toISOString())
      return { url: channel.url, headers: await signedHeaders(secret, message, Math.floor(now / 1000), body), body }
    }
  }
}

/** Channels that nothing can be told through, for their secret is not what it should be: said at start, not with the first incident. */
export const unusableChannels = (channels: readonly AlertChannel[], secret: AlertParts['secret']) =>
  channels
    .filter((channel) => !isUsable(channel, secret(channel.secret)))
    .map(({ name }) => ({ event: 'incident', code: 'channel_unusable', channel: name }) as const)

function isUsable({ kind }: AlertChannel, value: string): boolean {
  if (kind === 'webhook') return readWebhookSecret(value) !== undefined
  return kind === 'slack' ? hookAddress(value) !== undefined : ROUTING_KEY.test(value)
}

/** Events API v2: 32 letters and digits. */
const ROUTING_KEY = /^[A-Za-z0-9]{32}$/

/** A secret that was pasted wrongly must not send incidents anywhere, in the clear least of all. */
function slackAddress(text: string): string {
  const address = hookAddress(text)
  if (address === undefined) throw new TypeError('the secret is no address of a Slack hook')
  return address
}

function hookAddress(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isLocal = url !== undefined && ['localhost', '127.0.0.1'].includes(url.hostname)
  return url === undefined || url.username !== '' || (url.protocol !== 'https:' && !isLocal) ? undefined : url.href
}
