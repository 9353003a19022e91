/** OAuth 2.0 Protected Resource Metadata, RFC 9728, derived from the map and the environment. */

import { adminRouteOf } from '../policy/admin-routes.ts'
import type { Release } from '../policy/decode.ts'
import type { Environment } from '../policy/environment.ts'
import { METADATA_PREFIX, OWN_PREFIX } from '../policy/reserved.ts'
import type { EpochSeconds } from '../policy/result.ts'
import type { Rule } from '../policy/rule.ts'
import { splitUrl } from '../policy/target.ts'

/** Where the document of a resource lives: the well-known path goes between host and path (RFC 9728 section 3.1). */
export function metadataUrl(resource: string): string {
  const start = resource.indexOf('//') + 2
  const end = resource.slice(start).search(/[/?]/)
  if (end < 0) return resource + METADATA_PREFIX
  const rest = resource.slice(start + end)
  return resource.slice(0, start + end) + METADATA_PREFIX + rest.replace(/^\/(?=$|\?)/, '')
}

/** A resource of the deployment: its identifier, and the service that it is, if it is not that of all others. */
export interface MetadataResource {
  readonly resource: string
  readonly service?: string
}

/** By the address of the document. No other has one: what is asked for never becomes a resource. */
export function metadataResources({ resource, services }: Environment): ReadonlyMap<string, MetadataResource> {
  const own = Object.entries(services).map(([service, each]) => ({ resource: each.resource, service }))
  return new Map([...own, { resource }].map((each) => [addressOf(metadataUrl(each.resource)), each]))
}

/** Host without port, path and query: what a request and a document are told apart by. Scheme and port are the zone's matter. Empty for what is no URL. */
export function addressOf(url: string): string {
  const parts = splitUrl(url)
  return parts.ok ? parts.value.host + parts.value.path + parts.value.query : ''
}

/** The document. `resource` is emitted byte for byte as configured; scopes that are retired or on their way out are not advertised. */
export function metadataDocument(
  environment: Environment,
  { resource, service }: MetadataResource,
  release: Release,
  now: EpochSeconds,
): Readonly<Record<string, unknown>> {
  const { issuers, services, dpop, mutualTls, originSignature } = environment
  // The admin API is for the operators of this one, and is nothing that its clients could ask for.
  const rules = release.rules.filter(
    (rule) =>
      adminRouteOf(rule) === undefined &&
      (service === undefined ? !Object.hasOwn(services, rule.service) : rule.service === service),
  )
  // Some service accounts sign their own tokens; those are no servers that a client could ask.
  const servers = issuers.map(({ issuer }) => issuer).filter((issuer) => /^https?:/.test(issuer))
  const details = [...new Set(rules.flatMap((rule) => (rule.authorizationDetails ?? []).map(({ type }) => type)))]
  const isPublished = originSignature?.keys.some(({ algorithm }) => algorithm === 'ed25519') === true
  return {
    resource,
    ...listed('authorization_servers', servers),
    ...listed('scopes_supported', advertisedScopes(rules, release, now)),
    bearer_methods_supported: ['header'],
    ...listed('authorization_details_types_supported', details.sort()),
    ...(mutualTls !== undefined && { tls_client_certificate_bound_access_tokens: true }),
    ...(dpop !== undefined && { dpop_signing_alg_values_supported: dpop.algorithms }),
    ...(isDpopRequired(environment) && { dpop_bound_access_tokens_required: true }),
    ...(isPublished && {
      jwks_uri: `${metadataUrl(environment.resource).split(METADATA_PREFIX, 1)[0]}${OWN_PREFIX}jwks.json`,
    }),
  }
}

/** Whether no token is accepted but with a DPoP proof. */
export const isDpopRequired = ({ dpop, mutualTls, issuers }: Environment): boolean =>
  dpop !== undefined && mutualTls === undefined && issuers.every((issuer) => issuer.requiresSenderConstraint)

/** RFC 9728 section 3.2: a parameter without values is left out. */
const listed = (name: string, values: readonly string[]): Readonly<Record<string, readonly string[]>> =>
  values.length === 0 ? {} : { [name]: values }

/** `offline_access` is between a client and its authorization server: no resource asks for it. */
function advertisedScopes(rules: readonly Rule[], { scopes }: Release, now: EpochSeconds): readonly string[] {
  const required = new Set(
    rules.flatMap(({ requirement }) => (requirement.kind === 'scopes' ? requirement.anyOf.flat() : [])),
  )
  return [...required]
    .filter((name) => {
      const facts = scopes.get(name)
      const isRetired = facts?.retiredAt !== undefined && now >= facts.retiredAt
      return facts?.isDeprecated === false && !isRetired && name !== 'offline_access'
    })
    .sort()
}
