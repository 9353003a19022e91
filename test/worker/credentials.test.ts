/** What the gate asks of tokens besides scopes, and what it says to clients and origins, in the real runtime. */
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { generateProof, generateKeyPair as proofKeys } from 'dpop'
import { calculateJwkThumbprint, exportJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ReleaseDocument, RuleEntry } from '../../src/policy/release.ts'
import { origin } from '../docs/signed-messages.ts'
import { parseChallenge } from '../support/challenge.ts'
import { environmentOf } from '../support/environment.ts'
import { startGate } from '../support/gate.ts'
import { INVOICING } from '../support/invoicing.ts'
import { sendRaw } from '../support/raw-http.ts'
import { startWorld, type World } from '../support/world.ts'

const HOST = 'api.example.com'
const APP = 'https://app.example.com'
const rule = (method: RuleEntry['method'], path: string, rest: Partial<RuleEntry>): RuleEntry => ({
  service: 'invoices',
  host: HOST,
  method,
  path,
  ...rest,
})
const scope = (entry: object = {}) =>
  ({ service: 'invoices', owner: 'team', reason: 'Tested.', sensitivity: 'low', ...entry }) as const

const document: ReleaseDocument = {
  ...INVOICING,
  services: { ...INVOICING.services, pay: { owner: 'team', description: 'Payments.' } },
  scopes: {
    ...INVOICING.scopes,
    leaving: scope({
      deprecated: {
        since: '2026-01-01',
        sunset: '2099-06-30',
        replacedBy: ['invoices:read'],
        link: 'https://example.com/leaving',
      },
    }),
    offline_access: scope(),
  },
  rules: [
    ...INVOICING.rules,
    rule('GET', '/v1/customers/{id}', { anyOf: [['invoices:read'], ['leaving']] }),
    rule('GET', '/v1/accounts/{iban}', {
      anyOf: [['invoices:read']],
      authorizationDetails: [{ type: 'account', actions: ['read'], match: { '/iban': '{iban}' } }],
    }),
    rule('GET', '/v1/bound', { anyOf: [['invoices:read']], senderConstraint: 'any' }),
    rule('GET', '/v1/clients', { anyOf: [['invoices:read']], clients: ['backend'] }),
    rule('GET', '/v1/direct', { anyOf: [['invoices:read']], actors: ['agent'] }),
    rule('GET', '/v1/offline', { anyOf: [['offline_access']] }),
    rule('GET', '/v1/short', { anyOf: [['invoices:read']], maxLifetimeSeconds: 300 }),
    { ...rule('GET', '/pay/v1/orders', { anyOf: [['invoices:read']] }), service: 'pay' },
  ],
}

const { privateKey } = generateKeyPairSync('ed25519')
const SIGNING_KEY = JSON.stringify(privateKey.export({ format: 'jwk' }))

let world: World
beforeAll(async () => {
  world = await startWorld({
    document,
    environment: {
      resource: 'https://api.example.com',
      services: { pay: { resource: 'https://api.example.com/pay', audiences: ['urn:pay'] } },
      dpop: { algorithms: ['ES256'], maxAgeSeconds: 60, futureLeewaySeconds: 10, singleUse: 'asked' },
      mutualTls: { requiresVerifiedChain: true },
      cors: { owner: 'edge', origins: [APP], maxAgeSeconds: 600 },
      originSignature: { keys: [{ id: 'edge-1', algorithm: 'ed25519', secret: 'SIGNING_KEY' }], lifetimeSeconds: 60 },
      echoesInteractionId: true,
      tokenAudit: { subjects: 'hashed' },
    },
    secrets: { SIGNING_KEY },
  })
})
afterAll(() => world.close())

const challengeOf = (answer: Response) => answer.headers.get('www-authenticate') ?? ''

describe('who calls', () => {
  test('a client that is not named is refused, and is not told to ask for scopes', async () => {
    const answer = await world.askAs('invoices:read', '/v1/clients')
    expect([answer.status, await answer.json()]).toMatchObject([403, { code: 'client_refused' }])
    expect(challengeOf(answer)).not.toContain('scope="')
    const named = await world.askAs('invoices:read', '/v1/clients', {}, { client_id: 'backend' })
    expect(named.status).not.toBe(403)
  })

  test('nobody acts for another but the outermost actor that is named', async () => {
    const of = async (act: unknown) => (await world.askAs('invoices:read', '/v1/direct', {}, { act })).status
    expect(await of({ sub: 'robot' })).toBe(403)
    expect(await of({ sub: 'robot', act: { sub: 'agent' } })).toBe(403)
    expect(await of({ sub: 'agent', act: { sub: 'robot' } })).not.toBe(403)
    expect(await of(undefined)).not.toBe(403)
  })
})

describe('what a token must be like', () => {
  test('made for a short time', async () => {
    const of = async (seconds: number) => {
      const iat = Math.floor(Date.now() / 1000)
      return world.askAs('invoices:read', '/v1/short', {}, { iat, exp: iat + seconds })
    }
    const long = await of(301)
    expect([long.status, await long.json()]).toMatchObject([401, { code: 'token_too_long_lived' }])
    expect((await of(300)).status).not.toBe(401)
  })

  test('[DPP-24] bound to its sender: told in the scheme that was used, and DPoP is offered', async () => {
    const answer = await world.askAs('invoices:read', '/v1/bound')
    expect([answer.status, await answer.json()]).toMatchObject([401, { code: 'sender_constraint_required' }])
    expect(challengeOf(answer)).toMatch(/^Bearer .*error="invalid_token".*, DPoP .*algs="ES256"$/)
  })

  test('[RAR-3] [RAR-5] with authorization details that cover this very resource', async () => {
    const of = (iban: string) =>
      world.askAs(
        'invoices:read',
        '/v1/accounts/DE02',
        {},
        {
          authorization_details: [{ type: 'account', actions: ['read'], iban }],
        },
      )
    const other = await of('DE03')
    expect([other.status, await other.json()]).toMatchObject([
      403,
      { code: 'authorization_details_insufficient', required_authorization_details_types: ['account'] },
    ])
    expect(challengeOf(other)).toContain('error="insufficient_scope"')
    expect((await of('DE02')).status).not.toBe(403)
  })
})

describe('a service that is a resource of its own', () => {
  test('[RES-3] is closed to tokens for its neighbours, and points to its own metadata', async () => {
    const answer = await world.askAs('invoices:read', '/pay/v1/orders')
    expect(answer.status).toBe(401)
    expect(challengeOf(answer)).toContain(
      'resource_metadata="https://api.example.com/.well-known/oauth-protected-resource/pay"',
    )
    expect((await world.askAs('invoices:read', '/pay/v1/orders', {}, { aud: 'urn:pay' })).status).not.toBe(401)
    expect((await world.askAs('invoices:read', '/v1/invoices', {}, { aud: 'urn:pay' })).status).toBe(401)
  })
})

describe('metadata', () => {
  const documentAt = async (path: string) => {
    const answer = await fetch(world.gate.url + path, { headers: { host: HOST } })
    return { answer, body: (await answer.json()) as Record<string, unknown> }
  }
  // workerd sees the address that the test connects to, so the document's host is the loopback's.
  const local = {
    resource: 'http://127.0.0.1',
    services: { pay: { resource: 'http://127.0.0.1/pay', audiences: ['p'] as const } },
  }

  test('[PRM-2] [PRM-4] [PRM-6] [PRM-7] [PRM-8] [RAR-4] [MTL-8] [SIG-6] of each resource, with what it asks for', async () => {
    const { issuer, origin } = world
    const gate = await startGate({
      environment: environmentOf(issuer.issuer, origin.url, {
        ...local,
        dpop: { algorithms: ['ES256'], maxAgeSeconds: 60, futureLeewaySeconds: 10, singleUse: 'asked' },
        mutualTls: { requiresVerifiedChain: true },
        originSignature: { keys: [{ id: 'edge-1', algorithm: 'ed25519', secret: 'SIGNING_KEY' }], lifetimeSeconds: 60 },
      }),
      document,
      secrets: { SIGNING_KEY },
    })
    try {
      const at = (path: string) => fetch(`${gate.url}/.well-known/oauth-protected-resource${path}`)
      const whole = await at('')
      expect([whole.headers.get('content-type'), whole.headers.get('cache-control')]).toEqual([
        'application/json',
        'public, max-age=300',
      ])
      expect(whole.headers.get('access-control-allow-origin')).toBe('*')
      const body = (await whole.json()) as Record<string, unknown>
      expect(body).toMatchObject({
        resource: 'http://127.0.0.1',
        authorization_servers: [issuer.issuer],
        bearer_methods_supported: ['header'],
        dpop_signing_alg_values_supported: ['ES256'],
        tls_client_certificate_bound_access_tokens: true,
        authorization_details_types_supported: ['account'],
        jwks_uri: 'http://127.0.0.1/_scopewall/jwks.json',
      })
      expect(body.scopes_supported).not.toContain('offline_access')
      expect(body.scopes_supported).not.toContain('leaving')
      expect(await (await at('/pay')).json()).toMatchObject({
        resource: 'http://127.0.0.1/pay',
        scopes_supported: ['invoices:read'],
      })
      expect(
        await Promise.all(['/', '/other', '/pay/', '/pay/v1'].map(async (path) => (await at(path)).status)),
      ).toEqual([404, 404, 404, 404])
    } finally {
      await gate.close()
    }
  })

  test('[PRM-7] a resource of another host is not answered for', async () => {
    const { answer } = await documentAt('/.well-known/oauth-protected-resource')
    expect(answer.status).toBe(404)
  })
})

describe('a deprecated scope', () => {
  test('[DEP-1] [DEP-2] [DEP-3] is announced where the access rests on it, and only there', async () => {
    const leaving = await world.askAs('leaving', '/v1/customers/cus-1')
    expect(leaving.status).toBe(200)
    expect(Object.fromEntries(leaving.headers)).toMatchObject({
      deprecation: '@1767225600',
      sunset: 'Tue, 30 Jun 2099 00:00:00 GMT',
      link: '<https://example.com/leaving>; rel="deprecation"; type="text/html"',
    })
    const both = await world.askAs('leaving invoices:read', '/v1/customers/cus-1')
    expect([both.status, both.headers.has('deprecation')]).toEqual([200, false])
  })

  test('[DEP-4] the answer is the same otherwise', async () => {
    const [leaving, plain] = await Promise.all(
      ['leaving', 'invoices:read'].map(async (held) => (await world.askAs(held, '/v1/customers/cus-1')).text()),
    )
    expect(leaving).toBe(plain)
  })
})

describe('the query', () => {
  test('[BRR-4] [FAP-1] a token in it never counts and never reaches the origin', async () => {
    const token = await world.issuer.mint({ scope: 'invoices:read' })
    expect((await world.ask(`/v1/invoices?access_token=${token}`)).status).toBe(401)
    const before = world.origin.requests.length
    await world.askAs('invoices:read', `/v1/invoices?a=1&access_token=${token}&b=2`)
    expect(world.origin.requests.slice(before).map(({ url }) => url)).toEqual(['/v1/invoices?a=1&b=2'])
  })
})

describe('browsers', () => {
  test('[COR-4] [COR-7] where the edge owns CORS, answers of the origin are as readable as refusals', async () => {
    const answer = await world.askAs('invoices:read', '/v1/invoices', { headers: { origin: APP } })
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, APP])
    expect(answer.headers.get('access-control-expose-headers')).toContain('DPoP-Nonce')
    const other = await world.askAs('invoices:read', '/v1/invoices', {
      headers: { origin: 'https://evil.example.com' },
    })
    expect([other.status, other.headers.has('access-control-allow-origin')]).toEqual([200, false])
  })

  test('[COR-7] where the origin owns CORS, it is asked, without credentials, and only for what the map knows', async () => {
    const { issuer, origin } = world
    const gate = await startGate({
      environment: environmentOf(issuer.issuer, origin.url, {
        cors: { owner: 'origin', origins: [APP], maxAgeSeconds: 600 },
        originSignature: { keys: [{ id: 'edge-1', algorithm: 'ed25519', secret: 'SIGNING_KEY' }], lifetimeSeconds: 60 },
      }),
      document,
      secrets: { SIGNING_KEY },
    })
    try {
      const headers = {
        origin: APP,
        'access-control-request-method': 'GET',
        authorization: 'Bearer secret',
        cookie: 'a=b',
        dpop: 'x',
        'x-api-key': 'k',
        'cf-access-client-secret': 's',
        'cf-client-cert-sha256': 'c',
        'x-forwarded-whatever': 'w',
      }
      const before = origin.requests.length
      const answer = await fetch(`${gate.url}/v1/invoices?do=delete`, { method: 'OPTIONS', headers })
      // What the origin says besides is for those who have shown a token.
      expect([
        answer.status,
        await answer.text(),
        [...answer.headers.keys()].filter((name) => name.startsWith('x-')),
      ]).toEqual([204, '', []])
      await fetch(`${gate.url}/v1/unmapped`, { method: 'OPTIONS', headers })
      for (const [name, value] of [
        ['origin', 'https://evil.example'],
        ['access-control-request-method', 'DELETE'],
        ['access-control-request-method', ''],
      ] as const) {
        const other = await fetch(`${gate.url}/v1/invoices`, {
          method: 'OPTIONS',
          headers: { ...headers, [name]: value },
        })
        expect([other.status, other.headers.get('access-control-allow-origin')]).toEqual([204, null])
      }
      const asked = origin.requests.slice(before)
      expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual(['OPTIONS /v1/invoices'])
      const names = asked
        .flatMap(({ rawHeaders }) => rawHeaders.filter((_, index) => index % 2 === 0))
        .map((name) => name.toLowerCase())
      for (const name of [
        'authorization',
        'cookie',
        'dpop',
        'x-api-key',
        'cf-access-client-secret',
        'cf-client-cert-sha256',
        'x-forwarded-whatever',
      ])
        expect(names).not.toContain(name)
      expect(names).toContain('access-control-request-method')
      expect(asked[0]?.rawHeaders).toContain('preflight')
      const refused = await fetch(`${gate.url}/v1/invoices`, { headers: { origin: APP } })
      expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, APP])
    } finally {
      await gate.close()
    }
  })
})

test('an answer that cannot be copied goes back as it came', async () => {
  const odd = createServer((_, response) => response.writeHead(799, { 'x-odd': 'yes' }).end('odd'))
  await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve))
  const gate = await startGate({
    environment: environmentOf(world.issuer.issuer, `http://127.0.0.1:${(odd.address() as AddressInfo).port}`, {
      echoesInteractionId: true,
    }),
    document,
  })
  try {
    const answer = await sendRaw(gate.port, { target: '/v1/status', host: '127.0.0.1' })
    expect([answer.status, answer.headers['x-odd']]).toEqual([799, 'yes'])
  } finally {
    await gate.close()
    odd.close()
  }
})

describe('the statement to the origin', () => {
  const lastRequest = () => {
    const request = world.origin.requests.at(-1)
    if (request === undefined) throw new Error('nothing reached the origin')
    const pairs = request.rawHeaders.flatMap((name, index) =>
      index % 2 === 0 ? [[name, request.rawHeaders[index + 1] ?? ''] as const] : [],
    )
    return { method: request.method, url: request.url, headers: pairs }
  }
  const verifierOf = (keys: readonly object[]) =>
    origin.createVerifier({ keys, authority: [new URL(world.origin.url).host] })
  const publicKeys = async () => ((await (await world.ask('/_scopewall/jwks.json')).json()) as { keys: object[] }).keys

  test('[SIG-1] [SIG-3] [SIG-7] [SIG-9] is signed by a published key, and says who was let in by what', async () => {
    await world.askAs(
      'invoices:read invoices:create',
      '/v1/invoices?page=1',
      {
        headers: {
          'scopewall-subject': 'root',
          signature: 'scopewall=:AAAA:',
          'signature-input': 'scopewall=();tag="scopewall"',
        },
      },
      { acr: 'phr', sub: 'Zoë\r\nX: y' },
    )
    const keys = await publicKeys()
    expect(JSON.stringify(keys)).not.toContain('"d"')
    const verdict = await verifierOf(keys).verify(lastRequest())
    expect(verdict).toMatchObject({
      ok: true,
      statement: {
        rule: 'GET api.example.com/v1/invoices',
        issuer: world.issuer.issuer,
        subject: 'Zoë\r\nX: y',
        client: 'partner',
        scopes: ['invoices:read'],
        acr: 'phr',
      },
    })
  })

  test('[COR-8] any page may read the published keys, with a header of its own too', async () => {
    const answer = await world.ask('/_scopewall/jwks.json', {
      method: 'OPTIONS',
      headers: { origin: 'https://any.example.com', 'access-control-request-method': 'GET' },
    })
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
  })

  test('of a public rule it knows nobody', async () => {
    await world.ask('/v1/status')
    expect(await verifierOf(await publicKeys()).verify(lastRequest())).toMatchObject({
      ok: true,
      statement: { rule: 'GET api.example.com/v1/status', scopes: [] },
    })
  })

  test('[SIG-4] does not hold for another request', async () => {
    await world.askAs('invoices:read', '/v1/invoices?page=1')
    const request = lastRequest()
    const verifier = verifierOf(await publicKeys())
    expect((await verifier.verify(request)).ok).toBe(true)
    expect((await verifier.verify({ ...request, url: '/v1/invoices?page=2' })).ok).toBe(false)
    expect((await verifier.verify({ ...request, method: 'DELETE' })).ok).toBe(false)
  })
})

test('[FAP-8] the interaction id of a request comes back, also with a refusal; without one it gets one', async () => {
  const id = '5a0e5a1c-9f0e-4b51-9b0e-3a4a8f3c2d11'
  const idOf = async (path: string, headers: Record<string, string>) =>
    (await world.ask(path, { headers })).headers.get('x-fapi-interaction-id')
  expect(await idOf('/v1/status', { 'x-fapi-interaction-id': id })).toBe(id)
  expect(await idOf('/v1/invoices', { 'x-fapi-interaction-id': id })).toBe(id)
  expect(await idOf('/v1/status', { 'x-fapi-interaction-id': 'not a uuid' })).toMatch(/^[0-9a-f-]{36}$/)
})

test.each([
  ['a secret that is missing', {}, 'secret_missing'],
  ['a secret that is empty', { NONCES: '' }, 'secret_missing'],
  ['a secret that is too short', { NONCES: 'c2hvcnQ' }, 'secret_malformed'],
])('%s keeps the gate from judging anything', async (_, secrets, code) => {
  const gate = await startGate({
    environment: environmentOf(world.issuer.issuer, world.origin.url, {
      dpop: {
        algorithms: ['ES256'],
        maxAgeSeconds: 60,
        futureLeewaySeconds: 10,
        singleUse: 'asked',
        nonceSecret: 'NONCES',
      },
    }),
    document,
    secrets,
  })
  try {
    const answer = await fetch(`${gate.url}/v1/status`)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '60'])
    await expect.poll(() => gate.events().map((event) => event.code)).toContain(code)
    expect(JSON.stringify(gate.events())).not.toContain('c2hvcnQ')
  } finally {
    await gate.close()
  }
})

test('tokens that are seen are told to the ledger; without one, requests are judged as ever, and the operator is told', async () => {
  const standingOf = async (url: string) =>
    ((await (await fetch(`${url}/_scopewall/health`)).json()) as { tokenAudit: string }).tokenAudit
  const unbound = await startGate({
    environment: environmentOf(world.issuer.issuer, world.origin.url, { tokenAudit: { subjects: 'hashed' } }),
    document,
    hasLedger: false,
  })
  const told = (event: string, events: readonly object[]) =>
    events.filter((each) => 'event' in each && each.event === event)
  try {
    const authorization = `Bearer ${await world.issuer.mint({ scope: 'invoices:read' })}`
    for (const url of [world.gate.url, unbound.url, unbound.url])
      expect((await fetch(`${url}/v1/invoices`, { headers: { authorization } })).status).toBe(200)
    expect(await standingOf(unbound.url)).toBe('unbound')
    await expect
      .poll(() => told('token_audit', unbound.events()))
      .toEqual([{ event: 'token_audit', code: 'ledger_unbound' }])
    expect(await standingOf(world.gate.url)).toBe('recording')
    expect(told('token_audit', world.gate.events())).toEqual([])
  } finally {
    await unbound.close()
  }
})

test('where each proof must serve once, the gate does not run without the registry of proofs', async () => {
  const gate = await startGate({
    environment: environmentOf(world.issuer.issuer, world.origin.url, {
      dpop: { algorithms: ['ES256'], maxAgeSeconds: 60, futureLeewaySeconds: 10, singleUse: 'always' },
    }),
    document,
    hasProofs: false,
  })
  try {
    expect((await fetch(`${gate.url}/v1/status`)).status).toBe(503)
    await expect.poll(() => gate.events()).toContainEqual({ event: 'fault', code: 'binding_missing', name: 'PROOFS' })
  } finally {
    await gate.close()
  }
})

test('[STU-1] [STU-6] a step-up is asked for once the token is good, and not before', async () => {
  const init = { method: 'POST', body: '{}' }
  const expired = Math.floor(Date.now() / 1000) - 100
  const bad = await world.askAs('invoices:read invoices:refund', '/v1/invoices/1/refunds', init, { exp: expired })
  expect(challengeOf(bad)).not.toContain('acr_values')
  const weak = await world.askAs('invoices:read invoices:refund', '/v1/invoices/1/refunds', init)
  expect(weak.status).toBe(401)
  const [bearer = ''] = challengeOf(weak).split(', DPoP ')
  expect(parseChallenge(bearer).parameters).toMatchObject({
    error: 'insufficient_user_authentication',
    acr_values: 'phr phrh',
    max_age: '300',
  })
})

test('[DPP-18] [DPP-19] of many uses of one proof at once, exactly one passes where each serves once', async () => {
  const { issuer, origin } = world
  const once = {
    ...document,
    rules: [rule('GET', '/v1/invoices', { anyOf: [['invoices:read']], senderConstraint: 'dpop-single-use' })],
  }
  const gate = await startGate({
    environment: environmentOf(issuer.issuer, origin.url, {
      dpop: { algorithms: ['ES256'], maxAgeSeconds: 60, futureLeewaySeconds: 10, singleUse: 'asked' },
    }),
    document: once,
  })
  try {
    const sender = await proofKeys('ES256')
    const jkt = await calculateJwkThumbprint(await exportJWK(sender.publicKey))
    const token = await issuer.mint({ scope: 'invoices:read', cnf: { jkt } })
    const proof = await generateProof(sender, `${gate.url}/v1/invoices`, 'GET', undefined, token)
    const use = () => fetch(`${gate.url}/v1/invoices`, { headers: { authorization: `DPoP ${token}`, dpop: proof } })
    const statuses = (await Promise.all(Array.from({ length: 20 }, use))).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([200, ...Array(19).fill(401)])
    expect((await use()).headers.get('www-authenticate')).toMatch(/^DPoP .*error="invalid_dpop_proof"/)
  } finally {
    await gate.close()
  }
})
