/** Decision events for tests of what is made of them: one that has every member, and arbitrary ones. */
import fc from 'fast-check'
import type { DecisionEvent } from '../../src/policy/decision-event.ts'
import { type DenialCode, WIRE } from '../../src/policy/denial.ts'
import type { Notice } from '../../src/policy/event-batch.ts'
import { METHODS } from '../../src/policy/method.ts'

/** No real event has them all. A member that is added must be added here, or this does not compile. */
export const FULL_EVENT: Required<DecisionEvent> = {
  event: 'decision',
  format: 1,
  at: '2026-11-28T18:00:00.250Z',
  decision: '0b7f5a52-7c1e-4d0a-9c57-1f5a52e0b7f5',
  environment: 'production',
  release: 'a'.repeat(64),
  serial: 42,
  outcome: 'deny',
  codes: ['scope_insufficient', 'step_up_required'],
  detail: 'expired',
  rule: 'POST api.example.com/v1/invoices/{invoiceId}/refunds',
  service: 'invoices',
  method: 'POST',
  host: 'api.example.com',
  shape: '/v1/{}/refunds',
  required: [['invoices:read', 'invoices:refund'], ['invoices:admin']],
  missing: ['invoices:refund'],
  held: ['invoices:read'],
  furtherHeld: 3,
  by: ['invoices:read'],
  deprecated: ['invoices:write'],
  issuer: 'https://issuer.example.com',
  client: 'partner',
  subject: 'user-1',
  token: 'fingerprint-1',
  acr: ['phr'],
  tokenAge: 90,
  authAge: 300,
  bound: ['dpop'],
  colo: 'FRA',
  gateMs: 3.5,
  cached: true,
  mark: { target: 'client', entry: 17 },
  oneIn: 10,
}

/** What a request without a token gets, where no rule covers it. */
export const SPARSE_EVENT: DecisionEvent = {
  event: 'decision',
  format: 1,
  at: '2026-11-28T18:00:01.000Z',
  decision: '1b7f5a52-7c1e-4d0a-9c57-1f5a52e0b7f5',
  environment: 'production',
  outcome: 'deny',
  codes: ['unmapped'],
  gateMs: 0,
  oneIn: 1,
}

export const NOTICE: Notice = {
  at: '2026-11-28T18:00:02.000Z',
  event: 'release',
  code: 'release_damaged',
  fields: { serial: 43, digest: 'b'.repeat(64) },
}

const name = fc.oneof(
  { weight: 5, arbitrary: fc.string({ maxLength: 20, unit: 'grapheme' }) },
  { weight: 1, arbitrary: fc.string({ minLength: 900, maxLength: 2_000, unit: 'binary' }) },
)
const names = fc.array(name, { maxLength: 6 })
const CODES = Object.keys(WIRE) as readonly DenialCode[]

const optional = fc.record(
  {
    release: fc.constant('a'.repeat(64)),
    serial: fc.nat(),
    detail: fc.constantFrom('expired', 'keys'),
    rule: fc.constantFrom('GET api.example.com/v1/a', 'ANY *.example.com/{path+}'),
    service: name,
    method: fc.constantFrom(...METHODS),
    host: name,
    shape: name,
    required: fc.array(names, { maxLength: 3 }),
    missing: names,
    held: names,
    furtherHeld: fc.nat(),
    by: fc.oneof(names, fc.constantFrom('public' as const, 'authenticated' as const)),
    deprecated: names,
    issuer: name,
    client: name,
    subject: name,
    token: name,
    acr: names,
    tokenAge: fc.nat(),
    authAge: fc.nat(),
    bound: fc.subarray(['dpop' as const, 'mtls' as const]),
    colo: fc.constantFrom('FRA', 'SFO'),
    cached: fc.boolean(),
    mark: fc.record({ target: fc.constantFrom('token' as const, 'client' as const), entry: fc.nat() }),
  },
  { requiredKeys: [] },
)

/** With any outcome: allowed ones have no codes, and others have some. */
export const arbitraryEvent: fc.Arbitrary<DecisionEvent> = fc
  .record({
    optional,
    outcome: fc.constantFrom('allow' as const, 'observe' as const, 'deny' as const),
    codes: fc.uniqueArray(fc.constantFrom(...CODES), { minLength: 1, maxLength: 3 }),
    milliseconds: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    decision: fc.uuid(),
    gateMs: fc.double({ min: 0, max: 60_000, noNaN: true }),
    oneIn: fc.integer({ min: 1, max: 10_000 }),
  })
  .map(({ optional: members, outcome, codes, milliseconds, ...rest }) => ({
    ...members,
    ...rest,
    event: 'decision',
    format: 1,
    at: new Date(milliseconds).toISOString(),
    environment: 'production',
    outcome,
    ...(outcome !== 'allow' && { codes }),
  }))

/** Every text and number that an event says somewhere, as text: what a mapping must not lose. */
export function sayingsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(sayingsOf)
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(sayingsOf)
  return value === undefined ? [] : [String(value)]
}

/** Differs from the full one in every member that can differ. */
export const OTHER_EVENT: Required<DecisionEvent> = {
  event: 'decision',
  format: 1,
  at: '2026-11-29T09:30:00.000Z',
  decision: '2b7f5a52-7c1e-4d0a-9c57-1f5a52e0b7f5',
  environment: 'staging',
  release: 'c'.repeat(64),
  serial: 43,
  outcome: 'observe',
  codes: ['unavailable'],
  detail: 'keys',
  rule: 'GET b.example.com/v2/orders',
  service: 'orders',
  method: 'GET',
  host: 'b.example.com',
  shape: '/v2/{}',
  required: [['orders:read']],
  missing: ['orders:read'],
  held: [],
  furtherHeld: 0,
  by: 'public',
  deprecated: ['orders:old'],
  issuer: 'https://other.example.com',
  client: 'support',
  subject: 'user-2',
  token: 'fingerprint-2',
  acr: ['pwd'],
  tokenAge: 10,
  authAge: 20,
  bound: ['mtls'],
  colo: 'SFO',
  gateMs: 0,
  cached: false,
  mark: { target: 'token', entry: 18 },
  oneIn: 1,
}
