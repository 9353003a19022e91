/** An issuer as it was declared -> the trust anchor: what is written wins, then what its profile says, then the defaults. */
import type { Introspection, Issuer, KeySource, ScopeClaim, StatusListPolicy, TokenType } from '../policy/issuer.ts'
import { mapNonEmpty, type NonEmpty } from '../policy/result.ts'
import { DEFAULTS } from './defaults.ts'
import { asNonEmpty } from './fields.ts'
import type { EnvironmentDeclaration } from './gateway-file.ts'
import type { IssuerDeclaration } from './issuer-schema.ts'
import { type IssuerProfile, PROFILES } from './profiles.ts'

/** `clockLeeway` in seconds: the environment's. */
export function compileIssuer(
  declaration: IssuerDeclaration,
  environment: EnvironmentDeclaration,
  clockLeeway: number,
): Issuer {
  const { issuer, introspection, statusList, maxTokenAge, maxLifetime } = declaration
  const profile: Partial<IssuerProfile> = declaration.profile === undefined ? {} : PROFILES[declaration.profile]
  const amrMember = declaration.amrMember ?? profile.amrMember
  const { clientPrefix } = declaration
  return {
    issuer,
    keys: keySourceOf(declaration, profile),
    algorithms: declaration.algorithms ?? asNonEmpty(profile.algorithms ?? UNSIGNED),
    audiences: declaration.audience ?? environment.audience,
    audienceClaim: declaration.audienceClaim ?? profile.audienceClaim ?? DEFAULTS.audienceClaim,
    type: tokenTypeOf(declaration, profile),
    scopes: declaration.scopes === undefined ? profileScopes(profile) : mapNonEmpty(declaration.scopes, scopeClaimOf),
    client: declaration.client ?? asNonEmpty(profile.client ?? DEFAULTS.client),
    identifiers: identifiersOf(declaration),
    acrClaim: declaration.acrClaim ?? profile.acrClaim ?? DEFAULTS.acrClaim,
    ...(clientPrefix !== undefined && { clientPrefix }),
    ...(amrMember !== undefined && { amrMember }),
    ...(introspection && { introspection: introspectionOf(introspection) }),
    ...(statusList && { statusList: statusListOf(statusList, environment.profile === 'fapi2') }),
    ...(maxTokenAge !== undefined && { maxTokenAgeSeconds: maxTokenAge }),
    ...(maxLifetime !== undefined && { maxLifetimeSeconds: maxLifetime }),
    requiresSenderConstraint: declaration.senderConstrained === 'required' || environment.profile === 'fapi2',
    singleUseProofs: declaration.singleUseProofs ?? false,
    clockLeewaySeconds: declaration.clockLeeway ?? clockLeeway,
    keysMaxStaleSeconds: declaration.keysMaxStale,
  }
}

/** What is usual, what the profile says, and what is written, which wins. */
export function identifiersOf({ profile, identifiers = {} }: IssuerDeclaration): Issuer['identifiers'] {
  const known: Partial<IssuerProfile> = profile === undefined ? {} : PROFILES[profile]
  return { ...DEFAULTS.identifiers, ...known.identifiers, ...writtenOf(identifiers) }
}

const writtenOf = (identifiers: NonNullable<IssuerDeclaration['identifiers']>): Issuer['identifiers'] =>
  Object.fromEntries(Object.entries(identifiers).filter(([, claim]) => claim !== undefined))

/** Of an issuer whose tokens are introspected and whose answers are not signed: nothing is ever verified with it. */
const UNSIGNED = ['ES256'] as const

function keySourceOf(
  { issuer, keys }: IssuerDeclaration,
  { keys: usual, keysPath }: Partial<IssuerProfile>,
): KeySource {
  const written = keys ?? usual ?? (keysPath === undefined ? 'oidc' : issuer.replace(/\/$/, '') + keysPath)
  return written === 'oidc' || written === 'oauth' ? { kind: written } : { kind: 'jwks', uri: written }
}

function tokenTypeOf({ tokenType }: IssuerDeclaration, profile: Partial<IssuerProfile>): TokenType {
  const written = tokenType ?? profile.tokenType ?? DEFAULTS.tokenType
  if (written === 'at+jwt') return { kind: written }
  const { accept, distinguishedBy, reason } = written
  return {
    kind: 'legacy',
    accept: asNonEmpty(accept),
    distinguishedBy: mapNonEmpty(asNonEmpty<Mark>(distinguishedBy), ({ claim, equals }) =>
      equals === undefined ? { claim } : { claim, equals: asNonEmpty(equals) },
    ),
    reason,
  }
}

interface Mark {
  readonly claim: string
  readonly equals?: readonly string[]
}

const scopeClaimOf = ({ claim, format, prefix }: NonNullable<IssuerDeclaration['scopes']>[number]): ScopeClaim => ({
  path: claim,
  format,
  ...(prefix !== undefined && { prefix }),
})

const profileScopes = ({ scopes }: Partial<IssuerProfile>): NonEmpty<ScopeClaim> =>
  mapNonEmpty(asNonEmpty<NonNullable<typeof scopes>[number]>(scopes ?? DEFAULTS.scopes), ({ claim, format }) => ({
    path: asNonEmpty(claim),
    format,
  }))

type IntrospectionDeclaration = NonNullable<IssuerDeclaration['introspection']>

function introspectionOf(declaration: IntrospectionDeclaration): Introspection {
  const { endpoint, clientId, authentication, response, tokenPrefix, cache, negativeCache } = declaration
  return {
    endpoint,
    clientId,
    authentication,
    response,
    ...(tokenPrefix !== undefined && { tokenPrefix }),
    cacheSeconds: cache,
    negativeCacheSeconds: negativeCache,
  }
}

/** FAPI 2.0 wants to know of each token whether it was revoked. */
function statusListOf(declaration: NonNullable<IssuerDeclaration['statusList']>, isFapi: boolean): StatusListPolicy {
  const { uris, required, minTtl, maxTtl, whenUnreachable, maxStale } = declaration
  return {
    uris,
    isRequired: required || isFapi,
    minTtlSeconds: minTtl,
    maxTtlSeconds: maxTtl,
    whenUnreachable,
    maxStaleSeconds: maxStale,
  }
}
