/** What the gate knows of a request once it is judged: references, nothing made of them yet. */
import type { Decision, Evidence } from '../policy/decision.ts'
import type { Outcome } from '../policy/decision-event.ts'
import type { Release } from '../policy/decode.ts'
import type { Denial } from '../policy/denial.ts'
import type { Method } from '../policy/method.ts'
import type { Rule } from '../policy/rule.ts'

/** The release that judged. */
export interface Judging {
  readonly release: Release
  readonly digest: string
  readonly serial: number
}

export interface JudgedRequest {
  /** Of its arrival: milliseconds since the epoch. */
  readonly arrivedAt: number
  readonly gateMs: number
  /** Absent where none was active. */
  readonly judging?: Judging
  /** Host, path and method as they were matched; absent where the request could not be read. */
  readonly target?: { readonly host: string; readonly path: string; readonly method: Method }
  /** Of the URL, which is held in memory for as long as its path is. */
  readonly characters: number
  readonly isUpgrade: boolean
  /** Absent where nobody was asked who calls. */
  readonly evidence?: Evidence
  readonly rule?: Rule
  /** How it ended. An origin that cannot be reached makes a refusal of what was let in. */
  outcome: Outcome
  denials: readonly Denial[]
  readonly by?: (Decision & { readonly kind: 'allow' })['by']
  readonly deprecated?: readonly string[]
  /** Named in the answer; absent where the request has no event of its own. */
  decisionId?: string
  /** Whether it has ended. Until then, an allowed request may turn out to be refused. */
  isSettled: boolean
  /** Whether it was counted: what becomes of it now is too late for that. Set by the recorder. */
  isCounted?: true
}
