/** The spans of time that pages about now look at, as windows of whole periods that end with the one that is under way. */
import type { Period, Window } from '../../../policy/usage-answers.ts'

export const SPANS = ['hour', 'day', 'week'] as const
export type Span = (typeof SPANS)[number]

export const SPAN_WORDS: Readonly<Record<Span, string>> = { hour: 'Last hour', day: 'Last day', week: 'Last week' }

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const SIZES: Readonly<Record<Span, { readonly period: Period; readonly unit: number; readonly units: number }>> = {
  hour: { period: 'minute', unit: MINUTE, units: 60 },
  day: { period: 'hour', unit: HOUR, units: 24 },
  week: { period: 'hour', unit: HOUR, units: 168 },
}

/** @param now milliseconds */
export function recent(span: Span, now: number): Window & { readonly period: Period } {
  const { period, unit, units } = SIZES[span]
  const to = (Math.floor(now / unit) + 1) * unit
  return { period, from: new Date(to - units * unit).toISOString(), to: new Date(to).toISOString() }
}

/** Whatever stands in an address: what is no span is an hour. */
export const spanOf = (text: string | undefined): Span => SPANS.find((span) => span === text) ?? 'hour'
