/** A refusal as an HTTP answer: status and wording from the denial table, RFC 9457 body, challenge. No status is written here. */
import { WIRE } from '../policy/denial.ts'
import { type Challenged, renderChallenge } from './challenge.ts'
import type { Voice } from './voice.ts'

export interface Refusal extends Challenged {
  /** Names this decision in the answer and in the log. */
  readonly decisionId: string
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
  const challenge = renderChallenge(refusal, voice)
  if (challenge !== undefined) headers.set('www-authenticate', challenge)
  if (first.code === 'unavailable') headers.set('retry-after', String(first.retryAfterSeconds))
  if (first.code === 'nonce_required') headers.set('dpop-nonce', first.nonce)
  return new Response(isHead ? null : JSON.stringify(problem(refusal, voice)), { status, headers })
}

/** RFC 9457. `code` and `also` are stable; `required_scopes` is what the challenge asks for. */
function problem({ denials, decisionId }: Refusal, voice: Voice): Readonly<Record<string, unknown>> {
  const [first, ...others] = denials
  const { status, title, remedy } = WIRE[first.code]
  const scopes = denials.find((denial) => denial.code === 'scope_insufficient')
  const details = denials.find((denial) => denial.code === 'authorization_details_insufficient')
  return {
    type: `${voice.problemsUrl}${first.code}`,
    title,
    status,
    detail: remedy,
    code: first.code,
    ...(others.length > 0 && { also: others.map(({ code }) => code) }),
    ...(scopes !== undefined && { required_scopes: scopes.required }),
    ...(details !== undefined && { required_authorization_details_types: details.types }),
    decision: decisionId,
  }
}
