/**
 * The trust anchors of one deployment. They travel with the Worker and never with a release: whoever can write KV can
 * neither add an issuer nor redirect traffic. `source/` makes these values from `gateway.yaml`; nothing else does.
 */

import type { AccessPolicy } from './access.ts'
import type { Algorithm } from './algorithm.ts'
import type { ConsolePolicy } from './console-policy.ts'
import type { IncidentPolicy } from './incident.ts'
import type { Issuer } from './issuer.ts'
import type { Mode } from './mode.ts'
import type { EpochSeconds, NonEmpty } from './result.ts'
import type { RevocationPolicy } from './revocation-policy.ts'
import type { SecretName } from './secret-name.ts'
import type { TokenAuditPolicy } from './token-audit.ts'

/** Where allowed requests go. `zone`: to the zone's own origin behind the route, on the host that was asked for. */
export type Upstream =
  /** Scheme and port of `resource`; the port with its colon, empty for the scheme's own. */
  | { readonly kind: 'zone'; readonly scheme: 'http' | 'https'; readonly port: string }
  | { readonly kind: 'origin'; readonly url: string }

/** Who answers preflights and sets CORS headers. `origin`: preflights are passed on, stripped; the gate's own refusals stay readable to `origins`. */
export interface Cors {
  readonly owner: 'edge' | 'origin'
  /** Browser origins, compared exactly. */
  readonly origins: NonEmpty<string>
  readonly maxAgeSeconds: number
}

/** A resource of its own behind the same Worker: what its clients call it, and what `aud` says of its tokens (RFC 8707, RFC 9728). */
export interface Resource {
  readonly resource: string
  readonly audiences: NonEmpty<string>
}

/** RFC 9449. Absent from an environment, DPoP is a scheme like any unknown one. */
export interface DpopPolicy {
  readonly algorithms: NonEmpty<Algorithm>
  /** How old a proof may be, and how far in the future. */
  readonly maxAgeSeconds: number
  readonly futureLeewaySeconds: number
  /** Nonces are handed out, and proofs without one refused, where there is a secret to make them with. */
  readonly nonceSecret?: SecretName
  /** `always`: each proof serves once. `asked`: where a rule, a scope or an issuer says so. */
  readonly singleUse: 'always' | 'asked'
  /** Scheme, host and port that clients use, where something in front of the Worker changes them. */
  readonly externalOrigin?: string
}

/** RFC 8705. Absent from an environment, certificate-bound tokens are refused. */
export interface MutualTlsPolicy {
  /** Beyond the RFC: the certificate's chain must have been verified and not revoked. */
  readonly requiresVerifiedChain: boolean
}

/** RFC 9421: proof for the origin that the gate let a request in. The first key signs; the public ones are all published. */
export interface OriginSignature {
  readonly keys: NonEmpty<{
    readonly id: string
    readonly algorithm: 'ed25519' | 'hmac-sha256'
    readonly secret: SecretName
  }>
  readonly lifetimeSeconds: number
}

/** A key that may sign releases (Ed25519, RFC 8032). It stands in the Worker's bundle, never in KV. */
export interface ReleaseKey {
  readonly id: string
  /** The 32 octets of the point, base64url. */
  readonly publicKey: string
  /** The first and the last second in which its signatures are believed. */
  readonly notBefore?: EpochSeconds
  readonly notAfter?: EpochSeconds
}

/** Whose signatures make a pointer believable. Absent from an environment, whoever can write KV decides what is live. */
export interface ReleaseSigning {
  /** Ids and keys differ. Several at once are an overlap, for rotation. */
  readonly keys: NonEmpty<ReleaseKey>
  /** How long a signature is good, unless whoever publishes says less or more. */
  readonly validitySeconds: number
}

/** Who opens the admin API besides or instead of those whose tokens open the API. */
export interface AdminPolicy {
  /** Whose tokens open it, and nothing else: absent, those of the environment's `issuers` do. */
  readonly issuers?: NonEmpty<Issuer>
  /** Whom Cloudflare Access has let in. */
  readonly access?: AccessPolicy
}

export interface Environment {
  readonly name: string
  /** RFC 9728 resource identifier, byte for byte as configured. */
  readonly resource: string
  /** By service: those that are resources of their own. */
  readonly services: Readonly<Record<string, Resource>>
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
  readonly dpop?: DpopPolicy
  readonly mutualTls?: MutualTlsPolicy
  readonly originSignature?: OriginSignature
  readonly releaseSigning?: ReleaseSigning
  /** Absent: nothing is ever revoked at this gate, as `gateway.yaml` says in so many words. */
  readonly revocation?: RevocationPolicy
  /** Whether what is live here may only be changed by whoever names the digest that is meant. */
  readonly isProtected?: true
  /** The deployments beside this one, as `gateway.yaml` has them: written by `build`, for the overview alone. */
  readonly siblings?: readonly { readonly name: string; readonly resource: string }[]
  readonly admin?: AdminPolicy
  /** How people sign in to the console; absent, it is off. */
  readonly console?: ConsolePolicy
  /** Absent: no token that was seen is remembered. */
  readonly tokenAudit?: TokenAuditPolicy
  /** Absent: nothing is an incident here. */
  readonly incidents?: IncidentPolicy
  /** An `access_token` in the query never authenticates. `ignore`: OAuth 2.1; `reject`: 400 where it is there. */
  readonly queryToken: 'ignore' | 'reject'
  /** FAPI: `x-fapi-interaction-id` of the request is answered, or one is made. */
  readonly echoesInteractionId: boolean
  readonly limits: Limits
}

/** Sizes in bytes past which a request is refused before any work is spent on it. */
export interface Limits {
  readonly pathBytes: number
  readonly tokenBytes: number
}
