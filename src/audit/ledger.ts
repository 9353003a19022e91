/** The tokens that were seen lately, as rows of SQLite: no more than there is room for, and no longer than they are of use. */
import type { ReportReceipt, SightingReport, TokenSighting } from '../policy/token-audit.ts'
import {
  currentLevel,
  EVERYTHING,
  levelAt,
  lowered,
  MOST_LEVEL,
  pruned,
  raised,
  rankLimit,
  rankOf,
  type Sampling,
} from './sampling.ts'

export type SqlValue = string | number | null

/** The part of a Durable Object's SQLite storage that is used. */
export interface Sql {
  exec(query: string, ...bindings: SqlValue[]): { toArray(): readonly object[] }
}

export interface LedgerLimits {
  readonly rows: number
  /** After a token was last seen. */
  readonly retentionSeconds: number
  /** Rows that one sweep deletes at most. */
  readonly sweptRows: number
}

export const LIMITS: LedgerLimits = { rows: 50_000, retentionSeconds: 7 * 86_400, sweptRows: 5_000 }

/** Isolates that were told a stricter level forget it within that time; until then a laxer one does not count. */
const NOTICE_SECONDS = 120
/** Between two steps towards keeping more: the room that the last one took shows only with time. */
const LOWERING_PAUSE_SECONDS = 86_400
/** Where a quarter of the room is in use, twice as many tokens leave half of it free. */
const ROOMY_SHARE = 4

export interface Ledger {
  /** `now` in whole seconds, here and below. */
  record(report: SightingReport, now: number): ReportReceipt
  /** Deletes a batch of what is too old. `isDone`: nothing is left to delete now. */
  sweep(now: number): { readonly rows: number; readonly isDone: boolean }
  sampling(): Sampling
  /** Reports that isolates missed, since the ledger was last empty. */
  missed(): number
}

export function createLedger(sql: Sql, limits: LedgerLimits = LIMITS): Ledger {
  sql.exec(
    `CREATE TABLE IF NOT EXISTS token (
      rank INTEGER NOT NULL, fingerprint TEXT NOT NULL, issuer TEXT NOT NULL, client TEXT, subject TEXT, scopes TEXT NOT NULL, further_scopes INTEGER,
      issued_at INTEGER, expires_at INTEGER NOT NULL, lifetime INTEGER, bound TEXT NOT NULL, acr TEXT NOT NULL,
      first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, uses INTEGER NOT NULL, PRIMARY KEY (rank, fingerprint)
    ) WITHOUT ROWID`,
  )
  sql.exec('CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID')
  let rows = numberIn(sql.exec('SELECT COUNT(*) AS count FROM token').toArray()[0], 'count')
  let sampling: Sampling = readState('sampling') ?? EVERYTHING
  let missed: number = readState('missed') ?? 0
  let changedAt: number = readState('changedAt') ?? 0

  return {
    record(report, now) {
      for (const sighting of report.sightings) keep(sighting, now)
      if (report.missed > 0) setMissed(missed + report.missed)
      return { level: currentLevel(sampling) }
    },

    sweep(now) {
      const oldest = now - limits.retentionSeconds
      const gone = sql
        .exec(
          `DELETE FROM token WHERE (rank, fingerprint) IN (SELECT rank, fingerprint FROM token WHERE last_seen < ? LIMIT ?) RETURNING rank`,
          oldest,
          limits.sweptRows,
        )
        .toArray().length
      rows -= gone
      if (rows === 0 && missed > 0) setMissed(0)
      const isDone = gone < limits.sweptRows
      if (isDone) makeUseOfRoom(now, oldest)
      return { rows, isDone }
    },

    sampling: () => sampling,
    missed: () => missed,
  }

  function keep(sighting: TokenSighting, now: number): void {
    const rank = rankOf(sighting.fingerprint)
    const seen = Math.min(sighting.lastSeen, now)
    if (isLeftOut(rank, seen)) return
    const row = rowOf(sighting, seen)
    const isKnown = sql.exec(UPDATE, ...row, sighting.uses, rank, sighting.fingerprint).toArray().length > 0
    if (isKnown) return
    while (rows >= limits.rows) {
      if (currentLevel(sampling) >= MOST_LEVEL) return
      makeRoom(now)
    }
    if (isLeftOut(rank, seen)) return
    sql.exec(INSERT, rank, sighting.fingerprint, ...row, sighting.uses)
    rows += 1
  }

  function isLeftOut(rank: number, seen: number): boolean {
    return rank >= rankLimit(levelAt(sampling, seen))
  }

  /** Half of the tokens go, by the same draw that keeps them from coming back. */
  function makeRoom(now: number): void {
    setSampling(raised(sampling), now)
    const limit = rankLimit(currentLevel(sampling))
    rows -= sql.exec('DELETE FROM token WHERE rank >= ? RETURNING rank', limit).toArray().length
  }

  function makeUseOfRoom(now: number, oldest: number): void {
    const kept = pruned(sampling, oldest)
    if (kept !== sampling) setSampling(kept, changedAt)
    if (currentLevel(sampling) > 0 && rows < limits.rows / ROOMY_SHARE && now - changedAt >= LOWERING_PAUSE_SECONDS)
      setSampling(lowered(sampling, now + NOTICE_SECONDS), now)
  }

  function setSampling(value: Sampling, now: number): void {
    sampling = value
    changedAt = now
    writeState('sampling', sampling)
    writeState('changedAt', changedAt)
  }

  function setMissed(value: number): void {
    missed = value
    writeState('missed', missed)
  }

  function readState<T>(name: string): T | undefined {
    const row: { readonly value?: string } | undefined = sql
      .exec('SELECT value FROM state WHERE name = ?', name)
      .toArray()[0]
    return row?.value === undefined ? undefined : (JSON.parse(row.value) as T)
  }

  function writeState(name: string, value: unknown): void {
    sql.exec('INSERT OR REPLACE INTO state (name, value) VALUES (?, ?)', name, JSON.stringify(value))
  }
}

/** What the latest sighting says of a token holds: an introspected one can change. */
const UPDATE = `UPDATE token SET
  issuer = ?, client = ?, subject = ?, scopes = ?, further_scopes = ?, issued_at = ?, expires_at = ?, lifetime = ?, bound = ?, acr = ?,
  first_seen = MIN(first_seen, ?), last_seen = MAX(last_seen, ?), uses = uses + ?
  WHERE rank = ? AND fingerprint = ? RETURNING rank`

const INSERT = `INSERT INTO token (
  rank, fingerprint, issuer, client, subject, scopes, further_scopes, issued_at, expires_at, lifetime, bound, acr, first_seen, last_seen, uses
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

/** Stands for the end of tokens that have none, and comes after every other: the last second that a calendar has. */
export const NO_END = 8_640_000_000_000

function rowOf(sighting: TokenSighting, seen: number): readonly SqlValue[] {
  return [
    sighting.issuer,
    sighting.client ?? null,
    sighting.subject ?? null,
    JSON.stringify(sighting.scopes),
    sighting.furtherScopes ?? null,
    sighting.issuedAt ?? null,
    Math.min(sighting.expiresAt ?? NO_END, NO_END),
    sighting.lifetimeSeconds ?? null,
    JSON.stringify(sighting.bound),
    JSON.stringify(sighting.acr),
    Math.min(sighting.firstSeen, seen),
    seen,
  ]
}

export const numberIn = (row: object | undefined, name: string): number =>
  Number((row as Readonly<Record<string, unknown>> | undefined)?.[name] ?? 0)
