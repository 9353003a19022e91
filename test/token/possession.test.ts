/** From a credential to evidence: possession, status, age and whose token it is, by the verifier as a whole. */
import { generateProof, type KeyPair, generateKeyPair as proofKeys } from 'dpop'
import { calculateJwkThumbprint, exportJWK, SignJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import type { DpopPolicy } from '../../src/policy/environment.ts'
import type { Issuer } from '../../src/policy/issuer.ts'
import type { NonEmpty } from '../../src/policy/result.ts'
import { createNonceIssuer } from '../../src/token/nonce.ts'
import type { ReplayStore } from '../../src/token/replay.ts'
import type { PresentedToken, TokenEvidence, VerifierParts } from '../../src/token/verify.ts'
import { issuerAt } from '../support/environment.ts'
import { background, fakeNetwork, keySetOf } from '../support/fake-network.ts'
import { bearer, dpop, NO_SECRETS, sending, verifierFor } from '../support/present.ts'
import { type SigningKey, signingKey } from '../support/static-issuer.ts'

const ISSUER = 'https://login.example.com'
const KEYS = `${ISSUER}/jwks`
const URI = 'https://api.example.com/v1/invoices'
/** `dpop` reads the machine's clock. */
const NOW = Date.now()
const seconds = Math.floor(NOW / 1000)
const FINGERPRINT = '0380ed2f626650c840b2f263e6d2b29fae12ab39ae5db32b25ad27efad72e6fd'
const THUMBPRINT = 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0'

const DPOP: DpopPolicy = { algorithms: ['ES256'], maxAgeSeconds: 60, futureLeewaySeconds: 10, singleUse: 'asked' }
const tlsClientAuth = {
  certPresented: '1',
  certVerified: 'SUCCESS',
  certRevoked: '0',
  certFingerprintSHA256: FINGERPRINT,
}

let key: SigningKey
let sender: KeyPair
let jkt: string
beforeAll(async () => {
  key = await signingKey('ES256', 'k1')
  sender = await proofKeys('ES256')
  jkt = await calculateJwkThumbprint(await exportJWK(sender.publicKey))
})

function mint(overrides: Record<string, unknown> = {}): Promise<string> {
  const claims = {
    iss: ISSUER,
    aud: 'https://api.example.com',
    sub: 'user',
    client_id: 'partner',
    iat: seconds,
    exp: seconds + 600,
    jti: 'j',
    scope: 'a:read',
    ...overrides,
  }
  return new SignJWT(JSON.parse(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'at+jwt' })
    .sign(key.privateKey)
}

interface Setup {
  readonly issuer?: Partial<Issuer>
  readonly others?: readonly Issuer[]
  readonly environment?: Partial<VerifierParts['environment']>
  readonly parts?: Partial<VerifierParts>
}

function verifier({ issuer = {}, others = [], environment = {}, parts = {} }: Setup = {}) {
  const network = fakeNetwork()
  network.answers.set(KEYS, keySetOf(key))
  const issuers: NonEmpty<Issuer> = [issuerAt(ISSUER, { keys: { kind: 'jwks', uri: KEYS }, ...issuer }), ...others]
  const tokens = verifierFor({ issuers, dpop: DPOP, ...environment }, { fetch: network.fetch, ...parts })
  const { waitUntil } = background()
  const evidence = (credential: PresentedToken, request = sending(), now = NOW, fresh = false) =>
    tokens.evidence(credential, request, fresh, now, waitUntil)
  return { tokens, network, evidence }
}

const verdict = (evidence: TokenEvidence): string => {
  if (evidence.kind !== 'rejected') return evidence.kind
  const { denial } = evidence
  if ('detail' in denial) return `${denial.code} ${denial.detail}`
  return 'what' in denial ? `${denial.code} ${denial.what}` : denial.code
}

const proofFor = (token: string, uri = URI, method = 'GET', nonce?: string) =>
  generateProof(sender, uri, method, nonce, token)

describe('a token that is bound to a key', () => {
  test('[DPP-1] [DPP-2] passes with a proof for this request, and not without', async () => {
    const { evidence } = verifier()
    const token = await mint({ cnf: { jkt } })
    const proof = await proofFor(token)
    expect(verdict(await evidence(dpop(token), sending({ dpop: proof })))).toBe('verified')
    expect(verdict(await evidence(dpop(token), sending()))).toBe('proof_invalid missing')
    expect(verdict(await evidence(dpop(token), sending({ dpop: proof }, { method: 'POST' })))).toBe(
      'proof_invalid method',
    )
  })

  test('[DPP-3] [MTL-7] is no bearer token, whether it was seen before or not', async () => {
    const { evidence } = verifier()
    const token = await mint({ cnf: { jkt } })
    const request = sending({ dpop: await proofFor(token) })
    expect(verdict(await evidence(bearer(token), request))).toBe('token_invalid binding')
    await evidence(dpop(token), request)
    expect(verdict(await evidence(bearer(token), request))).toBe('token_invalid binding')
  })

  test('[DPP-3] a token that is bound to nothing does not become so by its scheme', async () => {
    const { evidence } = verifier()
    const token = await mint()
    const request = sending({ dpop: await proofFor(token) })
    expect(verdict(await evidence(dpop(token), request))).toBe('token_invalid binding')
    expect(verdict(await evidence(bearer(token)))).toBe('verified')
    expect(verdict(await evidence(dpop(token), request))).toBe('token_invalid binding')
  })

  test('[DPP-17] the key of the proof must be that of the token', async () => {
    const { evidence } = verifier()
    const token = await mint({ cnf: { jkt: 'x'.repeat(43) } })
    expect(verdict(await evidence(dpop(token), sending({ dpop: await proofFor(token) })))).toBe('token_invalid binding')
  })

  test('[DPP-5] members of cnf that nobody knows are ignored beside one that is checked', async () => {
    const { evidence } = verifier()
    const token = await mint({ cnf: { jkt, 'kc-jkt-type': 'x' } })
    expect(verdict(await evidence(dpop(token), sending({ dpop: await proofFor(token) })))).toBe('verified')
    expect(verdict(await evidence(bearer(await mint({ cnf: { 'kc-jkt-type': 'x' } }))))).toBe(
      'token_invalid confirmation',
    )
  })

  test('[DPP-4] a proof or a token for a proxy is none for the gate', async () => {
    const { evidence } = verifier()
    const token = await mint({ cnf: { jkt } })
    expect(verdict(await evidence(dpop(token), sending({ 'proxy-authorization': await proofFor(token) })))).toBe(
      'proof_invalid missing',
    )
  })

  test('is refused where DPoP is not spoken', async () => {
    const tokens = verifierFor(
      { issuers: [issuerAt(ISSUER, { keys: { kind: 'jwks', uri: KEYS } })] },
      { fetch: async () => Response.json(keySetOf(key)) },
    )
    const token = await mint({ cnf: { jkt } })
    const request = sending({ dpop: await proofFor(token) })
    const { waitUntil } = background()
    expect(verdict(await tokens.evidence(dpop(token), request, false, NOW, waitUntil))).toBe('token_invalid binding')
  })

  test('[DPP-13] the URI is the one that clients use, where something in front of the gate changes it', async () => {
    const { evidence } = verifier({ environment: { dpop: { ...DPOP, externalOrigin: 'https://public.example.com' } } })
    const token = await mint({ cnf: { jkt } })
    const of = async (uri: string) =>
      verdict(await evidence(dpop(token), sending({ dpop: await proofFor(token, uri) }, { url: `${URI}?a=1` })))
    expect(await of('https://public.example.com/v1/invoices')).toBe('verified')
    expect(await of(URI)).toBe('proof_invalid uri')
  })
})

describe('nonces', () => {
  const nonces = createNonceIssuer(new Uint8Array(32).fill(7))

  test('[DPP-14] [DPP-20] a proof without one is told which to use; with it, it passes', async () => {
    const { evidence } = verifier({ parts: { nonces } })
    const token = await mint({ cnf: { jkt } })
    const first = await evidence(dpop(token), sending({ dpop: await proofFor(token) }))
    const nonce = await nonces.current(seconds)
    expect(first).toMatchObject({ kind: 'rejected', denial: { code: 'nonce_required', nonce } })
    const second = await evidence(dpop(token), sending({ dpop: await proofFor(token, URI, 'GET', nonce) }))
    expect(second).toMatchObject({ kind: 'verified', sender: { proof: { nonce } } })
    expect(second).not.toHaveProperty('sender.nextNonce')
    const made = await evidence(dpop(token), sending({ dpop: await proofFor(token, URI, 'GET', 'made-up') }))
    expect(verdict(made)).toBe('nonce_required')
  })

  test('[DPP-21] with the nonce of the window before, it passes and is told the next', async () => {
    const { evidence } = verifier({ parts: { nonces } })
    const token = await mint({ cnf: { jkt } })
    const old = await nonces.current(seconds - 120)
    const current = await nonces.current(seconds)
    expect(await evidence(dpop(token), sending({ dpop: await proofFor(token, URI, 'GET', old) }))).toMatchObject({
      kind: 'verified',
      sender: { nextNonce: current },
    })
  })
})

test('[DPP-14] [DPP-15] with the nonce that it was told, a clock that is wrong by too much is no reason to be told it again', async () => {
  const nonces = createNonceIssuer(new Uint8Array(32).fill(7))
  const { evidence } = verifier({ parts: { nonces } })
  const token = await mint({ cnf: { jkt } })
  const now = NOW + 320_000
  const nonce = await nonces.current(now / 1000)
  const late = await evidence(dpop(token), sending({ dpop: await proofFor(token, URI, 'GET', nonce) }), now)
  expect(verdict(late)).toBe('proof_invalid stale')
  const without = await evidence(dpop(token), sending({ dpop: await proofFor(token) }), now)
  expect(verdict(without)).toBe('nonce_required')
})

describe('a proof that serves once', () => {
  function remembering(): ReplayStore & { readonly untils: number[] } {
    const used = new Set<string>()
    const untils: number[] = []
    return {
      untils,
      firstUse: async (use, _, until) => {
        untils.push(until)
        return used.size < used.add(use).size
      },
    }
  }
  const senderOf = async ({ evidence }: ReturnType<typeof verifier>, nonce?: string) => {
    const token = await mint({ cnf: { jkt } })
    const found = await evidence(dpop(token), sending({ dpop: await proofFor(token, URI, 'GET', nonce) }))
    if (found.kind !== 'verified' || found.sender === undefined) throw new Error('no proven sender')
    return found.sender
  }

  test('[DPP-18] [DPP-19] is spent once, and remembered for as long as it could be used', async () => {
    const replays = remembering()
    const made = verifier({ parts: { replays } })
    const proven = await senderOf(made)
    expect(await made.tokens.spend(proven)).toBeUndefined()
    expect(await made.tokens.spend(proven)).toEqual({ code: 'proof_invalid', detail: 'replayed' })
    expect(Math.min(...replays.untils)).toBeGreaterThanOrEqual(proven.proof.issuedAt + 300)
  })

  test.each<[string, Partial<VerifierParts>]>([
    ['is not there', {}],
    ['cannot be asked', { replays: { firstUse: async () => Promise.reject(new Error('down')) } }],
  ])('[DPP-19] where the store %s, nobody can say, and nothing passes', async (_, parts) => {
    const made = verifier({ parts })
    expect(await made.tokens.spend(await senderOf(made))).toMatchObject({ code: 'unavailable', what: 'replay' })
  })

  test.each<[string, Setup, boolean]>([
    ['nobody asks', {}, false],
    ['the issuer asks', { issuer: { singleUseProofs: true } }, true],
    ['the environment asks', { environment: { dpop: { ...DPOP, singleUse: 'always' } } }, true],
  ])('where %s', async (_, setup, isSingleUse) => {
    expect((await senderOf(verifier(setup))).isSingleUse).toBe(isSingleUse)
  })
})

describe('a token that is bound to a certificate', () => {
  const mutual = (requiresVerifiedChain = true) => ({ environment: { mutualTls: { requiresVerifiedChain } } })
  const over = (overrides: Record<string, string> = {}) =>
    sending({}, { cf: { tlsClientAuth: { ...tlsClientAuth, ...overrides } } })

  test('[MTL-1] passes with this certificate, and with no other and none', async () => {
    const { evidence } = verifier(mutual())
    const token = await mint({ cnf: { 'x5t#S256': THUMBPRINT } })
    expect(verdict(await evidence(bearer(token), over()))).toBe('verified')
    const other = over({ certFingerprintSHA256: FINGERPRINT.replace('03', '04') })
    expect(verdict(await evidence(bearer(token), other))).toBe('token_invalid binding')
    expect(verdict(await evidence(bearer(token), over({ certPresented: '0' })))).toBe('token_invalid binding')
    expect(verdict(await evidence(bearer(token), sending()))).toBe('token_invalid binding')
  })

  test('[MTL-2] [MTL-3] the chain counts where the deployment asks for it', async () => {
    const token = await mint({ cnf: { 'x5t#S256': THUMBPRINT } })
    const of = async (requires: boolean, overrides: Record<string, string>) =>
      verdict(await verifier(mutual(requires)).evidence(bearer(token), over(overrides)))
    expect(await of(true, { certVerified: 'FAILED:self signed certificate' })).toBe('token_invalid binding')
    expect(await of(true, { certRevoked: '1' })).toBe('token_invalid binding')
    expect(await of(false, { certVerified: 'FAILED:self signed certificate' })).toBe('verified')
  })

  test('[MTL-6] bound to a key as well, it needs both', async () => {
    const { evidence } = verifier(mutual())
    const token = await mint({ cnf: { jkt, 'x5t#S256': THUMBPRINT } })
    const headers = { dpop: await proofFor(token) }
    const cf = { tlsClientAuth }
    expect(verdict(await evidence(dpop(token), sending(headers, { cf })))).toBe('verified')
    expect(verdict(await evidence(dpop(token), sending(headers)))).toBe('token_invalid binding')
    expect(verdict(await evidence(bearer(token), sending({}, { cf })))).toBe('token_invalid binding')
    expect(verdict(await evidence(dpop(token), sending({}, { cf })))).toBe('proof_invalid missing')
  })

  test('[MTL-7] [MTL-10] without mutual TLS it is refused, not taken for a bearer token', async () => {
    const { evidence } = verifier()
    expect(verdict(await evidence(bearer(await mint({ cnf: { 'x5t#S256': THUMBPRINT } })), over()))).toBe(
      'token_invalid binding',
    )
  })
})

test('[FAP-4] an issuer whose tokens must be bound: one that is bound to nothing is refused', async () => {
  const { evidence } = verifier({ issuer: { requiresSenderConstraint: true } })
  const token = await mint()
  expect(verdict(await evidence(bearer(token)))).toBe('token_invalid not_bound')
  expect(verdict(await evidence(bearer(token)))).toBe('token_invalid not_bound')
})

describe('age and lifetime by issuer', () => {
  test('a token may not be older than its issuer says, also one that was seen before', async () => {
    const { evidence } = verifier({ issuer: { maxTokenAgeSeconds: 60 } })
    const token = await mint()
    expect(verdict(await evidence(bearer(token), sending(), NOW + 59_000))).toBe('verified')
    expect(verdict(await evidence(bearer(token), sending(), (seconds + 61) * 1000))).toBe('token_invalid expired')
  })

  test('nor made for longer', async () => {
    const { evidence } = verifier({ issuer: { maxLifetimeSeconds: 600 } })
    expect(verdict(await evidence(bearer(await mint())))).toBe('verified')
    expect(verdict(await evidence(bearer(await mint({ exp: seconds + 601 }))))).toBe('token_invalid lifetime')
  })
})

describe('audiences', () => {
  const services = { payments: { resource: 'https://api.example.com/pay', audiences: ['urn:pay'] as const } }

  test('[RES-2] [RES-3] [JAT-11] a token is for the resources that it names, and for nothing else', async () => {
    const { evidence } = verifier({ environment: { services } })
    const of = async (aud: unknown) => {
      const found = await evidence(bearer(await mint({ aud })))
      if (found.kind !== 'verified') return verdict(found)
      return [found.principal.isForDefault, [...found.principal.services]]
    }
    expect(await of('https://api.example.com')).toEqual([true, []])
    expect(await of('urn:pay')).toEqual([false, ['payments']])
    expect(await of(['urn:pay', 'https://api.example.com'])).toEqual([true, ['payments']])
    expect(await of('urn:pay2')).toBe('token_invalid audience')
  })

  test('[JAT-10] the token of a client has the client as its subject, and nothing follows from that', async () => {
    const { evidence } = verifier()
    expect(await evidence(bearer(await mint({ sub: 'partner' })))).toMatchObject({
      principal: { subject: 'partner', client: 'partner' },
    })
  })
})

describe('whose token it is', () => {
  const asking = (issuer: string, tokenPrefix?: string): Issuer =>
    issuerAt(issuer, {
      introspection: {
        endpoint: `${issuer}/introspect`,
        clientId: 'gate',
        authentication: { kind: 'client_secret_basic', secret: 'S' },
        response: 'json',
        ...(tokenPrefix !== undefined && { tokenPrefix }),
        cacheSeconds: 30,
        negativeCacheSeconds: 5,
      },
    })
  const A = 'https://a.example.com'
  const B = 'https://b.example.com'
  const asked = async (token: string, others: readonly Issuer[]) => {
    const { network, evidence } = verifier({ others, parts: { secrets: { ...NO_SECRETS, text: () => 's' } } })
    for (const issuer of [A, B]) network.answers.set(`${issuer}/introspect`, Response.json({ active: false }))
    const found = verdict(await evidence(bearer(token)))
    return [found, network.calls.filter((url) => url.endsWith('/introspect'))]
  }

  test('[INT-7] what is no JWT goes to the issuer that introspects, whatever it looks like', async () => {
    expect(await asked('opaque', [asking(A)])).toEqual(['token_invalid inactive', [`${A}/introspect`]])
    expect(await asked('a.b.c', [asking(A)])).toEqual(['token_invalid inactive', [`${A}/introspect`]])
    expect(await asked('opaque', [])).toEqual(['token_invalid not_a_jwt', []])
  })

  test('[INT-7] a JWT goes to the issuer that it names, and to nobody if nobody knows that one', async () => {
    expect(await asked(await mint(), [asking(A)])).toEqual(['verified', []])
    expect(await asked(await mint({ iss: A }), [asking(A)])).toEqual(['token_invalid inactive', [`${A}/introspect`]])
    expect(await asked(await mint({ iss: 'https://c.example.com' }), [asking(A)])).toEqual(['token_invalid issuer', []])
  })

  test('[INT-7] a prefix goes before all else, the longest first', async () => {
    const both = [asking(A, 'x_'), asking(B, 'x_long_')]
    expect(await asked('x_1', both)).toEqual(['token_invalid inactive', [`${A}/introspect`]])
    expect(await asked('x_long_1', both)).toEqual(['token_invalid inactive', [`${B}/introspect`]])
    expect(await asked('other', both)).toEqual(['token_invalid not_a_jwt', []])
  })

  test('[INT-8] what no credential can be is never asked about', async () => {
    const { parseCredential } = await import('../../src/token/credential.ts')
    expect(parseCredential('Bearer not a token', 100, ['bearer']).kind).toBe('rejected')
    expect(parseCredential(`Bearer ${'a'.repeat(101)}`, 100, ['bearer']).kind).toBe('rejected')
  })
})

describe('a token with a status', () => {
  const uri = `${ISSUER}/status/1`
  const statusList = {
    uris: [`${ISSUER}/status/`] as const,
    isRequired: false,
    minTtlSeconds: 30,
    maxTtlSeconds: 900,
    whenUnreachable: 'refuse' as const,
    maxStaleSeconds: 3600,
  }
  const listToken = () =>
    new SignJWT({ sub: uri, status_list: { bits: 1, lst: 'eNrbuRgAAhcBXQ' } })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'statuslist+jwt' })
      .setIssuedAt(seconds)
      .sign(key.privateKey)
  const withStatus = (idx: number, claims: Record<string, unknown> = {}) =>
    mint({ status: { status_list: { idx, uri } }, jti: `j${idx}`, ...claims })
  async function gate(overrides: Partial<typeof statusList> = {}) {
    const made = verifier({ issuer: { statusList: { ...statusList, ...overrides } } })
    made.network.answers.set(
      uri,
      new Response(await listToken(), { headers: { 'content-type': 'application/statuslist+jwt' } }),
    )
    return made
  }

  test('[TSL-6] passes while the list says valid', async () => {
    const { evidence } = await gate()
    expect(verdict(await evidence(bearer(await withStatus(1))))).toBe('verified')
    expect(verdict(await evidence(bearer(await withStatus(0))))).toBe('token_invalid status')
  })

  test('[TSL-1] the list is not fetched for a token that is bad in itself, and rescues none', async () => {
    const { network, evidence } = await gate()
    expect(verdict(await evidence(bearer(await withStatus(1, { exp: seconds - 11 }))))).toBe('token_invalid expired')
    expect(network.calls).not.toContain(uri)
  })

  test('[TSL-7] [FAP-2] is looked up for each request, whether the token was seen before or not', async () => {
    const { network, evidence } = await gate()
    const token = await withStatus(1, { exp: seconds + 5000 })
    expect(verdict(await evidence(bearer(token)))).toBe('verified')
    network.answers.set(uri, new Error('down'))
    expect(verdict(await evidence(bearer(token), sending(), NOW + 100_000))).toBe('verified')
    // The list names no time to live, so it serves for as long as any may.
    expect(verdict(await evidence(bearer(token), sending(), NOW + 901_000))).toBe('unavailable status')
  })

  test('[TSL-7] where the list cannot be had, nobody can say', async () => {
    const { network, evidence } = await gate()
    network.answers.set(uri, new Error('down'))
    expect(verdict(await evidence(bearer(await withStatus(1))))).toBe('unavailable status')
  })

  test('a status that cannot be looked up condemns the token; one that is missing only where it must be there', async () => {
    const { evidence } = await gate({ isRequired: true })
    expect(verdict(await evidence(bearer(await mint())))).toBe('token_invalid claims')
    expect(verdict(await evidence(bearer(await mint({ status: { other: {} } }))))).toBe('token_invalid claims')
    const optional = await gate()
    expect(verdict(await optional.evidence(bearer(await mint())))).toBe('verified')
    expect(verdict(await optional.evidence(bearer(await mint({ status: { other: {} } }))))).toBe('token_invalid claims')
  })

  test.each([{ status_list: { idx: 0, uri } }, { other: {} }, 'employed', null])(
    'where no lists are configured, %j is a claim like any other',
    async (status) => {
      expect(verdict(await verifier().evidence(bearer(await mint({ status }))))).toBe('verified')
    },
  )
})
