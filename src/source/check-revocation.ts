/** What a schema cannot see of revocation: whether its times are in order, and whether what senders and roles are about is there. */
import { type Diagnostic, diagnostic, quoted, quotedList } from './diagnostic.ts'
import type { MapDocument, Path } from './document.ts'
import type { EnvironmentDeclaration, GatewayFile } from './gateway-file.ts'
import { identifiersOf } from './issuer.ts'
import type { MapDemands } from './model.ts'
import { audiencesOf, timingOf } from './revocation.ts'
import { didYouMean } from './suggest.ts'

/** `refresh-too-slow`, `unknown-issuer`, `unread-setting`, `undefined-scope`, `shared-resource`, `unused-revocation`, `unlimited-lifetime`. */
export function checkRevocation(file: GatewayFile, document: MapDocument, map: MapDemands): readonly Diagnostic[] {
  return Object.entries(file.environments).flatMap(([name, environment]) => {
    if (environment.revocation.off !== undefined) return unusedRevocation(name, document, map)
    const top = ['environments', name, 'revocation']
    return [
      ...disorderedTimes(top, environment, document),
      ...unknownIssuers(top, environment, document),
      ...namelessPeople(top, environment, document),
      ...undefinedScopes(top, environment, document, map),
      ...sharedAudiences(top, environment, document),
      ...unlimitedLifetimes(name, environment, document, map),
    ]
  })
}

const KEYS = ['poll', 'maxAge', 'maxStale'] as const

/** Each time must be longer than the one before; a default may be what is in the way. */
function disorderedTimes(
  top: Path,
  { revocation }: EnvironmentDeclaration,
  document: MapDocument,
): readonly Diagnostic[] {
  const { pollSeconds, maxAgeSeconds, maxStaleSeconds } = timingOf(revocation)
  const times = { poll: pollSeconds, maxAge: maxAgeSeconds, maxStale: maxStaleSeconds }
  return KEYS.slice(1).flatMap((longer, index) => {
    const shorter = KEYS[index] ?? 'poll'
    if (times[shorter] < times[longer]) return []
    const written = revocation[longer] === undefined ? shorter : longer
    return [
      diagnostic('refresh-too-slow', {
        at: document.placeOf([...top, written]),
        message: `\`${longer}\` (${times[longer]}s) is not longer than \`${shorter}\` (${times[shorter]}s)`,
        help: '`poll`, `maxAge` and `maxStale` must each be longer than the one before',
      }),
    ]
  })
}

function unknownIssuers(
  top: Path,
  { issuers, admin, revocation }: EnvironmentDeclaration,
  document: MapDocument,
): readonly Diagnostic[] {
  const known = [...issuers, ...(admin?.issuers ?? [])].map(({ issuer }) => issuer)
  const asked = [
    ...Object.entries(revocation.senders).map(([name, { issuer }]) => ({
      issuer,
      at: document.placeOf([...top, 'senders', name, 'issuer']),
    })),
    ...Object.keys(revocation.roles).map((issuer) => ({ issuer, at: document.keyPlaceOf([...top, 'roles', issuer]) })),
  ]
  return asked
    .filter(({ issuer }) => !known.includes(issuer))
    .map(({ issuer, at }) =>
      diagnostic('unknown-issuer', {
        at,
        message: `no token of the issuer ${quoted(issuer)} is accepted here`,
        help: didYouMean(issuer, known) ?? `the issuers are ${quotedList(known)}`,
      }),
    )
}

/** Marks by a name that no token has would find nobody. */
function namelessPeople(
  top: Path,
  { issuers, admin, revocation }: EnvironmentDeclaration,
  document: MapDocument,
): readonly Diagnostic[] {
  const all = [...issuers, ...(admin?.issuers ?? [])]
  return Object.entries(revocation.senders).flatMap(([name, { issuer, knownAs }]) =>
    knownAs !== 'user' || all.every((each) => each.issuer !== issuer || identifiersOf(each).user !== undefined)
      ? []
      : [
          diagnostic('unread-setting', {
            at: document.placeOf([...top, 'senders', name, 'knownAs']),
            message: `no claim of the tokens of ${quoted(issuer)} is their \`user\`: its events would find nobody`,
            help: 'write `identifiers: { user: <claim> }` at the issuer, such as `oid` or `uid`',
          }),
        ],
  )
}

function undefinedScopes(
  top: Path,
  { revocation }: EnvironmentDeclaration,
  document: MapDocument,
  { scopeNames }: MapDemands,
): readonly Diagnostic[] {
  if (scopeNames === undefined) return []
  return Object.entries(revocation.roles).flatMap(([issuer, roles]) =>
    Object.entries(roles).flatMap(([role, scopes]) =>
      scopes.flatMap((scope, index) => {
        if (scopeNames.has(scope)) return []
        const suggestion = didYouMean(scope, scopeNames)
        return [
          diagnostic('undefined-scope', {
            at: document.placeOf([...top, 'roles', issuer, role, index]),
            message: `no file declares the scope ${quoted(scope)}`,
            help: suggestion ?? 'whoever loses the role would keep all tokens: write a scope that the map has',
          }),
        ]
      }),
    ),
  )
}

/** An event must never be taken for an access token, nor the other way round (RFC 8417 section 4.7, RFC 8725 section 3.9). */
function sharedAudiences(
  top: Path,
  { resource, audience, issuers, admin, services, revocation }: EnvironmentDeclaration,
  document: MapDocument,
): readonly Diagnostic[] {
  const taken = new Set([
    ...audience,
    ...[...issuers, ...(admin?.issuers ?? [])].flatMap((issuer) => issuer.audience ?? []),
    ...Object.values(services).flatMap((service) => service.audience),
  ])
  return Object.entries(revocation.senders).flatMap(([name, sender]) =>
    sender.kind !== 'ssf' || !audiencesOf(name, sender, resource).some((each) => taken.has(each))
      ? []
      : [
          diagnostic('shared-resource', {
            at: document.placeOf([...top, 'senders', name, 'audience']),
            message: 'access tokens have this audience, too',
            help: 'give events an audience of their own, or leave it out: the address that they are sent to',
          }),
        ],
  )
}

/** Routes that want the log asked, where there is none. */
const unusedRevocation = (name: string, document: MapDocument, { rules }: MapDemands): readonly Diagnostic[] =>
  rules
    .filter(({ revocation }) => revocation === 'strict')
    .slice(0, 1)
    .map(({ at }) =>
      diagnostic('unused-revocation', {
        at,
        subject: name,
        message: `\`revocation: strict\` asks nobody in the environment ${quoted(name)}: revocation is off there`,
        help: 'switch it on in that environment, or remove it here',
        related: [{ message: 'it is off here', at: document.placeOf(['environments', name, 'revocation', 'off']) }],
      }),
    )

/** A mark ends when no token that it is about can live any more: where lifetimes have no bound, never by itself. */
function unlimitedLifetimes(
  name: string,
  { issuers }: EnvironmentDeclaration,
  document: MapDocument,
  { scopes }: MapDemands,
): readonly Diagnostic[] {
  const critical = scopes.find(({ sensitivity }) => sensitivity === 'critical')
  if (critical === undefined) return []
  return issuers.flatMap(({ issuer, maxLifetime }, index) =>
    maxLifetime !== undefined
      ? []
      : [
          diagnostic('unlimited-lifetime', {
            at: document.placeOf(['environments', name, 'issuers', index, 'issuer']),
            message: `nothing bounds how long tokens of ${quoted(issuer)} live: marks on them stay until somebody undoes them`,
            help: 'write `maxLifetime`, the longest time from issue to expiry that it makes tokens for',
            related: [{ message: 'a critical scope is here', at: critical.at }],
          }),
        ],
  )
}
