/** The memory of used DPoP proofs: one SQLite Durable Object a shard, the only strongly consistent store there is on Workers (RFC 9449 section 11.1). */
import { DurableObject } from 'cloudflare:workers'

/** Rows that one alarm deletes at most, so that no request waits long behind it. */
const BATCH_ROWS = 2_000
/** Until the next alarm while expired rows remain. Together with the batch faster than an object can be asked to remember. */
const BACKLOG_PAUSE_MS = 1_000
/** Until the next alarm otherwise: rows that expire one by one are swept together. */
const SWEEP_PAUSE_MS = 60_000

/** Bound as a namespace with SQLite storage. Only the Worker itself can call it. */
export class ProofRegistry extends DurableObject {
  constructor(...parts: ConstructorParameters<typeof DurableObject>) {
    super(...parts)
    const { sql } = this.ctx.storage
    sql.exec('CREATE TABLE IF NOT EXISTS proof (key TEXT PRIMARY KEY, expires_at REAL NOT NULL) WITHOUT ROWID')
    sql.exec('CREATE INDEX IF NOT EXISTS proof_by_expiry ON proof (expires_at)')
  }

  /**
   * Whether the key was not there before; it is there from now on until `expiresAtSeconds` at least. One statement looks and writes, so that nothing
   * comes between, and the runtime holds the answer back until the row is on disk.
   */
  async firstUse(key: string, expiresAtSeconds: number): Promise<boolean> {
    const written = this.ctx.storage.sql
      .exec(
        'INSERT INTO proof (key, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING key',
        key,
        expiresAtSeconds,
      )
      .toArray()
    if (written.length === 0) return false
    await this.wakeBy(expiresAtSeconds * 1000)
    return true
  }

  /** Deletes a batch of what has expired, and comes back as long as there are rows. */
  override async alarm(): Promise<void> {
    const { sql } = this.ctx.storage
    const now = Date.now()
    sql.exec(
      'DELETE FROM proof WHERE key IN (SELECT key FROM proof WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)',
      now / 1000,
      BATCH_ROWS,
    )
    const earliest = sql.exec('SELECT MIN(expires_at) AS earliest FROM proof').one().earliest
    if (typeof earliest !== 'number') return
    const dueAt = earliest * 1000
    await this.wakeBy(dueAt <= now ? now + BACKLOG_PAUSE_MS : Math.max(dueAt, now + SWEEP_PAUSE_MS))
  }

  /** An alarm that is already set stays: it is early enough, or its own sweep sets the next. */
  private async wakeBy(time: number): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(time)
  }
}
