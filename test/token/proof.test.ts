/** DPoP proofs: the example of RFC 9449, proofs of an independent client, and every way in which one may fail. */
import { createHash } from 'node:crypto'
import * as client from 'dpop'
import fc from 'fast-check'
import { type CryptoKey, calculateJwkThumbprint, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { ALGORITHMS } from '../../src/policy/algorithm.ts'
import { type ProofPolicy, type ProofRequest, verifyProof } from '../../src/token/proof.ts'

const policy: ProofPolicy = { algorithms: ['ES256', 'EdDSA', 'PS256'], maxAgeSeconds: 60, futureLeewaySeconds: 10 }
const NOW = 1_800_000_000
const TOKEN = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU'
const request: ProofRequest = { method: 'GET', uri: 'https://api.example.com/orders?page=2', token: TOKEN }
const sha256 = (text: string) => createHash('sha256').update(text, 'ascii').digest('base64url')

const claims = { jti: 'j-1', htm: 'GET', htu: 'https://api.example.com/orders', iat: NOW, ath: sha256(TOKEN) }

type Members = Readonly<Record<string, unknown>>

interface Holder {
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

async function holder(alg: string, options: { readonly modulusLength?: number } = {}): Promise<Holder> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true, ...options })
  return { alg, privateKey, jwk: await exportJWK(publicKey) }
}

let ec: Holder
let rsa: Holder
let ed: Holder
beforeAll(async () => {
  ec = await holder('ES256')
  rsa = await holder('PS256')
  ed = await holder('EdDSA')
})

/** What is `undefined` is left out. */
const plain = (members: Members): Record<string, unknown> => JSON.parse(JSON.stringify(members))

/** A proof as the client makes it; its claims and header may be overridden. */
const prove = (overrides: Members = {}, header: Members = {}, by: Holder = ec): Promise<string> =>
  new SignJWT(plain({ ...claims, ...overrides }))
    .setProtectedHeader({ alg: by.alg, ...plain({ typ: 'dpop+jwt', jwk: by.jwk, ...header }) })
    .sign(by.privateKey)

const segment = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
/** One that no client library would make: nothing signs it. */
const forge = (header: Members, signature = 'AAAA', body: Members = claims) =>
  `${segment({ typ: 'dpop+jwt', alg: 'ES256', jwk: ec.jwk, ...header })}.${segment(body)}.${signature}`

async function verdict(
  header: string | null,
  asked: Partial<ProofRequest> = {},
  rules: Partial<ProofPolicy> = {},
  now = NOW,
): Promise<string> {
  const result = await verifyProof(header, { ...request, ...asked }, { ...policy, ...rules }, now)
  return result.ok ? 'good' : result.error
}

describe("the RFC's own example", () => {
  const PROOF = [
    'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19',
    'eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9',
    '2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA',
  ].join('.')
  const asked: ProofRequest = { method: 'GET', uri: 'https://resource.example.org/protectedresource', token: TOKEN }
  const MADE_AT = 1_562_262_618

  test('[DPP-1] [DPP-7] [DPP-11] [DPP-16] [DPP-17] holds, and names its key as `cnf.jkt` would', async () => {
    expect(await verifyProof(PROOF, asked, policy, MADE_AT)).toEqual({
      ok: true,
      value: { thumbprint: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I', id: 'e1j3V_bKic8-LAEB', issuedAt: MADE_AT },
    })
  })

  test.each<[string, string, Partial<ProofRequest>, number, string]>([
    ['[DPP-12] of another method', PROOF, { method: 'POST' }, MADE_AT, 'method'],
    ['[DPP-13] of another path', PROOF, { uri: `${asked.uri}s` }, MADE_AT, 'uri'],
    ['[DPP-16] with another token', PROOF, { token: `${TOKEN}V` }, MADE_AT, 'token_hash'],
    ['[DPP-6] sent twice', `${PROOF}, ${PROOF}`, {}, MADE_AT, 'several'],
    ['[DPP-15] an hour later', PROOF, {}, MADE_AT + 3600, 'stale'],
    ['[DPP-15] an hour earlier', PROOF, {}, MADE_AT - 3600, 'stale'],
    ['[DPP-11] with another signature', PROOF.replace('2oW9', '3oW9'), {}, MADE_AT, 'signature'],
    ['[DPP-11] with another key', PROOF.replace('IkVDIiwieCI6Im', 'IkVDIiwieCI6In'), {}, MADE_AT, 'key'],
  ])('%s it fails', async (_, proof, change, now, fault) => {
    expect(await verdict(proof, { ...asked, ...change }, {}, now)).toBe(fault)
  })

  test('[DPP-17] [DPP-11] under another key, even with all else as it was, it is the proof of that key', async () => {
    const result = await verifyProof(await prove(), request, policy, NOW)
    expect(result).toEqual({
      ok: true,
      value: { thumbprint: await calculateJwkThumbprint(ec.jwk), id: 'j-1', issuedAt: NOW },
    })
    expect(result).not.toEqual(await verifyProof(await prove({}, {}, ed), request, policy, NOW))
  })
})

describe('[DPP-11] proofs of an independent client', () => {
  test.each(['ES256', 'Ed25519', 'RS256', 'PS256'] as const)('hold with %s, and with no other token', async (alg) => {
    const keys = await client.generateKeyPair(alg)
    const proof = await client.generateProof(keys, claims.htu, 'GET', undefined, TOKEN)
    const rules: ProofPolicy = { ...policy, algorithms: [alg] }
    const now = Math.floor(Date.now() / 1000)
    const result = await verifyProof(proof, request, rules, now)
    expect(result).toMatchObject({ ok: true, value: { thumbprint: await client.calculateThumbprint(keys.publicKey) } })
    expect(await verifyProof(proof, { ...request, token: 'other' }, rules, now)).toEqual({
      ok: false,
      error: 'token_hash',
    })
  })

  test('[DPP-14] carry the nonce that they were given', async () => {
    const keys = await client.generateKeyPair('ES256')
    const proof = await client.generateProof(keys, claims.htu, 'GET', 'n-1', TOKEN)
    const result = await verifyProof(
      proof,
      request,
      policy,
      Math.floor(Date.now() / 1000),
      async (nonce) => nonce === 'n-1',
    )
    expect(result).toMatchObject({ ok: true, value: { nonce: 'n-1' } })
  })

  test('[DPP-8] made for a token endpoint, without `ath`, prove nothing here', async () => {
    const proof = await client.generateProof(await client.generateKeyPair('ES256'), claims.htu, 'GET')
    expect(await verifyProof(proof, request, policy, Math.floor(Date.now() / 1000))).toEqual({
      ok: false,
      error: 'claims',
    })
  })
})

describe('the field', () => {
  test('[DPP-6] [DPP-7] holds one proof of at most 8192 characters', async () => {
    const proof = await prove()
    expect(await verdict(null)).toBe('missing')
    expect(await verdict('')).toBe('not_a_jwt')
    expect(await verdict(`${proof},${proof}`)).toBe('several')
    expect(await verdict(`${proof},`)).toBe('several')
    const filled = async (characters: number) => prove({ jti: 'j'.repeat(characters) })
    const overhead = (await filled(4)).length - 6
    const largest = await filled(Math.floor(((8192 - overhead) * 3) / 4))
    expect(largest.length).toBeGreaterThan(8188)
    expect(largest.length).toBeLessThanOrEqual(8192)
    expect(await verdict(largest)).toBe('good')
    expect(await verdict(await filled(6200))).toBe('too_large')
    expect(await verdict('a'.repeat(8193))).toBe('too_large')
  })

  test.each<[string, (proof: string) => string]>([
    ['a space before it', (proof) => ` ${proof}`],
    ['a scheme before it', (proof) => `DPoP ${proof}`],
    ['padding', (proof) => `${proof}=`],
    ['a fourth segment', (proof) => `${proof}.`],
    ['five segments', (proof) => `${proof}.AA.AA`],
    ['no signature', (proof) => proof.slice(0, proof.lastIndexOf('.') + 1)],
    ['stray bits in its signature', (proof) => `${proof.slice(0, -1)}${proof.endsWith('B') ? 'C' : 'B'}`],
    ['a semicolon for a comma', (proof) => `${proof};${proof}`],
    ['claims that are a list', (proof) => proof.replace(/\.[^.]+\./, `.${segment([claims])}.`)],
    ['claims that are no JSON', (proof) => proof.replace(/\.[^.]+\./, '.e30x.')],
    ['JSON serialization', () => '{}'],
  ])('[DPP-7] a proof with %s is no JWT', async (_, change) => {
    expect(await verdict(change(await prove()))).toBe('not_a_jwt')
  })

  test.each(['crit', 'b64', 'zip', 'cty', 'enc'])('[DPP-7] a header with `%s` is refused', async (name) => {
    expect(await verdict(forge({ [name]: [name] }))).toBe('header')
  })
})

describe('the header', () => {
  test.each(['dpop+jwt', 'DPoP+JWT', 'application/dpop+jwt', 'Application/DPoP+jwt'])(
    '[DPP-9] the type may be %s',
    async (typ) => {
      expect(await verdict(await prove({}, { typ }))).toBe('good')
    },
  )

  test.each([
    undefined,
    null,
    5,
    '',
    'JWT',
    'at+jwt',
    'dpop',
    'dpop+jwt ',
    'text/dpop+jwt',
    'application/application/dpop+jwt',
    ['dpop+jwt'],
  ])('[DPP-9] the type may not be %j', async (typ) => {
    expect(await verdict(await prove({}, { typ }))).toBe('type')
  })

  test.each(['none', 'None', 'HS256', 'RS256', 'ES384', 'es256', 'RSA1_5', '', null, 5, ['ES256'], undefined])(
    '[DPP-10] alg %j is not on the list',
    async (alg) => {
      expect(await verdict(forge({ alg }))).toBe('algorithm')
    },
  )

  test.each(ALGORITHMS)('[DPP-10] %s serves where the policy has it, and not where it does not', async (alg) => {
    const proof = await prove({}, {}, await holder(alg))
    expect(await verdict(proof, {}, { algorithms: [alg] })).toBe('good')
    expect(await verdict(proof, {}, { algorithms: alg === 'ES256' ? ['PS256'] : ['ES256'] })).toBe('algorithm')
    expect(await verdict(proof, {}, { algorithms: [] })).toBe('algorithm')
  })

  test('[DPP-10] EdDSA and Ed25519 are one algorithm', async () => {
    const other = await holder('Ed25519')
    expect(await verdict(await prove({}, {}, ed), {}, { algorithms: ['Ed25519'] })).toBe('good')
    expect(await verdict(await prove({}, {}, other), {}, { algorithms: ['EdDSA'] })).toBe('good')
  })

  test('[DPP-10] [DPP-11] a public key is no secret: neither its text nor its bytes make a MAC that counts', async () => {
    const secrets = [
      await exportSPKI((await generateKeyPair('PS256', { extractable: true })).publicKey),
      JSON.stringify(ec.jwk),
    ]
    for (const secret of secrets) {
      const key = new TextEncoder().encode(secret)
      for (const jwk of [rsa.jwk, ec.jwk, { kty: 'oct', k: Buffer.from(key).toString('base64url') }]) {
        const proof = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'dpop+jwt', jwk }).sign(key)
        expect(await verdict(proof)).toBe('algorithm')
      }
    }
  })

  test.each<[string, (own: JWK) => unknown]>([
    ['missing', () => undefined],
    ['null', () => null],
    ['a text', JSON.stringify],
    ['a list', (own) => [own]],
    ['empty', () => ({})],
    ['symmetric', () => ({ kty: 'oct', k: 'AAAA' })],
    ['of no kind', ({ kty: _, ...rest }) => rest],
    ['of the wrong kind', (own) => ({ ...own, kty: 'OKP' })],
    ['an RSA key for ES256', () => rsa.jwk],
    ['an Ed25519 key for ES256', () => ed.jwk],
    ['of another curve', (own) => ({ ...own, crv: 'P-384' })],
    ['of a curve nobody signs with here', (own) => ({ ...own, crv: 'secp256k1' })],
    ['of no curve', ({ crv: _, ...rest }) => rest],
    ['without a coordinate', ({ y: _, ...rest }) => rest],
    ['with a number as coordinate', (own) => ({ ...own, x: 5 })],
    ['off the curve', (own) => ({ ...own, y: own.x })],
    ['too short', (own) => ({ ...own, x: 'AAAA' })],
    ['for encryption', (own) => ({ ...own, use: 'enc' })],
    ['for signing only', (own) => ({ ...own, key_ops: ['sign'] })],
    ['for another algorithm', (own) => ({ ...own, alg: 'ES384' })],
    ['for an algorithm that is no text', (own) => ({ ...own, alg: ['ES256'] })],
  ])('[DPP-11] a key that is %s is none', async (_, change) => {
    expect(await verdict(await prove({}, { jwk: change(ec.jwk) }))).toBe('key')
  })

  test.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])('[DPP-11] a key with `%s` was given away', async (name) => {
    for (const each of [ec, rsa, ed])
      for (const value of ['AAAA', '', null])
        expect(await verdict(await prove({}, { jwk: { ...each.jwk, [name]: value } }, each))).toBe('key')
  })

  test('[DPP-11] a whole private key is refused, though its proof is good otherwise', async () => {
    for (const each of [ec, rsa, ed])
      expect(await verdict(await prove({}, { jwk: await exportJWK(each.privateKey) }, each))).toBe('key')
  })

  test('[DPP-11] a key may say what it is for, and bear names', async () => {
    const jwk = {
      ...ec.jwk,
      use: 'sig',
      key_ops: ['verify'],
      alg: 'ES256',
      ext: true,
      kid: 'mine',
      x5u: 'https://evil.example/',
    }
    const result = await verifyProof(await prove({}, { jwk }), request, policy, NOW)
    expect(result).toMatchObject({ ok: true, value: { thumbprint: await calculateJwkThumbprint(ec.jwk) } })
  })

  test('[DPP-11] another key than the one that signed does not verify', async () => {
    const other = await holder('ES256')
    expect(await verdict(await prove({}, { jwk: other.jwk }))).toBe('signature')
    expect(await verdict(await prove({}, { jwk: (await holder('PS256')).jwk }, rsa))).toBe('signature')
  })

  test('[DPP-11] keys and addresses elsewhere in the header are not looked at', async () => {
    const other = await holder('ES256')
    const header = { jku: 'https://evil.example/keys', x5u: 'https://evil.example/x', x5c: ['AA=='], kid: 'k' }
    expect(await verdict(await prove({}, header))).toBe('good')
    expect(await verdict(await prove({}, { ...header, jwk: undefined, x5c: [other.jwk] }))).toBe('key')
  })
})

describe('[DPP-11] the size of an RSA key', () => {
  const rsaKey = async (modulusLength: number): Promise<Holder> => {
    const made = await crypto.subtle.generateKey(
      { name: 'RSASSA-PKCS1-v1_5', modulusLength, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
      true,
      ['sign', 'verify'],
    )
    return { alg: 'RS256', privateKey: made.privateKey, jwk: await exportJWK(made.publicKey) }
  }
  const signed = async ({ privateKey, jwk }: Holder) => {
    const input = forge({ alg: 'RS256', jwk }).split('.').slice(0, 2).join('.')
    const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', privateKey, new TextEncoder().encode(input))
    return `${input}.${Buffer.from(signature).toString('base64url')}`
  }
  const rules: Partial<ProofPolicy> = { algorithms: ['RS256'] }

  test('has a floor', async () => {
    expect(await verdict(await signed(await rsaKey(1024)), {}, rules)).toBe('key')
    expect(await verdict(await signed(await rsaKey(2040)), {}, rules)).toBe('key')
    expect(await verdict(await signed(await rsaKey(2048)), {}, rules)).toBe('good')
  })

  test('has a ceiling, and so has its exponent: nobody makes the gate work for him', async () => {
    const number = (bytes: number) => Buffer.alloc(bytes, 0xff).toString('base64url')
    const verify = vi.spyOn(crypto.subtle, 'verify')
    try {
      expect(await verdict(forge({ alg: 'RS256', jwk: { kty: 'RSA', e: 'AQAB', n: number(1032) } }), {}, rules)).toBe(
        'key',
      )
      expect(
        await verdict(forge({ alg: 'RS256', jwk: { kty: 'RSA', e: number(256), n: number(256) } }), {}, rules),
      ).toBe('key')
      expect(verify).not.toHaveBeenCalled()
      expect(await verdict(forge({ alg: 'RS256', jwk: { kty: 'RSA', e: 'AQAB', n: number(1024) } }), {}, rules)).toBe(
        'signature',
      )
    } finally {
      vi.restoreAllMocks()
    }
  })
})

describe('the claims', () => {
  test.each<[string, Members]>([
    ...['jti', 'htm', 'htu', 'iat', 'ath'].flatMap((name): [string, Members][] => [
      [`no ${name}`, { [name]: undefined }],
      [`null as ${name}`, { [name]: null }],
      [`a list as ${name}`, { [name]: [claims[name as keyof typeof claims]] }],
    ]),
    ['an empty jti', { jti: '' }],
    ['a number as jti', { jti: 5 }],
    ['a text as iat', { iat: String(NOW) }],
    ['a number as nonce', { nonce: 5 }],
    ['null as nonce', { nonce: null }],
    ['a text as exp', { exp: String(NOW + 60) }],
    ['null as nbf', { nbf: null }],
  ])('[DPP-8] %s is a fault', async (_, overrides) => {
    expect(await verdict(await prove(overrides))).toBe('claims')
  })

  test('[DPP-8] a number beyond all numbers is no time', async () => {
    const body = Buffer.from(JSON.stringify(claims).replace(String(NOW), '1e999')).toString('base64url')
    expect(await verdict(`${forge({}).split('.')[0]}.${body}.AAAA`)).toBe('claims')
  })

  // biome-ignore format: a list of pairs
  test.each([
    ['GET', 'HEAD'], ['HEAD', 'GET'], ['get', 'GET'], ['GET', 'get'], ['Post', 'POST'], ['GET ', 'GET'], ['', 'GET'],
  ])('[DPP-12] a proof for %j is none for %j', async (htm, method) => {
    expect(await verdict(await prove({ htm }), { method })).toBe('method')
    expect(await verdict(await prove({ htm: method }), { method })).toBe('good')
  })

  test.each([
    'https://api.example.com/orders',
    'https://api.example.com/orders?page=3',
    'https://api.example.com/orders#top',
    'HTTPS://API.example.com:443/x/../orders',
    'https://api.example.com/%6frders',
  ])('[DPP-13] %s is the URI of the request', async (htu) => {
    expect(await verdict(await prove({ htu }))).toBe('good')
    expect(await verdict(await prove(), { uri: htu })).toBe('good')
  })

  test.each([
    'http://api.example.com/orders',
    'https://api.example.com/orders/',
    'https://api.example.com//orders',
    'https://api.example.com/Orders',
    'https://api.example.com/orders%2F',
    'https://api.example.com:8443/orders',
    'https://api.example.com.evil.example/orders',
    'https://user@api.example.com/orders',
    'https:\\\\api.example.com\\orders',
    ' https://api.example.com/orders',
    '/orders',
    '',
  ])('[DPP-13] %j is not', async (htu) => {
    expect(await verdict(await prove({ htu }))).toBe('uri')
    expect(await verdict(await prove(), { uri: htu })).toBe('uri')
  })

  test('[DPP-13] two URIs that cannot be read are not the same', async () => {
    expect(await verdict(await prove({ htu: 'nonsense' }), { uri: 'nonsense' })).toBe('uri')
  })

  test.each([
    sha256('other'),
    `${sha256(TOKEN)}=`,
    sha256(TOKEN).toLowerCase(),
    createHash('sha256').update(TOKEN).digest('hex'),
    '',
    TOKEN,
  ])('[DPP-16] ath %j is not the hash of the token', async (ath) => {
    expect(await verdict(await prove({ ath }))).toBe('token_hash')
  })
})

describe('[DPP-15] [DPP-18] its time', () => {
  test.each<[Members, string]>([
    [{ iat: NOW - 60 }, 'good'],
    [{ iat: NOW - 61 }, 'stale'],
    [{ iat: NOW - 60.5 }, 'stale'],
    [{ iat: NOW + 10 }, 'good'],
    [{ iat: NOW + 11 }, 'stale'],
    [{ iat: 0 }, 'stale'],
    [{ iat: -NOW }, 'stale'],
    [{ iat: NOW * 1000 }, 'stale'],
    [{ nonce: 'n', iat: NOW - 61 }, 'stale'],
    [{ exp: NOW + 5 }, 'good'],
    [{ exp: NOW - 9 }, 'good'],
    [{ exp: NOW - 10 }, 'stale'],
    [{ nbf: NOW + 10 }, 'good'],
    [{ nbf: NOW + 11 }, 'stale'],
    [{ exp: 0 }, 'stale'],
  ])('%j is %s', async (times, expected) => {
    expect(await verdict(await prove(times))).toBe(expected)
  })

  test('is what the policy says', async () => {
    expect(await verdict(await prove({ iat: NOW - 300 }), {}, { maxAgeSeconds: 300 })).toBe('good')
    expect(await verdict(await prove({ iat: NOW - 6 }), {}, { maxAgeSeconds: 5 })).toBe('stale')
    expect(await verdict(await prove({ iat: NOW + 1 }), {}, { futureLeewaySeconds: 0 })).toBe('stale')
  })
})

describe('[DPP-14] [DPP-22] its nonce', () => {
  const withNonce = async (overrides: Members, isKnown: (nonce: string) => Promise<boolean>) => {
    const result = await verifyProof(await prove(overrides), request, policy, NOW, isKnown)
    return result.ok ? (result.value.nonce ?? 'none') : result.error
  }
  const isOurs = async (nonce: string) => nonce === 'ours'

  test.each<[Members, string]>([
    [{ nonce: 'ours' }, 'ours'],
    [{ nonce: 'theirs' }, 'none'],
    [{ nonce: '' }, 'none'],
    [{}, 'none'],
    // Where our nonce says when it was made, the client's clock may be wrong, within bounds.
    [{ nonce: 'ours', iat: NOW - 300 }, 'ours'],
    [{ nonce: 'ours', iat: NOW + 300 }, 'ours'],
    [{ nonce: 'ours', iat: NOW - 301 }, 'stale'],
    [{ nonce: 'ours', iat: NOW + 301 }, 'stale'],
    [{ nonce: 'ours', iat: NOW + 200, nbf: NOW + 200, exp: NOW + 260 }, 'ours'],
    [{ nonce: 'ours', iat: NOW - 200, exp: NOW - 140 }, 'ours'],
    [{ nonce: 'theirs', iat: NOW - 61 }, 'stale'],
    [{ nonce: 'theirs', iat: NOW + 11 }, 'stale'],
    [{ nonce: 'theirs', exp: NOW - 10 }, 'stale'],
    [{ iat: NOW - 61 }, 'stale'],
  ])('%j: %s', async (overrides, expected) => {
    expect(await withNonce(overrides, isOurs)).toBe(expected)
  })

  test('is no nonce of ours where nobody can say so', async () => {
    const isBroken = () => Promise.reject(new Error('no secret'))
    expect(await withNonce({ nonce: 'ours' }, isBroken)).toBe('none')
    expect(await withNonce({ nonce: 'ours', iat: NOW - 100 }, isBroken)).toBe('stale')
    expect(await verifyProof(await prove({ nonce: 'ours' }), request, policy, NOW)).toMatchObject({ ok: true })
    expect(await verdict(await prove({ nonce: 'ours', iat: NOW - 100 }))).toBe('stale')
  })

  test('is not asked after before the signature holds', async () => {
    const isKnown = vi.fn(isOurs)
    const proof = await prove({ nonce: 'ours' })
    const [header, body] = proof.split('.')
    const [, , signature] = (await prove({ nonce: 'other' })).split('.')
    expect(await verifyProof(`${header}.${body}.${signature}`, request, policy, NOW, isKnown)).toEqual({
      ok: false,
      error: 'signature',
    })
    expect(isKnown).not.toHaveBeenCalled()
    await verifyProof(proof, request, policy, NOW, isKnown)
    expect(isKnown.mock.calls).toEqual([['ours']])
  })
})

test('[DPP-18] [DPP-19] what is cheap is checked first: a bad proof costs no signature', async () => {
  const proofs = [
    forge({ typ: 'JWT' }),
    forge({ alg: 'HS256' }),
    forge({ jwk: rsa.jwk }),
    forge({}, 'AAAA', { ...claims, jti: 5 }),
    forge({}, 'AAAA', { ...claims, htm: 'PUT' }),
    forge({}, 'AAAA', { ...claims, htu: 'x' }),
    forge({}, 'AAAA', { ...claims, ath: 'x' }),
    forge({}, 'AAAA', { ...claims, iat: NOW - 61 }),
  ]
  const [verify, importKey] = [vi.spyOn(crypto.subtle, 'verify'), vi.spyOn(crypto.subtle, 'importKey')]
  try {
    const faults = await Promise.all(proofs.map((proof) => verdict(proof)))
    expect(faults).toEqual(['type', 'algorithm', 'key', 'claims', 'method', 'uri', 'token_hash', 'stale'])
    expect([verify.mock.calls.length, importKey.mock.calls.length]).toEqual([0, 0])
  } finally {
    vi.restoreAllMocks()
  }
})

describe('laws', () => {
  test('[DPP-11] changing any one character of a proof rejects it', async () => {
    const proof = await prove()
    await fc.assert(
      fc.asyncProperty(fc.nat(proof.length - 1), fc.constantFrom(...'ABab01-_.='), async (place, letter) => {
        fc.pre(proof[place] !== letter)
        expect(await verdict(proof.slice(0, place) + letter + proof.slice(place + 1))).not.toBe('good')
      }),
      { numRuns: 300 },
    )
  })

  const part = fc.oneof(
    fc.string(),
    fc.json().map((text) => Buffer.from(text).toString('base64url')),
  )
  const joseHeader = fc.record(
    {
      typ: fc.constantFrom('dpop+jwt', 'JWT'),
      alg: fc.constantFrom('ES256', 'EdDSA', 'PS256', 'none'),
      jwk: fc.oneof(
        fc.jsonValue(),
        fc.record(
          {
            kty: fc.constantFrom('EC', 'RSA', 'OKP', 'oct'),
            crv: fc.constantFrom('P-256', 'Ed25519', 'P-521'),
            x: part,
            y: part,
            n: part,
            e: fc.constantFrom('AQAB', 'AQ', ''),
            alg: fc.jsonValue(),
            key_ops: fc.jsonValue(),
          },
          { requiredKeys: ['kty'] },
        ),
      ),
    },
    { requiredKeys: ['typ', 'alg'] },
  )
  const body = fc.oneof(
    fc.constant(claims),
    fc.record(
      {
        jti: fc.jsonValue(),
        htm: fc.constant('GET'),
        htu: fc.webUrl(),
        iat: fc.double(),
        ath: fc.jsonValue(),
        nonce: fc.jsonValue(),
      },
      { requiredKeys: [] },
    ),
  )
  const headers = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(part, { maxLength: 5 }).map((parts) => parts.join('.')),
    fc.tuple(joseHeader, body).map(([header, claimed]) => `${segment(header)}.${segment(claimed)}.AAAA`),
  )

  test('[DPP-7] no text makes it throw or pass', async () => {
    await fc.assert(
      fc.asyncProperty(headers, fc.string(), async (header, uri) => {
        expect(await verdict(header)).not.toBe('good')
        expect(await verdict(header, { uri, method: uri, token: uri })).not.toBe('good')
      }),
      { numRuns: 1000 },
    )
  })

  test('[DPP-12] [DPP-13] [DPP-16] a proof serves the request that it was made for, and no other', async () => {
    const requests = fc.record({
      method: fc.constantFrom('GET', 'HEAD', 'POST'),
      uri: fc.constantFrom('https://a.example/', 'https://a.example/b', 'https://b.example/b'),
      token: fc.constantFrom('t-1', 't-2', TOKEN),
    })
    await fc.assert(
      fc.asyncProperty(requests, requests, async (made, asked) => {
        const proof = await prove({ htm: made.method, htu: made.uri, ath: sha256(made.token) }, {}, ed)
        const isSame = made.method === asked.method && made.uri === asked.uri && made.token === asked.token
        expect((await verdict(proof, asked)) === 'good').toBe(isSame)
      }),
      { numRuns: 150 },
    )
  })
})
