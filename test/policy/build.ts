/** Releases, principals and requests for tests of the judgement, built through the same doors as the real ones. */
import type { Context } from '../../src/policy/decision.ts'
import { decodeRelease, type Release } from '../../src/policy/decode.ts'
import { isRuleMethod } from '../../src/policy/method.ts'
import { type Principal, type PrincipalFacts, verifiedPrincipal } from '../../src/policy/principal.ts'
import type { ReleaseDocument, RuleEntry, ScopeEntry } from '../../src/policy/release.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import { parseScopeString } from '../../src/policy/scope.ts'

/** 2026-11-01T12:00:00Z */
export const NOW = 1_793_534_400 as EpochSeconds
export const HOST = 'api.example.com'

/** `METHOD host/path` or `METHOD /path` on the usual host. */
export function ruleOf(line: string, rest: Partial<RuleEntry> = { public: 'Tested.' }): RuleEntry {
  const [method = '', target = ''] = line.split(' ', 2)
  if (!isRuleMethod(method)) throw new Error(`no rule method in ${line}`)
  const slash = target.indexOf('/')
  return { service: 'tested', host: target.slice(0, slash) || HOST, method, path: target.slice(slash), ...rest }
}

export function scopesOf(
  names: readonly string[],
  details: Readonly<Record<string, Partial<ScopeEntry>>> = {},
): Record<string, ScopeEntry> {
  const all = [...new Set([...names, ...Object.keys(details)])]
  const entry = { service: 'tested', owner: 'team', reason: 'Tested.', sensitivity: 'low' } as const
  return Object.fromEntries(all.map((name) => [name, { ...entry, ...details[name] }]))
}

export const documentOf = (parts: Partial<ReleaseDocument>): ReleaseDocument => ({
  format: 1,
  services: { tested: { owner: 'team', description: 'Tested.' } },
  scopes: {},
  hosts: {},
  rules: [],
  ...parts,
})

/** Throws where the document is malformed. */
export function releaseOf(parts: Partial<ReleaseDocument>): Release {
  const release = decodeRelease(JSON.stringify(documentOf(parts)))
  if (!release.ok) throw new Error(release.error)
  return release.value
}

/** Nothing out of the ordinary about the deployment and the request. */
export const CONTEXT: Context = {
  mode: 'enforce',
  observeClients: [],
  upgrade: false,
  path: '/x',
  resource: 'https://api.example.com',
  services: {},
}

/** Holds the scopes of a space-separated list, was issued and authenticated a minute ago. */
export function principalOf(scopes: string, facts: Partial<PrincipalFacts> = {}): Principal {
  return verifiedPrincipal({
    issuer: 'https://issuer.example.com',
    fingerprint: '',
    subject: 'user',
    client: 'client',
    scopes: parseScopeString(scopes) ?? new Set(),
    issuedAt: (NOW - 60) as EpochSeconds,
    expiresAt: (NOW + 600) as EpochSeconds,
    lifetimeSeconds: 660,
    authentication: { at: (NOW - 60) as EpochSeconds, acrs: [], amr: [] },
    isForDefault: true,
    services: new Set(),
    authorizationDetails: [],
    ...facts,
  })
}
