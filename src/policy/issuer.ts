/** One authorization server whose access tokens are accepted, and how. A trust anchor like the environment that it belongs to. */
import type { Algorithm } from './algorithm.ts'
import type { FurtherNames } from './principal.ts'
import type { NonEmpty } from './result.ts'

/** Where an issuer's keys are found. `oidc`: OpenID Connect Discovery 1.0; `oauth`: RFC 8414; `jwks`: this very address. */
export type KeySource =
  | { readonly kind: 'oidc' }
  | { readonly kind: 'oauth' }
  | { readonly kind: 'jwks'; readonly uri: string }

/** A claim's place: one name, or the names from the top inwards. Names are literal: a dot or a URL in one is just text. */
export type ClaimPath = NonEmpty<string>

/** One claim that grants scopes. Scopes without `prefix` grant nothing; those with it lose it. */
export interface ScopeClaim {
  readonly path: ClaimPath
  /** `string`: one string split on U+0020. `array`: an array of strings. `either`: whichever the issuer sends. */
  readonly format: 'string' | 'array' | 'either'
  readonly prefix?: string
}

/** A top-level claim that this issuer puts into access tokens and never into ID tokens; with `equals`, with one of these values. */
export interface DistinguishingClaim {
  readonly claim: string
  readonly equals?: NonEmpty<string>
}

/** What the `typ` header must say. Strict is RFC 9068: `at+jwt`. The exception is named, reasoned and cannot pass an ID token. */
export type TokenType =
  | { readonly kind: 'at+jwt' }
  | {
      readonly kind: 'legacy'
      /** Accepted besides `at+jwt`; `none` is a header without `typ`. */
      readonly accept: NonEmpty<'JWT' | 'none'>
      /** Any one of them is enough. */
      readonly distinguishedBy: NonEmpty<DistinguishingClaim>
      readonly reason: string
    }

/** How the gate shows the authorization server who asks. `secret` names a secret binding; `binding` an mTLS certificate binding. */
export type ClientAuthentication =
  | { readonly kind: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt'; readonly secret: string }
  | { readonly kind: 'tls_client_auth'; readonly binding: string }

/** RFC 7662: the authorization server is asked what a token is. */
export interface Introspection {
  readonly endpoint: string
  readonly clientId: string
  readonly authentication: ClientAuthentication
  /** `jwt`: RFC 9701, and nothing else is accepted. */
  readonly response: 'json' | 'jwt'
  /** Tokens that begin with this are this issuer's; without it, all that are no JWT. */
  readonly tokenPrefix?: string
  /** How long an answer serves; never past the token's own end. 0: the server is asked on each request. */
  readonly cacheSeconds: number
  readonly negativeCacheSeconds: number
}

/** Token Status List (draft-ietf-oauth-status-list). */
export interface StatusListPolicy {
  /** Addresses that lists may be at: whole ones, or prefixes that end in `/`. */
  readonly uris: NonEmpty<string>
  /** Whether a token without a status is refused. */
  readonly isRequired: boolean
  readonly minTtlSeconds: number
  readonly maxTtlSeconds: number
  /** `untilExpiry`: the last good list serves until its own end, and for `maxStaleSeconds` from when it was fetched at most. */
  readonly whenUnreachable: 'refuse' | 'untilExpiry'
  readonly maxStaleSeconds: number
}

export interface Issuer {
  /** Compared with `iss` code point by code point; a trailing slash is significant. */
  readonly issuer: string
  readonly keys: KeySource
  /** Allow-list; a key without an `alg` of its own is bound to the first entry that fits its type. */
  readonly algorithms: NonEmpty<Algorithm>
  /** The audience claim of a token must contain one of these, exactly, or one of a service's own. */
  readonly audiences: NonEmpty<string>
  /** `aud`, save for issuers whose access tokens have none. */
  readonly audienceClaim: string
  readonly type: TokenType
  /** Every claim that grants scopes; their grants are joined. */
  readonly scopes: NonEmpty<ScopeClaim>
  /** Claims that may name the client, first present wins. */
  readonly client: NonEmpty<string>
  /** Comes before the names of clients and actors: each is unique to its issuer alone (RFC 6749 section 2.2). */
  readonly clientPrefix?: string
  /** The claims that name what marks can name. Absent: its tokens do not say. `email` counts where `email_verified` is true. */
  readonly identifiers: Readonly<Partial<Record<keyof FurtherNames, string>>>
  /** The claim with the authentication context class: a string, or a list of all that are met. */
  readonly acrClaim: string
  /** Where `amr` holds objects, the member that names the method. */
  readonly amrMember?: string
  /** Absent: tokens are JWTs and judged here. */
  readonly introspection?: Introspection
  readonly statusList?: StatusListPolicy
  /** Since `iat`. */
  readonly maxTokenAgeSeconds?: number
  /** From `iat` to `exp`. */
  readonly maxLifetimeSeconds?: number
  /** Whether tokens that are bound to nothing are refused, and whether each DPoP proof serves once. */
  readonly requiresSenderConstraint: boolean
  readonly singleUseProofs: boolean
  /** How far clocks may disagree, for `exp`, `nbf` and `iat`. */
  readonly clockLeewaySeconds: number
  /** How long a key set may be used without a successful refresh. */
  readonly keysMaxStaleSeconds: number
}
