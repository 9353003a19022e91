/** What followers, operators and auditors read of the log. Every answer is bounded in rows and in size. */
import type { SqlStorage } from '@cloudflare/workers-types'
import {
  type ChainLink,
  type Changes,
  type Cursor,
  GENESIS,
  type ListedMark,
  type LogStatus,
  type MarkQuery,
  type TargetState,
} from '../policy/revocation-log.ts'
import { linkHash } from './chain.ts'
import { countsOf, floorOf, hashAt, horizonOf, readFact } from './facts.ts'
import { targetKey } from './target-key.ts'
import { readState, type StateRow } from './target-states.ts'

/** About 0.7 MB where marks are plain. */
const PAGE_STATES = 5_000
const PAGE_CHARACTERS = 2 * 1024 * 1024
/** Of one answer with links, and with marks. */
const MOST_ROWS = 1_000

/** `head` is handed in: the many followers that know all there is cost no row. */
export function changesAfter(
  sql: SqlStorage,
  head: Cursor,
  after: Cursor | undefined,
  pageStates = PAGE_STATES,
): Changes {
  if (after?.seq === head.seq && after.hash === head.hash) return { kind: 'changes', states: [], cursor: head, head }
  const horizon = horizonOf(sql)
  if (after === undefined || hashFor(sql, horizon, after.seq) !== after.hash) return resync(sql, head, horizon)
  const { states, isWhole } = pageAfter(sql, after.seq, pageStates)
  const last = states.at(-1)
  const cursor = isWhole || last === undefined ? head : cursorAt(sql, horizon, last.seq)
  return { kind: 'changes', states, cursor, head }
}

function resync(sql: SqlStorage, head: Cursor, horizon: Cursor): Changes {
  const snapshot = readFact(sql, 'snapshot')
  const isOfUse = snapshot !== undefined && snapshot.cursor.seq >= horizon.seq
  return { kind: 'resync', head, ...(isOfUse && { snapshot }) }
}

/**
 * The hash in the cursor of a follower that knows all up to a number; undefined where the log has not come that far. Before the horizon only who began
 * after things were forgotten there can know: these cursors, between two pages, are bound to the horizon. Whoever has an older one must begin anew.
 */
function hashFor(sql: SqlStorage, horizon: Cursor, seq: number): string | undefined {
  if (seq === GENESIS.seq) return GENESIS.hash
  return seq < horizon.seq ? linkHash(horizon.hash, `page ${seq}`) : hashAt(sql, seq)
}

function cursorAt(sql: SqlStorage, horizon: Cursor, seq: number): Cursor {
  const hash = hashFor(sql, horizon, seq)
  if (hash === undefined) throw new Error('a state comes from no entry of the log')
  return { seq, hash }
}

function pageAfter(
  sql: SqlStorage,
  seq: number,
  most: number,
): { readonly states: readonly TargetState[]; readonly isWhole: boolean } {
  const states: TargetState[] = []
  let characters = 0
  const rows = sql.exec<StateRow>('SELECT * FROM state WHERE seq > ? ORDER BY seq LIMIT ?', seq, most)
  // To the end, whatever is left out: an open cursor would hold on to the database.
  for (const row of rows) {
    if (characters < PAGE_CHARACTERS) states.push(readState(row))
    characters += row.effects.length
  }
  return { states, isWhole: states.length < most && characters < PAGE_CHARACTERS }
}

type MarkRow = {
  readonly seq: number
  readonly text: string
  readonly expires: number | null
  readonly undone_by: number | null
  readonly holds: number
}

/** `now` in milliseconds. Fewer than the limit, which is 1,000 at most: there are no more. */
export function listMarks(sql: SqlStorage, query: MarkQuery, now: number): readonly ListedMark[] {
  const before = query.before ?? Number.MAX_SAFE_INTEGER
  const limit = Math.min(Math.max(query.limit, 0), MOST_ROWS)
  const active = query.active ? 'holds = 1 AND (expires IS NULL OR expires > ?)' : '? IS NOT NULL'
  const [index, about, key] = placeOf(query)
  return sql
    .exec<MarkRow>(
      `SELECT seq, text, expires, undone_by, holds FROM entry ${index}
      WHERE ${about} AND is_lift = 0 AND ${active} AND seq < ? ORDER BY seq DESC LIMIT ?`,
      ...[...key, now / 1000, before, limit],
    )
    .toArray()
    .map((row) => ({ ...JSON.parse(row.text), standing: standingOf(row, now) }))
}

/** The index that is read, so that it is never the whole log, and what narrows it. */
function placeOf({ target, active }: MarkQuery): readonly [index: string, about: string, key: readonly string[]] {
  if (target !== undefined) return ['INDEXED BY entry_by_target', 'target = ?', [targetKey(target)]]
  return [active ? 'INDEXED BY entry_that_holds' : 'NOT INDEXED', 'target IS NOT NULL', []]
}

function standingOf({ expires, undone_by, holds }: MarkRow, now: number): ListedMark['standing'] {
  if (undone_by !== null) return 'undone'
  if (expires !== null && expires <= now / 1000) return 'expired'
  return holds === 1 ? 'active' : 'superseded'
}

/** The links after a number, or after the floor where that is later. */
export function linksAfter(sql: SqlStorage, after: number, limit: number): readonly ChainLink[] {
  const from = Math.max(after, floorOf(sql).seq)
  let previous = from === GENESIS.seq ? GENESIS.hash : hashAt(sql, from)
  if (previous === undefined) return []
  return sql
    .exec<{ seq: number; text: string; hash: string }>(
      'SELECT seq, text, hash FROM entry WHERE seq > ? ORDER BY seq LIMIT ?',
      from,
      Math.min(Math.max(limit, 0), MOST_ROWS),
    )
    .toArray()
    .map(({ seq, text, hash }) => {
      const link = { seq, text, previous: previous ?? '', hash }
      previous = hash
      return link
    })
}

export function statusOf(sql: SqlStorage, head: Cursor): LogStatus {
  const snapshot = readFact(sql, 'snapshot')
  return { head, floor: floorOf(sql), activeMarks: countsOf(sql).active, ...(snapshot && { snapshot }) }
}
