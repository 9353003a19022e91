/**
 * Adds the counts that wait to the tables that questions read. Most requests of some minutes are alike in most of what is counted, so a row is written once for all
 * of them: every few minutes while batches come, once there is enough of it, and whenever somebody asks.
 */
import { type Database, numberIn, rowsOf } from './database.ts'
import { COUNTED, FOLDS, OLDEST } from './tables.ts'

/** How old what waits may get while there are deliveries, in seconds, and how much it may be, in characters. */
export const FOLD_SECONDS = 300
export const FOLD_CHARACTERS = 24_000_000
/** More waits only after the database was away for long; the next one goes on. */
const MOST_ROUNDS = 50

/** Whether deliveries have brought enough. `now` in seconds. */
export async function isFoldDue(database: Database, now: number): Promise<boolean> {
  const [row] = await rowsOf(database, 'SELECT MIN(at) AS at, SUM(size) AS size FROM pending')
  if (typeof row?.at !== 'number') return false
  return now - row.at >= FOLD_SECONDS || Number(row.size) >= FOLD_CHARACTERS
}

/** Each round is one transaction, so nothing is added twice, whoever else does the same at that moment. Rejects where the database cannot be asked. */
export async function foldPending(database: Database): Promise<void> {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const answers = await database.batch([
      ...COUNTED.map((table) => database.prepare(FOLDS[table])),
      database.prepare(`DELETE FROM pending WHERE ${OLDEST}`),
      database.prepare('SELECT COUNT(*) AS waiting FROM pending'),
    ])
    if (numberIn({ ...answers.at(-1)?.results[0] }, 'waiting') === 0) return
  }
}
