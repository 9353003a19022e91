/** The two addresses of the live tail: who gets a ticket, and what the door makes of what is offered to it. */
import { describe, expect, test } from 'vitest'
import { tailDoor } from '../../src/admin/tail.ts'
import type { TailLink, TicketGrant } from '../../src/audit/live-tail.ts'
import { NOW } from '../policy/build.ts'
import { adminOver, callerWith } from './admin.ts'

const OWN = 'https://api.example.com'

function linkWith(answer: { readonly status: number } = { status: 101 }) {
  const granted: TicketGrant[] = []
  const watched: string[][] = []
  const link: TailLink = {
    admit: async (grant) => {
      granted.push(grant)
      return NOW + 15
    },
    publish: async () => {},
    watch: async (hash, origin) => {
      watched.push([hash, origin])
      return answer as Response
    },
  }
  return { link, granted, watched }
}

const evidence = callerWith('scopewall:revoke')

describe('a ticket', () => {
  test('is given to whoever may watch, for the origin that asks, and ends with the token', async () => {
    const { link, granted } = linkWith()
    const admin = adminOver({ tail: link, evidence })
    const asked = await admin.ask('admin', '/_scopewall/admin/tail', {
      method: 'POST',
      headers: { authorization: 'Bearer a.b.c', origin: OWN },
    })
    const ticket = (await asked.json()) as { ticket: string }
    expect(ticket).toEqual({
      ticket: expect.stringMatching(/^[\w-]{43}$/),
      url: 'wss://api.example.com/_scopewall/tail',
      expiresAt: new Date((NOW + 15) * 1000).toISOString(),
    })
    expect(granted).toEqual([{ hash: expect.stringMatching(/^[0-9a-f]{64}$/), origin: OWN, until: NOW + 600 }])
    expect(JSON.stringify([granted, admin.records])).not.toContain(ticket.ticket)
  })

  test.each(['https://evil.example', 'null', 'http://api.example.com', 'https://api.example.com:8443'])(
    'is not given to a page of %s',
    async (origin) => {
      const { link, granted } = linkWith()
      const headers = { authorization: 'Bearer a.b.c', origin }
      const answer = await adminOver({ tail: link, evidence }).ask('admin', '/_scopewall/admin/tail', {
        method: 'POST',
        headers,
      })
      expect([answer.status, granted]).toEqual([403, []])
    },
  )

  test('is not given to whoever lacks the scope, or has no token; nor where the tail is not bound', async () => {
    const { link, granted } = linkWith()
    expect((await adminOver({ tail: link, evidence: callerWith('invoices:read') }).post('tail', {})).status).toBe(403)
    expect((await adminOver({ tail: link, evidence: { kind: 'none' } }).post('tail', {})).status).toBe(401)
    expect((await adminOver({ evidence }).post('tail', {})).status).toBe(404)
    expect(granted).toEqual([])
  })
})

const TICKET = 'x'.repeat(43)
const GOOD = { upgrade: 'websocket', 'sec-websocket-protocol': `scopewall.tail.v1, ticket.${TICKET}`, origin: OWN }

async function knock(headers: Readonly<Record<string, string>>, answer?: { readonly status: number }, method = 'GET') {
  const { link, watched } = linkWith(answer)
  const given = await tailDoor(link).open(new Request(`${OWN}/_scopewall/tail`, { method, headers }), () => {})
  return { status: given.status, watched, body: given.status === 101 ? {} : ((await given.json()) as object) }
}

describe('the door', () => {
  test('takes a ticket once to whoever has them, as its hash and with the origin', async () => {
    const { status, watched } = await knock(GOOD)
    expect([status, watched]).toEqual([101, [[expect.stringMatching(/^[0-9a-f]{64}$/), OWN]]])
  })

  test.each<[string, Record<string, string>, number, string]>([
    ['no upgrade', { 'sec-websocket-protocol': GOOD['sec-websocket-protocol'] }, 426, 'upgrade_missing'],
    ['another upgrade', { ...GOOD, upgrade: 'h2c' }, 426, 'upgrade_missing'],
    ['another origin', { ...GOOD, origin: 'https://evil.example' }, 403, 'origin_foreign'],
    ['no origin that could be named', { ...GOOD, origin: 'null' }, 403, 'origin_foreign'],
    ['no ticket', { ...GOOD, 'sec-websocket-protocol': 'scopewall.tail.v1' }, 403, 'ticket_missing'],
    [
      'a ticket of another protocol',
      { ...GOOD, 'sec-websocket-protocol': `v2, ticket.${TICKET}` },
      403,
      'ticket_missing',
    ],
    [
      'two tickets',
      { ...GOOD, 'sec-websocket-protocol': `scopewall.tail.v1, ticket.${TICKET}, ticket.${TICKET}` },
      403,
      'ticket_missing',
    ],
    [
      'a token in place of a ticket',
      { ...GOOD, 'sec-websocket-protocol': 'scopewall.tail.v1, ticket.a.b.c' },
      403,
      'ticket_missing',
    ],
    ['a token beside it', { upgrade: 'websocket', authorization: 'Bearer a.b.c' }, 403, 'ticket_missing'],
  ])('%s is refused before anybody is asked', async (_, headers, status, code) => {
    const found = await knock(headers)
    expect([found.status, found.body, found.watched]).toEqual([status, expect.objectContaining({ code }), []])
  })

  test('a ticket that is not good, and too many watchers, each have a status of their own', async () => {
    expect(await knock(GOOD, { status: 403 })).toMatchObject({ status: 403, body: { code: 'ticket_invalid' } })
    expect(await knock(GOOD, { status: 503 })).toMatchObject({ status: 503, body: { code: 'unavailable' } })
  })

  test('any other method is refused', async () => expect((await knock(GOOD, undefined, 'POST')).status).toBe(426))
})
