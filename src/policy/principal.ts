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

/** What an issuer's tokens may say besides, and what marks can name (`policy/mark.ts`). */
export interface FurtherNames {
  /** `sid`, or what the issuer calls it: the login that the token comes from. */
  readonly session?: string
  /** What the person granted the client, of which this token is one. */
  readonly grant?: string
  readonly tenant?: string
  readonly device?: string
  /** Verified, its domain in lower case. */
  readonly email?: string
  /** The person, where what others call them is not the `sub` that this API's tokens have. */
  readonly user?: string
}

export interface PrincipalFacts extends FurtherNames {
  readonly issuer: string
  /** Of the token: SHA-256, base64url, of what its signature covers, or of all of it where it is no JWS. Several signatures may fit one content. */
  readonly fingerprint: string
  readonly subject?: string
  readonly client?: string
  /** Scopes as the token grants them, prefix stripped, before implication. */
  readonly scopes: ReadonlySet<ScopeToken>
  readonly issuedAt?: EpochSeconds
  /** Absent: its authorization server does not say. */
  readonly expiresAt?: EpochSeconds
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

/** Its domain in lower case (RFC 5321 section 2.4): what tokens and events call the same person must be the same text. */
export function canonicalEmail(address: string): string {
  const at = address.lastIndexOf('@') + 1
  return address.slice(0, at) + address.slice(at).toLowerCase()
}
