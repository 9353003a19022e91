/** Which match of which route answers (Gateway API): whole paths, then expressions, then beginnings; the longer; the one that says more. */
import type { RouteMatch } from './resources.ts'

const KIND = { Exact: 2, RegularExpression: 1, PathPrefix: 0 } as const

/** Negative where the first one is tried first; zero where age, which no manifest tells, would decide. */
export function compareMatches(a: RouteMatch, b: RouteMatch): number {
  return (
    KIND[b.kind] - KIND[a.kind] ||
    b.path.length - a.path.length ||
    Number(b.method !== undefined) - Number(a.method !== undefined) ||
    b.headers - a.headers ||
    b.queries - a.queries
  )
}
