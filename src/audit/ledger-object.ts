/** The memory of tokens that were seen: one SQLite Durable Object an environment. Nothing is judged by it, and no request waits for it. */
import { DurableObject } from 'cloudflare:workers'
import type { ReportReceipt, SightingReport, TokenAnswer, TokenQuery } from '../policy/token-audit.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { askLedger } from './ledger-query.ts'

/** Until the next sweep while there is more to delete. */
const BACKLOG_PAUSE_MS = 1_000
/** Until the next sweep otherwise. What is too old for an hour longer does no harm. */
const SWEEP_PAUSE_MS = 3_600_000

/** Bound as a namespace with SQLite storage. Only the Worker itself can call it. */
export class TokenLedger extends DurableObject {
  private readonly ledger: Ledger

  constructor(...parts: ConstructorParameters<typeof DurableObject>) {
    super(...parts)
    this.ledger = createLedger(this.ctx.storage.sql)
  }

  async record(report: SightingReport): Promise<ReportReceipt> {
    const receipt = this.ledger.record(report, seconds())
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + SWEEP_PAUSE_MS)
    return receipt
  }

  async ask(query: TokenQuery): Promise<TokenAnswer> {
    const sampling = this.ledger.sampling()
    return { ...askLedger(this.ctx.storage.sql, query, sampling, seconds()), missed: this.ledger.missed() }
  }

  /** Deletes a batch of what is too old, and comes back as long as there are rows. */
  override async alarm(): Promise<void> {
    const { rows, isDone } = this.ledger.sweep(seconds())
    if (rows > 0) await this.ctx.storage.setAlarm(Date.now() + (isDone ? SWEEP_PAUSE_MS : BACKLOG_PAUSE_MS))
  }
}

const seconds = (): number => Math.floor(Date.now() / 1000)
