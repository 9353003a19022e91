/** A rule as the request path uses it, and what it asks. */

import type { RuleMethod } from './method.ts'
import type { Mode } from './mode.ts'
import type { EpochSeconds, NonEmpty } from './result.ts'
import type { ScopeToken } from './scope.ts'

/** RFC 9470 step-up; at least one member is there. `acr` in order of preference; of `amr`, all methods of any one group (RFC 8176). */
export interface StepUp {
  readonly acr?: NonEmpty<string>
  readonly amr?: NonEmpty<NonEmpty<string>>
  readonly maxAgeSeconds?: number
}

/** What a token must be bound to (RFC 9449, RFC 8705). `dpop-single-use`: and each proof serves once. */
export const SENDER_CONSTRAINTS = ['any', 'dpop', 'dpop-single-use', 'mtls'] as const
export type SenderConstraint = (typeof SENDER_CONSTRAINTS)[number]

/** What a rule or a scope asks of a token besides scopes (clause 1.3). */
export interface Conditions {
  readonly stepUp?: StepUp
  readonly maxTokenAgeSeconds?: number
  /** From `iat` to `exp`. */
  readonly maxLifetimeSeconds?: number
  readonly senderConstraint?: SenderConstraint
}

/** The one value for "asks nothing more", so that the common case is a comparison of references. */
export const NO_CONDITIONS: Conditions = {}

/** All of these scopes, ascending. */
export type Alternative = NonEmpty<ScopeToken>

/**
 * Public, any valid token, or any of the alternatives, in canonical order (clause 1.2). An empty list is not expressible: who asks for no scope says so,
 * and why.
 */
export type Requirement =
  | { readonly kind: 'public'; readonly reason: string }
  | { readonly kind: 'authenticated'; readonly reason: string }
  | { readonly kind: 'scopes'; readonly anyOf: NonEmpty<Alternative> }

/** What one object of `authorization_details` must hold (RFC 9396 section 2). `actions` and the like: all of these. */
export interface DetailRequirement {
  readonly type: string
  readonly actions?: NonEmpty<string>
  readonly datatypes?: NonEmpty<string>
  readonly privileges?: NonEmpty<string>
  /** JSON pointer (RFC 6901) -> the text that must be there; `{name}` is that parameter of the path, decoded. */
  readonly match?: Readonly<Record<string, string>>
}

/** What a rule asks of who calls, whatever the scopes (clause 5.13). */
export interface CallerConstraints {
  /** Absent: every client. */
  readonly clients?: ReadonlySet<string>
  /** Who may act for the subject (RFC 8693 section 4.1); the empty set: nobody; absent: everybody. */
  readonly actors?: ReadonlySet<string>
}

export interface Rule {
  /** `METHOD host/path`, unique in its release. */
  readonly id: string
  readonly service: string
  readonly host: string
  readonly method: RuleMethod
  readonly path: string
  readonly requirement: Requirement
  readonly conditions: Conditions
  readonly callers?: CallerConstraints
  /** Any one of these, met by a single object. */
  readonly authorizationDetails?: NonEmpty<DetailRequirement>
  /** Ask the authorization server on each request, where the token is one that it introspects. */
  readonly introspectsAlways: boolean
  /** Ask the revocation log itself on each request, instead of what is known of it here (clause 8.11). */
  readonly checksRevocationAtLog: boolean
  /** Some alternative holds a scope of the highest sensitivity (clause 8.10). */
  readonly isCritical: boolean
  /** The rule's own mode or its service's; absent where the environment decides (clause 6.1). */
  readonly mode?: Mode
  readonly allowsUpgrade: boolean
}

/** What judgement needs to know of a scope. */
export interface ScopeFacts {
  readonly name: ScopeToken
  /** Every scope that implies this one, transitively, ascending; not the scope itself. */
  readonly impliedBy: readonly ScopeToken[]
  readonly conditions: Conditions
  /** Clause 1.5: from this second on the scope grants nothing. */
  readonly retiredAt?: EpochSeconds
  /** Clause 1.6: retired or on the way there. */
  readonly isDeprecated: boolean
  readonly isCritical: boolean
  readonly replacedBy: readonly ScopeToken[]
}

/** What judgement needs of a release besides the rule. */
export type ScopeTable = ReadonlyMap<ScopeToken, ScopeFacts>
