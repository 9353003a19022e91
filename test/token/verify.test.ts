/** Tokens against a verifier with a network and a clock under the test's hand. */
import fc from 'fast-check'
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Evidence } from '../../src/policy/decision.ts'
import type { Issuer } from '../../src/policy/issuer.ts'
import { issuerAt } from '../support/environment.ts'
import { background, fakeNetwork, keySetOf } from '../support/fake-network.ts'
import { bearer, sending, verifierFor } from '../support/present.ts'
import { type SigningKey, signingKey } from '../support/static-issuer.ts'

const ISSUER = 'https://login.example.com/'
const KEYS = 'https://login.example.com/jwks'
const NOW = 1_800_000_000_000
const seconds = NOW / 1000

let key: SigningKey
let rsa: SigningKey
beforeAll(async () => {
  key = await signingKey('ES256', 'k1')
  rsa = await signingKey('RS256', 'r1')
})

const claims = {
  iss: ISSUER,
  aud: 'https://api.example.com',
  sub: 'user',
  client_id: 'partner',
  iat: seconds,
  exp: seconds + 600,
  jti: 'j',
  scope: 'a:read b:read',
}

function mint(
  overrides: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  signer: SigningKey = key,
): Promise<string> {
  const payload = JSON.parse(JSON.stringify({ ...claims, ...overrides }))
  return new SignJWT(payload)
    .setProtectedHeader(JSON.parse(JSON.stringify({ alg: signer.alg, kid: signer.kid, typ: 'at+jwt', ...header })))
    .sign(signer.privateKey)
}

function verifier(overrides: Partial<Issuer> = {}, keys: unknown = keySetOf(key, rsa)) {
  const network = fakeNetwork()
  network.answers.set(KEYS, keys)
  const issuers = [issuerAt(ISSUER, { keys: { kind: 'jwks', uri: KEYS }, ...overrides })] as const
  const verify = verifierFor({ issuers }, { fetch: network.fetch })
  const { waitUntil } = background()
  return {
    network,
    evidence: (token: string, now = NOW) => verify.evidence(bearer(token), sending(), false, now, waitUntil),
  }
}

/** A JSON object that is sound but for one octet. */
const notUtf8 = (start: string): string =>
  Buffer.concat([Buffer.from(start), Buffer.from([0xff]), Buffer.from('"}')]).toString('base64url')

const verdict = (evidence: Evidence): string => {
  if (evidence.kind !== 'rejected') return evidence.kind
  return 'detail' in evidence.denial ? evidence.denial.detail : evidence.denial.code
}

describe('a good token', () => {
  test('[JAT-8] becomes a principal with what it says, and nothing else', async () => {
    const { evidence } = verifier()
    expect(await evidence(await mint({ acr: 'phr', amr: ['hwk'], auth_time: seconds - 5 }))).toEqual({
      kind: 'verified',
      principal: {
        fingerprint: expect.stringMatching(/^[\w-]{43}$/),
        issuer: ISSUER,
        subject: 'user',
        client: 'partner',
        scopes: new Set(['a:read', 'b:read']),
        issuedAt: seconds,
        expiresAt: seconds + 600,
        tokenId: 'j',
        lifetimeSeconds: 600,
        authentication: { at: seconds - 5, acrs: ['phr'], amr: ['hwk'] },
        isForDefault: true,
        services: new Set(),
        authorizationDetails: [],
      },
    })
  })

  test.each(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const)(
    '[JAT-2] may be signed with %s where the issuer may',
    async (alg) => {
      const own = await signingKey(alg, 'own')
      const { evidence } = verifier({ algorithms: [alg] }, keySetOf(own))
      expect(verdict(await evidence(await mint({}, {}, own)))).toBe('verified')
    },
  )

  test.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/At+Jwt'])(
    '[JAT-1] [BCP-9] may call its type %s',
    async (typ) => {
      expect(verdict(await verifier().evidence(await mint({}, { typ })))).toBe('verified')
    },
  )

  test('[JAT-5] may have several audiences', async () => {
    expect(verdict(await verifier().evidence(await mint({ aud: ['https://other', 'https://api.example.com'] })))).toBe(
      'verified',
    )
  })
})

describe('what marks can name', () => {
  const identifiers = {
    session: 'sid',
    grant: 'gid',
    tenant: 'https://example.com/tenant',
    device: 'did',
    email: 'mail',
  }
  const all = {
    sid: 's',
    gid: 'g',
    'https://example.com/tenant': 't',
    did: 'd',
    mail: 'Ann@EXAMPLE.com',
    email_verified: true,
  }
  const namesOf = async (said: Record<string, unknown>) => {
    const evidence = await verifier({ identifiers }).evidence(await mint(said))
    if (evidence.kind !== 'verified') return verdict(evidence)
    const { session, grant, tenant, device, email } = evidence.principal
    return { session, grant, tenant, device, email }
  }

  test('[SUB-2] is what the claims of the issuer hold, the domain of an address in lower case', async () => {
    expect(await namesOf(all)).toEqual({ session: 's', grant: 'g', tenant: 't', device: 'd', email: 'Ann@example.com' })
    expect(await namesOf({})).toEqual({})
  })

  test.each([undefined, false, 'true', 1, null])(
    '[SUB-2] no address whose verification is %j',
    async (email_verified) => {
      expect(await namesOf({ ...all, email_verified })).toMatchObject({ session: 's', email: undefined })
    },
  )

  test.each(['sid', 'gid', 'https://example.com/tenant', 'did', 'mail'])(
    'a token is refused where %s is there and no text',
    async (claim) => {
      for (const value of [5, null, '', ['s'], { toString: 's' }, true, '\uD800'])
        expect(await namesOf({ ...all, [claim]: value })).toBe('claims')
    },
  )

  test('a claim of another place or of every object is none', async () => {
    const { evidence } = verifier({ identifiers: { session: 'toString', tenant: 'act' } })
    const found = await evidence(await mint({ sid: 's' }))
    expect(found).toMatchObject({ kind: 'verified' })
    expect(found.kind === 'verified' && Object.hasOwn(found.principal, 'session')).toBe(false)
  })
})

describe('the fingerprint', () => {
  const fingerprintOf = async (token: string) => {
    const evidence = await verifier().evidence(token)
    return evidence.kind === 'verified' ? evidence.principal.fingerprint : verdict(evidence)
  }

  test('is one for a token, whoever verifies it and how often', async () => {
    const [token, other] = [await mint(), await mint({ jti: 'k' })]
    const { evidence } = verifier()
    const [first, again] = [await evidence(token), await evidence(token)]
    expect(first.kind === 'verified' && again.kind === 'verified' && first.principal.fingerprint).toBe(
      again.kind === 'verified' && again.principal.fingerprint,
    )
    expect(await fingerprintOf(token)).toMatch(/^[\w-]{43}$/)
    expect(await fingerprintOf(other)).not.toBe(await fingerprintOf(token))
  })

  test('is one for both signatures that fit one content: with s, n - s is one, too (ECDSA)', async () => {
    const token = await mint()
    const twin = withOtherSignature(token)
    expect(twin).not.toBe(token)
    expect(await fingerprintOf(twin)).toMatch(/^[\w-]{43}$/)
    expect(await fingerprintOf(twin)).toBe(await fingerprintOf(token))
  })
})

/** The order of P-256 (FIPS 186-4, D.1.2.3). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

function withOtherSignature(token: string): string {
  const [header, payload, signature = ''] = token.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  const s = ORDER - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  const twin = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
  return `${header}.${payload}.${twin.toString('base64url')}`
}

describe('claims and header', () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>, string]>([
    ['expired', { exp: seconds - 11 }, {}, 'expired'],
    ['expired to the second, leeway included', { exp: seconds - 10 }, {}, 'expired'],
    ['without exp', { exp: undefined }, {}, 'claims'],
    ['with a text as exp', { exp: '9999999999' }, {}, 'claims'],
    ['not yet valid', { nbf: seconds + 11 }, {}, 'not_yet_valid'],
    ['issued in the future', { iat: seconds + 3600 }, {}, 'not_yet_valid'],
    ['with an unusable nbf', { nbf: 'soon' }, {}, 'claims'],
    ['without iat', { iat: undefined }, {}, 'claims'],
    ['without audience', { aud: undefined }, {}, 'audience'],
    ['for an audience with one more slash', { aud: 'https://api.example.com/' }, {}, 'audience'],
    ['for an audience that only begins alike', { aud: 'https://api.example.com.evil' }, {}, 'audience'],
    ['with a number among its audiences', { aud: ['https://api.example.com', 5] }, {}, 'audience'],
    ['of an issuer without the slash', { iss: ISSUER.slice(0, -1) }, {}, 'issuer'],
    ['of no issuer', { iss: undefined }, {}, 'issuer'],
    ['of an issuer that is an object', { iss: { toString: ISSUER } }, {}, 'issuer'],
    ['with a number as subject', { sub: 5 }, {}, 'claims'],
    ['with an empty subject', { sub: '' }, {}, 'claims'],
    ['with null as client', { client_id: null }, {}, 'claims'],
    ['without jti', { jti: undefined }, {}, 'claims'],
    ['with a list as scope', { scope: ['a:read'] }, {}, 'claims'],
    ['with a number as scope', { scope: 5 }, {}, 'claims'],
    ['with a quote in its scope', { scope: 'a"b' }, {}, 'claims'],
    ['with a tab between scopes', { scope: 'a:read\tb:read' }, {}, 'claims'],
    ['with a future authentication', { auth_time: seconds + 60 }, {}, 'claims'],
    ['with a number as acr', { acr: 3 }, {}, 'claims'],
    ['with a text as amr', { amr: 'mfa' }, {}, 'claims'],
    ['without subject', { sub: undefined }, {}, 'claims'],
    ['without client', { client_id: undefined }, {}, 'claims'],
    ['bound to a key', { cnf: { jkt: 'x'.repeat(43) } }, {}, 'binding'],
    ['bound to a certificate', { cnf: { 'x5t#S256': 'x'.repeat(43) } }, {}, 'binding'],
    ['bound to a key that is no thumbprint', { cnf: { jkt: 'x' } }, {}, 'claims'],
    ['bound to null', { cnf: null }, {}, 'claims'],
    ['bound to nothing that is known', { cnf: { kid: 'x' } }, {}, 'confirmation'],
    ['with a text as actor', { act: 'robot' }, {}, 'claims'],
    ['with an object as authorization details', { authorization_details: { type: 'a' } }, {}, 'claims'],
    ['with authorization details without a type', { authorization_details: [{}] }, {}, 'claims'],
    ['a DPoP proof', {}, { typ: 'dpop+jwt' }, 'type'],
    ['a status list', {}, { typ: 'statuslist+jwt' }, 'type'],
    ['an introspection answer', {}, { typ: 'token-introspection+jwt' }, 'type'],
    ['a security event', {}, { typ: 'secevent+jwt' }, 'type'],
    ['a transaction token', {}, { typ: 'txntoken+jwt' }, 'type'],
    ['an ID token by its type', {}, { typ: 'JWT' }, 'type'],
    ['without a type', {}, { typ: undefined }, 'type'],
    ['a logout token', {}, { typ: 'logout+jwt' }, 'type'],
    ['with another type that holds the right one', {}, { typ: 'at+jwt;x' }, 'type'],
    ['with a payload that claims to be a JWT', {}, { cty: 'JWT' }, 'header'],
    ['compressed', {}, { zip: 'DEF' }, 'header'],
    ['of an unknown key', {}, { kid: 'k2' }, 'unknown_key'],
    ['of a key with its kid in another case', {}, { kid: 'K1' }, 'unknown_key'],
    ['of the other key', {}, { kid: 'r1' }, 'unknown_key'],
  ])(
    '[JAT-1] [JAT-4] [JAT-5] [JAT-6] [JAT-7] [JAT-8] [BCP-2] [BCP-8] [BCP-9] [RES-2] a token %s is rejected',
    async (_, overrides, header, fault) => {
      expect(verdict(await verifier().evidence(await mint(overrides, header)))).toBe(fault)
    },
  )

  test('[JAT-6] leeway is what the issuer says', async () => {
    expect(
      verdict(await verifier().evidence(await mint({ exp: seconds - 9, iat: seconds + 10, nbf: seconds + 10 }))),
    ).toBe('verified')
    expect(verdict(await verifier({ clockLeewaySeconds: 0 }).evidence(await mint({ exp: seconds })))).toBe('expired')
  })
})

const segment = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('forgeries', () => {
  test.each(['none', 'None', 'noNE', 'HS256', 'ES512', 'RS1', ''])(
    '[JAT-2] [BCP-1] alg %j is not on the list',
    async (alg) => {
      const token = `${segment({ alg, kid: 'k1', typ: 'at+jwt' })}.${segment(claims)}.AAAA`
      expect(verdict(await verifier().evidence(token))).toBe('algorithm')
    },
  )

  test('[BCP-3] a public RSA key is no HMAC secret', async () => {
    const { publicKey } = await generateKeyPair('RS256', { extractable: true })
    const secret = new TextEncoder().encode(await exportSPKI(publicKey))
    const token = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'r1', typ: 'at+jwt' }).sign(secret)
    expect(verdict(await verifier().evidence(token))).toBe('algorithm')
  })

  test('[BCP-7] keys and addresses in the header are not looked at', async () => {
    const own = await generateKeyPair('ES256', { extractable: true })
    const jwk = await exportJWK(own.publicKey)
    const forged: SigningKey = { ...key, privateKey: own.privateKey as CryptoKey }
    const { network, evidence } = verifier()
    const token = await mint(
      {},
      { jwk, jku: 'https://evil.example.com/jwks', x5u: 'https://evil.example.com/x', x5c: ['AA=='] },
      forged,
    )
    expect(verdict(await evidence(token))).toBe('signature')
    expect(network.calls).toEqual([KEYS])
  })

  test("[BCP-6] [JAT-2] another issuer's key of the same kid signs nothing here", async () => {
    const other = await signingKey('ES256', 'k1')
    const network = fakeNetwork()
    network.answers.set(KEYS, keySetOf(key)).set('https://other.example.com/jwks', keySetOf(other))
    const issuers = [
      issuerAt(ISSUER, { keys: { kind: 'jwks', uri: KEYS } }),
      issuerAt('https://other.example.com', { keys: { kind: 'jwks', uri: 'https://other.example.com/jwks' } }),
    ] as const
    const verify = verifierFor({ issuers }, { fetch: network.fetch })
    const { waitUntil } = background()
    const evidence = (token: string) => verify.evidence(bearer(token), sending(), false, NOW, waitUntil)
    expect(verdict(await evidence(await mint({}, {}, other)))).toBe('signature')
    expect(verdict(await evidence(await mint({ iss: 'https://other.example.com' }, {}, other)))).toBe('verified')
  })

  test.each<[string, (token: string) => string]>([
    ['a space before it', (token) => ` ${token}`],
    ['padding', (token) => `${token}=`],
    ['a fourth segment', (token) => `${token}.`],
    ['five segments', (token) => `${token}.AA.AA`],
    ['no signature', (token) => `${token.slice(0, token.lastIndexOf('.'))}.`],
    ['a line feed in it', (token) => token.replace('.', '\n.')],
    ['the other alphabet of base64', (token) => token.replace('.', '+.')],
    ['JSON serialization', () => JSON.stringify({ payload: segment(claims), protected: segment({}), signature: 'AA' })],
    ['a list as header', (token) => `${segment([])}.${token.split('.').slice(1).join('.')}`],
    [
      'a byte-order mark before its header',
      (token) => `${Buffer.from('\ufeff{"alg":"ES256"}').toString('base64url')}.${token.split('.').slice(1).join('.')}`,
    ],
    [
      'a header that is not UTF-8',
      (token) => `${notUtf8('{"alg":"ES256","kid":"k1","typ":"at+jwt","x":"')}.${token.split('.').slice(1).join('.')}`,
    ],
    [
      'claims that are not UTF-8',
      (token) => {
        const [header, , signature] = token.split('.')
        return `${header}.${notUtf8(`{"iss":"${ISSUER}","x":"`)}.${signature}`
      },
    ],
  ])('[JAT-3] [BCP-4] [BCP-5] [BCP-10] [BCP-11] a token with %s is no JWT', async (_, change) => {
    expect(verdict(await verifier().evidence(change(await mint())))).toBe('not_a_jwt')
  })

  test.each(['crit', 'b64', 'enc'])(
    '[BCP-12] [BCP-4] a header with `%s` is refused before anything else',
    async (name) => {
      const token = `${segment({ alg: 'ES256', kid: 'k1', typ: 'at+jwt', [name]: [name] })}.${segment(claims)}.AAAA`
      expect(verdict(await verifier().evidence(token))).toBe('header')
    },
  )

  test('[BCP-4] [BCP-5] every spelling of a signature but one is refused: stray bits are not ignored', async () => {
    const token = await mint()
    const { evidence } = verifier()
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const verdicts = await Promise.all(
      [...last].map(async (letter) => verdict(await evidence(token.slice(0, -1) + letter))),
    )
    expect(verdicts.filter((each) => each === 'verified')).toHaveLength(1)
  })

  test('[BCP-4] law: changing any one character of a token rejects it', async () => {
    const token = await mint()
    const { evidence } = verifier()
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom(...'ABab01-_.='), async (place, letter) => {
        fc.pre(token[place] !== letter)
        expect(verdict(await evidence(token.slice(0, place) + letter + token.slice(place + 1)))).not.toBe('verified')
      }),
      { numRuns: 300 },
    )
  })

  test('[BCP-4] [BCP-5] law: no text makes it throw or pass', async () => {
    const { evidence } = verifier()
    const part = fc.oneof(
      fc.string(),
      fc.json().map((text) => Buffer.from(text).toString('base64url')),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
        expect(verdict(await evidence(parts.join('.')))).not.toBe('verified')
      }),
      { numRuns: 500 },
    )
  })
})

describe('claim profiles', () => {
  const scopesOf = async (overrides: Partial<Issuer>, extra: Record<string, unknown>) => {
    const evidence = await verifier(overrides).evidence(await mint({ scope: undefined, ...extra }))
    return evidence.kind === 'verified' ? [...evidence.principal.scopes] : verdict(evidence)
  }

  test.each<[string, Partial<Issuer>, Record<string, unknown>, unknown]>([
    ['no claim at all grants nothing', {}, {}, []],
    [
      'a claim with a URL for a name',
      { scopes: [{ path: ['https://x.example/claims.scope'], format: 'string' }] },
      { 'https://x.example/claims.scope': 'a b' },
      ['a', 'b'],
    ],
    [
      'a nested claim',
      { scopes: [{ path: ['realm_access', 'roles'], format: 'array' }] },
      { realm_access: { roles: ['a', 'b'] } },
      ['a', 'b'],
    ],
    [
      'a nested claim that is not there',
      { scopes: [{ path: ['realm_access', 'roles'], format: 'array' }] },
      { realm_access: 'x' },
      [],
    ],
    ['`scp` as either', { scopes: [{ path: ['scp'], format: 'either' }] }, { scp: 'a b' }, ['a', 'b']],
    [
      'several claims are joined',
      {
        scopes: [
          { path: ['scope'], format: 'string' },
          { path: ['permissions'], format: 'array' },
        ],
      },
      { scope: 'a', permissions: ['b'] },
      ['a', 'b'],
    ],
    [
      'a prefix is stripped, and what lacks it grants nothing',
      { scopes: [{ path: ['scp'], format: 'string', prefix: 'api://us/' }] },
      { scp: 'api://us/read api://them/write read api://us/' },
      ['read'],
    ],
    [
      'a list with a number condemns the token',
      { scopes: [{ path: ['scp'], format: 'array' }] },
      { scp: ['a', 5] },
      'claims',
    ],
    ['an inherited name is no claim', { scopes: [{ path: ['constructor', 'name'], format: 'either' }] }, {}, []],
    ['`__proto__` is a name like any other', { scopes: [{ path: ['__proto__'], format: 'either' }] }, {}, []],
  ])('[SCP-2] [SCP-4] %s', async (_, issuer, extra, expected) => {
    expect(await scopesOf(issuer, extra)).toEqual(expected)
  })

  const legacy: Partial<Issuer> = {
    type: { kind: 'legacy', accept: ['JWT'], distinguishedBy: [{ claim: 'scope' }], reason: 'Tested.' },
  }

  test.each<[string, Record<string, unknown>, Record<string, unknown>, string]>([
    ['an access token by its claim', {}, {}, 'verified'],
    [
      'one without the optional claims',
      { sub: undefined, client_id: undefined, jti: undefined, iat: undefined },
      {},
      'verified',
    ],
    ['at+jwt as well', {}, { typ: 'at+jwt' }, 'verified'],
    ['an ID token with a nonce', { nonce: 'n' }, {}, 'type'],
    ['an ID token with a hash', { at_hash: 'h' }, {}, 'type'],
    ['a token without the claim', { scope: undefined }, {}, 'type'],
    ['no type at all, which was not named', {}, { typ: undefined }, 'type'],
    ['a type that is not even a text', {}, { typ: 5 }, 'type'],
    ['a number as client all the same', { client_id: 5 }, {}, 'claims'],
  ])('[JAT-1] the named exception: %s', async (_, overrides, header, expected) => {
    expect(verdict(await verifier(legacy).evidence(await mint(overrides, { typ: 'JWT', ...header })))).toBe(expected)
  })
})

test('[JAT-2] RS256 can be switched off: an honest token that is signed with it is refused', async () => {
  const { evidence } = verifier({ algorithms: ['ES256'] })
  expect(verdict(await evidence(await mint({}, {}, rsa)))).toBe('algorithm')
})

describe('the cache', () => {
  test('a token seen before is answered at once, by the very same principal, without the network', async () => {
    const { network, evidence } = verifier()
    const token = await mint()
    const first = await evidence(token)
    const second = evidence(token, NOW + 1000)
    expect(second).not.toBeInstanceOf(Promise)
    expect(second).toBe(first)
    expect(network.calls).toHaveLength(1)
  })

  test('[JAT-6] it does not outlive the token', async () => {
    const { evidence } = verifier()
    const token = await mint()
    await evidence(token)
    expect(verdict(await evidence(token, NOW + 609_999))).toBe('verified')
    expect(verdict(await evidence(token, NOW + 610_000))).toBe('expired')
  })

  test('it does not outlive its key', async () => {
    const { network, evidence } = verifier()
    const token = await mint({ exp: seconds + 100_000 })
    await evidence(token)
    network.answers.set(KEYS, keySetOf(rsa))
    // Old enough for a look in the background; the look ends before the next request.
    expect(verdict(await evidence(token, NOW + 700_000))).toBe('verified')
    await new Promise((resolve) => setImmediate(resolve))
    await expect.poll(async () => verdict(await evidence(token, NOW + 700_001))).toBe('unknown_key')
  })

  test('[JWK-3] it does not outlive the ceiling of stale keys', async () => {
    const { network, evidence } = verifier({ keysMaxStaleSeconds: 3600 })
    const token = await mint({ exp: seconds + 100_000 })
    await evidence(token)
    network.answers.set(KEYS, new Error('down'))
    expect(verdict(await evidence(token, NOW + 3_599_000))).toBe('verified')
    expect(verdict(await evidence(token, NOW + 3_601_000))).toBe('unavailable')
  })

  test('what was rejected is not remembered', async () => {
    const { network, evidence } = verifier({}, keySetOf(rsa))
    const token = await mint()
    expect(verdict(await evidence(token))).toBe('unknown_key')
    network.answers.set(KEYS, keySetOf(key))
    expect(verdict(await evidence(token, NOW + 31_000))).toBe('verified')
  })
})
