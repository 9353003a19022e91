/** How each table takes rows in: a list of rows is one parameter, and becomes one statement. The tables are in `migrations/`. */
import type { SqlValue } from './database.ts'

export const TABLES = [
  ...(['batch', 'traffic', 'scope_use', 'holding', 'unmapped', 'observed', 'replay', 'sink', 'delivery'] as const),
  'decision',
] as const
export type Table = (typeof TABLES)[number]

/** Rows to take in, each with its columns in the order of `COLUMNS`. */
export type Tables = Readonly<Record<Table, readonly (readonly SqlValue[])[]>>

/** Shapes that a day has room for; what else is asked for is counted together. */
export const MOST_SHAPES = 2_000
/** Pairs of a scope and a client that are remembered. An issuer that gives out any name that is asked for must not fill the database. */
export const MOST_HOLDINGS = 100_000

/** The columns of a row in a JSON list, by their places. */
const columns = (count: number): string => Array.from({ length: count }, (_, place) => `value ->> ${place}`).join(', ')
/** `WHERE true` tells SQLite that the conflict clause belongs to INSERT. */
const rows = (count: number): string => `SELECT ${columns(count)} FROM json_each(?1) WHERE true`
const sum = (name: string): string => `${name} = ${name} + excluded.${name}`
const latest = (name: string): string => `${name} = MAX(${name}, excluded.${name})`

/** Each takes one parameter: the rows as JSON. */
export const INSERTS: Readonly<Record<Table, string>> = {
  // No conflict clause: a batch that was counted already undoes the whole transaction.
  batch: `INSERT INTO batch (day, id) ${rows(2)}`,
  traffic: `INSERT INTO traffic (period, at, service, rule, issuer, client, outcome, code, alternative, count, last) ${rows(11)}
    ON CONFLICT DO UPDATE SET ${sum('count')}, ${latest('last')}`,
  scope_use: `INSERT INTO scope_use (period, at, scope, issuer, client, exercised, missing, held, rested, last) ${rows(10)}
    ON CONFLICT DO UPDATE SET ${sum('exercised')}, ${sum('missing')}, ${sum('held')}, ${sum('rested')}, ${latest('last')}`,
  // Written once a day and pair, not with every batch.
  holding: `INSERT INTO holding (scope, issuer, client, first_held, last_held, last_exercised)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 3, value ->> 4 FROM json_each(?1) AS new
    WHERE (SELECT COUNT(*) FROM holding) < ${MOST_HOLDINGS}
      OR EXISTS (SELECT 1 FROM holding WHERE scope = new.value ->> 0 AND issuer = new.value ->> 1 AND client = new.value ->> 2)
    ON CONFLICT DO UPDATE SET first_held = MIN(first_held, excluded.first_held), ${latest('last_held')}, ${latest('last_exercised')}
    WHERE excluded.first_held < first_held OR excluded.last_held > last_held OR excluded.last_exercised > last_exercised`,
  unmapped: `INSERT INTO unmapped (day, host, method, shape, count, last)
    SELECT day, host, method, shape, SUM(count), MAX(last) FROM (
      SELECT value ->> 0 AS day, value ->> 1 AS host, value ->> 2 AS method,
        CASE WHEN (SELECT COUNT(*) FROM unmapped WHERE day = value ->> 0) < ${MOST_SHAPES}
          OR EXISTS (SELECT 1 FROM unmapped WHERE day = value ->> 0 AND host = value ->> 1 AND method = value ->> 2 AND shape = value ->> 3)
          THEN value ->> 3 ELSE '' END AS shape,
        value ->> 4 AS count, value ->> 5 AS last
      FROM json_each(?1)
    ) WHERE true GROUP BY day, host, method, shape
    ON CONFLICT DO UPDATE SET ${sum('count')}, ${latest('last')}`,
  observed: `INSERT INTO observed (day, rule, issuer, client, codes, missing, count, last) ${rows(8)}
    ON CONFLICT DO UPDATE SET ${sum('count')}, ${latest('last')}`,
  replay: `INSERT INTO replay (day, request, count) ${rows(3)} ON CONFLICT DO UPDATE SET ${sum('count')}`,
  sink: `INSERT INTO sink (hour, name, sent, lost, last_lost) ${rows(5)}
    ON CONFLICT DO UPDATE SET ${sum('sent')}, ${sum('lost')}, ${latest('last_lost')}`,
  delivery: `INSERT INTO delivery (hour, counted, uncounted) ${rows(3)}
    ON CONFLICT DO UPDATE SET ${sum('counted')}, ${sum('uncounted')}`,
  decision: `INSERT INTO decision (at, id, outcome, codes, rule, service, client, scopes, event) ${rows(9)} ON CONFLICT DO NOTHING`,
}
