/** The request path: DESIGN order, one screen. An exception anywhere ends in the one `catch` below, which refuses. */
import { type DecisionEvent, decisionEvent, type FaultEvent, faultEvent } from '../audit/event.ts'
import { decide } from '../policy/decide.ts'
import type { Evidence, Match } from '../policy/decision.ts'
import type { Denial } from '../policy/denial.ts'
import type { Environment } from '../policy/environment.ts'
import { matchRequest, methodsAt } from '../policy/matcher.ts'
import { type HostAliases, readTarget } from '../policy/read-target.ts'
import { epochSeconds, type NonEmpty } from '../policy/result.ts'
import type { Rule } from '../policy/rule.ts'
import type { ScopeToken } from '../policy/scope.ts'
import { scopesToAsk } from '../policy/scopes-to-ask.ts'
import type { Target } from '../policy/target.ts'
import type { ActiveRelease, ReleaseLoader } from '../release/loader.ts'
import { parseCredential } from '../token/credential.ts'
import type { TokenVerifier } from '../token/verify.ts'
import { answerPreflight, exposeToBrowser, isPreflight } from './cors.ts'
import { type ForwardedRequest, forwardedRequest } from './forward.ts'
import { renderRefusal, type Voice } from './refuse.ts'

/** Keeps work alive after the answer: `ctx.waitUntil`. */
export type WaitUntil = (work: Promise<unknown>) => void

/** The live instances and the outside world, as `worker.ts` wires them. */
export interface GateParts {
  readonly environment: Environment
  readonly voice: Voice
  readonly releases: ReleaseLoader
  readonly tokens: TokenVerifier
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  readonly newDecisionId: () => string
  readonly fetchUpstream: (input: ForwardedRequest['input'], init: ForwardedRequest['init']) => Promise<Response>
  /** Must neither throw nor wait. */
  readonly record: (event: DecisionEvent | FaultEvent) => void
}

export type Gate = (request: Request, waitUntil: WaitUntil) => Promise<Response>

export function createGate(parts: GateParts): Gate {
  const hosts: HostAliases = new Map(Object.entries(parts.environment.hostAliases))
  return async function gate(request, waitUntil) {
    try {
      return await handle(parts, hosts, request, waitUntil)
    } catch (fault) {
      // INVARIANT (fail closed): whatever went wrong, nothing was forwarded on its account.
      return refuseFault(parts, request, fault)
    }
  }
}

/** One request and what is known of it, for whoever has to refuse it or put it on record. */
interface Exchange {
  readonly parts: GateParts
  readonly request: Request
  readonly milliseconds: number
  readonly waitUntil: WaitUntil
  readonly active: ActiveRelease | undefined
}

async function handle(parts: GateParts, hosts: HostAliases, request: Request, waitUntil: WaitUntil): Promise<Response> {
  const milliseconds = parts.clock()
  const loaded = parts.releases.current(milliseconds, waitUntil)
  const active = loaded instanceof Promise ? await loaded : loaded
  const exchange: Exchange = { parts, request, milliseconds, waitUntil, active }
  if (active === undefined)
    return refuse(exchange, [{ code: 'unavailable', what: 'release', retryAfterSeconds: RETRY_SECONDS }])
  const { release } = active

  const target = readTarget(request.method, request.url, parts.environment.limits.pathBytes, hosts, release)
  if (!target.ok) return refuse(exchange, [target.error])
  const { host, path, method } = target.value
  if (method === 'OPTIONS' && isPreflight(request)) {
    return answerPreflight(request, parts.environment.cors, methodsAt(release.table, host, path))
  }

  const upgrade = request.headers.get('upgrade')
  if (upgrade !== null && upgrade.toLowerCase() !== 'websocket') return refuse(exchange, [{ code: 'upgrade_refused' }])
  const match = matchRequest(release.table, host, path, method)
  const gathered = asksForCredential(match) ? gatherEvidence(exchange) : NO_EVIDENCE
  const evidence = gathered instanceof Promise ? await gathered : gathered
  const { mode, observeClients } = parts.environment
  const decision = decide(release.scopes, match, evidence, epochSeconds(milliseconds), {
    mode,
    observeClients,
    upgrade: upgrade !== null,
  })

  if (decision.kind === 'deny') return refuse(exchange, decision.denials, decision.rule)
  if (decision.kind === 'observe') put(exchange, parts.newDecisionId(), 'observed', decision.denials, decision.rule)
  return forward(exchange, target.value, decision.rule, upgrade !== null)
}

const NO_EVIDENCE: Evidence = { kind: 'none' }
const RETRY_SECONDS = 5

/** Public rules and requests without a rule spend no work on a credential. */
const asksForCredential = (match: Match): boolean => match.kind === 'rule' && match.rule.requirement.kind !== 'public'

/** A token seen before costs a look-up and no promise. */
function gatherEvidence({ parts, request, milliseconds, waitUntil }: Exchange): Evidence | Promise<Evidence> {
  const credential = parseCredential(request.headers.get('authorization'), parts.environment.limits.tokenBytes)
  if (credential.kind === 'bearer') return parts.tokens.evidence(credential.token, milliseconds, waitUntil)
  return credential
}

async function forward(exchange: Exchange, target: Target, rule: Rule, isUpgrade: boolean): Promise<Response> {
  const { parts, request } = exchange
  const { input, init } = forwardedRequest(request, target, parts.environment.upstream, isUpgrade)
  try {
    return await parts.fetchUpstream(input, init)
  } catch {
    return refuse(exchange, [{ code: 'upstream_unreachable' }], rule)
  }
}

function refuse(exchange: Exchange, denials: NonEmpty<Denial>, rule?: Rule): Response {
  const { parts, request, active, milliseconds } = exchange
  const decisionId = parts.newDecisionId()
  put(exchange, decisionId, 'denied', denials, rule)
  const asks = active === undefined ? [] : scopesToAsk(denials, rule, active.release.scopes, epochSeconds(milliseconds))
  return refusal(parts, request, denials, asks, decisionId)
}

function put(
  exchange: Exchange,
  decisionId: string,
  outcome: 'denied' | 'observed',
  denials: NonEmpty<Denial>,
  rule?: Rule,
): void {
  const { parts, milliseconds, active } = exchange
  parts.record(
    decisionEvent({
      milliseconds,
      decisionId,
      environment: parts.environment.name,
      outcome,
      release: active,
      rule,
      denials,
    }),
  )
}

function refuseFault(parts: GateParts, request: Request, fault: unknown): Response {
  const decisionId = parts.newDecisionId()
  parts.record(faultEvent(fault, parts.clock(), parts.environment.name, decisionId))
  const denials: NonEmpty<Denial> = [{ code: 'unavailable', what: 'internal', retryAfterSeconds: RETRY_SECONDS }]
  return refusal(parts, request, denials, [], decisionId)
}

function refusal(
  { voice, environment }: GateParts,
  request: Request,
  denials: NonEmpty<Denial>,
  asks: readonly ScopeToken[],
  decisionId: string,
): Response {
  const response = renderRefusal({ denials, asks, decisionId }, voice, request.method === 'HEAD')
  exposeToBrowser(response, request, environment.cors)
  return response
}
