/** Folding: what an origin that ignores case, suffixes or path parameters could take a segment for (clause 3.5). */

// Groups of a dot and one to eight letters or digits at the end, if something stands before them.
const SUFFIX = /^([\s\S]+?)(?:\.[a-z0-9]{1,8})+$/

/** By ASCII code: 1 for the characters without which folding a canonical path changes nothing. */
export const FOLDS: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Z.%;]/.test(String.fromCharCode(code)) ? 1 : 0,
)

/** Folds one canonical segment. The result is for comparison with other folded segments only. */
export function foldSegment(segment: string): string {
  const decoded = decodeURIComponent(cutParameters(segment))
  const folded = decoded.toUpperCase().toLowerCase()
  // An allowed encoded slash stays inside its segment: U+0000 occurs in no canonical path.
  return folded.replace(SUFFIX, '$1').replaceAll('/', '\0')
}

/** Folds a canonical path segment by segment. */
export const foldPath = (path: string): string => path.split('/').map(foldSegment).join('/')

function cutParameters(segment: string): string {
  const semicolon = segment.indexOf(';')
  return semicolon < 0 ? segment : segment.slice(0, semicolon)
}
