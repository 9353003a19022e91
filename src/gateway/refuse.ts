/** A refusal as an HTTP answer: status and wording from the denial table, RFC 9457 body, challenge. No status is written here. */
import { type Denial, WIRE } from '../policy/denial.ts'
import type { NonEmpty } from '../policy/result.ts'
import type { ScopeToken } from '../policy/scope.ts'
import { type Realm, renderChallenge } from './challenge.ts'

export interface Refusal {
  readonly denials: NonEmpty<Denial>
  /** What a client can ask for, if anything. */
  readonly asks: readonly ScopeToken[]
  /** Names this decision in the answer and in the log. */
  readonly decisionId: string
}

/** What the answers of one deployment share. */
export interface Voice extends Realm {
  /** Where `type` URIs of problems live; each can be fetched. */
  readonly problemsUrl: string
}

/** The answer to a refused request. Names no claim, no held scope and nothing of the request. */
export function renderRefusal(refusal: Refusal, voice: Voice, isHead: boolean): Response {
  const [first] = refusal.denials
  const { status } = WIRE[first.code]
  const headers = new Headers({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'scopewall-decision': refusal.decisionId,
  })
  const challenge = renderChallenge(refusal.denials, refusal.asks, voice)
  if (challenge !== undefined) headers.set('www-authenticate', challenge)
  if (first.code === 'unavailable') headers.set('retry-after', String(first.retryAfterSeconds))
  return new Response(isHead ? null : JSON.stringify(problem(refusal, voice)), { status, headers })
}

/** RFC 9457. `code` and `also` are stable; `required_scopes` is what the challenge asks for. */
function problem({ denials, decisionId }: Refusal, voice: Voice): Readonly<Record<string, unknown>> {
  const [first, ...others] = denials
  const { status, title, remedy } = WIRE[first.code]
  const scopes = denials.find((denial) => denial.code === 'scope_insufficient')
  return {
    type: `${voice.problemsUrl}${first.code}`,
    title,
    status,
    detail: remedy,
    code: first.code,
    ...(others.length > 0 && { also: others.map(({ code }) => code) }),
    ...(scopes !== undefined && { required_scopes: scopes.required }),
    decision: decisionId,
  }
}
