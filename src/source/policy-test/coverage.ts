/**
 * What policy tests leave open. Only tests that passed count.
 *
 * - A rule is covered when one case is let in by it and one is refused by it. Where it asks for scopes, the one who is refused has a valid token that lacks
 *   a scope; where it asks for any token, the one who is let in has a token without a scope and the one who is refused has none; a public one refuses nobody.
 * - An alternative of a rule is covered when a case is let in by it.
 * - A condition of a rule or of a scope is covered when a case is refused because it is not met.
 * - A scope is covered when an access rests on it (clause 5.15) and when somebody who does not have it is refused for lack of a scope by a rule that
 *   names it. Where no rule names it, access is enough; a retired one needs to be refused alone.
 * - An implication, direct or not, of a scope that some rule names is covered when an access rests on that scope by it.
 *
 * What is let through by `observe` counts as refused: it is what will be once the rule is enforced.
 */
import { grantorOf, isRetired } from '../../policy/alternative.ts'
import { isLifetimeMet, isSenderConstrained, isStepUpMet, isTokenAgeMet } from '../../policy/conditions.ts'
import type { Release } from '../../policy/decode.ts'
import type { Denial, DenialCode } from '../../policy/denial.ts'
import type { Principal } from '../../policy/principal.ts'
import type { EpochSeconds } from '../../policy/result.ts'
import type { Alternative, Conditions, Rule, ScopeFacts } from '../../policy/rule.ts'
import type { ScopeToken } from '../../policy/scope.ts'
import type { Tested } from './run-tests.ts'

/** One thing that tests can cover, and what they leave open of it. */
export interface Covered {
  /** The rule's `METHOD host/path`, or the scope. */
  readonly subject: string
  /** What is not shown, in words; absent where it is covered. */
  readonly gap?: string
}

export interface Coverage {
  readonly rules: readonly Covered[]
  readonly alternatives: readonly Covered[]
  readonly conditions: readonly Covered[]
  readonly scopes: readonly Covered[]
  readonly implications: readonly Covered[]
}

/** What was seen happening. */
interface Seen {
  readonly allowed: Set<string>
  readonly refused: Set<string>
  /** `rule id, alternative`. */
  readonly ways: Set<string>
  /** `rule id or scope, denial code`. */
  readonly conditions: Set<string>
  readonly restedOn: Set<string>
  readonly lacked: Set<string>
  /** `scope, implied scope`. */
  readonly implications: Set<string>
}

/** `today` in epoch seconds: which scopes are retired where no test says otherwise. */
export function coverageOf(release: Release, tested: readonly Tested[], today: EpochSeconds): Coverage {
  const seen = look(release, tested)
  return {
    rules: release.rules.map((rule) => coveredRule(rule, seen)),
    alternatives: release.rules.flatMap((rule) => coveredAlternatives(rule, release, seen, today)),
    conditions: coveredConditions(release, seen),
    scopes: coveredScopes(release, seen, today),
    implications: coveredImplications(release, seen, today),
  }
}

function look(release: Release, tested: readonly Tested[]): Seen {
  const seen: Seen = {
    allowed: new Set(),
    refused: new Set(),
    ways: new Set(),
    conditions: new Set(),
    restedOn: new Set(),
    lacked: new Set(),
    implications: new Set(),
  }
  for (const each of tested) if (each.passed) lookAt(each, release, seen)
  return seen
}

function lookAt({ decision, evidence, now }: Tested, release: Release, seen: Seen): void {
  const { rule } = decision
  if (rule === undefined) return
  const principal = evidence.kind === 'verified' ? evidence.principal : undefined
  if (decision.kind === 'allow') {
    if (isAdmissionBy(rule, principal)) seen.allowed.add(rule.id)
    if (typeof decision.by === 'string' || principal === undefined) return
    seen.ways.add(pair(rule.id, decision.by.join(' ')))
    lookAtAccess(decision.by, principal, now, release, seen)
    return
  }
  const codes = new Set(decision.denials.map(({ code }) => code))
  for (const code of codes) seen.conditions.add(pair(rule.id, code))
  if (isRefusalBy(rule, decision.denials)) seen.refused.add(rule.id)
  if (principal === undefined) return
  for (const name of scopesOf(rule)) lookAtScope(name, { release, principal, now, codes, seen })
}

const pair = (first: string, second: string): string => JSON.stringify([first, second])

const isAboutScopes = ({ code }: Denial): boolean => code === 'scope_insufficient' || code === 'scope_retired'

/** A rule that asks for any token is shown by one that holds no scope at all. */
const isAdmissionBy = ({ requirement }: Rule, principal: Principal | undefined): boolean =>
  requirement.kind !== 'authenticated' || principal?.scopes.size === 0

/** Not every refusal shows what a rule asks for: without a token nobody gets past any rule that wants one. */
const isRefusalBy = ({ requirement }: Rule, denials: readonly Denial[]): boolean =>
  requirement.kind === 'authenticated' ? denials.some(isLackOfToken) : denials.some(isAboutScopes)

const isLackOfToken = ({ code }: Denial): boolean => code === 'credential_missing'

/** Clause 5.15. */
function lookAtAccess(by: Alternative, principal: Principal, now: EpochSeconds, { scopes }: Release, seen: Seen): void {
  for (const name of by) {
    const facts = scopes.get(name)
    const grantor = facts && grantorOf(scopes, facts, principal, now)
    if (grantor === undefined) continue
    seen.restedOn.add(name).add(grantor.name)
    if (grantor.name !== name) seen.implications.add(pair(grantor.name, name))
  }
}

interface Refusal {
  readonly release: Release
  readonly principal: Principal
  readonly now: EpochSeconds
  readonly codes: ReadonlySet<DenialCode>
  readonly seen: Seen
}

/** A scope that the refusing rule names: is it what lacked, or what it asks for? */
function lookAtScope(name: ScopeToken, { release: { scopes }, principal, now, codes, seen }: Refusal): void {
  const facts = scopes.get(name)
  if (facts === undefined) return
  const grantor = grantorOf(scopes, facts, principal, now)
  if (grantor === undefined && (codes.has('scope_insufficient') || codes.has('scope_retired'))) seen.lacked.add(name)
  for (const carrier of new Set([facts, grantor ?? facts]))
    for (const code of unmetOf(carrier.conditions, principal, now))
      if (codes.has(code)) seen.conditions.add(pair(carrier.name, code))
}

function unmetOf(conditions: Conditions, principal: Principal, now: EpochSeconds): readonly DenialCode[] {
  const { stepUp, maxTokenAgeSeconds: age, maxLifetimeSeconds: lifetime, senderConstraint } = conditions
  const unmet: readonly (readonly [boolean, DenialCode])[] = [
    [stepUp !== undefined && !isStepUpMet(stepUp, principal, now), 'step_up_required'],
    [age !== undefined && !isTokenAgeMet(age, principal, now), 'token_too_old'],
    [lifetime !== undefined && !isLifetimeMet(lifetime, principal), 'token_too_long_lived'],
    [senderConstraint !== undefined && !isSenderConstrained(senderConstraint, principal), 'sender_constraint_required'],
  ]
  return unmet.flatMap(([isUnmet, code]) => (isUnmet ? [code] : []))
}

const scopesOf = ({ requirement }: Rule): readonly ScopeToken[] =>
  requirement.kind === 'scopes' ? requirement.anyOf.flat() : []

const covered = (subject: string, gaps: readonly (string | false)[]): Covered => {
  const gap = gaps.filter((each) => each !== false).join(', ')
  return gap === '' ? { subject } : { subject, gap }
}

function coveredRule({ id, requirement: { kind } }: Rule, { allowed, refused }: Seen): Covered {
  return covered(id, [
    !allowed.has(id) && (kind === 'authenticated' ? 'no token without a scope is let in' : 'nobody is let in'),
    kind !== 'public' &&
      !refused.has(id) &&
      `nobody is refused for lack of a ${kind === 'authenticated' ? 'token' : 'scope'}`,
  ])
}

/** Without those that hold a retired scope: nobody can be let in by them. */
function coveredAlternatives(
  { id, requirement }: Rule,
  { scopes }: Release,
  { ways }: Seen,
  today: EpochSeconds,
): readonly Covered[] {
  if (requirement.kind !== 'scopes') return []
  const isAlive = (name: ScopeToken) => !isRetiredNow(scopes.get(name), today)
  return requirement.anyOf
    .filter((alternative) => alternative.every(isAlive))
    .map((alternative) =>
      covered(id, [!ways.has(pair(id, alternative.join(' '))) && `nobody is let in by ${alternative.join(' and ')}`]),
    )
}

const isRetiredNow = (facts: ScopeFacts | undefined, today: EpochSeconds): boolean =>
  facts !== undefined && isRetired(facts, today)

/** What a rule or a scope asks besides scopes, and the denial that shows it. */
function asksOf(conditions: Conditions, rule?: Rule): readonly (readonly [string, DenialCode])[] {
  const { stepUp, maxTokenAgeSeconds, maxLifetimeSeconds, senderConstraint } = conditions
  const all: readonly (readonly [unknown, string, DenialCode])[] = [
    [stepUp, 'step-up', 'step_up_required'],
    [maxTokenAgeSeconds, 'token age', 'token_too_old'],
    [maxLifetimeSeconds, 'token lifetime', 'token_too_long_lived'],
    [senderConstraint, 'sender constraint', 'sender_constraint_required'],
    [rule?.callers?.clients, 'clients', 'client_refused'],
    [rule?.callers?.actors, 'actors', 'actor_refused'],
    [rule?.authorizationDetails, 'authorization details', 'authorization_details_insufficient'],
  ]
  return all.flatMap(([asked, name, code]) => (asked === undefined ? [] : [[name, code] as const]))
}

function coveredConditions({ rules, scopes }: Release, { conditions: seen }: Seen): readonly Covered[] {
  const coveredBy = (subject: string, asks: readonly (readonly [string, DenialCode])[]) =>
    asks.map(([name, code]) =>
      covered(subject, [!seen.has(pair(subject, code)) && `nobody is refused for its ${name}`]),
    )
  return [
    ...rules.flatMap((rule) => coveredBy(rule.id, asksOf(rule.conditions, rule))),
    ...[...scopes.values()].flatMap(({ name, conditions }) => coveredBy(name, asksOf(conditions))),
  ]
}

function coveredScopes(release: Release, { restedOn, lacked }: Seen, today: EpochSeconds): readonly Covered[] {
  const named = new Set(release.rules.flatMap(scopesOf))
  return [...release.scopes.values()].map((facts: ScopeFacts) => {
    const { name } = facts
    return covered(name, [
      !isRetired(facts, today) && !restedOn.has(name) && 'no access rests on it',
      named.has(name) && !lacked.has(name) && 'nobody is refused who does not have it',
    ])
  })
}

function coveredImplications({ rules, scopes }: Release, seen: Seen, today: EpochSeconds): readonly Covered[] {
  const named = new Set(rules.flatMap(scopesOf))
  const alive = [...scopes.values()].filter((facts) => named.has(facts.name) && !isRetired(facts, today))
  return alive.flatMap(({ name, impliedBy }) =>
    impliedBy
      .filter((holder) => !isRetiredNow(scopes.get(holder), today))
      .map((holder) =>
        covered(holder, [!seen.implications.has(pair(holder, name)) && `no access rests on ${name} by it`]),
      ),
  )
}

/** How many of how many are covered. */
export interface Share {
  readonly covered: number
  readonly total: number
}

export const shareOf = (all: readonly Covered[]): Share => ({
  covered: all.filter(({ gap }) => gap === undefined).length,
  total: all.length,
})

/** Whether at least that many percent are covered. Of nothing, all is covered. */
export const reaches = ({ covered: some, total }: Share, percent: number): boolean => some * 100 >= percent * total
