/**
 * The ways through a rule: for every caller whom it lets pass there is one here that passes with no more. Where a rule enforces, more
 * scopes and better facts never hurt (the laws of docs/semantics.md), so the weakest callers tell whether another rule lets in fewer.
 */
import { isRetired } from '../../policy/alternative.ts'
import type { Evidence } from '../../policy/decision.ts'
import type { Release } from '../../policy/decode.ts'
import type { Resource } from '../../policy/environment.ts'
import type { Mode } from '../../policy/mode.ts'
import { type Actor, type AuthorizationDetail, verifiedPrincipal } from '../../policy/principal.ts'
import type { EpochSeconds } from '../../policy/result.ts'
import type { Conditions, Rule, ScopeFacts, ScopeTable } from '../../policy/rule.ts'
import type { ScopeToken } from '../../policy/scope.ts'
import { smallestDetail } from './details.ts'
import { choices, type Facts, factsMeeting } from './meeting.ts'

/** A rule, and the map by which it judges. */
export interface Judge {
  readonly release: Release
  readonly rule: Rule
}

/** The deployment's part in a judgement, the same for both maps. */
export interface Stance {
  /** The environment that is like this; absent: one that enforces and has one audience for all. */
  readonly environment?: string
  readonly mode: Mode
  readonly resource: string
  readonly services: Readonly<Record<string, Resource>>
}

/** The request's part in it, and when. */
export interface Circumstances {
  readonly path: string
  readonly stance: Stance
  readonly now: EpochSeconds
}

/** Who calls, and whether they ask for an upgrade. */
export interface Caller {
  readonly evidence: Evidence
  readonly upgrade: boolean
}

/** A client or an actor that is not among these. */
function stranger(names: ReadonlySet<string>): string {
  let name = 'another'
  while (names.has(name)) name += '-one'
  return name
}

/** Past this many, ways are no longer tried. */
export const MOST_WAYS = 4096

/**
 * Every way through `own`, the plainest first. There may be more than `MOST_WAYS`, and then some past that number are missing.
 * `other` is the rule that they will be tried on.
 */
export function* waysThrough(own: Judge, other: Judge | undefined, circumstances: Circumstances): Generator<Caller> {
  const { rule } = own
  for (const upgrade of rule.allowsUpgrade && other?.rule.allowsUpgrade === false ? [false, true] : [false]) {
    if (rule.requirement.kind === 'public') yield { evidence: { kind: 'none' }, upgrade }
    else for (const evidence of tokensFor(own, other, circumstances)) yield { evidence, upgrade }
  }
}

function* tokensFor(own: Judge, other: Judge | undefined, { path, stance, now }: Circumstances): Generator<Evidence> {
  const { rule } = own
  const isOwnAudience = Object.hasOwn(stance.services, rule.service)
  const details = detailsFor(rule, path)
  for (const { scopes, facts } of holdings(own, other, stance.mode, now))
    for (const client of clientsFor(rule, other?.rule))
      for (const actor of actorsFor(rule, other?.rule))
        for (const authorizationDetails of details)
          yield {
            kind: 'verified',
            principal: verifiedPrincipal({
              issuer: '',
              fingerprint: '',
              scopes,
              expiresAt: (now + 1) as EpochSeconds,
              ...facts,
              isForDefault: !isOwnAudience,
              services: new Set(isOwnAudience ? [rule.service] : []),
              authorizationDetails,
              ...(client !== undefined && { client }),
              ...(actor !== undefined && { actor }),
            }),
          }
}

interface Holding {
  readonly scopes: ReadonlySet<ScopeToken>
  readonly facts: Facts
}

/** Scopes and facts. Where either rule observes, more scopes can make things worse, so every set of them is tried. */
function* holdings(own: Judge, other: Judge | undefined, mode: Mode, now: EpochSeconds): Generator<Holding> {
  const observes = [own, other].some((each) => (each?.rule.mode ?? mode) === 'observe')
  const all = observes ? [...subsets(relevantScopes([own, other]))] : undefined
  const { scopes: table } = own.release
  for (const alternative of alternativesOf(own.rule))
    for (const scopes of all ?? grantorSets(table, alternative, now))
      for (const conditions of carriersFor(table, own.rule, alternative, scopes, now))
        for (const facts of factsMeeting(conditions, now)) yield { scopes, facts }
}

/** Any valid token is one alternative, of which no token is short (clause 5.16). */
export const alternativesOf = ({ requirement }: Rule): readonly (readonly ScopeToken[])[] =>
  requirement.kind === 'scopes' ? requirement.anyOf : requirement.kind === 'authenticated' ? [[]] : []

/** For each scope of an alternative, itself or one that implies it: the sets of scopes that are just enough (clause 5.5). */
function* grantorSets(
  table: ScopeTable,
  alternative: readonly ScopeToken[],
  now: EpochSeconds,
): Generator<ReadonlySet<ScopeToken>> {
  const options = alternative.map((name) => {
    const facts = table.get(name)
    return facts === undefined || isRetired(facts, now) ? [] : [name, ...facts.impliedBy.filter(isAlive(table, now))]
  })
  for (const names of choices(options)) yield new Set(names)
}

const isAlive =
  (table: ScopeTable, now: EpochSeconds) =>
  (name: ScopeToken): boolean => {
    const facts = table.get(name)
    return facts !== undefined && !isRetired(facts, now)
  }

/** The conditions that apply to an alternative for a holder of these scopes, for every choice of grantors (clause 5.6). */
function* carriersFor(
  table: ScopeTable,
  rule: Rule,
  alternative: readonly ScopeToken[],
  held: ReadonlySet<ScopeToken>,
  now: EpochSeconds,
): Generator<readonly Conditions[]> {
  const own = alternative.flatMap((name) => table.get(name) ?? [])
  const grantors = own.flatMap(({ name, impliedBy }) => {
    const others = impliedBy.filter((each) => held.has(each) && isAlive(table, now)(each))
    return held.has(name) || others.length === 0 ? [] : [others.flatMap((each) => table.get(each) ?? [])]
  })
  for (const chosen of choices<ScopeFacts>(grantors))
    yield [rule, ...new Set([...own, ...chosen])].map(({ conditions }) => conditions)
}

/** What either rule can have to do with: the scopes that it names and those that imply them. */
function relevantScopes(judges: readonly (Judge | undefined)[]): readonly ScopeToken[] {
  const names = judges.flatMap((judge) =>
    judge === undefined
      ? []
      : alternativesOf(judge.rule)
          .flat()
          .flatMap((name) => [name, ...(judge.release.scopes.get(name)?.impliedBy ?? [])]),
  )
  return [...new Set(names)]
}

/** By size, the empty set first; one more than can be tried at most. */
function* subsets(names: readonly ScopeToken[]): Generator<ReadonlySet<ScopeToken>> {
  let level: readonly (readonly [ReadonlySet<ScopeToken>, number])[] = [[new Set(), 0]]
  for (let given = 0; level.length > 0; ) {
    for (const [set] of level) {
      yield set
      if (++given > MOST_WAYS) return
    }
    level = level.flatMap(([set, next]) =>
      names.slice(next).map((name, offset) => [new Set([...set, name]), next + offset + 1] as const),
    )
  }
}

/** Whom both rules name and whom only this one does; in a list of the other alone nobody is weaker than somebody else. */
function clientsFor({ callers }: Rule, other: Rule | undefined): readonly (string | undefined)[] {
  const others = other?.callers?.clients
  if (callers?.clients === undefined) return others === undefined ? [undefined] : [first(others), stranger(others)]
  return splitBy(callers.clients, others)
}

/** Likewise; whoever acts for themselves passes every list. */
function actorsFor({ callers }: Rule, other: Rule | undefined): readonly (Actor | undefined)[] {
  const others = other?.callers?.actors
  if (others === undefined) return [undefined]
  const names =
    callers?.actors === undefined ? [stranger(others)] : [...callers.actors].filter((name) => !others.has(name))
  return [undefined, ...names.slice(0, 1).map((name) => ({ name }))]
}

const first = (names: ReadonlySet<string>): string | undefined => [...names][0]

/** One name that both have, and one that the others lack. */
function splitBy(names: ReadonlySet<string>, others: ReadonlySet<string> | undefined): readonly string[] {
  const all = [...names]
  if (others === undefined) return all.slice(0, 1)
  const [shared, own] = [all.find((name) => others.has(name)), all.find((name) => !others.has(name))]
  return [shared, own].filter((name) => name !== undefined)
}

const detailsFor = (
  { authorizationDetails, path: template }: Rule,
  path: string,
): readonly (readonly AuthorizationDetail[])[] =>
  authorizationDetails === undefined ? [[]] : authorizationDetails.map((each) => [smallestDetail(each, template, path)])
