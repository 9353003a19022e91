/** Writing to the log: all entries of an append or none, numbered, chained, and in the states of their targets. */
import type { DurableObjectStorage, SqlStorage } from '@cloudflare/workers-types'
import { canonicalJson } from '../policy/canonical-json.ts'
import type { MarkTarget } from '../policy/mark.ts'
import { type EpochSeconds, epochSeconds } from '../policy/result.ts'
import type { Action, AppendFault, Cursor, LogEntry, NewEntry, Receipt } from '../policy/revocation-log.ts'
import { linkHash, sha256Text } from './chain.ts'
import { type Counts, count, countsOf, NOTHING, plus, readHead } from './facts.ts'
import { isTooLong, isTooMuch, MOST, type Room } from './room.ts'
import { place } from './states.ts'
import { targetKey } from './target-key.ts'
import { changeState, effectOf, effectsByEntries, type Mark, storedEffects, unexpired } from './target-states.ts'

/** Entries of one append: about half a second of the object's only thread. */
export const MAX_ENTRIES = 5_000
/** Of one entry's text. A row has room for 2 MB; the doors let in much less than this. */
const MAX_TEXT_CHARACTERS = 16 * 1024

/** Carries a fault out of the transaction, which it undoes. */
class Refused extends Error {
  readonly fault: AppendFault
  constructor(fault: AppendFault) {
    super(fault.code)
    this.fault = fault
  }
}

/**
 * @param now milliseconds
 * @throws where an entry is none of `NewEntry`, or longer than any door lets in. Nothing is written then.
 */
export function append(
  storage: DurableObjectStorage,
  entries: readonly NewEntry[],
  now: number,
  most: Room = MOST,
): Receipt | AppendFault {
  if (entries.length > MAX_ENTRIES) return { code: 'too_many', entry: MAX_ENTRIES }
  try {
    return storage.transactionSync(() => appendAll(storage.sql, entries, now, most))
  } catch (fault) {
    if (fault instanceof Refused) return fault.fault
    throw fault
  }
}

function appendAll(sql: SqlStorage, entries: readonly NewEntry[], now: number, most: Room): Receipt {
  let head = readHead(sql)
  const time = Math.max(now, timeOf(sql, head))
  const known = countsOf(sql)
  let change = NOTHING
  const written = entries.map(({ author, origin, action, once }, index) => {
    const digest = once === undefined ? undefined : sha256Text(once)
    const repeated = digest === undefined ? undefined : entryOnce(sql, digest)
    if (repeated !== undefined) return { seq: repeated, isDuplicate: true }
    const seq = head.seq + 1
    const entry: LogEntry = { seq, time: new Date(time).toISOString(), author, origin, action }
    const text = canonicalJson(entry)
    if (text.length > MAX_TEXT_CHARACTERS) throw new RangeError(`entry ${index} of an append is too long`)
    head = { seq, hash: linkHash(head.hash, text) }
    const added = carryOut(sql, { ...head, time, text }, action, index)
    change = plus(change, added)
    // INVARIANT (room): lifts and undos are always taken, whatever they bring back; isolates have room to spare.
    if (action.kind === 'mark' && isTooMuch(plus(known, change), added, origin.via, most))
      throw new Refused({ code: 'full', entry: index })
    if (digest !== undefined) sql.exec('INSERT INTO once (digest, seq) VALUES (?, ?)', digest, seq)
    return { seq, isDuplicate: false }
  })
  count(sql, change)
  return { head, entries: written }
}

/** Times never go back, whatever the clock does, so that the oldest entries have the lowest numbers. */
const timeOf = (sql: SqlStorage, { seq }: Cursor): number =>
  sql.exec<{ time: number }>('SELECT time FROM entry WHERE seq = ?', seq).toArray()[0]?.time ?? 0

const entryOnce = (sql: SqlStorage, digest: string): number | undefined =>
  sql.exec<{ seq: number }>('SELECT seq FROM once WHERE digest = ?', digest).toArray()[0]?.seq

interface Written extends Cursor {
  readonly time: number
  readonly text: string
}

function carryOut(sql: SqlStorage, entry: Written, action: Action, index: number): Counts {
  switch (action.kind) {
    case 'mark':
      return mark(sql, entry, action, index)
    case 'lift':
      return lift(sql, entry, action)
    case 'undo':
      return undo(sql, entry, action.mark, index)
    case 'note':
      insert(sql, entry)
      return NOTHING
  }
}

function mark(sql: SqlStorage, entry: Written, action: Mark, index: number): Counts {
  const { target, label, expires } = action
  const { seq, time } = entry
  const key = targetKey(target)
  const before = storedEffects(sql, key)
  const added = effectOf(action, seq)
  // Without a family, what is stored says all that is needed: however many entries a target has, one more costs the same.
  const at = label === undefined ? action.at : (action.at ?? epochSeconds(time))
  const after =
    label === undefined || at === undefined
      ? place(unexpired(before?.effects ?? [], time), added)
      : effectsByEntries(sql, key, time, { label, at, mark: added })
  if (isTooLong(before?.effects ?? [], after, added)) throw new Refused({ code: 'full', entry: index })
  insert(sql, entry, { key, label, at, expires, isLift: false, holds: after.includes(added) })
  return changeState(sql, { target, key, seq, before, after })
}

function lift(sql: SqlStorage, entry: Written, { target, label, at }: Action & { kind: 'lift' }): Counts {
  const key = targetKey(target)
  const before = storedEffects(sql, key)
  const after = effectsByEntries(sql, key, entry.time, { label, at })
  insert(sql, entry, { key, label, at, isLift: true, holds: false })
  return changeState(sql, { target, key, seq: entry.seq, before, after })
}

function undo(sql: SqlStorage, entry: Written, number: number, index: number): Counts {
  const [row] = sql
    .exec<{ text: string; undone_by: number | null }>(
      'SELECT text, undone_by FROM entry WHERE seq = ? AND target IS NOT NULL AND is_lift = 0',
      number,
    )
    .toArray()
  if (row === undefined) throw new Refused({ code: 'no_such_mark', entry: index })
  if (row.undone_by !== null) throw new Refused({ code: 'already_undone', entry: index })
  const target: MarkTarget = JSON.parse(row.text).action.target
  const key = targetKey(target)
  const before = storedEffects(sql, key)
  insert(sql, entry)
  sql.exec('UPDATE entry SET undone_by = ?, holds = 0 WHERE seq = ?', entry.seq, number)
  const after = effectsByEntries(sql, key, entry.time)
  return changeState(sql, { target, key, seq: entry.seq, before, after })
}

interface About {
  readonly key: string
  readonly label: string | undefined
  readonly at: EpochSeconds | undefined
  readonly expires?: EpochSeconds | undefined
  readonly isLift: boolean
  readonly holds: boolean
}

function insert(sql: SqlStorage, { seq, time, text, hash }: Written, about?: About): void {
  if (about?.label === '') throw new RangeError('a family of marks has no name')
  sql.exec(
    `INSERT INTO entry (seq, time, text, hash, target, is_lift, label, at, expires, holds)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[seq, time, text, hash, about?.key ?? null, about?.isLift ? 1 : 0],
    ...[about?.label ?? null, about?.at ?? null, about?.expires ?? null, about?.holds ? 1 : 0],
  )
}
