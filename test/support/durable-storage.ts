/** The storage of a SQLite Durable Object on Node's own SQLite: the part that ours use, so that thousands of databases can be tried without a runtime. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { DurableObjectStorage } from '@cloudflare/workers-types'

export interface FakeStorage {
  readonly storage: DurableObjectStorage
  readonly database: DatabaseSync
  /** When it rings, in milliseconds. */
  alarm: number | null
  /** Empties all tables: quicker than another database. */
  clear(): void
}

export function fakeStorage(database = new DatabaseSync(':memory:')): FakeStorage {
  const statements = new Map<string, StatementSync>()
  const prepared = (query: string) => {
    const statement = statements.get(query) ?? database.prepare(query)
    statements.set(query, statement)
    return statement
  }
  const exec = (query: string, ...bindings: SQLInputValue[]) => {
    const isScript = bindings.length === 0 && query.includes(';')
    if (isScript) database.exec(query)
    const rows = isScript ? [] : prepared(query).all(...bindings)
    return {
      toArray: () => rows,
      one() {
        if (rows.length !== 1) throw new Error(`expected one row, got ${rows.length}`)
        return rows[0]
      },
      [Symbol.iterator]: () => rows[Symbol.iterator](),
    }
  }
  const storage: unknown = {
    sql: { exec },
    transactionSync<T>(work: () => T): T {
      database.exec('BEGIN')
      try {
        const result = work()
        database.exec('COMMIT')
        return result
      } catch (fault) {
        database.exec('ROLLBACK')
        throw fault
      }
    },
    getAlarm: async () => fake.alarm,
    setAlarm: async (time: number) => {
      fake.alarm = time
    },
  }
  const fake: FakeStorage = {
    storage: storage as DurableObjectStorage,
    database,
    alarm: null,
    clear() {
      const tables = prepared("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'format'").all()
      for (const { name } of tables) prepared(`DELETE FROM ${name}`).run()
      fake.alarm = null
    },
  }
  return fake
}
