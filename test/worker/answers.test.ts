/** Every status and challenge that this version gives, header by header; the origin's own log proves what never reached it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseChallenge } from '../support/challenge.ts'
import { sendRaw } from '../support/raw-http.ts'
import { signingKey, startStaticIssuer } from '../support/static-issuer.ts'
import { startWorld, type World } from '../support/world.ts'

const METADATA = 'https://api.example.com/.well-known/oauth-protected-resource'
let world: World

beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

/** Asks, and fails if the origin saw anything of it. */
async function refused(
  work: () => Promise<Response>,
): Promise<{ response: Response; problem: Record<string, unknown> }> {
  const before = world.origin.requests.length
  const response = await work()
  expect(world.origin.requests.length, 'the origin saw a refused request').toBe(before)
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const problem = (await response.json()) as Record<string, unknown>
  expect(problem.status).toBe(response.status)
  expect(problem.decision).toBe(response.headers.get('scopewall-decision'))
  expect(problem.type).toBe(`https://api.example.com/_scopewall/problems/${problem.code}`)
  return { response, problem }
}

test('a token with the scope reaches the origin', async () => {
  const response = await world.askAs('invoices:read', '/v1/invoices?page=2')
  expect(response.status).toBe(200)
  expect(world.origin.requests.at(-1)?.url).toBe('/v1/invoices?page=2')
})

test('a public route needs no token and gets none of our headers', async () => {
  const response = await world.ask('/v1/status')
  expect(response.status).toBe(200)
  expect(response.headers.has('www-authenticate')).toBe(false)
})

test('[ERR-1] [BRR-7] [PRM-5] without credentials the answer is 401 with a challenge and no error code', async () => {
  const { response, problem } = await refused(() => world.ask('/v1/invoices'))
  expect(response.status).toBe(401)
  expect(problem.code).toBe('credential_missing')
  expect(parseChallenge(response.headers.get('www-authenticate'))).toEqual({
    scheme: 'Bearer',
    parameters: { realm: 'api.example.com', scope: 'invoices:read', resource_metadata: METADATA },
  })
})

test('[BRR-6] an unsupported scheme counts as no credentials', async () => {
  const { response } = await refused(() => world.ask('/v1/invoices', { headers: { authorization: 'Basic eA==' } }))
  expect(response.status).toBe(401)
  expect(parseChallenge(response.headers.get('www-authenticate')).parameters).not.toHaveProperty('error')
})

test.each(['Bearer', 'Bearer a b', 'Bearer a, Bearer b', 'Bearer "a"', 'Bearer ä', `Bearer ${'a'.repeat(9000)}`])(
  '[BRR-2] a malformed Authorization header is 400 invalid_request: %.30s',
  async (value) => {
    const raw = await sendRaw(world.gate.port, { target: '/v1/invoices', headers: [`Authorization: ${value}`] })
    expect(raw.status).toBe(400)
    expect(parseChallenge(raw.headers['www-authenticate'] ?? null).parameters.error).toBe('invalid_request')
    expect(JSON.parse(raw.body).code).toBe('credential_malformed')
  },
)

test('[BRR-5] [FAP-1] a token in the query or in the body is not a credential', async () => {
  const token = await world.issuer.mint({ scope: 'invoices:create' })
  const query = await refused(() => world.ask(`/v1/invoices?access_token=${token}`))
  expect(query.problem.code).toBe('credential_missing')
  const body = new URLSearchParams({ access_token: token })
  const form = await refused(() => world.ask('/v1/invoices', { method: 'POST', body }))
  expect(form.problem.code).toBe('credential_missing')
})

const now = () => Math.floor(Date.now() / 1000)

test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  ['expired', { exp: now() - 60 }, {}],
  ['no exp', { exp: undefined }, {}],
  ['not yet valid', { nbf: now() + 600 }, {}],
  ['issued in the future', { iat: now() + 3600 }, {}],
  ['another audience', { aud: 'https://other.example.com' }, {}],
  ['an audience with one more slash', { aud: 'https://api.example.com/' }, {}],
  ['no audience', { aud: undefined }, {}],
  ['a number as subject', { sub: 5 }, {}],
  ['null as client', { client_id: null }, {}],
  ['no jti', { jti: undefined }, {}],
  ['an unknown issuer', { iss: 'https://evil.example.com' }, {}],
  ['an ID token by its type', {}, { typ: 'JWT' }],
  ['no type', {}, { typ: undefined }],
  ['an unknown key', {}, { kid: 'unknown' }],
  ['an encoded payload', {}, { cty: 'JWT' }],
  ['bound to a key it does not prove', { cnf: { jkt: 'x' } }, {}],
  ['a scope claim that is a list', { scope: ['invoices:read'] }, {}],
])('[JAT-9] [ERR-4] [FAP-3] a token that is %s is 401 invalid_token', async (_, claims, header) => {
  const token = await world.issuer.mint({ scope: 'invoices:read', ...claims }, header)
  const { response, problem } = await refused(() =>
    world.ask('/v1/invoices', { headers: { authorization: `Bearer ${token}` } }),
  )
  expect(response.status).toBe(401)
  expect(problem.code).toBe('token_invalid')
  expect(parseChallenge(response.headers.get('www-authenticate')).parameters).toEqual({
    realm: 'api.example.com',
    error: 'invalid_token',
    error_description: 'The access token is not valid',
    scope: 'invoices:read',
    resource_metadata: METADATA,
  })
})

test('[JAT-2] [JAT-9] a token signed with another key under the right kid is 401', async () => {
  const [own] = world.issuer.keys
  const forged = await signingKey('ES256', own?.kid)
  const token = await world.issuer.mint({ scope: 'invoices:read' }, {}, forged)
  const { problem } = await refused(() => world.ask('/v1/invoices', { headers: { authorization: `Bearer ${token}` } }))
  expect(problem.code).toBe('token_invalid')
})

test('[JAT-2] [JAT-9] a tampered payload is 401', async () => {
  const [header, , signature] = (await world.issuer.mint({ scope: 'invoices:read' })).split('.')
  const claims = {
    iss: world.issuer.issuer,
    aud: 'https://api.example.com',
    sub: 'a',
    client_id: 'a',
    iat: now(),
    exp: now() + 60,
    jti: 'a',
    scope: 'invoices:admin',
  }
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
  const { problem } = await refused(() =>
    world.ask('/v1/invoices', { headers: { authorization: `Bearer ${header}.${payload}.${signature}` } }),
  )
  expect(problem.code).toBe('token_invalid')
})

test('[BRR-10] [FAP-3] a token without the scope is 403 insufficient_scope and names it', async () => {
  const { response, problem } = await refused(() => world.askAs('invoices:create', '/v1/invoices'))
  expect(response.status).toBe(403)
  expect(problem).toMatchObject({ code: 'scope_insufficient', required_scopes: ['invoices:read'] })
  expect(parseChallenge(response.headers.get('www-authenticate'))).toEqual({
    scheme: 'Bearer',
    parameters: {
      realm: 'api.example.com',
      error: 'insufficient_scope',
      error_description: 'The access token lacks a scope',
      scope: 'invoices:read',
      resource_metadata: METADATA,
    },
  })
})

test.each(['invoices:read:all', 'invoices', 'INVOICES:READ', 'my-invoices:read', 'invoices:rea', ''])(
  '[SCP-1] [SCP-3] scope %j does not stand for invoices:read',
  async (scope) => {
    const { problem } = await refused(() => world.askAs(scope, '/v1/invoices'))
    expect(problem.code).toBe('scope_insufficient')
  },
)

test('[SCP-1] a tab is no delimiter between scopes', async () => {
  const { response } = await refused(() => world.askAs('invoices:read\tx', '/v1/invoices'))
  expect(response.status).toBe(401)
})

test('[SCP-3] an implied scope is enough', async () => {
  expect((await world.askAs('invoices:admin', '/v1/invoices')).status).toBe(200)
})

test('[SCP-5] of several alternatives the challenge names the one nearest to what the token holds', async () => {
  const { response } = await refused(() => world.askAs('invoices:create', '/v1/payments'))
  expect(parseChallenge(response.headers.get('www-authenticate')).parameters.scope).toBe('invoices:admin')
  const created = await world.askAs('invoices:create invoices:read', '/v1/payments')
  expect(created.status).toBe(200)
})

const refund = { method: 'POST', body: '{}' }

test('[STU-1] a weak authentication is 401 insufficient_user_authentication', async () => {
  const { response, problem } = await refused(() =>
    world.askAs('invoices:read invoices:refund', '/v1/invoices/1/refunds', refund),
  )
  expect(response.status).toBe(401)
  expect(problem.code).toBe('step_up_required')
  expect(parseChallenge(response.headers.get('www-authenticate')).parameters).toEqual({
    realm: 'api.example.com',
    error: 'insufficient_user_authentication',
    error_description: 'A stronger or more recent authentication is required',
    scope: 'invoices:read invoices:refund',
    acr_values: 'phr phrh',
    max_age: '300',
    resource_metadata: METADATA,
  })
})

test('[STU-1] a weak authentication and a missing scope are one challenge', async () => {
  const { response, problem } = await refused(() => world.askAs('invoices:read', '/v1/invoices/1/refunds', refund))
  expect(response.status).toBe(401)
  expect(problem).toMatchObject({ code: 'step_up_required', also: ['scope_insufficient'] })
  expect(parseChallenge(response.headers.get('www-authenticate')).parameters).toMatchObject({
    error: 'insufficient_user_authentication',
    scope: 'invoices:read invoices:refund',
    acr_values: 'phr phrh',
    max_age: '300',
  })
})

test('[STU-2] a strong and recent authentication passes, an old one does not', async () => {
  const claims = { acr: 'phr', auth_time: now() - 30 }
  expect((await world.askAs('invoices:read invoices:refund', '/v1/invoices/1/refunds', refund, claims)).status).toBe(
    201,
  )
  const { problem } = await refused(() =>
    world.askAs('invoices:read invoices:refund', '/v1/invoices/1/refunds', refund, {
      ...claims,
      auth_time: now() - 301,
    }),
  )
  expect(problem.code).toBe('step_up_required')
})

test('a token past the age that the scope allows is 401 although it has not expired', async () => {
  expect((await world.askAs('reports:read', '/v1/reports')).status).not.toBe(401)
  const { response, problem } = await refused(() =>
    world.askAs('reports:read', '/v1/reports', {}, { iat: now() - 700 }),
  )
  expect(problem.code).toBe('token_too_old')
  expect(parseChallenge(response.headers.get('www-authenticate')).parameters.error).toBe('invalid_token')
})

test('[DEP-5] a retired scope satisfies nothing, and neither challenge sends a client after one that would not help', async () => {
  const { response, problem } = await refused(() =>
    world.askAs('invoices:old', '/v1/invoices/1', { method: 'PUT', body: '{}' }),
  )
  expect(response.status).toBe(403)
  expect(problem.code).toBe('scope_retired')
  const scopeOf = ({ headers }: Response) => parseChallenge(headers.get('www-authenticate')).parameters.scope
  expect(scopeOf(response)).toBeUndefined()
  const bare = await refused(() => world.ask('/v1/invoices/1', { method: 'PUT', body: '{}' }))
  expect([bare.response.status, scopeOf(bare.response)]).toEqual([401, undefined])
})

test.each(['/v1/unknown', '/', '/v1/invoices/', '/v1/invoices/1/', '/V1/invoices', '/v1'])(
  '%s is unmapped: 403 without a challenge, whatever the token',
  async (path) => {
    const { response, problem } = await refused(() => world.askAs('invoices:admin', path))
    expect(response.status).toBe(403)
    expect(problem.code).toBe('unmapped')
    expect(response.headers.has('www-authenticate')).toBe(false)
  },
)

test('a mapped path with an unmapped method is refused, also where a wider template has the method', async () => {
  const { problem } = await refused(() => world.askAs('invoices:admin', '/v1/invoices/export', { method: 'DELETE' }))
  expect(problem.code).toBe('unmapped')
})

test('an unknown host is unmapped', async () => {
  const raw = await sendRaw(world.gate.port, { target: '/v1/status', host: 'other.example.com' })
  expect([raw.status, JSON.parse(raw.body).code]).toEqual([403, 'unmapped'])
})

test('[ERR-3] HEAD is answered by the rule for GET, with the headers of a refusal and no body', async () => {
  const response = await world.ask('/v1/invoices', { method: 'HEAD' })
  expect(response.status).toBe(401)
  expect(response.headers.has('www-authenticate')).toBe(true)
  expect(await response.text()).toBe('')
  expect((await world.askAs('invoices:read', '/v1/invoices', { method: 'HEAD' })).status).toBe(200)
})

test('[COR-2] plain OPTIONS is an ordinary method and not mapped', async () => {
  const { problem } = await refused(() => world.ask('/v1/invoices', { method: 'OPTIONS' }))
  expect(problem.code).toBe('unmapped')
})

test.each(['TRACE', 'PROPFIND', 'QUERY'])('%s is refused with 501', async (method) => {
  const raw = await sendRaw(world.gate.port, { method, target: '/v1/status' })
  expect([raw.status, JSON.parse(raw.body).code]).toEqual([501, 'method_refused'])
})

test('an upgrade is refused where the rule does not allow it', async () => {
  const raw = await sendRaw(world.gate.port, { target: '/v1/status', headers: ['Upgrade: websocket'] })
  expect([raw.status, JSON.parse(raw.body).code]).toEqual([403, 'upgrade_refused'])
})

test('a rule in mode observe lets a valid token without the scope pass, and records it; a bad token stays out', async () => {
  const response = await world.askAs('invoices:create', '/v1/customers')
  expect(response.status).toBe(200)
  const id = response.headers.get('scopewall-decision')
  await expect
    .poll(() => world.gate.events().find((event) => event.decision === id), { timeout: 5_000 })
    .toMatchObject({
      outcome: 'observe',
      codes: ['scope_insufficient'],
      missing: ['invoices:read'],
      rule: 'GET api.example.com/v1/customers',
    })
  const other = await startStaticIssuer()
  const stranger = await other.mint({ scope: 'invoices:read' })
  await other.close()
  const { problem } = await refused(() =>
    world.ask('/v1/customers', { headers: { authorization: `Bearer ${stranger}` } }),
  )
  expect(problem.code).toBe('token_invalid')
})

test('[PRM-2] [PRM-8] [COR-8] the metadata document is derived from the map and names no retired scope', async () => {
  const raw = await sendRaw(world.gate.port, { target: '/.well-known/oauth-protected-resource' })
  expect(raw.status).toBe(200)
  expect(raw.headers['access-control-allow-origin']).toBe('*')
  expect(JSON.parse(raw.body)).toEqual({
    resource: 'https://api.example.com',
    authorization_servers: [world.issuer.issuer],
    scopes_supported: [
      'events:subscribe',
      'invoices:admin',
      'invoices:create',
      'invoices:read',
      'invoices:refund',
      'reports:read',
    ],
    bearer_methods_supported: ['header'],
  })
})

test('[PRM-7] the metadata document answers on the resource host only, whatever the port', async () => {
  const at = async (host: string) => {
    const raw = await sendRaw(world.gate.port, { target: '/.well-known/oauth-protected-resource', host })
    return [raw.status, JSON.parse(raw.body).code]
  }
  expect(await at('API.example.com:8443')).toEqual([200, undefined])
  expect(await at('other.example.com')).toEqual([404, 'not_found'])
  expect(await at('api.example.com:99999')).toEqual([400, 'target_ambiguous'])
  // No host, but no reason to fail either.
  for (const host of ['999.999.999.999', '1.2.3.4.5', '[::::]']) expect(await at(host)).toEqual([404, 'not_found'])
})

test.each([
  '/.well-known/oauth-protected-resource/v1',
  '/.well-known/oauth-protected-resourcex',
  '/_scopewall/unknown',
  '/_scopewall/problems/none',
])('[PRM-7] the reserved address %s is 404 and never forwarded', async (path) => {
  const { problem } = await refused(() => world.ask(path))
  expect(problem.code).toBe('not_found')
})

test('the console without its files is 404, says so, and is never forwarded', async () => {
  const before = world.origin.requests.length
  const response = await world.ask('/_scopewall/')
  expect([response.status, response.headers.get('content-type')]).toEqual([404, 'text/plain; charset=utf-8'])
  expect(await response.text()).toContain('binds no ASSETS')
  expect(world.origin.requests.length).toBe(before)
})

test('[PRB-2] each problem type can be fetched', async () => {
  const response = await world.ask('/_scopewall/problems/scope_insufficient')
  expect(await response.json()).toMatchObject({ code: 'scope_insufficient', status: 403 })
})

test('[BRR-4] every refusal is on record under the id of its answer, without token or URL, and of claims client and scopes alone', async () => {
  const token = await world.issuer.mint({ scope: 'stray:scope', sub: 'secret-subject', client_id: 'stray-client' })
  const response = await world.ask('/v1/invoices?q=secret-query', { headers: { authorization: `Bearer ${token}` } })
  const id = response.headers.get('scopewall-decision')
  await expect
    .poll(() => world.gate.events().find((event) => event.decision === id), { timeout: 5_000 })
    .toMatchObject({
      event: 'decision',
      format: 1,
      outcome: 'deny',
      held: ['stray:scope'],
      client: 'stray-client',
      codes: ['scope_insufficient'],
      missing: ['invoices:read'],
      rule: 'GET api.example.com/v1/invoices',
      service: 'invoices',
    })
  const logged = world.gate.lines.join('\n')
  for (const secret of ['secret', token, token.split('.')[2] ?? token])
    expect(logged.includes(secret), 'a secret was logged').toBe(false)
})
