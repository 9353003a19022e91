/** Days of the calendar as maps write them, and windows of counts. All of it UTC. */
import type { Window } from '../../../policy/usage-answers.ts'

const DAY = 86_400_000

/** Whole days from `now` (milliseconds) to the first second of `day` (`YYYY-MM-DD`): 0 on the day itself, below zero once it has passed. */
export const daysUntil = (day: string, now: number): number =>
  Math.floor(Date.parse(`${day.slice(0, 10)}T00:00:00Z`) / DAY) - Math.floor(now / DAY)

/** The last whole days with today, up to the beginning of tomorrow. */
export function lastDays(now: number, days: number): Window {
  const to = (Math.floor(now / DAY) + 1) * DAY
  return { from: new Date(to - days * DAY).toISOString(), to: new Date(to).toISOString() }
}

/** `in 12 days`, `today`, `3 days ago`; in months and years once days would be too many to picture. */
export function daysInWords(days: number): string {
  if (days === 0) return 'today'
  if (days === 1) return 'tomorrow'
  if (days === -1) return 'yesterday'
  const length = lengthInWords(Math.abs(days))
  return days > 0 ? `in ${length}` : `${length} ago`
}

function lengthInWords(days: number): string {
  if (days < 60) return `${days} days`
  if (days < 730) return `${Math.round(days / 30.44)} months`
  return `${Math.round(days / 365.25)} years`
}
