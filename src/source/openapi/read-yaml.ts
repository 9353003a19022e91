/**
 * YAML 1.2 as authors of descriptions write it -> a tree with positions. Unlike the reader of the map this one is lenient: anchors, aliases,
 * merge keys and keys that are no texts are common there. An alias is the same node again, never a copy, so none of it can grow.
 */
import { isAlias, isMap, isScalar, isSeq, type Pair, parseDocument, type Node as YamlNode } from 'yaml'
import { fail, ok, type Result } from '../../policy/result.ts'
import { type Entry, MAX_DEPTH, type Node, type ScalarNode, type TextProblem, textIn } from './node.ts'
import { duplicateKey, type TreeReading } from './read-json.ts'

/** Faults that leave no doubt about what was meant. */
const HARMLESS: ReadonlySet<string> = new Set([
  'BAD_DIRECTIVE',
  'BAD_DQ_ESCAPE',
  'BAD_SCALAR_START',
  'COMMENT_SPACE',
  'KEY_OVER_1024_CHARS',
  'MULTIPLE_DOCS',
  'TAB_AS_INDENT',
  'TAG_RESOLVE_FAILED',
])

/** The error is the first place that is no YAML. */
export function readLenientYaml(text: string): Result<TreeReading, TextProblem> {
  const document = parseDocument<YamlNode, false>(text, OPTIONS)
  const fatal = document.errors.find(({ code }) => !HARMLESS.has(code))
  if (fatal !== undefined) return fail(syntaxProblem(fatal.code, fatal.pos[0], fatal.message))
  const reading: Reading = {
    anchors: new Map(),
    problems: document.errors.map(({ code, pos, message }) => syntaxProblem(code, pos[0], message)),
    merged: 0,
    isTooDeep: false,
  }
  const root = read(reading, document.contents, 0, 0)
  return reading.isTooDeep ? fail(tooDeep(0)) : ok({ root, problems: reading.problems })
}

const OPTIONS = {
  version: '1.2',
  schema: 'core',
  merge: false,
  strict: false,
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const

const tooDeep = (offset: number): TextProblem => ({
  offset,
  message: `more than ${MAX_DEPTH} lists and maps lie in one another`,
})

function syntaxProblem(code: string, offset: number, message: string): TextProblem {
  if (code === 'RESOURCE_EXHAUSTION') return tooDeep(offset)
  if (code === 'MULTIPLE_DOCS') return { offset, message: 'a second document begins here, and only the first is read' }
  return { offset, message: (message.charAt(0).toLowerCase() + message.slice(1)).replace(/\.$/, '') }
}

interface Reading {
  /** In the order of the text, so that an alias means the anchor before it. */
  readonly anchors: Map<string, Node>
  readonly problems: TextProblem[]
  /** Keys that merge keys have brought, all in all. */
  merged: number
  isTooDeep: boolean
}

function read(reading: Reading, node: YamlNode | null, offset: number, depth: number): Node {
  const at = node?.range?.[0] ?? offset
  if (depth > MAX_DEPTH) reading.isTooDeep = true
  if (node === null || reading.isTooDeep) return nullAt(at)
  if (isAlias(node)) return reading.anchors.get(node.source) ?? unknownAlias(reading, node.source, at)
  if (isMap<YamlNode, YamlNode | null>(node)) {
    const entries = new Map<string, Entry>()
    const map: Node = { kind: 'map', offset: at, entries }
    remember(reading, node.anchor, map)
    readPairs(reading, node.items, entries, at, depth)
    return map
  }
  if (isSeq<YamlNode>(node)) {
    const items: Node[] = []
    const list: Node = { kind: 'list', offset: at, items }
    remember(reading, node.anchor, list)
    for (const item of node.items) items.push(read(reading, item, at, depth + 1))
    return list
  }
  const scalar = isScalar(node) ? readScalar(node.value, node.source, at) : nullAt(at)
  if (isScalar(node)) remember(reading, node.anchor, scalar)
  return scalar
}

const nullAt = (offset: number): Node => ({ kind: 'scalar', offset, value: null, text: '' })

function unknownAlias({ problems }: Reading, name: string, offset: number): Node {
  problems.push({ offset, message: `nothing before this has the anchor \`${name.slice(0, 80)}\`` })
  return nullAt(offset)
}

function remember({ anchors }: Reading, anchor: string | undefined, node: Node): void {
  if (anchor !== undefined) anchors.set(anchor, node)
}

function readScalar(value: unknown, source: string | undefined, offset: number): ScalarNode {
  if (typeof value === 'string') return { kind: 'scalar', offset, value, text: value }
  const isKnown = typeof value === 'number' || typeof value === 'boolean'
  return { kind: 'scalar', offset, value: isKnown ? value : null, text: source ?? String(value) }
}

function readPairs(
  reading: Reading,
  pairs: readonly Pair<YamlNode, YamlNode | null>[],
  entries: Map<string, Entry>,
  offset: number,
  depth: number,
): void {
  const merges: { readonly node: Node; readonly keyOffset: number }[] = []
  for (const { key, value } of pairs) {
    const keyOffset = key?.range?.[0] ?? offset
    const name = keyText(reading, key)
    const node = read(reading, value, keyOffset, depth + 1)
    if (name === undefined) reading.problems.push({ offset: keyOffset, message: 'this key is no text, and left out' })
    else if (isMergeKey(key)) merges.push({ node, keyOffset })
    else {
      if (entries.has(name)) reading.problems.push(duplicateKey(keyOffset, name))
      entries.set(name, { keyOffset, node })
    }
  }
  for (const { node, keyOffset } of merges) merge(reading, entries, node, keyOffset)
}

function keyText(reading: Reading, key: YamlNode | null): string | undefined {
  if (isAlias(key)) return textIn(reading.anchors.get(key.source))
  if (!isScalar(key)) return undefined
  const { value, source, anchor, range } = key
  const node = readScalar(value, source, range?.[0] ?? 0)
  remember(reading, anchor, node)
  // `null:` is a name; nothing before the colon is none.
  return typeof value === 'string' || (source !== undefined && source !== '') ? node.text : undefined
}

const isMergeKey = (key: YamlNode | null): boolean => isScalar(key) && key.value === '<<' && key.type === 'PLAIN'

/** A thousand maps that merge a thousand keys each; more than any author means. */
const MOST_MERGED = 1_000_000

/** What is there already wins. A list of maps: the earlier ones win. */
function merge(reading: Reading, entries: Map<string, Entry>, source: Node, keyOffset: number): void {
  const maps = source.kind === 'list' ? source.items : [source]
  for (const map of maps) {
    if (map.kind !== 'map') {
      reading.problems.push({ offset: keyOffset, message: 'a merge key wants a map, and this one is left out' })
      continue
    }
    for (const [name, entry] of map.entries) {
      if (++reading.merged > MOST_MERGED) {
        reading.problems.push({ offset: keyOffset, message: 'merge keys bring too much, and the rest is left out' })
        return
      }
      if (!entries.has(name)) entries.set(name, entry)
    }
  }
}
