/** A request's URI in the form in which DPoP compares it: RFC 9449 section 4.3, RFC 3986 sections 6.2.2 and 6.2.3. */

/**
 * Scheme and host in lower case, no default port, dot segments resolved, an empty path as `/`, no query and no fragment; percent-triplets in upper case,
 * those of unreserved characters decoded, all others kept, so that `%2F` never becomes `/`. `//` and a final slash are significant. Undefined where the
 * text is no absolute http(s) URI, or one that two parsers could read in two ways: userinfo, a backslash, white space, control characters, a stray `%`.
 */
export function normalizeTargetUri(uri: string): string | undefined {
  // Cut before anything looks at it: what follows is not compared, and may hold what may not stand before it.
  const [target = ''] = uri.split(/[?#]/, 1)
  if (UNREADABLE.test(target) || !TARGET.test(target) || STRAY_PERCENT.test(target)) return undefined
  const url = URL.parse(target)
  // `URL` resolves dot segments in either spelling, yet leaves other triplets as they came. What is decoded here is no dot segment any more.
  return url === null ? undefined : url.origin + url.pathname.replace(TRIPLET, normalizeTriplet)
}

// `URL` would drop tabs and line feeds, trim blanks, and replace a surrogate that stands alone.
const UNREADABLE = /[\s\p{Cc}\p{Cs}]/u
// Two slashes and a host without userinfo: `URL` would also read `https:host`, `https:///host` and `https:\\host`.
const TARGET = /^https?:\/\/[^/@\\]+(?:\/[^\\]*)?$/i
const STRAY_PERCENT = /%(?![0-9a-f]{2})/i

const TRIPLET = /%[0-9a-f]{2}/gi
const UNRESERVED = /[a-z0-9._~-]/i

function normalizeTriplet(triplet: string): string {
  const character = String.fromCharCode(Number.parseInt(triplet.slice(1), 16))
  return UNRESERVED.test(character) ? character : triplet.toUpperCase()
}
