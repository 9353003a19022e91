/**
 * Adds the counts that wait to the tables that questions read. Most requests of a minute are alike in most of what is counted, so a row is written once for all of
 * them: once a minute while batches come, and whenever somebody asks.
 */
import { type Database, numberIn } from './database.ts'
import { COUNTED, FOLDS, OLDEST } from './tables.ts'

/** How old what waits may get while there are deliveries, in seconds. */
export const FOLD_SECONDS = 60
/** More waits only after the database was away for long; the next one goes on. */
const MOST_ROUNDS = 50

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
