/** The scopes of a release as an owner reviews them: what each is for, how it stands, and whether anybody uses it. */
import type { ReleaseDocument, ScopeEntry, Sensitivity } from '../../policy/release.ts'
import type { ScopeUsage } from '../../policy/usage-answers.ts'
import { usesOf } from '../catalogue/uses.ts'
import { compareText } from '../diagnostic.ts'

/** `none`: the map does not say by when. */
export type ReviewState = 'overdue' | 'due' | 'later' | 'none'

export interface ReviewedScope {
  readonly name: string
  readonly service: string
  readonly reason: string
  readonly sensitivity: Sensitivity
  /** In words: `active`, or since when it is deprecated and what follows. */
  readonly lifecycle: string
  readonly since?: string
  readonly review?: string
  readonly reviewState: ReviewState
  readonly implies: readonly string[]
  /** Routes that name it, and those that it opens because of what it contains. */
  readonly routes: number
  readonly routesThroughImplied: number
  /** Absent where nobody knows. */
  readonly usage?: {
    readonly requests: number
    readonly clients: number
    readonly lastUsed?: string
  }
}

export interface OwnedScopes {
  readonly owner: string
  readonly scopes: readonly ReviewedScope[]
}

export interface ScopesOptions {
  readonly since: ReadonlyMap<string, string>
  readonly usage: readonly ScopeUsage[] | undefined
  /** `YYYY-MM-DD`: what was due before is overdue, what is due within 90 days is due. */
  readonly today: string
}

/** Owners by name; of each, what is overdue first, then by name. */
export function reviewScopes(document: ReleaseDocument, options: ScopesOptions): readonly OwnedScopes[] {
  const uses = usesOf(document)
  const usage = options.usage && new Map(options.usage.map((each) => [each.scope, each]))
  const byOwner = new Map<string, ReviewedScope[]>()
  for (const name of Object.keys(document.scopes).sort(compareText)) {
    const scope = document.scopes[name]
    if (scope === undefined) continue
    const routes = uses.get(name) ?? []
    const named = new Set(routes.filter(({ isNamed }) => isNamed).map(({ rule }) => rule))
    const others = new Set(routes.map(({ rule }) => rule).filter((rule) => !named.has(rule)))
    const since = options.since.get(name)
    const { service, reason, sensitivity, implies = [], review } = scope
    const row: ReviewedScope = {
      name,
      service,
      reason,
      sensitivity,
      lifecycle: lifecycleOf(scope),
      ...(since !== undefined && { since }),
      ...(review !== undefined && { review }),
      reviewState: stateOf(review, options.today),
      implies,
      routes: named.size,
      routesThroughImplied: others.size,
      ...(usage && { usage: usageOf(usage.get(name)) }),
    }
    byOwner.set(scope.owner, [...(byOwner.get(scope.owner) ?? []), row])
  }
  return [...byOwner]
    .sort(([a], [b]) => compareText(a, b))
    .map(([owner, scopes]) => ({ owner, scopes: scopes.sort(compareUrgency) }))
}

const usageOf = (usage: ScopeUsage | undefined): NonNullable<ReviewedScope['usage']> => ({
  requests: usage?.exercised ?? 0,
  clients: usage?.clients ?? 0,
  ...(usage?.lastExercised !== undefined && { lastUsed: usage.lastExercised }),
})

function lifecycleOf({ deprecated }: ScopeEntry): string {
  if (deprecated === undefined) return 'active'
  const { since, sunset, replacedBy = [] } = deprecated
  const end = sunset === undefined ? ', no end set' : `, opens nothing from ${sunset} on`
  return `deprecated since ${since}${end}${replacedBy.length === 0 ? '' : `; replaced by ${replacedBy.join(', ')}`}`
}

const DUE_DAYS = 90
const DAY_MS = 86_400_000

function stateOf(review: string | undefined, today: string): ReviewState {
  if (review === undefined) return 'none'
  if (review < today) return 'overdue'
  return Date.parse(review) - Date.parse(today) <= DUE_DAYS * DAY_MS ? 'due' : 'later'
}

const URGENCY: Readonly<Record<ReviewState, number>> = { overdue: 0, due: 1, none: 2, later: 3 }

const compareUrgency = (a: ReviewedScope, b: ReviewedScope): number =>
  URGENCY[a.reviewState] - URGENCY[b.reviewState] || compareText(a.name, b.name)
