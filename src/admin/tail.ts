/**
 * The live tail's two addresses: one gives a ticket to whoever may watch, the other turns the ticket into a socket. Browsers can send no `Authorization` with a
 * WebSocket, and addresses are logged, so the ticket comes as a subprotocol, is good once, and only from the origin that asked for it.
 */
import type { TailLink } from '../audit/live-tail.ts'
import type { Door } from '../gateway/app.ts'
import type { AdminRoute } from '../policy/admin-routes.ts'
import { TAIL_PROTOCOL, type TailTicket } from '../policy/console-answers.ts'
import { OWN_PREFIX } from '../policy/reserved.ts'
import { sha256Hex } from '../release/digest.ts'
import { textOf } from '../release/signature.ts'
import { settleWithin } from '../token/patience.ts'
import { json, problem } from './answers.ts'
import type { Handler } from './call.ts'

export const TAIL_PATH = `${OWN_PREFIX}tail` as const

type TailRoute = Extract<AdminRoute, 'POST /_scopewall/admin/tail'>

const DEADLINE_MS = 5_000
const TICKET_BYTES = 32
const TICKET = /^ticket\.([A-Za-z0-9_-]{43})$/

export const tailHandlers = (tail: TailLink | undefined): Readonly<Record<TailRoute, Handler>> => ({
  async 'POST /_scopewall/admin/tail'({ exchange, principal }) {
    if (tail === undefined) return problem(404, 'This Worker shows nothing live: the binding `TAIL` is missing.')
    const { request } = exchange
    const origin = request.headers.get('origin') ?? ''
    if (origin !== '' && origin !== ownOrigin(request)) return refuse(403, 'origin_foreign')
    const ticket = textOf(crypto.getRandomValues(new Uint8Array(TICKET_BYTES)))
    const { expiresAt } = principal
    const grant = { hash: await sha256Hex(ticket), origin, ...(expiresAt !== undefined && { until: expiresAt }) }
    const expires = await settleWithin(tail.admit(grant), DEADLINE_MS)
    if (expires === undefined || expires === 'full') return refuse(503, 'unavailable')
    const url = `${ownOrigin(request).replace(/^http/, 'ws')}${TAIL_PATH}`
    return json({ ticket, url, expiresAt: new Date(expires * 1000).toISOString() } satisfies TailTicket)
  },
})

/** Never looks at a token, nor at a cookie: the ticket is the credential. */
export const tailDoor = (tail: TailLink): Door => ({
  path: TAIL_PATH,
  async open(request) {
    const { method, headers } = request
    if (method !== 'GET' || headers.get('upgrade')?.toLowerCase() !== 'websocket') return refuse(426, 'upgrade_missing')
    const origin = headers.get('origin') ?? ''
    if (origin !== '' && origin !== ownOrigin(request)) return refuse(403, 'origin_foreign')
    const ticket = ticketIn(headers.get('sec-websocket-protocol') ?? '')
    if (ticket === undefined) return refuse(403, 'ticket_missing')
    const answer = await settleWithin(tail.watch(await sha256Hex(ticket), origin), DEADLINE_MS)
    if (answer?.status === 101) return answer
    return answer?.status === 403 ? refuse(403, 'ticket_invalid') : refuse(503, 'unavailable')
  },
})

/** Scheme, host and port that the request came to. */
const ownOrigin = (request: Request): string => new URL(request.url).origin

/** Exactly the protocol and one ticket, in this order. */
function ticketIn(offered: string): string | undefined {
  const [protocol, ticket = '', ...others] = offered.split(',').map((each) => each.trim())
  if (protocol !== TAIL_PROTOCOL || others.length > 0) return undefined
  return TICKET.exec(ticket)?.[1]
}

const REFUSALS = {
  upgrade_missing: ['This address is a WebSocket', 'Ask with an upgrade to `websocket`.'],
  origin_foreign: ['The request comes from another origin', 'Only pages of this very host may watch.'],
  ticket_missing: ['There is no ticket', `Offer the subprotocols \`${TAIL_PROTOCOL}\` and \`ticket.<text>\`.`],
  ticket_invalid: [
    'The ticket is not good',
    'It was used, has expired, was given to another origin, or never was: ask for another one.',
  ],
  unavailable: [
    'Nobody else can watch at the moment',
    'There are as many watchers as there can be, or the tail is away.',
  ],
} as const

const RETRY_SECONDS = 10

function refuse(status: 403 | 426 | 503, code: keyof typeof REFUSALS): Response {
  const [title, detail] = REFUSALS[code]
  const headers = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...(status === 426 && { upgrade: 'websocket' }),
    ...(status === 503 && { 'retry-after': String(RETRY_SECONDS) }),
  }
  return new Response(JSON.stringify({ type: 'about:blank', title, status, code, detail }), { status, headers })
}
