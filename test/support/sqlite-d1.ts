/** D1's interface over SQLite in memory, with the tables of the migrations: the same SQL as in a deployment, without one. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { Database, SqlValue, Statement } from '../../src/audit/usage/database.ts'
import { migrationStatements } from './deployment.ts'

export interface MemoryDatabase extends Database {
  readonly sqlite: DatabaseSync
  /** What the next calls do: `fail-after` does it and says nothing. */
  fate: 'work' | 'fail' | 'fail-after'
  rows(query: string): readonly Readonly<Record<string, unknown>>[]
}

export function memoryDatabase(): MemoryDatabase {
  const sqlite = new DatabaseSync(':memory:')
  for (const statement of migrationStatements()) sqlite.exec(statement)
  const run = (query: string, values: readonly SqlValue[]) => ({
    results: sqlite
      .prepare(query)
      .all(...([...values] as SQLInputValue[]))
      .map((row) => ({ ...row })),
  })
  const bound = new WeakMap<Statement, readonly [string, readonly SqlValue[]]>()
  const statement = (query: string, values: readonly SqlValue[]): Statement => {
    const made: Statement = {
      bind: (...given) => statement(query, given),
      all: () => faulty(() => run(query, values)),
    }
    bound.set(made, [query, values])
    return made
  }
  async function faulty<T>(work: () => T): Promise<T> {
    if (database.fate === 'fail') throw new Error('not reachable')
    const result = work()
    if (database.fate === 'fail-after') throw new Error('the connection was lost')
    return result
  }
  const database: MemoryDatabase = {
    sqlite,
    fate: 'work',
    prepare: (query) => statement(query, []),
    batch: (statements) =>
      faulty(() => {
        sqlite.exec('BEGIN')
        try {
          const results = statements.map((each) => run(...(bound.get(each) ?? ['', []])))
          sqlite.exec('COMMIT')
          return results
        } catch (error) {
          sqlite.exec('ROLLBACK')
          throw error
        }
      }),
    rows: (query) => run(query, []).results,
  }
  return database
}
