/** The tables of the log, and how a database of an older format becomes one of this format. */
import type { DurableObjectStorage, SqlStorage } from '@cloudflare/workers-types'
import { NOTHING, plus, writeFact } from './facts.ts'
import { difference, type StateRow } from './target-states.ts'

type Migration = (sql: SqlStorage) => void

/**
 * `entry`: the log. What is cut leaves the rows of marks that hold, and of what holds others down. `target`, `label`, `at`, `expires` and `is_lift` repeat
 * the text's own; `undone_by` is the number of the entry that took a mark back; `holds`: it is in the state of its target.
 *
 * `state`: what holds of each target that followers may know something of, under the number of the entry that last changed it;
 * `is_changed`: it was another one before.
 *
 * `once`: SHA-256 of the texts that entries came with. `part`: what the snapshots put into KV, `unwanted_since` where the last one has no use for it.
 * `fact`: what there is one of, as JSON.
 */
function createTables(sql: SqlStorage): void {
  sql.exec(`
    CREATE TABLE entry (
      seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, text TEXT NOT NULL, hash TEXT NOT NULL,
      target TEXT, is_lift INTEGER NOT NULL, label TEXT, at REAL, expires REAL, undone_by INTEGER, holds INTEGER NOT NULL
    );
    CREATE INDEX entry_by_target ON entry (target, label, at) WHERE target IS NOT NULL;
    CREATE INDEX entry_that_holds ON entry (seq) WHERE holds = 1;
    CREATE TABLE state (
      seq INTEGER PRIMARY KEY, target TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, scope TEXT, client TEXT,
      effects TEXT NOT NULL, is_changed INTEGER NOT NULL
    );
    CREATE TABLE once (digest TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX once_by_entry ON once (seq);
    CREATE TABLE part (sha256 TEXT PRIMARY KEY, is_stored INTEGER NOT NULL, unwanted_since INTEGER) WITHOUT ROWID;
    CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  `)
}

/** What there are how many of is one fact, and tells how much room is left. */
function countRoom(sql: SqlStorage): void {
  const rows = sql.exec<StateRow>('SELECT * FROM state')
  let counts = NOTHING
  for (const { kind, effects } of rows)
    counts = plus(counts, { states: 1, ...difference(kind, [], JSON.parse(effects)) })
  sql.exec("DELETE FROM fact WHERE name IN ('states', 'active')")
  writeFact(sql, 'counts', counts)
}

/** Each brings a database from the format of its place in the list to the next. One that was ever released is never changed. */
const MIGRATIONS: readonly Migration[] = [createTables, countRoom]

/**
 * Brings the database to the newest format, all or nothing.
 * @throws where it was written by a later version: what that means by its marks cannot be known.
 */
export function migrate(storage: DurableObjectStorage, migrations: readonly Migration[] = MIGRATIONS): void {
  const { sql } = storage
  storage.transactionSync(() => {
    sql.exec('CREATE TABLE IF NOT EXISTS format (number INTEGER NOT NULL)')
    const format = sql.exec<{ number: number }>('SELECT number FROM format').toArray()[0]?.number ?? 0
    if (format > migrations.length)
      throw new Error(`the revocation log is of format ${format}, this version knows ${migrations.length}`)
    if (format === migrations.length) return
    for (const change of migrations.slice(format)) change(sql)
    sql.exec('DELETE FROM format')
    sql.exec('INSERT INTO format (number) VALUES (?)', migrations.length)
  })
}
