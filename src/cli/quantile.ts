/**
 * The nearest-rank quantile: the smallest of the values that at least this share of them does not exceed. It is always one of the values, never
 * something between two. Values that are not known yet are `Infinity`.
 *
 * @param share above 0, at most 1
 */
export function nearestRank(values: readonly number[], share: number): number {
  if (values.length === 0 || !(share > 0 && share <= 1))
    throw new RangeError('there is no quantile of nothing, nor outside ]0, 1]')
  const rank = Math.ceil(share * values.length)
  return values.toSorted((a, b) => a - b)[rank - 1] ?? Number.POSITIVE_INFINITY
}
