/** What an importer makes of another product's configuration: services to write, what became of each construct, and a table that proves it. */
import type { RuleMethod } from '../../policy/method.ts'
import type { Place } from '../diagnostic.ts'

/**
 * How the map treats the requests that a construct covered there. `exact`: alike. `stricter`: it refuses some that passed. `looser`: it lets pass
 * some that were refused; never written without the user's word. `unrepresentable`: no rule was written, so all are refused.
 */
export const VERDICTS = ['exact', 'stricter', 'looser', 'unrepresentable'] as const
export type Verdict = (typeof VERDICTS)[number]

/** One construct of the source, and what became of it. */
export interface ImportFinding {
  /** In the source's own terms: `operation getPet`, `plugin openid-connect`. */
  readonly construct: string
  readonly at: Place
  readonly verdict: Verdict
  /** Why, in a lower-case sentence without a full stop; absent where it is exact and nothing is to be said. */
  readonly message?: string
  readonly help?: string
}

/** Something in the source that lets requests through unchecked, whether its authors know or not. */
export interface FailOpen {
  readonly construct: string
  readonly at: Place
  readonly message: string
}

export interface ImportedScope {
  readonly name: string
  /** What the source says of it, if anything. */
  readonly description?: string
}

/** `public` and `authenticated` carry the reason. An alternative is never empty: a token without any scope is `authenticated`. */
export type ImportedRequirement =
  | { readonly kind: 'public'; readonly reason: string }
  | { readonly kind: 'authenticated'; readonly reason: string }
  | { readonly kind: 'scopes'; readonly anyOf: readonly (readonly string[])[] }

export interface ImportedRule {
  readonly method: RuleMethod
  /** A template of the map, base path included. */
  readonly path: string
  readonly requirement: ImportedRequirement
  readonly at: Place
}

export interface ImportedService {
  /** A file name without `.yaml`. */
  readonly name: string
  readonly description?: string
  /** Empty: as in `gateway.yaml`. */
  readonly hosts: readonly string[]
  readonly scopes: readonly ImportedScope[]
  readonly rules: readonly ImportedRule[]
}

/** A caller of the table: without a token, or with one that is valid and holds exactly these scopes. */
export type ImportedCaller =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'holder'; readonly scopes: readonly string[] }

/** One row of the table: what the source's own semantics say of a request. Computed from the source, never from the rules above. */
export interface ImportedCase {
  readonly method: string
  /** Absent where the source names none. */
  readonly host?: string
  readonly path: string
  readonly caller: ImportedCaller
  readonly source: 'allow' | 'deny'
  /** What the map is to answer, where a finding that is not `exact` says that it differs. */
  readonly expected: 'allow' | 'deny'
}

export interface Imported {
  readonly services: readonly ImportedService[]
  readonly findings: readonly ImportFinding[]
  readonly failOpen: readonly FailOpen[]
  readonly cases: readonly ImportedCase[]
}
