/**
 * The features of YAML that a map does without, found in one linear pass before anything is built: what they would make of the
 * text differs from what a reviewer reads, and some of them can make much out of little.
 */
import { CST } from 'yaml'
import { type Diagnostic, diagnostic, type Place } from './diagnostic.ts'
import type { PlaceAt } from './places.ts'

type TokenType = NonNullable<ReturnType<typeof CST.tokenType>>

const REFUSED: Partial<Record<TokenType, { readonly message: string; readonly help: string }>> = {
  anchor: { message: 'an anchor is not allowed here', help: 'write the value out where it is needed' },
  alias: {
    message: 'an alias is not allowed here',
    help: 'write the value out; put a text that begins with `*` in quotes',
  },
  tag: { message: 'a tag is not allowed here', help: 'put a text in quotes instead' },
  'directive-line': { message: 'a directive is not allowed here', help: 'remove the line: maps are YAML 1.2' },
}

/** The deepest file that means something has half of this. */
export const MAX_DEPTH = 16

/** More than these say nothing new. */
const MOST = 20

/** `lexemes` are those of yaml's lexer. */
export function findRefusedFeatures(lexemes: readonly string[], placeAt: PlaceAt): readonly Diagnostic[] {
  const found: Diagnostic[] = []
  let offset = 0
  let depth = 0
  let blocksInLine = 0
  let isScalar = false
  for (const lexeme of lexemes) {
    const type: TokenType | null = isScalar ? null : CST.tokenType(lexeme)
    isScalar = type === 'scalar'
    // Signs of the lexer's own that stand for no text.
    if (type === 'scalar' || type === 'doc-mode' || type === 'flow-error-end') continue
    const at = offset
    offset += lexeme.length
    const refused = type === null ? undefined : REFUSED[type]
    if (refused !== undefined) found.push(diagnostic('yaml-feature', { at: placeAt(at), ...refused }))
    if (type === 'flow-map-start' || type === 'flow-seq-start') depth++
    if (type === 'flow-map-end' || type === 'flow-seq-end') depth--
    // `- - - a`: as many lists in one another, without a bracket.
    if (type === 'newline') blocksInLine = 0
    if (depth === 0 && (type === 'seq-item-ind' || type === 'explicit-key-ind')) blocksInLine++
    if (depth > MAX_DEPTH || blocksInLine > MAX_DEPTH) return [...found, tooDeep(placeAt(at))]
    if (found.length >= MOST) break
  }
  return found
}

export const tooDeep = (at: Place): Diagnostic =>
  diagnostic('too-deep', { at, message: `more than ${MAX_DEPTH} lists and maps lie in one another` })
