/** The verifier that origins copy, docs/origin/scopewall-origin.mjs, in front of real Express, Fastify and Hono servers. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sendRaw } from '../support/raw-http.ts'
import {
  added,
  jwks,
  key,
  keyOf,
  type Message,
  notOver,
  origin,
  PUBLIC,
  privateJwk,
  publicAsSecret,
  replaced,
  type Sending,
  STATEMENT,
  signed,
  signedOver,
  without,
  withParameters,
} from './signed-messages.ts'

const REFUSED: readonly [string, () => Promise<Message>, string][] = [
  [
    '[SIG-1] unsigned',
    async () => without(without(await signed(), 'signature'), 'signature-input'),
    'there is no signature',
  ],
  ['[SIG-1] without its signature', async () => without(await signed(), 'signature'), 'there is no signature'],
  ['[SIG-3] of another method', async () => ({ ...(await signed()), method: 'POST' }), 'does not hold'],
  [
    '[SIG-4] of another path',
    async () => ({ ...(await signed()), target: '/v1/invoices/1?b=2&a=%2e%2e' }),
    'does not hold',
  ],
  [
    '[SIG-4] of another spelling of the path',
    async () => ({ ...(await signed()), target: '/v1/invoices/caf%c3%a9?b=2&a=%2e%2e' }),
    'does not hold',
  ],
  [
    '[SIG-4] of another query',
    async () => ({ ...(await signed()), target: '/v1/invoices/caf%C3%A9?b=2' }),
    'does not hold',
  ],
  [
    '[SIG-4] for another accepted authority',
    async () => ({ ...(await signed()), host: 'api.internal:8443' }),
    'does not hold',
  ],
  [
    '[SIG-4] for another origin',
    () => signed({ url: 'https://other.internal/v1/invoices/1' }),
    'authority is not accepted',
  ],
  [
    '[SIG-3] with another subject',
    async () => replaced(await signed(), 'scopewall-subject', () => 'admin'),
    'does not hold',
  ],
  [
    '[SIG-3] with another token',
    async () => replaced(await signed(), 'authorization', () => 'Bearer y'),
    'does not hold',
  ],
  ['[SIG-3] without a fact', async () => without(await signed(), 'scopewall-acr'), 'covered, and not there'],
  [
    '[SIG-3] with a fact that is not covered',
    async () => added(await signed({ statement: PUBLIC }), ['Scopewall-Subject', 'admin']),
    'scopewall-subject is not covered',
  ],
  [
    '[SIG-3] with a fact in the spelling of CGI',
    async () => added(await signed({ statement: PUBLIC }), ['scopewall_subject', 'admin']),
    'scopewall_subject is not covered',
  ],
  [
    '[SIG-3] with a fact that some servers fold a dot out of',
    async () => added(await signed({ statement: PUBLIC }), ['Scopewall.Subject', 'admin']),
    'scopewall.subject is not covered',
  ],
  [
    '[SIG-3] with a fact beside its own in another spelling',
    async () => added(await signed(), ['Scopewall~Subject', 'admin']),
    'scopewall~subject is not covered',
  ],
  [
    '[SIG-3] with a token that is not covered',
    async () => added(await signed({ headers: {} }), ['authorization', 'Bearer x']),
    'authorization is not covered',
  ],
  [
    '[SIG-8] with a digest that is not covered',
    async () => added(await signed(), ['content-digest', 'sha-256=:AA==:']),
    'content-digest is not covered',
  ],
  [
    '[SIG-8] with a digest in the spelling of CGI',
    async () => added(await signed(), ['Content_Digest', 'sha-256=:AA==:']),
    'content_digest is not covered',
  ],
  [
    '[SIG-5] with a fact twice',
    async () => added(await signed(), ['scopewall-client', 'web']),
    'scopewall-client is there twice',
  ],
  [
    '[SIG-5] with a fact twice in another spelling',
    async () => added(await signed(), ['scopewall!client', 'web'], ['Scopewall!Client', 'web']),
    'scopewall!client is there twice',
  ],
  [
    '[SIG-5] with two tokens',
    async () => added(await signed(), ['authorization', 'Bearer y']),
    'authorization is there twice',
  ],
  ['[SIG-5] with two hosts', async () => added(await signed(), ['host', 'api.internal']), 'host is there twice'],
  ['[SIG-7] on two lines', async () => added(await signed(), ['signature', 'x=:AA==:']), 'signature is there twice'],
  [
    '[SIG-7] with two signatures of the gate',
    async () => replaced(await signed(), 'signature', (value) => `scopewall=:AA==:, ${value}`),
    'two signatures',
  ],
  [
    '[SIG-7] with two inputs of the gate',
    async () => replaced(await signed(), 'signature-input', (value) => `${value}, ${value}`),
    'two signatures',
  ],
  [
    '[SIG-7] with an input in a string',
    async () => replaced(await signed(), 'signature-input', (value) => `a=("x");t="${value.replaceAll('"', '')}"`),
    'no signature of the gate',
  ],
  [
    '[SIG-7] with a malformed one beside it',
    async () => replaced(await signed(), 'signature', (value) => `x=AA, ${value}`),
    'malformed',
  ],
  [
    '[SIG-7] with parameters of the signature',
    async () => replaced(await signed(), 'signature', (value) => `${value};a=1`),
    'no base64',
  ],
  ['[SIG-3] that has expired', () => signed({ now: Math.floor(Date.now() / 1000) - 36 }), 'expired'],
  ['[SIG-3] of the future', () => signed({ now: Math.floor(Date.now() / 1000) + 30 }), 'of the future'],
  ['[SIG-6] under an unknown keyid', async () => signed({ key: { ...key, id: 'edge-2' } }), 'key is not known'],
  [
    '[SIG-6] by another key of that keyid',
    async () => signed({ key: await keyOf('edge-1', 'ed25519', privateJwk()) }),
    'does not hold',
  ],
  ['[SIG-6] with the public key as a shared one', async () => signed({ key: await publicAsSecret() }), 'does not hold'],
  [
    '[SIG-6] and says which algorithm',
    () => withParameters((usual) => `${usual};alg="hmac-sha256"`),
    'parameters are not those',
  ],
  ['[SIG-9] not over the method', () => notOver('@method'), '@method is not covered'],
  ['[SIG-9] not over the authority', () => notOver('@authority'), '@authority is not covered'],
  ['[SIG-9] not over the path', () => notOver('@path'), '@path is not covered'],
  ['[SIG-9] not over the query', () => notOver('@query'), '@query is not covered'],
  ['[SIG-9] not over the token', () => notOver('authorization'), 'authorization is not covered'],
  ['[SIG-9] not over the subject', () => notOver('scopewall-subject'), 'scopewall-subject is not covered'],
  [
    '[SIG-9] of another tag',
    () => withParameters((usual) => usual.replace('tag="scopewall"', 'tag="other"')),
    'tag is another',
  ],
  ['[SIG-9] with a parameter twice', () => withParameters((usual) => `${usual};created=1`), 'parameters are not those'],
  ['[SIG-9] without a tag', () => withParameters((usual) => usual.replace(';tag="scopewall"', '')), 'tag is another'],
  ['[SIG-9] without a nonce', () => withParameters((usual) => usual.replace(/;nonce="[^"]*"/, '')), 'nonce is missing'],
  ['[SIG-9] without an end', () => withParameters((usual) => usual.replace(/;expires=[0-9]*/, '')), 'when it holds'],
  [
    '[SIG-9] that is good for an hour',
    () =>
      signedOver(
        (usual) =>
          usual.replace(
            /created=[0-9]+;expires=[0-9]+/,
            `created=${Math.floor(Date.now() / 1000) - 70};expires=${Math.floor(Date.now() / 1000) + 3600}`,
          ),
        (lines) => lines,
      ),
    'expired',
  ],
  [
    '[SIG-2] over a component twice',
    () =>
      signedOver(
        (usual) => usual.replace('("@method"', '("@method" "@method"'),
        ([first = '', ...rest]) => [first, first, ...rest],
      ),
    'covered twice',
  ],
  [
    '[SIG-2] over a component with parameters',
    () =>
      signedOver(
        (usual) => usual.replace('"@path"', '"@path";req'),
        (lines) => lines.map((line) => line.replace('"@path"', '"@path";req')),
      ),
    'components are malformed',
  ],
]

const send = (port: number, { method, target, host, headers }: Message) =>
  sendRaw(port, { method, target, host, headers: headers.map(([name, value]) => `${name}: ${value}`) })

/** Raw answers are octets. */
const jsonOf = (body: string) => JSON.parse(Buffer.from(body, 'latin1').toString('utf8'))

const servers: Record<string, { port: number; close: () => unknown }> = {}
let reasons: string[] = []
let handled = 0
const portOf = (server: Server) => (server.address() as AddressInfo).port
const listening = (server: Server) => new Promise<Server>((resolve) => server.once('listening', () => resolve(server)))

beforeAll(async () => {
  const verifier = origin.createVerifier({
    keys: jwks.keys,
    authority: ['api.internal', 'API.internal:8443'],
    onRefusal: (reason: string) => reasons.push(reason),
  })
  const app = express().use(origin.expressGuard(verifier))
  app.use((req, res) => {
    handled++
    res.json({ url: req.url, statement: Object(req).scopewall })
  })
  const server = await listening(app.listen(0, '127.0.0.1'))
  servers.Express = { port: portOf(server), close: () => server.close() }

  const fast = fastify()
  fast.addHook('onRequest', origin.fastifyGuard(verifier))
  fast.all('/v1/*', async (request) => {
    handled++
    return { url: request.url, statement: Object(request).scopewall }
  })
  await fast.listen({ port: 0, host: '127.0.0.1' })
  servers.Fastify = { port: portOf(fast.server), close: () => fast.close() }

  const hono = new Hono<{ Variables: { scopewall: unknown } }>()
  hono.use(origin.honoGuard(verifier))
  hono.all('/v1/*', (c) => {
    handled++
    return c.json({ url: c.req.url.slice(c.req.url.indexOf('/', 8)), statement: c.get('scopewall') })
  })
  const node = await listening(serve({ fetch: hono.fetch, port: 0, hostname: '127.0.0.1' }) as Server)
  servers.Hono = { port: portOf(node), close: () => node.close() }
})
beforeEach(() => {
  reasons = []
  handled = 0
})
afterAll(() => Promise.all(Object.values(servers).map(({ close }) => close())))

describe.each(['Express', 'Fastify', 'Hono'])('%s', (framework) => {
  const port = () => servers[framework]?.port ?? 0

  test('[SIG-9] what the gate signed gets in, with its statement', async () => {
    const message = await signed()
    const answer = await send(port(), message)
    expect(reasons).toEqual([])
    expect(answer.status).toBe(200)
    expect(jsonOf(answer.body)).toEqual({ url: message.target, statement: STATEMENT })
  })

  test.each<[string, Sending, unknown]>([
    ['a public rule', { statement: PUBLIC, headers: {} }, { ...PUBLIC, scopes: [] }],
    ['no query, another port', { url: 'https://api.internal:8443/v1/' }, STATEMENT],
    ['a query that fetch writes otherwise', { url: 'https://api.internal/v1/?q=%27x%27&%C3%A9' }, STATEMENT],
    ['a digest', { headers: { 'content-digest': 'sha-256=:AA==:' } }, STATEMENT],
    [
      "a client's own signature",
      { headers: { 'signature-input': 'sig1=("date";sf);alg="x"', signature: 'sig1=:AA==:;p=1' } },
      STATEMENT,
    ],
  ])('[SIG-3] [SIG-7] [SIG-9] so does %s', async (_, sending, statement) => {
    const answer = await send(port(), await signed(sending))
    expect(reasons).toEqual([])
    expect(jsonOf(answer.body).statement).toEqual(statement)
  })

  test.each(REFUSED)('%s: refused', async (_, message, reason) => {
    const answer = await send(port(), await message())
    expect(reasons).toHaveLength(1)
    expect(reasons[0]).toContain(reason)
    expect([answer.status, answer.body, handled]).toEqual([403, '{"error":"not_through_the_gate"}', 0])
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
  })
})
