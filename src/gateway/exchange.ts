/** One request and what is known of it, and how it is refused and put on record. */
import type { CandidateEvent } from '../audit/candidate-event.ts'
import { type DecisionEvent, decisionEvent, type FaultEvent, faultEvent } from '../audit/event.ts'
import type { Sightings } from '../audit/sightings.ts'
import type { Denial } from '../policy/denial.ts'
import type { Environment } from '../policy/environment.ts'
import { epochSeconds, type NonEmpty } from '../policy/result.ts'
import type { Rule } from '../policy/rule.ts'
import { type Refused, scopesToAsk } from '../policy/scopes-to-ask.ts'
import type { ActiveRelease, ReleaseLoader } from '../release/loader.ts'
import type { Revocations } from '../revocation/mirror.ts'
import type { AmbientEvidence } from '../token/access.ts'
import type { Scheme } from '../token/credential.ts'
import type { TokenVerifier } from '../token/verify.ts'
import { exposeToBrowser } from './cors.ts'
import type { ForwardedRequest } from './forward.ts'
import { echoInteraction } from './interaction.ts'
import { type Refusal, renderRefusal } from './refuse.ts'
import type { Signer } from './signer.ts'
import type { Voice } from './voice.ts'

/** Keeps work alive after the answer: `ctx.waitUntil`. */
export type WaitUntil = (work: Promise<unknown>) => void

/** The live instances and the outside world, as `worker.ts` wires them. */
export interface GateParts {
  readonly environment: Environment
  readonly voice: Voice
  readonly releases: ReleaseLoader
  readonly tokens: TokenVerifier
  /** Who asks, where there is no `Authorization`: absent, nobody does. Of the admin API alone. */
  readonly ambient?: AmbientEvidence
  /** What is known of the revocation log; absent where the environment has none. */
  readonly revocations?: Revocations
  /** Signs what goes to the origin, where the environment asks for it. */
  readonly signer?: Signer
  /** Remembers which tokens were seen, where the environment says so. Nothing is judged by it. */
  readonly sightings?: Sightings
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** A UUID that was never there before. */
  readonly newDecisionId: () => string
  readonly fetchUpstream: (input: ForwardedRequest['input'], init: ForwardedRequest['init']) => Promise<Response>
  /** Must neither throw nor wait. */
  readonly record: (event: DecisionEvent | CandidateEvent | FaultEvent) => void
}

export interface Exchange {
  readonly parts: GateParts
  readonly request: Request
  readonly milliseconds: number
  readonly waitUntil: WaitUntil
  readonly active: ActiveRelease | undefined
  /** Made when it is first needed: see `decisionIdOf`. */
  decisionId?: string
}

/** The one id of this request's decision, in the log, in the answer and in what the origin is told. */
export function decisionIdOf(exchange: Exchange): string {
  exchange.decisionId ??= exchange.parts.newDecisionId()
  return exchange.decisionId
}

export const RETRY_SECONDS = 5

/** `scheme` as in `Challenged`. */
export function refuse(exchange: Exchange, refused: Refused, scheme?: Scheme): Response {
  const { parts, request, active, milliseconds } = exchange
  const { denials, rule } = refused
  putOnRecord(exchange, 'denied', denials, rule)
  const suspended = parts.revocations?.suspendedFor(undefined, milliseconds)
  const asks =
    active === undefined ? [] : scopesToAsk(refused, active.release.scopes, epochSeconds(milliseconds), suspended)
  return answerRefusal(parts, request, {
    denials,
    asks,
    decisionId: decisionIdOf(exchange),
    ...(rule !== undefined && { rule }),
    ...(scheme !== undefined && { scheme }),
  })
}

export function putOnRecord(
  exchange: Exchange,
  outcome: 'denied' | 'observed',
  denials: NonEmpty<Denial>,
  rule?: Rule,
): void {
  const { parts, milliseconds, active } = exchange
  parts.record(
    decisionEvent({
      milliseconds,
      decisionId: decisionIdOf(exchange),
      environment: parts.environment.name,
      outcome,
      release: active,
      rule,
      denials,
    }),
  )
}

/** The answer to a request that met an exception: refused, whatever it was. */
export function refuseFault(parts: GateParts, request: Request, fault: unknown): Response {
  const decisionId = parts.newDecisionId()
  parts.record(faultEvent(fault, parts.clock(), parts.environment.name, decisionId))
  const denials: NonEmpty<Denial> = [{ code: 'unavailable', what: 'internal', retryAfterSeconds: RETRY_SECONDS }]
  return answerRefusal(parts, request, { denials, asks: [], decisionId })
}

function answerRefusal({ voice, environment, newDecisionId }: GateParts, request: Request, refusal: Refusal): Response {
  const response = renderRefusal(refusal, voice, request.method === 'HEAD')
  exposeToBrowser(response.headers, request, environment.cors)
  if (environment.echoesInteractionId) echoInteraction(response.headers, request.headers, newDecisionId)
  return response
}
