/** A judged request as an event: from the map's own names, closed lists of codes and treated names, so that there is no place in it for anything else. */
import type { DecisionEvent } from '../policy/decision-event.ts'
import { DECISION_EVENT_FORMAT } from '../policy/decision-event.ts'
import type { Denial, DenialCode } from '../policy/denial.ts'
import { decidingPattern } from '../policy/matcher.ts'
import { shapeOf } from '../policy/path-shape.ts'
import type { Principal } from '../policy/principal.ts'
import type { Caller } from './caller.ts'
import type { JudgedRequest } from './judged.ts'
import type { Names } from './names.ts'
import { wordsOf } from './recorded-path.ts'

/** What is the same for all requests of an isolate. */
export interface Surroundings {
  readonly environment: string
  /** As Cloudflare names the data centre; undefined where nobody says. */
  readonly colo: string | undefined
  /** Of allowed requests, one in so many has an event. */
  readonly sampleAllows: number
}

/** What was found out of a request to count it. */
export interface Findings {
  /** Undefined where no token was verified. */
  readonly caller: Caller | undefined
  readonly isCached: boolean
  /** The host pattern of the map that decides; undefined where there is none. */
  readonly host: string | undefined
  readonly shape: string | undefined
}

/** `names`: of subject and token. */
export function decisionEvent(
  request: JudgedRequest & { readonly decisionId: string },
  { caller, isCached, host, shape }: Findings,
  names: Names | undefined,
  { environment, colo, sampleAllows }: Surroundings,
): DecisionEvent {
  const { arrivedAt, judging, rule, target, outcome, denials, evidence, gateMs } = request
  // What let it in, if nothing turned it away after all.
  const { by, deprecated } = outcome === 'allow' ? request : NOTHING
  const [first] = denials
  const detail = first && detailOf(first)
  const missing = missingOf(denials)
  const issuer = caller?.issuer ?? (evidence?.kind === 'rejected' ? evidence.issuer : undefined)
  const principal = principalOf(request)
  return {
    event: 'decision',
    format: DECISION_EVENT_FORMAT,
    at: new Date(arrivedAt).toISOString(),
    decision: request.decisionId,
    environment,
    ...(judging !== undefined && { release: judging.digest, serial: judging.serial }),
    outcome,
    ...(denials.length > 0 && { codes: codesOf(denials) }),
    ...(detail !== undefined && { detail }),
    ...(rule !== undefined && { rule: rule.id, service: rule.service }),
    ...(target !== undefined && { method: target.method }),
    ...(host !== undefined && { host }),
    ...(shape !== undefined && { shape }),
    ...(rule?.requirement.kind === 'scopes' && { required: rule.requirement.anyOf }),
    ...(missing.length > 0 && { missing }),
    ...(caller !== undefined && { held: caller.held }),
    ...(caller !== undefined && caller.furtherHeld > 0 && { furtherHeld: caller.furtherHeld }),
    ...(by !== undefined && { by }),
    ...(deprecated !== undefined && { deprecated }),
    ...(issuer !== undefined && { issuer }),
    ...(caller?.row.client !== undefined && { client: caller.row.client }),
    ...(names?.subject !== undefined && { subject: names.subject }),
    ...(names?.token !== undefined && { token: names.token }),
    ...(caller !== undefined && caller.acr.length > 0 && { acr: caller.acr }),
    ...(principal && agesOf(principal, arrivedAt)),
    ...(caller !== undefined && caller.bound.length > 0 && { bound: caller.bound }),
    ...(colo !== undefined && { colo }),
    gateMs,
    ...(principal !== undefined && { cached: isCached }),
    ...(first?.code === 'token_invalid' && first.mark && { mark: first.mark }),
    oneIn: outcome === 'allow' ? sampleAllows : 1,
  }
}

/** Whose token it was, where one was verified: also where it was revoked. */
export function principalOf({ evidence }: JudgedRequest): Principal | undefined {
  return evidence === undefined || evidence.kind === 'none' ? undefined : evidence.principal
}

const NOTHING: Pick<JudgedRequest, 'by' | 'deprecated'> = {}

export const codesOf = (denials: readonly Denial[]): readonly DenialCode[] => denials.map(({ code }) => code)

export const missingOf = (denials: readonly Denial[]): readonly string[] =>
  denials.flatMap((denial) => (denial.code === 'scope_insufficient' ? denial.missing : []))

function detailOf(denial: Denial): string | undefined {
  if ('detail' in denial) return denial.detail
  return 'what' in denial ? denial.what : undefined
}

/** In whole seconds; what a clock ahead of ours says is no age below zero. */
function agesOf({ issuedAt, authentication }: Principal, now: number): Pick<DecisionEvent, 'tokenAge' | 'authAge'> {
  return {
    ...(issuedAt !== undefined && { tokenAge: ageAt(now, issuedAt) }),
    ...(authentication.at !== undefined && { authAge: ageAt(now, authentication.at) }),
  }
}

export const ageAt = (milliseconds: number, seconds: number): number =>
  Math.max(0, Math.floor(milliseconds / 1000 - seconds))

/** What the map calls the host, and of a path that no rule covers the shape. */
export function placeOf({ judging, target, rule }: JudgedRequest): Pick<Findings, 'host' | 'shape'> {
  if (rule !== undefined) return { host: rule.host, shape: undefined }
  if (judging === undefined || target === undefined) return { host: undefined, shape: undefined }
  return {
    host: decidingPattern(judging.release.table, target.host),
    shape: shapeOf(target.path, wordsOf(judging.release).all),
  }
}
