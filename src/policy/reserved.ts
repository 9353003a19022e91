/** The paths that the gate answers by itself, on every host and before any rule: no rule may claim one. */

/** Health and problem types. */
export const OWN_PREFIX = '/_scopewall/'

/** Protected resource metadata, RFC 9728 section 3. */
export const METADATA_PREFIX = '/.well-known/oauth-protected-resource'

export const RESERVED_PREFIXES = [OWN_PREFIX, METADATA_PREFIX] as const

/** By the raw text, before anything is decoded: an encoded spelling of a reserved path is an ordinary path, and refused as such. */
export function isReserved(url: string): boolean {
  const path = url.indexOf('/', 8)
  return path > 0 && RESERVED_PREFIXES.some((prefix) => url.startsWith(prefix, path))
}
