/**
 * What the candidate release would have said of a request that the live one has judged, on record where the two differ. The request gets what the live
 * release gave it: nothing here returns anything, waits or throws, so a candidate can neither let in nor turn away, whatever it says.
 */
import { candidateEvent } from '../audit/candidate-event.ts'
import { faultEvent } from '../audit/fault-event.ts'
import { decide } from '../policy/decide.ts'
import type { Decision, Match } from '../policy/decision.ts'
import { matchRequest } from '../policy/matcher.ts'
import { readTarget } from '../policy/read-target.ts'
import { epochSeconds } from '../policy/result.ts'
import type { ActiveCandidate } from '../release/loader.ts'
import { isSelected } from '../release/selection.ts'
import { decisionIdOf, type Exchange } from './exchange.ts'
import { asksForCredential, contextOf, credentialOf, evidenceOf, type Known, type Setting } from './judgement.ts'
import { withKnownMarks } from './marks.ts'

/** `evidence`: what the live release's judgement learned of the caller; undefined where it did not ask. */
export function tryCandidate(setting: Setting, exchange: Exchange, live: Decision, evidence?: Known): void {
  const candidate = exchange.active?.candidate
  if (candidate === undefined) return
  try {
    const trial = runTrial(setting, exchange, candidate, live, evidence)
    if (trial instanceof Promise) exchange.waitUntil(trial.catch((fault) => reportFault(exchange, fault)))
  } catch (fault) {
    reportFault(exchange, fault)
  }
}

/** Told, and told to nobody who is waiting. */
function reportFault({ parts, milliseconds }: Exchange, fault: unknown): void {
  try {
    parts.recorder.note(faultEvent(fault, milliseconds, parts.environment.name))
  } catch {
    // INVARIANT (shadow): also where recording fails, the request goes its way.
  }
}

function runTrial(
  setting: Setting,
  exchange: Exchange,
  candidate: ActiveCandidate,
  live: Decision,
  evidence: Known | undefined,
): void | Promise<void> {
  if (evidence !== undefined && !isSelected(candidate, clientOf(evidence))) return
  const { match, decideFor } = readFor(setting, exchange, candidate)
  if (evidence !== undefined) return record(exchange, candidate, live, decideFor(evidence))
  // The live release asked nobody who is calling. That is asked now if the candidate would, or if only that tells whether the client is selected.
  const isForAnybody = !asksForCredential(match)
  if (isForAnybody && (candidate.share === 100 || decideFor(NOBODY).kind === live.kind))
    return record(exchange, candidate, live, decideFor(NOBODY))
  const conclude = (known: Known) => {
    const marked = withKnownMarks(exchange, candidate.release.scopes, known)
    if (isSelected(candidate, clientOf(known))) record(exchange, candidate, live, decideFor(marked))
  }
  const credential = credentialOf(setting.parts.environment, setting.schemes, exchange.request)
  const known = evidenceOf(credential, false, exchange)
  return known instanceof Promise ? known.then(conclude) : conclude(known)
}

const NOBODY: Known = { kind: 'none' }

const clientOf = (known: Known): string | undefined => (known.kind === 'verified' ? known.principal.client : undefined)

/** The request with the candidate's eyes: its hosts may read paths in other ways, and its templates may be others. */
function readFor(
  { parts, hosts }: Setting,
  { request, milliseconds }: Exchange,
  { release }: ActiveCandidate,
): { readonly match: Match; readonly decideFor: (known: Known) => Decision } {
  const { environment } = parts
  const read = readTarget(request.method, request.url, environment.limits.pathBytes, hosts, release)
  if (!read.ok) return { match: { kind: 'ambiguous' }, decideFor: () => ({ kind: 'deny', denials: [read.error] }) }
  const { host, path, method } = read.value
  const match = matchRequest(release.table, host, path, method)
  const context = contextOf(environment, path, request.headers.get('upgrade') !== null)
  return { match, decideFor: (known) => decide(release.scopes, match, known, epochSeconds(milliseconds), context) }
}

/** Only where a client would notice, or where `observe` would begin or end to cover for it. */
function record(exchange: Exchange, candidate: ActiveCandidate, live: Decision, tried: Decision): void {
  const { parts, milliseconds, active } = exchange
  if (active === undefined || live.kind === tried.kind) return
  parts.recorder.note(
    candidateEvent({
      milliseconds,
      decisionId: decisionIdOf(exchange),
      environment: parts.environment.name,
      release: active,
      candidate,
      live,
      tried,
    }),
  )
}
