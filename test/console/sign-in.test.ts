/** Signing in, as the page's own code does it in a browser: what leaves, what is believed of what comes back, and what stays behind. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { arrive, leaveToSignIn, type OAuthSettings } from '../../src/console/web/sign-in.ts'

const SETTINGS: OAuthSettings = {
  kind: 'oauth',
  issuer: 'https://login.example.com/',
  clientId: 'console',
  authorizationEndpoint: 'https://login.example.com/authorize?tenant=x',
  tokenEndpoint: 'https://login.example.com/token',
  scopes: ['scopewall:observe'],
}
const HOME = 'https://api.example.com/_scopewall/'
const PAGE = '#/revocations/new?kind=client&value=partner'

interface Browser {
  readonly storage: Map<string, string>
  /** Where it was sent. */
  readonly left: URL[]
  /** What the address became. */
  readonly shown: string[]
  readonly asked: { readonly url: string; readonly init: RequestInit }[]
  location: { search: string; hash: string }
  tokenAnswer: object
}
let browser: Browser

beforeEach(() => {
  const storage = new Map<string, string>()
  browser = {
    storage,
    left: [],
    shown: [],
    asked: [],
    location: { search: '', hash: PAGE },
    tokenAnswer: { access_token: 'the-token', token_type: 'Bearer', expires_in: 600 },
  }
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => storage.get(key) ?? null,
    setItem: (key: string, value: string) => storage.set(key, value),
    removeItem: (key: string) => storage.delete(key),
  })
  vi.stubGlobal('location', {
    origin: new URL(HOME).origin,
    pathname: new URL(HOME).pathname,
    get search() {
      return browser.location.search
    },
    get hash() {
      return browser.location.hash
    },
    assign: (address: string) => browser.left.push(new URL(address)),
  })
  vi.stubGlobal('history', { replaceState: (_: unknown, __: string, address: string) => browser.shown.push(address) })
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    browser.asked.push({ url, init })
    return Response.json(browser.tokenAnswer)
  })
})
afterEach(() => vi.unstubAllGlobals())

const parameter = (name: string): string | null => browser.left.at(-1)?.searchParams.get(name) ?? null
const comeBack = (answer: Readonly<Record<string, string>>) => {
  browser.location.search = `?${new URLSearchParams(answer)}`
  return arrive(SETTINGS)
}
const good = () => ({ code: 'c0de', state: parameter('state') ?? '', iss: SETTINGS.issuer })

describe('leaving', () => {
  test('asks for a code with PKCE, for this very page, and tells nothing of where the person was', async () => {
    await leaveToSignIn(SETTINGS, {})
    const [address] = browser.left
    expect(Object.fromEntries(address?.searchParams ?? [])).toEqual({
      tenant: 'x',
      response_type: 'code',
      client_id: 'console',
      redirect_uri: HOME,
      scope: 'scopewall:observe',
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
    expect(address?.href).not.toContain('partner')
  })

  test.each([
    ['a stronger login', { acrValues: ['phr', 'phrh'] }, false],
    ['a more recent login', { maxAgeSeconds: 900 }, false],
    ['nothing of the person', {}, true],
  ])('is a request of OpenID Connect where it asks for %s', async (_, wish, silently) => {
    await leaveToSignIn(SETTINGS, wish, silently)
    expect(parameter('scope')?.split(' ')).toEqual(['scopewall:observe', 'openid'])
  })

  test('never uses a state, a verifier or a challenge twice', async () => {
    await leaveToSignIn(SETTINGS, {})
    await leaveToSignIn(SETTINGS, {})
    for (const name of ['state', 'code_challenge'])
      expect(new Set(browser.left.map((address) => address.searchParams.get(name))).size).toBe(2)
  })
})

describe('coming back', () => {
  test('redeems the code, goes on where the person was, and keeps nothing', async () => {
    await leaveToSignIn(SETTINGS, {})
    const challenge = parameter('code_challenge')
    const arrival = await comeBack(good())
    expect(arrival).toMatchObject({ kind: 'signed-in', token: { text: 'the-token', scopes: ['scopewall:observe'] } })
    expect(browser.shown).toEqual([`/_scopewall/${PAGE}`])
    expect(browser.storage.size).toBe(0)
    const [{ url, init } = { url: '', init: {} }] = browser.asked
    const body = new URLSearchParams(String(init.body))
    expect(url).toBe(SETTINGS.tokenEndpoint)
    expect(init).toMatchObject({ method: 'POST', credentials: 'omit', redirect: 'error' })
    expect(Object.fromEntries(body)).toMatchObject({
      grant_type: 'authorization_code',
      code: 'c0de',
      redirect_uri: HOME,
    })
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body.get('code_verifier') ?? ''))
    expect(Buffer.from(digest).toString('base64url')).toBe(challenge)
  })

  const FOREIGN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'of another state': { state: 'x' },
    'of no state': { state: '' },
    'of another issuer (RFC 9207)': { iss: 'https://evil.example/' },
    'without a code': { code: '' },
  }
  test.each(Object.entries(FOREIGN))(
    'an answer %s is not redeemed, and is taken out of the address',
    async (_, change) => {
      await leaveToSignIn(SETTINGS, {})
      const answer = Object.entries({ ...good(), ...change }).filter(([, value]) => value !== '')
      expect(await comeBack(Object.fromEntries(answer))).toMatchObject({ kind: 'failed' })
      expect(browser.asked).toEqual([])
      expect(browser.shown.at(-1)).not.toContain('c0de')
      expect(browser.storage.size).toBe(0)
    },
  )

  test('a code that somebody else planted in a link is not redeemed', async () => {
    expect(await comeBack({ code: 'theirs', state: 'theirs' })).toMatchObject({ kind: 'failed', code: 'state' })
    expect(browser.asked).toEqual([])
    expect(browser.shown).toEqual(['/_scopewall/'])
  })

  test('an answer serves once', async () => {
    await leaveToSignIn(SETTINGS, {})
    const answer = good()
    await comeBack(answer)
    expect(await comeBack(answer)).toMatchObject({ kind: 'failed', code: 'state' })
    expect(browser.asked).toHaveLength(1)
  })

  test('a refusal is told in the words of the provider', async () => {
    await leaveToSignIn(SETTINGS, {})
    const { state, iss } = good()
    const answer = { error: 'access_denied', error_description: 'No.', state, iss }
    expect(await comeBack(answer)).toEqual({ kind: 'failed', code: 'access_denied', detail: 'No.' })
  })

  test.each([{ token_type: 'DPoP' }, { access_token: 7 }])(
    'a token that is no bearer token is none: %o',
    async (change) => {
      browser.tokenAnswer = { ...browser.tokenAnswer, ...change }
      await leaveToSignIn(SETTINGS, {})
      expect(await comeBack(good())).toMatchObject({ kind: 'failed' })
    },
  )

  test('who just opens the page is nobody, and what an earlier attempt left is gone', async () => {
    await leaveToSignIn(SETTINGS, {})
    expect(await arrive(SETTINGS)).toEqual({ kind: 'none' })
    expect(browser.storage.size).toBe(0)
  })
})
