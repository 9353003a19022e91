/** The security schemes of a description: which one tokens go by, and the scopes that it declares. */
import type { Environment } from '../../policy/environment.ts'
import type { ScopeEntry } from '../../policy/release.ts'
import { fail, ok, type Result } from '../../policy/result.ts'
import type { ApiDescription, OpenApiVersion, SecurityScheme } from '../openapi/api.ts'
import { type ApiReading, follow, type Located, member, membersOf } from '../openapi/follow.ts'
import type { Value } from './edit.ts'

/** Where tokens come from, for a description that does not say so yet. */
export interface TokenSource {
  readonly environment?: Environment
  readonly tokenUrl?: string
  readonly authorizationUrl?: string
}

/** The scheme for operations that name none, and what to declare of it where it is new. */
export interface FallbackScheme {
  readonly name: string
  readonly declaration?: (scopes: Readonly<Record<string, string>>) => Value
}

/** One that the description has: first those that its own `security` names. Otherwise a new one; the error says what it lacks. */
export function fallbackScheme(api: ApiDescription, source: TokenSource): Result<FallbackScheme, string> {
  const { security, schemes, operations } = api
  const named = [security, ...operations.map((operation) => operation.security)].flatMap((each) =>
    each.kind === 'declared'
      ? each.anyOf.flatMap((alternative) => (alternative.kind === 'all' ? alternative.uses : []))
      : [],
  )
  const known = [...named.map(({ scheme }) => scheme), ...schemes.keys()].find((name) => isOAuth(schemes.get(name)))
  if (known !== undefined) return ok({ name: known })
  const declaration = declarationFor(api.version, source)
  if (declaration === undefined)
    return fail(
      api.version === '2.0'
        ? 'the description has no OAuth scheme, and 2.0 has none that points at an issuer: say where tokens come from'
        : 'the description has no OAuth or OpenID Connect scheme: say where tokens come from',
    )
  const name = ['oauth', ...Array.from({ length: schemes.size + 1 }, (_, index) => `oauth${index + 2}`)].find(
    (each) => !schemes.has(each),
  )
  return ok({ name: name ?? 'oauth', declaration })
}

const isOAuth = (scheme: SecurityScheme | undefined): boolean =>
  scheme?.kind === 'oauth2' || scheme?.kind === 'openIdConnect'

/** By the addresses that were given, else by the discovery of the environment's first issuer. */
function declarationFor(
  version: OpenApiVersion,
  { environment, tokenUrl, authorizationUrl }: TokenSource,
): FallbackScheme['declaration'] {
  if (tokenUrl !== undefined) {
    const isCode = authorizationUrl !== undefined
    const addresses = { ...(isCode && { authorizationUrl }), tokenUrl }
    if (version === '2.0')
      return (scopes) => ({ type: 'oauth2', flow: isCode ? 'accessCode' : 'application', ...addresses, scopes })
    return (scopes) => ({
      type: 'oauth2',
      flows: { [isCode ? 'authorizationCode' : 'clientCredentials']: { ...addresses, scopes } },
    })
  }
  const [issuer] = environment?.issuers ?? []
  if (version === '2.0' || issuer?.keys.kind !== 'oidc') return undefined
  const openIdConnectUrl = `${issuer.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  return () => ({ type: 'openIdConnect', openIdConnectUrl })
}

/** The maps of a declared scheme that hold its scopes: one for each flow; in 2.0 the scheme's own. */
export function scopeMapsOf(
  reading: ApiReading,
  { node }: SecurityScheme,
  version: OpenApiVersion,
): readonly Located[] {
  if (version === '2.0') return [member(reading, node, 'scopes') ?? []].flat()
  const flows = member(reading, node, 'flows')
  return (flows === undefined ? [] : membersOf(flows)).flatMap(([, written]) => {
    const flow = follow(reading, written)
    return (flow && member(reading, flow, 'scopes')) ?? []
  })
}

/** Scope -> its reason, of those that the map defines. */
export const reasonsOf = (
  names: Iterable<string>,
  scopes: Readonly<Record<string, ScopeEntry>>,
): readonly (readonly [string, string])[] =>
  [...new Set(names)].sort().flatMap((name) => {
    const reason = Object.hasOwn(scopes, name) ? scopes[name]?.reason : undefined
    return reason === undefined ? [] : [[name, reason.replace(/\s+/g, ' ')]]
  })
