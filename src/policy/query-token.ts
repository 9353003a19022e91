/** `access_token` in the query: it never authenticates here (OAuth 2.1 section 5.1.1), and must not authenticate anybody behind the gate either. */
import { hasName, looseName } from './query-name.ts'

/** The query without any `access_token`, in whatever spelling a form parser takes for it; the same text where there is none. Empty, or begins with `?`. */
export function withoutQueryToken(query: string): string {
  // A look that costs next to nothing, for nearly every query: without a `%` in a name, the token's must stand there as it is.
  if (!/access.token|(?:^\?|[&;])[^&;=]*%/i.test(query)) return query
  if (!hasName(query, isQueryToken)) return query
  const kept = query.slice(1).split('&').flatMap(withoutTokens).join('&')
  return kept === '' ? '' : `?${kept}`
}

/**
 * What is left of the text between two `&`. Some parsers take `;` for a separator, too; the others read on to the `&`, which stays, so that they find
 * what lies beyond it as before.
 */
function withoutTokens(part: string): readonly string[] {
  const kept = part
    .split(';')
    .filter((piece) => !isQueryToken(looseName(piece)))
    .join(';')
  return kept === '' && part !== '' ? [] : [kept]
}

/**
 * PHP and its kin fold a dot, a space and a bracket that is never closed into an underscore, drop white space before a name, and cut it at a
 * bracket or NUL. qs and Rack take brackets off its front, and URLSearchParams a question mark.
 */
const isQueryToken = (name: string): boolean =>
  /^[\s?[\]]*access(?:[_. ]token(?:[[\]\0]|$)|\[token(?:\0|$))/i.test(name)
