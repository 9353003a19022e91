/** Messages of the queue: everything in them once, and none larger than a message may be. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batchesOf } from '../../src/audit/batch.ts'
import type { RecordedDecision, UsageTally } from '../../src/policy/event-batch.ts'

/** As large as an event can be in each member that a client or an issuer writes. */
const name = fc.string({ unit: 'binary', maxLength: 512 })
const scopes = fc.array(fc.stringMatching(/^[a-z]{1,60}$/), { maxLength: 64 })

const decision = fc.record({ client: name, subject: name, acr: fc.array(name, { maxLength: 2 }), held: scopes }).map(
  ({ client, subject, acr, held }): RecordedDecision => ({
    event: {
      event: 'decision',
      format: 1,
      at: new Date(0).toISOString(),
      decision: '00000000-0000-0000-0000-000000000000',
      environment: 'production',
      release: 'a'.repeat(64),
      serial: 1_000_000,
      outcome: 'deny',
      codes: ['authorization_details_insufficient'],
      detail: 'introspection_credentials',
      rule: `GET api.example.com/${'x'.repeat(80)}`,
      service: 'invoices',
      method: 'OPTIONS',
      host: 'api.example.com',
      required: [held],
      missing: held,
      held,
      furtherHeld: 10_000,
      issuer: 'https://issuer.example.com/tenant',
      client,
      subject,
      token: `hmac:${'a'.repeat(32)}`,
      acr,
      tokenAge: 1e10,
      authAge: 1e10,
      bound: ['dpop', 'mtls'],
      colo: 'FRA',
      gateMs: 1e6,
      cached: false,
      mark: { target: 'session', entry: 1e14 },
      oneIn: 1_000_000,
    },
    who: { issuer: 'https://issuer.example.com/tenant', client, subject, fingerprint: 'a'.repeat(43) },
  }),
)

const tally = fc.record({ client: name, scopes, amr: fc.array(name, { maxLength: 8 }) }).map(
  ({ client, scopes: held, amr }): UsageTally => ({
    row: {
      release: 'a'.repeat(64),
      host: 'api.example.com',
      method: 'GET',
      path: '/v1/invoices/{invoiceId}',
      credential: 'verified',
      client,
      scopes: held,
      amr,
      authAge: 'longer',
      tokenAge: 604_800,
      lifetime: 604_800,
      bound: ['dpop', 'mtls'],
      actor: client,
      forDefault: false,
      details: 'unmet',
      outcome: 'authorization_details_insufficient',
    },
    rule: `GET api.example.com/${'x'.repeat(80)}`,
    service: 'invoices',
    issuer: 'https://issuer.example.com/tenant',
    exercised: held,
    codes: ['scope_insufficient'],
    missing: held,
    count: 1_000_000,
  }),
)

const HEADING = { environment: 'production', colo: 'FRA', from: 0, to: 1 }

test('whatever names hold, no message is larger than Cloudflare takes, and nothing is left out or there twice', () => {
  fc.assert(
    fc.property(
      fc.array(decision, { maxLength: 60 }),
      fc.array(tally, { maxLength: 40 }),
      fc.nat(5),
      (decisions, usage, uncounted) => {
        let ids = 0
        const sinks = [{ sink: 'log', sent: 1, lost: 2 }]
        const batches = batchesOf(HEADING, { usage, decisions, notices: [], sinks, uncounted }, () => `id-${++ids}`)
        for (const batch of batches) expect(Buffer.byteLength(JSON.stringify(batch))).toBeLessThan(128_000)
        expect(batches.flatMap((batch) => batch.usage)).toEqual(usage)
        expect(batches.flatMap((batch) => batch.decisions)).toEqual(decisions)
        expect(batches.flatMap((batch) => batch.sinks)).toEqual(sinks)
        expect(batches.reduce((sum, batch) => sum + batch.uncounted, 0)).toBe(uncounted)
        expect(new Set(batches.map(({ id }) => id)).size).toBe(batches.length)
      },
    ),
    { numRuns: 30 },
  )
})

test('ordinary events fill a message: each costs as much as a full one', () => {
  const names = { client: 'partner-portal', subject: `hmac:${'a'.repeat(32)}`, acr: [], held: ['invoices:read'] }
  const decisions = fc
    .sample(decision, { numRuns: 500, seed: 1 })
    .map(({ event }) => ({ event: { ...event, ...names, required: [names.held], missing: names.held } }))
  const batches = batchesOf(HEADING, { usage: [], decisions, notices: [], sinks: [], uncounted: 0 }, () => 'id')
  const bytes = batches.map((batch) => JSON.stringify(batch).length)
  expect(Math.min(...bytes.slice(0, -1))).toBeGreaterThan(70_000)
})

test('a window in which nothing happened is no message; one in which something was lost is', () => {
  const nothing = { usage: [], decisions: [], notices: [], sinks: [], uncounted: 0 }
  expect(batchesOf(HEADING, nothing, () => 'id')).toEqual([])
  expect(batchesOf(HEADING, { ...nothing, sinks: [{ sink: 'a', sent: 3, lost: 0 }] }, () => 'id')).toEqual([])
  expect(batchesOf(HEADING, { ...nothing, uncounted: 1 }, () => 'id')).toHaveLength(1)
})
