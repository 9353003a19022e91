/** The door of a transmitter of Shared Signals: push delivery by RFC 8935. Nothing is acknowledged before it is in the log. */

import type { SignalTransmitter } from '../policy/revocation-policy.ts'
import { discarded, readSignals } from '../revocation/intake/ssf.ts'
import { createSecurityEventVerifier, type SecurityEventFault } from '../token/security-event.ts'
import { isSameSecret } from '../token/shared-secret.ts'
import { readText } from './body.ts'
import { persist } from './event-log.ts'
import { type EventParts, type Knock, lineOf, settingOf } from './event-parts.ts'
import { MOST_EVENT_BYTES, mediaTypeOf, notAllowed, RETRY_SECONDS } from './event-request.ts'

type ErrorCode = Exclude<SecurityEventFault, 'unavailable'> | 'authentication_failed'

/** RFC 8935 section 2.4, in words that tell nothing of what was sent. */
const DESCRIPTIONS: Readonly<Record<ErrorCode, string>> = {
  invalid_request: 'This is no security event token that can be taken: see its type, its claims and its events.',
  invalid_key: 'The signature does not hold under a key and an algorithm that this transmitter may use.',
  invalid_issuer: 'The issuer is not the transmitter that sends here.',
  invalid_audience: 'The audience is not this receiver.',
  authentication_failed: 'The Authorization header is not the one that was agreed on.',
}

export function signalDoor(parts: EventParts, sender: SignalTransmitter): Knock {
  const { fetch, memory, log, secrets, clock, record } = parts
  const verifier = createSecurityEventVerifier({ transmitter: sender, fetch, ...(memory && { memory }) })

  return async (request, waitUntil) => {
    const now = clock()
    const refuse = (err: ErrorCode, description = DESCRIPTIONS[err]) => {
      record(lineOf(parts, sender, now, { outcome: 'refused', detail: err }))
      return errorAnswer(err, description)
    }
    const unavailable = (detail: string) => {
      record(lineOf(parts, sender, now, { outcome: 'unavailable', detail }))
      return new Response(null, { status: 503, headers: { 'retry-after': RETRY_SECONDS } })
    }
    if (request.method !== 'POST') return notAllowed('POST')
    if (mediaTypeOf(request) !== 'application/secevent+jwt') return new Response(null, { status: 415 })
    if (!(await isAuthorized(request, sender, secrets.text))) return refuse('authentication_failed')
    const body = await readText(request, MOST_EVENT_BYTES)
    if (!body.ok) return refuse('invalid_request')
    const verified = await verifier.verify(body.value.trim(), now, waitUntil)
    if (!verified.ok) return verified.error === 'unavailable' ? unavailable('keys') : refuse(verified.error)

    const setting = settingOf(parts, sender, now)
    const reading = readSignals(verified.value, setting)
    if (!reading.ok) return refuse('invalid_request', `The event does not conform to its definition: ${reading.error}.`)
    const critical = reading.value.unprocessed.length === 0 ? [] : await verifier.criticalMembers(now)
    if (critical === undefined) return unavailable('metadata')
    const isDiscarded = reading.value.unprocessed.some((member) => critical.includes(member))
    const entries = isDiscarded ? discarded(verified.value, reading.value, setting) : reading.value.entries
    const added = await persist(log, entries)
    if (added === undefined) return unavailable('log')
    const { types, stream } = reading.value
    record(
      lineOf(parts, sender, now, {
        outcome: 'accepted',
        types,
        entries: added,
        ...(stream !== undefined && { stream }),
      }),
    )
    return new Response(null, { status: 202 })
  }
}

const isAuthorized = async (
  { headers }: Request,
  { authorization }: SignalTransmitter,
  secret: (name: string) => string,
): Promise<boolean> =>
  authorization === undefined || isSameSecret(headers.get('authorization') ?? '', secret(authorization))

const errorAnswer = (err: ErrorCode, description: string): Response =>
  Response.json(
    { err, description },
    { status: 400, headers: { 'content-language': 'en', 'cache-control': 'no-store' } },
  )
