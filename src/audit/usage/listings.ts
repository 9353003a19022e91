/** What no rule covers, what `observe` let through, and how counting itself fared. */
import type { ObservedAnswer, SinksAnswer, UnmappedAnswer } from '../../policy/usage-answers.ts'
import type { AskedWindow, UsageQuery } from '../../policy/usage-query.ts'
import { type Database, iso, numberIn, rowsOf, textIn } from './database.ts'

/** The most asked for. */
const MOST_LISTED = 1_000

const bounds = ({ from, to }: AskedWindow) => ({ from: iso(from), to: iso(to) })

/** A shape `''` has those that a day had no room for. */
export async function askUnmapped(database: Database, window: AskedWindow): Promise<UnmappedAnswer> {
  const rows = await rowsOf(
    database,
    `SELECT host, method, shape, SUM(count) AS count, MAX(last) AS last FROM unmapped WHERE day >= ?1 AND day < ?2
      GROUP BY host, method, shape ORDER BY count DESC, shape LIMIT ${MOST_LISTED}`,
    window.from,
    window.to,
  )
  return {
    ...bounds(window),
    paths: rows.map((row) => ({
      host: textIn(row, 'host'),
      method: textIn(row, 'method'),
      shape: textIn(row, 'shape'),
      count: numberIn(row, 'count'),
      lastSeen: iso(numberIn(row, 'last')),
    })),
  }
}

export async function askObserved(database: Database, query: UsageQuery, window: AskedWindow): Promise<ObservedAnswer> {
  const rows = await rowsOf(
    database,
    `SELECT rule, issuer, client, codes, missing, SUM(count) AS count, MAX(last) AS last FROM observed
      WHERE day >= ?1 AND day < ?2 AND (?3 IS NULL OR rule = ?3) AND (?4 IS NULL OR client = ?4)
      GROUP BY rule, issuer, client, codes, missing ORDER BY count DESC, rule LIMIT ${MOST_LISTED}`,
    window.from,
    window.to,
    query.rule ?? null,
    query.client ?? null,
  )
  return {
    ...bounds(window),
    requests: rows.map((row) => ({
      rule: textIn(row, 'rule'),
      issuer: textIn(row, 'issuer'),
      client: textIn(row, 'client') || null,
      codes: JSON.parse(textIn(row, 'codes')),
      missing: JSON.parse(textIn(row, 'missing')),
      count: numberIn(row, 'count'),
      lastSeen: iso(numberIn(row, 'last')),
    })),
  }
}

/** The sink that is built in: decisions that are kept to be looked up. */
const DECISIONS = 'decisions'

export async function askSinks(database: Database, window: AskedWindow): Promise<SinksAnswer> {
  const [sinks, [delivery = {}]] = await Promise.all([
    rowsOf(
      database,
      `SELECT name, SUM(sent) AS sent, SUM(lost) AS lost, MAX(last_lost) AS last_lost FROM sink
        WHERE hour >= ?1 AND hour < ?2 GROUP BY name ORDER BY name`,
      window.from,
      window.to,
    ),
    rowsOf(
      database,
      `SELECT SUM(uncounted) AS uncounted, SUM(repeated) AS repeated, SUM(refused) AS refused, SUM(kept) AS kept, SUM(dropped) AS dropped,
        MAX(CASE WHEN dropped > 0 THEN hour ELSE 0 END) AS last_dropped FROM delivery WHERE hour >= ?1 AND hour < ?2`,
      window.from,
      window.to,
    ),
  ])
  const kept = { name: DECISIONS, sent: delivery.kept, lost: delivery.dropped, last_lost: delivery.last_dropped }
  return {
    ...bounds(window),
    sinks: [...sinks, kept].map((row) => ({
      sink: textIn(row, 'name'),
      sent: numberIn(row, 'sent'),
      lost: numberIn(row, 'lost'),
      ...(numberIn(row, 'last_lost') > 0 && { lastLost: iso(numberIn(row, 'last_lost')) }),
    })),
    uncounted: numberIn(delivery, 'uncounted'),
    repeated: numberIn(delivery, 'repeated'),
  }
}
