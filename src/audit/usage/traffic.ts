/** Requests in time, by one thing at a time. */
import type { TrafficAnswer, TrafficGrouping } from '../../policy/usage-answers.ts'
import type { AskedWindow, UsageQuery } from '../../policy/usage-query.ts'
import { type Database, iso, numberIn, rowsOf, SECONDS, type SqlValue, textIn } from './database.ts'

const MOST_SERIES = 50

/** What may stand in a condition of `traffic`, and only that. */
const FILTERS = ['outcome', 'code', 'service', 'rule', 'client'] as const
const COLUMNS: Readonly<Record<TrafficGrouping, string>> = {
  outcome: 'outcome',
  service: 'service',
  rule: 'rule',
  client: 'client',
  code: 'code',
}

export async function askTraffic(database: Database, query: UsageQuery, window: AskedWindow): Promise<TrafficAnswer> {
  const by = query.by ?? 'outcome'
  const column = COLUMNS[by]
  const given = FILTERS.flatMap((name): (readonly [string, string])[] => {
    const value = query[name]
    return value === undefined ? [] : [[name, value]]
  })
  const where = ['period = ?1', 'at >= ?2', 'at < ?3', ...given.map(([name], index) => `${name} = ?${index + 5}`)]
  const values = (fourth: SqlValue): SqlValue[] => [
    ...[SECONDS[window.period], window.from, window.to, fourth],
    ...given.map(([, value]) => value),
  ]
  const busiest = await rowsOf(
    database,
    `SELECT ${column} AS name FROM traffic WHERE ${where.join(' AND ')} GROUP BY name ORDER BY SUM(count) DESC, name LIMIT ?4`,
    ...values(MOST_SERIES),
  )
  const names = busiest.map((row) => textIn(row, 'name'))
  const counts = await rowsOf(
    database,
    `SELECT at, CASE WHEN ${column} IN (SELECT value FROM json_each(?4)) THEN ${column} END AS name, SUM(count) AS count
      FROM traffic WHERE ${where.join(' AND ')} GROUP BY 1, 2`,
    ...values(JSON.stringify(names)),
  )
  const at = periodsIn(window)
  const series = [...names, null].map((name) => {
    const own = new Map(
      counts.filter((row) => row.name === name).map((row) => [numberIn(row, 'at'), numberIn(row, 'count')]),
    )
    const list = at.map((time) => own.get(time) ?? 0)
    return { name, counts: list, total: list.reduce((sum, count) => sum + count, 0) }
  })
  return {
    from: iso(window.from),
    to: iso(window.to),
    period: window.period,
    by,
    at: at.map(iso),
    series: series.filter(({ name, total }) => name !== null || total > 0),
  }
}

/** The beginning of each period, ascending, in seconds. */
export const periodsIn = ({ from, to, period }: AskedWindow): readonly number[] =>
  Array.from({ length: Math.round((to - from) / SECONDS[period]) }, (_, index) => from + index * SECONDS[period])
