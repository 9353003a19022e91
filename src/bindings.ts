/** What a deployment gives the Worker, by the names of `wrangler.toml`. Only the composition root sees it: this file, `worker.ts` and `background.ts`. */
import type { D1Database, DurableObjectId, KVNamespace } from '@cloudflare/workers-types'
import type { EventQueue } from './audit/event-queue.ts'
import type { IncidentDesks } from './audit/incident-desk.ts'
import type { LiveTails } from './audit/live-tail.ts'
import type { TokenLedgers } from './audit/token-ledger.ts'
import type { RevocationHubs } from './revocation/log.ts'
import type { ProofRegistries } from './token/replay.ts'

export interface Env {
  readonly SCOPES: KVNamespace
  /** Must name the environment that was built in, so that no configuration runs under another's trust anchors. */
  readonly SCOPEWALL_ENVIRONMENT: string
  /** Which DPoP proofs were used. Asked only where a route, a scope, an issuer or the environment wants each proof to serve once. */
  readonly PROOFS?: ProofRegistries<DurableObjectId>
  /** The revocation log: one object an environment. */
  readonly REVOCATIONS?: RevocationHubs<DurableObjectId>
  /** Which tokens were seen lately. Without it none are remembered, and nothing else changes. */
  readonly LEDGER?: TokenLedgers<DurableObjectId>
  /** What is put on record goes through it, to be counted and kept. Without it, nothing is counted. */
  readonly EVENTS?: EventQueue
  /** The counts, and the decisions that are kept. */
  readonly USAGE?: D1Database
  /** Who watches decisions as they are made. */
  readonly TAIL?: LiveTails<DurableObjectId>
  /** What became an incident. */
  readonly INCIDENTS?: IncidentDesks<DurableObjectId>
  /** The console's files. */
  readonly ASSETS?: { readonly fetch: (address: string) => Promise<Response> }
  /** Secrets and certificate bindings, by the names that the environment gives them. */
  readonly [name: string]: unknown
}
