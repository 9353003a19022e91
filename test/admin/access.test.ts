/** Cloudflare Access as a way in: whose assertions count, on which requests, and for what. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import type { AccessPolicy } from '../../src/policy/access.ts'
import type { ScopeToken } from '../../src/policy/scope.ts'
import { createAccessVerifier } from '../../src/token/access.ts'
import { NOW } from '../policy/build.ts'
import { WITH_ADMIN } from '../support/admin-map.ts'
import { adminOver } from './admin.ts'

const TEAM = 'https://acme.cloudflareaccess.com'
const AUDIENCE = '32eafc7626e9'
const OWN = 'https://api.example.com'

const policy: AccessPolicy = {
  team: TEAM,
  audience: AUDIENCE,
  grants: [
    { holder: { kind: 'email', email: 'ada@example.com' }, scopes: ['scopewall:review' as ScopeToken] },
    { holder: { kind: 'group', group: 'on-call' }, scopes: ['scopewall:restore' as ScopeToken] },
    { holder: { kind: 'domain', domain: 'partner.example' }, scopes: ['scopewall:revoke' as ScopeToken] },
  ],
}

const restore = WITH_ADMIN.scopes['scopewall:restore']
if (restore === undefined) throw new Error('the map has no critical scope')
/** As it ships: what is critical asks how the person authenticated. */
const document = {
  ...WITH_ADMIN,
  scopes: {
    ...WITH_ADMIN.scopes,
    'scopewall:restore': { ...restore, stepUp: { acr: ['phr'], maxAgeSeconds: 900 } },
  },
}

type Keys = Awaited<ReturnType<typeof generateKeyPair>>
let own: Keys
let foreign: Keys
let certs: unknown

beforeAll(async () => {
  ;[own, foreign] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')])
  certs = { keys: [{ ...(await exportJWK(own.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }], public_certs: [] }
})

const CLAIMS = {
  iss: TEAM,
  aud: [AUDIENCE],
  type: 'app',
  sub: '7335d417',
  email: 'ada@example.com',
  iat: NOW - 60,
  nbf: NOW - 60,
  exp: NOW + 3600,
}

interface Assertion {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  readonly key?: Keys
}

const assertionOf = ({ claims = {}, header = {}, key = own }: Assertion = {}) =>
  new SignJWT({ ...CLAIMS, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'k1', typ: 'JWT', ...header })
    .sign(key.privateKey)

const FROM_CONSOLE = { 'x-scopewall-console': '1', 'sec-fetch-site': 'same-origin' }

function adminBehindAccess() {
  const fetched: string[] = []
  const access = createAccessVerifier({
    policy,
    resource: OWN,
    mostBytes: 8192,
    fetch: async (url) => {
      fetched.push(url)
      return Response.json(certs)
    },
  })
  return { ...adminOver({ document, access, evidence: { kind: 'none' } }), fetched }
}

async function askWith(
  headers: Readonly<Record<string, string>>,
  assertion: Assertion = {},
  path = 'log',
  init: RequestInit = {},
) {
  const admin = adminBehindAccess()
  const all = { 'cf-access-jwt-assertion': await assertionOf(assertion), ...headers }
  const answer = await admin.ask('admin', `/_scopewall/admin/${path}`, { ...init, headers: all })
  const body = answer.status === 204 ? {} : JSON.parse((await answer.text()) || '{}')
  return { status: answer.status, code: body.code, entries: admin.log.entries.length, fetched: admin.fetched }
}

const MARKING = {
  method: 'POST',
  body: JSON.stringify({ target: { kind: 'subject', value: 'u1' }, reason: 'left' }),
}
const JSON_TYPE = { 'content-type': 'application/json' }

describe('whoever Access has let in', () => {
  test('may do what is granted, and the keys come from the team', async () => {
    const { status, fetched } = await askWith(FROM_CONSOLE)
    expect([status, fetched]).toEqual([200, [`${TEAM}/cdn-cgi/access/certs`]])
  })

  test('may do nothing else', async () => {
    const { status, code, entries } = await askWith({ ...FROM_CONSOLE, ...JSON_TYPE }, {}, 'revocations', MARKING)
    expect([status, code, entries]).toEqual([403, 'scope_insufficient', 0])
  })

  test.each([
    ['the domain', { email: 'bob@PARTNER.example' }, 201],
    ['a domain that merely ends so', { email: 'bob@evil-partner.example' }, 403],
    ['a domain below it', { email: 'bob@a.partner.example' }, 403],
    ['an address within an address', { email: 'bob@partner.example@evil.example' }, 403],
    ['nobody that is known', { email: 'eve@example.com' }, 403],
  ])('%s', async (_, claims, expected) => {
    const { status } = await askWith({ ...FROM_CONSOLE, ...JSON_TYPE }, { claims }, 'revocations', MARKING)
    expect(status).toBe(expected)
  })

  test('steps up only where the assertion says how the person authenticated', async () => {
    const undo = (custom: object) =>
      askWith({ ...FROM_CONSOLE, ...JSON_TYPE }, { claims: { custom } }, 'revocations/1/undo', {
        method: 'POST',
        body: '{"reason":"mistake"}',
      })
    const groups = ['on-call']
    expect(await undo({ groups })).toMatchObject({ status: 401, code: 'step_up_required' })
    expect(await undo({ groups, acr: 'phr' })).toMatchObject({ status: 401, code: 'step_up_required' })
    expect(await undo({ groups, acr: 'phr', auth_time: NOW - 3600 })).toMatchObject({ code: 'step_up_required' })
    expect(await undo({ groups, acr: 'phr', auth_time: NOW + 600 })).toMatchObject({ code: 'token_invalid' })
    // There is no such entry: the request itself was let in.
    expect((await undo({ groups, acr: 'phr', auth_time: NOW - 60 })).status).toBe(404)
  })
})

describe('an assertion is refused', () => {
  const cases: readonly (readonly [string, () => Assertion])[] = [
    ['of another team', () => ({ claims: { iss: 'https://evil.cloudflareaccess.com' } })],
    [
      'of another team, signed by its keys',
      () => ({ claims: { iss: 'https://evil.cloudflareaccess.com' }, key: foreign }),
    ],
    ['signed by a key that the team does not have', () => ({ key: foreign })],
    ['of a key without a name', () => ({ header: { kid: undefined } })],
    ['for another application', () => ({ claims: { aud: ['another'] } })],
    ['whose audience is a text', () => ({ claims: { aud: AUDIENCE } })],
    ['that is the session of the whole team', () => ({ claims: { type: 'org' } })],
    ['without a kind', () => ({ claims: { type: undefined } })],
    ['that has expired', () => ({ claims: { exp: NOW - 61 } })],
    ['that never expires', () => ({ claims: { exp: undefined } })],
    ['from the future', () => ({ claims: { iat: NOW + 120, nbf: NOW + 120 } })],
    ['of a machine', () => ({ claims: { email: undefined, sub: '', common_name: 'ci' } })],
  ]
  test.each(cases)('%s', async (_, assertion) => {
    const { status, code } = await askWith(FROM_CONSOLE, assertion())
    expect([status, code]).toEqual([401, 'token_invalid'])
  })

  test('that is signed with nothing, or with a secret', async () => {
    const [header, payload] = (await assertionOf()).split('.')
    const none = Buffer.from(JSON.stringify({ alg: 'none', kid: 'k1' })).toString('base64url')
    const hmac = Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'k1' })).toString('base64url')
    for (const made of [
      `${none}.${payload}.`,
      `${hmac}.${payload}.AAAA`,
      `${header}.${payload}.AAAA`,
      'x'.repeat(9000),
    ]) {
      const { status } = await askWith({ ...FROM_CONSOLE, 'cf-access-jwt-assertion': made })
      expect(status).toBe(401)
    }
  })
})

describe('a request that no page of the console made on purpose has no credential, whatever cookie is behind it', () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    ['without fetch metadata', { 'x-scopewall-console': '1' }],
    ['from another site', { ...FROM_CONSOLE, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['from a host beside', { ...FROM_CONSOLE, 'sec-fetch-site': 'same-site', origin: 'https://app.example.com' }],
    ['from the address bar', { ...FROM_CONSOLE, 'sec-fetch-site': 'none' }],
    ['from another origin, whatever else it says', { ...FROM_CONSOLE, origin: 'https://evil.example' }],
    ['from a page without an origin', { ...FROM_CONSOLE, origin: 'null' }],
    ['from a link or a form', { 'sec-fetch-site': 'same-origin' }],
    ['with the header said otherwise', { ...FROM_CONSOLE, 'x-scopewall-console': 'true' }],
  ])('%s', async (_, headers) => {
    for (const init of [{}, MARKING]) {
      const path = init === MARKING ? 'revocations' : 'log'
      const found = await askWith({ ...JSON_TYPE, ...headers }, { claims: { email: 'x@partner.example' } }, path, init)
      expect([found.status, found.code, found.entries, found.fetched]).toEqual([401, 'credential_missing', 0, []])
    }
  })

  test('a preflight permits nothing', async () => {
    const admin = adminBehindAccess()
    const answer = await admin.ask('admin', '/_scopewall/admin/log', {
      method: 'OPTIONS',
      headers: {
        origin: 'https://evil.example',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'x-scopewall-console',
      },
    })
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-allow'))).toEqual([])
  })

  test('an `Authorization` header comes first: what it holds is judged, and nothing else', async () => {
    const { status, code, fetched } = await askWith({ ...FROM_CONSOLE, authorization: 'Basic eDp5' })
    expect([status, code, fetched]).toEqual([401, 'credential_missing', []])
  })
})
