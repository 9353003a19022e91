/** What the revocation log says reaches the decision, and what it cannot say refuses. */
import { describe, expect, test } from 'vitest'
import type { GateParts } from '../../src/gateway/exchange.ts'
import { createGate } from '../../src/gateway/handle.ts'
import { voiceOf } from '../../src/gateway/voice.ts'
import { decodeRelease } from '../../src/policy/decode.ts'
import { encodeRelease, type ReleaseDocument } from '../../src/policy/release.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import type { StaleStance } from '../../src/policy/revocation-policy.ts'
import { parseScopeString, type ScopeToken } from '../../src/policy/scope.ts'
import type { ActiveCandidate } from '../../src/release/loader.ts'
import { targetKey } from '../../src/revocation/target-key.ts'
import { ISSUER, principalOf, START, setUp } from '../revocation/mirrors.ts'
import { environmentOf } from '../support/environment.ts'
import { INVOICING } from '../support/invoicing.ts'
import { immediateRecorder } from '../support/recorder.ts'

const POLICY = { pollSeconds: 2, maxAgeSeconds: 5, maxStaleSeconds: 60, senders: [], roles: {} }
const STRICT: ReleaseDocument = {
  ...INVOICING,
  rules: [
    ...INVOICING.rules,
    {
      service: 'invoices',
      host: 'api.example.com',
      method: 'GET',
      path: '/v1/balance',
      anyOf: [['invoices:read']],
      revocation: 'strict',
    },
  ],
}
const decoded = decodeRelease(encodeRelease(STRICT))
if (!decoded.ok) throw new Error(decoded.error)
const release = decoded.value
const ALICE = { kind: 'subject', issuer: ISSUER, value: 'alice' } as const

function startGate(whenStale: StaleStance = 'refuse-critical', candidate?: ActiveCandidate) {
  const setup = setUp()
  const records: Record<string, unknown>[] = []
  const environment = environmentOf(ISSUER, 'https://origin.example.com', { revocation: { ...POLICY, whenStale } })
  const parts: GateParts = {
    environment,
    voice: voiceOf(environment),
    releases: {
      bundled: { digest: 'd', serial: 0 },
      current: () => ({ release, digest: 'd', serial: 1, source: 'kv', ...(candidate && { candidate }) }),
    },
    tokens: {
      evidence: ({ token }) => ({
        kind: 'verified',
        principal: principalOf({
          subject: token,
          client: 'app',
          scopes: parseScopeString('invoices:read invoices:refund') ?? new Set(),
          issuedAt: (START / 1000 - 30) as EpochSeconds,
          authentication: { acrs: ['phr'], amr: [], at: (START / 1000 - 20) as EpochSeconds },
        }),
      }),
      spend: async () => undefined,
    },
    revocations: setup.mirror,
    clock: () => setup.clock.now,
    newDecisionId: () => 'decision-1',
    fetchUpstream: async () => new Response('origin'),
    unbound: [],
    recorder: immediateRecorder((event) => records.push({ ...event })),
  }
  const gate = createGate(parts)
  const ask = async (path: string, subject = 'alice', method = 'GET') => {
    const headers = { authorization: `Bearer ${subject}` }
    const answer = await gate(new Request(`https://api.example.com${path}`, { method, headers }), (work) =>
      setup.background.push(work),
    )
    return { status: answer.status, body: await answer.text(), challenge: answer.headers.get('www-authenticate') }
  }
  return { ...setup, records, ask, refunds: () => ask('/v1/invoices/1/refunds', 'alice', 'POST') }
}

describe('a caller whom a mark is about', () => {
  test('is refused as one with an invalid token, and the record says which entry it was and nothing of whom', async () => {
    const { log, ask, records } = startGate()
    log.revoke({ ...ALICE, value: 'carol' })
    log.revoke(ALICE)
    expect(await ask('/v1/invoices', 'bob')).toMatchObject({ status: 200, body: 'origin' })
    const answer = await ask('/v1/invoices')
    expect(answer).toMatchObject({ status: 401, challenge: expect.stringContaining('error="invalid_token"') })
    expect(answer.body).not.toContain('revoked')
    expect(records).toMatchObject([
      { codes: ['token_invalid'], detail: 'revoked', mark: { target: 'subject', entry: 2 } },
    ])
    expect(JSON.stringify(records)).not.toContain('alice')
  })

  test('is asked for a step-up where that is what the mark asks', async () => {
    const { log, ask } = startGate()
    const effects = [
      { effect: { kind: 'step-up' as const, authenticatedAfter: (START / 1000 - 10) as EpochSeconds }, entry: 1 },
    ]
    log.append({ kind: 'subject', key: targetKey(ALICE), effects })
    expect(await ask('/v1/invoices')).toMatchObject({
      status: 401,
      challenge: expect.stringContaining('insufficient_user_authentication'),
    })
    expect(await ask('/v1/invoices', 'bob')).toMatchObject({ status: 200 })
  })

  test('passes where nobody asks who calls', async () => {
    const { log, ask } = startGate()
    log.revoke(ALICE)
    expect(await ask('/v1/status')).toMatchObject({ status: 200 })
    expect(log.asks).toEqual([])
  })
})

test('a scope that is switched off grants nothing, and nobody is told to ask for it', async () => {
  const { log, ask, ready } = startGate()
  log.append({
    kind: 'scope',
    scope: 'invoices:read' as ScopeToken,
    effects: [{ effect: { kind: 'suspend' }, entry: 1 }],
  })
  await ready()
  const answer = await ask('/v1/invoices')
  expect([answer.status, JSON.parse(answer.body).code]).toEqual([403, 'scope_suspended'])
  expect(answer.challenge).not.toContain('scope="')
})

describe('while nobody can say what was revoked lately', () => {
  test.each([
    ['serve', 200, 200],
    ['refuse-critical', 200, 503],
    ['refuse', 503, 503],
  ] as const)('the stance %s answers %i, and %i where the scope is critical', async (stance, usual, critical) => {
    const { log, ask, refunds, records } = startGate(stance)
    log.deliver = () => Promise.reject(new Error('away'))
    expect((await ask('/v1/invoices')).status).toBe(usual)
    expect((await refunds()).status).toBe(critical)
    expect((await ask('/v1/status')).status).toBe(200)
    if (critical === 503) expect(records.at(-1)).toMatchObject({ codes: ['unavailable'], detail: 'revocation' })
  })

  test('what is known goes on denying, with the status of a token that is not good', async () => {
    const { log, ask, clock, refunds } = startGate('refuse')
    log.revoke(ALICE)
    await ask('/v1/invoices')
    log.deliver = () => Promise.reject(new Error('away'))
    clock.now += 3_600_000
    expect([(await ask('/v1/invoices')).status, (await refunds()).status]).toEqual([401, 401])
    expect((await ask('/v1/invoices', 'bob')).status).toBe(503)
  })
})

describe('a rule that asks the log itself', () => {
  test('refuses what was revoked a moment ago, where others do not know yet', async () => {
    const { log, ask } = startGate()
    expect((await ask('/v1/balance')).status).toBe(200)
    log.revoke(ALICE)
    expect((await ask('/v1/invoices')).status).toBe(200)
    expect((await ask('/v1/balance')).status).toBe(401)
    expect((await ask('/v1/invoices')).status).toBe(401)
  })

  test('is judged by nobody while the log is away, whatever the stance', async () => {
    const { log, ask } = startGate('serve')
    await ask('/v1/balance')
    log.deliver = () => Promise.reject(new Error('away'))
    expect((await ask('/v1/balance')).status).toBe(503)
    expect((await ask('/v1/invoices')).status).toBe(200)
  })
})

test('a candidate judges by the same marks', async () => {
  const candidate = { digest: 'c'.repeat(64), since: '2026-11-28T12:00:00.000Z', share: 100, release }
  const { log, ask, records } = startGate('refuse', candidate)
  log.revoke(ALICE)
  expect((await ask('/v1/invoices')).status).toBe(401)
  expect(records.map(({ event }) => event)).toEqual(['decision'])
})
