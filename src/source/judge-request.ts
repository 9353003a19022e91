/** The request path without the network, in the gate's own order (`gateway/handle.ts`): target, rule, decision. For explanations and policy tests. */
import { adminPartOf } from '../policy/admin-part.ts'
import { isAdminPath } from '../policy/admin-routes.ts'
import { decide } from '../policy/decide.ts'
import type { Decision, Evidence, Match } from '../policy/decision.ts'
import type { Release } from '../policy/decode.ts'
import type { Denial } from '../policy/denial.ts'
import type { Environment, Resource } from '../policy/environment.ts'
import { matchRequest } from '../policy/matcher.ts'
import type { Mode } from '../policy/mode.ts'
import { withoutQueryToken } from '../policy/query-token.ts'
import { type HostAliases, readTarget } from '../policy/read-target.ts'
import type { EpochSeconds } from '../policy/result.ts'

/** A request as it comes in: the method's and the URL's own text. */
export interface RequestText {
  readonly method: string
  readonly url: string
  /** It asks to become a WebSocket. */
  readonly upgrade: boolean
}

/** What a deployment adds to the map. */
export interface Stance {
  readonly mode: Mode
  readonly observeClients: readonly string[]
  readonly aliases: HostAliases
  readonly resource: string
  readonly services: Readonly<Record<string, Resource>>
  readonly queryToken: Environment['queryToken']
  readonly pathBytes: number
}

export const stanceOf = (environment: Environment): Stance => ({
  mode: environment.mode,
  observeClients: environment.observeClients,
  aliases: new Map(Object.entries(environment.hostAliases)),
  resource: environment.resource,
  services: environment.services,
  queryToken: environment.queryToken,
  pathBytes: environment.limits.pathBytes,
})

export interface Judgement {
  /** Absent where the target could not be read. */
  readonly match?: Match
  readonly decision: Decision
}

/** Total, like the judgement itself. */
export function judgeRequest(
  whole: Release,
  { method, url, upgrade }: RequestText,
  evidence: Evidence,
  now: EpochSeconds,
  stance: Stance,
): Judgement {
  const isAdmin = isAdminUrl(url)
  const release = isAdmin ? adminPartOf(whole) : whole
  const { mode, observeClients, aliases, resource, services, queryToken, pathBytes } = isAdmin
    ? { ...stance, mode: 'enforce' as const, observeClients: [] }
    : stance
  const target = readTarget(method, url, pathBytes, aliases, release)
  if (!target.ok) return { decision: { kind: 'deny', denials: [target.error] } }
  const { host, path, query } = target.value
  const match = matchRequest(release.table, host, path, target.value.method)
  if (queryToken === 'reject' && withoutQueryToken(query) !== query)
    return {
      match,
      decision: { kind: 'deny', ...(match.kind === 'rule' && { rule: match.rule }), denials: [IN_QUERY] },
    }
  const context = { mode, observeClients, upgrade, path, resource, services }
  return { match, decision: decide(release.scopes, match, evidence, now, context) }
}

/** By the raw text, as the gate tells them apart. */
const isAdminUrl = (url: string): boolean => isAdminPath(url.slice(url.indexOf('/', 8)))

const IN_QUERY: Denial = { code: 'credential_malformed', detail: 'in_query' }
