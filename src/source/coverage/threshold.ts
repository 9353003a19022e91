/** How much of something may be there before a run fails: a number, or a share of the whole. */

export interface Threshold {
  readonly kind: 'count' | 'percent'
  readonly value: number
}

/** `0`, `12`, `2.5%`; undefined for anything else. */
export function parseThreshold(text: string): Threshold | undefined {
  const [, digits, percent] = /^([0-9]{1,6}(?:\.[0-9]{1,3})?)(%?)$/.exec(text) ?? []
  if (digits === undefined) return undefined
  const value = Number(digits)
  if (percent === '%') return value <= 100 ? { kind: 'percent', value } : undefined
  return Number.isInteger(value) ? { kind: 'count', value } : undefined
}

/** Of nothing, nothing is too much. */
export const isAbove = (found: number, all: number, { kind, value }: Threshold): boolean =>
  kind === 'count' ? found > value : found * 100 > value * all
