/**
 * Recorded usage: requests that were judged alike, counted (docs/usage.md). What is on record is enough to judge them again by another map, and no more: no path that a
 * client sent, no subject, no claim but who calls. Who writes it and who reads it meet here.
 */
import type { DenialCode } from './denial.ts'
import type { Method } from './method.ts'

export const USAGE_FORMAT = 1

/** Upper bounds of the classes that ages and lifetimes are counted in, in seconds. */
export const AGE_BOUNDS = [60, 300, 600, 900, 1800, 3600, 14_400, 43_200, 86_400, 604_800] as const

/** At most that many seconds, and more than the bound before it; or longer than all of them. */
export type AgeClass = (typeof AGE_BOUNDS)[number] | 'longer'

export const ageClassOf = (seconds: number): AgeClass => AGE_BOUNDS.find((bound) => seconds <= bound) ?? 'longer'

/** One line of a usage file. */
export interface UsageRow {
  readonly format: typeof USAGE_FORMAT
  readonly environment: string
  /** SHA-256 of the release that judged. */
  readonly release: string
  /** The window that was counted: ISO 8601, UTC. */
  readonly from: string
  readonly to: string
  /** As the map speaks of it: lower case, aliases resolved. */
  readonly host: string
  readonly method: Method
  /** The template that decided; parameters whose segment is a literal of another template in that place are that literal. `null`: none decided. */
  readonly path: string | null
  readonly upgrade?: true
  /** `rejected`: there was a token, and it was not valid. The members below are those of a verified one. */
  readonly credential: 'none' | 'rejected' | 'verified'
  readonly client?: string
  readonly scopes?: readonly string[]
  readonly acr?: readonly string[]
  readonly amr?: readonly string[]
  /** Since the authentication, since the token was issued, from issue to expiry; absent where the token does not say. */
  readonly authAge?: AgeClass
  readonly tokenAge?: AgeClass
  readonly lifetime?: AgeClass
  readonly bound?: readonly ('dpop' | 'mtls')[]
  /** Who acts for the subject; `null`: somebody without a name. */
  readonly actor?: string | null
  /** Whether the audience was that of the services without one of their own, and which others it was. */
  readonly forDefault?: boolean
  readonly forServices?: readonly string[]
  /** Where the rule asks for authorization details: whether they were met. */
  readonly details?: 'met' | 'unmet'
  readonly outcome: 'allow' | 'observe' | DenialCode
  readonly count: number
}
