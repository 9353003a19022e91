/** Counting what happened to one group over a window that slides: exact, in whatever order it is told, and bounded. */
import type { DecisionEvent } from '../../policy/decision-event.ts'
import type { Identity, Notice } from '../../policy/event-batch.ts'
import type { Occurrence } from './occurrences.ts'

export type Evidence = DecisionEvent | Notice

/** What is remembered of a group until it makes an incident. Times in milliseconds, ascending. */
export interface Group {
  readonly name: string | null
  readonly times: readonly number[]
  readonly evidence: readonly Evidence[]
  readonly who?: Identity
}

/** How late batches may come without being counted in the wrong window: longer than a queue tries. */
export const LATE_MS = 3_600_000
/** Of times: so many windows that were not full. */
const MOST_WINDOWS = 4
/** Of evidence, the first ones and the last ones. */
export const MOST_EVIDENCE_END = 5

/** The group with further occurrences in it. Where these fill a window, all are kept: they are what the incident is made of. */
export function joined(
  group: Group | undefined,
  occurrences: readonly Occurrence[],
  count: number,
  withinMs: number,
): Group {
  const times = [...(group?.times ?? []), ...occurrences.map(({ at }) => at)].sort((a, b) => a - b)
  const kept = fullAt(times, count, withinMs) === undefined ? stillOfUse(times, count, withinMs) : times
  const oldest = kept[0] ?? 0
  const who = group?.who ?? occurrences.find((each) => each.who !== undefined)?.who
  return {
    name: group?.name ?? occurrences.find(({ name }) => name !== null)?.name ?? null,
    times: kept,
    evidence: bothEnds([
      ...(group?.evidence ?? []).filter((each) => Date.parse(each.at) >= oldest),
      ...occurrences.map(({ evidence }) => evidence),
    ]),
    ...(who !== undefined && { who }),
  }
}

/** Without those that are too old to be in a window with anything that may come yet. */
function stillOfUse(times: readonly number[], count: number, withinMs: number): readonly number[] {
  const newest = times.at(-1) ?? 0
  return times.filter((time) => time > newest - withinMs - LATE_MS).slice(-MOST_WINDOWS * count)
}

/** When the first window that holds so many became full, in milliseconds. A window is shorter than `withinMs` from its first to its last. */
export function fullAt(times: readonly number[], count: number, withinMs: number): number | undefined {
  return times.find((time, index) => index >= count - 1 && time - (times[index - count + 1] ?? time) < withinMs)
}

/** The earliest and the latest, each once, in the order of their times. */
export function bothEnds(evidence: readonly Evidence[]): readonly Evidence[] {
  const sorted = [...new Map(evidence.map((each) => [JSON.stringify(each), each]))]
    .sort(([a, { at: first }], [b, { at: second }]) => Date.parse(first) - Date.parse(second) || (a < b ? -1 : 1))
    .map(([, each]) => each)
  return sorted.length <= 2 * MOST_EVIDENCE_END
    ? sorted
    : [...sorted.slice(0, MOST_EVIDENCE_END), ...sorted.slice(-MOST_EVIDENCE_END)]
}
