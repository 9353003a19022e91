/** How the gate is: this environment, its issuers, and what the other environments' gates say, which is a stranger's text. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createNeighbours, readHealth } from '../../src/admin/neighbours.ts'
import { overviewHandlers } from '../../src/admin/overview.ts'
import type { OverviewAnswer } from '../../src/policy/console-answers.ts'
import type { IssuerProbe } from '../../src/token/verify.ts'
import { adminOver, callerWith } from './admin.ts'

const DIGEST = 'a'.repeat(64)
const HEALTHY = {
  status: 'ok',
  environment: 'staging',
  release: { digest: DIGEST, serial: 7, source: 'kv', expires: '2027-01-01T00:00:00.000Z' },
  candidate: { digest: 'b'.repeat(64), since: '2026-11-01T00:00:00.000Z' },
  revocation: { freshness: 'fresh', stance: 'serve', seq: 1, marks: 0 },
  secret: '<script>',
}
const SIBLINGS = [
  { name: 'staging', resource: 'https://api.staging.example.com/v1' },
  { name: 'production', resource: 'https://api.example.com' },
]

describe('the other environments', () => {
  test('are asked where they are, and what they say is read member by member', async () => {
    const asked: string[] = []
    const { healths } = createNeighbours(SIBLINGS, async (url, { redirect }) => {
      asked.push(`${url} ${redirect}`)
      return url.includes('staging') ? Response.json(HEALTHY) : Response.json({ status: 'no_release' }, { status: 503 })
    })
    const answer = await healths(0)
    expect(asked).toEqual([
      'https://api.staging.example.com/_scopewall/health manual',
      'https://api.example.com/_scopewall/health manual',
    ])
    expect(answer).toMatchObject([
      { environment: 'staging', isOwn: false, state: 'ok', release: HEALTHY.release, candidate: HEALTHY.candidate },
      { environment: 'production', state: 'degraded' },
    ])
    expect(JSON.stringify(answer)).not.toContain('script')
  })

  test('are asked once for all who look at the same time, and again a little later', async () => {
    let asked = 0
    const { healths } = createNeighbours(SIBLINGS, async () => {
      asked += 1
      return Response.json(HEALTHY)
    })
    await healths(0)
    await healths(9_000)
    expect(asked).toBe(2)
    await healths(11_000)
    expect(asked).toBe(4)
  })

  test.each<[string, () => Promise<Response>]>([
    ['a network that fails', () => Promise.reject(new TypeError('secret address'))],
    ['another server', async () => new Response('<h1>Welcome</h1>')],
    ['a redirect', async () => new Response(null, { status: 302, headers: { location: 'https://evil.example' } })],
    ['more than a gate says', async () => new Response(JSON.stringify({ ...HEALTHY, more: 'x'.repeat(70_000) }))],
    ['an empty answer', async () => new Response(null, { status: 204 })],
  ])('%s is unreachable, and nothing of it is told', async (_, fetch) => {
    const [health] = await createNeighbours(SIBLINGS, fetch).healths(0)
    expect(health?.state).toBe('unreachable')
    expect(JSON.stringify(health)).not.toMatch(/secret|Welcome|evil/)
  })

  test('one that does not answer is not waited for without end', async () => {
    const [health] = await createNeighbours(SIBLINGS.slice(1), () => new Promise(() => {})).healths(0)
    expect(health).toMatchObject({ state: 'unreachable', detail: 'it did not answer in time' })
  })

  test('say nothing that is no release, no serial and no time', () =>
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), fc.json(), (status, body) => {
        const told = readHealth(status, body)
        return told === undefined || /^[\w ,:.\-{}"]*$/.test(JSON.stringify(told))
      }),
    ))
})

const probeOf = (keys: Awaited<ReturnType<IssuerProbe['standings']>>[number]['keys']): IssuerProbe => ({
  standings: async () => [{ issuer: 'https://issuer.example.com', keys }],
})

/** The handler over the parts of a gate that judges by release `k`. */
async function overview(probe: IssuerProbe): Promise<OverviewAnswer> {
  const gate = {
    environment: { name: 'test', siblings: [] },
    releases: { current: () => ({ digest: DIGEST, serial: 3, source: 'kv' }) },
  }
  const parts = {
    gate,
    probes: [probe],
    bindings: [{ name: 'TAIL', isBound: false, purpose: 'x' }],
    fetch: async () => new Response(),
  }
  const handlers = overviewHandlers(parts as unknown as Parameters<typeof overviewHandlers>[0])
  const call = { exchange: { milliseconds: 0, waitUntil: () => {} } } as unknown as Parameters<
    (typeof handlers)['GET /_scopewall/admin/overview']
  >[0]
  return (await (await handlers['GET /_scopewall/admin/overview'](call)).json()) as OverviewAnswer
}

describe('this environment', () => {
  test('is well where its issuers are', async () => {
    const answer = await overview(probeOf('fresh'))
    expect(answer).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      environments: [
        { environment: 'test', isOwn: true, state: 'ok', release: { digest: DIGEST, serial: 3, source: 'kv' } },
      ],
      issuers: [{ issuer: 'https://issuer.example.com', state: 'ok' }],
      revocation: 'off',
      bindings: [{ name: 'TAIL', isBound: false, purpose: 'x' }],
    })
  })

  test.each(['stale', 'none'] as const)('is degraded where an issuer has %s keys', async (keys) => {
    const answer = await overview(probeOf(keys))
    expect([answer.environments[0]?.state, answer.issuers[0]?.state]).toEqual(['degraded', 'unreachable'])
  })

  test('is told through the API to whoever may observe', async () => {
    const admin = adminOver({ evidence: callerWith('scopewall:review') })
    expect(await (await admin.get('overview')).json()).toMatchObject({ environments: [{ isOwn: true, state: 'ok' }] })
    expect((await adminOver({ evidence: { kind: 'none' } }).get('overview')).status).toBe(401)
  })
})
