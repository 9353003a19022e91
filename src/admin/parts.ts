/** What the admin API is made of, as `worker.ts` wires it. */
import type { IncidentDeskLink } from '../audit/incident-desk.ts'
import type { TailLink } from '../audit/live-tail.ts'
import type { TokenLedgerLink } from '../audit/token-ledger.ts'
import type { Database } from '../audit/usage/database.ts'
import type { GateParts } from '../gateway/exchange.ts'
import type { OverviewAnswer } from '../policy/console-answers.ts'
import type { Issuer } from '../policy/issuer.ts'
import type { RevocationLog } from '../policy/revocation-log.ts'
import type { ReleaseEvent } from '../release/report.ts'
import type { ReleaseStore } from '../release/store.ts'
import type { AmbientEvidence } from '../token/access.ts'
import type { Fetch } from '../token/client-authentication.ts'
import type { IssuerProbe, TokenNamer, TokenVerifier } from '../token/verify.ts'
import type { Bundled } from './release.ts'

export interface AdminParts {
  /** Those of the gate before the origin. */
  readonly gate: GateParts
  /** Whose tokens open the admin API: those of the issuers that `admin` of the environment names, or else the gate's own. */
  readonly tokens: TokenVerifier
  /** Whom Cloudflare Access has let in, where the environment goes by that. */
  readonly access?: AmbientEvidence
  /** Who may know whose token it is: the gate's own issuers, then those of the admin API, where they are others. */
  readonly namers: readonly TokenNamer[]
  readonly bundled: Bundled
  /** Absent where revocation is off: nothing can be marked, and everything else goes on. */
  readonly log?: RevocationLog
  /** Which tokens were seen lately, where that is remembered. */
  readonly ledger?: TokenLedgerLink
  /** The counts and the decisions that are kept, where they are. */
  readonly usage?: Database
  /** Whether the issuers' keys can be had. */
  readonly probes: readonly IssuerProbe[]
  /** The releases in KV. Only a rollback writes. */
  readonly releases: ReleaseStore
  /** What of the deployment is there: see `policy/bindings.ts`. */
  readonly bindings: OverviewAnswer['bindings']
  /** What became an incident, where that is bound. */
  readonly incidents?: IncidentDeskLink
  /** Who shows decisions as they come, where that is bound. */
  readonly tail?: TailLink
  readonly fetch: Fetch
  /** Must neither throw nor wait. */
  readonly report: (event: ReleaseEvent) => void
}

/** Everybody whose tokens are accepted anywhere at this gate. */
export const issuersOf = ({ gate }: Pick<AdminParts, 'gate'>): readonly Issuer[] => {
  const { issuers, admin } = gate.environment
  return [...issuers, ...(admin?.issuers ?? []).filter(({ issuer }) => issuers.every((each) => each.issuer !== issuer))]
}
