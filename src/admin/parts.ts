/** What the admin API is made of, as `worker.ts` wires it. */
import type { TokenLedgerLink } from '../audit/token-ledger.ts'
import type { Database } from '../audit/usage/database.ts'
import type { GateParts } from '../gateway/exchange.ts'
import type { Issuer } from '../policy/issuer.ts'
import type { RevocationLog } from '../policy/revocation-log.ts'
import type { TokenNamer, TokenVerifier } from '../token/verify.ts'
import type { Bundled } from './release.ts'

export interface AdminParts {
  /** Those of the gate before the origin. */
  readonly gate: GateParts
  /** Whose tokens open the admin API: those of the issuers that `admin` of the environment names, or else the gate's own. */
  readonly tokens: TokenVerifier
  /** Who may know whose token it is: the gate's own issuers, then those of the admin API, where they are others. */
  readonly namers: readonly TokenNamer[]
  readonly bundled: Bundled
  readonly log: RevocationLog
  /** Which tokens were seen lately, where that is remembered. */
  readonly ledger?: TokenLedgerLink
  /** The counts and the decisions that are kept, where they are. */
  readonly usage?: Database
}

/** Everybody whose tokens are accepted anywhere at this gate. */
export const issuersOf = ({ gate }: Pick<AdminParts, 'gate'>): readonly Issuer[] => {
  const { issuers, admin } = gate.environment
  return [...issuers, ...(admin?.issuers ?? []).filter(({ issuer }) => issuers.every((each) => each.issuer !== issuer))]
}
