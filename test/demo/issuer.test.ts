import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callbackUrl } from '../../demo/clients.ts'
import { clientToken, personToken, requestClientToken } from '../../demo/flows.ts'
import { type Issuer, startIssuer } from '../../demo/issuer.ts'
import { AUDIENCE } from '../../demo/provider.ts'

const SCOPES = ['invoices:read', 'invoices:refund']

let issuer: Issuer

beforeAll(async () => {
  issuer = await startIssuer({ port: 0, scopes: SCOPES })
})

afterAll(() => issuer.close())

async function fetchKeySet(): Promise<JSONWebKeySet> {
  const response = await fetch(`${issuer.url}/jwks`)
  return (await response.json()) as JSONWebKeySet
}

const verify = async (token: string) =>
  jwtVerify(token, createLocalJWKSet(await fetchKeySet()), { issuer: issuer.url, audience: AUDIENCE, typ: 'at+jwt' })

describe('a client that acts for itself', () => {
  test('gets an RFC 9068 access token for the API without naming it', async () => {
    const { payload } = await verify(await clientToken(issuer.url, { client: 'partner', scope: 'invoices:read' }))
    expect(payload).toMatchObject({ client_id: 'partner', sub: 'partner', scope: 'invoices:read' })
    expect(payload.jti).toEqual(expect.any(String))
    expect(payload).not.toHaveProperty('auth_time')
  })

  test('gets several scopes in one token', async () => {
    const request = { client: 'billing', scope: 'invoices:refund invoices:read' }
    expect((await requestClientToken(issuer.url, request)).scope.split(' ').sort()).toEqual([
      'invoices:read',
      'invoices:refund',
    ])
  })

  test.each([
    ['a scope where it has none at all', { client: 'legacy', scope: 'invoices:read' }, 'invalid_scope'],
    ['a scope that is not the client’s', { client: 'partner', scope: 'invoices:refund' }, 'invalid_scope'],
    ['a client that only people use', { client: 'support', scope: 'invoices:read' }, 'invalid_request'],
    ['a client that does not exist', { client: 'nobody', scope: 'invoices:read' }, 'invalid_client'],
  ])('is refused for %s', async (_case, request, code) => {
    await expect(clientToken(issuer.url, request)).rejects.toMatchObject({ code })
  })
})

describe('a person', () => {
  const request = { client: 'support', scope: 'invoices:read invoices:refund' }

  test('logs in with a password unless asked for more', async () => {
    const before = Math.floor(Date.now() / 1000)
    const { payload } = await verify(await personToken(issuer.url, request))
    expect(payload).toMatchObject({ client_id: 'support', sub: 'sam', scope: request.scope, amr: ['pwd'] })
    expect(payload.auth_time).toBeGreaterThanOrEqual(before)
    expect(payload).not.toHaveProperty('acr')
  })

  test.each(['phr', 'phrh'])('logs in as strongly as asked: %s', async (acr) => {
    const { payload } = await verify(await personToken(issuer.url, { ...request, acr }))
    expect(payload).toMatchObject({ acr, amr: expect.arrayContaining(['user']) })
  })

  test('must log in again for an acr above that of the session', async () => {
    const login = async (acrValues: string, cookies: readonly string[]) =>
      followToCallback(`${issuer.url}/auth?${authorization(acrValues)}`, cookies)
    const weak = await login('', [])
    expect(weak.interactions).toBe(1)
    expect((await login('', weak.cookies)).interactions).toBe(0)
    expect((await login('phr', weak.cookies)).interactions).toBe(1)
  })
})

function authorization(acrValues: string): URLSearchParams {
  return new URLSearchParams({
    response_type: 'code',
    client_id: 'support',
    redirect_uri: callbackUrl(issuer.url),
    scope: 'openid invoices:read',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    ...(acrValues === '' ? {} : { acr_values: acrValues }),
  })
}

/** Follows redirects like a browser, to the client's own page, and counts the logins on the way. */
async function followToCallback(start: string, given: readonly string[]) {
  const jar = new Map(given.map((pair) => [pair.slice(0, pair.indexOf('=')), pair]))
  let next = start
  let interactions = 0
  while (!next.startsWith(callbackUrl(issuer.url))) {
    const response = await fetch(next, { redirect: 'manual', headers: { cookie: [...jar.values()].join('; ') } })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';', 1)
      jar.set(pair.slice(0, pair.indexOf('=')), pair)
    }
    next = new URL(response.headers.get('location') ?? '/', next).href
    if (next.includes('/interaction/')) interactions += 1
  }
  return { interactions, cookies: [...jar.values()] }
}

describe('keys', () => {
  test('are published without their private parts', async () => {
    const { keys } = await fetchKeySet()
    expect(keys.map(({ alg }) => alg).sort()).toEqual(['ES256', 'RS256'])
    for (const key of keys) expect(key).not.toHaveProperty('d')
  })

  test('an orderly rotation signs with a new key and still publishes the old ones', async () => {
    const old = await clientToken(issuer.url, { client: 'partner', scope: 'invoices:read' })
    await issuer.rotateKeys('keep')
    const fresh = await clientToken(issuer.url, { client: 'partner', scope: 'invoices:read' })
    expect(decodeProtectedHeader(fresh).kid).not.toBe(decodeProtectedHeader(old).kid)
    await expect(verify(old)).resolves.toBeDefined()
    await expect(verify(fresh)).resolves.toBeDefined()
  })

  test('a hard rotation leaves old tokens without a key', async () => {
    const old = await clientToken(issuer.url, { client: 'partner', scope: 'invoices:read' })
    await issuer.rotateKeys('drop')
    await expect(verify(old)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' })
  })

  test('another algorithm signs where it is asked for', async () => {
    const other = await startIssuer({ port: 0, scopes: ['invoices:write'], algorithm: 'RS256' })
    const token = await clientToken(other.url, { client: 'legacy', scope: 'invoices:write' })
    expect(decodeProtectedHeader(token).alg).toBe('RS256')
    await other.close()
  })
})

describe('an issuer under test', () => {
  test('lists what it was asked', async () => {
    const before = issuer.requests.length
    await fetchKeySet()
    expect(issuer.requests.slice(before)).toEqual([{ method: 'GET', path: '/jwks' }])
  })

  test('goes away and comes back with its keys', async () => {
    const token = await clientToken(issuer.url, { client: 'partner', scope: 'invoices:read' })
    await issuer.close()
    await expect(fetch(`${issuer.url}/jwks`)).rejects.toThrow(TypeError)
    await issuer.reopen()
    await expect(verify(token)).resolves.toBeDefined()
  })

  test('does not start on a port that is taken', async () => {
    await expect(startIssuer({ port: issuer.port, scopes: SCOPES })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})
