/** `access_token` in the query: it never authenticates here (OAuth 2.1 section 5.1.1), and must not authenticate anybody behind the gate either. */

/** The query without any `access_token`, in whatever spelling a form parser takes for it; the same text where there is none. Empty, or begins with `?`. */
export function withoutQueryToken(query: string): string {
  // A look that costs nothing, for nearly every query: without a `%`, the name must stand there as it is.
  if (!/access.token|%/i.test(query)) return query
  const parts = query.slice(1).split('&')
  const kept = parts.filter((part) => !isQueryToken(part))
  if (kept.length === parts.length) return query
  return kept.length === 0 ? '' : `?${kept.join('&')}`
}

function isQueryToken(part: string): boolean {
  const name = (part.split('=', 1)[0] ?? '')
    .replaceAll('+', ' ')
    .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  // PHP and its kin fold a dot and a space into an underscore, drop white space before a name, and cut it at a bracket or NUL.
  return /^\s*access[_. ]token(?:[[\]\0]|$)/i.test(name)
}
