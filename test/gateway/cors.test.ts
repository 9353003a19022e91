/** Browsers: standards digest section 21. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  answerPreflight,
  exposeAdditions,
  exposeToBrowser,
  isForOrigin,
  isPreflight,
  preflightAnswer,
} from '../../src/gateway/cors.ts'
import type { Cors } from '../../src/policy/environment.ts'
import type { Method } from '../../src/policy/method.ts'

const ORIGIN = 'https://app.example.com'
const CORS: Cors = { owner: 'edge', origins: [ORIGIN, 'https://other.example.com'], maxAgeSeconds: 600 }

const request = (headers: Record<string, string>, method = 'OPTIONS') =>
  new Request('https://api.example.com/v1', { method, headers })
const preflight = (origin: string, headers?: string) =>
  request({
    origin,
    'access-control-request-method': 'POST',
    ...(headers !== undefined && { 'access-control-request-headers': headers }),
  })
const answer = (of: Request, cors: Cors | undefined = CORS, methods: readonly Method[] = ['GET', 'HEAD', 'POST']) =>
  answerPreflight(of, cors, methods)

const others = [
  '',
  'null',
  '*',
  'https://app.example.com/',
  'http://app.example.com',
  'https://APP.example.com',
  'https://app.example.com:443',
  'https://app.example.com.evil.example',
  'https://evil.example',
  `${ORIGIN}, https://evil.example`,
]

describe('what is a preflight', () => {
  const both = { origin: ORIGIN, 'access-control-request-method': 'GET' }

  test('[COR-1] OPTIONS with Origin and Access-Control-Request-Method', () => {
    expect(isPreflight(request(both))).toBe(true)
  })

  test.each<[string, Record<string, string>, string]>([
    ['no header', {}, 'OPTIONS'],
    ['no Access-Control-Request-Method', { origin: ORIGIN }, 'OPTIONS'],
    ['no Origin', { 'access-control-request-method': 'GET' }, 'OPTIONS'],
    ['another method', both, 'GET'],
    ['another method', both, 'POST'],
  ])('[COR-2] a request with %s is an ordinary one', (_, headers, method) => {
    expect(isPreflight(request(headers, method))).toBe(false)
  })
})

describe('the answer to a preflight', () => {
  test('[COR-3] [COR-5] permits an allowed origin the methods of the map, and Authorization by name', () => {
    const response = answer(preflight(ORIGIN))
    expect(response.status).toBe(204)
    expect(response.body).toBeNull()
    expect(Object.fromEntries(response.headers)).toEqual({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-methods': 'GET, HEAD, POST',
      'access-control-allow-headers': 'authorization, content-type, dpop',
      'access-control-max-age': '600',
      'cache-control': 'no-store',
      vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    })
  })

  test.each(others)('[COR-5] permits the origin %j nothing', (origin) => {
    const response = answer(preflight(origin))
    expect(response.status).toBe(204)
    expect([...response.headers.keys()]).toEqual(['cache-control', 'vary'])
  })

  test('permits nothing where no origin is configured, or no rule is there', () => {
    for (const response of [
      answerPreflight(preflight(ORIGIN), undefined, ['GET']),
      answer(preflight(ORIGIN), CORS, []),
    ]) {
      expect(response.status).toBe(204)
      expect([...response.headers.keys()]).toEqual(['cache-control', 'vary'])
    }
  })

  test('[COR-5] never allows credentials, and never any origin', () => {
    for (const origin of [ORIGIN, ...others]) {
      const { headers } = answer(preflight(origin))
      expect(headers.has('access-control-allow-credentials')).toBe(false)
      expect(headers.get('access-control-allow-origin')).not.toBe('*')
    }
  })

  test('[COR-3] names the requested headers once each, and only header names', () => {
    const { headers } = answer(
      preflight(ORIGIN, 'X-Request-Id, authorization,mcp-protocol-version , X-REQUEST-ID, a b, "x", , x:y'),
    )
    expect(headers.get('access-control-allow-headers')).toBe(
      'authorization, content-type, dpop, x-request-id, mcp-protocol-version',
    )
  })

  test('[COR-3] whatever headers are asked for, the answer is a list of names with Authorization among them', () => {
    const value = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) })
    fc.assert(
      fc.property(value, (headers) => {
        const names = answer(preflight(ORIGIN, headers)).headers.get('access-control-allow-headers')?.split(', ') ?? []
        expect(names).toContain('authorization')
        for (const name of names) expect(name).toMatch(/^[!#$%&'*+.^_`|~0-9a-z-]{1,64}$/)
      }),
    )
  })
})

describe("the gate's own answers to a browser", () => {
  const exposed = (headers: Record<string, string>, cors: Cors | undefined = CORS) => {
    const response = new Response(null, { status: 401, headers: { vary: 'Accept' } })
    exposeToBrowser(response.headers, request(headers, 'GET'), cors)
    return Object.fromEntries(response.headers)
  }

  test('[COR-4] [DPP-25] [DEP-6] can be read by an allowed origin, challenge included', () => {
    expect(exposed({ origin: ORIGIN })).toEqual({
      'access-control-allow-origin': ORIGIN,
      'access-control-expose-headers':
        'WWW-Authenticate, DPoP-Nonce, Retry-After, Deprecation, Sunset, Link, X-Fapi-Interaction-Id, Scopewall-Decision',
      vary: 'Accept, Origin',
    })
  })

  test.each(others)('[COR-5] cannot be read by the origin %j', (origin) => {
    expect(exposed({ origin })).toEqual({ vary: 'Accept, Origin' })
  })

  test('[COR-5] vary by Origin also where none was sent, so that no cache mixes them up', () => {
    expect(exposed({})).toEqual({ vary: 'Accept, Origin' })
  })

  test('say nothing of browsers where no origin is configured', () => {
    const response = new Response(null)
    exposeToBrowser(response.headers, request({ origin: ORIGIN }, 'GET'), undefined)
    expect([...response.headers]).toEqual([])
  })
})

describe('where the origin owns CORS', () => {
  const owner: Cors = { ...CORS, owner: 'origin' }

  test('[COR-7] [COR-2] it is asked by those who may read answers, for methods that the map has', () => {
    expect(isForOrigin(preflight(ORIGIN), owner, ['POST'])).toBe(true)
    expect(isForOrigin(preflight(ORIGIN), owner, ['GET'])).toBe(false)
    expect(isForOrigin(preflight(ORIGIN), owner, [])).toBe(false)
    expect(isForOrigin(preflight('https://evil.example'), owner, ['POST'])).toBe(false)
    expect(isForOrigin(preflight(ORIGIN), CORS, ['POST'])).toBe(false)
    expect(isForOrigin(preflight(ORIGIN), undefined, ['POST'])).toBe(false)
  })

  test('[COR-7] [COR-2] of its answer to a preflight nothing comes back but permissions', async () => {
    const permissions = { 'access-control-allow-origin': ORIGIN, 'access-control-max-age': '5', vary: 'Origin' }
    const told = preflightAnswer(
      new Response('INVOICES', { headers: { ...permissions, 'set-cookie': 'sid=1', 'x-powered-by': 'Express' } }),
    )
    expect([told.status, await told.text()]).toEqual([204, ''])
    expect(Object.fromEntries(told.headers)).toEqual({ ...permissions, 'cache-control': 'no-store' })
    const refused = preflightAnswer(new Response('no', { status: 405, headers: permissions }))
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([204, null])
    expect(
      preflightAnswer(new Response(null, { status: 302, headers: { location: '/' } })).headers.get('location'),
    ).toBeNull()
  })

  test('[COR-4] [DPP-25] [DEP-6] what the gate adds to its answers can be read by whom it permits', () => {
    const exposed = (headers: Record<string, string>) => {
      const answered = new Headers(headers)
      exposeAdditions(answered)
      return answered.get('access-control-expose-headers')
    }
    expect(exposed({ 'access-control-allow-origin': ORIGIN, 'access-control-expose-headers': 'X-Total' })).toMatch(
      /^X-Total, .*DPoP-Nonce.*Deprecation/,
    )
    expect(exposed({})).toBeNull()
  })
})
