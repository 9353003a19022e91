/** A recorder that tells at once, as tests of the gate need it: refused and observed requests as their events, and what else is noted. */
import { createCallerBook } from '../../src/audit/caller.ts'
import { decisionEvent, placeOf, principalOf } from '../../src/audit/decision.ts'
import type { JudgedRequest } from '../../src/audit/judged.ts'
import type { Recorder } from '../../src/audit/recorder.ts'

/** `tell`: what is on record, in order. Allowed requests are told to `tellAllowed`, where somebody asks. */
export function immediateRecorder(
  tell: (event: object) => void,
  tellAllowed: (request: JudgedRequest) => void = () => {},
): Recorder {
  const callers = createCallerBook()
  const tellDecision = (request: JudgedRequest) => {
    const principal = principalOf(request)
    // As where there is no key to hash names with.
    const client = principal?.client
    const caller = principal && callers.meet(principal, client === undefined ? {} : { client })
    const findings = { caller, isCached: false, ...placeOf(request) }
    const decision = { ...request, decisionId: request.decisionId ?? 'none' }
    tell(decisionEvent(decision, findings, undefined, { environment: 'test', colo: undefined, sampleAllows: 1 }))
  }
  return {
    drawsAllowed: () => false,
    judged: (request) => (request.outcome === 'allow' ? tellAllowed(request) : tellDecision(request)),
    settled(request, refusal) {
      request.isSettled = true
      if (refusal !== undefined) tellDecision(Object.assign(request, refusal, { outcome: 'deny' as const }))
    },
    note: tell,
    health: () => ({ sinks: [], isCounting: false, uncounted: 0 }),
  }
}
