/** Introspection: RFC 7662, RFC 9701. The server is a fake network; what it says is not. */
import { createHash } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Introspection, Issuer } from '../../src/policy/issuer.ts'
import type { Fetch, Secrets } from '../../src/token/client-authentication.ts'
import { createIntrospector } from '../../src/token/introspection.ts'
import { createKeySet } from '../../src/token/key-set.ts'
import { issuerAt } from '../support/environment.ts'
import { background, fakeNetwork, keySetOf } from '../support/fake-network.ts'
import { NO_SECRETS } from '../support/present.ts'
import { type SigningKey, signingKey } from '../support/static-issuer.ts'

const ISSUER = 'https://login.example.com'
const ENDPOINT = 'https://login.example.com/introspect'
const KEYS = 'https://login.example.com/jwks'
const NOW = 1_800_000_000_000
const seconds = NOW / 1000

const ACTIVE = {
  active: true,
  token_type: 'Bearer',
  iss: ISSUER,
  aud: 'https://api.example.com',
  client_id: 'partner',
  sub: 'user',
  iat: seconds,
  exp: seconds + 600,
  scope: 'a:read b:read',
}

const BASIC: Introspection = {
  endpoint: ENDPOINT,
  clientId: 'gate',
  authentication: { kind: 'client_secret_basic', secret: 'SECRET' },
  response: 'json',
  cacheSeconds: 30,
  negativeCacheSeconds: 5,
}
const SECRETS: Secrets = { ...NO_SECRETS, text: (name) => (name === 'SECRET' ? 's3cret' : NO_SECRETS.text(name)) }

let key: SigningKey
beforeAll(async () => {
  key = await signingKey('ES256', 'k1')
})

function answering(answer: unknown, status = 200, type = 'application/json'): Response {
  const body = typeof answer === 'string' ? answer : JSON.stringify(answer)
  return new Response(body, { status, headers: { 'content-type': type } })
}

interface Setup {
  readonly introspection?: Partial<Introspection>
  readonly issuer?: Partial<Issuer>
  readonly secrets?: Secrets
  readonly fetch?: Fetch
}

function introspector({ introspection = {}, issuer: overrides = {}, secrets = SECRETS, fetch }: Setup = {}) {
  const network = fakeNetwork()
  network.answers.set(KEYS, keySetOf(key))
  const issuer = issuerAt(ISSUER, { keys: { kind: 'jwks', uri: KEYS }, ...overrides })
  const keys = createKeySet(issuer, network.fetch)
  const { waitUntil } = background()
  const created = createIntrospector({
    authority: { issuer, services: {}, keys },
    introspection: { ...BASIC, ...introspection },
    fetch: fetch ?? network.fetch,
    secrets,
  })
  const inspect = (token = 'opaque', now = NOW, fresh = false) => created.inspect(token, fresh, now, waitUntil)
  const verdict = async (token?: string, now?: number, fresh?: boolean) => {
    const result = await inspect(token, now, fresh)
    if (result.ok) return [...result.value.principal.scopes].join(' ')
    return 'detail' in result.error
      ? result.error.detail
      : 'what' in result.error
        ? result.error.what
        : result.error.code
  }
  return { network, inspect, verdict, asked: () => network.calls.filter((url) => url === ENDPOINT).length }
}

describe('the principal', () => {
  const principalOf = async (token: string, said: object = {}) => {
    const { network, inspect } = introspector({ issuer: { identifiers: { session: 'sid', tenant: 'org' } } })
    network.answers.set(ENDPOINT, answering({ ...ACTIVE, ...said }))
    const result = await inspect(token)
    return result.ok ? result.value.principal : result.error
  }

  test('has the fingerprint of the token, whatever the server says of it', async () => {
    // SHA-256 of `opaque`, base64url.
    const fingerprint = createHash('sha256').update('opaque').digest('base64url')
    expect(await principalOf('opaque')).toMatchObject({ fingerprint })
    expect(await principalOf('opaque', { jti: 'j' })).toMatchObject({ fingerprint })
    expect(await principalOf('opaque2')).not.toMatchObject({ fingerprint })
  })

  test('of a token whose end the server does not tell, none is made up', async () => {
    expect(await principalOf('opaque', { exp: undefined })).not.toHaveProperty('expiresAt')
    expect(await principalOf('opaque')).toHaveProperty('expiresAt', seconds + 600)
  })

  test('has the names that the answer says, and an answer that says no text there is refused', async () => {
    expect(await principalOf('opaque', { sid: 's', org: 'o' })).toMatchObject({ session: 's', tenant: 'o' })
    expect(await principalOf('opaque', { sid: 5 })).toMatchObject({ detail: 'claims' })
  })
})

describe('the request', () => {
  test('[INT-1] is a form by POST with the token, its hint, and who asks', async () => {
    const { network, verdict } = introspector()
    network.answers.set(ENDPOINT, answering(ACTIVE))
    expect(await verdict('to+ken/=')).toBe('a:read b:read')
    const [init] = network.inits
    const headers = new Headers(init?.headers)
    expect([init?.method, init?.redirect, headers.get('accept')]).toEqual(['POST', 'manual', 'application/json'])
    expect(headers.get('content-type')).toMatch(/^application\/x-www-form-urlencoded/)
    expect(headers.get('authorization')).toBe(`Basic ${btoa('gate:s3cret')}`)
    expect(Object.fromEntries(new URLSearchParams(String(init?.body)))).toEqual({
      token: 'to+ken/=',
      token_type_hint: 'access_token',
    })
  })

  test('[INT-1] private_key_jwt is signed for the issuer alone', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const jwk = JSON.stringify({ ...(await exportJWK(privateKey)), alg: 'ES256', kid: 'gate-1' })
    const { network, verdict } = introspector({
      introspection: { authentication: { kind: 'private_key_jwt', secret: 'KEY' } },
      secrets: { ...NO_SECRETS, text: () => jwk },
    })
    network.answers.set(ENDPOINT, answering(ACTIVE))
    expect(await verdict()).toBe('a:read b:read')
    const form = new URLSearchParams(String(network.inits[0]?.body))
    expect(form.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    const [header = '', payload = ''] = form.get('client_assertion')?.split('.') ?? []
    const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
    expect(decode(header)).toMatchObject({ alg: 'ES256', kid: 'gate-1' })
    expect(decode(payload)).toMatchObject({ iss: 'gate', sub: 'gate', aud: ISSUER })
  })

  test('[INT-1] a client certificate goes over its own connection', async () => {
    const used: string[] = []
    const { verdict } = introspector({
      introspection: { authentication: { kind: 'tls_client_auth', binding: 'AS_CERTIFICATE' } },
      secrets: {
        ...NO_SECRETS,
        connection: (binding) => async (url, init) => {
          used.push(`${binding} ${url} ${new URLSearchParams(String(init.body)).get('client_id')}`)
          return answering(ACTIVE)
        },
      },
    })
    expect(await verdict()).toBe('a:read b:read')
    expect(used).toEqual([`AS_CERTIFICATE ${ENDPOINT} gate`])
  })

  test('[INT-1] goes nowhere in plain text', async () => {
    const { network, verdict } = introspector({ introspection: { endpoint: 'http://login.example.com/introspect' } })
    expect([await verdict(), network.calls]).toEqual(['introspection', []])
  })

  test('without the secret nobody is asked', async () => {
    const { network, verdict } = introspector({ secrets: NO_SECRETS })
    expect([await verdict(), network.calls]).toEqual(['introspection', []])
  })
})

describe('the answer', () => {
  test.each<[string, unknown, number, string, string]>([
    ['an inactive token', { active: false }, 200, 'application/json', 'inactive'],
    ['an inactive token with all the claims', { ...ACTIVE, active: false }, 200, 'application/json', 'inactive'],
    ['no word on whether it is active', { scope: 'a:read' }, 200, 'application/json', 'introspection'],
    ['a text for active', { ...ACTIVE, active: 'true' }, 200, 'application/json', 'introspection'],
    ['a list', [], 200, 'application/json', 'introspection'],
    ['no JSON', '<html>', 200, 'application/json', 'introspection'],
    ['JSON of another type', ACTIVE, 200, 'text/html', 'introspection'],
    ['an error', {}, 500, 'application/json', 'introspection'],
    ['a redirect', {}, 302, 'application/json', 'introspection'],
    ['a refusal of the gate itself', {}, 401, 'application/json', 'introspection_credentials'],
    ['a ban of the gate itself', {}, 403, 'application/json', 'introspection_credentials'],
    ['a gate that may not ask', { error: 'unauthorized_client' }, 400, 'application/json', 'introspection_credentials'],
    [
      'a token that the server does not speak of',
      { error: 'unsupported_token_type' },
      400,
      'application/json',
      'not_introspectable',
    ],
    [
      'a token that the server cannot read',
      { error: 'invalid_request' },
      400,
      'application/json',
      'not_introspectable',
    ],
    [
      'an error that is about the gate',
      { error: 'invalid_client' },
      400,
      'application/json',
      'introspection_credentials',
    ],
    ['an error without a word', {}, 400, 'application/json', 'introspection'],
    ['too much', `{"active":true,"x":"${'a'.repeat(600_000)}"}`, 200, 'application/json', 'introspection'],
  ])('[INT-2] [INT-3] %s', async (_, answer, status, type, expected) => {
    const { network, verdict } = introspector()
    network.answers.set(ENDPOINT, answering(answer, status, type))
    expect(await verdict()).toBe(expected)
  })

  test('[INT-3] an unreachable server is no verdict on the token, and is asked again', async () => {
    const { network, verdict, asked } = introspector()
    network.answers.set(ENDPOINT, new Error('down'))
    expect(await verdict()).toBe('introspection')
    network.answers.set(ENDPOINT, answering(ACTIVE))
    expect([await verdict(), asked()]).toEqual(['a:read b:read', 2])
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['expired', { exp: seconds - 10 }, 'expired'],
    ['not yet valid', { nbf: seconds + 11 }, 'not_yet_valid'],
    ['of another issuer', { iss: 'https://other.example.com' }, 'issuer'],
    ['without a word on its issuer', { iss: undefined }, 'a:read b:read'],
    ['for another audience', { aud: 'https://other.example.com' }, 'audience'],
    ['for nobody', { aud: undefined }, 'audience'],
    ['without scopes', { scope: undefined }, ''],
    ['with a list as scope', { scope: ['a:read'] }, 'claims'],
    ['with a number as subject', { sub: 5 }, 'claims'],
    ['with no end', { exp: undefined }, 'a:read b:read'],
    ['of nobody in particular', { sub: '' }, 'a:read b:read'],
    ['of no type', { token_type: undefined }, 'type'],
    ['a refresh token', { token_use: 'refresh_token' }, 'type'],
    ['bound in unknown ways', { cnf: { kid: 'x' } }, 'confirmation'],
  ])('[INT-4] a token %s', async (_, overrides, expected) => {
    const { network, verdict } = introspector()
    network.answers.set(ENDPOINT, answering({ ...ACTIVE, ...overrides }))
    expect(await verdict()).toBe(expected)
  })

  test('[INT-5] a DPoP token says what it is bound to', async () => {
    const { network, verdict, inspect } = introspector()
    network.answers.set(ENDPOINT, answering({ ...ACTIVE, token_type: 'DPoP' }))
    expect(await verdict('first')).toBe('claims')
    const jkt = 'x'.repeat(43)
    network.answers.set(ENDPOINT, answering({ ...ACTIVE, token_type: 'DPoP', cnf: { jkt } }))
    expect(await inspect('second')).toMatchObject({ value: { principal: { confirmation: { keyThumbprint: jkt } } } })
  })

  test('[STU-4] [RAR-1] says how the person authenticated, and what was authorized in detail', async () => {
    const { network, inspect } = introspector()
    const authorizationDetails = [{ type: 'payment', actions: ['initiate'] }]
    network.answers.set(
      ENDPOINT,
      answering({ ...ACTIVE, acr: 'phr', auth_time: seconds - 5, authorization_details: authorizationDetails }),
    )
    expect(await inspect()).toMatchObject({
      value: { principal: { authentication: { acrs: ['phr'], at: seconds - 5 }, authorizationDetails } },
    })
  })
})

describe('what is kept', () => {
  test('[INT-6] an answer serves as long as configured, and never past the end of the token', async () => {
    const { network, verdict, asked } = introspector()
    network.answers.set(ENDPOINT, answering(ACTIVE))
    await verdict()
    await verdict('opaque', NOW + 29_999)
    expect(asked()).toBe(1)
    await verdict('opaque', NOW + 30_000)
    expect(asked()).toBe(2)
    network.answers.set(ENDPOINT, answering({ ...ACTIVE, exp: seconds + 5 }))
    await verdict('short', NOW)
    expect(await verdict('short', NOW + 14_999)).toBe('a:read b:read')
    expect([await verdict('short', NOW + 15_000), asked()]).toEqual(['expired', 4])
  })

  test('[INT-6] a refusal is kept briefly', async () => {
    const { network, verdict, asked } = introspector()
    network.answers.set(ENDPOINT, answering({ active: false }))
    await verdict()
    await verdict('opaque', NOW + 4_999)
    expect(asked()).toBe(1)
    await verdict('opaque', NOW + 5_000)
    expect(asked()).toBe(2)
  })

  test('[INT-6] nothing is kept where the time is zero, and nothing kept serves where a fresh answer is asked for', async () => {
    const none = introspector({ introspection: { cacheSeconds: 0 } })
    none.network.answers.set(ENDPOINT, answering(ACTIVE))
    await none.verdict()
    await none.verdict()
    expect(none.asked()).toBe(2)
    const some = introspector()
    some.network.answers.set(ENDPOINT, answering(ACTIVE))
    await some.verdict()
    some.network.answers.set(ENDPOINT, answering({ active: false }))
    expect([await some.verdict(), await some.verdict('opaque', NOW, true)]).toEqual(['a:read b:read', 'inactive'])
    // What was learnt holds for the others, too.
    expect(await some.verdict()).toBe('inactive')
  })

  test('[INT-6] forty at once ask once', async () => {
    const { network, verdict, asked } = introspector()
    network.answers.set(ENDPOINT, answering(ACTIVE))
    const verdicts = await Promise.all(Array.from({ length: 40 }, () => verdict()))
    expect([new Set(verdicts).size, asked()]).toEqual([1, 1])
  })

  test('[INT-6] a crowd of unknown tokens does not become a crowd at the server', async () => {
    let asked = 0
    const { verdict } = introspector({
      fetch: async () => {
        asked++
        return new Promise<Response>((resolve) => setTimeout(() => resolve(answering({ active: false })), 50))
      },
    })
    const verdicts = await Promise.all(
      Array.from({ length: 300 }, (_, index) => verdict(`token-${index}`, NOW, index % 2 === 0)),
    )
    expect(asked).toBeLessThanOrEqual(100)
    expect(verdicts.filter((each) => each === 'introspection')).toHaveLength(300 - asked)
  })
})

describe('answers that overtake each other', () => {
  /** A server whose answers the test gives, in any order. */
  function slowServer(cached: Partial<Introspection> = {}) {
    const waiting: ((answer: unknown) => void)[] = []
    const { verdict } = introspector({
      introspection: cached,
      fetch: () => new Promise((resolve) => void waiting.push((answer) => resolve(answering(answer)))),
    })
    const asked = (count: number) => expect.poll(() => waiting.length).toBe(count)
    return { verdict, asked, answer: (index: number, answer: unknown) => waiting[index]?.(answer) }
  }

  test.each([5, 0])(
    '[INT-6] a refusal, kept for %d s, is not undone by an answer that was asked for before it',
    async (negativeCacheSeconds) => {
      const { verdict, asked, answer } = slowServer({ negativeCacheSeconds })
      const before = verdict('opaque', NOW)
      await asked(1)
      const after = verdict('opaque', NOW + 1_000, true)
      await asked(2)
      answer(1, { active: false })
      expect(await after).toBe('inactive')
      answer(0, ACTIVE)
      expect(await before).toBe('a:read b:read')
      const next = verdict('opaque', NOW + 2_000)
      if (negativeCacheSeconds === 0) await asked(3)
      answer(2, { active: false })
      expect(await next).toBe('inactive')
    },
  )

  test('[INT-6] what was asked last counts, whichever request began first', async () => {
    const { verdict, asked, answer } = slowServer()
    const later = verdict('opaque', NOW + 1_000, true)
    await asked(1)
    const earlier = verdict('opaque', NOW, true)
    await asked(2)
    answer(0, ACTIVE)
    expect(await later).toBe('a:read b:read')
    answer(1, { active: false })
    expect(await earlier).toBe('inactive')
    expect(await verdict('opaque', NOW + 1_001)).toBe('inactive')
  })

  test('[INT-6] nobody joins a question that a later answer has overtaken', async () => {
    const { verdict, asked, answer } = slowServer({ negativeCacheSeconds: 0 })
    const before = verdict('opaque', NOW)
    await asked(1)
    const after = verdict('opaque', NOW + 1_000, true)
    await asked(2)
    answer(1, { active: false })
    expect(await after).toBe('inactive')
    const next = verdict('opaque', NOW + 2_000)
    await asked(3)
    answer(0, ACTIVE)
    answer(2, { active: false })
    expect([await before, await next]).toEqual(['a:read b:read', 'inactive'])
  })

  test('[INT-6] a later question that got no answer overtakes nothing', async () => {
    const { verdict, asked, answer } = slowServer()
    const before = verdict('opaque', NOW)
    await asked(1)
    const after = verdict('opaque', NOW + 1_000, true)
    await asked(2)
    answer(1, [])
    expect(await after).toBe('introspection')
    answer(0, ACTIVE)
    await before
    // Were it not kept, this would wait for a third answer that never comes.
    expect(await verdict('opaque', NOW + 2_000)).toBe('a:read b:read')
  })

  test('[INT-6] of two questions of one moment, the later answer stays', async () => {
    const { verdict, asked, answer } = slowServer()
    const first = verdict('opaque', NOW)
    await asked(1)
    const second = verdict('opaque', NOW, true)
    await asked(2)
    answer(1, { active: false })
    await second
    answer(0, ACTIVE)
    await first
    expect(await verdict('opaque', NOW + 1)).toBe('inactive')
  })
})

test('[INT-6] what is kept is bounded by how much a server says, and not only by how many tokens it says it of', async () => {
  const { network, verdict, asked } = introspector({ introspection: { cacheSeconds: 3600 } })
  const authorizationDetails = [{ type: 'payment', note: 'x'.repeat(400_000) }]
  network.answers.set(
    ENDPOINT,
    answering({ ...ACTIVE, exp: seconds + 3600, authorization_details: authorizationDetails }),
  )
  for (let index = 0; index < 50; index++) await verdict(`token-${index}`)
  const before = asked()
  for (let index = 0; index < 50; index++) await verdict(`token-${index}`)
  expect(asked() - before).toBeGreaterThan(25)
})

describe('a signed answer', () => {
  const JWT = 'application/token-introspection+jwt'
  const signed = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}, signer = key) =>
    new SignJWT(
      JSON.parse(JSON.stringify({ iss: ISSUER, aud: 'gate', iat: seconds, token_introspection: ACTIVE, ...claims })),
    )
      .setProtectedHeader(
        JSON.parse(JSON.stringify({ alg: signer.alg, kid: signer.kid, typ: 'token-introspection+jwt', ...header })),
      )
      .sign(signer.privateKey)
  const asking = () => introspector({ introspection: { response: 'jwt' } })

  test('[INJ-1] is asked for, and read', async () => {
    const { network, verdict } = asking()
    network.answers.set(ENDPOINT, answering(await signed(), 200, JWT))
    expect(await verdict()).toBe('a:read b:read')
    expect(new Headers(network.inits[0]?.headers).get('accept')).toBe(JWT)
  })

  test.each<[string, () => Promise<string>, string]>([
    ['of an access token type', () => signed({}, { typ: 'at+jwt' }), JWT],
    ['of no type', () => signed({}, { typ: undefined }), JWT],
    ['of another issuer', () => signed({ iss: 'https://other.example.com' }), JWT],
    ['for another resource server', () => signed({ aud: 'other' }), JWT],
    ['without its time', () => signed({ iat: undefined }), JWT],
    ['that says nothing', () => signed({ token_introspection: undefined }), JWT],
    ['with a text inside', () => signed({ token_introspection: 'active' }), JWT],
    ['by a key of somebody else', async () => signed({}, {}, await signingKey('ES256', 'k1')), JWT],
    ['by an algorithm that is not on the list', async () => signed({}, {}, await signingKey('ES384', 'k1')), JWT],
    ['that is only JSON', async () => JSON.stringify(ACTIVE), 'application/json'],
    ['of a type that only begins alike', () => signed(), `${JWT}x`],
    ['that lost its signature', async () => (await signed()).replace(/\.[^.]*$/, '.'), JWT],
  ])('[INJ-2] [INJ-4] [INJ-5] [BCP-9] one %s is none', async (_, answer, type) => {
    const { network, verdict } = asking()
    network.answers.set(ENDPOINT, answering(await answer(), 200, type))
    expect(await verdict()).toBe('introspection')
  })

  test.each([
    ['EdDSA', 'Ed25519'],
    ['Ed25519', 'EdDSA'],
  ] as const)('[INJ-4] [BCP-10] %s is %s', async (configured, used) => {
    const edwards = await signingKey('EdDSA', 'k1')
    const { network, verdict } = introspector({
      introspection: { response: 'jwt' },
      issuer: { algorithms: [configured] },
    })
    network.answers.set(KEYS, keySetOf(edwards))
    network.answers.set(ENDPOINT, answering(await signed({}, { alg: used }, edwards), 200, JWT))
    expect(await verdict()).toBe('a:read b:read')
  })

  test('[INJ-3] an inactive token is inactive', async () => {
    const { network, verdict } = asking()
    network.answers.set(ENDPOINT, answering(await signed({ token_introspection: { active: false } }), 200, JWT))
    expect(await verdict()).toBe('inactive')
  })
})
