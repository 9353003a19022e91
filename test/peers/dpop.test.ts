/** DPoP-bound tokens of a real oidc-provider, obtained and used by openid-client; the `dpop` package makes proofs that it never would (RFC 9449). */
import { randomBytes } from 'node:crypto'
import { generateKeyPair, generateProof, type KeyPair } from 'dpop'
import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Origin, startOrigin } from '../../demo/origin.ts'
import type { DpopPolicy } from '../../src/policy/environment.ts'
import type { ReleaseDocument, RuleEntry } from '../../src/policy/release.ts'
import { environmentOf, issuerAt } from '../support/environment.ts'
import { type GateSetup, type RunningGate, startGate } from '../support/gate.ts'
import { INVOICING } from '../support/invoicing.ts'
import { sendRaw } from '../support/raw-http.ts'
import { type PeerProvider, startPeerProvider } from './provider.ts'

const once = (method: RuleEntry['method'], path: string): RuleEntry => ({
  service: 'invoices',
  host: 'api.example.com',
  method,
  path,
  anyOf: [['invoices:read']],
  senderConstraint: 'dpop-single-use',
})
const document: ReleaseDocument = { ...INVOICING, rules: [...INVOICING.rules, once('GET', '/v1/payouts')] }
const EXTERNAL = 'https://api.example.com'

let provider: PeerProvider
let origin: Origin
let gate: RunningGate
/** It hands out nonces and wants them back. */
let withNonces: RunningGate
/** It stands behind something else that has the address of the API, and has no registry of proofs. */
let behind: RunningGate
let keys: KeyPair
let configuration: client.Configuration
let token: string

function startBound(policy: Partial<DpopPolicy> = {}, rest: Partial<GateSetup> = {}): Promise<RunningGate> {
  const dpop: DpopPolicy = {
    algorithms: ['ES256', 'Ed25519'],
    maxAgeSeconds: 60,
    futureLeewaySeconds: 10,
    singleUse: 'asked',
    ...policy,
  }
  return startGate({
    environment: environmentOf(provider.url, origin.url, { issuers: [issuerAt(provider.url)], dpop }),
    document,
    ...rest,
  })
}

beforeAll(async () => {
  ;[provider, origin, keys] = await Promise.all([
    startPeerProvider(),
    startOrigin({ port: 0 }),
    generateKeyPair('ES256'),
  ])
  ;[gate, withNonces, behind] = await Promise.all([
    startBound(),
    startBound({ nonceSecret: 'NONCES' }, { secrets: { NONCES: randomBytes(32).toString('base64url') } }),
    startBound({ externalOrigin: EXTERNAL }, { hasProofs: false }),
  ])
  configuration = await provider.clientOf('partner')
  token = await provider.token({ scope: 'invoices:read', DPoP: client.getDPoPHandle(configuration, keys) })
})
afterAll(() => Promise.all([gate.close(), withNonces.close(), behind.close(), origin.close(), provider.close()]))

interface ProofParts {
  readonly htu?: string
  readonly htm?: string
  readonly of?: KeyPair
  readonly hashes?: string
  readonly more?: Record<string, string | number>
}

/** A proof for `GET /v1/invoices` at the gate, save for what is said. */
const proofOf = ({ htu, htm = 'GET', of = keys, hashes = token, more = {} }: ProofParts = {}) =>
  generateProof(of, htu ?? `${gate.url}/v1/invoices`, htm, undefined, hashes, more)

interface Sent {
  readonly path?: string
  readonly method?: string
  readonly at?: RunningGate
}

const send = (proof: string, { path = '/v1/invoices', method = 'GET', at = gate }: Sent = {}) =>
  fetch(at.url + path, { method, headers: { authorization: `DPoP ${token}`, dpop: proof } })

/** The challenges of a refusal as openid-client reads them, and the refusal itself. */
async function refusalOf(access: Promise<Response>) {
  const fault: unknown = await access.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(fault instanceof client.WWWAuthenticateChallengeError)) throw new Error('there was no challenge')
  const [first, ...others] = fault.cause
  return { answer: fault.response, status: fault.status, first, others }
}

/** What openid-client makes of an answer to a request that it has not made itself. */
const readBy = (answer: Promise<Response>) => {
  const reading = new client.Configuration(configuration.serverMetadata(), 'partner')
  client.allowInsecureRequests(reading)
  reading[client.customFetch] = () => answer
  return client.fetchProtectedResource(reading, 'token', new URL(`${gate.url}/v1/invoices`), 'GET')
}

const expectFaultyProof = async (answer: Promise<Response>, status = 401) => {
  const refusal = await refusalOf(readBy(answer))
  expect(refusal).toMatchObject({
    status,
    first: { scheme: 'dpop', parameters: { error: 'invalid_dpop_proof', algs: 'ES256 Ed25519' } },
    others: [{ scheme: 'bearer' }],
  })
  expect(refusal.others[0]?.parameters).not.toHaveProperty('error')
}

const accessBy = (handle: client.DPoPHandle | undefined, path: string, at = gate, method = 'GET', body?: string) =>
  client.fetchProtectedResource(
    configuration,
    token,
    new URL(at.url + path),
    method,
    body,
    undefined,
    handle && { DPoP: handle },
  )

/** A client with the key of the token whose clock is wrong by so many seconds. */
const handleOff = (seconds: () => number) =>
  client.getDPoPHandle(configuration, keys, {
    [client.modifyAssertion]: (_header, payload) => {
      payload.iat = Number(payload.iat) + seconds()
    },
  })

describe('openid-client with the key of the token', () => {
  test('[DPP-1] [DPP-2] gets in, with whatever query, and not without the scope', async () => {
    const handle = client.getDPoPHandle(configuration, keys)
    expect((await accessBy(handle, '/v1/invoices')).status).toBe(200)
    expect((await accessBy(handle, '/v1/invoices?page=2&a=%2F')).status).toBe(200)
    const lacking = await refusalOf(accessBy(handle, '/v1/invoices', gate, 'POST', '{}'))
    expect(lacking).toMatchObject({
      status: 403,
      first: { scheme: 'dpop', parameters: { error: 'insufficient_scope', scope: 'invoices:create' } },
    })
  })

  test('[DPP-3] [DPP-24] is refused where it sends the token as Bearer, and is told in that scheme', async () => {
    const refusal = await refusalOf(accessBy(undefined, '/v1/invoices'))
    expect(refusal).toMatchObject({
      status: 401,
      first: { scheme: 'bearer', parameters: { error: 'invalid_token' } },
      others: [{ scheme: 'dpop', parameters: { algs: 'ES256 Ed25519' } }],
    })
    expect(refusal.others[0]?.parameters).not.toHaveProperty('error')
  })

  test('[DPP-3] is refused where it sends an unbound token as DPoP', async () => {
    const unbound = await provider.token({ scope: 'invoices:read' })
    const proof = await proofOf({ hashes: unbound })
    const headers = { authorization: `DPoP ${unbound}`, dpop: proof }
    const refusal = await refusalOf(readBy(fetch(`${gate.url}/v1/invoices`, { headers })))
    expect(refusal).toMatchObject({ status: 401, first: { scheme: 'dpop', parameters: { error: 'invalid_token' } } })
  })

  test('[DPP-17] is refused with another key, as the token is not its own', async () => {
    const stranger = client.getDPoPHandle(configuration, await client.randomDPoPKeyPair('ES256'))
    const refusal = await refusalOf(accessBy(stranger, '/v1/invoices'))
    expect(refusal).toMatchObject({ status: 401, first: { scheme: 'dpop', parameters: { error: 'invalid_token' } } })
  })

  test('[DPP-15] is refused where its clock is wrong', async () => {
    const off = (seconds: number) =>
      accessBy(
        handleOff(() => seconds),
        '/v1/invoices',
      ).then(
        ({ status }) => status,
        (fault: unknown) => (fault instanceof client.WWWAuthenticateChallengeError ? fault.status : undefined),
      )
    expect(await Promise.all([off(-120), off(-30), off(5), off(60)])).toEqual([401, 200, 200, 401])
  })
})

describe('a proof of the dpop package', () => {
  test('[DPP-2] [DPP-13] holds for what it was made for, also where its URI has a query or another spelling', async () => {
    const port = new URL(gate.url).port
    for (const htu of [
      `${gate.url}/v1/invoices`,
      `${gate.url}/v1/invoices?page=1#top`,
      `HTTP://127.0.0.1:${port}/v1/x/../%69nvoices`,
    ])
      expect((await send(await proofOf({ htu }))).status).toBe(200)
  })

  test('[DPP-2] [DPP-23] [DPP-24] must be there', async () => {
    const headers = { authorization: `DPoP ${token}` }
    await expectFaultyProof(fetch(`${gate.url}/v1/invoices`, { headers }))
  })

  test.each<[string, () => Promise<string>]>([
    ['[DPP-12] made for another method', () => proofOf({ htm: 'POST' })],
    ['[DPP-12] made for the method in lower case', () => proofOf({ htm: 'get' })],
    ['[DPP-12] made for HEAD', () => proofOf({ htm: 'HEAD' })],
    ['[DPP-13] made for another path', () => proofOf({ htu: `${gate.url}/v1/reports` })],
    ['[DPP-13] made for a final slash', () => proofOf({ htu: `${gate.url}/v1/invoices/` })],
    ['[DPP-13] made for another host', () => proofOf({ htu: 'http://localhost/v1/invoices' })],
    ['[DPP-13] made for another scheme', () => proofOf({ htu: `${gate.url}/v1/invoices`.replace('http', 'https') })],
    ['[DPP-16] made for another token', () => proofOf({ hashes: `${token}x` })],
    ['[DPP-8] made for no token', () => generateProof(keys, `${gate.url}/v1/invoices`, 'GET')],
    ['[DPP-15] that has expired', () => proofOf({ more: { exp: 1 } })],
    ['[DPP-10] of an algorithm that is not offered', async () => proofOf({ of: await generateKeyPair('RS256') })],
    ['[DPP-11] that was changed', async () => (await proofOf()).replace(/.$/, (end) => (end === 'A' ? 'Q' : 'A'))],
    ['[DPP-6] that is there twice', async () => `${await proofOf()}, ${await proofOf()}`],
    ['[DPP-9] that is the access token', async () => token],
  ])('%s is refused as such', async (_, make) => {
    await expectFaultyProof(send(await make()))
  })

  test('[DPP-6] is refused in two fields', async () => {
    const headers = [`Authorization: DPoP ${token}`, `DPoP: ${await proofOf()}`, `DPoP: ${await proofOf()}`]
    const host = new URL(gate.url).host
    const answer = await sendRaw(gate.port, { target: '/v1/invoices', host, headers })
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([
      401,
      expect.stringContaining('error="invalid_dpop_proof"'),
    ])
    const single = await sendRaw(gate.port, { target: '/v1/invoices', host, headers: headers.slice(0, 2) })
    expect(single.status).toBe(200)
  })

  test('[DPP-12] [ERR-3] for HEAD is one for HEAD alone', async () => {
    const [get, head] = [await proofOf(), await proofOf({ htm: 'HEAD' })]
    expect((await send(head, { method: 'HEAD' })).status).toBe(200)
    const refused = await send(get, { method: 'HEAD' })
    expect([refused.status, await refused.text()]).toEqual([401, ''])
    expect(refused.headers.get('www-authenticate')).toContain('error="invalid_dpop_proof"')
  })

  test('[DPP-4] with a token for a proxy counts for nothing', async () => {
    const headers = [`Proxy-Authorization: DPoP ${token}`, `DPoP: ${await proofOf()}`]
    const answer = await sendRaw(gate.port, { target: '/v1/invoices', host: new URL(gate.url).host, headers })
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).not.toContain('error')
  })
})

describe('a proof that is used again', () => {
  test('[DPP-18] is accepted where the rule does not mind', async () => {
    const proof = await proofOf()
    expect([(await send(proof)).status, (await send(proof)).status]).toEqual([200, 200])
  })

  test('[DPP-18] [DPP-19] serves once where the rule says so: of forty at once, one gets in', async () => {
    const path = '/v1/payouts'
    const before = origin.requests.length
    const proof = await proofOf({ htu: gate.url + path })
    const answers = await Promise.all(Array.from({ length: 40 }, () => send(proof, { path })))
    expect(answers.filter(({ status }) => status === 200).length).toBe(1)
    const refused = answers.filter(({ status }) => status !== 200)
    expect(refused.length).toBe(39)
    for (const answer of refused) await expectFaultyProof(Promise.resolve(answer))
    expect(origin.requests.length - before).toBe(1)
    const another = await proofOf({ htu: gate.url + path })
    expect((await send(another, { path })).status).toBe(200)
  })

  test('[DPP-19] is not spent by a request that fails', async () => {
    const path = '/v1/payouts'
    const proof = await proofOf({ htu: gate.url + path })
    expect((await send(proof, { path, method: 'HEAD' })).status).toBe(401)
    expect((await send(proof, { path })).status).toBe(200)
    expect((await send(proof, { path: `${path}?again` })).status).toBe(401)
  })

  test('[DPP-19] where nobody can say whether it was, is 503, and nothing is forwarded', async () => {
    const before = origin.requests.length
    const proof = await proofOf({ htu: `${EXTERNAL}/v1/payouts` })
    const answer = await send(proof, { path: '/v1/payouts', at: behind })
    expect([answer.status, answer.headers.get('retry-after'), answer.headers.get('www-authenticate')]).toEqual([
      503,
      '5',
      null,
    ])
    expect(origin.requests.length).toBe(before)
  })
})

test('[DPP-13] behind something that changes the address, the address that clients use is the one that counts', async () => {
  expect((await send(await proofOf({ htu: `${EXTERNAL}/v1/invoices` }), { at: behind })).status).toBe(200)
  await expectFaultyProof(send(await proofOf({ htu: `${behind.url}/v1/invoices` }), { at: behind }))
})

describe('a nonce', () => {
  test('[DPP-14] [DPP-20] [DPP-21] is asked for, handed out, and good for the next request', async () => {
    const htu = `${withNonces.url}/v1/invoices`
    const first = await send(await proofOf({ htu }), { at: withNonces })
    const nonce = first.headers.get('dpop-nonce') ?? ''
    expect([first.status, first.headers.get('cache-control')]).toEqual([401, 'no-store'])
    expect(nonce).toMatch(/^[\x21\x23-\x5B\x5D-\x7E]+$/)
    const refusal = await refusalOf(readBy(Promise.resolve(first)))
    expect(refusal.first).toMatchObject({ scheme: 'dpop', parameters: { error: 'use_dpop_nonce' } })
    const proof = (given: string) => generateProof(keys, htu, 'GET', given, token)
    expect((await send(await proof(nonce), { at: withNonces })).status).toBe(200)
    for (const other of [randomBytes(24).toString('base64url'), `${nonce}A`, '']) {
      const answer = await send(await proof(other), { at: withNonces })
      expect([answer.status, answer.headers.get('dpop-nonce')]).toEqual([401, expect.stringMatching(/^[\w-]{32}$/)])
    }
  })

  test('[DPP-20] is something that openid-client copes with by itself, once', async () => {
    const before = origin.requests.length
    const DPoP = client.getDPoPHandle(configuration, keys)
    const statuses: number[] = []
    const watched = await provider.clientOf('partner')
    watched[client.customFetch] = async (url, init) => {
      const answer = await fetch(url, init as RequestInit)
      statuses.push(answer.status)
      return answer
    }
    for (const path of ['/v1/invoices', '/v1/invoices?page=2', '/v1/payouts']) {
      const url = new URL(withNonces.url + path)
      const answer = await client.fetchProtectedResource(watched, token, url, 'GET', undefined, undefined, { DPoP })
      expect(answer.status).toBe(200)
    }
    expect(statuses).toEqual([401, 200, 200, 200])
    expect(origin.requests.length - before).toBe(3)
  })

  test('[DPP-15] says when the proof was made, also where the clock of the client goes wrong by minutes', async () => {
    let seconds = 0
    const handle = handleOff(() => seconds)
    expect((await accessBy(handle, '/v1/invoices', withNonces)).status).toBe(200)
    seconds = -200
    expect((await accessBy(handle, '/v1/invoices', withNonces)).status).toBe(200)
    seconds = -400
    expect((await refusalOf(accessBy(handle, '/v1/invoices', withNonces))).status).toBe(401)
  })

  test('[DPP-15] [DPP-20] is what a client gets whose clock was wrong by minutes from the start', async () => {
    const answer = await accessBy(
      handleOff(() => -200),
      '/v1/invoices',
      withNonces,
    ).catch((fault) => fault)
    expect(answer.status).toBe(200)
  })
})
