import { createServer, type IncomingHttpHeaders } from 'node:http'
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { personToken } from '../../demo/flows.ts'
import { type Issuer, startIssuer } from '../../demo/issuer.ts'
import { close, listen } from '../../demo/listen.ts'

const AUDIENCE = 'https://api.example.com/events'

const pushed: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = []
const receiver = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  pushed.push({ headers: request.headers, body })
  response.writeHead(202).end()
})
let issuer: Issuer

beforeAll(async () => {
  const port = await listen(receiver, 0)
  issuer = await startIssuer({
    port: 0,
    scopes: ['invoices:read'],
    receiver: () => ({ url: `http://127.0.0.1:${port}/events`, audience: AUDIENCE }),
  })
})

afterAll(() => Promise.all([issuer.close(), close(receiver)]))

const end = async () => (await fetch(`${issuer.url}/sessions/sam`, { method: 'DELETE' })).json()
const get = async (path: string) => (await fetch(`${issuer.url}${path}`)).json()

test('a session that is ended is told of once, in a security event token about the session that the token is from', async () => {
  const token = await personToken(issuer.url, { client: 'support', scope: 'invoices:read' })
  expect(await end()).toEqual({ sessionsEnded: 1, receiverAnswered: [202] })
  expect(await end()).toEqual({ sessionsEnded: 0, receiverAnswered: [] })
  expect(pushed.map(({ headers }) => headers['content-type'])).toEqual(['application/secevent+jwt'])
  const { jwks_uri: keys } = (await get('/.well-known/ssf-configuration')) as { jwks_uri: string }
  const set = (await get(new URL(keys).pathname)) as JSONWebKeySet
  const { payload } = await jwtVerify(pushed[0]?.body ?? '', createLocalJWKSet(set), {
    issuer: issuer.url,
    audience: AUDIENCE,
    typ: 'secevent+jwt',
    algorithms: ['RS256'],
  })
  const { sid, sub } = decodeJwt(token)
  expect(payload.sub_id).toEqual({
    format: 'complex',
    user: { format: 'iss_sub', iss: issuer.url, sub },
    session: { format: 'opaque', id: sid },
  })
  expect(payload).not.toHaveProperty('exp')
})

test('each login is a session of its own, and all of an account end together', async () => {
  const [one, other] = [
    await personToken(issuer.url, { client: 'support', scope: 'invoices:read' }),
    await personToken(issuer.url, { client: 'support', scope: 'invoices:read' }),
  ]
  expect(decodeJwt(one).sid).not.toBe(decodeJwt(other).sid)
  expect(await end()).toMatchObject({ sessionsEnded: 2 })
})
