/** Security event tokens against their transmitter: its keys, its name, ours, and nothing that an access token has (RFC 8417, SSF 1.0 sections 4 and 7). */
import { SignJWT } from 'jose'
import { beforeAll, expect, test } from 'vitest'
import type { SignalTransmitter } from '../../src/policy/revocation-policy.ts'
import { createSecurityEventVerifier } from '../../src/token/security-event.ts'
import { issuerAt } from '../support/environment.ts'
import { background, fakeNetwork, keySetOf } from '../support/fake-network.ts'
import { bearer, sending, verifierFor } from '../support/present.ts'
import { type SigningKey, signingKey } from '../support/static-issuer.ts'
import { CAEP, eventClaims, signEvent } from '../support/transmitter.ts'

const IDP = 'https://idp.example.com/123456789/'
const CONFIGURATION = 'https://idp.example.com/.well-known/ssf-configuration/123456789'
const AUDIENCE = 'https://sp.example.com/caep'
const NOW = 1_615_305_200_000

let key: SigningKey
let elliptic: SigningKey
let stranger: SigningKey
beforeAll(async () => {
  ;[key, elliptic, stranger] = await Promise.all([
    signingKey('RS256', 'k1'),
    signingKey('ES256', 'k2'),
    signingKey('RS256', 'k1'),
  ])
})

const transmitter = (overrides: Partial<SignalTransmitter> = {}): SignalTransmitter => ({
  name: 'workforce',
  kind: 'ssf',
  issuer: IDP,
  transmitter: IDP,
  audiences: [AUDIENCE],
  algorithms: ['RS256'],
  acr: {},
  whenRiskIsHigh: 'step-up',
  acceptsSubjectType: false,
  ...overrides,
})

function receiver(overrides: Partial<SignalTransmitter> = {}, metadata: object = {}) {
  const network = fakeNetwork()
  network.answers.set(CONFIGURATION, { issuer: IDP, jwks_uri: 'https://idp.example.com/jwks', ...metadata })
  network.answers.set('https://idp.example.com/jwks', keySetOf(key, elliptic))
  const { waitUntil } = background()
  const verifier = createSecurityEventVerifier({ transmitter: transmitter(overrides), fetch: network.fetch })
  return { network, verifier, verify: (token: string) => verifier.verify(token, NOW, waitUntil) }
}

const claims = (rest: object = {}) =>
  eventClaims(
    `${CAEP}session-revoked`,
    { event_timestamp: 1_615_304_991 },
    { format: 'opaque', id: 's' },
    { iss: IDP, aud: AUDIENCE, jti: 'j', ...rest },
  )

test('[SSF-1] keys are where the configuration document says, which is found between host and path and names its transmitter', async () => {
  const { network, verify } = receiver()
  expect(await verify(await signEvent(claims(), key))).toMatchObject({
    ok: true,
    value: { id: 'j', issuedAt: 1_615_305_159 },
  })
  expect(network.calls).toEqual([CONFIGURATION, 'https://idp.example.com/jwks'])
  const other = receiver({}, { issuer: 'https://idp.example.com/' })
  expect(await other.verify(await signEvent(claims(), key))).toEqual({ ok: false, error: 'unavailable' })
})

test('keys may be at an address of their own, and no document is asked for', async () => {
  const { network, verify, verifier } = receiver({ keys: 'https://idp.example.com/jwks' })
  expect((await verify(await signEvent(claims(), key))).ok).toBe(true)
  expect(await verifier.criticalMembers(NOW)).toEqual([])
  expect(network.calls).toEqual(['https://idp.example.com/jwks'])
})

test('[SET-1] the type says that it is a security event token', async () => {
  const { verify } = receiver()
  for (const typ of ['secevent+jwt', 'application/secevent+jwt', 'SecEvent+JWT'])
    expect((await verify(await signEvent(claims(), key, { typ }))).ok, typ).toBe(true)
  for (const typ of [undefined, 'JWT', 'at+jwt', 'application/jwt', 'secevent', 7])
    expect(await verify(await signEvent(claims(), key, { typ })), String(typ)).toEqual({
      ok: false,
      error: 'invalid_request',
    })
})

test('[SET-1] only algorithms that were agreed on, and only keys of the transmitter', async () => {
  const { verify } = receiver()
  expect(await verify(await signEvent(claims(), elliptic))).toEqual({ ok: false, error: 'invalid_key' })
  expect(await verify(await signEvent(claims(), stranger))).toEqual({ ok: false, error: 'invalid_key' })
  expect(await verify(await signEvent(claims(), stranger, { kid: 'k9' }))).toEqual({ ok: false, error: 'invalid_key' })
  expect(await verify(await signEvent(claims(), key, { kid: undefined }))).toMatchObject({ ok: true })
  expect((await receiver({ algorithms: ['ES256'] }).verify(await signEvent(claims(), elliptic))).ok).toBe(true)
  const none = `${btoa('{"alg":"none","typ":"secevent+jwt"}').replace(/=/g, '')}.${btoa(JSON.stringify(claims())).replace(/=/g, '')}.AA`
  expect(await verify(none)).toEqual({ ok: false, error: 'invalid_key' })
  const shared = await new SignJWT(claims())
    .setProtectedHeader({ alg: 'HS256', typ: 'secevent+jwt' })
    .sign(new Uint8Array(32))
  expect(await verify(shared)).toEqual({ ok: false, error: 'invalid_key' })
})

test('[SET-1] a signature covers all of it', async () => {
  const [header, , signature] = (await signEvent(claims(), key)).split('.')
  const [, payload] = (await signEvent(claims({ jti: 'other' }), key)).split('.')
  expect(await receiver().verify([header, payload, signature].join('.'))).toEqual({ ok: false, error: 'invalid_key' })
})

test.each([
  ['another issuer', { iss: 'https://idp.example.com/123456789' }, 'invalid_issuer'],
  ['no issuer', { iss: undefined }, 'invalid_issuer'],
  ['another audience', { aud: 'https://sp.example.com' }, 'invalid_audience'],
  ['other audiences', { aud: ['a', 'b'] }, 'invalid_audience'],
  ['no audience', { aud: undefined }, 'invalid_audience'],
  ['a subject as access tokens have it', { sub: 'jane' }, 'invalid_request'],
  ['an expiry', { exp: 1_615_308_800 }, 'invalid_request'],
  ['no identifier', { jti: undefined }, 'invalid_request'],
  ['an identifier that is no text', { jti: 7 }, 'invalid_request'],
  ['an identifier that is a book', { jti: 'x'.repeat(257) }, 'invalid_request'],
  ['no time', { iat: undefined }, 'invalid_request'],
  ['a time that is no number', { iat: '1615305159' }, 'invalid_request'],
  ['a time that is still to come', { iat: NOW / 1000 + 61 }, 'invalid_request'],
])('[SET-2] %s', async (_, rest, error) => {
  expect(await receiver().verify(await signEvent(claims(rest), key))).toEqual({ ok: false, error })
})

test('[SET-2] one audience of several is enough, and it may have been told long ago', async () => {
  const old = await signEvent(claims({ aud: ['other', AUDIENCE], iat: 1 }), key)
  expect(await receiver().verify(old)).toMatchObject({ ok: true, value: { issuedAt: 1 } })
})

test.each(['', 'x', 'a.b', 'a.b.c', 'a.b.c.d.e', '{}'])('%o is no token', async (text) => {
  expect(await receiver().verify(text)).toEqual({ ok: false, error: 'invalid_request' })
})

test('a transmitter that cannot be asked for its keys is asked later', async () => {
  const { network, verify } = receiver()
  network.answers.set(CONFIGURATION, 500)
  expect(await verify(await signEvent(claims(), key))).toEqual({ ok: false, error: 'unavailable' })
})

test('[PSH-5] a key that was made since the keys were last asked for: its event comes again, however many made-up keys came before', async () => {
  const network = fakeNetwork()
  network.answers.set('https://idp.example.com/jwks', keySetOf(key))
  const verifier = createSecurityEventVerifier({
    transmitter: transmitter({ keys: 'https://idp.example.com/jwks' }),
    fetch: network.fetch,
  })
  const verify = async (kid: string, by: SigningKey, now: number) =>
    verifier.verify(await signEvent(claims(), by, { kid }), now, background().waitUntil)
  expect((await verify('k1', key, NOW)).ok).toBe(true)
  for (let index = 0; index < 20; index++) {
    const error = index === 0 ? 'invalid_key' : 'unavailable'
    expect(await verify(`made-up-${index}`, stranger, NOW + index)).toEqual({ ok: false, error })
  }
  expect(network.calls).toHaveLength(2)
  const rotated = await signingKey('RS256', 'k2')
  network.answers.set('https://idp.example.com/jwks', keySetOf(key, rotated))
  expect(await verify('k2', rotated, NOW + 5_000)).toEqual({ ok: false, error: 'unavailable' })
  expect((await verify('k2', rotated, NOW + 31_000)).ok).toBe(true)
})

test('[SET-4] critical members of subjects are those of the document, kept for a while; undefined where it cannot be had', async () => {
  const { network, verifier } = receiver({}, { critical_subject_members: ['group', 'tenant'] })
  expect(await verifier.criticalMembers(NOW)).toEqual(['group', 'tenant'])
  network.answers.set(CONFIGURATION, 500)
  expect(await verifier.criticalMembers(NOW + 1000)).toEqual(['group', 'tenant'])
  expect(await verifier.criticalMembers(NOW + 3_600_000)).toBeUndefined()
  expect(await receiver({}, { critical_subject_members: 'all' }).verifier.criticalMembers(NOW)).toBeUndefined()
  expect(await receiver().verifier.criticalMembers(NOW)).toEqual([])
})

test('[SET-6] a security event token is no access token, and an access token no security event token', async () => {
  const network = fakeNetwork()
  network.answers.set('https://idp.example.com/jwks', keySetOf(key))
  const issuer = issuerAt(IDP, {
    keys: { kind: 'jwks', uri: 'https://idp.example.com/jwks' },
    algorithms: ['RS256'],
    audiences: [AUDIENCE],
  })
  const { evidence } = verifierFor({ issuers: [issuer] }, { fetch: network.fetch })
  const present = async (token: string) => evidence(bearer(token), sending(), false, NOW, background().waitUntil)
  // The same key, the same audience, and all that an access token must have: the type alone tells them apart.
  const both = claims({ client_id: 'c', scope: 'a:read', nbf: undefined })
  const complete = { ...both, sub: 'jane', exp: NOW / 1000 + 60 }
  expect(await present(await signEvent(complete, key))).toMatchObject({
    kind: 'rejected',
    denial: { code: 'token_invalid', detail: 'type' },
  })
  expect(await present(await signEvent(complete, key, { typ: 'at+jwt' }))).toMatchObject({ kind: 'verified' })
  expect(await receiver().verify(await signEvent(complete, key, { typ: 'at+jwt' }))).toEqual({
    ok: false,
    error: 'invalid_request',
  })
})
