/** An allowed request on its way to the origin: what `fetch` is called with. Node's `Request` stands in for the runtime's. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { forwardedRequest } from '../../src/gateway/forward.ts'
import type { Upstream } from '../../src/policy/environment.ts'
import { canonicalPath, type Target } from '../../src/policy/target.ts'

const ZONE: Upstream = { kind: 'zone', scheme: 'https', port: ':8443' }
const ORIGIN: Upstream = { kind: 'origin', url: 'http://10.0.0.1:8080' }
const target = (path = '/v1/a', query = ''): Target => ({ host: 'map.example.com', method: 'GET', path, query })
const request = (headers: Record<string, string> = {}, url = 'https://api.example.com:8443/v1/a') =>
  new Request(url, { headers })
const forward = (headers: Record<string, string>, upstream: Upstream = ORIGIN, isUpgrade = false) =>
  Object.fromEntries(forwardedRequest(request(headers), target(), upstream, isUpgrade).init.headers)

describe('where it goes', () => {
  test.each<[string, Upstream, string]>([
    ['a configured origin', ORIGIN, 'http://10.0.0.1:8080/v1/caf%C3%A9/?q=%2e%2e/+'],
    [
      "the zone's own origin, on the host that the client asked for",
      ZONE,
      'https://api.example.com:8443/v1/caf%C3%A9/?q=%2e%2e/+',
    ],
  ])('%s, with the path that was judged and the query as it came', (_, upstream, url) => {
    const judged = target('/v1/caf%C3%A9/', '?q=%2e%2e/+')
    expect(
      forwardedRequest(request({}, 'https://api.example.com/quite/another?path'), judged, upstream, false).input,
    ).toBe(url)
  })

  test.each([
    ['https://a', 'a'],
    ['https://a?q', 'a'],
    ['https://a/x?y', 'a'],
    ['https://[::1]:8443/x', '[::1]'],
    ['http://a:2082/x', 'a'],
    ['https://a:443/x:80?y:81', 'a'],
  ])('the zone of %s: a client chooses neither scheme nor port', (url, host) => {
    expect(forwardedRequest(request({}, url), target('/p'), ZONE, false).input).toBe(`https://${host}:8443/p`)
    const plain: Upstream = { kind: 'zone', scheme: 'https', port: '' }
    expect(forwardedRequest(request({}, url), target('/p'), plain, false).input).toBe(`https://${host}/p`)
  })

  test('redirects are not followed', () => {
    expect(forwardedRequest(request(), target(), ORIGIN, false).init.redirect).toBe('manual')
  })

  test.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s stays %s', (method) => {
    const asked = new Request('https://api.example.com/v1/a', { method })
    expect(forwardedRequest(asked, target(), ORIGIN, false).init.method).toBe(method)
  })
})

describe('its headers', () => {
  test('ordinary ones pass with their values', () => {
    const headers = {
      accept: 'application/json',
      authorization: 'Bearer x',
      cookie: 'a=b',
      'x-request-id': '1',
      'content-type': 'text/plain',
    }
    expect(forward(headers, ZONE)).toEqual(headers)
  })

  test('override headers, assertions, hop-by-hop headers and names with underscores do not, however they are written', () => {
    const headers = {
      'X-Original-URL': '/admin', 'X-HTTP-Method-Override': 'DELETE', X_Original_Url: '/admin', 'X-Scopewall-Subject': 'admin', X_Scopewall_Subject: 'admin',
      'SCOPEWALL-DECISION': 'x', 'Client-Cert': ':AA==:', 'Cloudflare-Workers-Version-Key': 'x', Connection: 'close', TE: 'trailers', 'Keep-Alive': 'timeout=5',
      'Proxy-Authorization': 'Basic x', 'Transfer-Encoding': 'chunked', Upgrade: 'websocket',
    } // biome-ignore format: a list of headers reads better packed
    expect(forward(headers, ZONE)).toEqual({})
  })

  test('those that Connection names are hop-by-hop', () => {
    expect(
      forward({ connection: 'X-Hop, close ,x-other', 'x-hop': '1', 'x-other': '2', 'x-stays': '3' }, ZONE),
    ).toEqual({ 'x-stays': '3' })
  })

  test('but nothing that is meant for the origin', () => {
    const headers = {
      authorization: 'Bearer x',
      cookie: 'a=b',
      'content-type': 'text/plain',
      'cf-connecting-ip': '::1',
    }
    expect(forward({ connection: Object.keys(headers).join(), ...headers }, ZONE)).toEqual(headers)
  })

  test("no client's X-Forwarded-Host survives: an origin that is told one is told the truth", () => {
    for (const name of ['X-Forwarded-Host', 'x-forwarded-host']) {
      expect(forward({ [name]: 'evil.example' }, ORIGIN)).toEqual({ 'x-forwarded-host': 'api.example.com:8443' })
      expect(forward({ [name]: 'evil.example' }, ZONE)).toEqual({})
    }
    expect(forward({ X_Forwarded_Host: 'evil.example' }, ORIGIN)).toEqual({
      'x-forwarded-host': 'api.example.com:8443',
    })
  })

  test('a client cannot name what the gate sets as hop-by-hop', () => {
    expect(forward({ connection: 'x-forwarded-host' }, ORIGIN)).toEqual({ 'x-forwarded-host': 'api.example.com:8443' })
  })

  test('an upgrade is kept only where it is allowed', () => {
    const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'x' }
    expect(forward(headers, ZONE, false)).toEqual({ 'sec-websocket-key': 'x' })
    expect(forward(headers, ZONE, true)).toEqual({ upgrade: 'websocket', 'sec-websocket-key': 'x' })
    expect(forward({ upgrade: 'websocket' }, ZONE, false)).toEqual({})
  })

  test("the client's own request is left as it was", () => {
    const asked = request({ 'x-original-url': '/admin', accept: '*/*' })
    forwardedRequest(asked, target(), ORIGIN, false)
    expect(Object.fromEntries(asked.headers)).toEqual({ accept: '*/*', 'x-original-url': '/admin' })
  })
})

describe('its body', () => {
  test('is the very stream that the client sends: nothing is read or copied', () => {
    const asked = new Request('https://api.example.com/v1/a', { method: 'POST', body: 'text' })
    expect(forwardedRequest(asked, target(), ORIGIN, false).init.body).toBe(asked.body)
    expect(asked.bodyUsed).toBe(false)
  })

  test('is none where there is none', () => {
    expect(forwardedRequest(request(), target(), ORIGIN, false).init.body).toBeNull()
  })
})

test('whatever path was judged is the path that `fetch` sends', () => {
  const pieces = fc.constantFrom(...'aZ09-_~!$&()*+,=:@', "'", '/b', '.c', '%C3%A9', '%20d', '%5B', '%40')
  fc.assert(
    fc.property(fc.array(pieces, { minLength: 1 }), (path) => {
      const judged = canonicalPath(`/${path.join('')}`)
      fc.pre(judged.ok)
      if (!judged.ok) return
      for (const upstream of [ORIGIN, ZONE]) {
        const { input, init } = forwardedRequest(request(), target(judged.value, '?q'), upstream, false)
        expect(new URL(new Request(input, init).url).pathname).toBe(judged.value)
      }
    }),
  )
})
