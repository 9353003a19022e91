/** What became of each scope: of the release, and of those that only tokens know. */
import type { ReleaseDocument, ScopeEntry } from '../../policy/release.ts'
import type { DeprecatedAnswer, ScopesAnswer, ScopeUsage } from '../../policy/usage-answers.ts'
import type { AskedWindow, ScopeSelection, UsageQuery } from '../../policy/usage-query.ts'
import {
  DAY,
  type Database,
  iso,
  numberIn,
  type Row,
  rowsOf,
  SECONDS,
  type SqlValue,
  startOf,
  textIn,
} from './database.ts'

/** A map cannot know more; what tokens make up beyond is not told. */
const MOST_SCOPES = 20_000

export async function askScopes(
  database: Database,
  { scopes: defined }: Pick<ReleaseDocument, 'scopes'>,
  query: UsageQuery,
  window: AskedWindow,
): Promise<ScopesAnswer> {
  const { where, values } = narrowed(query, window)
  const [sums, trends, last, countedSince] = await Promise.all([
    rowsOf(
      database,
      `SELECT scope, SUM(exercised) AS exercised, SUM(missing) AS missing, SUM(held) AS held,
        COUNT(DISTINCT CASE WHEN exercised > 0 THEN issuer || ' ' || client END) AS clients
        FROM scope_use WHERE ${where} GROUP BY scope LIMIT ${MOST_SCOPES}`,
      ...values,
    ),
    rowsOf(
      database,
      `SELECT scope, at - at % ${DAY} AS day, SUM(exercised) AS exercised FROM scope_use WHERE ${where} GROUP BY 1, 2 HAVING SUM(exercised) > 0`,
      ...values,
    ),
    rowsOf(
      database,
      `SELECT scope, MAX(last_held) AS held, MAX(last_exercised) AS exercised FROM holding
        WHERE (?1 IS NULL OR scope = ?1) AND (?2 IS NULL OR client = ?2) GROUP BY scope LIMIT ${MOST_SCOPES}`,
      query.scope ?? null,
      query.client ?? null,
    ),
    askCountedSince(database),
  ])
  const sumOf = byScope(sums)
  const lastOf = byScope(last)
  const days = daysIn(window)
  const trendOf = trendsBy(trends, 'scope', days)
  // A name of long ago that no token of the window held is no longer of interest, unless the release knows it.
  const shadows = [...lastOf.keys(), ...sumOf.keys()].filter(
    (name) =>
      !Object.hasOwn(defined, name) &&
      (sumOf.has(name) || numberIn(lastOf.get(name) ?? {}, 'held') >= startOf(window.from, DAY)),
  )
  const names = query.scope === undefined ? [...new Set([...Object.keys(defined), ...shadows])] : [query.scope]
  const scopes = names.sort().map((scope): ScopeUsage => {
    const [sum, ends] = [sumOf.get(scope) ?? {}, lastOf.get(scope) ?? {}]
    return {
      scope,
      isKnown: Object.hasOwn(defined, scope),
      exercised: numberIn(sum, 'exercised'),
      missing: numberIn(sum, 'missing'),
      held: numberIn(sum, 'held'),
      clients: numberIn(sum, 'clients'),
      ...(numberIn(ends, 'exercised') > 0 && { lastExercised: dayText(numberIn(ends, 'exercised')) }),
      ...(numberIn(ends, 'held') > 0 && { lastHeld: dayText(numberIn(ends, 'held')) }),
      trend: trendOf(scope),
    }
  })
  const { only } = query
  return {
    ...{ from: iso(window.from), to: iso(window.to) },
    countedSince,
    scopes: only === undefined ? scopes : scopes.filter((each) => isSelected(each, only, defined)),
  }
}

function isSelected(
  { scope, isKnown, exercised }: ScopeUsage,
  only: ScopeSelection,
  defined: Readonly<Record<string, ScopeEntry>>,
): boolean {
  if (only === 'shadow') return !isKnown
  return isKnown && (only === 'unused' ? exercised === 0 : defined[scope]?.deprecated !== undefined)
}

/** Deprecated scopes, whether or not somebody still rests on them: none left is what one wants to see. */
export async function askDeprecated(
  database: Database,
  { scopes }: Pick<ReleaseDocument, 'scopes'>,
  query: UsageQuery,
  window: AskedWindow,
  now: number,
): Promise<DeprecatedAnswer> {
  const { where, values } = narrowed(query, window)
  const rows = await rowsOf(
    database,
    `SELECT scope, issuer, client, SUM(rested) AS count, MAX(last) AS last FROM scope_use
      WHERE ${where} AND rested > 0 GROUP BY scope, issuer, client ORDER BY count DESC, client`,
    ...values,
  )
  const deprecated = Object.entries(scopes).flatMap(([scope, entry]) =>
    entry.deprecated === undefined || (query.scope ?? scope) !== scope ? [] : [{ scope, ...entry.deprecated }],
  )
  return {
    ...{ from: iso(window.from), to: iso(window.to) },
    scopes: deprecated
      .toSorted((a, b) => ((a.sunset ?? '9999') + a.scope < (b.sunset ?? '9999') + b.scope ? -1 : 1))
      .map(({ scope, since, sunset, replacedBy = [] }) => ({
        scope,
        since,
        ...(sunset !== undefined && {
          sunset,
          daysToSunset: Math.ceil((Date.parse(`${sunset}T00:00:00Z`) / 1000 - now) / DAY),
        }),
        replacedBy,
        clients: rows
          .filter((row) => row.scope === scope)
          .map((row) => ({
            issuer: textIn(row, 'issuer'),
            client: textIn(row, 'client') || null,
            count: numberIn(row, 'count'),
            lastSeen: iso(numberIn(row, 'last')),
          })),
      })),
  }
}

function narrowed({ scope, client }: UsageQuery, { period, from, to }: AskedWindow) {
  const values: readonly SqlValue[] = [SECONDS[period], from, to, scope ?? null, client ?? null]
  const where = 'period = ?1 AND at >= ?2 AND at < ?3 AND (?4 IS NULL OR scope = ?4) AND (?5 IS NULL OR client = ?5)'
  return { where, values }
}

/** ISO 8601: since when there are counts at all; `null` where there are none. To the hour, as far back as hours are kept. */
export async function askCountedSince(database: Database): Promise<string | null> {
  const [row] = await rowsOf(
    database,
    'SELECT (SELECT MIN(at) FROM traffic WHERE period = 3600) AS hour, (SELECT MIN(at) FROM traffic WHERE period = 86400) AS day',
  )
  const [hour, day] = [row?.hour, row?.day]
  if (typeof day !== 'number') return null
  return iso(typeof hour === 'number' && startOf(hour, DAY) === day ? hour : day)
}

const byScope = (rows: readonly Row[]): ReadonlyMap<string, Row> =>
  new Map(rows.map((row) => [textIn(row, 'scope'), row]))

/** The days that a window touches, each by its first second. */
export function daysIn({ from, to }: AskedWindow): readonly number[] {
  const first = startOf(from, DAY)
  return Array.from({ length: Math.ceil((to - first) / DAY) }, (_, index) => first + index * DAY)
}

/** Rows of a name, a day and a count -> the counts of a name, day by day. */
export function trendsBy(rows: readonly Row[], name: string, days: readonly number[]): (key: string) => number[] {
  const trends = new Map<string, Map<number, number>>()
  for (const row of rows) {
    const trend = trends.get(textIn(row, name)) ?? new Map<number, number>()
    trends.set(textIn(row, name), trend.set(numberIn(row, 'day'), numberIn(row, 'exercised')))
  }
  return (key) => days.map((day) => trends.get(key)?.get(day) ?? 0)
}

export const dayText = (seconds: number): string => iso(seconds).slice(0, 10)
