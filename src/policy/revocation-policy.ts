/** How an environment follows and feeds its revocation log. A trust anchor like the environment that it belongs to. */
import type { Algorithm } from './algorithm.ts'
import type { MarkTarget } from './mark.ts'
import type { EpochSeconds, NonEmpty } from './result.ts'
import type { ScopeToken } from './scope.ts'

/** What happens while nobody can say whether something was revoked since `maxStaleSeconds`. */
export const STALE_STANCES = ['serve', 'refuse-critical', 'refuse'] as const
export type StaleStance = (typeof STALE_STANCES)[number]

export interface RevocationPolicy {
  /** Age of the mirror after which it is brought up to date in the background. */
  readonly pollSeconds: number
  /** Age of the mirror after which a request waits for that, for a bounded time. */
  readonly maxAgeSeconds: number
  /** Age of the mirror from which on the stance applies. */
  readonly maxStaleSeconds: number
  readonly whenStale: StaleStance
  readonly senders: readonly EventSender[]
  /** Role -> scopes that tokens hold on its account, by the issuer of these tokens. None: the role has nothing to do with this API. */
  readonly roles: Readonly<Record<string, Readonly<Record<string, readonly ScopeToken[]>>>>
}

/** Somebody who may tell that a user, a session or a device is not what it was. */
export type EventSender = SignalTransmitter | EventHook

export const SENDER_KINDS = ['ssf', 'auth0', 'okta', 'keycloak', 'scim'] as const

interface Sender {
  /** Its part of the address `/_scopewall/events/<name>`. */
  readonly name: string
  /** The issuer of the access tokens that its events are about. */
  readonly issuer: string
  /** What its events call people is this name of theirs; absent: it is `sub`. */
  readonly knownAs?: 'user'
}

/** Shared Signals (SSF 1.0, push delivery by RFC 8935). */
export interface SignalTransmitter extends Sender {
  readonly kind: 'ssf'
  /** `iss` of its security event tokens. */
  readonly transmitter: string
  readonly audiences: NonEmpty<string>
  /** The address of its key set; absent: its configuration document says where (SSF 1.0 section 7). */
  readonly keys?: string
  readonly algorithms: NonEmpty<Algorithm>
  /** The secret that holds the whole value of the Authorization header that the transmitter was told to send. */
  readonly authorization?: string
  readonly streamId?: string
  /** Authentication context classes that are asked for after `assurance-level-change` and `risk-level-change`, by the new level. */
  readonly acr: Readonly<Record<string, NonEmpty<string>>>
  readonly whenRiskIsHigh: 'step-up' | 'revoke'
  /** Google's older spelling of subjects. */
  readonly acceptsSubjectType: boolean
}

/** An identity provider that speaks no Shared Signals. `secret` names what its events are verified with. */
export type EventHook = Sender & { readonly secret: string } & (
    | { readonly kind: 'auth0' | 'keycloak' }
    /** Which name of a user is the `sub` of access tokens. */
    | { readonly kind: 'okta'; readonly subject: OktaSubject }
    | { readonly kind: 'scim'; readonly subject: ScimSubject }
  )

/** `login`: what people sign in with, which Okta's own access tokens have; `id`: Okta's identifier of the user. */
export const OKTA_SUBJECTS = ['login', 'id'] as const
export type OktaSubject = (typeof OKTA_SUBJECTS)[number]

/** Attributes of a SCIM user (RFC 7643 sections 3.1 and 4.1.1). */
export const SCIM_SUBJECTS = ['userName', 'externalId'] as const
export type ScimSubject = (typeof SCIM_SUBJECTS)[number]

/**
 * When a mark on tokens that exist at `now` may go: no token of theirs lives longer. Undefined, and the mark stays until it is undone, where some issuer
 * that it may be about sets no `maxLifetime`, or where it is a kill switch.
 */
export function markExpiry(
  target: MarkTarget,
  issuers: readonly {
    readonly issuer: string
    readonly maxLifetimeSeconds?: number
    readonly clockLeewaySeconds: number
  }[],
  now: EpochSeconds,
): EpochSeconds | undefined {
  if (target.kind === 'scope') return undefined
  const concerned = 'issuer' in target ? issuers.filter(({ issuer }) => issuer === target.issuer) : issuers
  const longest = concerned.reduce(
    (most, { maxLifetimeSeconds = Number.POSITIVE_INFINITY, clockLeewaySeconds }) =>
      Math.max(most, maxLifetimeSeconds + 2 * clockLeewaySeconds),
    concerned.length === 0 ? Number.POSITIVE_INFINITY : 0,
  )
  return Number.isFinite(longest) ? ((now + Math.ceil(longest)) as EpochSeconds) : undefined
}
