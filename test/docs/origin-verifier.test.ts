/** The verifier that origins copy, by itself: clocks, replays, keys and their address. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jwksDocument } from '../../src/gateway/statement-key.ts'
import {
  added,
  jwks,
  key,
  keyOf,
  type Message,
  mapped,
  origin,
  PUBLIC,
  privateJwk,
  replaced,
  STATEMENT,
  signed,
  type Verifier,
} from './signed-messages.ts'

const NOW = 1_800_000_000
const URL_OF_KEYS = 'https://api.example.com/_scopewall/jwks.json'
const SHARED = Buffer.alloc(32, 7).toString('base64url')

const verifierOf = (options: Record<string, unknown> = {}) =>
  origin.createVerifier({ keys: jwks.keys, authority: ['api.internal'], clock: () => NOW * 1000, ...options })
const received = ({ method, target, host, headers }: Message) => ({
  method,
  url: target,
  headers: [['Host', host] as const, ...headers],
})
const verdictOf = async (verifier: Verifier, message: Message) => {
  const verdict = await verifier.verify(received(message))
  return verdict.ok ? 'ok' : verdict.reason
}

describe('how it is asked', () => {
  test('[SIG-9] headers may come in any of the usual shapes', async () => {
    const { method, url, headers } = received(await signed({ now: NOW }))
    const object = Object.fromEntries(headers.map(([name, value]) => [name.toUpperCase(), value]))
    const shapes = [headers, new Map(headers), new Headers(headers.map(([name, value]) => [name, value])), object]
    const lists = Object.fromEntries(headers.map(([name, value]) => [name, [value]]))
    for (const shape of [...shapes, { ...lists, cookie: undefined, 'x-twice': ['1', '2'] }])
      expect(await verifierOf().verify({ method, url, headers: shape })).toEqual({ ok: true, statement: STATEMENT })
    expect(await verifierOf().verify({ method, url, headers: { ...lists, 'scopewall-acr': ['1', '2'] } })).toEqual({
      ok: false,
      reason: 'the field scopewall-acr is there twice',
    })
  })

  test('[SIG-4] the authority may be that of HTTP/2, or be told where a proxy has changed it', async () => {
    const { headers, ...request } = received(await signed({ now: NOW }))
    const rest = headers.filter(([name]) => name !== 'Host')
    const verify = async (pairs: typeof rest, authority?: string) =>
      (await verifierOf().verify({ ...request, headers: pairs, ...(authority !== undefined && { authority }) })).ok
    expect(await verify(rest)).toBe(false)
    expect(await verify([[':authority', 'api.internal'], ...rest])).toBe(true)
    expect(await verify([['host', 'other'], [':authority', 'api.internal'], ...rest])).toBe(false)
    expect(await verify([['host', '10.0.0.1'], ...rest], 'API.internal')).toBe(true)
    expect(await verify(headers, 'other.internal')).toBe(false)
  })

  test.each(['https://api.internal/v1/invoices/1', '*', '', '/v1/invoices/1#f'])(
    '[SIG-4] the target %j is no path',
    async (target) => {
      expect(await verdictOf(verifierOf(), { ...(await signed({ now: NOW })), target })).toBe(
        'the request target is no path',
      )
    },
  )

  test('[SIG-5] [SIG-9] values are trimmed, and white space inside one costs no more than letters', async () => {
    const padded = mapped(await signed({ now: NOW }), (name, value) => [[name, ` \t${value}\t `]])
    expect(await verdictOf(verifierOf(), padded)).toBe('ok')
    // Work that grows with the square of this takes minutes, and a test has twenty seconds.
    const spaces = ' \t'.repeat(150_000)
    for (const value of [`a${spaces}b`, `${spaces}a${spaces}b${spaces}`, spaces])
      expect(await verdictOf(verifierOf(), added(padded, ['cookie', value]))).toBe('ok')
  })

  test('[SIG-3] [SIG-9] law: no field that a server folds into one of the gate gets in beside it', async () => {
    const message = await signed({ now: NOW })
    const mark = fc.constantFrom(..."!#$%&'*+.^_`|~", '\u00e9')
    await fc.assert(
      fc.asyncProperty(mark, fc.constantFrom('subject', 'scope', 'x'), fc.boolean(), async (letter, fact, isUpper) => {
        const name = `scopewall${letter}${fact}`
        const field = [isUpper ? name.toUpperCase() : name, 'admin'] as const
        expect(await verdictOf(verifierOf(), added(message, field))).toBe(`${name} is not covered`)
      }),
    )
    expect(await verdictOf(verifierOf(), added(message, ['x.scopewall-subject', 'a'], ['scopewallet', 'a']))).toBe('ok')
  })

  test('[SIG-9] whatever breaks, nothing is thrown and nothing gets in', async () => {
    const verifier = verifierOf({
      onRefusal: () => {
        throw new Error('the log is full')
      },
    })
    const request: unknown = { method: 'GET', url: '/', headers: null }
    expect((await verifier.verify(request as Parameters<Verifier['verify']>[0])).ok).toBe(false)
  })

  test('[SIG-9] law: no changed letter of any covered field gets in', async () => {
    const message = await signed({ now: NOW, headers: { authorization: 'Bearer x' } })
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), fc.constantFrom(...'aZ09"=:;(),. /'), async (field, place, letter) => {
        const [name = '', value = ''] = message.headers[field % message.headers.length] ?? []
        const at = place % value.length
        const changed = (value.slice(0, at) + letter + value.slice(at + 1)).trim()
        fc.pre(changed !== value)
        expect(
          await verdictOf(
            verifierOf(),
            replaced(message, name, () => changed),
          ),
        ).not.toBe('ok')
      }),
      { numRuns: 300 },
    )
  })
})

describe('time and replays', () => {
  test.each<[number, Record<string, unknown>, string]>([
    [-6, {}, 'the signature is of the future'],
    [-5, {}, 'ok'],
    [0, {}, 'ok'],
    [34, {}, 'ok'],
    [35, {}, 'the signature has expired'],
    [30, { leewaySeconds: 0 }, 'the signature has expired'],
    [14, { maxAgeSeconds: 10 }, 'ok'],
    [15, { maxAgeSeconds: 10 }, 'the signature has expired'],
    [0, { maxAgeSeconds: Number.NaN }, 'the signature has expired'],
  ])('[SIG-3] [SIG-9] %d seconds after it was made, with %j', async (seconds, options, expected) => {
    const message = await signed({ now: NOW - seconds, ttlSeconds: 30 })
    expect(await verdictOf(verifierOf(options), message)).toBe(expected)
  })

  test('[SIG-9] a nonce serves once, and is remembered until its signature has expired', async () => {
    const nonces = new Map<string, number>()
    const seen = async (nonce: string, until: number) => nonces.size === nonces.set(nonce, until).size
    const verifier = verifierOf({ seen })
    const message = await signed({ now: NOW })
    const forged = replaced(message, 'scopewall-client', () => 'other')
    expect(await verdictOf(verifier, forged)).toBe('the signature does not hold')
    expect(await verdictOf(verifier, message)).toBe('ok')
    expect(await verdictOf(verifier, message)).toBe('the nonce was seen before')
    expect(await verdictOf(verifier, await signed({ now: NOW }))).toBe('ok')
    expect([...nonces.values()]).toEqual([NOW + 35, NOW + 35])
  })

  test.each<[string, () => unknown]>([
    ['fails', () => Promise.reject(new Error('down'))],
    ['gives no answer', () => undefined],
  ])('[SIG-9] a replay guard that %s lets nothing in', async (_, seen) => {
    expect(await verdictOf(verifierOf({ seen }), await signed({ now: NOW }))).not.toBe('ok')
  })
})

describe('keys', () => {
  test('[SIG-6] a key that is shared with the gate', async () => {
    const shared = await keyOf('shared-1', 'hmac-sha256', SHARED)
    const verifier = verifierOf({ keys: [...jwks.keys, { kty: 'oct', k: SHARED, kid: 'shared-1' }] })
    expect(await verdictOf(verifier, await signed({ now: NOW, key: shared }))).toBe('ok')
    expect(await verdictOf(verifier, await signed({ now: NOW }))).toBe('ok')
    expect(await verdictOf(verifier, await signed({ now: NOW, key: { ...key, id: 'shared-1' } }))).toBe(
      'the signature does not hold',
    )
  })

  const next = keyOf('edge-2', 'ed25519', privateJwk())

  /** A verifier with a clock, and a gate that publishes `answer`. */
  function published() {
    const state = { now: NOW * 1000, calls: 0, answer: (): unknown => jwks }
    const fetch = async () => {
      state.calls++
      return Response.json(state.answer())
    }
    const verifier = verifierOf({ keys: undefined, jwksUrl: URL_OF_KEYS, clock: () => state.now, fetch })
    const verdict = async (by = key) =>
      verdictOf(verifier, await signed({ key: by, now: Math.floor(state.now / 1000), statement: PUBLIC }))
    return { state, verdict }
  }

  test('[SIG-6] [SIG-9] published keys are fetched once for all, and anew after ten minutes', async () => {
    const { state, verdict } = published()
    expect(await Promise.all(Array.from({ length: 20 }, () => verdict()))).toEqual(Array(20).fill('ok'))
    state.now += 599_999
    expect([await verdict(), state.calls]).toEqual(['ok', 1])
    state.now += 1
    expect([await verdict(), state.calls]).toEqual(['ok', 2])
  })

  test('[SIG-6] [SIG-9] an unknown keyid fetches once in thirty seconds, and a new key is found so', async () => {
    const { state, verdict } = published()
    expect(await verdict(await next)).toBe('the key is not known')
    state.answer = () => jwksDocument([key])
    state.now += 29_999
    expect([await verdict(await next), state.calls]).toEqual(['the key is not known', 1])
    const both = jwksDocument([await next, key])
    state.answer = () => both
    state.now += 1
    expect([await verdict(await next), await verdict(), state.calls]).toEqual(['ok', 'ok', 2])
    const unknown = { ...(await next), id: 'edge-3' }
    await Promise.all(Array.from({ length: 20 }, () => verdict(unknown)))
    expect(state.calls).toBe(2)
    // A failure on the way to an unknown key costs the known ones nothing, nor is it tried more often.
    state.answer = () => null
    state.now += 30_000
    expect([await verdict(unknown), await verdict(unknown), await verdict()]).toEqual([
      'the key is not known',
      'the key is not known',
      'ok',
    ])
    expect(state.calls).toBe(3)
  })

  test('[SIG-9] keys that cannot be had verify nothing, and are asked for again after five seconds', async () => {
    const { state, verdict } = published()
    const missing = 'the keys of the gate cannot be had'
    for (const answer of [null, {}, { keys: 5 }, { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'AA', kid: 'edge-1' }] }]) {
      state.answer = () => answer
      expect(await verdict()).toBe(missing)
      state.now += 5_000
    }
    state.answer = () => {
      throw new Error('down')
    }
    expect([await verdict(), await verdict(), state.calls]).toEqual([missing, missing, 5])
    state.answer = () => jwks
    state.now += 5_000
    expect(await verdict()).toBe('ok')
    state.now += 600_000
    state.answer = () => null
    expect(await verdict()).toBe(missing)
  })

  test('[SIG-6] a shared key that is published is none', async () => {
    const { state, verdict } = published()
    state.answer = () => ({ keys: [...jwks.keys, { kty: 'oct', k: SHARED, kid: 'shared-1' }] })
    expect(await verdict(await keyOf('shared-1', 'hmac-sha256', SHARED))).toBe('the key is not known')
    expect(await verdict()).toBe('ok')
  })

  test.each<[string, Record<string, unknown>]>([
    ['no authority', { authority: undefined }],
    ['an empty list of authorities', { authority: [] }],
    ['a URL for an authority', { authority: ['https://api.internal'] }],
    ['neither keys nor their address', { keys: undefined }],
    ['both keys and their address', { jwksUrl: URL_OF_KEYS }],
    ['keys by plain http', { keys: undefined, jwksUrl: 'http://api.example.com/' }],
    ['a key without a kid', { keys: [{ ...jwks.keys[0], kid: undefined }] }],
    ['two keys of one kid', { keys: [jwks.keys[0], jwks.keys[0]] }],
    ['a key for encryption', { keys: [{ ...jwks.keys[0], use: 'enc' }] }],
    ['a shared key that is too short', { keys: [{ kty: 'oct', k: 'AAAA', kid: 'a' }] }],
    ['a key of another kind', { keys: [{ kty: 'RSA', n: 'AA', e: 'AQAB', kid: 'a' }] }],
  ])('[SIG-9] %s: there is no verifier', (_, options) => {
    expect(() => verifierOf(options)).toThrow(TypeError)
  })
})
