/** The caller that `explain` imagines: from `--scope` and its companions, or from the claims of a token that nobody has verified. */
import type { Evidence } from '../policy/decision.ts'
import type { Environment } from '../policy/environment.ts'
import type { Issuer } from '../policy/issuer.ts'
import { type AuthorizationDetail, type Confirmation, verifiedPrincipal } from '../policy/principal.ts'
import { type EpochSeconds, epochSeconds } from '../policy/result.ts'
import { parseScopeString, type ScopeToken } from '../policy/scope.ts'
import { parseDuration } from '../source/duration.ts'
import { isAcceptedType, principalFrom } from '../token/claims.ts'
import { type JsonObject, parseCompact } from '../token/compact.ts'
import { isSameAlgorithm } from '../token/jwks.ts'
import { authorizationDetailsOf } from '../token/member-claims.ts'
import { EXIT, Stop } from './exit.ts'

export interface HolderOptions {
  /** Each may hold several, space-separated. */
  readonly scope?: readonly string[]
  readonly token?: string
  readonly client?: string
  readonly acr?: string
  /** Methods, space-separated. */
  readonly amr?: string
  readonly actor?: string
  readonly bound?: 'dpop' | 'mtls'
  /** JSON, as the token has it. */
  readonly authorizationDetails?: string
  /** From issue to expiry. */
  readonly lifetime?: string
  /** Durations such as `5m`: since the authentication, since the token was issued. */
  readonly authAge?: string
  readonly tokenAge?: string
}

/** No option at all is a request without a token. */
export function evidenceFrom(options: HolderOptions, environment: Environment, now: number): Evidence {
  if (options.token !== undefined) return evidenceOfToken(options.token, environment, now)
  return options.scope === undefined ? { kind: 'none' } : imagined(options, options.scope, environment, now)
}

/** The claims alone. The signature is not looked at: this explains, it does not admit. */
function evidenceOfToken(token: string, environment: Environment, now: number): Evidence {
  const parsed = parseCompact(token)
  if (!parsed.ok) return { kind: 'rejected', denial: { code: 'token_invalid', detail: parsed.error } }
  const issuer = environment.issuers.find((each) => each.issuer === parsed.value.claims.iss)
  if (issuer === undefined) return { kind: 'rejected', denial: { code: 'token_invalid', detail: 'issuer' } }
  const fault = headerFault(parsed.value.header, issuer)
  if (fault !== undefined) return { kind: 'rejected', denial: { code: 'token_invalid', detail: fault } }
  const checked = principalFrom(parsed.value.claims, { issuer, services: environment.services }, epochSeconds(now))
  if (!checked.ok) return { kind: 'rejected', denial: { code: 'token_invalid', detail: checked.error } }
  const { principal } = checked.value
  if (issuer.requiresSenderConstraint && principal.confirmation === undefined)
    return { kind: 'rejected', denial: { code: 'token_invalid', detail: 'not_bound' } }
  return { kind: 'verified', principal }
}

/** What the gate looks at before the signature, which nobody looks at here. */
function headerFault({ alg, typ }: JsonObject, issuer: Issuer): 'type' | 'algorithm' | undefined {
  if (!isAcceptedType(typ, issuer)) return 'type'
  return issuer.algorithms.some((allowed) => isSameAlgorithm(allowed, String(alg))) ? undefined : 'algorithm'
}

/** Bound to something: to what, no rule asks. */
const CONFIRMATIONS: Readonly<Record<'dpop' | 'mtls', Confirmation>> = {
  dpop: { keyThumbprint: 'imagined' },
  mtls: { certificateThumbprint: 'imagined' },
}

function detailsOf(text: string | undefined): readonly AuthorizationDetail[] {
  if (text === undefined) return []
  try {
    const details = authorizationDetailsOf(JSON.parse(text))
    if (details !== undefined) return details
  } catch {
    // Said below.
  }
  throw new Stop(
    EXIT.usage,
    '`--authorization-details` is no JSON list of objects with a `type`',
    `write it as the token has it: '[{"type":"payment","actions":["initiate"]}]'`,
  )
}

function imagined(options: HolderOptions, scope: readonly string[], environment: Environment, now: number): Evidence {
  const seconds = epochSeconds(now)
  const since = (age: string | undefined) =>
    age === undefined ? undefined : ((seconds - requireDuration(age)) as EpochSeconds)
  const at = since(options.authAge)
  const confirmation = options.bound === undefined ? undefined : CONFIRMATIONS[options.bound]
  return {
    kind: 'verified',
    principal: verifiedPrincipal({
      issuer: environment.issuers[0].issuer,
      scopes: requireScopes(scope.join(' ')),
      issuedAt: since(options.tokenAge) ?? seconds,
      expiresAt: (seconds + 3600) as EpochSeconds,
      authentication: {
        amr: options.amr?.split(' ') ?? [],
        acrs: options.acr === undefined ? [] : [options.acr],
        ...(at !== undefined && { at }),
      },
      ...(options.client !== undefined && { client: options.client }),
      lifetimeSeconds: options.lifetime === undefined ? 3600 : requireDuration(options.lifetime),
      ...(confirmation && { confirmation }),
      ...(options.actor !== undefined && { actor: { name: options.actor } }),
      // For every service: which audience a token has is what the token says.
      isForDefault: true,
      services: new Set(Object.keys(environment.services)),
      authorizationDetails: detailsOf(options.authorizationDetails),
    }),
  }
}

function requireScopes(text: string): ReadonlySet<ScopeToken> {
  const scopes = parseScopeString(text)
  if (scopes === undefined)
    throw new Stop(
      EXIT.usage,
      '`--scope` holds something that is no scope name',
      'scope names are printable ASCII without `"` and `\\`, separated by spaces',
    )
  return scopes
}

function requireDuration(text: string): number {
  const seconds = parseDuration(text)
  if (seconds === undefined) throw new Stop(EXIT.usage, `\`${text}\` is no duration`, 'write 30s, 5m, 12h or 7d')
  return seconds
}
