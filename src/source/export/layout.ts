/** Where the maps of a JSON or YAML text stand, so that one member can be written anew and everything else stays byte for byte. */
import { isMap, isScalar, isSeq, type Node, type Pair, parseDocument, visit } from 'yaml'

export interface MapLayout {
  /** In braces, as all of JSON is. */
  readonly isFlow: boolean
  readonly members: readonly MemberLayout[]
  /** From the first key, or the opening brace, to the end of the last value, or behind the closing brace. */
  readonly start: number
  readonly end: number
}

export interface MemberLayout {
  readonly key: string
  readonly keyStart: number
  /** Behind the colon. */
  readonly valueStart: number
  readonly end: number
  /** A comment between the colon and the value; empty where there is none. */
  readonly comment: string
  /** Something else in the text refers to the value. */
  readonly isAnchored: boolean
  /** White space at its end means something. */
  readonly keepsEnd: boolean
}

export interface TextLayout {
  readonly text: string
  /** Everything is in quotation marks. */
  readonly isJson: boolean
  /** The map that begins at an offset; undefined where none does, or where it cannot be written to. */
  readonly mapAt: (offset: number) => MapLayout | undefined
}

/** The text has been read before and is known to be JSON or YAML. */
export function layoutOf(text: string): TextLayout {
  const document = parseDocument(text, OPTIONS)
  const maps = new Map<number, MapLayout>()
  visit(document, {
    Map(_, map) {
      const layout =
        map.range && mapLayout(text, map.items as readonly Pair<Node, Node | null>[], map.range, map.flow === true)
      if (layout) maps.set(layout.start, layout)
    },
  })
  return { text, isJson: /^\s*\{/.test(text), mapAt: (offset) => maps.get(offset) }
}

const OPTIONS = {
  version: '1.2',
  schema: 'core',
  merge: false,
  strict: false,
  uniqueKeys: false,
  keepSourceTokens: true,
  prettyErrors: false,
  logLevel: 'silent',
} as const

function mapLayout(
  text: string,
  pairs: readonly Pair<Node, Node | null>[],
  [start, end]: readonly [number, number, number],
  isFlow: boolean,
): MapLayout | undefined {
  const members = pairs.map((pair) => memberLayout(text, pair))
  const sound = members.flatMap((each) => each ?? [])
  if (sound.length < members.length) return undefined
  return { isFlow, members: sound, start, end: isFlow ? end : (sound.at(-1)?.end ?? end) }
}

/** Undefined for an explicit key (`? a`), which no description has. */
function memberLayout(text: string, { key, value, srcToken }: Pair<Node, Node | null>): MemberLayout | undefined {
  const separators = srcToken?.sep ?? []
  const colon = separators.find(({ type }) => type === 'map-value-ind')
  if (!isScalar(key) || !key.range || colon === undefined) return undefined
  const valueStart = colon.offset + 1
  return {
    key: String(key.source ?? key.value),
    keyStart: key.range[0],
    valueStart,
    end: Math.max(valueStart, endOf(text, value)),
    comment: separators.flatMap((each) => (each.type === 'comment' ? [each.source] : [])).join(' '),
    isAnchored: value !== null && 'anchor' in value && value.anchor !== undefined,
    keepsEnd: isScalar(value) && (value.type === 'BLOCK_LITERAL' || value.type === 'BLOCK_FOLDED'),
  }
}

/** Of what can be seen: block collections and block scalars end in white space and comments that are not theirs. */
function endOf(text: string, node: Node | null): number {
  if (node === null || !node.range) return 0
  if (isMap<Node, Node | null>(node) && node.flow !== true) {
    const last = node.items.at(-1)
    return last === undefined ? node.range[0] : Math.max(endOf(text, last.key), endOf(text, last.value))
  }
  if (isSeq<Node>(node) && node.flow !== true)
    return node.items.reduce((end, item) => Math.max(end, endOf(text, item)), node.range[0])
  return node.range[0] + text.slice(node.range[0], node.range[1]).trimEnd().length
}
