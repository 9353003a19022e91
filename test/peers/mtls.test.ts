/** Certificate-bound tokens of a real oidc-provider, over real TLS to an edge that tells of the certificate as Cloudflare does (RFC 8705). */
import { createHash, X509Certificate } from 'node:crypto'
import { calculateThumbprint, generateKeyPair, generateProof } from 'dpop'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Origin, startOrigin } from '../../demo/origin.ts'
import type { Environment } from '../../src/policy/environment.ts'
import { parseChallenge } from '../support/challenge.ts'
import { environmentOf, issuerAt } from '../support/environment.ts'
import { type RunningGate, startGate } from '../support/gate.ts'
import { INVOICING } from '../support/invoicing.ts'
import { type StaticIssuer, startStaticIssuer } from '../support/static-issuer.ts'
import { PARTNER, RENEWED, STRANGER, type TlsIdentity } from './certificates.ts'
import { CERTIFICATE_HEADER, CF_HEADER, type Edge, startEdge } from './edge.ts'
import { CLIENT_SECRET, introspected, OPAQUE_AUDIENCE, type PeerProvider, startPeerProvider } from './provider.ts'

/** What clients ask for; it resolves to the edge. */
const API = 'https://api.example.com'
const INVOICES = `${API}/v1/invoices`

let provider: PeerProvider
let opaque: PeerProvider
let issuer: StaticIssuer
let origin: Origin
/** It wants chains that are verified. */
let gate: RunningGate
/** It is content with possession. */
let lenient: RunningGate
/** Before the provider, `gate` and `lenient`. That of `gate` takes the certificates of the partner and of the stranger for authorities. */
let edges: { readonly provider: Edge; readonly gate: Edge; readonly lenient: Edge }
/** Bound to the partner's certificate. */
let token: string

function startBound(requiresVerifiedChain: boolean): Promise<RunningGate> {
  const environment: Partial<Environment> = {
    issuers: [issuerAt(provider.url), introspected(opaque), issuerAt(issuer.issuer)],
    mutualTls: { requiresVerifiedChain },
    dpop: {
      algorithms: ['ES256'],
      maxAgeSeconds: 60,
      futureLeewaySeconds: 10,
      singleUse: 'asked',
      externalOrigin: API,
    },
  }
  return startGate({
    environment: environmentOf(provider.url, origin.url, environment),
    document: INVOICING,
    secrets: { GATE_SECRET: CLIENT_SECRET },
    cfHeader: CF_HEADER,
  })
}

const boundToken = (from: PeerProvider, edge: Edge, identity: TlsIdentity | undefined, resource?: string) =>
  from.token({
    client: 'bound',
    scope: 'invoices:read',
    fetch: edge.fetchAs(identity),
    ...(resource !== undefined && { resource }),
  })

beforeAll(async () => {
  ;[provider, opaque, issuer, origin] = await Promise.all([
    startPeerProvider(),
    startPeerProvider(),
    startStaticIssuer(),
    startOrigin({ port: 0 }),
  ])
  ;[gate, lenient] = await Promise.all([startBound(true), startBound(false)])
  edges = {
    provider: await startEdge({ to: provider.port }),
    gate: await startEdge({ to: gate.port, trusted: [PARTNER, STRANGER] }),
    lenient: await startEdge({ to: lenient.port }),
  }
  token = await boundToken(provider, edges.provider, PARTNER)
})
afterAll(() =>
  Promise.all([...Object.values(edges), gate, lenient, origin, provider, opaque, issuer].map((each) => each.close())),
)

interface Sent {
  readonly at?: Edge
  readonly as?: TlsIdentity
  readonly by?: string
  readonly headers?: Record<string, string>
}

const ask = ({ at = edges.gate, as, by = token, headers = {} }: Sent = {}) =>
  at.fetchAs(as)(INVOICES, { headers: { authorization: `Bearer ${by}`, ...headers } })

/** A plain 401 in the scheme that was used, and nothing reaches the origin. */
async function expectRefused(sent: Sent): Promise<void> {
  const before = origin.requests.length
  const answer = await ask(sent)
  const bearer = answer.headers.get('www-authenticate')?.split(', DPoP ', 1)[0] ?? null
  expect([answer.status, parseChallenge(bearer).parameters.error]).toEqual([401, 'invalid_token'])
  expect(origin.requests.length).toBe(before)
}

/** As the edge would put it, were it the partner's connection. */
const forgedReport = JSON.stringify({
  tlsClientAuth: {
    certPresented: '1',
    certVerified: 'SUCCESS',
    certRevoked: '0',
    certFingerprintSHA256: createHash('sha256').update(new X509Certificate(PARTNER.certificate).raw).digest('hex'),
  },
})

describe('a token that is bound to a certificate', () => {
  test('[MTL-1] [MTL-4] is let in with this very certificate', async () => {
    const thumbprint = createHash('sha256').update(new X509Certificate(PARTNER.certificate).raw).digest('base64url')
    expect(decodeJwt(token).cnf).toEqual({ 'x5t#S256': thumbprint })
    expect((await ask({ as: PARTNER })).status).toBe(200)
    expect((await ask({ as: PARTNER })).status).toBe(200)
  })

  test('[MTL-1] is refused with the certificate of another', async () => {
    await expectRefused({ as: STRANGER })
    expect((await ask({ as: PARTNER })).status).toBe(200)
    await expectRefused({ as: STRANGER })
  })

  test('[MTL-10] is refused with a renewed certificate of the same name', async () => {
    await expectRefused({ as: RENEWED, at: edges.lenient })
    const renewed = await boundToken(provider, edges.provider, RENEWED)
    expect((await ask({ as: RENEWED, at: edges.lenient, by: renewed })).status).toBe(200)
    await expectRefused({ as: PARTNER, at: edges.lenient, by: renewed })
  })

  test('[MTL-7] is refused without a certificate, in plain text too', async () => {
    await expectRefused({})
    const plain = await fetch(`${gate.url}/v1/invoices`, { headers: { authorization: `Bearer ${token}` } })
    expect(plain.status).toBe(401)
  })

  test.each<[string, Record<string, string>]>([
    ["a report in the edge's own header", { [CF_HEADER]: forgedReport }],
    ['the same in capitals', { [CF_HEADER.toUpperCase()]: forgedReport }],
    ['a Client-Cert header', { 'client-cert': `:${new X509Certificate(PARTNER.certificate).raw.toString('base64')}:` }],
    [
      'a header of a proxy',
      { 'x-ssl-client-cert': encodeURIComponent(PARTNER.certificate), 'x-ssl-client-verify': 'SUCCESS' },
    ],
    [
      'a header of another edge',
      { [CERTIFICATE_HEADER]: new X509Certificate(PARTNER.certificate).raw.toString('base64') },
    ],
  ])('[MTL-7] [MTL-9] is not helped by what the client says of itself: %s', async (_, headers) => {
    await expectRefused({ headers })
    await expectRefused({ as: STRANGER, headers })
    expect((await ask({ as: PARTNER, headers })).status).toBe(200)
    const names = origin.requests.at(-1)?.rawHeaders.map((name) => name.toLowerCase())
    expect(names).not.toContain('client-cert')
    expect(names).not.toContain(CF_HEADER)
  })

  test('[MTL-1] that only its server can read is bound all the same', async () => {
    const edge = await startEdge({ to: opaque.port })
    try {
      const by = await boundToken(opaque, edge, PARTNER, OPAQUE_AUDIENCE)
      expect((await ask({ as: PARTNER, by })).status).toBe(200)
      await expectRefused({ as: STRANGER, by })
      await expectRefused({ by })
    } finally {
      await edge.close()
    }
  })

  test('is not issued to a client that shows no certificate, and a token that is bound to none needs none', async () => {
    await expect(boundToken(provider, edges.provider, undefined)).rejects.toThrow()
    const by = await provider.token({ scope: 'invoices:read' })
    expect(
      await Promise.all([ask({ by }), ask({ as: STRANGER, by })].map(async (answer) => (await answer).status)),
    ).toEqual([200, 200])
  })
})

describe('the chain of the certificate', () => {
  test('[MTL-2] that ends nowhere is refused where chains must be verified, and does elsewhere', async () => {
    const untrusting = await startEdge({ to: gate.port })
    try {
      await expectRefused({ as: PARTNER, at: untrusting })
      expect((await ask({ as: PARTNER, at: edges.lenient })).status).toBe(200)
    } finally {
      await untrusting.close()
    }
  })

  test('[MTL-3] of a revoked certificate counts as verified at the edge, and is refused', async () => {
    const revoking = await startEdge({ to: gate.port, trusted: [PARTNER], revoked: [PARTNER] })
    try {
      await expectRefused({ as: PARTNER, at: revoking })
      expect((await ask({ as: PARTNER })).status).toBe(200)
    } finally {
      await revoking.close()
    }
  })
})

test('[MTL-6] a token that is bound to a key and to a certificate needs both', async () => {
  const keys = await generateKeyPair('ES256')
  const stranger = await generateKeyPair('ES256')
  const { 'x5t#S256': certificate } = decodeJwt(token).cnf as Record<string, string>
  const by = await issuer.mint({
    scope: 'invoices:read',
    cnf: { jkt: await calculateThumbprint(keys.publicKey), 'x5t#S256': certificate },
  })
  const statusAs = async (as: TlsIdentity | undefined, of = keys) => {
    const headers = { authorization: `DPoP ${by}`, dpop: await generateProof(of, INVOICES, 'GET', undefined, by) }
    return (await ask({ headers, ...(as && { as }) })).status
  }
  expect(await statusAs(PARTNER)).toBe(200)
  expect([await statusAs(STRANGER), await statusAs(undefined), await statusAs(PARTNER, stranger)]).toEqual([
    401, 401, 401,
  ])
  await expectRefused({ as: PARTNER, by })
  expect((await ask({ as: PARTNER, headers: { authorization: `DPoP ${by}` } })).status).toBe(401)
})
