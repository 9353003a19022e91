/** What the live tail keeps: the last decisions, for whoever begins to watch, and tickets that were given out and not yet used. */
import type { DecisionEvent } from '../policy/decision-event.ts'
import type { Sql } from './ledger.ts'
import type { TicketGrant } from './live-tail.ts'

/** Decisions that a new watcher is shown. */
export const MOST_RECENT = 200
export const TICKET_SECONDS = 15
/** More are not wanted at one time by people who watch. */
const MOST_TICKETS = 200
/** Decisions that are known when they come again, as they do where a queue delivers twice. */
const MOST_REMEMBERED = 5_000

export interface TailStore {
  /** Those that were not kept before. */
  keep(decisions: readonly DecisionEvent[]): readonly DecisionEvent[]
  /** The oldest first. */
  recent(): readonly DecisionEvent[]
  /** The second until which the ticket is good, or `full`. `now` in seconds. */
  admit(grant: TicketGrant, now: number): number | 'full'
  /** Uses a ticket up, whatever comes of it: the second in which its token ends, `never`, or undefined where it is not good here and now. */
  redeem(hash: string, origin: string, now: number): number | 'never' | undefined
}

export function createTailStore(sql: Sql): TailStore {
  sql.exec('CREATE TABLE IF NOT EXISTS recent (seq INTEGER PRIMARY KEY, number INTEGER, decisions TEXT)')
  sql.exec('CREATE TABLE IF NOT EXISTS tickets (hash TEXT PRIMARY KEY, origin TEXT, expires INTEGER, until INTEGER)')
  const remembered = new Set(recent().map(({ decision }) => decision))

  return {
    keep(decisions) {
      const fresh = decisions.filter(({ decision }) => !remembered.has(decision))
      if (fresh.length === 0) return fresh
      if (remembered.size >= MOST_REMEMBERED) remembered.clear()
      for (const { decision } of fresh) remembered.add(decision)
      const last = fresh.slice(-MOST_RECENT)
      sql.exec('INSERT INTO recent (number, decisions) VALUES (?, ?)', last.length, JSON.stringify(last))
      // What is newer than these has enough by itself.
      sql.exec(
        `DELETE FROM recent WHERE seq IN (SELECT seq FROM (
          SELECT seq, sum(number) OVER (ORDER BY seq DESC) - number AS newer FROM recent) WHERE newer >= ?)`,
        MOST_RECENT,
      )
      return fresh
    },

    recent,

    admit({ hash, origin, until }, now) {
      sql.exec('DELETE FROM tickets WHERE expires <= ?', now)
      const [{ count = 0 } = {}] = rows<{ count?: number }>('SELECT count(*) AS count FROM tickets')
      if (count >= MOST_TICKETS) return 'full'
      const expires = now + TICKET_SECONDS
      const end = until === undefined ? null : Math.floor(until)
      sql.exec('INSERT INTO tickets (hash, origin, expires, until) VALUES (?, ?, ?, ?)', hash, origin, expires, end)
      return expires
    },

    redeem(hash, origin, now) {
      const query = 'DELETE FROM tickets WHERE hash = ? RETURNING origin, expires, until'
      const [ticket] = rows<{ origin: string; expires: number; until: number | null }>(query, hash)
      if (ticket === undefined || ticket.origin !== origin || ticket.expires <= now) return undefined
      if (ticket.until === null) return 'never'
      return ticket.until > now ? ticket.until : undefined
    },
  }

  function recent(): readonly DecisionEvent[] {
    return rows<{ decisions: string }>('SELECT decisions FROM recent ORDER BY seq')
      .flatMap(({ decisions }): readonly DecisionEvent[] => JSON.parse(decisions))
      .slice(-MOST_RECENT)
  }

  function rows<Row extends object>(query: string, ...bindings: string[]): readonly Row[] {
    return sql.exec(query, ...bindings).toArray() as readonly Row[]
  }
}
