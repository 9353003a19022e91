/** What is of no use any more is deleted, a bounded part at a time. */
import type { SqlStorage } from '@cloudflare/workers-types'
import { BATCH_MS } from './memory.ts'
import { LATE_MS } from './window.ts'

const DAY_MS = 86_400_000

/** Windows are a day long at most. */
const GROUP_MS = DAY_MS + LATE_MS
/** As long as a rule can remember. */
const USE_MS = 400 * DAY_MS
/** After it was last changed. Those that are not closed stay. */
const CLOSED_MS = 180 * DAY_MS
const MOST_CLOSED = 10_000
const MOST_ROWS = 20_000

/** Whether there is more to delete now. `now` in milliseconds. */
export function sweep(sql: SqlStorage, now: number): boolean {
  const gone = [
    sql.exec(
      'DELETE FROM batch WHERE id IN (SELECT id FROM batch WHERE at < ? LIMIT ?) RETURNING at',
      now - BATCH_MS - DAY_MS,
      MOST_ROWS,
    ),
    sql.exec(
      'DELETE FROM held WHERE (rule, key) IN (SELECT rule, key FROM held WHERE kept_at < ? LIMIT ?) RETURNING size',
      now - GROUP_MS,
      MOST_ROWS,
    ),
    sql.exec(
      'DELETE FROM use WHERE key IN (SELECT key FROM use WHERE at < ? LIMIT ?) RETURNING at',
      now - USE_MS,
      MOST_ROWS,
    ),
    sql.exec(
      `DELETE FROM incident WHERE number IN (SELECT number FROM incident WHERE state = 'closed' AND changed_at < ? LIMIT ?) RETURNING number`,
      now - CLOSED_MS,
      MOST_ROWS,
    ),
    sql.exec(
      `DELETE FROM incident WHERE number IN (
        SELECT number FROM incident WHERE state = 'closed' ORDER BY number DESC LIMIT ? OFFSET ?) RETURNING number`,
      MOST_ROWS,
      MOST_CLOSED,
    ),
  ]
  return gone.some((rows) => rows.toArray().length >= MOST_ROWS)
}

/** Whether there is anything that will be of no use one day. */
export const hasRows = (sql: SqlStorage): boolean =>
  ['batch', 'held', 'use', 'incident'].some((table) => sql.exec(`SELECT 1 FROM ${table} LIMIT 1`).toArray().length > 0)
