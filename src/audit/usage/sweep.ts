/** What is older than it is kept for goes: in small deletions, so that no question has to wait for a large one. */
import { DAY, type Database, HOUR, MINUTE, RETENTION, rowsOf, startOf } from './database.ts'

/** Rows that one deletion takes at most, and deletions of one run. What is left goes with the next run, an hour later. */
const ROWS_AT_ONCE = 5_000
const MOST_DELETIONS = 200

interface Shelf {
  readonly table: string
  readonly key: string
  /** Which rows go; `?1` is the time that they are older than. */
  readonly where: string
  readonly seconds: number
}

const TRAFFIC_KEY = 'period, at, service, rule, issuer, client, outcome, code, alternative'
const SCOPE_KEY = 'period, at, scope, issuer, client'

const SHELVES: readonly Shelf[] = [
  { table: 'traffic', key: TRAFFIC_KEY, where: `period = ${MINUTE} AND at < ?1`, seconds: RETENTION.minute },
  { table: 'traffic', key: TRAFFIC_KEY, where: `period = ${HOUR} AND at < ?1`, seconds: RETENTION.hour },
  { table: 'traffic', key: TRAFFIC_KEY, where: `period = ${DAY} AND at < ?1`, seconds: RETENTION.day },
  { table: 'scope_use', key: SCOPE_KEY, where: `period = ${HOUR} AND at < ?1`, seconds: RETENTION.hour },
  { table: 'scope_use', key: SCOPE_KEY, where: `period = ${DAY} AND at < ?1`, seconds: RETENTION.day },
  { table: 'holding', key: 'scope, issuer, client', where: 'last_held < ?1', seconds: RETENTION.day },
  { table: 'unmapped', key: 'day, host, method, shape', where: 'day < ?1', seconds: RETENTION.hour },
  { table: 'observed', key: 'day, rule, issuer, client, codes, missing', where: 'day < ?1', seconds: RETENTION.day },
  { table: 'replay', key: 'day, request', where: 'day < ?1', seconds: RETENTION.hour },
  { table: 'sink', key: 'hour, name', where: 'hour < ?1', seconds: RETENTION.hour },
  { table: 'delivery', key: 'hour', where: 'hour < ?1', seconds: RETENTION.hour },
  // A day longer than batches are taken in for.
  { table: 'batch', key: 'day, id', where: 'day < ?1', seconds: RETENTION.batch + DAY },
  { table: 'decision', key: 'at, id', where: 'at < ?1 * 1000', seconds: RETENTION.decision },
]

/** `now` in seconds. Answers with how many deletions it took, and whether all is gone that should be. */
export async function sweepUsage(
  database: Database,
  now: number,
): Promise<{ readonly deletions: number; readonly isDone: boolean }> {
  let deletions = 0
  for (const { table, key, where, seconds } of SHELVES) {
    // Whole days at once: a period is never half there.
    const before = startOf(now - seconds, seconds < 30 * DAY ? HOUR : DAY)
    const query = `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${where} LIMIT ${ROWS_AT_ONCE}) RETURNING 1 AS gone`
    for (let gone = ROWS_AT_ONCE; gone === ROWS_AT_ONCE; ) {
      if (deletions === MOST_DELETIONS) return { deletions, isDone: false }
      gone = (await rowsOf(database, query, before)).length
      deletions++
    }
  }
  return { deletions, isDone: true }
}
