/** What is put on record where a candidate release would have judged otherwise. Redacted by construction, like every event. */
import type { Decision } from '../policy/decision.ts'

export type Change = 'newly_refused' | 'newly_let_through' | 'newly_observed' | 'no_longer_observed'

export interface Verdict {
  readonly outcome: Decision['kind']
  readonly rule?: string
  readonly service?: string
  /** Why not, or what `observe` covers for. */
  readonly codes?: readonly string[]
  readonly missing?: readonly string[]
}

export interface CandidateEvent {
  readonly event: 'candidate'
  /** ISO 8601, UTC. */
  readonly at: string
  /** The decision that was made of the request, by the live release. */
  readonly decision: string
  readonly environment: string
  readonly release: string
  readonly serial: number
  /** What would change for the client if the candidate were live. */
  readonly change: Change
  readonly live: Verdict
  readonly candidate: Verdict & { readonly digest: string }
}

export interface TrialFacts {
  readonly milliseconds: number
  readonly decisionId: string
  readonly environment: string
  readonly release: { readonly digest: string; readonly serial: number }
  readonly candidate: { readonly digest: string }
  readonly live: Decision
  readonly tried: Decision
}

/** Of two decisions that are not of one kind. */
export function candidateEvent(facts: TrialFacts): CandidateEvent {
  const { milliseconds, decisionId, environment, release, candidate, live, tried } = facts
  return {
    event: 'candidate',
    at: new Date(milliseconds).toISOString(),
    decision: decisionId,
    environment,
    release: release.digest,
    serial: release.serial,
    change: changeOf(live.kind, tried.kind),
    live: verdictOf(live),
    candidate: { digest: candidate.digest, ...verdictOf(tried) },
  }
}

function changeOf(live: Decision['kind'], tried: Decision['kind']): Change {
  if (tried === 'deny') return 'newly_refused'
  if (live === 'deny') return 'newly_let_through'
  return tried === 'observe' ? 'newly_observed' : 'no_longer_observed'
}

function verdictOf(decision: Decision): Verdict {
  const denials = decision.kind === 'allow' ? [] : decision.denials
  const missing = denials.flatMap((denial) => (denial.code === 'scope_insufficient' ? denial.missing : []))
  return {
    outcome: decision.kind,
    ...(decision.rule !== undefined && { rule: decision.rule.id, service: decision.rule.service }),
    ...(denials.length > 0 && { codes: denials.map(({ code }) => code) }),
    ...(missing.length > 0 && { missing }),
  }
}
