/** May this request pass? docs/semantics.md section 5, in its order. Pure and total: no clock, no waiting, no throwing. */
import { type Caller, judgeAlternative, type Satisfied, type Shortfall } from './alternative.ts'
import { areDetailsMet } from './authorization-details.ts'
import type { Context, Decision, Evidence, Match } from './decision.ts'
import { type Denial, WIRE } from './denial.ts'
import type { Principal } from './principal.ts'
import { type EpochSeconds, isNonEmpty, type NonEmpty } from './result.ts'
import type { Rule, ScopeTable } from './rule.ts'
import type { ScopeToken } from './scope.ts'

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
  const refusal = refuseCaller(rule, evidence.principal, context)
  if (refusal !== undefined) return deny(refusal, rule)
  const anyOf = rule.requirement.kind === 'authenticated' ? NO_SCOPES : rule.requirement.anyOf
  return judge(scopes, rule, anyOf, evidence, now, context)
}

/** Clause 5.16: one alternative, of which no token is ever short. */
const NO_SCOPES: NonEmpty<readonly ScopeToken[]> = [[]]

const deny = (denial: Denial, rule?: Rule): Decision =>
  rule === undefined ? { kind: 'deny', denials: [denial] } : { kind: 'deny', rule, denials: [denial] }

/** Clause 5.13: is the token for this service, and may this client and this actor call at all? */
function refuseCaller(rule: Rule, principal: Principal, { services }: Context): Denial | undefined {
  const isForService = Object.hasOwn(services, rule.service)
    ? principal.services.has(rule.service)
    : principal.isForDefault
  if (!isForService) return { code: 'token_invalid', detail: 'audience' }
  const { callers } = rule
  if (callers === undefined) return undefined
  if (callers.clients !== undefined && !(principal.client !== undefined && callers.clients.has(principal.client)))
    return { code: 'client_refused' }
  const { actor } = principal
  if (callers.actors !== undefined && actor !== undefined)
    return actor.name !== undefined && callers.actors.has(actor.name) ? undefined : { code: 'actor_refused' }
  return undefined
}

/** Clauses 5.8 to 5.10, 5.14, 5.15 and 6.2. */
function judge(
  scopes: ScopeTable,
  rule: Rule,
  anyOf: NonEmpty<readonly ScopeToken[]>,
  caller: Caller,
  now: EpochSeconds,
  context: Context,
): Decision {
  const { principal } = caller
  let nearest: { readonly by: readonly ScopeToken[]; readonly verdict: Shortfall } | undefined
  let lasting: { readonly by: readonly ScopeToken[]; readonly verdict: Satisfied } | undefined
  for (const by of anyOf) {
    const verdict = judgeAlternative(scopes, rule, by, caller, now)
    if (verdict.kind === 'satisfied') {
      if (lasting === undefined || verdict.deprecated.length === 0) lasting = { by, verdict }
      if (verdict.deprecated.length === 0) break
    } else if (nearest === undefined || isNearer(verdict, nearest.verdict)) nearest = { by, verdict }
  }
  const lacking = lackingDetails(rule, principal, context)
  if (lasting !== undefined)
    return lacking === undefined ? allow(rule, lasting.by, lasting.verdict) : { kind: 'deny', rule, denials: [lacking] }
  // A requirement is never empty; were it, nothing would have been satisfied.
  const [first, ...others]: NonEmpty<Denial> = nearest?.verdict.denials ?? [{ code: 'unmapped', otherMethods: [] }]
  const denials: NonEmpty<Denial> = lacking === undefined ? [first, ...others] : [first, ...others, lacking]
  if (modeOf(rule, principal, context) !== 'observe' || !denials.every(({ code }) => WIRE[code].scopeGrounds))
    return nearest !== undefined && !nearest.verdict.isClosed && isNonEmpty(nearest.by)
      ? { kind: 'deny', rule, denials, nearest: nearest.by }
      : { kind: 'deny', rule, denials }
  return nearest?.verdict.singleUse === true
    ? { kind: 'observe', rule, denials, singleUse: true }
    : { kind: 'observe', rule, denials }
}

function allow(rule: Rule, scopes: readonly ScopeToken[], { deprecated, singleUse }: Satisfied): Decision {
  const by = isNonEmpty(scopes) ? scopes : 'authenticated'
  if (deprecated.length === 0 && !singleUse) return { kind: 'allow', rule, by }
  return {
    kind: 'allow',
    rule,
    by,
    ...(isNonEmpty(deprecated) && { deprecated }),
    ...(singleUse && { singleUse: true }),
  }
}

/** Clause 5.14. */
function lackingDetails(rule: Rule, principal: Principal, context: Context): Denial | undefined {
  const { authorizationDetails: requirements } = rule
  const resource = context.services[rule.service]?.resource ?? context.resource
  if (requirements === undefined || areDetailsMet(rule, principal, context.path, resource)) return undefined
  const [first, ...others] = requirements
  return { code: 'authorization_details_insufficient', types: [first.type, ...others.map(({ type }) => type)] }
}

/** Clause 5.9; on equal terms the earlier one in canonical order stays. */
function isNearer(a: Shortfall, b: Shortfall): boolean {
  if (a.isClosed !== b.isClosed) return b.isClosed
  if (a.missing !== b.missing) return a.missing < b.missing
  if (a.unmet !== b.unmet) return a.unmet < b.unmet
  return !a.isDeprecated && b.isDeprecated
}

/** Clause 6.1. */
function modeOf(rule: Rule, principal: Principal, context: Context): Context['mode'] {
  if (rule.mode !== undefined) return rule.mode
  const isObserved = principal.client !== undefined && context.observeClients.includes(principal.client)
  return isObserved ? 'observe' : context.mode
}
