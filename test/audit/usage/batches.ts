/** Batches as isolates send them, for tests of what becomes of them. */
import type { DecisionEvent } from '../../../src/policy/decision-event.ts'
import type { EventBatch, UsageTally } from '../../../src/policy/event-batch.ts'

/** Saturday, 2026-11-28 12:00:00 UTC, in seconds. */
export const NOON = 1_795_867_200
export const RELEASE = 'a'.repeat(64)
export const ISSUER = 'https://issuer.example.com'

type Row = UsageTally['row']
/** `undefined` leaves a member out. */
export type TallyOverrides = Partial<Omit<UsageTally, 'row'>> & {
  readonly row?: { readonly [Name in keyof Row]?: Row[Name] | undefined }
}

export const tallyOf = ({ row = {}, ...others }: TallyOverrides = {}): UsageTally =>
  JSON.parse(
    JSON.stringify({
      row: {
        release: RELEASE,
        host: 'api.example.com',
        method: 'GET',
        path: '/v1/invoices',
        credential: 'verified',
        client: 'partner',
        scopes: ['invoices:read'],
        outcome: 'allow',
        ...row,
      },
      rule: 'GET api.example.com/v1/invoices',
      service: 'invoices',
      issuer: ISSUER,
      ...((row.outcome ?? 'allow') === 'allow' && { by: ['invoices:read'], exercised: ['invoices:read'] }),
      count: 1,
      ...others,
    }),
  )

/** `undefined` leaves a member out. */
export const eventOf = (
  overrides: { readonly [Name in keyof DecisionEvent]?: DecisionEvent[Name] | undefined } = {},
): DecisionEvent =>
  JSON.parse(
    JSON.stringify({
      event: 'decision',
      format: 1,
      at: new Date(NOON * 1000).toISOString(),
      decision: crypto.randomUUID(),
      environment: 'test',
      outcome: 'deny',
      codes: ['scope_insufficient'],
      missing: ['invoices:read'],
      rule: 'GET api.example.com/v1/invoices',
      service: 'invoices',
      client: 'partner',
      gateMs: 1,
      oneIn: 1,
      ...overrides,
    }),
  )

let made = 0

export const batchOf = (overrides: Partial<EventBatch> = {}): EventBatch => ({
  format: 1,
  id: `00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`,
  environment: 'test',
  from: NOON * 1000,
  to: NOON * 1000 + 999,
  usage: [],
  decisions: [],
  notices: [],
  sinks: [],
  uncounted: 0,
  ...overrides,
})
