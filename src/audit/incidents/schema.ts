/** The tables of the incident desk. */
import type { SqlStorage } from '@cloudflare/workers-types'

const TABLES = `
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batch (id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS batch_by_time ON batch (at);
CREATE TABLE IF NOT EXISTS held (
  rule TEXT NOT NULL, key TEXT NOT NULL, size INTEGER NOT NULL, kept_at INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (rule, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS held_by_size ON held (rule, size, kept_at);
CREATE INDEX IF NOT EXISTS held_by_time ON held (kept_at);
CREATE TABLE IF NOT EXISTS use (key TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS use_by_time ON use (at);
CREATE TABLE IF NOT EXISTS incident (
  number INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL, key TEXT NOT NULL, state TEXT NOT NULL, severity TEXT NOT NULL,
  changed_at INTEGER NOT NULL, body TEXT NOT NULL, who TEXT, once TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS incident_by_group ON incident (rule, key, number);
CREATE INDEX IF NOT EXISTS incident_by_state ON incident (state, number);
CREATE TABLE IF NOT EXISTS task (
  number INTEGER PRIMARY KEY AUTOINCREMENT, incident INTEGER NOT NULL, kind TEXT NOT NULL, channel TEXT, occasion TEXT,
  attempts INTEGER NOT NULL, due INTEGER NOT NULL, began INTEGER NOT NULL, message TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS task_by_due ON task (due);
CREATE INDEX IF NOT EXISTS task_by_incident ON task (incident, kind, channel, number);
`

/** Runs each time that the object wakes up. */
export function createTables(sql: SqlStorage): void {
  sql.exec(TABLES)
}

export function readFact(sql: SqlStorage, name: string): string | undefined {
  return sql.exec<{ value: string }>('SELECT value FROM fact WHERE name = ?', name).toArray()[0]?.value
}

export function writeFact(sql: SqlStorage, name: string, value: string): void {
  sql.exec('INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)', name, value)
}
