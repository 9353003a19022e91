/** The world breaks while requests come in. Whatever breaks, nothing that should be refused is let through, and no answer takes for ever. */
import { afterEach, expect, test } from 'vitest'
import { environmentOf, issuerAt } from '../support/environment.ts'
import { startGate } from '../support/gate.ts'
import { INVOICING } from '../support/invoicing.ts'
import { publishTo } from '../support/published.ts'
import { signingKey } from '../support/static-issuer.ts'
import { startWorld, type World, type WorldOptions } from '../support/world.ts'

let world: World
afterEach(() => world.close())

const begin = async (options?: WorldOptions) => {
  world = await startWorld(options)
}
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code

test.each(['failing', 'hanging', 'cutting'] as const)(
  'a cold isolate with KV %s serves the bundled release',
  async (mode) => {
    await begin()
    world.kv.mode = mode
    expect((await world.askAs('invoices:read', '/v1/invoices')).status).toBe(200)
    expect((await world.askAs('invoices:create', '/v1/invoices')).status).toBe(403)
  },
)

test.each(['failing', 'hanging', 'cutting'] as const)(
  'with `coldStart: strict` a cold isolate with KV %s refuses with 503',
  async (mode) => {
    await begin({ environment: { coldStart: 'strict' } })
    world.kv.mode = mode
    const response = await world.ask('/v1/status')
    expect([response.status, await codeOf(response)]).toEqual([503, 'unavailable'])
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(world.origin.requests).toHaveLength(0)
  },
)

test.each(['failing', 'hanging', 'cutting'] as const)('KV %s after a good release changes nothing', async (mode) => {
  await begin({ environment: { refreshSeconds: 0, maxAgeSeconds: 60 } })
  publishTo(world.kv, { ...INVOICING, rules: INVOICING.rules.filter(({ path }) => path !== '/v1/status') }, 1)
  await expect.poll(async () => (await world.ask('/v1/status')).status).toBe(403)
  world.kv.mode = mode
  for (let turn = 0; turn < 3; turn++) expect((await world.ask('/v1/status')).status).toBe(403)
})

test.each(['failing', 'hanging'] as const)(
  '[JWK-1] [JWK-3] an issuer that is %s before its keys were ever read is 503, never 401 and never open',
  async (mode) => {
    await begin()
    world.issuer.mode = mode
    const response = await world.askAs('invoices:read', '/v1/invoices')
    expect([response.status, await codeOf(response)]).toEqual([503, 'unavailable'])
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(world.origin.requests).toHaveLength(0)
  },
)

test('an issuer that goes down later changes nothing for tokens of its known keys', async () => {
  await begin()
  expect((await world.askAs('invoices:read', '/v1/invoices')).status).toBe(200)
  world.issuer.mode = 'failing'
  expect((await world.askAs('invoices:read', '/v1/invoices')).status).toBe(200)
})

test('[JWK-3] past the ceiling stale keys are not used any more, not even for a token that was seen before', async () => {
  await begin({ environment: {} })
  const environment = environmentOf(world.issuer.issuer, world.origin.url, {
    issuers: [issuerAt(world.issuer.issuer, { keysMaxStaleSeconds: 1 })],
  })
  const gate = await startGate({ environment, document: INVOICING })
  const token = await world.issuer.mint({ scope: 'invoices:read' })
  const ask = () => fetch(`${gate.url}/v1/invoices`, { headers: { authorization: `Bearer ${token}` } })
  expect((await ask()).status).toBe(200)
  world.issuer.mode = 'failing'
  await expect.poll(async () => (await ask()).status, { timeout: 5000 }).toBe(503)
  await gate.close()
})

test('[JWK-2] a new key is found at its first token; forty unknown keys at once cost one fetch', async () => {
  await begin()
  await world.askAs('invoices:read', '/v1/invoices')
  expect(world.issuer.fetches).toBe(1)
  const added = await signingKey()
  world.issuer.keys = [added, ...world.issuer.keys]
  expect((await world.askAs('invoices:read', '/v1/invoices')).status).toBe(200)
  expect(world.issuer.fetches).toBe(2)
  const unknown = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      world.issuer.mint({ scope: 'invoices:read' }, { kid: `unknown-${index}` }),
    ),
  )
  const answers = await Promise.all(
    unknown.map((token) => world.ask('/v1/invoices', { headers: { authorization: `Bearer ${token}` } })),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]))
  expect(world.issuer.fetches).toBe(2)
})

test('[JWK-1] forty first tokens at once cost one fetch and all pass', async () => {
  await begin()
  const tokens = await Promise.all(Array.from({ length: 40 }, () => world.issuer.mint({ scope: 'invoices:read' })))
  const answers = await Promise.all(
    tokens.map((token) => world.ask('/v1/invoices', { headers: { authorization: `Bearer ${token}` } })),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(world.issuer.fetches).toBe(1)
})

test('a client that hangs up while keys are being fetched leaves nobody else waiting', async () => {
  await begin()
  world.issuer.mode = 'hanging'
  const token = await world.issuer.mint({ scope: 'invoices:read' })
  const headers = { authorization: `Bearer ${token}` }
  const impatient = new AbortController()
  const first = world.ask('/v1/invoices', { headers, signal: impatient.signal }).catch(() => undefined)
  setTimeout(() => impatient.abort(), 100)
  await first
  world.issuer.mode = 'up'
  const statuses = await Promise.all(
    Array.from({ length: 5 }, async () => (await world.ask('/v1/invoices', { headers })).status),
  )
  for (const status of statuses) expect([200, 503]).toContain(status)
})

test('a Worker that runs as another environment than it was built for refuses everything', async () => {
  await begin()
  const gate = await startGate({
    environment: environmentOf(world.issuer.issuer, world.origin.url),
    document: INVOICING,
    runsAs: 'production',
  })
  for (const path of ['/v1/status', '/v1/invoices', '/_scopewall/health'])
    expect((await fetch(gate.url + path)).status).toBe(503)
  expect(gate.events()[0]).toMatchObject({ code: 'environment_mismatch' })
  await gate.close()
})

test('[BCP-6] an issuer whose metadata names another issuer is not believed', async () => {
  await begin()
  const alias = world.issuer.issuer.replace('127.0.0.1', 'localhost')
  const gate = await startGate({ environment: environmentOf(alias, world.origin.url), document: INVOICING })
  const token = await world.issuer.mint({ scope: 'invoices:read', iss: alias })
  const response = await fetch(`${gate.url}/v1/invoices`, { headers: { authorization: `Bearer ${token}` } })
  await gate.close()
  expect(response.status).toBe(503)
})
