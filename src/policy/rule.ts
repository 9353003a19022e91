/** A rule as the request path uses it, and what it asks. */
import type { Mode } from './environment.ts'
import type { RuleMethod } from './method.ts'
import type { EpochSeconds, NonEmpty } from './result.ts'
import type { ScopeToken } from './scope.ts'

/** RFC 9470 step-up; at least one member is there. `acr` in order of preference. */
export interface StepUp {
  readonly acr?: NonEmpty<string>
  readonly maxAgeSeconds?: number
}

/** What a rule or a scope asks of a token besides scopes (clause 1.3). */
export interface Conditions {
  readonly stepUp?: StepUp
  readonly maxTokenAgeSeconds?: number
}

/** The one value for "asks nothing more", so that the common case is a comparison of references. */
export const NO_CONDITIONS: Conditions = {}

/** All of these scopes, ascending. */
export type Alternative = NonEmpty<ScopeToken>

/** Public, or any of the alternatives, in canonical order (clause 1.2). Emptiness is not expressible: it would be true of everybody. */
export type Requirement =
  | { readonly kind: 'public'; readonly reason: string }
  | { readonly kind: 'scopes'; readonly anyOf: NonEmpty<Alternative> }

export interface Rule {
  /** `METHOD host/path`, unique in its release. */
  readonly id: string
  readonly service: string
  readonly host: string
  readonly method: RuleMethod
  readonly path: string
  readonly requirement: Requirement
  readonly conditions: Conditions
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
  readonly replacedBy: readonly ScopeToken[]
}

/** What judgement needs of a release besides the rule. */
export type ScopeTable = ReadonlyMap<ScopeToken, ScopeFacts>
