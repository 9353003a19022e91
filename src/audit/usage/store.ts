/** Writes batches into the counts, each exactly once: at-least-once delivery, a database that is away and answers that get lost change nothing of what is counted. */
import type { EventBatch, RecordedDecision } from '../../policy/event-batch.ts'
import { countBatches, dayOf, decisionRow } from './count.ts'
import { type Database, HOUR, RETENTION, rowsOf, type SqlValue, type Statement, startOf, textIn } from './database.ts'
import { foldPending, isFoldDue } from './fold.ts'
import { COUNTED, INSERTS, type Tables, WRITTEN } from './tables.ts'

/** A list of rows is one parameter, which D1 bounds by 2 MB. */
const MOST_PARAMETER_CHARACTERS = 400_000
/**
 * Single decisions that are kept of one hour. Whoever has no token can have as many requests refused as they like, and must not hide by that what somebody with one
 * was refused: these get three quarters of the room, sampled ones that were allowed half of it.
 */
export const MOST_DECISIONS_AN_HOUR = 20_000

export interface Written {
  /** The ids of batches that had been counted before. */
  readonly repeated: ReadonlySet<string>
}

export interface UsageStore {
  /**
   * Counts those that were not counted before, all of them in one transaction. Rejects where that fails; what then became of it is not known, and it is
   * tried again with the same batches.
   */
  write(batches: readonly EventBatch[], now: number): Promise<Written>
  /** So many messages were no batches, or came too late to be counted. */
  refuse(count: number, now: number): Promise<void>
}

/** Whether it is still known if a batch was counted. `now` in seconds. */
export const isTooLate = ({ to }: EventBatch, now: number): boolean => dayOf(to) < now - RETENTION.batch

export function createUsageStore(database: Database): UsageStore {
  return {
    async write(batches, now) {
      const ids = JSON.stringify(batches.map(({ id, to }) => [dayOf(to), id]))
      const [seen, room] = await Promise.all([
        rowsOf(database, SEEN, ids),
        rowsOf(database, 'SELECT kept FROM delivery WHERE hour = ?1', startOf(now, HOUR)),
      ])
      const repeated = new Set(seen.map((row) => textIn(row, 'id')))
      const fresh = unique(batches).filter(({ id }) => !repeated.has(id))
      const again = batches.length - fresh.length
      const statements = [
        ...(fresh.length > 0 ? insertsOf(fresh, now, Number(room[0]?.kept ?? 0)) : []),
        ...(again > 0 ? [database.prepare(REPEATED).bind(startOf(now, HOUR), again)] : []),
      ]
      if (statements.length > 0) await database.batch(statements)
      await foldWhenDue(now)
      return { repeated }
    },

    async refuse(count, now) {
      await database.batch([database.prepare(REFUSED).bind(startOf(now, HOUR), count)])
    },
  }

  /** Everything is counted already: where this fails, the next delivery does it. */
  async function foldWhenDue(now: number): Promise<void> {
    try {
      if (await isFoldDue(database, now)) await foldPending(database)
    } catch {
      // What waits goes on waiting.
    }
  }

  function insertsOf(batches: readonly EventBatch[], now: number, keptBefore: number): readonly Statement[] {
    const tables = countBatches(batches, now)
    const decisions = batches.flatMap((batch) => batch.decisions)
    const fit = fitting(decisions, keptBefore)
    const written = { ...tables, decision: fit.map(({ event }) => decisionRow(event)) }
    const inserts = [
      ...WRITTEN.flatMap((table) => chunks(written[table]).map((rows) => database.prepare(INSERTS[table]).bind(rows))),
      ...pendingTexts(tables).map((text) => database.prepare(PENDING).bind(now, text.length, text)),
    ]
    return decisions.length === 0
      ? inserts
      : [...inserts, database.prepare(KEPT).bind(startOf(now, HOUR), fit.length, decisions.length - fit.length)]
  }
}

const PENDING = 'INSERT INTO pending (at, size, rows) VALUES (?1, ?2, ?3)'
const SEEN = 'SELECT id FROM batch WHERE (day, id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?1))'
const REPEATED =
  'INSERT INTO delivery (hour, repeated) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET repeated = repeated + excluded.repeated'
const REFUSED =
  'INSERT INTO delivery (hour, refused) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET refused = refused + excluded.refused'
const KEPT = `INSERT INTO delivery (hour, kept, dropped) VALUES (?1, ?2, ?3)
  ON CONFLICT DO UPDATE SET kept = kept + excluded.kept, dropped = dropped + excluded.dropped`

/** The same batch can be there twice in one delivery. */
const unique = (batches: readonly EventBatch[]): readonly EventBatch[] => [
  ...new Map(batches.map((batch) => [batch.id, batch])).values(),
]

/** The part of the room that is open to a decision: all of it, where a token was verified and it was not enough. */
function roomFor({ event, who }: RecordedDecision): number {
  if (event.outcome === 'allow') return 1 / 2
  return who === undefined ? 3 / 4 : 1
}

/** Those that there is room for: those come first that have the most of it. */
function fitting(decisions: readonly RecordedDecision[], kept: number): readonly RecordedDecision[] {
  const ranked = decisions.toSorted((a, b) => roomFor(b) - roomFor(a))
  return ranked.filter((decision, place) => kept + place < MOST_DECISIONS_AN_HOUR * roomFor(decision))
}

/** JSON objects, table -> rows: one, unless that is longer than a parameter may be. */
function pendingTexts(tables: Tables): readonly string[] {
  const parts = COUNTED.flatMap((table) => chunks(tables[table]).map((rows) => `"${table}":${rows}`))
  const whole = `{${parts.join(',')}}`
  if (parts.length === 0) return []
  return whole.length <= MOST_PARAMETER_CHARACTERS ? [whole] : parts.map((part) => `{${part}}`)
}

/** JSON lists of rows, none longer than a parameter may be. */
function chunks(rows: readonly (readonly SqlValue[])[]): readonly string[] {
  const texts: string[] = []
  let current: string[] = []
  let size = 0
  for (const row of rows) {
    const text = JSON.stringify(row)
    if (size + text.length > MOST_PARAMETER_CHARACTERS && current.length > 0) {
      texts.push(`[${current.join(',')}]`)
      current = []
      size = 0
    }
    current.push(text)
    size += text.length + 1
  }
  if (current.length > 0) texts.push(`[${current.join(',')}]`)
  return texts
}
