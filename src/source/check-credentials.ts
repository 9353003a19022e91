/** What a schema cannot see of the credentials that an environment accepts: whether its services and secrets are kept apart, and whether its routes can be opened at all. */

import { type Diagnostic, diagnostic, type Place, quoted, quotedList } from './diagnostic.ts'
import type { MapDocument, Path } from './document.ts'
import type { EnvironmentDeclaration, GatewayFile } from './gateway-file.ts'
import { issuerListsOf } from './issuer-lists.ts'
import type { MapDemands } from './model.ts'
import { didYouMean } from './suggest.ts'

/** `unknown-service`, `shared-resource`, `shared-secret`, `binding-not-accepted`. */
export function checkCredentials(file: GatewayFile, document: MapDocument, map: MapDemands): readonly Diagnostic[] {
  return Object.entries(file.environments).flatMap(([name, environment]) => [
    ...unknownServices(name, environment, document, map),
    ...sharedResources(name, environment, document),
    ...sharedSecrets(name, environment, document),
    ...unacceptedBindings(name, environment, document, map),
  ])
}

function unknownServices(
  name: string,
  { services }: EnvironmentDeclaration,
  document: MapDocument,
  map: MapDemands,
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
  environment: EnvironmentDeclaration,
  document: MapDocument,
): readonly Diagnostic[] {
  const { dpop, originSignature, revocation, incidents } = environment
  const top = ['environments', name]
  const uses: readonly (readonly [secret: string | undefined, path: Path])[] = [
    ...issuerListsOf(name, environment).flatMap(({ issuers, path }) =>
      issuers.map(({ introspection }, index) => {
        const authentication = introspection?.authentication
        const secret = authentication !== undefined && 'secret' in authentication ? authentication.secret : undefined
        return [secret, [...path, index, 'introspection', 'authentication', 'secret']] as const
      }),
    ),
    [dpop?.nonceSecret, [...top, 'dpop', 'nonceSecret']],
    ...(originSignature?.keys ?? []).map(
      ({ secret }, index) => [secret, [...top, 'originSignature', 'keys', index, 'secret']] as const,
    ),
    // A secret that signs, and one that two senders know, must be nobody else's.
    ...Object.entries(revocation.senders).flatMap(([sender, { secret, authorization }]) => [
      [secret, [...top, 'revocation', 'senders', sender, 'secret']] as const,
      [authorization, [...top, 'revocation', 'senders', sender, 'authorization']] as const,
    ]),
    ...Object.entries(incidents.channels).map(
      ([channel, { secret }]) => [secret, [...top, 'incidents', 'channels', channel, 'secret']] as const,
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

/** A route or an issuer that wants tokens bound in a way that this environment does not accept is closed to everybody. */
function unacceptedBindings(
  name: string,
  { dpop, mtls, issuers }: EnvironmentDeclaration,
  document: MapDocument,
  { rules, scopes }: MapDemands,
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
