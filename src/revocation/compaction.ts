/**
 * What keeps the log from growing for ever. A sweep goes over the states and then over the oldest entries, a slice at a time, so that no request waits
 * long behind it; where it stands is in the database.
 */
import type { DurableObjectStorage, SqlStorage } from '@cloudflare/workers-types'
import { canonicalJson } from '../policy/canonical-json.ts'
import type { ActiveEffect, TargetKind } from '../policy/mark.ts'
import type { Cursor } from '../policy/revocation-log.ts'
import {
  count,
  countsOf,
  floorOf,
  horizonOf,
  NOTHING,
  plus,
  readFact,
  readHead,
  type Sweep,
  writeFact,
} from './facts.ts'
import { isCrowded, MOST, type Room } from './room.ts'
import { difference, unexpired } from './target-states.ts'

const DAY_MS = 24 * 3600 * 1000
/** How long an entry is not repeated, and how long a follower may be gone without beginning anew. */
export const RECENT_MS = 30 * DAY_MS
/** How long entries are kept, for the record and for what comes late. */
export const RETENTION_MS = 400 * DAY_MS
/** From the start of one sweep to the next; and where there is little room, so that what has expired soon makes some. */
export const SWEEP_PAUSE_MS = 6 * 3600 * 1000
export const CROWDED_PAUSE_MS = 15 * 60 * 1000
/** Rows of one slice. */
const SLICE_ROWS = 5_000

/** Milliseconds from the start of one sweep to the next. */
export const sweepPause = (sql: SqlStorage, most: Room = MOST): number =>
  isCrowded(countsOf(sql), most) ? CROWDED_PAUSE_MS : SWEEP_PAUSE_MS

/** Whether a sweep is under way, or due. `now` in milliseconds. */
export function isSweepDue(sql: SqlStorage, now: number, most: Room = MOST): boolean {
  const sweep = readFact(sql, 'sweep')
  return sweep === undefined || sweep.phase !== 'done' || now >= sweep.beganAt + sweepPause(sql, most)
}

/** Does one slice of the sweep. Each is a transaction of its own, with the note of how far it came. */
export function sweepSlice(storage: DurableObjectStorage, now: number, most = SLICE_ROWS): void {
  const { sql } = storage
  storage.transactionSync(() => {
    const known = readFact(sql, 'sweep')
    const sweep = known === undefined || known.phase === 'done' ? beginSweep(sql, now) : known
    writeFact(sql, 'sweep', step(sql, sweep, most))
  })
}

function beginSweep(sql: SqlStorage, now: number): Sweep {
  const [recent, old] = [RECENT_MS, RETENTION_MS].map((age) => lastBefore(sql, now - age)) as [Cursor, Cursor]
  return { beganAt: now, phase: 'once', after: 0, recent, old }
}

function step(sql: SqlStorage, sweep: Sweep, most: number): Sweep {
  switch (sweep.phase) {
    case 'once':
      return forgetOnce(sql, sweep, most) ? sweep : { ...sweep, phase: 'states' }
    case 'states':
      return onwards(sweep, sweepStates(sql, sweep, most), 'entries')
    case 'entries':
      return onwards(sweep, cutEntries(sql, sweep, most), 'done')
    case 'done':
      return sweep
  }
}

const onwards = (sweep: Sweep, last: number | undefined, next: Sweep['phase']): Sweep =>
  last === undefined ? { ...sweep, phase: next, after: 0 } : { ...sweep, after: last }

/** The last entry before a time, or the floor. Times only grow, so it is found in some twenty steps. */
function lastBefore(sql: SqlStorage, time: number): Cursor {
  let found = floorOf(sql)
  let beyond = readHead(sql).seq + 1
  while (found.seq + 1 < beyond) {
    const middle = Math.floor((found.seq + beyond) / 2)
    const entry = sql.exec<{ hash: string; time: number }>('SELECT hash, time FROM entry WHERE seq = ?', middle).one()
    if (entry.time < time) found = { seq: middle, hash: entry.hash }
    else beyond = middle
  }
  return found
}

/** Whether there is more. */
function forgetOnce(sql: SqlStorage, { recent }: Sweep, most: number): boolean {
  const gone = sql.exec(
    'DELETE FROM once WHERE digest IN (SELECT digest FROM once WHERE seq <= ? ORDER BY seq LIMIT ?) RETURNING seq',
    recent.seq,
    most,
  )
  return gone.toArray().length === most
}

/**
 * Takes out what has expired, which every follower knows by itself. A state that nothing is left of goes with it where followers never knew another one of
 * this target. Otherwise it stays, without effects, for those who still hold what was before it; that it is forgotten in the end raises the horizon.
 * Answers with the last number of the slice, and with nothing after the last slice.
 */
function sweepStates(sql: SqlStorage, { after, beganAt, recent }: Sweep, most: number): number | undefined {
  const rows = sql
    .exec<{ seq: number; kind: TargetKind; effects: string; is_changed: number }>(
      'SELECT seq, kind, effects, is_changed FROM state WHERE seq > ? ORDER BY seq LIMIT ?',
      after,
      most,
    )
    .toArray()
  let change = NOTHING
  for (const { seq, kind, effects, is_changed } of rows) {
    const before: readonly ActiveEffect[] = JSON.parse(effects)
    const left = unexpired(before, beganAt)
    for (const effect of before)
      if (!left.includes(effect)) sql.exec('UPDATE entry SET holds = 0 WHERE seq = ?', effect.entry)
    const isForgotten = left.length === 0 && (is_changed === 0 || seq <= recent.seq)
    if (isForgotten) {
      if (is_changed === 1) raiseHorizon(sql, recent)
      sql.exec('DELETE FROM state WHERE seq = ?', seq)
    } else if (left.length < before.length)
      sql.exec('UPDATE state SET effects = ? WHERE seq = ?', canonicalJson(left), seq)
    change = plus(change, { states: isForgotten ? -1 : 0, ...difference(kind, before, left) })
  }
  count(sql, change)
  return rows.length === most ? rows.at(-1)?.seq : undefined
}

function raiseHorizon(sql: SqlStorage, to: Cursor): void {
  if (horizonOf(sql).seq < to.seq) writeFact(sql, 'horizon', to)
}

type OldRow = {
  readonly seq: number
  readonly target: string | null
  readonly label: string | null
  readonly at: number | null
  readonly undone_by: number | null
  readonly holds: number
}

/** Raises the floor, and deletes what is before it save for marks that hold and for what holds others down. Answers as `sweepStates`. */
function cutEntries(sql: SqlStorage, { after, old }: Sweep, most: number): number | undefined {
  if (floorOf(sql).seq < old.seq) writeFact(sql, 'floor', old)
  raiseHorizon(sql, old)
  const rows = sql
    .exec<OldRow>(
      `SELECT seq, target, label, at, undone_by, holds FROM entry WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?`,
      ...[after, old.seq, most],
    )
    .toArray()
  for (const row of rows) if (!isNeeded(sql, row)) sql.exec('DELETE FROM entry WHERE seq = ?', row.seq)
  return rows.length === most ? rows.at(-1)?.seq : undefined
}

/** The latest of a family is needed as long as something earlier is there, which would come back without it. */
function isNeeded(sql: SqlStorage, { target, label, at, undone_by, holds }: OldRow): boolean {
  if (holds === 1) return true
  if (target === null || undone_by !== null || label === null) return false
  const family = 'SELECT 1 FROM entry WHERE target = ? AND label = ? AND undone_by IS NULL'
  const isThere = (which: string) => sql.exec(`${family} AND ${which} LIMIT 1`, target, label, at).toArray().length > 0
  return isThere('at < ?') && !isThere('at > ?')
}
