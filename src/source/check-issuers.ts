/** What a schema cannot see of the issuers that an environment trusts: how they get along, and what of a setting has an effect. */

import { type Diagnostic, diagnostic, quoted } from './diagnostic.ts'
import type { MapDocument } from './document.ts'
import type { EnvironmentDeclaration, GatewayFile } from './gateway-file.ts'
import { type IssuerList, issuerListsOf } from './issuer-lists.ts'
import type { MapDemands } from './model.ts'
import { PROFILES } from './profiles.ts'

/** `ambiguous-introspection`, `indistinct-token-type`, `unused-introspection`, `shared-client-names`, `unread-setting`, `profile-audience`. */
export function checkIssuers(file: GatewayFile, document: MapDocument, map: MapDemands): readonly Diagnostic[] {
  return Object.entries(file.environments).flatMap(([name, environment]) => [
    ...issuerListsOf(name, environment).flatMap((list) => checkList(name, list, document)),
    ...unusedIntrospection(name, environment, document, map),
    ...sharedClientNames(name, environment, document, map),
  ])
}

const checkList = (name: string, list: IssuerList, document: MapDocument): readonly Diagnostic[] => [
  ...ambiguousIntrospection(list, document),
  ...indistinctTokenTypes(list, document),
  ...unreadSettings(list, document),
  ...profileAudiences(name, list, document),
]

/** Two servers that claim the same tokens: which one would be told of a token would be chance. */
function ambiguousIntrospection({ issuers, path }: IssuerList, document: MapDocument): readonly Diagnostic[] {
  const firstOf = new Map<string, number>()
  return issuers.flatMap(({ introspection }, index) => {
    if (introspection === undefined) return []
    const prefix = introspection.tokenPrefix ?? ''
    const placeOf = (which: number) => document.placeOf([...path, which, 'introspection'])
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

function indistinctTokenTypes({ issuers, path }: IssuerList, document: MapDocument): readonly Diagnostic[] {
  return issuers.flatMap(({ tokenType, profile }, index) => {
    if (tokenType === undefined || tokenType === 'at+jwt') return []
    const unfit = new Set([...ID_TOKEN_CLAIMS, ...(profile === undefined ? [] : PROFILES[profile].noMarks)])
    return tokenType.distinguishedBy
      .filter((mark) => unfit.has(mark.claim) || ('equals' in mark && mark.equals.some(isIdTokenValue)))
      .map(({ claim }) =>
        diagnostic('indistinct-token-type', {
          at: document.placeOf([...path, index, 'tokenType', 'distinguishedBy']),
          message: `ID tokens may have the claim ${quoted(claim)} like that, too: they would pass as access tokens`,
          help: unfit.has(claim)
            ? 'name a claim that only access tokens have; of this one, no value tells them apart'
            : 'name the value that it has in access tokens alone: `{ claim: token_use, equals: access }`',
        }),
      )
  })
}

/** Routes that want to be asked about each time, where no issuer is ever asked. */
function unusedIntrospection(
  name: string,
  { issuers }: EnvironmentDeclaration,
  document: MapDocument,
  { rules }: MapDemands,
): readonly Diagnostic[] {
  if (issuers.some(({ introspection }) => introspection !== undefined)) return []
  return rules
    .filter(({ introspection }) => introspection === 'always')
    .slice(0, 1)
    .map(({ at }) =>
      diagnostic('unused-introspection', {
        at,
        subject: name,
        message: `\`introspection: always\` asks nobody in the environment ${quoted(name)}: no issuer there introspects its tokens`,
        help: 'add `introspection` to an issuer, or remove it here',
        related: [{ message: 'the environment is here', at: document.keyPlaceOf(['environments', name]) }],
      }),
    )
}

/** A name of a client or an actor is unique to its issuer (RFC 6749 section 2.2): with several, who may choose names at one of them could choose another's. */
function sharedClientNames(
  name: string,
  { issuers, observeClients }: EnvironmentDeclaration,
  document: MapDocument,
  { rules }: MapDemands,
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
      subject: name,
      at: document.placeOf(['environments', name, 'issuers', second]),
      message:
        'a client or an actor of this issuer can have the name of one that another issuer knows, and pass for it',
      help: 'give each issuer a `clientPrefix` of its own, and write names with it',
      related: [{ message: 'names are relied on here', at: namedIn }],
    }),
  ]
}

/** Settings that an author must have meant something by, and that nothing reads: a check that is silently off. */
function unreadSettings({ issuers, path: above }: IssuerList, document: MapDocument): readonly Diagnostic[] {
  return issuers.flatMap(({ introspection }, index) => {
    if (introspection === undefined) return []
    const path = [...above, index]
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

/** Tokens that never name the API: held against the environment's audience, all of them would be refused. */
function profileAudiences(name: string, { issuers, path }: IssuerList, document: MapDocument): readonly Diagnostic[] {
  return issuers.flatMap(({ profile, audience, audienceClaim }, index) => {
    const audienceIs = profile === undefined ? undefined : PROFILES[profile].audienceIs
    if (profile === undefined || audienceIs === undefined || audience !== undefined || audienceClaim !== undefined)
      return []
    return [
      diagnostic('profile-audience', {
        subject: name,
        at: document.placeOf([...path, index, 'profile']),
        message: `tokens of ${quoted(profile)} are not for the environment's \`audience\``,
        help: `write \`audience\` for this issuer: ${audienceIs}`,
      }),
    ]
  })
}
