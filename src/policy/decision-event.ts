/**
 * What is on record of one request: how it was judged, by what, and as whose (docs/events.md). Redacted by construction: there is no place in it for a token, a URL or
 * a claim value but those that are named here. Plain data: it crosses the wire and lies in storage as it is here.
 */
import type { DenialCode } from './denial.ts'
import type { MarkReference } from './mark.ts'
import type { Method } from './method.ts'

/** Of the members below. A reader refuses what it does not know. */
export const DECISION_EVENT_FORMAT = 1

export const OUTCOMES = ['allow', 'observe', 'deny'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** What becomes of a name before it leaves the isolate. `hashed`: HMAC-SHA-256 by the environment's own key, so that equal names stay equal, and nobody can try names out. */
export const NAME_TREATMENTS = ['plain', 'hashed', 'omitted'] as const
export type NameTreatment = (typeof NAME_TREATMENTS)[number]

export interface DecisionEvent {
  readonly event: 'decision'
  readonly format: typeof DECISION_EVENT_FORMAT
  /** ISO 8601, UTC. */
  readonly at: string
  /** The id that the answer and, where it is told, the origin have too. */
  readonly decision: string
  readonly environment: string
  /** The release that was judged by; absent where none was active. */
  readonly release?: string
  readonly serial?: number
  readonly outcome: Outcome
  /** Why not, or what `observe` covers for; the first one decides. Absent where it was allowed. */
  readonly codes?: readonly DenialCode[]
  /** Why, for the operator: a fault code of the target, the credential, the token or the proof. */
  readonly detail?: string
  readonly rule?: string
  readonly service?: string
  readonly method?: Method
  /** As the map speaks of it. Absent where the map has no such host. */
  readonly host?: string
  /** Of a request that no rule covers: its path with everything that could name somebody taken out (`policy/path-shape.ts`). */
  readonly shape?: string
  /** What the rule asks for: alternatives, of which one is enough. */
  readonly required?: readonly (readonly string[])[]
  /** Of the nearest alternative. */
  readonly missing?: readonly string[]
  /** As the token grants them, ascending; at most 64, and how many more there were. */
  readonly held?: readonly string[]
  readonly furtherHeld?: number
  /** The alternative that let it in, or why none was asked for. */
  readonly by?: readonly string[] | 'public' | 'authenticated'
  /** Deprecated scopes that the access rests on. */
  readonly deprecated?: readonly string[]
  /** Of a verified token; of a rejected one, the issuer that it names, where that is one of this environment's. */
  readonly issuer?: string
  readonly client?: string
  readonly subject?: string
  /** Of the token: its fingerprint, treated as the environment says. */
  readonly token?: string
  /** The context classes that the token meets. */
  readonly acr?: readonly string[]
  /** Since the token was issued, and since the person authenticated, in seconds. */
  readonly tokenAge?: number
  readonly authAge?: number
  readonly bound?: readonly ('dpop' | 'mtls')[]
  /** The data centre, as Cloudflare names it. */
  readonly colo?: string
  /** From the request's arrival to the decision, in milliseconds. On Workers, clocks stand still while a processor works: it is what was waited for. */
  readonly gateMs: number
  /** Whether the token was known from an earlier request. */
  readonly cached?: boolean
  /** The entry of the revocation log that revoked the token, and the kind of target it is about. */
  readonly mark?: MarkReference
  /** It stands for so many: 1, unless allowed requests are sampled. */
  readonly oneIn: number
}
