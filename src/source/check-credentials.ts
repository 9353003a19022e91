/** What a schema cannot see of the credentials that an environment accepts: how its issuers get along, and whether its routes can be opened at all. */
import { type Diagnostic, diagnostic, type Place, quoted, quotedList } from './diagnostic.ts'
import type { MapDocument, Path } from './document.ts'
import type { EnvironmentDeclaration, GatewayFile } from './gateway-file.ts'
import type { ScopeMap } from './model.ts'
import { PROFILES } from './profiles.ts'
import { didYouMean } from './suggest.ts'

/** `ambiguous-introspection`, `indistinct-token-type`, `unknown-service`, `shared-resource`, `shared-secret`, `binding-not-accepted`, `unused-introspection`, `shared-client-names`, `unread-setting`. */
export function checkCredentials(file: GatewayFile, document: MapDocument, map: ScopeMap): readonly Diagnostic[] {
  return Object.entries(file.environments).flatMap(([name, environment]) => [
    ...ambiguousIntrospection(name, environment, document),
    ...indistinctTokenTypes(name, environment, document),
    ...unknownServices(name, environment, document, map),
    ...sharedResources(name, environment, document),
    ...sharedSecrets(name, environment, document),
    ...unusedIntrospection(name, environment, document, map),
    ...unacceptedBindings(name, environment, document, map),
    ...sharedClientNames(name, environment, document, map),
    ...unreadSettings(name, environment, document),
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

/** Claims that OpenID Connect, RFC 7519 and providers let an ID token have, with whatever value: they tell nothing apart. */
const ID_TOKEN_CLAIMS: ReadonlySet<string> = new Set([
  'iss', 'sub', 'aud', 'exp', 'iat', 'nbf', 'jti', 'auth_time', 'nonce', 'acr', 'amr', 'azp', 'at_hash', 'c_hash', 's_hash', 'sid', 'name', 'email',
  'email_verified', 'preferred_username', 'given_name', 'family_name', 'middle_name', 'nickname', 'picture', 'profile', 'website', 'gender',
  'birthdate', 'address', 'updated_at', 'locale', 'zoneinfo', 'phone_number', 'phone_number_verified', 'sub_jwk', 'groups', 'roles', 'tid', 'oid', 'ver',
]) // biome-ignore format: a list of names reads better packed

/** What providers call ID tokens in claims that tell kinds of tokens apart. */
const ID_TOKEN_VALUES: ReadonlySet<string> = new Set(['id', 'id_token', 'idtoken', 'id-token'])
const isIdTokenValue = (value: string): boolean => ID_TOKEN_VALUES.has(value.toLowerCase())

function indistinctTokenTypes(
  name: string,
  { issuers }: EnvironmentDeclaration,
  document: MapDocument,
): readonly Diagnostic[] {
  return issuers.flatMap(({ tokenType, profile }, index) => {
    if (tokenType === undefined || tokenType === 'at+jwt') return []
    const unfit = new Set([...ID_TOKEN_CLAIMS, ...(profile === undefined ? [] : PROFILES[profile].noMarks)])
    return tokenType.distinguishedBy
      .filter((mark) => unfit.has(mark.claim) || ('equals' in mark && mark.equals.some(isIdTokenValue)))
      .map(({ claim }) =>
        diagnostic('indistinct-token-type', {
          at: document.placeOf(['environments', name, 'issuers', index, 'tokenType', 'distinguishedBy']),
          message: `ID tokens may have the claim ${quoted(claim)} like that, too: they would pass as access tokens`,
          help: unfit.has(claim)
            ? 'name a claim that only access tokens have; of this one, no value tells them apart'
            : 'name the value that it has in access tokens alone: `{ claim: token_use, equals: access }`',
        }),
      )
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
      const help = didYouMean(service, known) ?? `the services are ${quotedList(known)}`
      return diagnostic('unknown-service', {
        at: document.keyPlaceOf(['environments', name, 'services', service]),
        message: `there is no service ${quoted(service)}`,
        help,
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

/** Each secret has one use: who knows it for one must not be able to do the other. */
function sharedSecrets(
  name: string,
  { issuers, dpop, originSignature }: EnvironmentDeclaration,
  document: MapDocument,
): readonly Diagnostic[] {
  const top = ['environments', name]
  const uses: readonly (readonly [secret: string | undefined, path: Path])[] = [
    ...issuers.map(({ introspection }, index) => {
      const authentication = introspection?.authentication
      const secret = authentication !== undefined && 'secret' in authentication ? authentication.secret : undefined
      return [secret, [...top, 'issuers', index, 'introspection', 'authentication', 'secret']] as const
    }),
    [dpop?.nonceSecret, [...top, 'dpop', 'nonceSecret']],
    ...(originSignature?.keys ?? []).map(
      ({ secret }, index) => [secret, [...top, 'originSignature', 'keys', index, 'secret']] as const,
    ),
  ]
  const firstOf = new Map<string, Path>()
  return uses.flatMap(([secret, path]) => {
    if (secret === undefined) return []
    const first = firstOf.get(secret)
    if (first === undefined) {
      firstOf.set(secret, path)
      return []
    }
    return [
      diagnostic('shared-secret', {
        at: document.placeOf(path),
        message: `the secret ${quoted(secret)} has another use already`,
        help: 'store a secret of its own',
        related: [{ message: 'it is used here', at: document.placeOf(first) }],
      }),
    ]
  })
}

/** What metadata documents are told apart by: host and path, without scheme and port. */
const addressOf = (resource: string): string =>
  resource
    .replace(/^https?:\/\/[^/?]*/i, (origin) => origin.toLowerCase())
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
  const asks = [...rules, ...scopes].flatMap(({ senderConstraint, at: place }) =>
    senderConstraint === undefined ? [] : [{ senderConstraint, place }],
  )
  const first = (...kinds: readonly string[]) =>
    asks.find(({ senderConstraint }) => kinds.includes(senderConstraint))?.place
  const strict = issuers.findIndex(({ senderConstrained }) => senderConstrained === 'required')
  const strictIssuer =
    strict < 0 ? undefined : document.placeOf(['environments', name, 'issuers', strict, 'senderConstrained'])
  const once = issuers.findIndex(({ singleUseProofs }) => singleUseProofs === true)
  const onceAt = once < 0 ? undefined : document.placeOf(['environments', name, 'issuers', once, 'singleUseProofs'])
  const lacks: readonly (readonly [key: string, asker: Place | undefined, isThere: boolean])[] = [
    ['`dpop`', first('dpop', 'dpop-single-use') ?? onceAt, dpop !== undefined],
    ['`mtls`', first('mtls'), mtls !== undefined],
    ['`dpop` or `mtls`', first('any') ?? strictIssuer, dpop !== undefined || mtls !== undefined],
  ]
  return lacks.flatMap(([key, asker, isThere]) =>
    asker === undefined || isThere
      ? []
      : [
          diagnostic('binding-not-accepted', {
            at,
            message: `tokens must be bound to their sender, and the environment ${quoted(name)} accepts none of that kind`,
            help: `add ${key} to the environment`,
            related: [{ message: 'they are asked for here', at: asker }],
          }),
        ],
  )
}

/** A name of a client or an actor is unique to its issuer (RFC 6749 section 2.2): with several, who may choose names at one of them could choose another's. */
function sharedClientNames(
  name: string,
  { issuers, observeClients }: EnvironmentDeclaration,
  document: MapDocument,
  { rules }: ScopeMap,
): readonly Diagnostic[] {
  const prefixes = issuers.map(({ clientPrefix = '' }) => clientPrefix)
  const second = prefixes.findIndex((prefix, index) =>
    prefixes.slice(0, index).some((other) => prefix.startsWith(other) || other.startsWith(prefix)),
  )
  const namedIn =
    observeClients !== undefined
      ? document.placeOf(['environments', name, 'observeClients'])
      : rules.find(({ clients, actors = [] }) => clients !== undefined || actors.length > 0)?.at
  if (second < 0 || namedIn === undefined) return []
  return [
    diagnostic('shared-client-names', {
      at: document.placeOf(['environments', name, 'issuers', second]),
      message:
        'a client or an actor of this issuer can have the name of one that another issuer knows, and pass for it',
      help: 'give each issuer a `clientPrefix` of its own, and write names with it',
      related: [{ message: 'names are relied on here', at: namedIn }],
    }),
  ]
}

/** Settings that an author must have meant something by, and that nothing reads: a check that is silently off. */
function unreadSettings(
  name: string,
  { issuers }: EnvironmentDeclaration,
  document: MapDocument,
): readonly Diagnostic[] {
  return issuers.flatMap(({ introspection }, index) => {
    if (introspection === undefined) return []
    const path = ['environments', name, 'issuers', index]
    const unread = [
      ...(introspection.response === 'json'
        ? SIGNATURE_KEYS.map((key) => ({ key, help: 'write `response: jwt` under `introspection`, or remove it' }))
        : []),
      { key: 'tokenType', help: 'remove it: the server says of what type a token is' },
    ]
    return unread
      .filter(({ key }) => document.nodeAt([...path, key]) !== undefined)
      .map(({ key, help }) =>
        diagnostic('unread-setting', {
          at: document.placeOf([...path, key]),
          message: `\`${key}\` has no effect: tokens of this issuer are introspected, and nothing is verified with it`,
          help,
        }),
      )
  })
}

const SIGNATURE_KEYS = ['keys', 'algorithms', 'keysMaxStale']
