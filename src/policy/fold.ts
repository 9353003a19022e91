/** Folding: what an origin that ignores case, suffixes, outer white space or path parameters could take a segment for (clause 3.5). */

/** By ASCII code: 1 for the characters without which folding a canonical path changes nothing. */
export const FOLDS: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Z.%;]/.test(String.fromCharCode(code)) ? 1 : 0,
)

const PLAIN = /^[a-z0-9_-]*$/

/** Folds one canonical segment, in time proportional to its length. The result is for comparison with other folded segments only. */
export function foldSegment(segment: string): string {
  // Most segments are plain words in lower case, and a whole map of them is folded whenever one is loaded.
  if (PLAIN.test(segment)) return segment
  const decoded = decodeURIComponent(cutParameters(segment))
  // An allowed encoded slash stays inside its segment: U+0000 occurs in no canonical path.
  return cutSuffix(foldCase(decoded)).replaceAll('/', '\0')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is meant
const ASCII = /^[\x00-\x7F]*$/

/** Character by character, because the case of a Greek sigma depends on its neighbours; there and back, because some letters have three cases. */
function foldCase(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase()
  return Array.from(text, (character) => character.toLowerCase().toUpperCase().toLowerCase()).join('')
}

/** Whatever follows the first dot: routers that take a format off the end take any text for one. */
function cutSuffix(text: string): string {
  const name = text.trim()
  const dot = name.indexOf('.', 1)
  return dot < 0 ? name : name.slice(0, dot).trimEnd()
}

/** Folds a canonical path segment by segment. */
export const foldPath = (path: string): string => path.split('/').map(foldSegment).join('/')

function cutParameters(segment: string): string {
  const semicolon = segment.indexOf(';')
  return semicolon < 0 ? segment : segment.slice(0, semicolon)
}
