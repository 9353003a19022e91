/** The request path: DESIGN order, one screen. An exception anywhere ends in the one `catch` below, which refuses. */
import { decide } from '../policy/decide.ts'
import type { Decision } from '../policy/decision.ts'
import type { Release } from '../policy/decode.ts'
import type { Denial } from '../policy/denial.ts'
import { matchRequest, methodsAt } from '../policy/matcher.ts'
import { withoutQueryToken } from '../policy/query-token.ts'
import { readTarget } from '../policy/read-target.ts'
import { epochSeconds } from '../policy/result.ts'
import type { Target } from '../policy/target.ts'
import { answerPreflight, isForOrigin, isPreflight } from './cors.ts'
import {
  type Exchange,
  type GateParts,
  RETRY_SECONDS,
  recordAnswered,
  recordPassing,
  refuse,
  refuseFault,
  type WaitUntil,
} from './exchange.ts'
import {
  asksForCredential,
  contextOf,
  credentialFor,
  evidenceOf,
  isAskedAnew,
  type Known,
  type Setting,
} from './judgement.ts'
import { withMarks } from './marks.ts'
import { type Answer, forward, forwardPreflight } from './pass.ts'
import { tryCandidate } from './trial.ts'

export type Gate = (request: Request, waitUntil: WaitUntil) => Promise<Response>

/** `answer`: who answers requests that may pass, if not the origin. */
export function createGate(parts: GateParts, answer: Answer = forward): Gate {
  const { hostAliases, dpop } = parts.environment
  const setting: Setting = {
    parts,
    hosts: new Map(Object.entries(hostAliases)),
    schemes: dpop === undefined ? ['bearer'] : ['bearer', 'dpop'],
  }
  return async function gate(request, waitUntil) {
    const exchange: Exchange = { parts, request, milliseconds: parts.clock(), waitUntil, isUpgrade: false }
    try {
      const response = await handle(setting, exchange, answer)
      recordAnswered(exchange)
      return response
    } catch (fault) {
      // INVARIANT (fail closed): whatever went wrong, nothing was forwarded on its account.
      return refuseFault(exchange, fault)
    }
  }
}

async function handle(setting: Setting, exchange: Exchange, answer: Answer): Promise<Response> {
  const { parts, hosts } = setting
  const { environment, releases } = parts
  const { request, milliseconds, waitUntil } = exchange
  const loaded = releases.current(milliseconds, waitUntil)
  const active = loaded instanceof Promise ? await loaded : loaded
  if (active === undefined)
    return refuse(exchange, { denials: [{ code: 'unavailable', what: 'release', retryAfterSeconds: RETRY_SECONDS }] })
  exchange.active = active
  const { release } = active

  const read = readTarget(request.method, request.url, environment.limits.pathBytes, hosts, release)
  if (!read.ok) {
    tryCandidate(setting, exchange, { kind: 'deny', denials: [read.error] })
    return refuse(exchange, { denials: [read.error] })
  }
  const target = withoutToken(read.value)
  exchange.target = target
  const match = matchRequest(release.table, target.host, target.path, target.method)
  if (target.query !== read.value.query && environment.queryToken === 'reject')
    return refuse(exchange, match.kind === 'rule' ? { denials: [IN_QUERY], rule: match.rule } : { denials: [IN_QUERY] })
  if (target.method === 'OPTIONS' && isPreflight(request)) return preflight(exchange, target, release)

  const upgrade = request.headers.get('upgrade')
  exchange.isUpgrade = upgrade !== null
  if (upgrade !== null && upgrade.toLowerCase() !== 'websocket')
    return refuse(exchange, { denials: [{ code: 'upgrade_refused' }] })
  const credential = credentialFor(setting, match, request)
  const gathered = evidenceOf(credential, isAskedAnew(match), exchange)
  const known = gathered instanceof Promise ? await gathered : gathered
  if (known.kind === 'verified') parts.sightings?.see(known.principal, milliseconds, waitUntil)
  const marked = withMarks(exchange, match, release.scopes, known)
  const evidence = marked instanceof Promise ? await marked : marked
  exchange.evidence = evidence
  const context = contextOf(environment, target.path, upgrade !== null)
  const decision = decide(release.scopes, match, evidence, epochSeconds(milliseconds), context)
  tryCandidate(setting, exchange, decision, asksForCredential(match) ? evidence : undefined)
  const scheme = credential.kind === 'none' ? undefined : credential.scheme

  if (decision.kind === 'deny') return refuse(exchange, decision, scheme)
  const spent = await spendProof(parts, decision, evidence)
  if (spent !== undefined) return refuse(exchange, { denials: [spent], rule: decision.rule }, scheme)
  recordPassing(exchange, decision)
  return answer(exchange, target, decision, evidence, upgrade !== null)
}

const IN_QUERY: Denial = { code: 'credential_malformed', detail: 'in_query' }

function withoutToken(target: Target): Target {
  const query = withoutQueryToken(target.query)
  return query === target.query ? target : { ...target, query }
}

/** No token is looked at. Where the origin answers browsers itself, it is asked, but only for what the map knows. */
function preflight(exchange: Exchange, target: Target, { table }: Release): Response | Promise<Response> {
  const { cors } = exchange.parts.environment
  const methods = methodsAt(table, target.host, target.path)
  if (isForOrigin(exchange.request, cors, methods)) return forwardPreflight(exchange, target)
  return answerPreflight(exchange.request, cors?.owner === 'origin' ? undefined : cors, methods)
}

/** Last of all checks, so that only requests that pass fill the store (RFC 9449 section 11.1). */
function spendProof(
  { tokens }: GateParts,
  decision: Decision & { readonly kind: 'allow' | 'observe' },
  evidence: Known,
): Promise<Denial | undefined> | undefined {
  const sender = evidence.kind === 'verified' ? evidence.sender : undefined
  if (sender === undefined || !(sender.isSingleUse || decision.singleUse === true)) return undefined
  return tokens.spend(sender)
}
