/** One issuer's keys: which are used, when they are fetched, and what happens when they cannot be. */
import { type CryptoKey, exportJWK, generateKeyPair, generateSecret } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Issuer } from '../../src/policy/issuer.ts'
import { fetchKeySet } from '../../src/token/discovery.ts'
import { readKeySet, selectKey } from '../../src/token/jwks.ts'
import { createKeySet, type RememberedKeySet } from '../../src/token/key-set.ts'
import { issuerAt } from '../support/environment.ts'
import { background, fakeNetwork, keySetOf } from '../support/fake-network.ts'
import { type SigningKey, signingKey } from '../support/static-issuer.ts'

const KEYS = 'https://login.example.com/jwks'
const issuer = (overrides: Partial<Issuer> = {}) =>
  issuerAt('https://login.example.com', { keys: { kind: 'jwks', uri: KEYS }, ...overrides })
const NOW = 1_800_000_000_000

let key: SigningKey
let other: SigningKey
beforeAll(async () => {
  key = await signingKey('ES256', 'k1')
  other = await signingKey('ES256', 'k2')
})

describe('which keys are used', () => {
  const usable = async (jwks: unknown, overrides: Partial<Issuer> = {}) =>
    (await readKeySet(jwks, issuer(overrides)))?.map(({ kid, algorithm }) => [kid, algorithm])

  test('[BCP-2] [BCP-3] [BCP-13] those that cannot verify are left out, and the good ones stay', async () => {
    const weak = await exportJWK(
      (
        await crypto.subtle.generateKey(
          {
            name: 'RSASSA-PKCS1-v1_5',
            modulusLength: 1024,
            publicExponent: new Uint8Array([1, 0, 1]),
            hash: 'SHA-256',
          },
          true,
          ['sign', 'verify'],
        )
      ).publicKey as CryptoKey,
    )
    const secret = await exportJWK(await generateSecret('HS256', { extractable: true }))
    const jwk = key.publicJwk
    const keys = [
      { ...weak, kid: 'weak' },
      { ...secret, kid: 'secret', alg: 'HS256' },
      { ...jwk, kid: 'encryption', use: 'enc' },
      { ...jwk, kid: 'other-use', key_ops: ['sign'] },
      { ...jwk, kid: 'other-alg', alg: 'ES384' },
      { ...jwk, kid: 'no-point', x: 'AA' },
      { ...(await exportJWK(key.privateKey)), kid: 'private' },
      { ...jwk, kid: 5 },
      { kty: 'NEW', kid: 'unknown' },
      null,
      'text',
      { ...jwk, kid: 'good' },
    ]
    expect(await usable({ keys })).toEqual([['good', 'ES256']])
  })

  test('[BCP-2] a key without `alg` is bound to the first allowed algorithm of its type', async () => {
    const { publicKey } = await generateKeyPair('RS256', { extractable: true })
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'r' }] }
    expect(await usable(jwks, { algorithms: ['ES256', 'PS256', 'RS256'] })).toEqual([['r', 'PS256']])
  })

  test('[BCP-10] `EdDSA` and `Ed25519` are one algorithm', async () => {
    const own = await signingKey('Ed25519', 'e')
    const keys = await readKeySet(keySetOf(own), issuer({ algorithms: ['EdDSA'] }))
    expect(selectKey(keys ?? [], 'e', 'EdDSA')).toBeDefined()
    expect(selectKey(keys ?? [], 'e', 'Ed25519')).toBeDefined()
  })

  test.each([undefined, null, [], 'text', {}, { keys: {} }])('%j is no key set', async (document) => {
    expect(await readKeySet(document, issuer())).toBeUndefined()
  })

  test('[JWK-2] of two keys with one `kid` neither is tried; without a `kid` only a single key will do', async () => {
    const twins = (await readKeySet({ keys: [key.publicJwk, { ...other.publicJwk, kid: 'k1' }] }, issuer())) ?? []
    expect(selectKey(twins, 'k1', 'ES256')).toBeUndefined()
    expect(selectKey(twins, undefined, 'ES256')).toBeUndefined()
    const single = (await readKeySet(keySetOf(key), issuer())) ?? []
    expect(selectKey(single, undefined, 'ES256')?.kid).toBe('k1')
  })

  test('[JWK-2] [FAP-7] two keys with one `kid` are told apart by their algorithms', async () => {
    const rsa = await signingKey('RS256', 'k1')
    const keys = (await readKeySet(keySetOf(key, rsa), issuer())) ?? []
    expect(['ES256', 'RS256'].map((alg) => selectKey(keys, 'k1', alg)?.algorithm)).toEqual(['ES256', 'RS256'])
  })
})

describe('where they are', () => {
  const fetched = (keys: Issuer['keys'], name: string, answers: Record<string, unknown>) => {
    const network = fakeNetwork()
    for (const [address, answer] of Object.entries(answers)) network.answers.set(address, answer)
    return fetchKeySet(issuerAt(name, { keys }), network.fetch, AbortSignal.timeout(1000)).then(
      () => network.calls,
      (fault: { code?: string }) => fault.code,
    )
  }
  const metadata = (name: string, uri: unknown = KEYS) => ({ issuer: name, jwks_uri: uri })

  test.each<[string, Issuer['keys'], string, Record<string, unknown>, unknown]>([
    [
      'OpenID appends',
      { kind: 'oidc' },
      'https://a.example/t/',
      { 'https://a.example/t/.well-known/openid-configuration': metadata('https://a.example/t/'), [KEYS]: {} },
      ['https://a.example/t/.well-known/openid-configuration', KEYS],
    ],
    [
      'RFC 8414 inserts',
      { kind: 'oauth' },
      'https://a.example/t',
      { 'https://a.example/.well-known/oauth-authorization-server/t': metadata('https://a.example/t'), [KEYS]: {} },
      ['https://a.example/.well-known/oauth-authorization-server/t', KEYS],
    ],
    ['an address is an address', { kind: 'jwks', uri: KEYS }, 'https://a.example', { [KEYS]: {} }, [KEYS]],
    [
      'metadata of another issuer is refused',
      { kind: 'oidc' },
      'https://a.example',
      { 'https://a.example/.well-known/openid-configuration': metadata('https://a.example/') },
      'wrong_issuer',
    ],
    [
      'plain http is refused',
      { kind: 'oidc' },
      'https://a.example',
      { 'https://a.example/.well-known/openid-configuration': metadata('https://a.example', 'http://a.example/jwks') },
      'insecure_address',
    ],
    [
      'plain http on this machine is not',
      { kind: 'jwks', uri: 'http://127.0.0.1:1/jwks' },
      'https://a.example',
      { 'http://127.0.0.1:1/jwks': {} },
      ['http://127.0.0.1:1/jwks'],
    ],
    [
      'a host that only looks local is refused',
      { kind: 'jwks', uri: 'http://localhost.evil.example/jwks' },
      'https://a.example',
      {},
      'insecure_address',
    ],
    [
      'no address',
      { kind: 'oidc' },
      'https://a.example',
      { 'https://a.example/.well-known/openid-configuration': metadata('https://a.example', null) },
      'bad_answer',
    ],
    ['an error', { kind: 'jwks', uri: KEYS }, 'https://a.example', { [KEYS]: 500 }, 'bad_answer'],
    ['a redirect is not followed', { kind: 'jwks', uri: KEYS }, 'https://a.example', { [KEYS]: 302 }, 'bad_answer'],
    [
      'no connection',
      { kind: 'jwks', uri: KEYS },
      'https://a.example',
      { [KEYS]: new Error('refused') },
      'unreachable',
    ],
    ['no JSON', { kind: 'jwks', uri: KEYS }, 'https://a.example', { [KEYS]: '<html>' }, 'not_json'],
    ['too much', { kind: 'jwks', uri: KEYS }, 'https://a.example', { [KEYS]: `"${'a'.repeat(600_000)}"` }, 'too_large'],
  ])('%s', async (_, keys, name, answers, expected) => {
    expect(await fetched(keys, name, answers)).toEqual(expected)
  })

  test('[JWK-1] redirects are not followed, and no fetch waits for ever', async () => {
    const network = fakeNetwork()
    network.answers.set(KEYS, keySetOf(key))
    const signal = AbortSignal.timeout(1000)
    await fetchKeySet(issuer(), network.fetch, signal)
    expect(network.inits).toMatchObject([{ redirect: 'manual', signal }])
  })
})

test('[JWK-2] [FAP-7] a key that is listed twice is one key', async () => {
  const read = await readKeySet({ keys: [key.publicJwk, { ...key.publicJwk }] }, issuer())
  expect(selectKey(read ?? [], 'k1', 'ES256')?.kid).toBe('k1')
})

describe('when they are fetched', () => {
  function keySet(overrides: Partial<Issuer> = {}, memory?: Map<string, RememberedKeySet>) {
    const network = fakeNetwork()
    network.answers.set(KEYS, keySetOf(key))
    const { waitUntil, settled } = background()
    const port = memory && {
      load: ({ issuer: name }: Issuer) => Promise.resolve(memory.get(name)),
      save: async ({ issuer: name }: Issuer, remembered: RememberedKeySet) => void memory.set(name, remembered),
    }
    const set = createKeySet(issuer(overrides), network.fetch, port)
    return {
      network,
      set,
      settled,
      find: async (kid: string, now = NOW) => (await set.find(kid, 'ES256', now, waitUntil)).kind,
      waitUntil,
    }
  }

  test('[JWK-1] forty at once fetch once', async () => {
    const { network, find } = keySet()
    expect(new Set(await Promise.all(Array.from({ length: 40 }, () => find('k1'))))).toEqual(new Set(['key']))
    expect(network.calls).toHaveLength(1)
  })

  test('[JWK-2] forty unknown keys fetch once a cool-down', async () => {
    const { network, find } = keySet()
    await find('k1')
    expect(new Set(await Promise.all(Array.from({ length: 40 }, (_, index) => find(`u${index}`, NOW + 1))))).toEqual(
      new Set(['unknown']),
    )
    expect(network.calls).toHaveLength(2)
    await find('u', NOW + 29_000)
    expect(network.calls).toHaveLength(2)
    await find('u', NOW + 31_000)
    expect(network.calls).toHaveLength(3)
  })

  test('old keys are refreshed in the background; the request does not wait', async () => {
    const { network, find, settled, set } = keySet()
    await find('k1')
    network.answers.set(KEYS, keySetOf(key, other))
    expect(await find('k1', NOW + 600_001)).toBe('key')
    await settled()
    expect([network.calls.length, set.generation()]).toEqual([2, 2])
  })

  test('the same keys in another order are the same keys', async () => {
    const { network, find, settled, set } = keySet()
    network.answers.set(KEYS, keySetOf(key, other))
    await find('k1')
    network.answers.set(KEYS, keySetOf(other, key))
    await find('k1', NOW + 600_001)
    await settled()
    expect([network.calls.length, set.generation()]).toEqual([2, 1])
  })

  test('[JWK-3] an issuer that is down serves its known keys up to the ceiling, and an unknown key is "cannot say"', async () => {
    const { network, find } = keySet({ keysMaxStaleSeconds: 3600 })
    await find('k1')
    network.answers.set(KEYS, new Error('down'))
    expect(await find('k1', NOW + 3_000_000)).toBe('key')
    expect(await find('new', NOW + 3_100_000)).toBe('unavailable')
    expect(await find('k1', NOW + 3_600_000)).toBe('unavailable')
    network.answers.set(KEYS, keySetOf(key))
    expect(await find('k1', NOW + 3_700_000)).toBe('key')
  })

  test('an issuer that never answered is asked again after a short while, not by every request', async () => {
    const { network, find } = keySet()
    network.answers.set(KEYS, 500)
    expect(await find('k1')).toBe('unavailable')
    expect(await find('k1', NOW + 1000)).toBe('unavailable')
    expect(network.calls).toHaveLength(1)
    network.answers.set(KEYS, keySetOf(key))
    expect(await find('k1', NOW + 6000)).toBe('key')
  })

  test('an answer that is no key set is a failure, and changes nothing', async () => {
    const { network, find, settled, set } = keySet()
    await find('k1')
    network.answers.set(KEYS, { error: 'maintenance' })
    expect(await find('k1', NOW + 600_001)).toBe('key')
    await settled()
    expect(set.generation()).toBe(1)
  })

  test('[JWK-1] [JWK-3] a remembered set starts a cold isolate, also while the issuer is down, but not past the ceiling', async () => {
    const memory = new Map<string, RememberedKeySet>()
    await keySet({}, memory).find('k1')
    expect(memory.get('https://login.example.com')?.fetchedAt).toBe(NOW)
    const fresh = keySet({}, memory)
    expect(await fresh.find('k1', NOW + 1000)).toBe('key')
    expect(fresh.network.calls).toHaveLength(0)
    const stale = keySet({ keysMaxStaleSeconds: 3600 }, memory)
    stale.network.answers.set(KEYS, new Error('down'))
    expect(await stale.find('k1', NOW + 3_000_000)).toBe('key')
    expect(await stale.find('k1', NOW + 3_700_000)).toBe('unavailable')
  })

  test('a memory that fails or lies about the future is no memory', async () => {
    const future = new Map([['https://login.example.com', { document: keySetOf(other), fetchedAt: NOW + 1e9 }]])
    expect(await keySet({}, future).find('k1')).toBe('key')
    const network = fakeNetwork()
    network.answers.set(KEYS, keySetOf(key))
    const broken = { load: () => Promise.reject(new Error('broken')), save: () => Promise.reject(new Error('broken')) }
    const set = createKeySet(issuer(), network.fetch, broken)
    expect((await set.find('k1', 'ES256', NOW, background().waitUntil)).kind).toBe('key')
  })
})
