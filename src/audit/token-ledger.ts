/** The ledger as the gate and the admin API reach it. What it does is in ledger-object.ts. */
import type { ReportReceipt, SightingReport, TokenAnswer, TokenQuery } from '../policy/token-audit.ts'

/** Rejects where the ledger cannot be asked. */
export interface TokenLedgerLink {
  readonly record: (report: SightingReport) => Promise<ReportReceipt>
  readonly ask: (query: TokenQuery) => Promise<TokenAnswer>
}

/** The part of a Durable Object namespace of `TokenLedger` that is used. */
export interface TokenLedgers<Id = unknown> {
  idFromName(name: string): Id
  get(id: Id): TokenLedgerLink
}

/** A namespace is an environment's own, and has one ledger. */
const NAME = 'tokens'

export const durableTokenLedger = <Id>(ledgers: TokenLedgers<Id>): TokenLedgerLink => {
  const ledger = () => ledgers.get(ledgers.idFromName(NAME))
  return { record: (report) => ledger().record(report), ask: (query) => ledger().ask(query) }
}
