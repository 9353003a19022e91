/** The map as it was written: checked for shape, not yet for sense, and every piece with its place. */

import type { RuleMethod } from '../policy/method.ts'
import type { Mode } from '../policy/mode.ts'
import type { ConditionsEntry, DetailEntry, Relaxation, Sensitivity } from '../policy/release.ts'
import type { Template } from '../policy/template.ts'
import type { Place } from './diagnostic.ts'
import type { NamePattern } from './gateway-file.ts'
import type { Implications } from './implication.ts'

/** A piece of text and where it stands. */
export interface Written {
  readonly text: string
  readonly at: Place
}

export interface DeclaredService {
  readonly name: string
  readonly owner: string
  readonly description: string
  readonly hasRoutes: boolean
  readonly at: Place
}

/** Days are `YYYY-MM-DD`. */
export interface Deprecation {
  readonly since: Written
  readonly sunset?: Written
  readonly replacedBy: readonly Written[]
  readonly link?: string
}

export interface DeclaredScope extends ConditionsEntry {
  readonly name: string
  readonly service: string
  readonly owner: string
  readonly reason: string
  readonly sensitivity: Sensitivity
  /** As written, not closed. */
  readonly implies: readonly Written[]
  readonly review?: Written
  readonly deprecated?: Deprecation
  readonly at: Place
}

export type DeclaredRequirement =
  | { readonly kind: 'public'; readonly reason: string }
  /** Any valid token, whatever its scopes. */
  | { readonly kind: 'authenticated'; readonly reason: string }
  /** Any of the lists, all of the scopes in one; as written, neither ordered nor without repetitions. */
  | {
      readonly kind: 'scopes'
      readonly anyOf: readonly (readonly Written[])[]
      /** Where each of the lists stands, if they were written as an `anyOf`. */
      readonly itemsAt?: readonly Place[]
    }

/** A rule on one host; written on several hosts, it is here several times. */
export interface DeclaredRule extends ConditionsEntry {
  readonly service: string
  readonly host: string
  readonly method: RuleMethod
  readonly template: Template
  readonly requirement: DeclaredRequirement
  readonly clients?: readonly string[]
  /** Empty: nobody. */
  readonly actors?: readonly string[]
  readonly authorizationDetails?: readonly DetailEntry[]
  readonly introspection?: 'always'
  readonly revocation?: 'strict'
  /** The service's where the rule has none of its own. */
  readonly mode?: Mode
  readonly upgrade?: 'websocket'
  /** Where its method stands. */
  readonly at: Place
}

/** As the release calls it: `GET api.example.com/v1/invoices/{id}`. */
export const ruleId = ({ method, host, template }: DeclaredRule): string => `${method} ${host}${template.text}`

export interface HostOptions {
  /** A host pattern, lower case. */
  readonly host: string
  readonly allow: readonly Relaxation[]
  readonly at: Place
}

/** What the organisation asks of every scope. */
export interface Conventions {
  readonly pattern?: NamePattern
  readonly tooCoarse: readonly string[]
  readonly reviewRequired: boolean
  readonly tests: TestThresholds
}

/** How much the policy tests must cover, in percent. */
export interface TestThresholds {
  readonly minRules?: number
  readonly minScopes?: number
}

export interface ScopeMap {
  readonly services: readonly DeclaredService[]
  /** A name that is declared twice is here twice. */
  readonly scopes: readonly DeclaredScope[]
  /** Every name that some file declares, also where the declaration itself is wrong; absent if a file could not be read. */
  readonly scopeNames?: ReadonlySet<string>
  readonly rules: readonly DeclaredRule[]
  readonly hostOptions: readonly HostOptions[]
  /** Host patterns of the services that name none. */
  readonly defaultHosts: readonly string[]
  readonly conventions: Conventions
}

/** What of a map an environment must be fit for: every map has it, and every release. */
export interface MapDemands {
  readonly services: readonly Pick<DeclaredService, 'name'>[]
  readonly scopes: readonly Pick<DeclaredScope, 'senderConstraint' | 'sensitivity' | 'at'>[]
  /** Absent where nobody knows all of them. */
  readonly scopeNames?: ReadonlySet<string>
  readonly rules: readonly Pick<
    DeclaredRule,
    'senderConstraint' | 'introspection' | 'revocation' | 'clients' | 'actors' | 'at'
  >[]
}

/** The graph that the scopes declare. */
export const implicationsOf = (scopes: readonly DeclaredScope[]): Implications =>
  new Map(scopes.map(({ name, implies }) => [name, implies.map(({ text }) => text)]))
