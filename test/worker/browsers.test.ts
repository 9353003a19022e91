/** Browsers: preflights never reach the origin and need no token; challenges are readable where the environment says so. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sendRaw } from '../support/raw-http.ts'
import { startWorld, type World } from '../support/world.ts'

const APP = 'https://app.example.com'
let world: World

beforeAll(async () => {
  world = await startWorld({ environment: { cors: { owner: 'edge', origins: [APP], maxAgeSeconds: 600 } } })
})
afterAll(() => world.close())

const preflight = (path: string, headers: Record<string, string>) =>
  world.ask(path, { method: 'OPTIONS', headers: { 'access-control-request-method': 'POST', ...headers } })

test('[COR-1] [COR-3] a true preflight is answered at the edge, with the methods of the map', async () => {
  const response = await preflight('/v1/invoices', {
    origin: APP,
    'access-control-request-headers': 'authorization, x-trace',
  })
  expect(response.status).toBe(204)
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'access-control-allow-origin': APP,
    'access-control-allow-methods': 'GET, HEAD, POST',
    'access-control-allow-headers': 'authorization, content-type, dpop, x-trace',
    'access-control-max-age': '600',
    vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
  })
  expect(world.origin.requests).toHaveLength(0)
})

test.each([
  ['another origin', '/v1/invoices', 'https://evil.example.com'],
  ['an origin that only begins alike', '/v1/invoices', `${APP}.evil.example`],
  ['the null origin', '/v1/invoices', 'null'],
  ['an unmapped path', '/v1/unknown', APP],
])('[COR-1] [COR-5] %s gets an answer without permission', async (_, path, origin) => {
  const response = await preflight(path, { origin })
  expect(response.status).toBe(204)
  expect(response.headers.has('access-control-allow-origin')).toBe(false)
  expect(world.origin.requests).toHaveLength(0)
})

test('[COR-6] to an origin that is not allowed, a path of the map looks like any other', async () => {
  const [mapped, unmapped] = await Promise.all(
    ['/v1/invoices', '/v1/unknown'].map((path) => preflight(path, { origin: 'https://evil.example.com' })),
  )
  expect([mapped?.status, [...(mapped?.headers ?? [])]]).toEqual([unmapped?.status, [...(unmapped?.headers ?? [])]])
})

test('[COR-4] [COR-5] a refusal and its challenge are readable to an allowed origin only', async () => {
  const allowed = await world.ask('/v1/invoices', { headers: { origin: APP } })
  expect(allowed.status).toBe(401)
  expect(allowed.headers.get('access-control-allow-origin')).toBe(APP)
  expect(allowed.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate')
  expect(allowed.headers.get('vary')).toBe('Origin')
  const other = await world.ask('/v1/invoices', { headers: { origin: 'https://evil.example.com' } })
  expect(other.headers.has('access-control-allow-origin')).toBe(false)
  expect(other.headers.get('vary')).toBe('Origin')
})

test('[COR-8] any page may read the metadata document, with a header of its own too', async () => {
  const asked = { method: 'OPTIONS', target: '/.well-known/oauth-protected-resource' }
  const response = await sendRaw(world.gate.port, {
    ...asked,
    headers: [
      'Origin: https://anyone.example.com',
      'Access-Control-Request-Method: GET',
      'Access-Control-Request-Headers: mcp-protocol-version, <script>',
    ],
  })
  expect(response.status).toBe(204)
  expect(response.headers).toMatchObject({
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, HEAD',
    'access-control-allow-headers': 'authorization, content-type, dpop, mcp-protocol-version',
  })
  expect((await sendRaw(world.gate.port, asked)).status).toBe(404)
})

test('[COR-5] permission never comes with credentials or a wildcard', async () => {
  const response = await preflight('/v1/invoices', { origin: APP })
  expect(response.headers.has('access-control-allow-credentials')).toBe(false)
  expect([...response.headers.values()].some((value) => value.includes('*'))).toBe(false)
})
