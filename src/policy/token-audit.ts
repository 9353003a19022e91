/** Which tokens were seen at the gate, as it is remembered and as it is told. Nothing here is a token. Plain data: it crosses the wire as it is here. */
import type { EpochSeconds } from './result.ts'

/** What becomes of a token's subject before it leaves the isolate. `hashed`: SHA-256, so that whoever knows a subject finds it, and nobody reads it off. */
export const SUBJECT_TREATMENTS = ['hashed', 'plain', 'omitted'] as const
export type SubjectTreatment = (typeof SUBJECT_TREATMENTS)[number]

export interface TokenAuditPolicy {
  readonly subjects: SubjectTreatment
}

/** A verified token, and when it was used. */
export interface TokenSighting {
  /** As in `Principal`. */
  readonly fingerprint: string
  readonly issuer: string
  readonly client?: string
  /** As the environment has it: see `SubjectTreatment`. */
  readonly subject?: string
  /** As granted, before implication, in the order of their names. */
  readonly scopes: readonly string[]
  /** How many further scopes there were, where they were too many to keep. */
  readonly furtherScopes?: number
  readonly issuedAt?: EpochSeconds
  /** Absent: it has no end that is known. */
  readonly expiresAt?: EpochSeconds
  readonly lifetimeSeconds?: number
  /** What it is bound to; a bearer token to nothing. */
  readonly bound: readonly ('dpop' | 'mtls')[]
  readonly acr: readonly string[]
  readonly firstSeen: EpochSeconds
  readonly lastSeen: EpochSeconds
  /** Requests, as isolates counted them and got them through: how busy it is, not an exact number. */
  readonly uses: number
}

/** What an isolate tells at once. */
export interface SightingReport {
  readonly sightings: readonly TokenSighting[]
  /** Reports of a token that did not get through since the last one that did. */
  readonly missed: number
}

/** What it is told in turn: of which tokens it need not report any (`audit/sampling.ts`). */
export interface ReportReceipt {
  readonly level: number
}

export const TOKEN_GROUPS = ['client', 'subject', 'scope'] as const
export type TokenGrouping = (typeof TOKEN_GROUPS)[number]

/** `remaining`: the latest expiry first. `age`: the oldest first. `seen`: the last one first. */
export const TOKEN_ORDERS = ['remaining', 'lifetime', 'age', 'uses', 'seen'] as const
export type TokenOrder = (typeof TOKEN_ORDERS)[number]

export interface TokenQuery {
  /** Absent: token by token. */
  readonly by?: TokenGrouping
  readonly sort: TokenOrder
  readonly client?: string
  /** As it is remembered, that is hashed where the environment hashes. */
  readonly subject?: string
  /** One or more, with spaces between: only tokens with all of them. */
  readonly scope?: string
  readonly issuer?: string
  /** Only tokens that live longer, in seconds; one that does not say since when, counts from where it was seen first. */
  readonly lifetimeOver?: number
  /** Only tokens that are older, in seconds; counted likewise. */
  readonly olderThan?: number
  /** Expired ones too. */
  readonly expired: boolean
  readonly limit: number
  readonly offset: number
}

/** Tokens that have the name in common. */
export interface TokenGroup {
  /** Absent with scopes, which are the map's own. */
  readonly issuer?: string
  /** `null`: those that have none, or none that is remembered. */
  readonly name: string | null
  /** How many are remembered, and for how many these stand. */
  readonly kept: number
  readonly estimated: number
  /** Both absent where a token has no end that is known. */
  readonly longestLifetime?: number
  readonly latestExpiry?: EpochSeconds
  readonly oldest: EpochSeconds
  readonly lastSeen: EpochSeconds
  readonly uses: number
  /** Of any of them, in the order of their names; not with scopes. */
  readonly scopes?: readonly string[]
}

/** Tokens last seen from then on, until the next of these: one in so many is remembered, chosen by fingerprint alone. The first begins at 0. */
export interface SamplingRate {
  readonly from: EpochSeconds
  readonly oneIn: number
}

export interface TokenAnswer {
  readonly at: EpochSeconds
  readonly sampling: readonly SamplingRate[]
  /** Reports of isolates that did not get through in the last days. */
  readonly missed: number
  /** Of all that the question fits, on this page or not: how many are remembered, and for how many these stand. */
  readonly kept: number
  readonly estimated: number
  /** One of the two. */
  readonly tokens?: readonly TokenSighting[]
  readonly groups?: readonly TokenGroup[]
  /** `offset` of the next page, where there is one. */
  readonly next?: number
}
