/** Counts of the busiest, laid beside a map that may have more than are told one by one. */
import type { TrafficAnswer } from '../../../policy/usage-answers.ts'

export interface Counted {
  readonly total: number
  /** In time, the oldest first. */
  readonly trend: readonly number[]
}

/** Undefined: it is none of the busiest, and has some part of what they have together; nobody knows how much. */
export type CountsOf = (name: string) => Counted | undefined

/** Of the routes and of the services, by their names. */
export interface MapCounts {
  /** `service`: the route's. */
  readonly route: (name: string, service: string) => Counted | undefined
  readonly service: CountsOf
}

/** Whether each name is told by itself. */
export const isWhole = ({ series }: TrafficAnswer): boolean => series.every(({ name }) => name !== null)

/** @param points how many points a trend has; periods are added up to as many */
export function countsByName(answer: TrafficAnswer, points: number): CountsOf {
  const { at, series } = answer
  const known = new Map(
    series.flatMap(({ name, counts, total }) =>
      name === null ? [] : [[name, { total, trend: foldTrend(counts, points) }] as const],
    ),
  )
  const none: Counted = {
    total: 0,
    trend: foldTrend(
      at.map(() => 0),
      points,
    ),
  }
  return (name) => known.get(name) ?? (isWhole(answer) ? none : undefined)
}

/** Neighbours added up; the first may have fewer, so that the last one is a whole one. */
export function foldTrend(counts: readonly number[], points: number): readonly number[] {
  if (counts.length <= points) return counts
  const size = Math.ceil(counts.length / points)
  const folded: number[] = []
  for (let end = counts.length; end > 0; end -= size)
    folded.unshift(counts.slice(Math.max(0, end - size), end).reduce((sum, count) => sum + count, 0))
  return folded
}
