/** The door of an identity provider's webhook. Each shows in its own way that it is the one; nothing is acknowledged before it is in the log. */
import type { EventHook } from '../policy/revocation-policy.ts'
import { Malformed } from '../policy/untrusted.ts'
import { readAuth0 } from '../revocation/intake/auth0.ts'
import type { HookReading } from '../revocation/intake/hook.ts'
import { readKeycloak } from '../revocation/intake/keycloak.ts'
import { readOkta } from '../revocation/intake/okta.ts'
import { isHmacOf } from '../token/shared-secret.ts'
import { readText } from './body.ts'
import { persist } from './event-log.ts'
import { type EventParts, type Knock, lineOf, settingOf } from './event-parts.ts'
import {
  isJson,
  knowsSecret,
  MOST_BATCH_BYTES,
  MOST_EVENT_BYTES,
  mediaTypeOf,
  notAllowed,
  parsed,
  RETRY_SECONDS,
} from './event-request.ts'

/** Those that send events to the one address. */
export type WebhookSender = Exclude<EventHook, { readonly kind: 'scim' }>

export function hookDoor(parts: EventParts, sender: WebhookSender): Knock {
  const { secrets, clock, log, record } = parts
  return async (request) => {
    const now = clock()
    const refuse = (status: number, detail: string, headers: Record<string, string> = {}) => {
      record(lineOf(parts, sender, now, { outcome: 'refused', detail }))
      return new Response(null, { status, headers })
    }
    if (sender.kind === 'okta' && request.method === 'GET') return answerChallenge(request)
    if (request.method !== 'POST') return notAllowed(sender.kind === 'okta' ? 'GET, POST' : 'POST')
    // What is signed is the body; what is not is not even read before its sender is known.
    if (sender.kind !== 'keycloak' && !(await knowsSecret(request, secrets, sender.secret)))
      return refuse(401, 'authentication_failed', { 'www-authenticate': 'Bearer realm="events"' })
    if (!isAcceptedType(sender, mediaTypeOf(request))) return refuse(415, 'media_type')
    const body = await readText(request, sender.kind === 'keycloak' ? MOST_EVENT_BYTES : MOST_BATCH_BYTES)
    if (!body.ok) return body.error === 'size' ? refuse(413, 'too_large') : refuse(400, 'invalid_request')
    if (sender.kind === 'keycloak' && !(await isSigned(request, body.value, secrets.text(sender.secret))))
      return refuse(401, 'authentication_failed', { 'www-authenticate': 'Signature realm="events"' })

    const reading = read(body.value, parts, sender, now)
    if (reading === undefined) return refuse(400, 'invalid_request')
    const added = await persist(log, reading.entries)
    if (added === undefined) {
      record(lineOf(parts, sender, now, { outcome: 'unavailable', detail: 'log' }))
      return new Response(null, { status: 503, headers: { 'retry-after': RETRY_SECONDS } })
    }
    record(lineOf(parts, sender, now, { outcome: 'accepted', types: reading.types, entries: added }))
    return new Response(null, { status: 204 })
  }
}

const MAX_CHALLENGE_CHARACTERS = 1024

/** Okta asks once whether the address is its owner's; the answer is what it sent. */
function answerChallenge({ headers }: Request): Response {
  const verification = headers.get('x-okta-verification-challenge')
  if (verification === null || verification.length > MAX_CHALLENGE_CHARACTERS)
    return new Response(null, { status: 400 })
  return Response.json({ verification }, { headers: { 'cache-control': 'no-store' } })
}

const isAcceptedType = ({ kind }: WebhookSender, mediaType: string): boolean =>
  isJson(mediaType) || (kind === 'auth0' && ['application/x-ndjson', 'text/plain'].includes(mediaType))

const isSigned = ({ headers }: Request, body: string, secret: string): Promise<boolean> =>
  isHmacOf(body, secret, headers.get('x-keycloak-signature') ?? '')

/** Undefined where it is no body of this sender's. */
function read(body: string, parts: EventParts, sender: WebhookSender, now: number): HookReading | undefined {
  try {
    switch (sender.kind) {
      case 'okta':
        return readOkta(parsed(body), settingOf(parts, sender, now))
      case 'keycloak':
        return readKeycloak(parsed(body), settingOf(parts, sender, now))
      default:
        return readAuth0(parsed(body) ?? linesOf(body), settingOf(parts, sender, now))
    }
  } catch (fault) {
    if (fault instanceof Malformed) return undefined
    throw fault
  }
}

/** A log stream may send one event a line. */
const linesOf = (body: string): readonly unknown[] =>
  body
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parsed)
