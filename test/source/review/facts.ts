/** Facts of an access review, with something in every section. */

import { compileMap } from '../../../src/source/read-map.ts'
import type { ReviewFacts } from '../../../src/source/review/facts.ts'
import { readReasons } from '../../../src/source/review/reasons.ts'
import { filesOf, readTexts, type Texts } from '../maps.ts'

export const TEXTS: Texts = {
  'gateway.yaml': `hosts: [api.example.com]
hostOptions: { api.example.com: { allow: [semicolon], reason: The origin is from 1999. } }
lint:
  sensitive-low-scope: off
  public-identifier: { except: [{ at: "POST api.example.com/v1/hooks/{id}", reason: Hooks are signed. }] }
environments:
  test:
    resource: https://api.example.com
    audience: https://api.example.com
    issuers: [{ issuer: https://login.example.com, keys: oidc, algorithms: [ES256], maxLifetime: 1h }]
    upstream: zone
    observeClients: [courier]
    tokenAudit: { off: The works council is still to agree. }
`,
  'invoices.yaml': `service: invoices
description: Invoices.
owner: team-billing
basePath: /v1
scopes:
  invoices:read: { reason: Partners reconcile., sensitivity: low, review: 2031-06-01 }
  invoices:refund: { reason: Money goes back., sensitivity: critical, owner: team-refunds, review: 2026-10-01, stepUp: { acr: phr } }
  invoices:admin: { reason: Repairs at month end., sensitivity: high, implies: [invoices:read], review: 2026-12-24 }
  invoices:write:
    reason: Was one for all.
    sensitivity: medium
    deprecated: { since: 2026-09-01, sunset: 2031-06-30, replacedBy: [invoices:admin] }
routes:
  /invoices: { GET: invoices:read, POST: { anyOf: [invoices:admin, invoices:write] } }
  /invoices/{id}/refunds: { POST: { allOf: [invoices:read, invoices:refund] } }
  /me: { GET: { authenticated: Everybody sees themselves. } }
  /status: { GET: { public: Load balancers probe. } }
  /hooks/{id}: { POST: { public: Providers call it. } }
`,
}

const WINDOW = { from: '2026-08-30T00:00:00.000Z', to: '2026-11-28T18:00:00.000Z' }
const DIGEST = 'ab'.repeat(32)
const EARLIER = 'cd'.repeat(32)

const usageOf = (scope: string, exercised: number, rest: object = {}) => ({
  scope,
  isKnown: true,
  exercised,
  missing: 0,
  held: exercised,
  clients: exercised > 0 ? 2 : 0,
  ...(exercised > 0 && { lastExercised: '2026-11-27' }),
  trend: [],
  ...rest,
})

/** `change` replaces members. */
export function factsWith(change: Partial<ReviewFacts> = {}, texts: Texts = TEXTS): ReviewFacts {
  const release = (serial: number, day: string, rest: object = {}) => ({
    serial,
    publishedAt: `${day}T09:30:00.000Z`,
    kind: 'publish',
    digest: serial === 3 ? DIGEST : EARLIER,
    by: 'ada',
    commit: 'bd54c0b6c38bce5d6419a53b2506392a8401a51d',
    signature: 'unsigned',
    isLive: serial === 5,
    ...rest,
  })
  const compiled = compileMap(filesOf(texts), new Map())
  const [environment] = compiled.ok ? compiled.value.environments : []
  if (!compiled.ok || environment === undefined) throw new Error('the map does not compile')
  const { excused, diagnostics } = readTexts(texts)
  return {
    environment,
    window: WINDOW,
    generatedAt: '2026-11-28T18:00:00.000Z',
    generatedBy: 'grace',
    release: {
      document: compiled.value.loaded.release.document,
      digest: DIGEST,
      from: 'kv',
      serial: 5,
      publishedAt: '2026-11-20T09:30:00.000Z',
    },
    workingTree: { digest: DIGEST, commit: 'bd54c0b6c38bce5d6419a53b2506392a8401a51d-dirty' },
    since: new Map([['invoices:read', '2024-02-29']]),
    excused,
    findings: diagnostics,
    reasons: readReasons(filesOf(texts), 'test'),
    history: {
      ok: true,
      value: {
        releases: [
          release(1, '2026-01-10'),
          release(2, '2026-09-10', { signature: 'signature_invalid' }),
          release(3, '2026-10-10', { note: 'refunds need step-up' }),
          release(5, '2026-11-20', { kind: 'rollback' }),
        ],
        damaged: ['history/0000000009'],
        isSigned: false,
      },
    },
    changes: {
      ok: true,
      value: {
        before: { serial: 1, digest: EARLIER },
        after: { serial: 5, digest: DIGEST },
        summary: 'routes: 1 looser; scopes: 1 added',
        sections: [
          {
            title: 'Looser (1)',
            items: [
              {
                subject: '`POST api.example.com/v1/invoices`',
                before: '`invoices:write`',
                after: '`invoices:admin` or `invoices:write`',
                notes: ['a token with `invoices:admin` gets in now'],
              },
            ],
          },
        ],
        unlisted: 7,
      },
    },
    usage: {
      ok: true,
      value: {
        scopes: {
          ...WINDOW,
          countedSince: '2026-09-02T00:00:00.000Z',
          scopes: [
            usageOf('invoices:read', 12_345_678),
            usageOf('invoices:refund', 0, { held: 40, missing: 3 }),
            usageOf('invoices:admin', 12),
            usageOf('invoices:write', 9),
            usageOf('invoices:preview', 0, { isKnown: false, held: 77, lastHeld: '2026-11-28' }),
          ],
        },
        clients: {
          ...WINDOW,
          countedSince: '2026-09-02T00:00:00.000Z',
          clients: [
            {
              issuer: 'https://login.example.com',
              client: 'partner',
              allowed: 12_000_000,
              observed: 0,
              denied: 31,
              lastSeen: '2026-11-28T17:59:00.000Z',
              granted: [{ scope: 'invoices:read', exercised: 12_000_000 }],
              suggested: ['invoices:read'],
              trend: [],
            },
            {
              issuer: 'https://login.example.com',
              client: null,
              allowed: 3,
              observed: 2,
              denied: 0,
              lastSeen: '2026-11-02T17:59:00.000Z',
              granted: [
                { scope: 'invoices:admin', exercised: 0 },
                { scope: 'invoices:read', exercised: 5 },
              ],
              suggested: ['invoices:read'],
              trend: [],
            },
          ],
        },
        deprecated: {
          ...WINDOW,
          scopes: [
            {
              scope: 'invoices:write',
              since: '2026-09-01',
              sunset: '2031-06-30',
              daysToSunset: 1674,
              replacedBy: ['invoices:admin'],
              clients: [
                {
                  issuer: 'https://login.example.com',
                  client: 'legacy',
                  count: 9,
                  lastSeen: '2026-11-27T00:00:00.000Z',
                },
              ],
            },
          ],
        },
        observed: {
          ...WINDOW,
          requests: [
            {
              rule: 'GET api.example.com/v1/invoices',
              issuer: 'https://login.example.com',
              client: 'courier',
              codes: ['scope_insufficient'],
              missing: ['invoices:read'],
              count: 2,
              lastSeen: '2026-11-02T17:59:00.000Z',
            },
          ],
        },
        uncounted: { count: 4, since: '2026-09-30T00:00:00.000Z' },
      },
    },
    ledger: {
      ok: true,
      value: {
        head: `41:${'Z'.repeat(43)}`,
        entries: 41,
        cutOff: 0,
        counts: { revocation: 1, 'kill switch': 1, undo: 1 },
        rows: [
          {
            entry: 41,
            time: '2026-11-27T08:00:00.000Z',
            kind: 'undo',
            what: 'takes back entry 40',
            until: '',
            by: 'ada',
            via: 'admin',
            reason: 'The bug is mended.',
          },
          {
            entry: 40,
            time: '2026-11-27T07:00:00.000Z',
            kind: 'kill switch',
            what: 'scope invoices:refund',
            until: 'it is undone',
            by: 'ada',
            via: 'admin',
            reason: 'It pays twice.',
          },
        ],
        unlisted: 1,
      },
    },
    incidents: {
      ok: true,
      value: [
        {
          id: 'inc_7',
          rule: 'scope-probing',
          severity: 'high',
          title: 'One token was refused for scopes 20 times in a minute',
          state: 'acknowledged',
          group: { by: 'token', name: 'hmac:1234' },
          openedAt: '2026-11-20T10:00:00.000Z',
          lastEventAt: '2026-11-20T10:05:00.000Z',
          count: 133,
          evidence: [],
          response: { kind: 'revoke', entry: 39, until: '2026-11-20T11:00:00.000Z' },
          history: [
            { at: '2026-11-20T10:00:00.000Z', to: 'open' },
            { at: '2026-11-20T10:09:00.000Z', to: 'acknowledged', by: 'ada', note: 'It is the new partner.' },
          ],
          alerts: [],
        },
      ],
    },
    inputs: [{ name: 'scopes/gateway.yaml', sha256: DIGEST }],
    options: '--env test',
    ...change,
  }
}
