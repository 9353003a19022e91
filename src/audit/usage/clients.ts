/** What each client holds, and what of that it uses. */
import type { Release } from '../../policy/decode.ts'
import { leastPrivilege } from '../../policy/least-privilege.ts'
import type { EpochSeconds } from '../../policy/result.ts'
import type { ClientsAnswer, ClientUsage } from '../../policy/usage-answers.ts'
import type { AskedWindow, UsageQuery } from '../../policy/usage-query.ts'
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
import { askCountedSince, daysIn, dayText, trendsBy } from './scopes.ts'

/** The busiest. */
const MOST_CLIENTS = 1_000

/** What runs once a quarter must not lose what it needs: the suggestion looks back so many days, however short the window. */
const SUGGESTION_DAYS = 92

/** One of an issuer's clients; no issuer has a space in it. `who` in the queries below. */
const WHO = `issuer || ' ' || client`
/** Requests with a verified token: of the others, nobody knows whose they are. */
const KNOWN = `issuer <> '' AND code <> 'token_invalid'`
/** Clients that are told: of all others there may be any number. */
const TOLD = `${WHO} IN (SELECT value FROM json_each(?4))`

export async function askClients(
  database: Database,
  release: Release,
  query: UsageQuery,
  window: AskedWindow,
  now: number,
): Promise<ClientsAnswer> {
  const [firstDay, usedSince] = [startOf(window.from, DAY), startOf(window.to, DAY) - SUGGESTION_DAYS * DAY]
  const values: SqlValue[] = [SECONDS[window.period], window.from, window.to]
  const where = 'period = ?1 AND at >= ?2 AND at < ?3'
  const totals = await rowsOf(
    database,
    `SELECT ${WHO} AS who, issuer, client, SUM(count) AS requests, MAX(last) AS last,
      SUM(CASE outcome WHEN 'allow' THEN count ELSE 0 END) AS allowed,
      SUM(CASE outcome WHEN 'observe' THEN count ELSE 0 END) AS observed,
      SUM(CASE outcome WHEN 'deny' THEN count ELSE 0 END) AS denied
      FROM traffic WHERE ${where} AND ${KNOWN} AND (?4 IS NULL OR client = ?4) AND (?5 IS NULL OR EXISTS (
        SELECT 1 FROM holding WHERE holding.scope = ?5 AND holding.issuer = traffic.issuer AND holding.client = traffic.client
          AND last_held >= ?6 AND first_held < ?3))
      GROUP BY issuer, client ORDER BY requests DESC, client LIMIT ${MOST_CLIENTS}`,
    ...values,
    query.client ?? null,
    query.scope ?? null,
    firstDay,
  )
  const told = JSON.stringify(totals.map((row) => textIn(row, 'who')))
  const [trends, used, exercised, held, countedSince] = await Promise.all([
    rowsOf(
      database,
      `SELECT ${WHO} AS who, at - at % ${DAY} AS day, SUM(count) AS exercised FROM traffic WHERE ${where} AND ${KNOWN} AND ${TOLD} GROUP BY 1, 2`,
      ...values,
      told,
    ),
    rowsOf(
      database,
      `SELECT DISTINCT ${WHO} AS who, rule, alternative FROM traffic
        WHERE ${where} AND outcome = 'allow' AND alternative <> '' AND ${TOLD}`,
      ...[DAY, Math.min(firstDay, usedSince), window.to, told],
    ),
    rowsOf(
      database,
      `SELECT ${WHO} AS who, scope, SUM(exercised) AS exercised FROM scope_use WHERE ${where} AND ${TOLD} GROUP BY 1, 2`,
      ...values,
      told,
    ),
    rowsOf(
      database,
      `SELECT ${WHO} AS who, scope, last_exercised FROM holding WHERE last_held >= ?1 AND first_held < ?2 AND ${WHO} IN (SELECT value FROM json_each(?3))`,
      firstDay,
      window.to,
      told,
    ),
    askCountedSince(database),
  ])
  const trendOf = trendsBy(trends, 'who', daysIn(window))
  const usedBy = grouped(used)
  const heldBy = grouped(held)
  const exercisedBy = grouped(exercised)
  const clients = totals.map((row): ClientUsage => {
    const [issuer, client] = [textIn(row, 'issuer'), textIn(row, 'client')]
    const who = textIn(row, 'who')
    const counts = new Map(exercisedBy(who).map((each) => [textIn(each, 'scope'), numberIn(each, 'exercised')]))
    const granted = heldBy(who).map((each) => ({
      scope: textIn(each, 'scope'),
      exercised: counts.get(textIn(each, 'scope')) ?? 0,
      ...(numberIn(each, 'last_exercised') > 0 && { lastExercised: dayText(numberIn(each, 'last_exercised')) }),
    }))
    const access = usedBy(who).map((each) => ({
      rule: textIn(each, 'rule'),
      by: JSON.parse(textIn(each, 'alternative')),
    }))
    return {
      issuer,
      client: client === '' ? null : client,
      allowed: numberIn(row, 'allowed'),
      observed: numberIn(row, 'observed'),
      denied: numberIn(row, 'denied'),
      lastSeen: iso(numberIn(row, 'last')),
      granted: granted.toSorted((a, b) => b.exercised - a.exercised || (a.scope < b.scope ? -1 : 1)),
      suggested: leastPrivilege(release, access, new Set(granted.map(({ scope }) => scope)), now as EpochSeconds),
      trend: trendOf(who),
    }
  })
  return { from: iso(window.from), to: iso(window.to), countedSince, clients }
}

function grouped(rows: readonly Row[]): (who: string) => readonly Row[] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(textIn(row, 'who'))
    if (group === undefined) groups.set(textIn(row, 'who'), [row])
    else group.push(row)
  }
  return (who) => groups.get(who) ?? []
}
