/** Opaque access tokens of a real oidc-provider: the gate asks what they are (RFC 7662), also for signed answers (RFC 9701). */
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { calculateThumbprint, generateKeyPair, generateProof } from 'dpop'
import { decodeJwt } from 'jose'
import { getDPoPHandle, tokenIntrospection } from 'openid-client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Origin, startOrigin } from '../../demo/origin.ts'
import type { Issuer } from '../../src/policy/issuer.ts'
import type { ReleaseDocument } from '../../src/policy/release.ts'
import { parseChallenge } from '../support/challenge.ts'
import { environmentOf, issuerAt } from '../support/environment.ts'
import { type RunningGate, startGate } from '../support/gate.ts'
import { INVOICING } from '../support/invoicing.ts'
import { AUDIENCE } from '../support/static-issuer.ts'
import {
  CLIENT_SECRET,
  introspected,
  OPAQUE_AUDIENCE,
  type PeerProvider,
  startPeerProvider,
  type TokenWish,
} from './provider.ts'

const document: ReleaseDocument = {
  ...INVOICING,
  rules: [
    ...INVOICING.rules,
    {
      service: 'invoices',
      host: 'api.example.com',
      method: 'GET',
      path: '/v1/payouts',
      anyOf: [['invoices:read']],
      introspection: 'always',
    },
  ],
}

/** `opaque` issues opaque tokens, `structured` JWTs; both know the gate. */
let opaque: PeerProvider
let structured: PeerProvider
let origin: Origin
/** It keeps answers for a minute. */
let gate: RunningGate
/** It keeps answers for a second. */
let brief: RunningGate
/** It believes signed answers alone, and keeps none. */
let signed: RunningGate

function startAsking(asked: Issuer, secret = CLIENT_SECRET): Promise<RunningGate> {
  const environment = environmentOf(opaque.url, origin.url, {
    issuers: [asked, issuerAt(structured.url)],
    dpop: { algorithms: ['ES256'], maxAgeSeconds: 60, futureLeewaySeconds: 10, singleUse: 'asked' },
  })
  return startGate({ environment, document, secrets: { GATE_SECRET: secret } })
}

/** Asks, and resets the connection before there can be an answer. */
function leave(port: number, path: string, token: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: api.example.com\r\nAuthorization: Bearer ${token}\r\n\r\n`)
      setTimeout(() => resolve(void socket.resetAndDestroy()), 80)
    })
    socket.on('error', reject)
  })
}

beforeAll(async () => {
  ;[opaque, structured, origin] = await Promise.all([
    startPeerProvider(),
    startPeerProvider(),
    startOrigin({ port: 0 }),
  ])
  ;[gate, brief, signed] = await Promise.all([
    startAsking(introspected(opaque)),
    startAsking(introspected(opaque, { cacheSeconds: 1 })),
    startAsking(introspected(opaque, { response: 'jwt', cacheSeconds: 0 })),
  ])
})
afterAll(() =>
  Promise.all([gate.close(), brief.close(), signed.close(), origin.close(), opaque.close(), structured.close()]),
)
afterEach(() => {
  opaque.introspectionFault = undefined
})

const opaqueToken = (scope: string, rest: Partial<TokenWish> = {}) =>
  opaque.token({ scope, resource: OPAQUE_AUDIENCE, ...rest })

const ask = (path: string, token: string, at: RunningGate = gate, init: RequestInit = {}) =>
  fetch(at.url + path, { ...init, headers: { authorization: `Bearer ${token}` } })

const bearerChallenge = (answer: Response) =>
  parseChallenge(answer.headers.get('www-authenticate')?.split(', DPoP ', 1)[0] ?? null)

/** What the operator should learn of refusals so far. On record a second later, so that all are looked up at once. */
const reasons: { readonly answer: Response; readonly at: RunningGate; readonly why: readonly string[] }[] = []

/** The client learns no more than that; the operator why. */
function expectInvalid(answer: Response, at: RunningGate = gate, ...why: readonly string[]): void {
  expect([answer.status, bearerChallenge(answer).parameters.error]).toEqual([401, 'invalid_token'])
  if (why.length > 0) reasons.push({ answer, at, why })
}

const reasonOf = (answer: Response, at: RunningGate) =>
  at.events().find(({ decision }) => decision === answer.headers.get('scopewall-decision'))?.detail

/** Judged by nobody, blamed on nobody, forwarded to nobody. */
async function expectUnavailable(answer: Response, forwardedBefore: number): Promise<void> {
  expect([answer.status, answer.headers.get('retry-after'), answer.headers.get('www-authenticate')]).toEqual([
    503,
    '5',
    null,
  ])
  expect(await answer.json()).toMatchObject({ code: 'unavailable' })
  expect(origin.requests.length).toBe(forwardedBefore)
}

describe('an opaque token', () => {
  test('[INT-1] [INT-4] is let in by what its server says, which was asked as the RFC wants it', async () => {
    const token = await opaqueToken('invoices:read')
    expect((await ask('/v1/invoices', token)).status).toBe(200)
    const question = opaque.questions.at(-1)
    expect(question).toMatchObject({
      accept: 'application/json',
      clientId: 'gate',
      parameters: { token, token_type_hint: 'access_token' },
    })
    expect(question?.contentType).toMatch(/^application\/x-www-form-urlencoded/)
  })

  test('[INT-6] [BRR-10] is judged by its scopes each time, though its server was asked once', async () => {
    const token = await opaqueToken('invoices:read')
    const before = opaque.questions.length
    const refund = async () => {
      const answer = await ask('/v1/invoices', token, gate, { method: 'POST', body: '{}' })
      return [answer.status, bearerChallenge(answer).parameters.error, bearerChallenge(answer).parameters.scope]
    }
    const lacking = [403, 'insufficient_scope', 'invoices:create']
    expect([await refund(), await refund()]).toEqual([lacking, lacking])
    expect((await ask('/v1/invoices', token)).status).toBe(200)
    expect(await refund()).toEqual(lacking)
    expect(opaque.questions.length - before).toBe(1)
  })

  test('[INT-6] asked for by a crowd, its server is asked once', async () => {
    const token = await opaqueToken('invoices:read')
    const before = opaque.questions.length
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('/v1/invoices', token)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(opaque.questions.length - before).toBe(1)
  })

  test('[INT-6] revoked, it is refused at once where the rule asks each time, and elsewhere once the answer is old', async () => {
    const token = await opaqueToken('invoices:read')
    const statuses = async (at: RunningGate) => {
      const kept = await ask('/v1/invoices', token, at)
      return [kept.status, (await ask('/v1/payouts', token, at)).status]
    }
    expect([await statuses(gate), await statuses(brief)]).toEqual([
      [200, 200],
      [200, 200],
    ])
    await opaque.revoke(token)
    expect(await statuses(gate)).toEqual([200, 401])
    await expect.poll(() => statuses(brief), { timeout: 3_000, interval: 100 }).toEqual([401, 401])
    expectInvalid(await ask('/v1/payouts', token), gate, 'inactive')
  })

  test('[INT-1] [INT-4] for another resource is refused', async () => {
    const authentication = { kind: 'client_secret_post', secret: 'GATE_SECRET' } as const
    const other = await startAsking(introspected(opaque, { authentication }, { audiences: [AUDIENCE] }))
    try {
      const answer = await ask('/v1/invoices', await opaqueToken('invoices:read'), other)
      expectInvalid(answer)
      await expect.poll(() => reasonOf(answer, other)).toBe('audience')
    } finally {
      await other.close()
    }
  })

  test('[STU-4] says how the person authenticated', async () => {
    const scope = 'invoices:read invoices:refund'
    const refund = (token: string) => ask('/v1/invoices/inv_1/refunds', token, gate, { method: 'POST', body: '{}' })
    const weak = await refund(await opaqueToken(scope))
    expect([weak.status, bearerChallenge(weak).parameters]).toMatchObject([
      401,
      { error: 'insufficient_user_authentication', acr_values: 'phr phrh', max_age: '300' },
    ])
    expect((await refund(await opaqueToken(scope, { client: 'strong' }))).status).toBe(201)
  })

  test('[INT-5] [DPP-1] [DPP-3] bound to a key, it needs a proof, which its server never sees', async () => {
    const keys = await generateKeyPair('ES256')
    const DPoP = getDPoPHandle(await opaque.clientOf('partner'), keys)
    const token = await opaqueToken('invoices:read', { DPoP })
    expectInvalid(await ask('/v1/invoices', token), gate, 'binding')
    const proof = await generateProof(keys, `${gate.url}/v1/invoices`, 'GET', undefined, token)
    const send = async (dpop: string) =>
      (await fetch(`${gate.url}/v1/invoices`, { headers: { authorization: `DPoP ${token}`, dpop } })).status
    expect(await send(proof)).toBe(200)
    const stranger = await generateKeyPair('ES256')
    expect(await calculateThumbprint(stranger.publicKey)).not.toBe(await calculateThumbprint(keys.publicKey))
    expect(await send(await generateProof(stranger, `${gate.url}/v1/invoices`, 'GET', undefined, token))).toBe(401)
    expect(JSON.stringify(opaque.questions)).not.toContain(proof)
  })
})

describe('what is no good token', () => {
  test('[INT-2] a refresh token of the same server is refused, active as it is', async () => {
    const token = await opaque.refreshToken('invoices:read')
    const { active, token_type: type } = await tokenIntrospection(await opaque.clientOf('gate'), token)
    expect([active, type]).toEqual([true, undefined])
    expectInvalid(await ask('/v1/invoices', token), gate, 'audience', 'type')
  })

  test.each([
    ['a word', 'garbage'],
    ['as long as a token of the server', 'A'.repeat(43)],
    ['two segments', 'a.b'],
    ['three segments that are no JSON', 'aaaa.bbbb.cccc'],
    ['five segments that are no JSON', 'a.b.c.d.e'],
  ])('[INT-2] garbage is 401 invalid_token: %s', async (_, token) => {
    expectInvalid(await ask('/v1/invoices', token), gate, 'inactive')
  })

  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  test.each([
    ['a JOSE header and garbage', () => `${part({ alg: 'ES256' })}.garbage.garbage`],
    ['an encrypted token', () => `${part({ alg: 'dir', enc: 'A256GCM' })}..a.b.c`],
    ['a forged JWT in the name of the server', () => `${part({ alg: 'ES256' })}.${part({ iss: opaque.url })}.AAAA`],
  ])('[INT-3] what a server takes for a JWT, and will not introspect, is 401 and no outage: %s', async (_, token) => {
    const answer = await ask('/v1/invoices', token())
    expect(answer.status).toBe(401)
    expectInvalid(answer)
  })

  test('[INT-8] what is no token68, or too long, is never asked about', async () => {
    const before = opaque.questions.length
    expect((await ask('/v1/invoices', 'a b')).status).toBe(400)
    expect((await ask('/v1/invoices', 'A'.repeat(8193))).status).toBe(400)
    expect(opaque.questions.length).toBe(before)
  })
})

describe('beside an issuer of JWTs', () => {
  test('[INT-7] each token goes where the configuration says, and to nobody else', async () => {
    const before = [opaque.questions.length, structured.questions.length]
    const jwt = await structured.token({ scope: 'invoices:read' })
    expect((await ask('/v1/invoices', jwt)).status).toBe(200)
    expect([opaque.questions.length, structured.questions.length]).toEqual(before)
    const token = await opaqueToken('invoices:read')
    expect((await ask('/v1/invoices', token)).status).toBe(200)
    expect([opaque.questions.length, structured.questions.length]).toEqual([(before[0] ?? 0) + 1, before[1]])
  })

  test('[INT-7] an opaque token of the other issuer is nobody: its own server does not know it', async () => {
    const token = await structured.token({ scope: 'invoices:read', resource: OPAQUE_AUDIENCE })
    expectInvalid(await ask('/v1/invoices', token), gate, 'inactive')
    expect(structured.questions.map(({ parameters }) => parameters.token)).not.toContain(token)
  })
})

describe('a server that does not answer as it should', () => {
  const reply =
    (status: number, body: string, type = 'application/json') =>
    (response: ServerResponse) =>
      void response.writeHead(status, { 'content-type': type }).end(body)

  test.each([
    ['500', reply(500, '{"error":"server_error"}')],
    ['429', reply(429, '{}')],
    ['a redirect', (response: ServerResponse) => void response.writeHead(302, { location: '/' }).end()],
    ['a page', reply(200, '<html>', 'text/html')],
    ['no JSON', reply(200, 'active')],
    ['active as text', reply(200, '{"active":"true","scope":"invoices:read"}')],
    ['no active', reply(200, '{"scope":"invoices:read"}')],
    ['a connection that is cut', (response: ServerResponse) => void response.destroy()],
  ])('[INT-2] [INT-3] is 503 and never 401, and nothing is forwarded: %s', async (_, fault) => {
    const token = await opaqueToken('invoices:read')
    opaque.introspectionFault = fault
    const before = origin.requests.length
    await expectUnavailable(await ask('/v1/invoices', token), before)
    opaque.introspectionFault = undefined
    expect((await ask('/v1/invoices', token)).status).toBe(200)
  })

  test('[INT-3] is 503 after a bounded time where it never answers', async () => {
    const token = await opaqueToken('invoices:read')
    opaque.introspectionFault = () => undefined
    const before = origin.requests.length
    const started = Date.now()
    await expectUnavailable(await ask('/v1/invoices', token), before)
    expect(Date.now() - started).toBeLessThan(8_000)
  })

  test('[INT-6] what is known already still serves, save where the rule asks each time', async () => {
    const token = await opaqueToken('invoices:read')
    expect((await ask('/v1/invoices', token)).status).toBe(200)
    opaque.introspectionFault = reply(503, '')
    expect((await ask('/v1/invoices', token)).status).toBe(200)
    const before = origin.requests.length
    await expectUnavailable(await ask('/v1/payouts', token), before)
  })

  test.each(['/v1/invoices', '/v1/payouts'])(
    '[INT-6] serves everybody else after a hundred clients left %s without waiting',
    async (path) => {
      const tokens = [await opaqueToken('invoices:read'), await opaqueToken('invoices:read')]
      opaque.introspectionFault = (response) => void setTimeout(() => reply(200, '{"active":false}')(response), 200)
      await Promise.all(Array.from({ length: 110 }, (_, index) => leave(gate.port, path, `nobody-${index}`)))
      opaque.introspectionFault = undefined
      await new Promise((resolve) => setTimeout(resolve, 500))
      expect((await ask('/v1/invoices', tokens[0] ?? '')).status).toBe(200)
      expect((await ask('/v1/payouts', tokens[1] ?? '')).status).toBe(200)
    },
  )

  test("[INT-3] that does not take the gate's own secret is a 503, and the operator learns which", async () => {
    const misconfigured = await startAsking(introspected(opaque), 'wrong')
    try {
      const [token, before] = [await opaqueToken('invoices:read'), origin.requests.length]
      const answer = await ask('/v1/invoices', token, misconfigured)
      await expect.poll(() => reasonOf(answer, misconfigured)).toBe('introspection_credentials')
      await expectUnavailable(answer, before)
      expect(JSON.stringify(misconfigured.events())).not.toContain(token)
    } finally {
      await misconfigured.close()
    }
  })
})

describe('a signed answer', () => {
  /** What the server signs for the gate, as an answer about this token. */
  async function signedAnswer(server: PeerProvider, token: string): Promise<string> {
    const answer = await fetch(server.introspectionEndpoint, {
      method: 'POST',
      headers: {
        accept: 'application/token-introspection+jwt',
        authorization: `Basic ${btoa(`gate:${new URLSearchParams([['', CLIENT_SECRET]]).toString().slice(1)}`)}`,
      },
      body: new URLSearchParams({ token }),
    })
    expect(answer.headers.get('content-type')).toMatch(/^application\/token-introspection\+jwt/)
    return answer.text()
  }
  const replyJwt = (jwt: string) => (response: ServerResponse) =>
    void response.writeHead(200, { 'content-type': 'application/token-introspection+jwt' }).end(jwt)

  const reply200 = (body: string) => (response: ServerResponse) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(body)

  test('[INJ-1] [INJ-2] [INJ-4] lets in, and is asked for by its own type', async () => {
    const token = await opaqueToken('invoices:read')
    expect((await ask('/v1/invoices', token, signed)).status).toBe(200)
    expect(opaque.questions.at(-1)?.accept).toBe('application/token-introspection+jwt')
    const lacking = await ask('/v1/invoices', token, signed, { method: 'POST', body: '{}' })
    expect([lacking.status, bearerChallenge(lacking).parameters.scope]).toEqual([403, 'invoices:create'])
  })

  test('[INJ-3] that says inactive refuses', async () => {
    const token = await opaqueToken('invoices:read')
    await opaque.revoke(token)
    expectInvalid(await ask('/v1/invoices', token, signed), signed, 'inactive')
  })

  test('[INJ-4] [INJ-5] of which nothing holds but the very one is asked for: all else is 503', async () => {
    const token = await opaqueToken('invoices:read')
    const good = await signedAnswer(opaque, token)
    opaque.introspectionFault = replyJwt(good)
    expect((await ask('/v1/invoices', token, signed)).status).toBe(200)
    const [header = '', payload = '', signature = ''] = good.split('.')
    const claims = decodeJwt(good)
    const forged = Buffer.from(JSON.stringify({ ...claims, iat: 1 })).toString('base64url')
    const none = Buffer.from('{"alg":"none","typ":"token-introspection+jwt"}').toString('base64url')
    const foreign = await signedAnswer(
      structured,
      await structured.token({ scope: 'invoices:read', resource: OPAQUE_AUDIENCE }),
    )
    const faults = [
      reply200(JSON.stringify(claims.token_introspection)),
      replyJwt(`${header}.${forged}.${signature}`),
      replyJwt(`${none}.${payload}.`),
      replyJwt(foreign),
      reply200(good),
    ]
    const before = origin.requests.length
    for (const fault of faults) {
      opaque.introspectionFault = fault
      await expectUnavailable(await ask('/v1/invoices', token, signed), before)
    }
  })

  test('[INT-3] that nobody asked for is believed no more than any other fault', async () => {
    const token = await opaqueToken('invoices:read')
    opaque.introspectionFault = replyJwt(await signedAnswer(opaque, token))
    const before = origin.requests.length
    await expectUnavailable(await ask('/v1/invoices', token), before)
  })

  test('[INJ-3] [BCP-9] is no access token', async () => {
    const token = await structured.token({ scope: 'invoices:read', resource: OPAQUE_AUDIENCE })
    expectInvalid(await ask('/v1/invoices', await signedAnswer(structured, token)), gate, 'type')
  })
})

test('of each of these the operator learns why', async () => {
  await expect
    .poll(() => reasons.map(({ answer, at, why }) => why.find((each) => each === reasonOf(answer, at))))
    .not.toContain(undefined)
  expect(reasons.length).toBeGreaterThan(0)
})
