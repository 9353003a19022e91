/** What there is one of in the log's database, and where the log ends. */
import type { SqlStorage } from '@cloudflare/workers-types'
import { type Cursor, GENESIS, type SnapshotManifest } from '../policy/revocation-log.ts'
import type { Room } from './room.ts'

/** A sweep and where it stands (compaction.ts). */
export interface Sweep {
  readonly beganAt: number
  readonly phase: 'once' | 'states' | 'entries' | 'done'
  /** Rows up to this number are done. */
  readonly after: number
  /** The last entries that are older than a follower may be gone, and than is kept. */
  readonly recent: Cursor
  readonly old: Cursor
}

/** A snapshot that is being built, and where that stands (snapshot-writer.ts). */
export interface Build {
  readonly cursor: Cursor
  readonly beganAt: number
  /** States up to this number are in the parts. */
  readonly after: number
  readonly parts: SnapshotManifest['parts']
}

/** How many there are; also, how many there are more. */
export interface Counts extends Room {
  /** Rows of `state`. */
  readonly states: number
  /** Effects in all states. */
  readonly active: number
}

export const NOTHING: Counts = { states: 0, active: 0, targets: 0, elaborate: 0, switches: 0 }

export const plus = (a: Counts, b: Counts): Counts => ({
  states: a.states + b.states,
  active: a.active + b.active,
  targets: a.targets + b.targets,
  elaborate: a.elaborate + b.elaborate,
  switches: a.switches + b.switches,
})

export interface Facts {
  /** Entries up to this one were cut. */
  readonly floor: Cursor
  /** Up to this one, states without effects were forgotten: whoever has been gone since before it may hold what no longer holds. Never before the floor. */
  readonly horizon: Cursor
  readonly counts: Counts
  readonly sweep: Sweep
  readonly build: Build
  readonly snapshot: SnapshotManifest
}

export function readFact<Name extends keyof Facts>(sql: SqlStorage, name: Name): Facts[Name] | undefined {
  const [row] = sql.exec<{ value: string }>('SELECT value FROM fact WHERE name = ?', name).toArray()
  return row && JSON.parse(row.value)
}

export function writeFact<Name extends keyof Facts>(sql: SqlStorage, name: Name, value: Facts[Name]): void {
  sql.exec(
    'INSERT INTO fact (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
    name,
    JSON.stringify(value),
  )
}

export function dropFact(sql: SqlStorage, name: keyof Facts): void {
  sql.exec('DELETE FROM fact WHERE name = ?', name)
}

export const floorOf = (sql: SqlStorage): Cursor => readFact(sql, 'floor') ?? GENESIS
export const horizonOf = (sql: SqlStorage): Cursor => readFact(sql, 'horizon') ?? GENESIS

export const countsOf = (sql: SqlStorage): Counts => readFact(sql, 'counts') ?? NOTHING

export function count(sql: SqlStorage, change: Counts): void {
  if (Object.values(change).some((number) => number !== 0)) writeFact(sql, 'counts', plus(countsOf(sql), change))
}

/** The last entry, or where the log was cut. */
export function readHead(sql: SqlStorage): Cursor {
  const floor = floorOf(sql)
  const [last] = sql
    .exec<{ seq: number; hash: string }>(
      'SELECT seq, hash FROM entry WHERE seq > ? ORDER BY seq DESC LIMIT 1',
      floor.seq,
    )
    .toArray()
  return last ?? floor
}

/** The hash at a number that is neither cut nor beyond the head. */
export function hashAt(sql: SqlStorage, seq: number): string | undefined {
  const floor = floorOf(sql)
  if (seq <= floor.seq) return seq === floor.seq ? floor.hash : undefined
  return sql.exec<{ hash: string }>('SELECT hash FROM entry WHERE seq = ?', seq).toArray()[0]?.hash
}
