/** Instances of the gate that share nothing but a revocation log, in the real runtime: what is revoked at the log is refused by all of them. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Origin, startOrigin } from '../../demo/origin.ts'
import type { ReleaseDocument, RuleEntry } from '../../src/policy/release.ts'
import type { RevocationPolicy } from '../../src/policy/revocation-policy.ts'
import type { ScopeToken } from '../../src/policy/scope.ts'
import { environmentOf } from '../support/environment.ts'
import { gateService, parseEvents } from '../support/gate.ts'
import { INVOICING } from '../support/invoicing.ts'
import { type KvServer, startKvServer } from '../support/kv-server.ts'
import { type HubClient, hubAt, hubService } from '../support/revocation-hub.ts'
import { type StaticIssuer, startStaticIssuer } from '../support/static-issuer.ts'
import { startWorkerd, type Workerd } from '../support/workerd.ts'

const BALANCE: RuleEntry = {
  service: 'invoices',
  host: 'api.example.com',
  method: 'GET',
  path: '/v1/balance',
  anyOf: [['invoices:read']],
  revocation: 'strict',
}
const DOCUMENT: ReleaseDocument = { ...INVOICING, rules: [...INVOICING.rules, BALANCE] }
const QUICK: RevocationPolicy = {
  pollSeconds: 0.5,
  maxAgeSeconds: 1,
  maxStaleSeconds: 2,
  whenStale: 'refuse-critical',
  senders: [],
  roles: {},
}
/** Nothing is asked for anew while a test runs. */
const SLOW: RevocationPolicy = { ...QUICK, pollSeconds: 120, maxAgeSeconds: 240, maxStaleSeconds: 600 }
const INSTANCES = {
  one: QUICK,
  two: QUICK,
  strict: SLOW,
  sharing: SLOW,
  late: QUICK,
  whole: SLOW,
  alone: QUICK,
} as const
type Instance = keyof typeof INSTANCES

const SECONDS = { timeout: 10_000, interval: 50 }

let issuer: StaticIssuer
let origin: Origin
let kv: KvServer
let workerd: Workerd
let hub: HubClient

beforeAll(async () => {
  ;[issuer, origin, kv] = await Promise.all([startStaticIssuer(), startOrigin({ port: 0 }), startKvServer()])
  const setup = { document: DOCUMENT, kv: kv.address }
  const environment = (revocation: RevocationPolicy) => environmentOf(issuer.issuer, origin.url, { revocation })
  const gates = Object.entries(INSTANCES).map(([name, policy]) =>
    gateService({ ...setup, name, environment: environment(policy), hub: 'hub' }),
  )
  const unbound = gateService({ ...setup, name: 'unbound', environment: environment(QUICK), hasLog: false })
  const services = await Promise.all([hubService('hub', kv.address), ...gates, unbound])
  workerd = await startWorkerd(services, { cache: 'memory' })
  hub = hubAt(workerd.ports.hub ?? 0, 'test')
})
afterAll(async () => {
  await Promise.all([workerd.close(), origin.close(), kv.close(), issuer.close()])
})

const target = (kind: 'jti' | 'subject' | 'session', value: string) => ({ kind, issuer: issuer.issuer, value }) as const

async function ask(
  instance: Instance | 'unbound',
  token: string,
  path = '/v1/invoices',
  method = 'GET',
): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  return (await fetch(`http://127.0.0.1:${workerd.ports[instance]}${path}`, { method, headers })).status
}
const refund = (instance: Instance, token: string) => ask(instance, token, '/v1/invoices/1/refunds', 'POST')

async function known(instance: Instance): Promise<Readonly<Record<string, unknown>>> {
  const answer = await fetch(`http://127.0.0.1:${workerd.ports[instance]}/_scopewall/health`)
  return ((await answer.json()) as { readonly revocation: Readonly<Record<string, unknown>> }).revocation
}

const mint = (subject: string, claims: Readonly<Record<string, unknown>> = {}) =>
  issuer.mint({
    sub: subject,
    scope: 'invoices:read invoices:refund',
    acr: 'phr',
    auth_time: Math.floor(Date.now() / 1000),
    ...claims,
  })

describe('a revocation that was acknowledged', () => {
  test('is refused by every instance within seconds, and nobody else is', async () => {
    const [alice, bob] = await Promise.all([mint('alice', { sid: 's-1' }), mint('bob', { sid: 's-2' })])
    for (const instance of ['one', 'two'] as const)
      for (const token of [alice, bob]) expect(await ask(instance, token)).toBe(200)
    const entry = await hub.revoke(target('session', 's-1'))
    for (const instance of ['one', 'two'] as const) await expect.poll(() => ask(instance, alice), SECONDS).toBe(401)
    expect([await ask('one', bob), await ask('two', bob)]).toEqual([200, 200])
    const refusals = () => parseEvents(workerd.lines).filter(({ detail }) => detail === 'revoked')
    await expect
      .poll(() => refusals().at(-1), SECONDS)
      .toMatchObject({ codes: ['token_invalid'], mark: { target: 'session', entry } })
    expect(JSON.stringify(refusals())).not.toContain('s-1')
  })

  test('lasts until it is undone', async () => {
    const carol = await mint('carol')
    const mark = await hub.revoke(target('subject', 'carol'))
    await expect.poll(() => ask('one', carol), SECONDS).toBe(401)
    await hub.act({ kind: 'undo', mark, reason: 'Tested.' })
    await expect.poll(() => ask('one', carol), SECONDS).toBe(200)
  })

  test('of a scope stops it for every client, and leaves the tokens what they are', async () => {
    const dan = await mint('dan')
    expect(await refund('two', dan)).not.toBe(403)
    const mark = await hub.revoke({ kind: 'scope', scope: 'invoices:refund' as ScopeToken })
    await expect.poll(() => refund('two', dan), SECONDS).toBe(403)
    expect(await ask('two', dan)).toBe(200)
    await hub.act({ kind: 'undo', mark, reason: 'Tested.' })
    await expect.poll(() => refund('two', dan), SECONDS).not.toBe(403)
  })

  test('is known at once where a rule asks the log itself', async () => {
    const erin = await mint('erin')
    // The origin has no such page, and was asked for it.
    expect([await ask('strict', erin), await ask('strict', erin, '/v1/balance')]).toEqual([200, 404])
    await hub.revoke(target('subject', 'erin'))
    expect(await ask('strict', erin)).toBe(200)
    expect(await ask('strict', erin, '/v1/balance')).toBe(401)
    expect(await ask('strict', erin)).toBe(401)
  })
})

test('instances share what one of them was told', async () => {
  const before = await hub.asks()
  expect(await ask('sharing', await mint('frank'))).toBe(200)
  expect(await known('sharing')).toMatchObject({ freshness: 'fresh', stance: 'refuse-critical' })
  expect(await hub.asks()).toBe(before)
})

test('without the binding nothing is judged at all', async () => {
  expect(await ask('unbound', await mint('gina'), '/v1/status')).toBe(503)
  await expect
    .poll(() => parseEvents(workerd.lines))
    .toContainEqual({ event: 'fault', code: 'binding_missing', name: 'REVOCATIONS' })
})

describe('while the log is away', () => {
  let hugo: string
  let iris: string
  beforeAll(async () => {
    ;[hugo, iris] = await Promise.all([mint('hugo'), mint('iris')])
  })

  test('what is known goes on denying, and what is critical is refused', async () => {
    await hub.revoke(target('subject', 'hugo'))
    await expect.poll(() => ask('one', hugo), SECONDS).toBe(401)
    await hub.setMood('failing')
    await expect.poll(() => refund('one', iris), SECONDS).toBe(503)
    expect([await ask('one', iris), await ask('one', hugo)]).toEqual([200, 401])
    expect(await known('one')).toMatchObject({ freshness: 'stale' })
    expect(parseEvents(workerd.lines)).toContainEqual(expect.objectContaining({ event: 'revocation', code: 'stale' }))
  })

  test('nobody is judged by a rule that asks the log itself', async () => {
    expect(await ask('strict', iris, '/v1/balance')).toBe(503)
    expect(await ask('strict', iris)).toBe(200)
  })

  test('an instance that was only just born says so after a moment, also where the log is silent', async () => {
    await hub.setMood('silent')
    expect(await refund('late', iris)).toBe(503)
    expect(await ask('late', iris)).toBe(200)
    expect(await known('late')).toMatchObject({ freshness: 'stale', marks: 0 })
  })

  test('all is well again when it is back', async () => {
    await hub.setMood('well')
    for (const instance of ['one', 'late'] as const)
      await expect.poll(() => known(instance), SECONDS).toMatchObject({ freshness: 'fresh' })
    await expect.poll(() => ask('late', hugo), SECONDS).toBe(401)
    expect(await refund('late', iris)).not.toBe(503)
  })
})

describe('a log that is big enough for a snapshot', () => {
  let jane: string
  let kate: string
  beforeAll(async () => {
    ;[jane, kate] = await Promise.all([mint('jane'), mint('kate')])
    const tokens = Array.from({ length: 4_999 }, (_, index) => ({ kind: 'token', value: `leaked ${index}` }) as const)
    await hub.revoke(target('subject', 'jane'), ...tokens)
  })

  test('is known by a new instance from KV, and what came after it from the log', async () => {
    await expect.poll(async () => (await hub.status()).snapshot?.cursor.seq ?? 0, SECONDS).toBeGreaterThanOrEqual(5_000)
    await hub.revoke(target('subject', 'lena'))
    const before = [kv.reads.length, await hub.asks()] as const
    expect([await ask('whole', jane), await ask('whole', await mint('lena')), await ask('whole', kate)]).toEqual([
      401, 401, 200,
    ])
    const { parts = [] } = (await hub.status()).snapshot ?? {}
    expect(kv.reads.slice(before[0])).toEqual(
      expect.arrayContaining(parts.map(({ sha256 }) => `revocations/${sha256}`)),
    )
    expect(kv.reads.slice(before[0])).not.toContain('revocations/latest')
    expect((await hub.asks()) - before[1]).toBeLessThanOrEqual(2)
    expect(await known('whole')).toMatchObject({ freshness: 'fresh', seq: (await hub.status()).head.seq })
  })

  test('denies by KV alone where the log is away, and makes nothing fresh by it', async () => {
    await hub.setMood('failing')
    // Until what another instance has just learned is no news any more.
    await pause(QUICK.pollSeconds * 1000)
    expect([await ask('alone', jane), await ask('alone', kate), await refund('alone', kate)]).toEqual([401, 200, 503])
    expect(await known('alone')).toMatchObject({ freshness: 'stale' })
    await hub.setMood('well')
    await expect.poll(() => refund('alone', kate), SECONDS).not.toBe(503)
    expect(await ask('alone', jane)).toBe(401)
  })
})

test('a log that was lost is noticed, and what is in its place is followed from its beginning', async () => {
  const [mary, nora] = await Promise.all([mint('mary'), mint('nora')])
  await hub.revoke(target('subject', 'mary'))
  await expect.poll(() => ask('one', mary), SECONDS).toBe(401)
  await hub.lose()
  await hub.revoke(target('subject', 'nora'))
  await expect.poll(() => ask('one', nora), SECONDS).toBe(401)
  expect(await ask('one', mary)).toBe(200)
  expect(await known('one')).toMatchObject({ freshness: 'fresh', seq: 1, marks: 1 })
  expect(parseEvents(workerd.lines)).toContainEqual({ event: 'revocation', code: 'resync', seq: 1 })
})
