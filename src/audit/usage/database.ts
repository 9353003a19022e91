/** The part of D1 that is used, and the measures of time that the counts are kept in. */
import type { Period } from '../../policy/usage-answers.ts'

export type SqlValue = string | number | null

export interface Statement {
  bind(...values: SqlValue[]): Statement
  all(): Promise<{ readonly results: readonly object[] }>
}

/** D1, or what stands for it. Every call rejects where the database cannot be asked. */
export interface Database {
  prepare(query: string): Statement
  /** All of them in one transaction, or none. */
  batch(statements: Statement[]): Promise<readonly { readonly results: readonly object[] }[]>
}

export type Row = Readonly<Record<string, unknown>>

/** The rows of one query. */
export async function rowsOf(database: Database, query: string, ...values: SqlValue[]): Promise<readonly Row[]> {
  const { results } = await database
    .prepare(query)
    .bind(...values)
    .all()
  return results as readonly Row[]
}

export const MINUTE = 60
export const HOUR = 3_600
export const DAY = 86_400
export const SECONDS: Readonly<Record<Period, number>> = { minute: MINUTE, hour: HOUR, day: DAY }

/** How long what is kept is kept, in seconds. */
export const RETENTION = {
  minute: 3 * DAY,
  hour: 60 * DAY,
  day: 400 * DAY,
  decision: 14 * DAY,
  /**
   * A message lies in a queue for 14 days at most, and once more that long where it was dead-lettered and somebody put it back. A batch is looked for among those
   * that were counted for so many days after its window, and refused when it is older: so none is counted twice, however late it comes.
   */
  batch: 29 * DAY,
} as const

/** The beginning of the period that a time is in. */
export const startOf = (seconds: number, period: number): number => Math.floor(seconds / period) * period

/** Seconds since the epoch -> ISO 8601. */
export const iso = (seconds: number): string => new Date(seconds * 1000).toISOString()

export const textIn = (row: Row, name: string): string => String(row[name] ?? '')
export const numberIn = (row: Row, name: string): number => Number(row[name] ?? 0)
