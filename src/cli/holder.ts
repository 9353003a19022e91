/** The caller that `explain` imagines, by the first issuer of the environment: from `--scope` and its companions, or from the claims of a token that nobody has verified. */
import type { Evidence } from '../policy/decision.ts'
import type { TokenFault } from '../policy/denial.ts'
import type { Environment } from '../policy/environment.ts'
import type { Issuer } from '../policy/issuer.ts'
import type { AuthorizationDetail } from '../policy/principal.ts'
import { epochSeconds } from '../policy/result.ts'
import { parseScopeString, type ScopeToken } from '../policy/scope.ts'
import { parseDuration } from '../source/duration.ts'
import { type Binding, bindingFault, type ImaginedCaller, imaginedEvidence } from '../source/imagined-caller.ts'
import { isAcceptedType, principalFrom } from '../token/claims.ts'
import { type JsonObject, parseCompact } from '../token/compact.ts'
import { isSameAlgorithm } from '../token/jwks.ts'
import { authorizationDetailsOf } from '../token/member-claims.ts'
import { statusReferenceOf } from '../token/status-list.ts'
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
  readonly bound?: Binding
  /** JSON, as the token has it. */
  readonly authorizationDetails?: string
  /** From issue to expiry. */
  readonly lifetime?: string
  /** Durations such as `5m`: since the authentication, since the token was issued. */
  readonly authAge?: string
  readonly tokenAge?: string
}

/** What `--scope` alone gives a meaning to, by the names that people write. */
const COMPANIONS = {
  client: '--client',
  actor: '--actor',
  acr: '--acr',
  amr: '--amr',
  authAge: '--auth-age',
  tokenAge: '--token-age',
  lifetime: '--lifetime',
  bound: '--bound',
  authorizationDetails: '--authorization-details',
} as const satisfies Partial<Record<keyof HolderOptions, string>>

/** No option at all is a request without a token. */
export function evidenceFrom(options: HolderOptions, environment: Environment, now: number): Evidence {
  const { token, scope } = options
  if (token !== undefined && scope !== undefined)
    throw new Stop(EXIT.usage, '`--token` and `--scope` exclude each other', 'a token says itself which scopes it has')
  if (scope !== undefined) return imagined(options, scope, environment, now)
  const [companion] = Object.entries(COMPANIONS).flatMap(([name, flag]) =>
    options[name as keyof typeof COMPANIONS] === undefined ? [] : [flag],
  )
  if (companion !== undefined)
    throw new Stop(
      EXIT.usage,
      `\`${companion}\` goes with \`--scope\``,
      token === undefined ? 'write `--scope ""` for a caller whose token has none' : 'a token says that itself',
    )
  return token === undefined ? { kind: 'none' } : evidenceOfToken(token, environment, now)
}

/** The claims alone. The signature is not looked at: this explains, it does not admit. */
function evidenceOfToken(token: string, environment: Environment, now: number): Evidence {
  const parsed = parseCompact(token)
  const issuer = environment.issuers.find((each) => parsed.ok && each.issuer === parsed.value.claims.iss)
  if (isIntrospected(token, parsed.ok, issuer, environment))
    throw new Stop(
      EXIT.couldNotRun,
      'only its authorization server can say what this token is',
      'imagine a caller instead: `--scope`, `--client`, `--acr` and the like',
    )
  if (!parsed.ok) return invalid(parsed.error)
  if (issuer === undefined) return invalid('issuer')
  const fault = headerFault(parsed.value.header, issuer) ?? statusFault(parsed.value.claims, issuer)
  if (fault !== undefined) return invalid(fault)
  const checked = principalFrom(parsed.value.claims, { issuer, services: environment.services }, epochSeconds(now), '')
  if (!checked.ok) return invalid(checked.error)
  const { principal } = checked.value
  const binding = bindingFault(principal.confirmation, issuer, environment)
  return binding === undefined ? { kind: 'verified', principal } : invalid(binding)
}

const invalid = (detail: TokenFault): Evidence => ({ kind: 'rejected', denial: { code: 'token_invalid', detail } })

/** Whether the gate would ask a server about this token instead of reading it. */
function isIntrospected(token: string, isJwt: boolean, issuer: Issuer | undefined, { issuers }: Environment): boolean {
  const prefixes = issuers.flatMap(({ introspection }) =>
    introspection === undefined ? [] : [introspection.tokenPrefix],
  )
  return (
    issuer?.introspection !== undefined ||
    prefixes.some((prefix) => (prefix === undefined ? !isJwt : token.startsWith(prefix)))
  )
}

/** Where no lists are configured, a status is a claim like any other. */
function statusFault(claims: JsonObject, { statusList }: Issuer): 'claims' | undefined {
  if (statusList === undefined) return undefined
  const status = statusReferenceOf(claims)
  return !status.ok || (statusList.isRequired && status.value === undefined) ? 'claims' : undefined
}

/** What the gate looks at before the signature, which nobody looks at here. */
function headerFault({ alg, typ }: JsonObject, issuer: Issuer): 'type' | 'algorithm' | undefined {
  if (!isAcceptedType(typ, issuer)) return 'type'
  return issuer.algorithms.some((allowed) => isSameAlgorithm(allowed, String(alg))) ? undefined : 'algorithm'
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
  const { client, actor, acr, amr, bound, authAge, tokenAge, lifetime } = options
  const caller: ImaginedCaller = {
    scopes: requireScopes(scope.join(' ')),
    acrs: acr === undefined ? [] : [acr],
    amr: amr?.split(' ') ?? [],
    bound: bound === undefined ? [] : [bound],
    authorizationDetails: detailsOf(options.authorizationDetails),
    ...(client !== undefined && { client }),
    ...(actor !== undefined && { actor }),
    ...(authAge !== undefined && { authAgeSeconds: requireDuration(authAge) }),
    ...(tokenAge !== undefined && { tokenAgeSeconds: requireDuration(tokenAge) }),
    ...(lifetime !== undefined && { lifetimeSeconds: requireDuration(lifetime) }),
  }
  return imaginedEvidence(caller, epochSeconds(now), environment)
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
