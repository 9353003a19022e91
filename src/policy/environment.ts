/**
 * The trust anchors of one deployment. They travel with the Worker and never with a release: whoever can write KV can
 * neither add an issuer nor redirect traffic. `source/` makes these values from `gateway.yaml`; nothing else does.
 */
import type { NonEmpty } from './result.ts'

/** `enforce` refuses; `observe` lets through what fails on scope grounds alone and records it. */
export type Mode = 'enforce' | 'observe'

/** Signature algorithms that an issuer may be allowed (RFC 7518 section 3, RFC 8037, RFC 9864). Asymmetric only. */
export const ALGORITHMS = [
  'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519',
] as const // biome-ignore format: one line reads as the list it is
export type Algorithm = (typeof ALGORITHMS)[number]

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

/** What the `typ` header must say. Strict is RFC 9068: `at+jwt`. The exception is named, reasoned and cannot pass an ID token. */
export type TokenType =
  | { readonly kind: 'at+jwt' }
  | {
      readonly kind: 'legacy'
      /** Accepted besides `at+jwt`; `none` is a header without `typ`. */
      readonly accept: NonEmpty<'JWT' | 'none'>
      /** A top-level claim that this issuer puts into access tokens and never into ID tokens. */
      readonly distinguishedBy: string
      readonly reason: string
    }

/** One authorization server whose access tokens are accepted. */
export interface Issuer {
  /** Compared with `iss` code point by code point; a trailing slash is significant. */
  readonly issuer: string
  readonly keys: KeySource
  /** Allow-list; a key without an `alg` of its own is bound to the first entry that fits its type. */
  readonly algorithms: NonEmpty<Algorithm>
  /** A token's `aud` must contain one of these, exactly. */
  readonly audiences: NonEmpty<string>
  readonly type: TokenType
  /** Every claim that grants scopes; their grants are joined. */
  readonly scopes: NonEmpty<ScopeClaim>
  /** Claims that may name the client, first present wins. */
  readonly client: NonEmpty<string>
  /** How far clocks may disagree, for `exp`, `nbf` and `iat`. */
  readonly clockLeewaySeconds: number
  /** How long a key set may be used without a successful refresh. */
  readonly keysMaxStaleSeconds: number
}

/** Where allowed requests go. `zone`: to the zone's own origin behind the route, on the host that was asked for. */
export type Upstream =
  /** Scheme and port of `resource`; the port with its colon, empty for the scheme's own. */
  | { readonly kind: 'zone'; readonly scheme: 'http' | 'https'; readonly port: string }
  | { readonly kind: 'origin'; readonly url: string }

/** Browser origins that may read the gate's own answers; each is compared exactly. */
export interface Cors {
  readonly origins: NonEmpty<string>
  readonly maxAgeSeconds: number
}

export interface Environment {
  readonly name: string
  /** RFC 9728 resource identifier, byte for byte as configured. */
  readonly resource: string
  readonly issuers: NonEmpty<Issuer>
  readonly upstream: Upstream
  /** A host that this environment answers on -> the host that the map speaks of. Hosts not listed stand for themselves. */
  readonly hostAliases: Readonly<Record<string, string>>
  readonly mode: Mode
  /** Clients that are observed where the rule and its service say nothing else. */
  readonly observeClients: readonly string[]
  /** What a cold isolate does when KV cannot be read: serve the bundled release, or refuse with 503. */
  readonly coldStart: 'bundled' | 'strict'
  /** Age of the pointer after which it is refreshed in the background. At least 30, KV's own minimum. */
  readonly refreshSeconds: number
  /** Age of the pointer after which a request waits for the refresh before it is judged. */
  readonly maxAgeSeconds: number
  readonly cors?: Cors
  readonly limits: Limits
}

/** Sizes in bytes past which a request is refused before any work is spent on it. */
export interface Limits {
  readonly pathBytes: number
  readonly tokenBytes: number
}
