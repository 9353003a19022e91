/**
 * The snapshot in KV, from which isolates start quickly where the log is big. It is built part by part, each an alarm of its own, while the log goes on:
 * what changes in the meantime comes after its cursor, and followers hear of it there.
 */
import type { DurableObjectStorage, SqlStorage } from '@cloudflare/workers-types'
import type { Cursor, SnapshotManifest, TargetState } from '../policy/revocation-log.ts'
import { type Build, countsOf, dropFact, readFact, readHead, writeFact } from './facts.ts'
import { encodePart, recordOf } from './snapshot-format.ts'
import { digestOfPart, MANIFEST_KEY, partKey } from './snapshot-names.ts'
import { readState, type StateRow, unexpired } from './target-states.ts'

/** The part of a KV namespace that is used. */
export interface SnapshotStore {
  put(key: string, value: ArrayBuffer | string): Promise<void>
  delete(key: string): Promise<void>
}

/** With fewer, one answer of the log tells it all. */
export const LEAST_STATES = 5_000
/** Changes after which there is a new one: this many, or this share of the states, whichever is more. Together with a daily one. */
const LEAST_CHANGES = 5_000
const CHANGED_SHARE = 0.25
const LONGEST_AGE_MS = 24 * 3600 * 1000
/** A build that takes longer, as KV is down, begins anew. */
const LONGEST_BUILD_MS = 3600 * 1000
/** Until a part that the last snapshot has no use for is deleted. Nobody is still reading an older one then. */
const PART_GRACE_MS = 24 * 3600 * 1000

/** Of one part: 0.64 MB where marks are plain; with what else there is to say, of which a character may be three bytes, never more than readers take. */
const PART_STATES = 20_000
const PART_CHARACTERS = 768 * 1024
/** Around the effects of a state, about. */
const AROUND_CHARACTERS = 100
const DELETED_AT_ONCE = 20
const STORE_DEADLINE_MS = 20_000

/** Whether one is being built, or should be. `now` in milliseconds. */
export function isSnapshotDue(sql: SqlStorage, head: Cursor, now: number): boolean {
  if (readFact(sql, 'build') !== undefined) return true
  const { states } = countsOf(sql)
  const last = readFact(sql, 'snapshot')
  if (last === undefined) return states >= LEAST_STATES
  const changes = head.seq - last.cursor.seq
  const isOld = now >= Date.parse(last.takenAt) + LONGEST_AGE_MS
  return changes >= (isOld ? 1 : Math.max(LEAST_CHANGES, states * CHANGED_SHARE))
}

/** Builds the next part, or publishes the snapshot where all parts are there. Rejects where the store does not take it in time: later, the same again. */
export async function buildSlice(
  storage: DurableObjectStorage,
  store: SnapshotStore,
  now: number,
  partStates = PART_STATES,
): Promise<void> {
  const { sql } = storage
  const build = currentBuild(sql, now)
  const { last, states } = nextStates(sql, build, now, partStates)
  if (last === undefined) return publish(storage, store, build, now)
  const parts = states.length === 0 ? [] : [await storePart(sql, store, states, now)]
  writeFact(sql, 'build', { ...build, after: last, parts: [...build.parts, ...parts] })
}

function currentBuild(sql: SqlStorage, now: number): Build {
  const known = readFact(sql, 'build')
  if (known !== undefined && now < known.beganAt + LONGEST_BUILD_MS) return known
  const build = { cursor: readHead(sql), beganAt: now, after: 0, parts: [] }
  writeFact(sql, 'build', build)
  return build
}

/** The states of the next part, without those that nothing is left of, and the number that it leads to. */
function nextStates(
  sql: SqlStorage,
  { after, cursor }: Build,
  now: number,
  most: number,
): { readonly last: number | undefined; readonly states: readonly TargetState[] } {
  const states: TargetState[] = []
  let last: number | undefined
  let characters = 0
  const rows = sql.exec<StateRow>(
    'SELECT * FROM state WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?',
    ...[after, cursor.seq, most],
  )
  // To the end, whatever is left for the next part: an open cursor would hold on to the database.
  for (const row of rows) {
    if (characters >= PART_CHARACTERS) continue
    const state = readState(row)
    const effects = unexpired(state.effects, now)
    if (effects.length > 0) states.push({ ...state, effects })
    last = row.seq
    if (recordOf(state) === undefined) characters += row.effects.length + AROUND_CHARACTERS
  }
  return { last, states }
}

async function storePart(
  sql: SqlStorage,
  store: SnapshotStore,
  states: readonly TargetState[],
  now: number,
): Promise<SnapshotManifest['parts'][number]> {
  const bytes = encodePart(states)
  const sha256 = await digestOfPart(bytes)
  const [known] = sql.exec<{ is_stored: number }>('SELECT is_stored FROM part WHERE sha256 = ?', sha256).toArray()
  // Noted before it is stored, so that whatever is in KV is deleted some day; wanted only once a manifest names it, and not deleted until then.
  if (known === undefined)
    sql.exec('INSERT INTO part (sha256, is_stored, unwanted_since) VALUES (?, 0, ?)', sha256, now)
  else sql.exec('UPDATE part SET unwanted_since = ? WHERE sha256 = ? AND unwanted_since IS NOT NULL', now, sha256)
  if (known?.is_stored !== 1) {
    await inTime(store.put(partKey(sha256), bytes.buffer))
    sql.exec('UPDATE part SET is_stored = 1 WHERE sha256 = ?', sha256)
  }
  return { sha256, states: states.length }
}

async function publish(storage: DurableObjectStorage, store: SnapshotStore, build: Build, now: number): Promise<void> {
  const { sql } = storage
  const manifest: SnapshotManifest = {
    format: 1,
    cursor: build.cursor,
    takenAt: new Date(build.beganAt).toISOString(),
    parts: build.parts,
  }
  await inTime(store.put(MANIFEST_KEY, JSON.stringify(manifest)))
  storage.transactionSync(() => {
    writeFact(sql, 'snapshot', manifest)
    dropFact(sql, 'build')
    sql.exec('UPDATE part SET unwanted_since = ? WHERE unwanted_since IS NULL', now)
    for (const { sha256 } of build.parts) sql.exec('UPDATE part SET unwanted_since = NULL WHERE sha256 = ?', sha256)
  })
}

/** Deletes some of the parts that nobody can want any more. */
export async function deleteOldParts(sql: SqlStorage, store: SnapshotStore, now: number): Promise<void> {
  const old = sql
    .exec<{ sha256: string }>(
      'SELECT sha256 FROM part WHERE unwanted_since < ? LIMIT ?',
      now - PART_GRACE_MS,
      DELETED_AT_ONCE,
    )
    .toArray()
  for (const { sha256 } of old) {
    await inTime(store.delete(partKey(sha256)))
    sql.exec('DELETE FROM part WHERE sha256 = ?', sha256)
  }
}

async function inTime(work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('KV did not answer in time')), STORE_DEADLINE_MS)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
