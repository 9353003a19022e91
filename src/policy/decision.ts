/** What judgement takes and gives. */
import type { Denial } from './denial.ts'
import type { Resource } from './environment.ts'
import type { Method } from './method.ts'
import type { Mode } from './mode.ts'
import type { Principal } from './principal.ts'
import type { NonEmpty } from './result.ts'
import type { Alternative, Rule } from './rule.ts'
import type { ScopeToken } from './scope.ts'
import type { Standing } from './standing.ts'

/** What the map says of a request (docs/semantics.md sections 2 to 4). */
export type Match =
  | { readonly kind: 'rule'; readonly rule: Rule }
  | { readonly kind: 'unmapped'; readonly otherMethods: readonly Method[] }
  | { readonly kind: 'ambiguous' }

/** What is known of the caller. "None" and "rejected" differ: 401 without and with an error code. */
export type Evidence =
  | { readonly kind: 'none' }
  | { readonly kind: 'rejected'; readonly denial: Denial }
  | { readonly kind: 'verified'; readonly principal: Principal; readonly standing?: Standing }

/** The deployment's stance where a rule says nothing of its mode (clause 6.1), and what the request asks besides its target. */
export interface Context {
  readonly mode: Mode
  readonly observeClients: readonly string[]
  readonly upgrade: boolean
  /** The canonical path that was matched. */
  readonly path: string
  /** The resource of the services that are not in `services` (RFC 9728). */
  readonly resource: string
  readonly services: Readonly<Record<string, Resource>>
}

export type Decision =
  | {
      readonly kind: 'allow'
      readonly rule: Rule
      readonly by: Alternative | 'public' | 'authenticated'
      /** Deprecated scopes that the access rests on (clause 5.15). */
      readonly deprecated?: NonEmpty<ScopeToken>
      /** The request passes only if its DPoP proof was never seen before. */
      readonly singleUse?: true
    }
  /** Let through and recorded: every denial rests on scope grounds and the mode is `observe`. */
  | { readonly kind: 'observe'; readonly rule: Rule; readonly denials: NonEmpty<Denial>; readonly singleUse?: true }
  | {
      readonly kind: 'deny'
      readonly rule?: Rule
      readonly denials: NonEmpty<Denial>
      /** What the denials are about, where a token could ever satisfy it (clauses 5.9 and 5.12). */
      readonly nearest?: Alternative
    }
