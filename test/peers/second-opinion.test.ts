/** A second opinion on the same tokens: express-oauth2-jwt-bearer in a real Express app, and the gate. Where they differ, the table says why. */
import { createServer } from 'node:http'
import express from 'express'
import { auth, requiredScopes } from 'express-oauth2-jwt-bearer'
import { type CryptoKey, decodeJwt, exportSPKI, importJWK, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { close, listen } from '../../demo/listen.ts'
import { AUDIENCE, type SigningKey, signingKey } from '../support/static-issuer.ts'
import { startWorld, type World } from '../support/world.ts'

let world: World
let foreignKey: SigningKey
let peer: { readonly url: string; close(): Promise<void> }

beforeAll(async () => {
  ;[world, foreignKey] = await Promise.all([
    startWorld({
      environment: {
        dpop: { algorithms: ['ES256'], maxAgeSeconds: 60, futureLeewaySeconds: 10, singleUse: 'asked' },
      },
    }),
    signingKey(),
  ])
  peer = await startPeer(world.issuer.issuer)
})
afterAll(() => Promise.all([world.close(), peer.close()]))

/** As strict as it can be, and with our leeway. */
async function startPeer(issuerBaseURL: string) {
  const app = express()
  app.use(auth({ issuerBaseURL, audience: AUDIENCE, tokenSigningAlg: 'ES256', strict: true, clockTolerance: 10 }))
  app.get('/v1/invoices', requiredScopes('invoices:read'), (_request, response) => void response.json({ items: [] }))
  const server = createServer(app)
  const port = await listen(server, 0)
  return { url: `http://127.0.0.1:${port}`, close: () => close(server) }
}

interface Opinion {
  readonly status: number
  /** The `error` of the first challenge that has one. */
  readonly error?: string
}

async function opinionOf(url: string, token: string): Promise<Opinion> {
  const answer = await fetch(`${url}/v1/invoices`, { headers: { authorization: `Bearer ${token}` } })
  const error = /error="([a-z_]+)"/.exec(answer.headers.get('www-authenticate') ?? '')?.[1]
  return { status: answer.status, ...(error !== undefined && { error }) }
}

const opinionsOn = async (token: string) => ({
  gate: await opinionOf(world.gate.url, token),
  peer: await opinionOf(peer.url, token),
})

const OK: Opinion = { status: 200 }
const INVALID: Opinion = { status: 401, error: 'invalid_token' }
const LACKING: Opinion = { status: 403, error: 'insufficient_scope' }

type Make = () => Promise<string>
type Values = Readonly<Record<string, unknown>>

const seconds = (offset: number) => Math.floor(Date.now() / 1000) + offset
const minted =
  (claims: Values | (() => Values) = {}, header: Values = {}): Make =>
  () =>
    world.issuer.mint({ scope: 'invoices:read', ...(typeof claims === 'function' ? claims() : claims) }, header)

const segment = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A good token, taken apart and put together otherwise. */
const altered =
  (alter: (header: string, payload: string, signature: string) => string): Make =>
  async () => {
    const [header = '', payload = '', signature = ''] = (await minted()()).split('.')
    return alter(header, payload, signature)
  }

const unsigned = altered((_, payload) => `${segment({ alg: 'none', typ: 'at+jwt' })}.${payload}.`)
const withMoreScopes = altered((header, payload, signature) => {
  const claims = decodeJwt(`${header}.${payload}.${signature}`)
  return `${header}.${segment({ ...claims, scope: 'invoices:read invoices:admin' })}.${signature}`
})
const withOtherSignature = altered(
  (header, payload, signature) => `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
)

/** jose would not sign what it does not know to be critical. */
const signedByHand =
  (more: Values): Make =>
  async () => {
    const [key] = world.issuer.keys
    if (key === undefined) throw new Error('the issuer has no key')
    const [, payload = ''] = (await minted()()).split('.')
    const input = `${segment({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...more })}.${payload}`
    const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
    const signature = await crypto.subtle.sign(algorithm, key.privateKey, Buffer.from(input))
    return `${input}.${Buffer.from(signature).toString('base64url')}`
  }

/** What is at stake in a library that would take a public key for a secret (RFC 8725 section 2.1). */
const signedWithPublicKey: Make = async () => {
  const [key] = world.issuer.keys
  if (key === undefined) throw new Error('the issuer has no key')
  const publicKey = await importJWK(key.publicJwk, 'ES256', { extractable: true })
  const secret = new TextEncoder().encode(await exportSPKI(publicKey as CryptoKey))
  const claims = { iss: world.issuer.issuer, aud: AUDIENCE, sub: 's', client_id: 'c', jti: 'j', scope: 'invoices:read' }
  return new SignJWT({ ...claims, iat: seconds(0), exp: seconds(60) })
    .setProtectedHeader({ alg: 'HS256', kid: key.kid, typ: 'at+jwt' })
    .sign(secret)
}

const byForeignKey =
  (header: () => Values): Make =>
  () =>
    world.issuer.mint({ scope: 'invoices:read' }, header(), foreignKey)

const AGREED: readonly (readonly [string, Make, Opinion])[] = [
  ['a good token', minted(), OK],
  ['several audiences', minted({ aud: ['https://other.example.com', AUDIENCE] }), OK],
  ['[JAT-1] the whole media type as type', minted({}, { typ: 'application/at+jwt' }), OK],
  ['[JAT-1] its type in capitals', minted({}, { typ: 'AT+JWT' }), OK],
  ['[SCP-1] the scope among others', minted({ scope: 'reports:read invoices:read events:subscribe' }), OK],
  ['[JAT-6] just expired, within the leeway', minted(() => ({ exp: seconds(-5) })), OK],
  ['[JAT-6] expired', minted(() => ({ exp: seconds(-20) })), INVALID],
  ['[JAT-6] not valid yet', minted(() => ({ nbf: seconds(60) })), INVALID],
  ['[JAT-5] another audience', minted({ aud: 'https://other.example.com' }), INVALID],
  ['[JAT-5] an audience that begins alike', minted({ aud: `${AUDIENCE}/v1` }), INVALID],
  ['[JAT-5] no audience', minted({ aud: undefined }), INVALID],
  ['[JAT-4] another issuer', minted({ iss: 'https://other.example.com' }), INVALID],
  ['[JAT-4] its issuer with a slash', minted(() => ({ iss: `${world.issuer.issuer}/` })), INVALID],
  ['[JAT-1] no type', minted({}, { typ: undefined }), INVALID],
  ['[JAT-1] the type of any JWT', minted({}, { typ: 'JWT' }), INVALID],
  ['[JAT-1] an ID token', minted({ aud: 'partner', nonce: 'n', client_id: undefined }, { typ: 'JWT' }), INVALID],
  ['[JAT-7] no exp', minted({ exp: undefined }), INVALID],
  ['[JAT-7] no iat', minted({ iat: undefined }), INVALID],
  ['[JAT-7] no jti', minted({ jti: undefined }), INVALID],
  ['[JAT-7] no sub', minted({ sub: undefined }), INVALID],
  ['[JAT-7] no client_id', minted({ client_id: undefined }), INVALID],
  ['[JAT-7] a number as sub', minted({ sub: 5 }), INVALID],
  ['[JAT-7] exp as text', minted({ exp: '9999999999' }), INVALID],
  ['[BCP-1] no signature at all', unsigned, INVALID],
  ['[BCP-3] signed with the public key as a secret', signedWithPublicKey, INVALID],
  ['[JAT-2] signed by another key of that name', byForeignKey(() => ({ kid: world.issuer.keys[0]?.kid })), INVALID],
  ['[JAT-2] signed by an unknown key', byForeignKey(() => ({})), INVALID],
  ['[BCP-7] signed by a key that it brings along', byForeignKey(() => ({ jwk: foreignKey.publicJwk, kid: undefined })), INVALID],
  ['[JAT-2] its claims changed', withMoreScopes, INVALID],
  ['[JAT-2] its signature changed', withOtherSignature, INVALID],
  ['what the next row adds to, by hand', signedByHand({}), OK],
  ['[BCP-12] something critical that nobody knows', signedByHand({ crit: ['x'], x: 1 }), INVALID],
  ['[DPP-3] bound to a key, as a bearer token', minted({ cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } }), INVALID],
  ['[SCP-4] no scope', minted({ scope: undefined }), LACKING],
  ['[SCP-3] another scope', minted({ scope: 'invoices:create' }), LACKING],
  ['[SCP-3] a scope that begins alike', minted({ scope: 'invoices:read:all' }), LACKING],
  ['[SCP-1] the scope in capitals', minted({ scope: 'INVOICES:READ' }), LACKING],
] // biome-ignore format: a table reads better packed

test.each(AGREED)('%s: both say the same', async (_, make, opinion) => {
  expect(await opinionsOn(await make())).toEqual({ gate: opinion, peer: opinion })
})

interface Difference {
  readonly make: Make
  readonly gate: Opinion
  readonly peer: Opinion
  readonly because: string
}

const DIFFERENCES: Readonly<Record<string, Difference>> = {
  'issued an hour from now': {
    make: minted(() => ({ iat: seconds(3600), exp: seconds(7200) })),
    gate: INVALID,
    peer: OK,
    because: 'the peer looks at `iat` only where a maximum age is configured; a time of issue ahead of us is a fault (FAPI 2.0)',
  },
  'an empty sub': {
    make: minted({ sub: '' }),
    gate: INVALID,
    peer: OK,
    because: 'RFC 9068 requires a subject, and nobody is none; the peer only wants a text',
  },
  'bound to a certificate, over a connection without one': {
    make: minted({ cnf: { 'x5t#S256': 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0' } }),
    gate: INVALID,
    peer: OK,
    because: 'the peer looks at such a binding only where mutual TLS is configured; here a binding that cannot be checked is none that holds',
  },
  'bound to something that nobody knows': {
    make: minted({ cnf: { 'x5u#S512': 'abc' } }),
    gate: INVALID,
    peer: OK,
    because: 'of a confirmation nothing of which can be checked, the gate holds that it fails (RFC 7800 section 3.1 leaves it to the application)',
  },
  'scopes as a list in `scope`': {
    make: minted({ scope: ['invoices:read'] }),
    gate: INVALID,
    peer: OK,
    because: 'RFC 9068 section 2.2.3 makes it one string; lists are for issuers that are configured so',
  },
  'scopes that a tab divides': {
    make: minted({ scope: 'invoices:create\tinvoices:read' }),
    gate: INVALID,
    peer: LACKING,
    because: 'a tab can stand in no scope (RFC 6749 section 3.3), so that the claim is malformed as a whole; both refuse',
  },
  'a scope that implies the one that is asked for': {
    make: minted({ scope: 'invoices:admin' }),
    gate: OK,
    peer: LACKING,
    because: 'that `invoices:admin` implies `invoices:read` is what the scope map says; the peer has no map',
  },
} // biome-ignore format: a table reads better packed

describe('the differences that are meant', () => {
  test.each(Object.entries(DIFFERENCES))('%s', async (_, { make, gate, peer: other, because }) => {
    expect(gate, because).not.toEqual(other)
    expect(await opinionsOn(await make()), because).toEqual({ gate, peer: other })
  })
})
