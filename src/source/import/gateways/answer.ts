/** What the map that was made says of a request: the core's own matching and judgement, of a release without anything but the rules. */

import { decide } from '../../../policy/decide.ts'
import { decodeRelease, type Release } from '../../../policy/decode.ts'
import { matchRequest } from '../../../policy/matcher.ts'
import { isMethod } from '../../../policy/method.ts'
import { verifiedPrincipal } from '../../../policy/principal.ts'
import { encodeRelease, type RuleEntry } from '../../../policy/release.ts'
import type { EpochSeconds } from '../../../policy/result.ts'
import { parseScopeList } from '../../../policy/scope.ts'
import { canonicalPath } from '../../../policy/target.ts'
import { canonicalAlternatives } from '../../compile.ts'
import { compareText } from '../../diagnostic.ts'
import type { ImportedCaller, ImportedRule, ImportedService } from '../imported.ts'
import type { SourceRequest } from './plan.ts'

/** Stands for the default hosts of a map, which an importer does not know. */
export const DEFAULT_HOST = 'imported.invalid'

export interface Answer {
  readonly verdict: 'allow' | 'deny'
  /** The rule that decided, as the release calls it. */
  readonly rule?: string
  /** Refused because an origin could take its path for another rule's. */
  readonly isAmbiguous: boolean
}

export type AnswerTo = (request: SourceRequest, caller: ImportedCaller) => Answer

/** Undefined where the services make no sound release. */
export function answersOf(services: readonly ImportedService[]): AnswerTo | undefined {
  const release = decodeRelease(encodeRelease(documentOf(services)))
  return release.ok ? (request, caller) => answer(release.value, request, caller) : undefined
}

function documentOf(services: readonly ImportedService[]): Parameters<typeof encodeRelease>[0] {
  const names = [...new Set(services.flatMap(({ scopes }) => scopes.map(({ name }) => name)))]
  const facts = { service: 'imported', owner: 'nobody', reason: 'none', sensitivity: 'low' } as const
  const rules = services.flatMap(({ hosts, rules }) =>
    (hosts.length === 0 ? [DEFAULT_HOST] : hosts).flatMap((host) => rules.map((rule) => entryOf(host, rule))),
  )
  return {
    format: 1,
    services: { imported: { owner: 'nobody', description: 'none' } },
    scopes: Object.fromEntries(names.map((name) => [name, facts])),
    hosts: {},
    rules: rules.sort(
      (a, b) => compareText(a.host, b.host) || compareText(a.path, b.path) || compareText(a.method, b.method),
    ),
  }
}

function entryOf(host: string, { method, path, requirement }: ImportedRule): RuleEntry {
  const rule = { service: 'imported', host, method, path }
  switch (requirement.kind) {
    case 'public':
      return { ...rule, public: requirement.reason }
    case 'authenticated':
      return { ...rule, authenticated: requirement.reason }
    case 'scopes':
      return { ...rule, anyOf: canonicalAlternatives(requirement.anyOf) }
  }
}

function answer(release: Release, { method, host, path }: SourceRequest, caller: ImportedCaller): Answer {
  const canonical = canonicalPath(path)
  if (!isMethod(method) || !canonical.ok) return { verdict: 'deny', isAmbiguous: false }
  const match = matchRequest(release.table, host ?? DEFAULT_HOST, canonical.value, method)
  const context = {
    mode: 'enforce',
    observeClients: [],
    upgrade: false,
    path: canonical.value,
    resource: '',
    services: {},
  } as const
  const decision = decide(release.scopes, match, evidenceOf(caller), NOW, context)
  return {
    verdict: decision.kind === 'allow' ? 'allow' : 'deny',
    ...(match.kind === 'rule' && { rule: match.rule.id }),
    isAmbiguous: match.kind === 'ambiguous',
  }
}

/** No condition of time is ever written here: any moment will do. */
const NOW = 0 as EpochSeconds

function evidenceOf(caller: ImportedCaller): Parameters<typeof decide>[2] {
  if (caller.kind === 'nobody') return { kind: 'none' }
  const principal = verifiedPrincipal({
    issuer: '',
    fingerprint: '',
    scopes: parseScopeList(caller.scopes) ?? new Set(),
    expiresAt: 1 as EpochSeconds,
    authentication: { acrs: [], amr: [] },
    isForDefault: true,
    services: new Set(),
    authorizationDetails: [],
  })
  return { kind: 'verified', principal }
}
