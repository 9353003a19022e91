/** Single decisions: the newest first, and one by its id. */
import type { DecisionEvent } from '../../policy/decision-event.ts'
import type { DecisionQuery, DecisionsAnswer } from '../../policy/usage-answers.ts'
import { type Database, numberIn, type Row, rowsOf, textIn } from './database.ts'

/** Decisions that one question looks at: whoever narrows to what is rare asks again from where it ended. */
const MOST_LOOKED_AT = 50_000
/** Decisions of one millisecond that one page takes. */
const MOST_AT_ONCE = 1_000

export async function askDecisions(database: Database, query: DecisionQuery): Promise<DecisionsAnswer> {
  const before = query.before === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(query.before)
  const rows = await matching(database, query, 0, before, query.limit + 1)
  const [last, further] = [rows[query.limit - 1], rows[query.limit]]
  if (last !== undefined && further !== undefined) {
    // Clocks stand still while a processor works: decisions of one millisecond stay on one page, since the next one begins with what is older.
    const at = numberIn(last, 'at')
    const older = rows.slice(0, query.limit).filter((row) => numberIn(row, 'at') > at)
    const together = await matching(database, query, at, at + 1, MOST_AT_ONCE)
    return { decisions: [...older, ...together].map(eventIn), next: new Date(at).toISOString() }
  }
  const [farthest] = await rowsOf(
    database,
    `SELECT at FROM decision WHERE at < ?1 ORDER BY at DESC LIMIT 1 OFFSET ${MOST_LOOKED_AT}`,
    before,
  )
  return {
    decisions: rows.map(eventIn),
    next: farthest === undefined ? null : new Date(numberIn(farthest, 'at') + 1).toISOString(),
  }
}

/** From `from` up to and without `before`, in milliseconds. */
const matching = (database: Database, query: DecisionQuery, from: number, before: number, limit: number) =>
  rowsOf(
    database,
    `SELECT at, event FROM (SELECT * FROM decision WHERE at >= ?1 AND at < ?2 ORDER BY at DESC LIMIT ${MOST_LOOKED_AT})
      WHERE (?3 IS NULL OR outcome = ?3) AND (?4 IS NULL OR instr(codes, ' ' || ?4 || ' ') > 0) AND (?5 IS NULL OR rule = ?5)
        AND (?6 IS NULL OR service = ?6) AND (?7 IS NULL OR client = ?7) AND (?8 IS NULL OR instr(scopes, ' ' || ?8 || ' ') > 0)
      ORDER BY at DESC LIMIT ?9`,
    from,
    before,
    ...[query.outcome, query.code, query.rule, query.service, query.client, query.scope].map((each) => each ?? null),
    limit,
  )

export async function findDecision(database: Database, id: string): Promise<DecisionEvent | undefined> {
  const [row] = await rowsOf(database, 'SELECT event FROM decision WHERE id = ?1', id)
  return row && eventIn(row)
}

const eventIn = (row: Row): DecisionEvent => JSON.parse(textIn(row, 'event'))
