/** A verified caller. A `Principal` that exists has been checked: only `token/` makes one, after the signature and every claim. */
import type { Brand, EpochSeconds } from './result.ts'
import type { ScopeToken } from './scope.ts'

/** How the person behind the token authenticated (RFC 9068 section 2.2.1). */
export interface Authentication {
  readonly at?: EpochSeconds
  /** The context classes that it meets: one, save for issuers that list several. */
  readonly acrs: readonly string[]
  readonly amr: readonly string[]
}

/** What a token is bound to: RFC 7638 thumbprint of a DPoP key, RFC 8705 thumbprint of a certificate. At least one. Proven for this request. */
export interface Confirmation {
  readonly keyThumbprint?: string
  readonly certificateThumbprint?: string
}

/** One object of `authorization_details` (RFC 9396 section 2); all other members are of the type's own making. */
export interface AuthorizationDetail {
  readonly type: string
  readonly [member: string]: unknown
}

/** Who acts for the subject: the outermost `act` (RFC 8693 section 4.1). Without a name it is nobody in particular. */
export interface Actor {
  readonly name?: string
}

export interface PrincipalFacts {
  readonly issuer: string
  readonly subject?: string
  readonly client?: string
  /** Scopes as the token grants them, prefix stripped, before implication. */
  readonly scopes: ReadonlySet<ScopeToken>
  readonly issuedAt?: EpochSeconds
  readonly expiresAt: EpochSeconds
  /** From `iat` to `exp`, where both are known. */
  readonly lifetimeSeconds?: number
  readonly tokenId?: string
  readonly authentication: Authentication
  /** Whether the audience is that of the services without one of their own. */
  readonly isForDefault: boolean
  /** The services with an audience of their own that the token is for (RFC 8707). */
  readonly services: ReadonlySet<string>
  readonly confirmation?: Confirmation
  readonly actor?: Actor
  readonly authorizationDetails: readonly AuthorizationDetail[]
}

export type Principal = Brand<PrincipalFacts, 'Principal'>

/** The only constructor. Called by `token/verify.ts` once everything holds, and by tests of the judgement. */
export const verifiedPrincipal = (facts: PrincipalFacts): Principal => facts as Principal
