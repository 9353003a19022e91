/** The scopes of a release and those that tokens hold besides, with how they are used. */
import { SENSITIVITIES } from '../../../policy/release.ts'
import type { ScopesAnswer, ScopeUsage } from '../../../policy/usage-answers.ts'
import { type Lifecycle, lifecycleOf } from './lifecycle.ts'
import type { MapIndex, ScopeView } from './map-index.ts'
import { wordsOf } from './map-tree.ts'

export interface ScopeRow {
  readonly name: string
  /** Absent: a shadow scope, which tokens hold and the map does not know. */
  readonly scope?: ScopeView
  readonly lifecycle?: Lifecycle
  /** Absent while counts are not known. */
  readonly usage?: ScopeUsage
}

/** @param now milliseconds */
export function scopeRows(index: MapIndex, answer: ScopesAnswer | undefined, now: number): readonly ScopeRow[] {
  const usage = new Map(answer?.scopes.map((each) => [each.scope, each]))
  const known = [...index.scopes.values()].map((scope): ScopeRow => {
    const used = usage.get(scope.name) ?? (answer === undefined ? undefined : unusedScope(scope.name, answer))
    return {
      name: scope.name,
      scope,
      lifecycle: lifecycleOf(scope.entry, now),
      ...(used !== undefined && { usage: used }),
    }
  })
  const shadows = (answer?.scopes ?? []).flatMap((each): readonly ScopeRow[] =>
    index.scopes.has(each.scope) ? [] : [{ name: each.scope, usage: each }],
  )
  return [...known, ...shadows]
}

const unusedScope = (scope: string, { scopes }: ScopesAnswer): ScopeUsage => ({
  scope,
  isKnown: true,
  exercised: 0,
  missing: 0,
  held: 0,
  clients: 0,
  trend: scopes[0]?.trend.map(() => 0) ?? [],
})

export const SCOPE_FILTERS = ['unused', 'shadow', 'deprecated', 'critical', 'review due'] as const
export type ScopeFilter = (typeof SCOPE_FILTERS)[number]

const FILTERS: Readonly<Record<ScopeFilter, (row: ScopeRow) => boolean>> = {
  unused: ({ scope, usage }) => scope !== undefined && usage?.exercised === 0,
  shadow: ({ scope }) => scope === undefined,
  deprecated: ({ lifecycle }) => lifecycle !== undefined && lifecycle.stage !== 'in use',
  critical: ({ scope }) => scope?.entry.sensitivity === 'critical',
  'review due': ({ lifecycle }) => lifecycle?.review !== undefined && lifecycle.review.state !== 'later',
}

/** How many rows each filter would leave. */
export const filterCounts = (rows: readonly ScopeRow[]): Readonly<Record<ScopeFilter, number>> => {
  const counts = { unused: 0, shadow: 0, deprecated: 0, critical: 0, 'review due': 0 }
  for (const row of rows) for (const filter of SCOPE_FILTERS) if (FILTERS[filter](row)) counts[filter]++
  return counts
}

/** For columns that are sorted by it: the most sensitive is the most, a shadow scope the least. */
export const weightOf = ({ scope }: ScopeRow): number =>
  scope === undefined ? -1 : SENSITIVITIES.indexOf(scope.entry.sensitivity)

export const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export interface ScopeListView {
  readonly search: string
  readonly filter?: ScopeFilter
}

export function selectScopes(rows: readonly ScopeRow[], { search, filter }: ScopeListView): readonly ScopeRow[] {
  const words = wordsOf(search)
  return rows
    .filter((row) => (filter === undefined || FILTERS[filter](row)) && fits(row, words))
    .sort((a, b) => compareTexts(a.name, b.name))
}

function fits({ name, scope }: ScopeRow, words: readonly string[]): boolean {
  if (words.length === 0) return true
  const { owner = '', reason = '', service = '' } = scope?.entry ?? {}
  const text = `${name}\n${owner}\n${service}\n${reason}`.toLowerCase()
  return words.every((word) => text.includes(word))
}
