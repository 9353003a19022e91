/** What the overview, the live tail and the history of releases are told. Plain data, as the admin API and the command line have it too. */
import type { DecisionEvent, Outcome } from './decision-event.ts'
import type { DenialCode } from './denial.ts'

/** How one environment's gate says that it is: what `/_scopewall/health` tells, or why it could not be asked. */
export interface EnvironmentHealth {
  readonly environment: string
  /** Whether it is the one that answers. */
  readonly isOwn: boolean
  /** Where it was asked; absent for its own. */
  readonly url?: string
  readonly state: 'ok' | 'degraded' | 'unreachable'
  readonly release?: {
    readonly digest: string
    readonly serial: number
    readonly source: string
    readonly expires?: string
  }
  readonly candidate?: { readonly digest: string; readonly since: string }
  readonly detail?: string
}

/** GET /_scopewall/admin/overview */
export interface OverviewAnswer {
  readonly at: string
  readonly environments: readonly EnvironmentHealth[]
  /** Of this environment: can its keys be had? */
  readonly issuers: readonly {
    readonly issuer: string
    readonly state: 'ok' | 'unreachable'
    readonly detail?: string
  }[]
  readonly revocation:
    | 'off'
    | {
        readonly freshness: string
        readonly seq: number
        readonly marks: number
        readonly ageSeconds?: number
        readonly stance: string
      }
  readonly bindings: readonly { readonly name: string; readonly isBound: boolean; readonly purpose: string }[]
}

/** GET /_scopewall/admin/releases, the newest first. */
export interface ReleasesAnswer {
  readonly live: number | null
  /** Whether this Worker can roll back: false where releases are signed, since its key is not here; then `why` says what to do instead. */
  readonly canRollBack: boolean
  readonly why?: string
  /** Whether a rollback must name the digest that becomes live. */
  readonly isProtected: boolean
  readonly releases: readonly {
    readonly serial: number
    readonly digest: string
    /** What was done: `observe`, `enforce` and `drop` are about a candidate. */
    readonly kind: 'publish' | 'rollback' | 'observe' | 'enforce' | 'drop'
    readonly publishedAt: string
    readonly by?: string
    readonly commit?: string
    readonly note?: string
    readonly isLive: boolean
    /** Above what is live: a change that was cut short. */
    readonly isInterrupted: boolean
    readonly isSigned: boolean
    readonly distrust?: string
  }[]
  readonly next: string | null
}

/** POST /_scopewall/admin/releases/rollback */
export interface RollbackRequest {
  /** Of the history: what was live under it becomes live again. */
  readonly serial: number
  /** The digest of what is live until then, as whoever asks has seen it. */
  readonly expect: string
  /** What is to become live. Protected environments ask for it; it is checked wherever it is there. */
  readonly digest?: string
  /** Why, for the history. */
  readonly note?: string
}

export interface RollbackAnswer {
  /** False where that release was live already, and nothing was written. */
  readonly changed: boolean
  readonly live: { readonly serial: number; readonly digest: string; readonly publishedAt: string }
}

/** What a watcher of the live tail wants to see; sent as JSON over the socket, as often as it changes. Every member narrows. */
export interface TailFilter {
  readonly outcomes?: readonly Outcome[]
  readonly codes?: readonly DenialCode[]
  readonly service?: string
  readonly rule?: string
  readonly client?: string
  readonly scope?: string
}

/** What the socket says. */
export type TailMessage =
  /** Once, first: what happened just before, the oldest first. */
  | { readonly kind: 'recent'; readonly decisions: readonly DecisionEvent[] }
  | { readonly kind: 'decisions'; readonly decisions: readonly DecisionEvent[] }
  /** More came than one watcher is shown. */
  | { readonly kind: 'skipped'; readonly count: number }
  /** What the watcher sent is no filter. */
  | { readonly kind: 'refused'; readonly detail: string }

/** The WebSocket's subprotocol; the ticket is the second one that is offered, as `ticket.<text>`: addresses are logged, subprotocols are not. */
export const TAIL_PROTOCOL = 'scopewall.tail.v1'

/** POST /_scopewall/admin/tail */
export interface TailTicket {
  /** Good once, for a few seconds, from the same origin. */
  readonly ticket: string
  readonly url: string
  readonly expiresAt: string
}

/** GET /_scopewall/console.json: what the page must know before anybody has signed in. */
export interface ConsoleSettings {
  readonly environment: string
  readonly signIn:
    | {
        readonly kind: 'oauth'
        readonly issuer: string
        readonly clientId: string
        readonly authorizationEndpoint: string
        readonly tokenEndpoint: string
        /** RFC 8707 `resource`, where the provider wants it. */
        readonly resource?: string
        /** Asked for first; what needs more asks for it when it is needed. */
        readonly scopes: readonly string[]
      }
    /** Behind Cloudflare Access: the edge has signed the person in, and the Worker believes its assertion. */
    | { readonly kind: 'access' }
}
