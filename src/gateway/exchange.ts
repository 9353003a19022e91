/** One request and what is known of it, and how it is refused and put on record. */
import { faultEvent } from '../audit/fault-event.ts'
import type { JudgedRequest } from '../audit/judged.ts'
import type { Recorder } from '../audit/recorder.ts'
import type { Sightings } from '../audit/sightings.ts'
import type { Decision, Evidence } from '../policy/decision.ts'
import type { Denial } from '../policy/denial.ts'
import type { Environment } from '../policy/environment.ts'
import { epochSeconds, type NonEmpty } from '../policy/result.ts'
import { type Refused, scopesToAsk } from '../policy/scopes-to-ask.ts'
import type { Target } from '../policy/target.ts'
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
  readonly recorder: Recorder
  /** Names of bindings that this deployment could have and does not: what each is for is away, and everything else goes on. */
  readonly unbound: readonly string[]
}

/** Filled on the way: what is known of a request when it is refused is what is put on record of it. */
export interface Exchange {
  readonly parts: GateParts
  readonly request: Request
  readonly milliseconds: number
  readonly waitUntil: WaitUntil
  active?: ActiveRelease
  target?: Target
  isUpgrade: boolean
  evidence?: Evidence
  /** Made when it is first needed: see `decisionIdOf`. */
  decisionId?: string
  /** What is on record, once it is judged. */
  judged?: JudgedRequest
}

/** The one id of this request's decision, in the log, in the answer and in what the origin is told. */
export function decisionIdOf(exchange: Exchange): string {
  exchange.decisionId ??= exchange.parts.newDecisionId()
  return exchange.decisionId
}

export const RETRY_SECONDS = 5

/** `scheme` as in `Challenged`. */
export function refuse(exchange: Exchange, refused: Refused, scheme?: Scheme): Response {
  const { parts, active, milliseconds } = exchange
  const { denials, rule } = refused
  recordRefusal(exchange, refused)
  const suspended = parts.revocations?.suspendedFor(undefined, milliseconds)
  const asks =
    active === undefined ? [] : scopesToAsk(refused, active.release.scopes, epochSeconds(milliseconds), suspended)
  return answerRefusal(exchange, {
    denials,
    asks,
    decisionId: decisionIdOf(exchange),
    ...(rule !== undefined && { rule }),
    ...(scheme !== undefined && { scheme }),
  })
}

/** A request that may pass, before it does. It is settled once it was answered. */
export function recordPassing(exchange: Exchange, decision: Decision & { readonly kind: 'allow' | 'observe' }): void {
  const { recorder } = exchange.parts
  const { rule } = decision
  record(
    exchange,
    decision.kind === 'observe'
      ? { outcome: 'observe', denials: decision.denials, rule, decisionId: decisionIdOf(exchange), isSettled: false }
      : {
          outcome: 'allow',
          denials: [],
          rule,
          by: decision.by,
          isSettled: false,
          ...(decision.deprecated && { deprecated: decision.deprecated }),
          ...(recorder.drawsAllowed() && { decisionId: decisionIdOf(exchange) }),
        },
  )
}

/** A request that may pass got an answer. */
export function recordAnswered({ parts, judged, waitUntil }: Exchange): void {
  if (judged !== undefined && !judged.isSettled) parts.recorder.settled(judged, undefined, waitUntil)
}

/** Whatever was on record of it before: a request has one outcome. */
function recordRefusal(exchange: Exchange, { denials, rule }: Refused): void {
  const { parts, judged, waitUntil } = exchange
  const decisionId = decisionIdOf(exchange)
  if (judged !== undefined) parts.recorder.settled(judged, { denials, decisionId }, waitUntil)
  else record(exchange, { outcome: 'deny', denials, ...(rule && { rule }), decisionId, isSettled: true })
}

type Verdict = Pick<JudgedRequest, 'outcome' | 'denials' | 'rule' | 'by' | 'deprecated' | 'decisionId' | 'isSettled'>

function record(exchange: Exchange, verdict: Verdict): void {
  const { parts, request, milliseconds, active, target, isUpgrade, evidence, waitUntil } = exchange
  exchange.judged = {
    arrivedAt: milliseconds,
    gateMs: parts.clock() - milliseconds,
    characters: request.url.length,
    isUpgrade,
    ...(active && { judging: active }),
    ...(target && { target }),
    ...(evidence && { evidence }),
    ...verdict,
  }
  parts.recorder.judged(exchange.judged, waitUntil)
}

/** The answer to a request that met an exception: refused, whatever it was. */
export function refuseFault(exchange: Exchange, fault: unknown): Response {
  const { parts } = exchange
  const decisionId = decisionIdOf(exchange)
  parts.recorder.note(faultEvent(fault, parts.clock(), parts.environment.name, decisionId))
  const denials: NonEmpty<Denial> = [{ code: 'unavailable', what: 'internal', retryAfterSeconds: RETRY_SECONDS }]
  recordRefusal(exchange, { denials })
  return answerRefusal(exchange, { denials, asks: [], decisionId })
}

function answerRefusal({ parts, request }: Exchange, refusal: Refusal): Response {
  const { voice, environment, newDecisionId } = parts
  const response = renderRefusal(refusal, voice, request.method === 'HEAD')
  exposeToBrowser(response.headers, request, environment.cors)
  if (environment.echoesInteractionId) echoInteraction(response.headers, request.headers, newDecisionId)
  return response
}
