/** Fetching status lists, believing them, and what happens when they cannot be had. */
import { deflateSync } from 'node:zlib'
import { SignJWT } from 'jose'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { StatusListPolicy } from '../../src/policy/issuer.ts'
import type { Fetch } from '../../src/token/client-authentication.ts'
import { createKeySet } from '../../src/token/key-set.ts'
import { createStatusLists } from '../../src/token/status-lists.ts'
import { issuerAt } from '../support/environment.ts'
import { background, fakeNetwork, keySetOf } from '../support/fake-network.ts'
import { type SigningKey, signingKey } from '../support/static-issuer.ts'

const ISSUER = 'https://login.example.com'
const KEYS = `${ISSUER}/jwks`
const uri = `${ISSUER}/status/1`
const NOW = 1_800_000_000_000
const seconds = NOW / 1000
/** Status 0 is set, status 1 is not. */
const LIST = { bits: 1, lst: 'eNrbuRgAAhcBXQ' }
const TYPE = 'application/statuslist+jwt'

const POLICY: StatusListPolicy = {
  uris: [`${ISSUER}/status/`, 'https://lists.example.com/one'],
  isRequired: false,
  minTtlSeconds: 30,
  maxTtlSeconds: 900,
  whenUnreachable: 'refuse',
  maxStaleSeconds: 3600,
}

let key: SigningKey
beforeAll(async () => {
  key = await signingKey('ES256', 'k1')
})

const listToken = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}, signer = key) =>
  new SignJWT(JSON.parse(JSON.stringify({ sub: uri, iat: seconds, status_list: LIST, ...claims })))
    .setProtectedHeader(JSON.parse(JSON.stringify({ alg: signer.alg, kid: 'k1', typ: 'statuslist+jwt', ...header })))
    .sign(signer.privateKey)

const answering = (text: string, type = TYPE, status = 200, headers: Record<string, string> = {}) =>
  new Response(text, { status, headers: { 'content-type': type, ...headers } })

/** A list of that many octets, all of them valid. */
const zeros = (octets: number) => ({ bits: 8, lst: deflateSync(new Uint8Array(octets)).toString('base64url') })
/** A list on which nothing is valid. */
const REVOKED = { bits: 1, lst: deflateSync(new Uint8Array([0xff])).toString('base64url') }
const MIB = 1024 * 1024

function lists(policy: Partial<StatusListPolicy> = {}, intercept?: Fetch) {
  const network = fakeNetwork()
  const fetch: Fetch = (url, init) => (url === uri && intercept ? intercept : network.fetch)(url, init)
  network.answers.set(KEYS, keySetOf(key))
  const issuer = issuerAt(ISSUER, { keys: { kind: 'jwks', uri: KEYS } })
  const keys = createKeySet(issuer, network.fetch)
  const created = createStatusLists({ issuer, policy: { ...POLICY, ...policy }, keys, fetch })
  const { waitUntil, settled } = background()
  return {
    network,
    settled,
    check: (index = 1, now = NOW, address = uri) => created.check({ uri: address, index }, now, waitUntil),
    fetched: () => network.calls.filter((url) => url !== KEYS).length,
  }
}

describe('fetching', () => {
  test('[TSL-2] asks for a signed list, and for nothing to be followed unseen', async () => {
    const { network, check } = lists()
    network.answers.set(uri, answering(await listToken()))
    expect([await check(1), await check(0), await check(16)]).toEqual(['valid', 'invalid', 'invalid'])
    expect(network.inits[0]).toMatchObject({ headers: { accept: TYPE }, redirect: 'manual' })
  })

  test.each([
    `${ISSUER}/other/1`,
    `${ISSUER}/status`,
    `${ISSUER}/status/1#other`,
    `${ISSUER}/status/1#`,
    `${ISSUER}/status/../other/1`,
    `${ISSUER}/status/%2e%2e/other`,
    'https://login.example.com.evil.example/status/1',
    'https://lists.example.com/one/more',
    'http://login.example.com/status/1',
    'https://user@login.example.com/status/1',
    'https://127.0.0.1/status/1',
    'file:///status/1',
    'not a URL',
    `${ISSUER}/status/${'x'.repeat(3000)}`,
  ])('[TSL-2] [BCP-7] nothing is fetched from where no list may be: %.60s', async (address) => {
    const { check, fetched } = lists()
    expect([await check(1, NOW, address), fetched()]).toEqual(['invalid', 0])
  })

  test('[TSL-2] a whole address stands for itself', async () => {
    const { network, check } = lists()
    const address = 'https://lists.example.com/one'
    network.answers.set(address, answering(await listToken({ sub: address })))
    expect(await check(1, NOW, address)).toBe('valid')
  })

  test.each([
    [3, 'valid'],
    [4, 'unavailable'],
  ])('[TSL-2] of %i redirects the end is %s', async (count, expected) => {
    const { network, check } = lists()
    const hop = (n: number) => (n === 0 ? uri : `${ISSUER}/status/hop${n}`)
    for (let n = 0; n < count; n++) network.answers.set(hop(n), answering('', TYPE, 302, { location: hop(n + 1) }))
    network.answers.set(hop(count), answering(await listToken()))
    expect(await check()).toBe(expected)
  })

  test.each<[string, string]>([
    ['statuslist+jwt', `${TYPE}; charset=utf-8`],
    ['StatusList+JWT', 'Application/StatusList+JWT'],
    ['application/statuslist+jwt', TYPE],
  ])('[TSL-2] [TSL-3] the type %s, sent as %s, is a list', async (typ, contentType) => {
    const { network, check } = lists()
    network.answers.set(uri, answering(await listToken({ iss: ISSUER }, { typ }), contentType))
    expect(await check()).toBe('valid')
  })

  test.each<[string, string, string]>([
    ['within the allowed places is followed', `${ISSUER}/status/2`, 'valid'],
    ['relative is followed', '/status/2', 'valid'],
    ['to elsewhere is not', 'https://evil.example/status/2', 'unavailable'],
    ['to plain http is not', 'http://login.example.com/status/2', 'unavailable'],
    ['in a circle ends', uri, 'unavailable'],
  ])('[TSL-2] a redirect %s', async (_, location, expected) => {
    const { network, check } = lists()
    network.answers.set(uri, answering('', TYPE, 302, { location }))
    network.answers.set(`${ISSUER}/status/2`, answering(await listToken()))
    expect(await check()).toBe(expected)
    expect(network.calls.some((url) => url.includes('evil'))).toBe(false)
  })
})

describe('what is no list that can be believed', () => {
  test.each<[string, () => Promise<Response>]>([
    ['an error', async () => answering('', TYPE, 500)],
    ['another content type', async () => answering(await listToken(), 'application/jwt')],
    ['a content type that begins alike', async () => answering(await listToken(), `${TYPE}x`)],
    ['no JWT', async () => answering('{"status_list":{}}')],
    ['an access token', async () => answering(await listToken({}, { typ: 'at+jwt' }))],
    ['no type', async () => answering(await listToken({}, { typ: undefined }))],
    ['for another address', async () => answering(await listToken({ sub: `${uri}0` }))],
    ['for none', async () => answering(await listToken({ sub: undefined }))],
    ['of another issuer', async () => answering(await listToken({ iss: 'https://other.example.com' }))],
    ['of no time', async () => answering(await listToken({ iat: undefined }))],
    ['of the future', async () => answering(await listToken({ iat: seconds + 60 }))],
    ['past its end', async () => answering(await listToken({ exp: seconds }))],
    ['a negative time to live', async () => answering(await listToken({ ttl: -1 }))],
    ['without a list', async () => answering(await listToken({ status_list: undefined }))],
    ['a list that is cut off', async () => answering(await listToken({ status_list: { bits: 1, lst: 'eNrbuRgA' } }))],
    ['a list that grows without end', async () => answering(await listToken({ status_list: zeros(17 * MIB) }))],
    ["somebody else's signature", async () => answering(await listToken({}, {}, await signingKey('ES256', 'k1')))],
    [
      'an algorithm that is not on the list',
      async () => answering(await listToken({}, {}, await signingKey('ES384', 'k1'))),
    ],
    ['too much', async () => answering('a'.repeat(5 * 1024 * 1024))],
  ])('[TSL-3] [BCP-9] %s', async (_, answer) => {
    const { network, check } = lists()
    network.answers.set(uri, await answer())
    expect(await check()).toBe('unavailable')
  })
})

describe('how long a list serves', () => {
  test('[TSL-7] as long as it says, within bounds, and then it is fetched anew', async () => {
    const { network, check, fetched } = lists()
    network.answers.set(uri, answering(await listToken({ ttl: 100 })))
    await check()
    expect(check(1, NOW + 99_999)).toBe('valid')
    network.answers.set(uri, answering(await listToken({ status_list: { bits: 1, lst: 'eNpjYAAAAAIAAQ' } })))
    expect([await check(0, NOW + 100_000), fetched()]).toEqual(['valid', 2])
  })

  test('[TSL-7] a time to live that is too short or too long is brought within bounds', async () => {
    const short = lists()
    short.network.answers.set(uri, answering(await listToken({ ttl: 1 })))
    await short.check()
    expect([short.check(1, NOW + 29_999), short.fetched()]).toEqual(['valid', 1])
    const long = lists()
    long.network.answers.set(uri, answering(await listToken({ ttl: 86_400 })))
    await long.check()
    await long.check(1, NOW + 900_000)
    expect(long.fetched()).toBe(2)
  })

  test('[TSL-7] where it cannot be fetched anew: refused at once, or served until its end, as configured', async () => {
    for (const [whenUnreachable, expected] of [
      ['refuse', 'unavailable'],
      ['untilExpiry', 'valid'],
    ] as const) {
      const { network, check, settled } = lists({ whenUnreachable })
      network.answers.set(uri, answering(await listToken({ ttl: 100, exp: seconds + 1000 })))
      await check()
      network.answers.set(uri, new Error('down'))
      expect(await check(1, NOW + 200_000)).toBe(expected)
      await settled()
      expect(await check(1, NOW + 1_000_000)).toBe('unavailable')
    }
  })

  test('[TSL-7] never past its own end, however long it may otherwise serve', async () => {
    const { network, check } = lists({ whenUnreachable: 'untilExpiry' })
    network.answers.set(uri, answering(await listToken({ ttl: 100, exp: seconds + 50 })))
    await check()
    network.answers.set(uri, new Error('down'))
    expect(check(1, NOW + 49_999)).toBe('valid')
    expect(await check(1, NOW + 50_000)).toBe('unavailable')
  })

  test.each([undefined, seconds + 15 * 365 * 86_400])(
    '[TSL-7] one whose end is %s serves for as long as is configured',
    async (exp) => {
      const { network, check, settled } = lists({ whenUnreachable: 'untilExpiry' })
      network.answers.set(uri, answering(await listToken({ ttl: 100, exp })))
      await check()
      network.answers.set(uri, new Error('down'))
      expect(check(1, NOW + 3_599_999)).toBe('valid')
      await settled()
      expect(await check(1, NOW + 3_600_000)).toBe('unavailable')
    },
  )

  test('[TSL-7] one that says how long it serves does so, however short a stale one may', async () => {
    const { network, check } = lists({ whenUnreachable: 'untilExpiry', maxStaleSeconds: 60 })
    network.answers.set(uri, answering(await listToken({ ttl: 600 })))
    await check()
    network.answers.set(uri, new Error('down'))
    expect(check(1, NOW + 599_999)).toBe('valid')
    expect(await check(1, NOW + 600_000)).toBe('unavailable')
  })

  test('[TSL-7] where it may serve on, nobody waits while it is fetched anew', async () => {
    const { network, check, settled, fetched } = lists({ whenUnreachable: 'untilExpiry' })
    network.answers.set(uri, answering(await listToken({ ttl: 100 })))
    await check()
    network.answers.set(uri, answering(await listToken({ status_list: REVOKED })))
    expect([check(1, NOW + 100_000), check(1, NOW + 100_000)]).toEqual(['valid', 'valid'])
    await settled()
    expect([check(1, NOW + 100_001), fetched()]).toEqual(['invalid', 2])
  })

  test('[TSL-7] forty at once fetch once, and a server that fails is left in peace for a while', async () => {
    const { network, check, fetched } = lists()
    network.answers.set(uri, new Error('down'))
    const verdicts = await Promise.all(Array.from({ length: 40 }, () => check()))
    expect([new Set(verdicts), fetched()]).toEqual([new Set(['unavailable']), 1])
    await check(1, NOW + 4_999)
    expect(fetched()).toBe(1)
    network.answers.set(uri, answering(await listToken()))
    expect(await check(1, NOW + 5_000)).toBe('valid')
  })
})

describe('how much is kept', () => {
  const at = (n: number) => `${ISSUER}/status/${n}`

  async function serving(count: number, octets: number) {
    const made = lists()
    for (let n = 0; n < count; n++)
      made.network.answers.set(at(n), answering(await listToken({ sub: at(n), status_list: zeros(octets) })))
    return { ...made, isKept: (n: number) => made.check(0, NOW, at(n)) === 'valid' }
  }

  test('[TSL-7] sixty-four lists; the one that was not used for longest goes', async () => {
    const { check, isKept } = await serving(65, 1)
    for (let n = 0; n < 64; n++) await check(0, NOW, at(n))
    expect(isKept(0)).toBe(true)
    await check(0, NOW, at(64))
    expect([isKept(64), isKept(0), isKept(2), isKept(1)]).toEqual([true, true, true, false])
  })

  test('[TSL-7] thirty-two MiB of lists', async () => {
    const { check, isKept } = await serving(3, 12 * MIB)
    for (let n = 0; n < 3; n++) expect(await check(0, NOW, at(n))).toBe('valid')
    expect([isKept(2), isKept(1), isKept(0)]).toEqual([true, true, false])
  })
})

describe('a fetch that never ends', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  test('[TSL-7] keeps nobody waiting for ever', async () => {
    const { check } = lists({}, () => new Promise(() => undefined))
    const verdicts = Promise.all([check(), check(1, NOW + 5_900)])
    await vi.advanceTimersByTimeAsync(6_000)
    expect(await verdicts).toEqual(['unavailable', 'unavailable'])
  })

  test('[TSL-7] and that ends after all takes no newer list away', async () => {
    let answer = (_: Response): void => undefined
    const hanging = new Promise<Response>((resolve) => {
      answer = resolve
    })
    const pending = [hanging, Promise.resolve(answering(await listToken({ status_list: REVOKED })))]
    const { check, settled } = lists({}, () => pending.shift() ?? Promise.reject(new Error('down')))
    const first = check()
    await vi.advanceTimersByTimeAsync(6_000)
    expect(await first).toBe('unavailable')
    vi.useRealTimers()
    expect(await check(1, NOW + 6_001)).toBe('invalid')
    answer(answering(await listToken()))
    await settled()
    expect(check(1, NOW + 6_002)).toBe('invalid')
  })
})
