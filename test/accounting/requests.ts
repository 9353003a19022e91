/** The mix of requests: what is sent, and what must become of it. Chosen by a seed, so that a run can be had again. */
import { WITH_ADMIN } from '../support/admin-map.ts'
import { INVOICING } from '../support/invoicing.ts'
import type { StaticIssuer } from '../support/static-issuer.ts'

/** Routes that this map has nothing to say of are answered by nobody. */
export const DOCUMENT = { ...INVOICING, ...WITH_ADMIN }
export const CLIENTS = Array.from({ length: 12 }, (_, index) => `client-${String(index).padStart(2, '0')}`)

export interface Kind {
  readonly name: string
  /** Of a hundred requests, about so many. */
  readonly share: number
  readonly method?: string
  readonly path: (draw: number) => string
  /** What the token holds; absent: there is none; a text that is no token where it begins with `!`. */
  readonly scope?: string
  readonly claims?: Readonly<Record<string, unknown>>
  readonly outcome: 'allow' | 'observe' | 'deny'
  readonly code?: string
  readonly status: number
  /** Whether the origin gets to see it. */
  readonly reaches: boolean
}

const HOUR = 3_600
const allowed = { outcome: 'allow', status: 200, reaches: true } as const
const refused = (code: string, status: number) => ({ outcome: 'deny', code, status, reaches: false }) as const

export const kindsAt = (now: number): readonly Kind[] => [
  { name: 'reads', share: 30, path: (draw) => `/v1/invoices/${draw % 97}`, scope: 'invoices:read', ...allowed },
  { name: 'reads by implication', share: 8, path: () => '/v1/invoices', scope: 'invoices:admin x:shadow', ...allowed },
  {
    name: 'writes',
    share: 6,
    method: 'POST',
    path: () => '/v1/invoices',
    scope: 'invoices:create invoices:read',
    ...allowed,
  },
  { name: 'public', share: 6, path: () => '/v1/status', ...allowed },
  {
    name: 'observed',
    share: 8,
    path: () => '/v1/customers',
    scope: 'invoices:create',
    outcome: 'observe',
    code: 'scope_insufficient',
    status: 200,
    reaches: true,
  },
  {
    name: 'lacks a scope',
    share: 8,
    path: () => '/v1/invoices/export',
    scope: 'invoices:read',
    ...refused('scope_insufficient', 403),
  },
  { name: 'no token', share: 6, path: (draw) => `/v1/invoices/${draw % 97}`, ...refused('credential_missing', 401) },
  { name: 'no valid token', share: 5, path: () => '/v1/invoices', scope: '!a.b.c', ...refused('token_invalid', 401) },
  {
    name: 'expired',
    share: 3,
    path: () => '/v1/invoices',
    scope: 'invoices:read',
    claims: { exp: now - HOUR },
    ...refused('token_invalid', 401),
  },
  { name: 'malformed', share: 3, path: () => '/v1/invoices', scope: '!a b', ...refused('credential_malformed', 400) },
  {
    name: 'step-up',
    share: 3,
    method: 'POST',
    path: () => '/v1/invoices/7/refunds',
    scope: 'invoices:read invoices:refund',
    ...refused('step_up_required', 401),
  },
  {
    name: 'too old',
    share: 2,
    path: () => '/v1/reports',
    scope: 'reports:read',
    claims: { iat: now - 2 * HOUR, exp: now + HOUR },
    ...refused('token_too_old', 401),
  },
  {
    name: 'retired',
    share: 2,
    method: 'PUT',
    path: () => '/v1/invoices/7',
    scope: 'invoices:old',
    ...refused('scope_retired', 403),
  },
  {
    name: 'unmapped',
    share: 4,
    path: (draw) => `/v2/things/${draw}/${draw % 7}`,
    scope: 'invoices:read',
    ...refused('unmapped', 403),
  },
  {
    name: 'ambiguous',
    share: 2,
    path: () => '/v1/invoices%2Fexport',
    scope: 'invoices:read',
    ...refused('target_ambiguous', 400),
  },
  {
    name: 'unknown method',
    share: 1,
    method: 'PROPFIND',
    path: () => '/v1/invoices',
    ...refused('method_refused', 501),
  },
  {
    name: 'admin',
    share: 2,
    path: () => '/_scopewall/admin/log',
    scope: 'scopewall:review',
    outcome: 'allow',
    status: 200,
    reaches: false,
  },
  {
    name: 'admin, lacks a scope',
    share: 1,
    path: () => '/_scopewall/admin/log',
    scope: 'invoices:read',
    ...refused('scope_insufficient', 403),
  },
]

/** A token for each kind and client, made once: making one takes longer than judging it. */
export async function tokensFor(issuer: StaticIssuer, kinds: readonly Kind[]): Promise<ReadonlyMap<string, string>> {
  const tokens = new Map<string, string>()
  for (const { name, scope, claims } of kinds) {
    if (scope === undefined) continue
    for (const client of CLIENTS)
      tokens.set(
        `${name} ${client}`,
        scope.startsWith('!')
          ? scope.slice(1)
          : await issuer.mint({ scope, client_id: client, exp: Math.floor(Date.now() / 1000) + 4 * HOUR, ...claims }),
      )
  }
  return tokens
}

/** Numbers below 2^32 that are the same in every run (mulberry32). */
export function drawsFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

/** The kind that a number falls upon, by the shares. */
export function kindOf(kinds: readonly Kind[], draw: number): Kind {
  const whole = kinds.reduce((sum, { share }) => sum + share, 0)
  let place = draw % whole
  const found = kinds.find(({ share }) => {
    place -= share
    return place < 0
  })
  if (found === undefined) throw new Error('the shares do not add up')
  return found
}
