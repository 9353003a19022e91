/** What is revoked, in which way and for how long. Plain data: it crosses the wire and lies in storage as it is here. */
import type { EpochSeconds, NonEmpty } from './result.ts'
import type { ScopeToken } from './scope.ts'

/** What a token says of itself that a mark can name, besides the token and its issuer. `jti` and `sid` as in JWTs; the others are the issuer's own claims. */
export const MARKED_CLAIMS = [
  'jti',
  'subject',
  'client',
  'session',
  'grant',
  'tenant',
  'device',
  'email',
  'user',
] as const
export type MarkedClaim = (typeof MARKED_CLAIMS)[number]

/** Whom or what a mark is about. Every name but a token's is unique to its issuer alone. */
export type MarkTarget =
  /** `value`: the fingerprint of a token (`Principal`). */
  | { readonly kind: 'token'; readonly value: string }
  | { readonly kind: MarkedClaim; readonly issuer: string; readonly value: string }
  | { readonly kind: 'issuer'; readonly issuer: string }
  /** A kill switch. `client`: for this one alone, by the name that principals have. */
  | { readonly kind: 'scope'; readonly scope: ScopeToken; readonly client?: string }

export type TargetKind = MarkTarget['kind']

/** Further names of the same token, of a complex subject (SSF 1.0 section 3.5): each holds where the token does not have it, or has this very value. */
export type Matching = Readonly<Partial<Record<MarkedClaim, string>>>

interface OnTokens {
  /** Tokens issued up to and in this second, and those that do not say when. Absent: whenever issued. */
  readonly issuedUntil?: EpochSeconds
  readonly matching?: Matching
}

/** What a mark does. An effect of a kind that this code does not know is one that revokes. */
export type Effect =
  /** `holding`: only tokens that one of these scopes is granted to. */
  | ({ readonly kind: 'revoke'; readonly holding?: NonEmpty<ScopeToken> } & OnTokens)
  /** The person must have authenticated after this second, where it is there, and with one of these context classes, where they are. */
  | ({
      readonly kind: 'step-up'
      readonly authenticatedAfter?: EpochSeconds
      readonly acr?: NonEmpty<string>
    } & OnTokens)
  /** Of kill switches: the scope neither grants nor is granted. */
  | { readonly kind: 'suspend' }

/** Which entry of the log it was, and what kind of target that is about; never whose. */
export interface MarkReference {
  readonly target: TargetKind
  readonly entry: number
}

/** An effect that holds, and until when: from that second on it does not. Absent: until it is undone. */
export interface ActiveEffect {
  readonly effect: Effect
  readonly expires?: EpochSeconds
  /** The number of the log's entry that it comes from. */
  readonly entry: number
}
