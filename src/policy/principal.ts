/** A verified caller. A `Principal` that exists has been checked: only `token/` makes one, after the signature and every claim. */
import type { Brand, EpochSeconds } from './result.ts'
import type { ScopeToken } from './scope.ts'

/** How the person behind the token authenticated (RFC 9068 section 2.2.1). */
export interface Authentication {
  readonly at?: EpochSeconds
  readonly acr?: string
  readonly amr: readonly string[]
}

export interface PrincipalFacts {
  readonly issuer: string
  readonly subject?: string
  readonly client?: string
  /** Scopes as the token grants them, prefix stripped, before implication. */
  readonly scopes: ReadonlySet<ScopeToken>
  readonly issuedAt?: EpochSeconds
  readonly expiresAt: EpochSeconds
  readonly tokenId?: string
  readonly authentication: Authentication
}

export type Principal = Brand<PrincipalFacts, 'Principal'>

/** The only constructor. Called by `token/verify.ts` once everything holds, and by tests of the judgement. */
export const verifiedPrincipal = (facts: PrincipalFacts): Principal => facts as Principal
