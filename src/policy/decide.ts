/** May this request pass? docs/semantics.md section 5, in its order. Pure and total: no clock, no waiting, no throwing. */
import { judgeAlternative, type Shortfall } from './alternative.ts'
import type { Context, Decision, Evidence, Match } from './decision.ts'
import { type Denial, WIRE } from './denial.ts'
import type { Principal } from './principal.ts'
import type { EpochSeconds, NonEmpty } from './result.ts'
import type { Alternative, Rule, ScopeTable } from './rule.ts'

export function decide(
  scopes: ScopeTable,
  match: Match,
  evidence: Evidence,
  now: EpochSeconds,
  context: Context,
): Decision {
  if (match.kind === 'ambiguous') return deny({ code: 'target_ambiguous', detail: 'folds_into_literal' })
  if (match.kind === 'unmapped') return deny({ code: 'unmapped', otherMethods: match.otherMethods })
  const { rule } = match
  if (context.upgrade && !rule.allowsUpgrade) return deny({ code: 'upgrade_refused' }, rule)
  if (rule.requirement.kind === 'public') return { kind: 'allow', rule, by: 'public' }
  if (evidence.kind === 'none') return deny({ code: 'credential_missing' }, rule)
  if (evidence.kind === 'rejected') return deny(evidence.denial, rule)
  return judge(scopes, rule, rule.requirement.anyOf, evidence.principal, now, context)
}

const deny = (denial: Denial, rule?: Rule): Decision =>
  rule === undefined ? { kind: 'deny', denials: [denial] } : { kind: 'deny', rule, denials: [denial] }

/** Clauses 5.8 to 5.10 and 6.2. */
function judge(
  scopes: ScopeTable,
  rule: Rule,
  anyOf: NonEmpty<Alternative>,
  principal: Principal,
  now: EpochSeconds,
  context: Context,
): Decision {
  let nearest: Shortfall | undefined
  for (const alternative of anyOf) {
    const shortfall = judgeAlternative(scopes, rule, alternative, principal, now)
    if (shortfall === undefined) return { kind: 'allow', rule, by: alternative }
    if (nearest === undefined || isNearer(shortfall, nearest)) nearest = shortfall
  }
  // A requirement is never empty; were it, nothing would have been satisfied.
  const denials: NonEmpty<Denial> = nearest?.denials ?? [{ code: 'unmapped', otherMethods: [] }]
  const observes =
    modeOf(rule, principal, context) === 'observe' && denials.every(({ code }) => WIRE[code].scopeGrounds)
  return { kind: observes ? 'observe' : 'deny', rule, denials }
}

/** Clause 5.9; on equal terms the earlier one in canonical order stays. */
function isNearer(a: Shortfall, b: Shortfall): boolean {
  if (a.isRetired !== b.isRetired) return b.isRetired
  return a.missing !== b.missing ? a.missing < b.missing : a.unmet < b.unmet
}

/** Clause 6.1. */
function modeOf(rule: Rule, principal: Principal, context: Context): Context['mode'] {
  if (rule.mode !== undefined) return rule.mode
  const isObserved = principal.client !== undefined && context.observeClients.includes(principal.client)
  return isObserved ? 'observe' : context.mode
}
