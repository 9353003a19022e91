/** Where each table's rows go to, and in which form they come. The tables are in `migrations/`. */
import { DAY, HOUR, MINUTE, type SqlValue } from './database.ts'

/** Tables that are added to by `fold.ts`. */
export const COUNTED = ['traffic', 'scope_use', 'holding', 'unmapped', 'observed', 'replay', 'sink'] as const
export type Counted = (typeof COUNTED)[number]

/** Tables that are written at once. */
export const WRITTEN = ['batch', 'delivery', 'decision'] as const
export type Table = Counted | (typeof WRITTEN)[number]

/** Rows to take in, each a list of its columns' values. Decisions are none of them: there may be no room for some. */
export type Tables = Readonly<Record<Exclude<Table, 'decision'>, readonly (readonly SqlValue[])[]>>

/** Shapes that a day has room for; what else is asked for is counted together. */
export const MOST_SHAPES = 2_000
/** Pairs of a scope and a client that are remembered. An issuer that gives out any name that is asked for must not fill the database. */
export const MOST_HOLDINGS = 100_000

/** The columns of a row in a JSON list, by their places. */
const columns = (count: number): string => Array.from({ length: count }, (_, place) => `value ->> ${place}`).join(', ')
/** `WHERE true` tells SQLite that the conflict clause belongs to INSERT. */
const given = (count: number): string => `SELECT ${columns(count)} FROM json_each(?1) WHERE true`
const sum = (name: string): string => `${name} = ${name} + excluded.${name}`
const latest = (name: string): string => `${name} = MAX(${name}, excluded.${name})`

/** Each takes one parameter: the rows as JSON. */
export const INSERTS: Readonly<Record<(typeof WRITTEN)[number], string>> = {
  // No conflict clause: a batch that was counted already undoes the whole transaction.
  batch: `INSERT INTO batch (day, id) ${given(2)}`,
  delivery: `INSERT INTO delivery (hour, counted, uncounted) ${given(3)}
    ON CONFLICT DO UPDATE SET ${sum('counted')}, ${sum('uncounted')}`,
  decision: `INSERT INTO decision (at, id, outcome, codes, rule, service, client, scopes, event) ${given(9)} ON CONFLICT DO NOTHING`,
}

/** What is taken at once of what waits, in characters: the oldest. A fold reads it once for each table. */
const MOST_CHARACTERS = 32_000_000
export const OLDEST = `seq <= (SELECT MAX(seq) FROM (
    SELECT seq, SUM(size) OVER (ORDER BY seq) - size AS before FROM pending
  ) WHERE before < ${MOST_CHARACTERS})`

/** Rows that wait for a table. */
const waiting = (table: Counted): string =>
  `pending, json_each(pending.rows, '$.${table}') AS row WHERE pending.${OLDEST}`

interface Sums {
  readonly key: readonly string[]
  readonly sums: readonly string[]
  /** Of which the greatest stays. */
  readonly latest?: string
}

/** Rows of equal keys become one before they are written: a row is written once a fold, however many batches it comes from. */
function folding(table: Counted, { key, sums, latest: last }: Sums): string {
  const names = [...key, ...sums, ...(last === undefined ? [] : [last])]
  const values = [
    ...key.map((_, place) => `value ->> ${place}`),
    ...sums.map((_, place) => `SUM(value ->> ${key.length + place})`),
    ...(last === undefined ? [] : [`MAX(value ->> ${key.length + sums.length})`]),
  ]
  return `INSERT INTO ${table} (${names.join(', ')})
    SELECT ${values.join(', ')} FROM ${waiting(table)} GROUP BY ${key.map((_, place) => place + 1).join(', ')}
    ON CONFLICT DO UPDATE SET ${[...sums.map(sum), ...(last === undefined ? [] : [latest(last)])].join(', ')}`
}

const periods = (...seconds: readonly number[]): string =>
  `(${seconds.map((each) => `SELECT ${each} AS period`).join(' UNION ALL ')})`

/** Each adds what waits for a table to it. */
export const FOLDS: Readonly<Record<Counted, string>> = {
  // Waits once for all periods, by the minute. What comes so late that its minute is gone is in the hour and in the day.
  traffic: `INSERT INTO traffic (period, at, service, rule, issuer, client, outcome, code, alternative, count, last)
    SELECT period, minute / period * period, service, rule, issuer, client, outcome, code,
      CASE period WHEN ${MINUTE} THEN '' ELSE alternative END, SUM(count), MAX(last)
    FROM (
      SELECT value ->> 0 AS minute, value ->> 1 AS is_late, value ->> 2 AS service, value ->> 3 AS rule, value ->> 4 AS issuer,
        value ->> 5 AS client, value ->> 6 AS outcome, value ->> 7 AS code, value ->> 8 AS alternative,
        SUM(value ->> 9) AS count, MAX(value ->> 10) AS last
      FROM ${waiting('traffic')} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    ), ${periods(MINUTE, HOUR, DAY)}
    WHERE period > ${MINUTE} OR is_late = 0 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    ON CONFLICT DO UPDATE SET ${sum('count')}, ${latest('last')}`,
  scope_use: `INSERT INTO scope_use (period, at, scope, issuer, client, exercised, missing, held, rested, last)
    SELECT period, hour / period * period, scope, issuer, client, SUM(exercised), SUM(missing), SUM(held), SUM(rested), MAX(last)
    FROM (
      SELECT value ->> 0 AS hour, value ->> 1 AS scope, value ->> 2 AS issuer, value ->> 3 AS client, SUM(value ->> 4) AS exercised,
        SUM(value ->> 5) AS missing, SUM(value ->> 6) AS held, SUM(value ->> 7) AS rested, MAX(value ->> 8) AS last
      FROM ${waiting('scope_use')} GROUP BY 1, 2, 3, 4
    ), ${periods(HOUR, DAY)}
    WHERE true GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT DO UPDATE SET ${sum('exercised')}, ${sum('missing')}, ${sum('held')}, ${sum('rested')}, ${latest('last')}`,
  observed: folding('observed', {
    key: ['day', 'rule', 'issuer', 'client', 'codes', 'missing'],
    sums: ['count'],
    latest: 'last',
  }),
  replay: folding('replay', { key: ['day', 'request'], sums: ['count'] }),
  sink: folding('sink', { key: ['hour', 'name'], sums: ['sent', 'lost'], latest: 'last_lost' }),
  // Written once a day and pair, not with every fold.
  holding: `INSERT INTO holding (scope, issuer, client, first_held, last_held, last_exercised)
    SELECT * FROM (
      SELECT value ->> 0 AS scope, value ->> 1 AS issuer, value ->> 2 AS client,
        MIN(value ->> 3), MAX(value ->> 3), MAX(value ->> 4)
      FROM ${waiting('holding')} GROUP BY 1, 2, 3
    ) AS new
    WHERE (SELECT COUNT(*) FROM holding) < ${MOST_HOLDINGS}
      OR EXISTS (SELECT 1 FROM holding WHERE scope = new.scope AND issuer = new.issuer AND client = new.client)
    ON CONFLICT DO UPDATE SET first_held = MIN(first_held, excluded.first_held), ${latest('last_held')}, ${latest('last_exercised')}
    WHERE excluded.first_held < first_held OR excluded.last_held > last_held OR excluded.last_exercised > last_exercised`,
  // Shapes that a day knows, and of new ones the most frequent that there is room for; the others are one.
  unmapped: `INSERT INTO unmapped (day, host, method, shape, count, last)
    SELECT day, host, method, shape, SUM(count), MAX(last) FROM (
      SELECT day, host, method, count, last,
        CASE WHEN is_known OR ROW_NUMBER() OVER (PARTITION BY day, is_known ORDER BY count DESC, host, method, shape)
          + (SELECT COUNT(*) FROM unmapped WHERE day = new.day) <= ${MOST_SHAPES} THEN shape ELSE '' END AS shape
      FROM (
        SELECT *, EXISTS (SELECT 1 FROM unmapped AS old WHERE old.day = sums.day AND old.host = sums.host
          AND old.method = sums.method AND old.shape = sums.shape) AS is_known
        FROM (
          SELECT value ->> 0 AS day, value ->> 1 AS host, value ->> 2 AS method, value ->> 3 AS shape,
            SUM(value ->> 4) AS count, MAX(value ->> 5) AS last
          FROM ${waiting('unmapped')} GROUP BY 1, 2, 3, 4
        ) AS sums
      ) AS new
    ) WHERE true GROUP BY day, host, method, shape
    ON CONFLICT DO UPDATE SET ${sum('count')}, ${latest('last')}`,
}
