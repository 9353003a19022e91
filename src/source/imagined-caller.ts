/**
 * A caller as somebody describes one, instead of a token that was verified: for explanations and for policy tests. It lives in this room because
 * nothing of this room is ever part of the Worker.
 */
import type { Evidence } from '../policy/decision.ts'
import type { TokenFault } from '../policy/denial.ts'
import type { Environment } from '../policy/environment.ts'
import type { Issuer } from '../policy/issuer.ts'
import { type AuthorizationDetail, type Confirmation, verifiedPrincipal } from '../policy/principal.ts'
import type { EpochSeconds } from '../policy/result.ts'
import type { ScopeToken } from '../policy/scope.ts'

/** What a token can be bound to. */
export type Binding = 'dpop' | 'mtls'

export interface ImaginedCaller {
  readonly scopes: ReadonlySet<ScopeToken>
  readonly client?: string
  readonly actor?: string
  readonly acrs: readonly string[]
  readonly amr: readonly string[]
  /** Since the authentication; left out: the token does not say when that was. */
  readonly authAgeSeconds?: number
  /** Since the token was issued; left out: this very second. */
  readonly tokenAgeSeconds?: number
  /** From issue to expiry; left out: an hour, or as long as the issuer's tokens may live; at least the token's age. */
  readonly lifetimeSeconds?: number
  readonly bound: readonly Binding[]
  readonly authorizationDetails: readonly AuthorizationDetail[]
}

const USUAL_LIFETIME_SECONDS = 3600

/**
 * The token that the caller would show. It is for every service: which audience a token has is what the token says. Where an environment is given, the
 * token is of its first issuer, and rejected where the gate would reject such a one; possession is taken as proven. A token older than its lifetime has expired anywhere.
 */
export function imaginedEvidence(caller: ImaginedCaller, now: EpochSeconds, environment?: Environment): Evidence {
  const { client, actor, authAgeSeconds, tokenAgeSeconds = 0 } = caller
  const { lifetimeSeconds = Math.max(usualLifetime(environment), tokenAgeSeconds) } = caller
  const confirmation = confirmationOf(caller.bound)
  const isOver = tokenAgeSeconds > lifetimeSeconds
  const fault = isOver ? 'expired' : environment && faultOf(environment, tokenAgeSeconds, lifetimeSeconds, confirmation)
  if (fault !== undefined) return { kind: 'rejected', denial: { code: 'token_invalid', detail: fault } }
  return {
    kind: 'verified',
    principal: verifiedPrincipal({
      issuer: environment?.issuers[0].issuer ?? 'imagined',
      fingerprint: '',
      scopes: caller.scopes,
      issuedAt: (now - tokenAgeSeconds) as EpochSeconds,
      expiresAt: (now + USUAL_LIFETIME_SECONDS) as EpochSeconds,
      lifetimeSeconds,
      authentication: {
        acrs: caller.acrs,
        amr: caller.amr,
        ...(authAgeSeconds !== undefined && { at: (now - authAgeSeconds) as EpochSeconds }),
      },
      ...(client !== undefined && { client }),
      ...(actor !== undefined && { actor: { name: actor } }),
      ...(confirmation && { confirmation }),
      isForDefault: true,
      services: new Set(Object.keys(environment?.services ?? {})),
      authorizationDetails: caller.authorizationDetails,
    }),
  }
}

const usualLifetime = (environment: Environment | undefined): number =>
  Math.min(USUAL_LIFETIME_SECONDS, environment?.issuers[0].maxLifetimeSeconds ?? USUAL_LIFETIME_SECONDS)

/** Bound to something: to what, no rule asks. */
function confirmationOf(bound: readonly Binding[]): Confirmation | undefined {
  if (bound.length === 0) return undefined
  return {
    ...(bound.includes('dpop') && { keyThumbprint: 'imagined' }),
    ...(bound.includes('mtls') && { certificateThumbprint: 'imagined' }),
  }
}

function faultOf(
  environment: Environment,
  tokenAgeSeconds: number,
  lifetimeSeconds: number,
  confirmation: Confirmation | undefined,
): TokenFault | undefined {
  const [issuer] = environment.issuers
  const binding = bindingFault(confirmation, issuer, environment)
  if (binding !== undefined) return binding
  if (tokenAgeSeconds > (issuer.maxTokenAgeSeconds ?? Number.POSITIVE_INFINITY)) return 'expired'
  return lifetimeSeconds > (issuer.maxLifetimeSeconds ?? Number.POSITIVE_INFINITY) ? 'lifetime' : undefined
}

/** A binding that the environment cannot check, or that the issuer's tokens must have. */
export function bindingFault(
  confirmation: Confirmation | undefined,
  issuer: Issuer,
  { dpop, mutualTls }: Environment,
): 'binding' | 'not_bound' | undefined {
  if (confirmation === undefined) return issuer.requiresSenderConstraint ? 'not_bound' : undefined
  const { keyThumbprint, certificateThumbprint } = confirmation
  const isChecked =
    (keyThumbprint === undefined || dpop !== undefined) &&
    (certificateThumbprint === undefined || mutualTls !== undefined)
  return isChecked ? undefined : 'binding'
}
