/** A difference that is meant to be: what must be true of the request, what each judge must have said, and the reason. */
import type { Facts, LooseJws } from './facts.ts'
import type { Verdict } from './verdicts.ts'

export interface Explanation {
  readonly name: string
  readonly reason: string
  readonly holds: (facts: Facts, ours: Verdict, theirs: Verdict) => boolean
}

/** We refuse for this very reason, they accept, and the request gives us the reason. */
export const stricter = (
  name: string,
  reason: string,
  why: string | readonly string[],
  holds: (facts: Facts) => boolean,
): Explanation => ({
  name,
  reason,
  holds: (facts, ours, theirs) => theirs.isAccepted && [why].flat().includes(ours.why) && holds(facts),
})

/** They refuse for this very reason, we accept, and the request shows that we may. */
export const looser = (name: string, reason: string, why: RegExp, holds: (facts: Facts) => boolean): Explanation => ({
  name,
  reason,
  holds: (facts, ours, theirs) => ours.isAccepted && why.test(theirs.why) && holds(facts),
})

/** Of a token's or a proof's text, whichever is the one that we cannot read. */
export const unreadable = (name: string, reason: string, holds: (jws: LooseJws) => boolean): Explanation => ({
  name,
  reason,
  holds: ({ token, proof }, { why }, theirs) =>
    theirs.isAccepted &&
    ((TOKEN_UNREADABLE.includes(why) && holds(token)) || (why === 'proof_invalid: not_a_jwt' && holds(proof))),
})
const TOKEN_UNREADABLE = ['token_invalid: not_a_jwt', 'credential_malformed: not_token68']
