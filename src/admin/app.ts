/**
 * The admin API. The gate protects itself: these requests are judged like those for the origin, step for step and by the same code, and what may pass is
 * answered here, by the handler of the very rule that was judged. There is no second look at the path that could see something else.
 */
import { faultEvent } from '../audit/fault-event.ts'
import type { Door } from '../gateway/app.ts'
import { type GateParts, RETRY_SECONDS, refuse } from '../gateway/exchange.ts'
import { createGate } from '../gateway/handle.ts'
import type { Answer } from '../gateway/pass.ts'
import { ADMIN_PREFIX, type AdminRoute, adminRouteOf } from '../policy/admin-routes.ts'
import type { Environment } from '../policy/environment.ts'
import { fullProblem, problem } from './answers.ts'
import type { Handler } from './call.ts'
import { incidentHandlers } from './incidents.ts'
import { LogAbsent, LogFull, LogUnavailable } from './log.ts'
import { markingHandlers } from './marking.ts'
import { overviewHandlers } from './overview.ts'
import type { AdminParts } from './parts.ts'
import { readingHandlers } from './reading.ts'
import { bundledAdminRules } from './release.ts'
import { releaseHandlers } from './releases.ts'
import { tailHandlers } from './tail.ts'
import { tokenHandlers } from './tokens.ts'
import { usageHandlers } from './usage.ts'

export function adminDoor(parts: AdminParts): Door {
  const gate: GateParts = {
    ...parts.gate,
    environment: adminEnvironment(parts.gate.environment),
    tokens: parts.tokens,
    ...(parts.access && { ambient: parts.access }),
    releases: bundledAdminRules(parts.bundled),
  }
  return { path: `${ADMIN_PREFIX}*`, open: createGate(gate, answerWith(handlersOf(parts))) }
}

/** One for each route: a route without a handler does not compile. */
const handlersOf = (parts: AdminParts): Readonly<Record<AdminRoute, Handler>> => ({
  ...markingHandlers(parts),
  ...readingHandlers(parts),
  ...tokenHandlers(parts),
  ...usageHandlers(parts),
  ...overviewHandlers(parts),
  ...releaseHandlers(parts),
  ...tailHandlers(parts.tail),
  ...incidentHandlers(parts),
})

/** Nobody is merely observed, and no browser may call on behalf of whoever is logged in to it. */
function adminEnvironment({ cors: _, ...environment }: Environment): Environment {
  return { ...environment, mode: 'enforce', observeClients: [] }
}

const NO_LOG =
  'Nothing is ever revoked in this environment: `revocation` is off in gateway.yaml. Remove `off` there, and deploy.'

const answerWith =
  (handlers: Readonly<Record<AdminRoute, Handler>>): Answer =>
  async (exchange, target, decision, evidence) => {
    const route = adminRouteOf(decision.rule)
    // The release holds no other rules and asks all of them for a scope; whatever else came here was let in by mistake.
    if (route === undefined || decision.kind !== 'allow' || evidence.kind !== 'verified')
      return refuse(exchange, { denials: [{ code: 'unmapped', otherMethods: [] }] })
    try {
      const answer = await handlers[route]({ exchange, target, principal: evidence.principal })
      const nonce = evidence.sender?.nextNonce
      if (nonce !== undefined) answer.headers.set('dpop-nonce', nonce)
      if (exchange.judged?.decisionId !== undefined)
        answer.headers.set('scopewall-decision', exchange.judged.decisionId)
      return target.method === 'HEAD' ? new Response(null, answer) : answer
    } catch (fault) {
      if (fault instanceof LogAbsent) return problem(404, NO_LOG)
      if (fault instanceof LogFull) return fullProblem()
      if (!(fault instanceof LogUnavailable)) throw fault
      const { parts, milliseconds } = exchange
      parts.recorder.note(faultEvent(fault.cause ?? fault, milliseconds, parts.environment.name))
      return refuse(exchange, {
        denials: [{ code: 'unavailable', what: 'revocation', retryAfterSeconds: RETRY_SECONDS }],
        rule: decision.rule,
      })
    }
  }
