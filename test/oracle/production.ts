/** Production's answers in the shape of the oracle's. */
import { decide } from '../../src/policy/decide.ts'
import type { Decision, Evidence, Match } from '../../src/policy/decision.ts'
import type { Release } from '../../src/policy/decode.ts'
import { matchRequest } from '../../src/policy/matcher.ts'
import type { Principal } from '../../src/policy/principal.ts'
import type { ScopeToken } from '../../src/policy/scope.ts'
import { scopesToAsk } from '../../src/policy/scopes-to-ask.ts'
import { isActive, isRefusedWhenStale, markedName, standingOf } from '../../src/policy/standing.ts'
import type { Asked } from '../support/arbitrary-map.ts'
import type { Mark } from '../support/arbitrary-marks.ts'

export function production(
  { scopes, table }: Release,
  asked: Asked,
): { readonly match: object; readonly decision: object; readonly asks: readonly string[] } {
  const match = matchRequest(table, asked.host, asked.path, asked.method)
  const decision = decide(scopes, match, withMarks(asked, match, scopes), asked.now, asked)
  return {
    match: match.kind === 'rule' ? { kind: 'rule', id: match.rule.id } : { kind: match.kind },
    decision: comparable(decision),
    asks: decision.kind === 'allow' ? [] : scopesToAsk(decision, scopes, asked.now, suspendedFor(asked, undefined)),
  }
}

/** The gate's part, with a list where it has a mirror of the log. */
function withMarks(asked: Asked, match: Match, scopes: Release['scopes']): Evidence {
  const { evidence, marks, now } = asked
  if (evidence.kind !== 'verified' || match.kind !== 'rule') return evidence
  const { principal } = evidence
  const effects = marks.marks.filter((mark) => bearsOn(mark, principal)).map(({ active }) => active)
  const standing = standingOf(effects, suspendedFor(asked, principal.client), principal, scopes, now)
  if (standing === 'revoked') return { kind: 'rejected', denial: { code: 'token_invalid', detail: 'revoked' } }
  if (marks.isStale && (isRefusedWhenStale(marks.whenStale, match.rule) || match.rule.checksRevocationAtLog))
    return { kind: 'rejected', denial: { code: 'unavailable', what: 'revocation', retryAfterSeconds: 5 } }
  return standing === undefined ? evidence : { ...evidence, standing }
}

function bearsOn({ target }: Mark, principal: Principal): boolean {
  if (target.kind === 'scope') return false
  if (target.kind === 'token') return target.value === principal.fingerprint
  if (target.issuer !== principal.issuer) return false
  return target.kind === 'issuer' || markedName(principal, target.kind) === target.value
}

function suspendedFor({ marks, now }: Asked, client: string | undefined): ReadonlySet<ScopeToken> {
  const holds = ({ target, active }: Mark) => target.kind === 'scope' && isActive(active, now)
  return new Set(
    marks.marks
      .filter(holds)
      .flatMap(({ target }) =>
        target.kind === 'scope' && (target.client === undefined || target.client === client) ? [target.scope] : [],
      ),
  )
}

/** What is nearest shows in what is asked for. */
function comparable(decision: Decision): object {
  const { rule, ...rest } = decision
  const { nearest: _, ...shown } = rest.kind === 'deny' ? rest : { ...rest, nearest: undefined }
  return { ...shown, ...(rule !== undefined && { rule: rule.id }) }
}
