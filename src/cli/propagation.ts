/** Measuring how a release reaches the edge: many connections, each asked in turn, and for each the first answer that had it. */
import type { AskEdge, EdgeAnswer } from './edge.ts'
import { nearestRank } from './quantile.ts'

export interface Measurement {
  readonly connections: readonly AskEdge[]
  /** What counts as having it: this serial or a higher one. */
  readonly serial: number
  /** How long a connection is left alone between questions. */
  readonly everyMs: number
  /** How long to wait for the first sight of it at all, and for the last one after that. */
  readonly patienceMs: number
  readonly durationMs: number
  /** How long everybody is asked on once all have it: who went back is seen then. */
  readonly settleMs: number
  /** Milliseconds by the wall clock; never goes back. */
  readonly now: () => number
  readonly sleep: (milliseconds: number) => Promise<void>
  /** Ends it early; the records so far are kept. */
  readonly signal?: AbortSignal
  /** Whenever another connection has it. */
  readonly onSeen: (seen: number) => void
}

export interface ConnectionRecord {
  /** When the first answer with it was there; absent: none was. */
  readonly firstSeen?: number
  readonly answers: number
  readonly failures: number
  /** Answers without it after one with it: another isolate, which was not there yet. */
  readonly wentBack: number
  /** The data centre of its last answer. */
  readonly colo?: string
  /** The edge's clock less ours, in milliseconds, one for each answer with a date. */
  readonly clockOffsets: readonly number[]
}

export interface Measured {
  readonly endedAt: number
  readonly records: readonly ConnectionRecord[]
}

const DEADLINE_MS = 10_000

export async function measurePropagation(measurement: Measurement): Promise<Measured> {
  const { connections, now, sleep, everyMs } = measurement
  let [seen, end] = [0, now() + measurement.patienceMs]
  const noteSeen = (at: number) => {
    seen++
    if (seen === 1) end = at + measurement.durationMs
    if (seen === connections.length) end = Math.min(end, at + measurement.settleMs)
    measurement.onSeen(seen)
  }
  const follow = async (ask: AskEdge, index: number): Promise<ConnectionRecord> => {
    let record: ConnectionRecord = { answers: 0, failures: 0, wentBack: 0, clockOffsets: [] }
    // Spread over the interval, so that together they look more often than each of them does.
    await sleep((everyMs * index) / connections.length)
    while (now() < end && measurement.signal?.aborted !== true) {
      const asked = now()
      const answer = await ask(DEADLINE_MS)
      const at = now()
      const isNews = record.firstSeen === undefined && has(answer, measurement.serial)
      // What comes after the end was not seen within it.
      if (at > end) break
      record = addAnswer(record, answer, measurement.serial, asked, at)
      if (isNews) noteSeen(at)
      await sleep(Math.max(0, Math.min(asked + everyMs, end) - now()))
    }
    return record
  }
  const records = await Promise.all(connections.map(follow))
  return { endedAt: end, records }
}

const has = (answer: EdgeAnswer, serial: number): boolean => answer.kind === 'gate' && answer.release.serial >= serial

function addAnswer(
  record: ConnectionRecord,
  answer: EdgeAnswer,
  serial: number,
  asked: number,
  at: number,
): ConnectionRecord {
  if (answer.kind === 'failed') return { ...record, failures: record.failures + 1 }
  const { firstSeen, wentBack, clockOffsets } = record
  const first = firstSeen ?? (has(answer, serial) ? at : undefined)
  // The date lost half a second on average when it was cut to whole ones.
  const offset = answer.date === undefined ? [] : [answer.date + 500 - (asked + at) / 2]
  return {
    ...record,
    ...(first !== undefined && { firstSeen: first }),
    ...(answer.colo !== undefined && { colo: answer.colo }),
    answers: record.answers + 1,
    wentBack: wentBack + (firstSeen !== undefined && !has(answer, serial) ? 1 : 0),
    clockOffsets: [...clockOffsets, ...offset],
  }
}

/** In seconds since the beginning; a connection that never saw it has no time, and neither has a quantile that falls on one. */
export interface Propagation {
  readonly connections: number
  readonly unseen: number
  readonly p50: number | undefined
  readonly p90: number | undefined
  readonly p99: number | undefined
  readonly max: number | undefined
  /** How long was looked, counted from the beginning. */
  readonly lookedFor: number
  readonly answers: number
  readonly failures: number
  readonly wentBack: { readonly answers: number; readonly connections: number }
  /** Connections by data centre, in the order of their names. */
  readonly colos: Readonly<Record<string, number>>
  /** The edge's clock less ours, the median of all answers. */
  readonly clockOffset: number | undefined
}

/** @param beganAt milliseconds, by the clock of the measurement */
export function summarizePropagation({ records, endedAt }: Measured, beganAt: number): Propagation {
  const times = records.map(({ firstSeen }) => (firstSeen ?? Number.POSITIVE_INFINITY) - beganAt)
  const quantile = (share: number) => seconds(nearestRank(times, share))
  const offsets = records.flatMap(({ clockOffsets }) => clockOffsets)
  const sum = (count: (record: ConnectionRecord) => number) =>
    records.reduce((total, record) => total + count(record), 0)
  return {
    connections: records.length,
    unseen: records.filter(({ firstSeen }) => firstSeen === undefined).length,
    p50: quantile(0.5),
    p90: quantile(0.9),
    p99: quantile(0.99),
    max: quantile(1),
    lookedFor: seconds(endedAt - beganAt) ?? 0,
    answers: sum(({ answers }) => answers),
    failures: sum(({ failures }) => failures),
    wentBack: {
      answers: sum(({ wentBack }) => wentBack),
      connections: records.filter(({ wentBack }) => wentBack > 0).length,
    },
    colos: countColos(records),
    clockOffset: offsets.length === 0 ? undefined : seconds(nearestRank(offsets, 0.5)),
  }
}

function countColos(records: readonly ConnectionRecord[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>()
  for (const { colo } of records) if (colo !== undefined) counts.set(colo, (counts.get(colo) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** To a tenth: connections are asked too seldom for more to mean anything. */
const seconds = (milliseconds: number): number | undefined =>
  Number.isFinite(milliseconds) ? Math.round(milliseconds / 100) / 10 : undefined
