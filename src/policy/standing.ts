/** What marks make of a verified caller: revoked, or somebody of whom more is asked (docs/semantics.md section 5). */

import type { StepUp } from './rule.ts'
import type { ScopeToken } from './scope.ts'

/** What marks ask of a caller who is not revoked. */
export interface Standing {
  /** Each must be met, whatever the request; ages may be negative: nobody meets them yet. */
  readonly stepUps: readonly StepUp[]
  /** Kill switches that hold for this caller. */
  readonly suspended: ReadonlySet<ScopeToken>
}
