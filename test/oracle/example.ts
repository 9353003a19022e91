/** What the hand-made examples are written in: small maps, holders of scopes at one noon, and the two judges. */
import type { Evidence } from '../../src/policy/decision.ts'
import { decodeRelease } from '../../src/policy/decode.ts'
import { type PrincipalFacts, verifiedPrincipal } from '../../src/policy/principal.ts'
import { encodeRelease, type ReleaseDocument, type RuleEntry, type ScopeEntry } from '../../src/policy/release.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import type { ScopeToken } from '../../src/policy/scope.ts'
import type { Asked } from '../support/arbitrary-map.ts'
import { NO_MARKS } from '../support/arbitrary-marks.ts'
import { oracle } from './oracle.ts'
import { production } from './production.ts'

/** 2026-11-23T12:00:00Z. */
export const NOON = 1_795_435_200
export const HOST = 'api.example.com'

type Judge = (
  document: ReleaseDocument,
  asked: Asked,
) => { readonly match: object; readonly decision: object; readonly asks: readonly string[] }

export const JUDGES: readonly (readonly [string, Judge])[] = [
  [
    'the oracle',
    (document, asked) => {
      return oracle(document, asked)
    },
  ],
  [
    'production',
    (document, asked) => {
      const release = decodeRelease(encodeRelease(document))
      if (!release.ok) throw new Error(release.error)
      return production(release.value, asked)
    },
  ],
]

export const scope = (entry: Partial<ScopeEntry> = {}): ScopeEntry => ({
  service: 's',
  owner: 'o',
  reason: 'r',
  sensitivity: 'low',
  ...entry,
})
export const sunset = (day: string, replacedBy: readonly string[] = []) => ({
  deprecated: { since: '2026-01-01', sunset: day, replacedBy },
})

export const map = (
  rules: readonly (Partial<RuleEntry> & { path: string })[],
  scopes: Record<string, ScopeEntry> = { a: scope(), b: scope(), c: scope() },
): ReleaseDocument => ({
  format: 1,
  services: { s: { owner: 'o', description: 'd' } },
  scopes,
  hosts: {},
  rules: rules
    .map((rule) => ({ service: 's', host: HOST, method: 'GET' as const, ...rule }))
    .map((rule) => (rule.anyOf === undefined && rule.authenticated === undefined ? { public: 'r', ...rule } : rule))
    .sort((x, y) => (`${x.host}\0${x.path}\0${x.method}` < `${y.host}\0${y.path}\0${y.method}` ? -1 : 1)),
})

export const NONE: Evidence = { kind: 'none' }
export const holder = (scopes: string, facts: Partial<PrincipalFacts> = {}): Evidence => ({
  kind: 'verified',
  principal: verifiedPrincipal({
    issuer: 'i',
    fingerprint: '',
    scopes: new Set(scopes.split(' ').filter((name) => name !== '') as ScopeToken[]),
    expiresAt: (NOON + 60) as EpochSeconds,
    authentication: { acrs: [], amr: [] },
    isForDefault: true,
    services: new Set(),
    authorizationDetails: [],
    ...facts,
  }),
})
export const authenticated = (secondsAgo: number | undefined, acr?: string): Partial<PrincipalFacts> => ({
  authentication: {
    acrs: acr === undefined ? [] : [acr],
    amr: [],
    ...(secondsAgo !== undefined && { at: (NOON - secondsAgo) as EpochSeconds }),
  },
})
export const issued = (secondsAgo: number): Partial<PrincipalFacts> => ({
  issuedAt: (NOON - secondsAgo) as EpochSeconds,
})

export const asking = (path: string, evidence: Evidence = NONE, rest: Partial<Asked> = {}): Asked => ({
  host: HOST,
  path,
  method: 'GET',
  upgrade: false,
  evidence,
  now: NOON as EpochSeconds,
  mode: 'enforce',
  observeClients: [],
  resource: 'https://api.example.com',
  services: {},
  marks: NO_MARKS,
  ...rest,
})
