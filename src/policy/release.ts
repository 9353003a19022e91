/**
 * The release: a compiled map, immutable and named by the SHA-256 of its canonical JSON. Same source, same bytes.
 * It carries services, scopes and rules, and never a trust anchor.
 */
import { canonicalJson } from './canonical-json.ts'
import type { RuleMethod } from './method.ts'
import type { Mode } from './mode.ts'
import type { SenderConstraint } from './rule.ts'

/** The format this code writes and the only one it reads. */
export const RELEASE_FORMAT = 1

/** About 38,000 rules. An isolate has 128 MB for two releases, the one that serves and the one that takes over or is tried beside it, and for all its requests. */
export const MAX_RELEASE_CHARACTERS = 5 * 1024 * 1024

export const SENSITIVITIES = ['low', 'medium', 'high', 'critical'] as const
export type Sensitivity = (typeof SENSITIVITIES)[number]

export const isSensitivity = (value: unknown): value is Sensitivity => SENSITIVITIES.some((known) => known === value)

/** What a host may relax of the canonical path (docs/semantics.md section 3 still holds for the rest). */
export const RELAXATIONS = ['encodedSlash', 'encodedPercent', 'semicolon'] as const
export type Relaxation = (typeof RELAXATIONS)[number]

export const isRelaxation = (text: string): text is Relaxation => RELAXATIONS.some((known) => known === text)

/** RFC 9470: `acr` in order of preference; groups of `amr`, of which one is enough; at least one of the members. */
export interface StepUpEntry {
  readonly acr?: readonly string[]
  readonly amr?: readonly (readonly string[])[]
  readonly maxAgeSeconds?: number
}

/** What scopes and rules can ask besides scopes (clause 1.3). */
export interface ConditionsEntry {
  readonly stepUp?: StepUpEntry
  readonly maxTokenAgeSeconds?: number
  readonly maxLifetimeSeconds?: number
  readonly senderConstraint?: SenderConstraint
}

/** RFC 9396: what one object of `authorization_details` must hold. */
export interface DetailEntry {
  readonly type: string
  readonly actions?: readonly string[]
  readonly datatypes?: readonly string[]
  readonly privileges?: readonly string[]
  /** JSON pointer -> text or `{parameter}`. */
  readonly match?: Readonly<Record<string, string>>
}

/** Dates are `YYYY-MM-DD`, UTC. */
export interface DeprecationEntry {
  readonly since: string
  readonly sunset?: string
  readonly replacedBy?: readonly string[]
  readonly link?: string
}

export interface ScopeEntry extends ConditionsEntry {
  readonly service: string
  readonly owner: string
  readonly reason: string
  readonly sensitivity: Sensitivity
  /** Transitive closure, without the scope itself, ascending. Absent when empty. */
  readonly implies?: readonly string[]
  readonly deprecated?: DeprecationEntry
  readonly review?: string
}

export interface ServiceEntry {
  readonly owner: string
  readonly description: string
}

/** What a rule asks: public or authenticated, each with a reason, or alternatives in canonical order (clause 1.2). Exactly one of the three. */
export interface RuleEntry extends ConditionsEntry {
  readonly service: string
  /** Exact name or `*.name`, lower case. */
  readonly host: string
  readonly method: RuleMethod
  /** The template with its base path; literals in canonical percent-encoding. */
  readonly path: string
  readonly public?: string
  readonly authenticated?: string
  readonly anyOf?: readonly (readonly string[])[]
  /** Ascending. */
  readonly clients?: readonly string[]
  /** Ascending; empty: nobody may act for the subject. */
  readonly actors?: readonly string[]
  readonly authorizationDetails?: readonly DetailEntry[]
  readonly introspection?: 'always'
  readonly revocation?: 'strict'
  readonly mode?: Mode
  readonly upgrade?: 'websocket'
}

/** The document whose canonical JSON is the release. `rules` ascend by host, path, method; names are object keys. */
export interface ReleaseDocument {
  readonly format: typeof RELEASE_FORMAT
  readonly services: Readonly<Record<string, ServiceEntry>>
  readonly scopes: Readonly<Record<string, ScopeEntry>>
  /** Only hosts that relax something. Keys are host patterns. */
  readonly hosts: Readonly<Record<string, { readonly allow: readonly Relaxation[] }>>
  readonly rules: readonly RuleEntry[]
}

/** Canonical JSON; whoever makes the document has put the members of its lists in the canonical order. */
export const encodeRelease = (document: ReleaseDocument): string => canonicalJson(document)
