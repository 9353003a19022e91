/** A request that may pass: out to the origin, and the answer back with what the gate has to say of it. */
import type { Decision } from '../policy/decision.ts'
import type { Target } from '../policy/target.ts'
import { belongsInPreflight, exposeAdditions, preflightAnswer, takeOver } from './cors.ts'
import { announceDeprecation } from './deprecation.ts'
import { decisionIdOf, type Exchange, refuse } from './exchange.ts'
import { type ForwardedRequest, forwardedRequest } from './forward.ts'
import { echoInteraction, ensureInteraction } from './interaction.ts'
import type { Known } from './judgement.ts'
import type { Statement } from './statement.ts'

export type Passing = Decision & { readonly kind: 'allow' | 'observe' }

/** What becomes of a request that may pass. */
export type Answer = (
  exchange: Exchange,
  target: Target,
  decision: Passing,
  evidence: Known,
  isUpgrade: boolean,
) => Promise<Response>

export const forward: Answer = async (exchange, target, decision, evidence, isUpgrade) => {
  const { parts, request, milliseconds } = exchange
  const { environment, signer } = parts
  const forwarded = forwardedRequest(request, target, environment.upstream, isUpgrade)
  if (environment.echoesInteractionId) ensureInteraction(forwarded.init.headers, parts.newDecisionId)
  if (signer !== undefined)
    await signer.sign(
      forwarded.init.headers,
      { method: request.method, url: forwarded.url },
      statementOf(decisionIdOf(exchange), decision, evidence),
      milliseconds,
    )
  let answer: Response
  try {
    answer = await parts.fetchUpstream(forwarded.input, forwarded.init)
  } catch {
    return refuse(exchange, { denials: [{ code: 'upstream_unreachable' }], rule: decision.rule })
  }
  return withRemarks(answer, exchange, decision, evidence, forwarded.init.headers)
}

/** A preflight for an origin that answers browsers itself: a question and nothing else, answered by permissions and nothing else. */
export async function forwardPreflight(exchange: Exchange, target: Target): Promise<Response> {
  const { parts, request, milliseconds } = exchange
  const { url, init } = forwardedRequest(request, { ...target, query: '' }, parts.environment.upstream, false)
  for (const name of [...init.headers.keys()]) if (!belongsInPreflight(name)) init.headers.delete(name)
  const statement = { decision: decisionIdOf(exchange), rule: 'preflight' }
  await parts.signer?.sign(init.headers, { method: request.method, url }, statement, milliseconds)
  const question: ForwardedRequest['init'] = { method: 'OPTIONS', headers: init.headers, redirect: 'manual' }
  try {
    const answer = await parts.fetchUpstream(url, question)
    await answer.body?.cancel()
    return preflightAnswer(answer)
  } catch {
    return refuse(exchange, { denials: [{ code: 'upstream_unreachable' }] })
  }
}

/** What the gate vouches for. Of a public rule it knows nobody. */
function statementOf(id: string, decision: Passing, evidence: Known): Statement {
  const about = { decision: id, rule: decision.rule.id }
  if (evidence.kind !== 'verified') return about
  const { issuer, subject, client, authentication } = evidence.principal
  const [acr] = authentication.acrs
  return {
    ...about,
    issuer,
    ...(subject !== undefined && { subject }),
    ...(client !== undefined && { client }),
    ...(decision.kind === 'allow' && typeof decision.by !== 'string' && { scopes: decision.by }),
    ...(acr !== undefined && { acr }),
  }
}

/** The origin's answer as it came, or a copy with headers where there is something to say. */
function withRemarks(
  answer: Response,
  { parts, request, active, judged }: Exchange,
  decision: Passing,
  evidence: Known,
  sent: Headers,
): Response {
  const { environment, newDecisionId } = parts
  const deprecated = decision.kind === 'allow' ? decision.deprecated : undefined
  const nextNonce = evidence.kind === 'verified' ? evidence.sender?.nextNonce : undefined
  // Also without an Origin: a cache must not hand this answer to a page later on.
  const cors = environment.cors?.owner === 'edge' ? environment.cors : undefined
  const decisionId = judged?.decisionId
  // A copy costs more than all else that is done for the record: where each request has an event, the id of an allowed one is no reason for it.
  const isOneOfMany = decision.kind === 'observe' || environment.events.sampleAllows > 1
  const isPlain =
    !(decisionId !== undefined && isOneOfMany) &&
    deprecated === undefined &&
    nextNonce === undefined &&
    cors === undefined &&
    !environment.echoesInteractionId
  if (isPlain || !isCopyable(answer.status)) return answer
  const remarked = new Response(answer.body, answer)
  if (decisionId !== undefined) remarked.headers.set('scopewall-decision', decisionId)
  if (deprecated !== undefined && active !== undefined)
    announceDeprecation(remarked.headers, deprecated, active.release.document)
  if (nextNonce !== undefined) {
    remarked.headers.set('dpop-nonce', nextNonce)
    // RFC 9449 section 8.2: such an answer is for nobody else, whichever cache is told (RFC 9213 section 2.2).
    for (const name of TARGETED_CACHING) remarked.headers.delete(name)
    remarked.headers.set('cache-control', 'no-store')
  }
  if (cors !== undefined) takeOver(remarked.headers, request, cors)
  if (environment.echoesInteractionId) echoInteraction(remarked.headers, sent, newDecisionId)
  if (environment.cors?.owner === 'origin') exposeAdditions(remarked.headers)
  return remarked
}

/** What caches on the way heed before `Cache-Control`, or beside it. */
const TARGETED_CACHING = ['cdn-cache-control', 'cloudflare-cdn-cache-control', 'surrogate-control', 'expires']

/** An upgraded connection is no answer that could be copied, nor is a status that HTTP does not have (RFC 9110 section 15). */
const isCopyable = (status: number): boolean => status > 199 && status < LEAST_UNKNOWN_STATUS
const LEAST_UNKNOWN_STATUS = 600
