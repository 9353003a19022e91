/**
 * Readers of untrusted JSON: each returns a checked value or throws `Malformed` with the place in the document. Thrown and caught
 * inside one decoder, so that forty checks read as forty lines; nobody outside it ever sees the exception.
 */
import { type EpochSeconds, isNonEmpty, type NonEmpty } from './result.ts'

export class Malformed extends Error {}

export function object(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Malformed(`${at} is not an object`)
  return value as Record<string, unknown>
}

/** Nothing can be silently off: a member that this version does not know may be a restriction that a later one adds. */
export function closed(entry: Record<string, unknown>, keys: readonly string[], at: string): Record<string, unknown> {
  for (const key of Object.keys(entry)) if (!keys.includes(key)) throw new Malformed(`${at} has an unknown member`)
  return entry
}

export function array(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Malformed(`${at} is not a list`)
  return value
}

export function text(value: unknown, at: string): string {
  if (typeof value !== 'string' || value === '') throw new Malformed(`${at} is not a text`)
  return value
}

export const texts = (value: unknown, at: string): readonly string[] => array(value, at).map((item) => text(item, at))

export function nonEmpty<T>(list: readonly T[], at: string): NonEmpty<T> {
  if (!isNonEmpty(list)) throw new Malformed(`${at} is empty`)
  return list
}

export function seconds(value: unknown, at: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new Malformed(`${at} is no number of seconds`)
  return value
}

/** `YYYY-MM-DD`, a day of the calendar -> its first second, UTC. */
export function day(value: unknown, at: string): EpochSeconds {
  const milliseconds =
    typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(`${value}T00:00:00Z`) : Number.NaN
  // The 30th of February is parsed as a day in March.
  if (Number.isNaN(milliseconds) || new Date(milliseconds).toISOString().slice(0, 10) !== value)
    throw new Malformed(`${at} is no date`)
  return (milliseconds / 1000) as EpochSeconds
}
