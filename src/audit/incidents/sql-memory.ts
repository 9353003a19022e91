/** The memory of an evaluation as rows of SQLite: what the incident desk keeps. */
import type { SqlStorage } from '@cloudflare/workers-types'
import type { Incident } from '../../policy/incident.ts'
import { incidentId, numberOfId, readIncident, type StoredIncident } from './incident-row.ts'
import { LIMITS, type Memory, type MemoryLimits } from './memory.ts'
import { readFact, writeFact } from './schema.ts'
import type { Group } from './window.ts'

/** `newOnce`: a text that was never there before. */
export function createSqlMemory(
  sql: SqlStorage,
  now: number,
  newOnce: () => string,
  limits: MemoryLimits = LIMITS,
): Memory {
  const drop = () => writeFact(sql, 'dropped', String(droppedOf(sql) + 1))
  const countIn = (query: string, ...bindings: string[]): number =>
    sql.exec<{ count: number }>(query, ...bindings).toArray()[0]?.count ?? 0

  return {
    takes(batchId, at) {
      if (readFact(sql, 'since') === undefined) writeFact(sql, 'since', String(at))
      if (sql.exec('SELECT id FROM batch WHERE id = ?', batchId).toArray().length > 0) return false
      sql.exec('INSERT INTO batch (id, at) VALUES (?, ?)', batchId, at)
      return true
    },

    since: () => sinceOf(sql) ?? 0,

    group(rule, key) {
      const [row] = sql.exec<{ body: string }>('SELECT body FROM held WHERE rule = ? AND key = ?', rule, key).toArray()
      return row === undefined ? undefined : (JSON.parse(row.body) as Group)
    },

    keepGroup(rule, key, group, at) {
      const body = JSON.stringify(group)
      const size = group.times.length
      const known = sql
        .exec(
          'UPDATE held SET size = ?, kept_at = ?, body = ? WHERE rule = ? AND key = ? RETURNING size',
          size,
          at,
          body,
          rule,
          key,
        )
        .toArray()
      if (known.length > 0) return
      if (countIn('SELECT COUNT(*) AS count FROM held WHERE rule = ?', rule) >= limits.groups) {
        drop()
        sql.exec(
          'DELETE FROM held WHERE rule = ? AND key = (SELECT key FROM held WHERE rule = ? ORDER BY size, kept_at, key LIMIT 1)',
          rule,
          rule,
        )
      }
      sql.exec('INSERT INTO held (rule, key, size, kept_at, body) VALUES (?, ?, ?, ?, ?)', rule, key, size, at, body)
    },

    forgetGroup: (rule, key) => void sql.exec('DELETE FROM held WHERE rule = ? AND key = ?', rule, key),

    latest(rule, key) {
      const [row] = sql
        .exec<StoredIncident>(
          'SELECT * FROM incident WHERE rule = ? AND key = ? ORDER BY number DESC LIMIT 1',
          rule,
          key,
        )
        .toArray()
      return row === undefined ? undefined : { key, ...readIncident(row) }
    },

    openCount: (rule) => countIn("SELECT COUNT(*) AS count FROM incident WHERE rule = ? AND state <> 'closed'", rule),

    open(rule, key, incident, who) {
      const [row] = sql
        .exec<{ number: number }>(
          `INSERT INTO incident (rule, key, state, severity, changed_at, body, who, once) VALUES (?, ?, ?, ?, ?, '', ?, ?) RETURNING number`,
          rule.name,
          key,
          incident.state,
          incident.severity,
          now,
          who === undefined ? null : JSON.stringify(who),
          newOnce(),
        )
        .toArray()
      const opened: Incident = { ...incident, id: incidentId(row?.number ?? 0), history: [], alerts: [] }
      keepIncident(sql, opened, now)
      return opened
    },

    change: (incident) => keepIncident(sql, incident, now),

    lastUse: (key) => sql.exec<{ at: number }>('SELECT at FROM use WHERE key = ?', key).toArray()[0]?.at,

    keepUse(key, at) {
      const known = sql.exec('UPDATE use SET at = ? WHERE key = ? RETURNING at', at, key).toArray()
      if (known.length > 0) return
      if (countIn('SELECT COUNT(*) AS count FROM use') >= limits.uses) {
        drop()
        sql.exec('DELETE FROM use WHERE key = (SELECT key FROM use ORDER BY at, key LIMIT 1)')
      }
      sql.exec('INSERT INTO use (key, at) VALUES (?, ?)', key, at)
    },
  }
}

/** The state stands beside the text, for those who look for it. */
export function keepIncident(sql: SqlStorage, incident: Incident, now: number): void {
  sql.exec(
    'UPDATE incident SET state = ?, changed_at = ?, body = ? WHERE number = ?',
    incident.state,
    now,
    JSON.stringify(incident),
    numberOfId(incident.id) ?? 0,
  )
}

/** Groups and uses that were pushed out, ever. */
export const droppedOf = (sql: SqlStorage): number => Number(readFact(sql, 'dropped') ?? 0)

/** Milliseconds; undefined: no batch has come yet. */
export function sinceOf(sql: SqlStorage): number | undefined {
  const text = readFact(sql, 'since')
  return text === undefined ? undefined : Number(text)
}
