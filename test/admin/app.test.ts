import { describe, expect, test, vi } from 'vitest'
import type { RuleEntry } from '../../src/policy/release.ts'
import type { TokenEvidence } from '../../src/token/verify.ts'
import { WITH_ADMIN } from '../support/admin-map.ts'
import { INVOICING } from '../support/invoicing.ts'
import { memoryDatabase } from '../support/sqlite-d1.ts'
import { ALL, adminOver, callerWith } from './admin.ts'

const MARK = { target: { kind: 'subject', value: 'u1' }, reason: 'left' }

describe('who may use the admin API', () => {
  test('whoever holds the scope; the origin hears nothing of it', async () => {
    const admin = adminOver()
    const answer = await admin.get('log')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(admin.forwarded()).toBe(0)
  })

  test('nobody without a token: a challenge', async () => {
    const answer = await adminOver({ evidence: { kind: 'none' } }).get('log')
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /)
  })

  test('nobody without the scope, and the refusal says which is asked for', async () => {
    const admin = adminOver({ evidence: callerWith('scopewall:review invoices:admin') })
    const answer = await admin.post('revocations', MARK)
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({
      code: 'scope_insufficient',
      required_scopes: ['scopewall:revoke'],
    })
    expect(admin.records).toMatchObject([{ event: 'decision', outcome: 'deny' }])
    expect(admin.log.entries).toEqual([])
  })

  test('nobody whose token is not good', async () => {
    const evidence = { kind: 'rejected', denial: { code: 'token_invalid', detail: 'signature' } } as const
    expect((await adminOver({ evidence }).get('log')).status).toBe(401)
  })

  test('nobody is merely observed, whatever the environment says', async () => {
    const admin = adminOver({
      evidence: callerWith('invoices:read'),
      environment: { mode: 'observe', observeClients: ['cli'] },
    })
    expect((await admin.post('revocations', MARK)).status).toBe(403)
    expect(admin.log.entries).toEqual([])
  })
})

describe('which rules open it', () => {
  const everything: RuleEntry = {
    service: 'invoices',
    host: 'api.example.com',
    method: 'ANY',
    path: '/{path+}',
    public: 'All of it.',
  }

  test('a map without rules about it leaves it closed to everybody', async () => {
    const answer = await adminOver({ document: INVOICING }).get('log')
    expect([answer.status, await answer.json()]).toMatchObject([403, { code: 'unmapped' }])
  })

  test('a rule that covers everything covers nothing of it', async () => {
    const admin = adminOver({
      document: { ...INVOICING, rules: [...INVOICING.rules, everything] },
      evidence: { kind: 'none' },
    })
    expect((await admin.get('log')).status).toBe(403)
    expect((await admin.post('revocations', MARK)).status).toBe(403)
    expect(admin.log.entries).toEqual([])
  })

  test('what is published opens nothing: the release of the Worker alone is asked', async () => {
    const admin = adminOver({ document: INVOICING, live: WITH_ADMIN })
    expect((await admin.get('log')).status).toBe(403)
  })

  test('a route that is answered and that no rule names is refused', async () => {
    const rules = WITH_ADMIN.rules.filter((rule) => !rule.path.endsWith('/kill-switches'))
    const admin = adminOver({ document: { ...WITH_ADMIN, rules } })
    expect((await admin.post('kill-switches', { target: { kind: 'scope', scope: 'invoices:read' } })).status).toBe(403)
  })

  test.each(['LOG', 'log/', 'log.json', 'revocations//17', '%6Cog'])('%s is no spelling of a route', async (path) => {
    expect([400, 403]).toContain((await adminOver().get(path)).status)
  })
})

test('a log that cannot be asked is 503, on record, and says nothing of why', async () => {
  const admin = adminOver()
  admin.log.isUp = false
  for (const answer of [await admin.get('log'), await admin.post('revocations', MARK)]) {
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('5')
    expect(await answer.text()).not.toContain('secret')
  }
  expect(admin.records.map((event) => (event as { event: string }).event)).toEqual([
    'fault',
    'decision',
    'fault',
    'decision',
  ])
})

test('a log that does not answer is not waited for without end', async () => {
  vi.useFakeTimers()
  try {
    const admin = adminOver()
    admin.log.status = () => new Promise(() => {})
    const answer = admin.get('log')
    await vi.advanceTimersByTimeAsync(10_000)
    expect((await answer).status).toBe(503)
  } finally {
    vi.useRealTimers()
  }
})

test('a DPoP nonce goes with the answer', async () => {
  const sender = { isSingleUse: false, nextNonce: 'n-2' }
  const evidence = { ...callerWith('scopewall:review'), sender } as unknown as TokenEvidence
  expect((await adminOver({ evidence }).get('log')).headers.get('dpop-nonce')).toBe('n-2')
})

describe('where revocation is off', () => {
  test.each(['revocations', 'revocations/7', 'log', 'log/entries'])('GET %s says so', async (path) => {
    const answer = await adminOver({ noLog: true }).get(path)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('`revocation` is off') })
  })

  test('nothing is marked or taken back, and whoever asks is told why', async () => {
    const { post, records } = adminOver({ noLog: true, evidence: callerWith(ALL) })
    for (const [path, body] of [
      ['revocations', MARK],
      ['revocations/bulk', [MARK]],
      ['revocations/7/undo', { reason: 'wrong' }],
    ] as const)
      expect([path, (await post(path, body)).status]).toEqual([path, 404])
    expect(records.filter((record) => JSON.stringify(record).includes('fault'))).toEqual([])
  })

  test('everything else goes on', async () => {
    const { get } = adminOver({ noLog: true, usage: memoryDatabase() })
    for (const path of ['overview', 'releases', 'usage/traffic', 'decisions'])
      expect([path, (await get(path)).status]).toEqual([path, 200])
  })
})
