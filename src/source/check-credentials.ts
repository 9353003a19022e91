/** What a schema cannot see of the credentials that an environment accepts: how its issuers get along, and whether its routes can be opened at all. */
import { type Diagnostic, diagnostic, quoted } from './diagnostic.ts'
import type { MapDocument } from './document.ts'
import type { EnvironmentDeclaration, GatewayFile } from './gateway-file.ts'
import type { ScopeMap } from './model.ts'
import { didYouMean } from './suggest.ts'

/** `ambiguous-introspection`, `indistinct-token-type`, `unknown-service`, `shared-resource`, `binding-not-accepted`, `unused-introspection`. */
export function checkCredentials(file: GatewayFile, document: MapDocument, map: ScopeMap): readonly Diagnostic[] {
  return Object.entries(file.environments).flatMap(([name, environment]) => [
    ...ambiguousIntrospection(name, environment, document),
    ...indistinctTokenTypes(name, environment, document),
    ...unknownServices(name, environment, document, map),
    ...sharedResources(name, environment, document),
    ...unusedIntrospection(name, environment, document, map),
    ...unacceptedBindings(name, environment, document, map),
  ])
}

/** Two servers that claim the same tokens: which one would be told of a token would be chance. */
function ambiguousIntrospection(
  name: string,
  { issuers }: EnvironmentDeclaration,
  document: MapDocument,
): readonly Diagnostic[] {
  const firstOf = new Map<string, number>()
  return issuers.flatMap(({ introspection }, index) => {
    if (introspection === undefined) return []
    const prefix = introspection.tokenPrefix ?? ''
    const placeOf = (which: number) => document.placeOf(['environments', name, 'issuers', which, 'introspection'])
    const first = firstOf.get(prefix)
    if (first === undefined) {
      firstOf.set(prefix, index)
      return []
    }
    return [
      diagnostic('ambiguous-introspection', {
        at: placeOf(index),
        message:
          prefix === ''
            ? 'a second issuer introspects all tokens that are no JWT'
            : `the prefix ${quoted(prefix)} is another issuer's, too`,
        help: 'tell their tokens apart with `tokenPrefix`',
        related: [{ message: 'the first one is here', at: placeOf(first) }],
      }),
    ]
  })
}

/** Claims that OpenID Connect and RFC 7519 let an ID token have: their presence tells nothing apart. */
const ID_TOKEN_CLAIMS: ReadonlySet<string> = new Set([
  'iss', 'sub', 'aud', 'exp', 'iat', 'nbf', 'jti', 'auth_time', 'nonce', 'acr', 'amr', 'azp', 'at_hash', 'c_hash', 's_hash', 'sid', 'name', 'email',
  'email_verified', 'preferred_username', 'given_name', 'family_name', 'nickname', 'picture', 'profile', 'updated_at', 'locale', 'zoneinfo',
  'phone_number', 'groups', 'roles', 'tid', 'oid', 'ver',
]) // biome-ignore format: a list of names reads better packed

function indistinctTokenTypes(
  name: string,
  { issuers }: EnvironmentDeclaration,
  document: MapDocument,
): readonly Diagnostic[] {
  return issuers.flatMap(({ tokenType }, index) => {
    if (tokenType === undefined || tokenType === 'at+jwt') return []
    return tokenType.distinguishedBy.flatMap((mark) => {
      if ('equals' in mark || !ID_TOKEN_CLAIMS.has(mark.claim)) return []
      return [
        diagnostic('indistinct-token-type', {
          at: document.placeOf(['environments', name, 'issuers', index, 'tokenType', 'distinguishedBy']),
          message: `ID tokens may have the claim ${quoted(mark.claim)}, too: they would pass as access tokens`,
          help: 'name a claim that only access tokens have, or write `{ claim: ..., equals: ... }`',
        }),
      ]
    })
  })
}

function unknownServices(
  name: string,
  { services }: EnvironmentDeclaration,
  document: MapDocument,
  map: ScopeMap,
): readonly Diagnostic[] {
  const known = map.services.map((service) => service.name)
  return Object.keys(services)
    .filter((service) => !known.includes(service))
    .map((service) => {
      const help = didYouMean(service, known)
      return diagnostic('unknown-service', {
        at: document.keyPlaceOf(['environments', name, 'services', service]),
        message: `there is no service ${quoted(service)}`,
        ...(help !== undefined && { help }),
      })
    })
}

/** Services that are resources of their own must be told apart, by tokens and by their metadata: else nothing is kept apart at all. */
function sharedResources(
  name: string,
  { resource, audience, issuers, services }: EnvironmentDeclaration,
  document: MapDocument,
): readonly Diagnostic[] {
  const taken = new Map<string, string>([[addressOf(resource), 'the environment']])
  const audiences = new Map(
    [...audience, ...issuers.flatMap((issuer) => issuer.audience ?? [])].map((each) => [each, 'the environment']),
  )
  return Object.entries(services).flatMap(([service, declared]) => {
    const path = ['environments', name, 'services', service]
    const address = addressOf(declared.resource)
    const other = taken.get(address)
    const shared = declared.audience.find((each) => audiences.has(each))
    taken.set(address, quoted(service))
    const found = [
      ...(other === undefined ? [] : [{ key: 'resource', message: `${other} has this resource, too` }]),
      ...(shared === undefined
        ? []
        : [{ key: 'audience', message: `${audiences.get(shared)} accepts the audience ${quoted(shared)}, too` }]),
    ]
    for (const each of declared.audience) audiences.set(each, quoted(service))
    return found.map(({ key, message }) =>
      diagnostic('shared-resource', {
        at: document.placeOf([...path, key]),
        message,
        help: 'a service that is a resource of its own has an address and an audience that nobody else has',
      }),
    )
  })
}

/** What metadata documents are told apart by: host and path, without scheme and port. */
const addressOf = (resource: string): string =>
  resource
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/^([^/?]*?):[0-9]+/, '$1')
    .replace(/\/$/, '')

/** Routes that want to be asked about each time, where no issuer is ever asked. */
function unusedIntrospection(
  name: string,
  { issuers }: EnvironmentDeclaration,
  document: MapDocument,
  { rules }: ScopeMap,
): readonly Diagnostic[] {
  if (issuers.some(({ introspection }) => introspection !== undefined)) return []
  return rules
    .filter(({ introspection }) => introspection === 'always')
    .slice(0, 1)
    .map(({ at }) =>
      diagnostic('unused-introspection', {
        at,
        message: `\`introspection: always\` asks nobody in the environment ${quoted(name)}: no issuer there introspects its tokens`,
        help: 'add `introspection` to an issuer, or remove it here',
        related: [{ message: 'the environment is here', at: document.keyPlaceOf(['environments', name]) }],
      }),
    )
}

/** A route or an issuer that wants tokens bound in a way that this environment does not accept is closed to everybody. */
function unacceptedBindings(
  name: string,
  { dpop, mtls, issuers }: EnvironmentDeclaration,
  document: MapDocument,
  { rules, scopes }: ScopeMap,
): readonly Diagnostic[] {
  const at = document.keyPlaceOf(['environments', name])
  const asked = new Set([...rules, ...scopes].flatMap(({ senderConstraint }) => senderConstraint ?? []))
  const wantsDpop = asked.has('dpop') || asked.has('dpop-single-use')
  const wantsAny = asked.has('any') || issuers.some(({ senderConstrained }) => senderConstrained === 'required')
  const lacks = [
    ...(wantsDpop && dpop === undefined ? ['`dpop`'] : []),
    ...(asked.has('mtls') && mtls === undefined ? ['`mtls`'] : []),
    ...(wantsAny && dpop === undefined && mtls === undefined ? ['`dpop` or `mtls`'] : []),
  ]
  return lacks.map((key) =>
    diagnostic('binding-not-accepted', {
      at,
      message: `some routes or issuers ask for tokens that are bound to their sender, and the environment ${quoted(name)} accepts none of that kind`,
      help: `add ${key} to the environment`,
    }),
  )
}
