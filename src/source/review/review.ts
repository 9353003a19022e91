/** The access review as data: what the page shows and `--json` prints. Made of the facts alone: the same facts, the same review. */
import type { Incident } from '../../policy/incident.ts'
import { ok } from '../../policy/result.ts'
import type { ClientUsage, DeprecatedAnswer, ObservedAnswer, ScopeUsage } from '../../policy/usage-answers.ts'
import { type ExceptionGroup, reviewExceptions } from './exceptions.ts'
import type { ChangeFacts, HistoryFacts, Input, LedgerFacts, ReviewFacts, Told, UsageFacts } from './facts.ts'
import { type OwnedScopes, type ReviewedScope, reviewScopes } from './scopes.ts'

export const REVIEW_FORMAT = 1

export interface Review {
  readonly kind: 'scopewall access review'
  readonly format: typeof REVIEW_FORMAT
  readonly environment: string
  readonly resource: string
  readonly window: ReviewFacts['window']
  readonly generatedAt: string
  readonly generatedBy: string
  readonly release: Omit<ReviewFacts['release'], 'document'>
  readonly workingTree: ReviewFacts['workingTree']
  readonly issuers: readonly {
    readonly issuer: string
    readonly algorithms: readonly string[]
    readonly maxLifetimeSeconds?: number
  }[]
  readonly figures: readonly Figure[]
  /** Of some of these sections nothing is known, and why. */
  readonly lacks: readonly { readonly section: string; readonly why: string }[]
  readonly owners: readonly OwnedScopes[]
  readonly exceptions: readonly ExceptionGroup[]
  readonly usage: Told<ReviewedUsage>
  readonly history: Told<HistoryFacts>
  readonly changes: Told<ChangeFacts>
  readonly ledger: Told<LedgerFacts>
  readonly incidents: Told<readonly ReviewedIncident[]>
  readonly inputs: readonly Input[]
  readonly options: string
}

export interface Figure {
  readonly name: string
  /** `null`: nobody knows. */
  readonly value: number | null
  readonly isAlarming?: true
}

export interface ReviewedUsage {
  /** ISO 8601. */
  readonly countedSince: string | null
  readonly uncounted: UsageFacts['uncounted']
  readonly clients: readonly ClientUsage[]
  readonly observed: ObservedAnswer['requests']
  /** Of the release, and no request of the window was let in by them. */
  readonly unused: readonly ScopeUsage[]
  /** In tokens, and unknown to the release. */
  readonly shadow: readonly ScopeUsage[]
  readonly deprecated: DeprecatedAnswer['scopes']
}

/** Without evidence: events name whom they are about. */
export type ReviewedIncident = Omit<Incident, 'evidence'>

export function createReview(facts: ReviewFacts): Review {
  const { environment, window, release, usage, history, changes, ledger, incidents } = facts
  const owners = reviewScopes(release.document, {
    since: facts.since,
    usage: usage.ok ? usage.value.scopes.scopes : undefined,
    today: facts.generatedAt.slice(0, 10),
  })
  const exceptions = reviewExceptions(facts)
  const reviewed: Told<ReviewedUsage> = usage.ok ? ok(reviewUsage(facts, usage.value)) : usage
  const { document: _, ...shown } = release
  const review = {
    kind: 'scopewall access review',
    format: REVIEW_FORMAT,
    environment: environment.name,
    resource: environment.resource,
    window,
    generatedAt: facts.generatedAt,
    generatedBy: facts.generatedBy,
    release: shown,
    workingTree: facts.workingTree,
    issuers: environment.issuers.map(({ issuer, algorithms, maxLifetimeSeconds }) => ({
      issuer,
      algorithms,
      ...(maxLifetimeSeconds !== undefined && { maxLifetimeSeconds }),
    })),
    lacks: lacksOf(facts),
    owners,
    exceptions,
    usage: reviewed,
    history,
    changes,
    ledger,
    incidents: incidents.ok ? ok(incidents.value.map(withoutEvidence)) : incidents,
    inputs: facts.inputs,
    options: facts.options,
  } as const
  return {
    ...review,
    figures: figuresOf(review, Object.keys(release.document.services).length, release.document.rules.length),
  }
}

const withoutEvidence = ({ evidence: _, ...incident }: Incident): ReviewedIncident => incident

function reviewUsage(
  { release }: ReviewFacts,
  { scopes, clients, deprecated, observed, uncounted }: UsageFacts,
): ReviewedUsage {
  const known = scopes.scopes.filter(({ scope }) => Object.hasOwn(release.document.scopes, scope))
  return {
    countedSince: scopes.countedSince,
    uncounted,
    clients: clients.clients,
    observed: observed.requests,
    unused: known.filter(({ exercised }) => exercised === 0),
    shadow: scopes.scopes.filter(({ scope }) => !Object.hasOwn(release.document.scopes, scope)),
    deprecated: deprecated.scopes,
  }
}

const lacksOf = ({ usage, history, changes, ledger, incidents }: ReviewFacts): Review['lacks'] =>
  [
    { section: 'usage and clients', told: usage },
    { section: 'releases', told: history },
    { section: 'changes between releases', told: changes },
    { section: 'revocations', told: ledger },
    { section: 'incidents', told: incidents },
  ].flatMap(({ section, told }) => (told.ok ? [] : [{ section, why: told.error }]))

type Counted = Pick<Review, 'owners' | 'exceptions' | 'usage' | 'history' | 'ledger' | 'incidents' | 'window'>

function figuresOf(review: Counted, services: number, routes: number): readonly Figure[] {
  const { owners, usage, history, ledger, incidents, window } = review
  const scopes = owners.flatMap((owner) => owner.scopes)
  const count = (isMeant: (scope: ReviewedScope) => boolean) => scopes.filter(isMeant).length
  const known = <T>(told: Told<T>, of: (value: T) => number) => (told.ok ? of(told.value) : null)
  const alarming = (name: string, value: number | null): Figure => ({
    name,
    value,
    ...((value ?? 0) > 0 && { isAlarming: true }),
  })
  return [
    { name: 'services', value: services },
    { name: 'routes', value: routes },
    { name: 'scopes', value: scopes.length },
    { name: 'critical scopes', value: count(({ sensitivity }) => sensitivity === 'critical') },
    alarming(
      'reviews overdue',
      count(({ reviewState }) => reviewState === 'overdue'),
    ),
    { name: 'reviews due within 90 days', value: count(({ reviewState }) => reviewState === 'due') },
    { name: 'exceptions', value: review.exceptions.reduce((sum, { exceptions }) => sum + exceptions.length, 0) },
    { name: 'clients seen', value: known(usage, ({ clients }) => clients.length) },
    {
      name: 'clients that hold more than they use',
      value: known(usage, ({ clients }) => clients.filter(holdsTooMuch).length),
    },
    { name: 'scopes that nobody used', value: known(usage, ({ unused }) => unused.length) },
    alarming(
      'shadow scopes',
      known(usage, ({ shadow }) => shadow.length),
    ),
    { name: 'releases in the window', value: known(history, (each) => releasesIn(each, window).length) },
    { name: 'revocations', value: known(ledger, ({ counts }) => (counts.revocation ?? 0) + (counts['step-up'] ?? 0)) },
    { name: 'kill switches', value: known(ledger, ({ counts }) => counts['kill switch'] ?? 0) },
    { name: 'incidents', value: known(incidents, (list) => list.length) },
    alarming(
      'incidents that are open',
      known(incidents, (list) => list.filter(({ state }) => state === 'open').length),
    ),
  ]
}

/** Also where it uses all that it holds, and less would have done. Of whom nothing was let in, nobody can say it. */
export const holdsTooMuch = ({ granted, suggested, allowed }: ClientUsage): boolean =>
  (allowed > 0 || suggested.length > 0) && granted.some(({ scope }) => !suggested.includes(scope))

/** Those of the window, the newest first. */
export const releasesIn = ({ releases }: HistoryFacts, { from, to }: Review['window']): HistoryFacts['releases'] =>
  releases.filter(({ publishedAt }) => publishedAt >= from && publishedAt < to).toReversed()

/** Serials that must have been there, up to the last one. At most so many are named. */
export function missingSerials({ releases }: HistoryFacts): readonly number[] {
  const there = new Set(releases.map(({ serial }) => serial))
  const missing: number[] = []
  for (let serial = 1; serial <= (releases.at(-1)?.serial ?? 0) && missing.length < MOST_NAMED; serial++)
    if (!there.has(serial)) missing.push(serial)
  return missing
}

const MOST_NAMED = 50
