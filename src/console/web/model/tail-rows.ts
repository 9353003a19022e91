/** The rows of the live tail: bounded, each decision once, the newest first, and what came while it was held still. */
import type { DecisionEvent } from '../../../policy/decision-event.ts'

export interface TailRows {
  readonly shown: readonly DecisionEvent[]
  /** Came while it was held still, the newest first. */
  readonly held: readonly DecisionEvent[]
  /** More came than there is room for: here, or at the gate. */
  readonly dropped: number
}

export const MAX_ROWS = 1000

export const NO_ROWS: TailRows = { shown: [], held: [], dropped: 0 }

/** `decisions` as they came, the oldest first. */
export function withDecisions(rows: TailRows, decisions: readonly DecisionEvent[], isHeld: boolean): TailRows {
  const known = new Set([...rows.shown, ...rows.held].map(({ decision }) => decision))
  const fresh = decisions.filter(({ decision }) => !known.has(decision) && known.add(decision)).toReversed()
  if (fresh.length === 0) return rows
  if (!isHeld) return bounded({ ...rows, shown: [...fresh, ...rows.shown] })
  const held = [...fresh, ...rows.held]
  return { ...rows, held: held.slice(0, MAX_ROWS), dropped: rows.dropped + Math.max(0, held.length - MAX_ROWS) }
}

/** Goes on: what was held back is shown. */
export const released = (rows: TailRows): TailRows =>
  bounded({ ...rows, shown: [...rows.held, ...rows.shown], held: [] })

/** What falls off at the end was seen already: it counts as nothing lost. */
const bounded = (rows: TailRows): TailRows => ({ ...rows, shown: rows.shown.slice(0, MAX_ROWS) })

/** Whether any name in it has the text: for looking through what is there already. */
export function mentions(event: DecisionEvent, text: string): boolean {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return true
  const { decision, rule, service, client, subject, method, shape, issuer, codes = [], held = [], missing = [] } = event
  return [decision, rule, service, client, subject, method, shape, issuer, ...codes, ...held, ...missing].some((name) =>
    name?.toLowerCase().includes(wanted),
  )
}
