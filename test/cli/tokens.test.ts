/** `scopewall tokens` against a gate that answers as told: what it asks, what it shows, and what it revokes. */
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { spanOf } from '../../src/cli/token-table.ts'
import { makeWorkplace, type Workplace } from '../support/cli.ts'

const AT = 1_800_000_000
const token = (name: string, facts: object = {}) => ({
  fingerprint: name.padEnd(43, 'x'),
  issuer: 'https://login.example.com',
  client: 'mobile',
  subject: 'sha256:00112233445566778899aabbccddeeff',
  scopes: ['invoices:read', 'invoices:refund'],
  issuedAt: AT - 600,
  expiresAt: AT + 86_400,
  lifetimeSeconds: 87_000,
  bound: [],
  acr: [],
  firstSeen: AT - 500,
  lastSeen: AT - 42,
  uses: 17,
  ...facts,
})
const answer = (parts: object) => ({
  subjects: 'hashed',
  at: AT,
  sampling: [{ from: 0, oneIn: 1 }],
  missed: 0,
  kept: 2,
  estimated: 2,
  ...parts,
})

interface Asked {
  readonly line: string
  readonly authorization: string | undefined
  readonly body: unknown
}

let place: Workplace
let server: Server
let url = ''
let asked: Asked[] = []
let reply: { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> }

beforeAll(async () => {
  place = await makeWorkplace()
  server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const { authorization } = request.headers
    asked.push({ line: `${request.method} ${request.url}`, authorization, body: text && JSON.parse(text) })
    const { status, body, headers } = request.method === 'GET' ? reply : { status: 201, body: {}, headers: {} }
    response.writeHead(status, headers).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
afterAll(async () => {
  vi.unstubAllEnvs()
  server.close()
  await place.close()
})
beforeEach(() => {
  asked = []
  vi.stubEnv('SCOPEWALL_TOKEN', 'a.b.c')
  reply = {
    status: 200,
    body: answer({
      tokens: [token('long'), token('gone', { expiresAt: AT - 1, subject: undefined, bound: ['dpop'] })],
    }),
  }
})

const tokens = (...args: readonly string[]) => place.run('tokens', '--url', url, ...args)

describe('the list', () => {
  test('is a table, and says that it is everything', async () => {
    const { code, stdout } = await tokens()
    expect(code).toBe(0)
    expect(stdout).toBe(
      [
        'fingerprint   client  subject                                  left     lifetime  age  seen     uses  bound   scopes',
        'longxxxxxxxx  mobile  sha256:00112233445566778899aabbccddeeff  1d       1d        10m  42s ago  17    bearer  invoices:read invoices:refund',
        'gonexxxxxxxx  mobile  none                                     expired  1d        10m  42s ago  17    dpop    invoices:read invoices:refund',
        '',
        '2 tokens fit, all that were seen',
        'subjects are hashes; --subject takes the name',
        '',
      ].join('\n'),
    )
  })

  test('is asked for with the token, as the options say', async () => {
    await tokens('--by', 'client', '--scope', 'a:b', 'c:d', '--subject', 'alice', '--older-than', '2h', '--limit', '5')
    expect(asked).toMatchObject([{ authorization: 'Bearer a.b.c' }])
    const { pathname, searchParams } = new URL(asked[0]?.line.slice('GET '.length) ?? '', url)
    expect(pathname).toBe('/_scopewall/admin/tokens')
    expect(Object.fromEntries(searchParams)).toEqual({
      by: 'client',
      scope: 'a:b c:d',
      subject: 'alice',
      olderThan: '7200',
      sort: 'remaining',
      expired: 'false',
      limit: '5',
      offset: '0',
    })
  })

  test('sums up, and says how much of the truth it is', async () => {
    const sampling = [
      { from: 0, oneIn: 8 },
      { from: AT - 100, oneIn: 4 },
    ]
    const group = {
      issuer: 'https://login.example.com',
      name: 'mobile\u001b[31m',
      kept: 10,
      estimated: 80,
      longestLifetime: 3600,
      latestExpiry: AT + 60,
      oldest: AT - 90_000,
      lastSeen: AT,
      uses: 1234,
      scopes: ['invoices:read'],
    }
    reply = { status: 200, body: answer({ groups: [group], sampling, kept: 10, estimated: 80, missed: 3, next: 50 }) }
    const { stdout } = await tokens('--by', 'client')
    expect(stdout).toContain('mobile [31m  ~80     1h                1m            1d 1h   0s ago  1234  invoices:read')
    expect(stdout).toContain('about 80 tokens fit; 10 of them are remembered, one in 8')
    expect(stdout).toContain('3 reports did not get through')
    expect(stdout).toContain('--offset 50')
  })

  test('is JSON where that is asked for', async () => {
    const { stdout } = await tokens('--json')
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(reply.body)))
  })
})

describe('--revoke', () => {
  test('revokes what is listed and not expired, and nothing else', async () => {
    const listed = [token('a'), token('b'), token('c', { expiresAt: AT - 1 })]
    reply = { status: 200, body: answer({ tokens: listed }) }
    const { code, stdout } = await tokens('--revoke', '--reason', 'leaked', '--yes')
    expect(code).toBe(0)
    const mark = (name: string) => ({
      target: { kind: 'token', value: token(name).fingerprint },
      reason: 'leaked',
      expires: AT + 86_400 + 3600,
    })
    expect(asked.slice(1)).toMatchObject([
      { line: 'POST /_scopewall/admin/revocations/bulk', body: [mark('a'), mark('b')] },
    ])
    expect(stdout.match(/^revoked /gm)).toHaveLength(2)
  })

  test('of a token without an end has none either, and such a token is first of all that is listed', async () => {
    reply = {
      status: 200,
      body: answer({ tokens: [token('a', { expiresAt: undefined, lifetimeSeconds: undefined })] }),
    }
    expect((await tokens()).stdout).toMatch(/ no end +no end +10m /)
    await tokens('--revoke', '--reason', 'leaked', '--yes')
    expect(asked.at(-1)?.body).toMatchObject({ target: { kind: 'token' }, expires: 'never' })
    const group = { name: 'mobile', kept: 1, estimated: 1, oldest: AT, lastSeen: AT, uses: 1, scopes: [] }
    reply = { status: 200, body: answer({ groups: [group] }) }
    expect((await tokens('--by', 'client')).stdout).toMatch(/mobile +1 +no end +no end /)
  })

  test('of one token needs no bulk', async () => {
    await tokens('--revoke', '--reason', 'leaked', '--yes')
    expect(asked.slice(1)).toMatchObject([{ line: 'POST /_scopewall/admin/revocations' }])
  })

  test('of nothing asks nothing', async () => {
    reply = { status: 200, body: answer({ tokens: [], kept: 0, estimated: 0 }) }
    const { code } = await tokens('--revoke', '--reason', 'leaked', '--yes')
    expect([code, asked.length]).toEqual([0, 1])
  })

  test.each([
    ['without a reason', ['--revoke', '--yes']],
    ['without anybody to confirm it', ['--revoke', '--reason', 'leaked']],
    ['of groups', ['--revoke', '--reason', 'leaked', '--yes', '--by', 'client']],
  ])('%s is a mistake, before anything is asked', async (_, args) => {
    const { code } = await tokens(...args)
    expect([code, asked]).toEqual([2, []])
  })
})

describe('what can go wrong', () => {
  test.each([
    [
      'a refusal',
      403,
      { title: 'Forbidden', code: 'scope_insufficient', required_scopes: ['scopewall:inspect'] },
      {},
      4,
    ],
    ['a problem', 400, { title: 'No', detail: 'limit is zero' }, {}, 2],
    ['something else', 200, { hello: 'world' }, {}, 1],
    ['a redirect', 302, {}, { location: 'https://elsewhere.example/' }, 1],
  ])('%s', async (_, status, body, headers, exit) => {
    reply = { status, body, headers }
    const { code, stdout, stderr } = await tokens()
    expect([code, stdout]).toEqual([exit, ''])
    expect(stderr).not.toContain('a.b.c')
    if (status === 403) expect(stderr).toContain('scopewall:inspect')
  })

  test('no token, or none that is one', async () => {
    for (const value of ['', 'a\u0000b']) {
      vi.stubEnv('SCOPEWALL_TOKEN', value)
      expect([(await tokens()).code, asked]).toEqual([2, []])
    }
  })

  test('a token would travel in the clear', async () => {
    const { code } = await place.run('tokens', '--url', 'http://api.example.com')
    expect(code).toBe(2)
  })
})

test.each([
  [0, '0s'],
  [59.6, '1m'],
  [61, '1m 1s'],
  [3600, '1h'],
  [90_061, '1d 1h'],
  [86_400 + 59, '1d'],
  [-5, '0s'],
])('%s seconds are %s', (seconds, text) => expect(spanOf(seconds)).toBe(text))
