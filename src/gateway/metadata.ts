/** OAuth 2.0 Protected Resource Metadata, RFC 9728, derived from the map and the environment. */

import type { Release } from '../policy/decode.ts'
import type { Environment } from '../policy/environment.ts'
import { METADATA_PREFIX } from '../policy/reserved.ts'
import type { EpochSeconds } from '../policy/result.ts'

/** Where the document of a resource lives: the well-known path goes between host and path (RFC 9728 section 3.1). */
export function metadataUrl(resource: string): string {
  const start = resource.indexOf('//') + 2
  const end = resource.slice(start).search(/[/?]/)
  if (end < 0) return resource + METADATA_PREFIX
  const rest = resource.slice(start + end)
  return resource.slice(0, start + end) + METADATA_PREFIX + rest.replace(/^\/(?=$|\?)/, '')
}

/** The document. `resource` is emitted byte for byte as configured; scopes that are retired or on their way out are not advertised. */
export function metadataDocument(
  environment: Environment,
  release: Release,
  now: EpochSeconds,
): Readonly<Record<string, unknown>> {
  const scopes = requiredScopes(release).filter((name) => {
    const retiredAt = release.scopes.get(name)?.retiredAt
    return release.document.scopes[name]?.deprecated === undefined && (retiredAt === undefined || now < retiredAt)
  })
  return {
    resource: environment.resource,
    authorization_servers: environment.issuers.map(({ issuer }) => issuer),
    ...(scopes.length > 0 && { scopes_supported: scopes }),
    bearer_methods_supported: ['header'],
  }
}

const requiredScopes = (release: Release) =>
  [
    ...new Set(
      release.rules.flatMap(({ requirement }) => (requirement.kind === 'scopes' ? requirement.anyOf.flat() : [])),
    ),
  ].sort()
