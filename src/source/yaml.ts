/**
 * YAML -> plain data with positions. A map is written in the plain part of YAML 1.2 (core schema), so that what a reviewer reads is what
 * the gate gets: `NO` is a text, keys are texts, each key is there once.
 */
import {
  Composer,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  type Pair,
  Parser,
  type Scalar,
  type YAMLError,
  YAMLParseError,
} from 'yaml'
import { type Diagnostic, diagnostic, type Finding, quoted } from './diagnostic.ts'
import { createPlaces, type PlaceAt } from './places.ts'
import { findRefusedFeatures, MAX_DEPTH, tooDeep } from './yaml-features.ts'

/** A value and where it stands, as an offset into the text. */
export interface YamlNode {
  /** Strings, numbers, booleans, null, arrays, and objects without a prototype: no key can mean anything by itself. */
  readonly value: unknown
  readonly offset: number
  /** A scalar as it is written. */
  readonly source?: string
  /** Present for maps and lists. */
  readonly children?: ReadonlyMap<string | number, YamlChild>
}

export interface YamlChild {
  readonly node: YamlNode
  /** Where the key stands; for an item of a list, where the item stands. */
  readonly keyOffset: number
}

/** One file, read. */
export interface YamlTree {
  readonly root: YamlNode
  readonly placeAt: PlaceAt
}

/** More than these say nothing new of a file that is no YAML. */
const MOST_SYNTAX_ERRORS = 5

export interface YamlReading {
  /** Absent where the text is no YAML, or not of the plain kind; otherwise without the keys that are wrong. */
  readonly tree?: YamlTree
  readonly diagnostics: readonly Diagnostic[]
}

/** Total: whatever the text, the result is its tree or what is wrong with it, or both. */
export function readYaml(file: string, text: string): YamlReading {
  const placeAt = createPlaces(file, text)
  const lexemes = [...new Lexer().lex(text)]
  const refused = findRefusedFeatures(lexemes, placeAt)
  if (refused.length > 0) return { diagnostics: refused }
  const { errors, contents } = compose(lexemes, text.length)
  if (errors.length > 0)
    return { diagnostics: errors.slice(0, MOST_SYNTAX_ERRORS).map((error) => syntaxDiagnostic(error, placeAt)) }
  const reading: Reading = { placeAt, diagnostics: [] }
  const root = read(reading, contents, 0)
  if (root.value !== null) return { tree: { root, placeAt }, diagnostics: reading.diagnostics }
  report(reading, 'empty-file', 0, { message: 'the file is empty' })
  return { diagnostics: reading.diagnostics }
}

const OPTIONS = {
  version: '1.2',
  schema: 'core',
  merge: false,
  // Ours is linear in the number of keys and says where the first one is.
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'error',
} as const

interface Composed {
  readonly errors: readonly YAMLError[]
  readonly contents: Node | null
}

/** What yaml's `parseDocument` does, with lexemes that are there already: to take a text apart is half of the work. */
function compose(lexemes: readonly string[], length: number): Composed {
  const [first, second] = new Composer(OPTIONS).compose(parse(lexemes), true, length)
  const { errors = [], contents = null } = first ?? {}
  if (second === undefined) return { errors, contents }
  const [start, end] = second.range
  return { errors: [...errors, new YAMLParseError([start, end], 'MULTIPLE_DOCS', 'a second document')], contents }
}

function* parse(lexemes: readonly string[]) {
  const parser = new Parser()
  for (const lexeme of lexemes) yield* parser.next(lexeme)
  yield* parser.end()
}

function syntaxDiagnostic({ code, pos, message }: YAMLError, placeAt: PlaceAt): Diagnostic {
  const at = placeAt(pos[0])
  if (code === 'RESOURCE_EXHAUSTION') return tooDeep(at)
  if (code === 'MULTIPLE_DOCS')
    return diagnostic('yaml-feature', {
      at,
      message: 'a second document begins here',
      help: 'one file holds one document: remove `---`',
    })
  const sentence = message.charAt(0).toLowerCase() + message.slice(1)
  return diagnostic('yaml-syntax', { at, message: `this is no YAML: ${sentence.replace(/\.$/, '')}` })
}

/** One file while it is read. */
interface Reading {
  readonly placeAt: PlaceAt
  readonly diagnostics: Diagnostic[]
}

function report(
  { placeAt, diagnostics }: Reading,
  rule: Diagnostic['rule'],
  offset: number,
  finding: Omit<Finding, 'at'>,
): void {
  diagnostics.push(diagnostic(rule, { at: placeAt(offset), ...finding }))
}

function read(reading: Reading, node: Node | null, depth: number): YamlNode {
  const offset = node?.range?.[0] ?? 0
  if (depth > MAX_DEPTH) {
    reading.diagnostics.push(tooDeep(reading.placeAt(offset)))
    return { value: null, offset }
  }
  if (isMap<Node, Node>(node)) return readPairs(reading, node.items, offset, depth)
  if (isSeq<Node>(node)) return readList(reading, node.items, offset, depth)
  return isScalar(node) ? readScalar(node, offset) : { value: null, offset }
}

const readScalar = ({ value, source }: Scalar, offset: number): YamlNode => ({
  value,
  offset,
  ...(source !== undefined && { source }),
})

function readList(reading: Reading, items: readonly Node[], offset: number, depth: number): YamlNode {
  const nodes = items.map((item) => read(reading, item, depth + 1))
  const children = new Map(nodes.map((node, index) => [index, { node, keyOffset: node.offset }]))
  return { value: nodes.map(({ value }) => value), offset, children }
}

function readPairs(
  reading: Reading,
  pairs: readonly Pair<Node, Node | null>[],
  offset: number,
  depth: number,
): YamlNode {
  const children = new Map<string, YamlChild>()
  const value: Record<string, unknown> = Object.create(null)
  for (const pair of pairs) {
    const keyOffset = pair.key.range?.[0] ?? offset
    const key = readKey(reading, pair.key, keyOffset)
    if (key === undefined) continue
    const first = children.get(key)
    if (first !== undefined) {
      const related = [{ message: 'it is here first', at: reading.placeAt(first.keyOffset) }]
      report(reading, 'duplicate-key', keyOffset, { message: `the key ${quoted(key)} is here a second time`, related })
      continue
    }
    // A missing value stands where its key does.
    const node = pair.value === null ? { value: null, offset: keyOffset } : read(reading, pair.value, depth + 1)
    children.set(key, { node, keyOffset })
    value[key] = node.value
  }
  return { value, offset, children }
}

function readKey(reading: Reading, node: Node, offset: number): string | undefined {
  const key = isScalar(node) ? node.value : undefined
  if (typeof key !== 'string') {
    const source = isScalar(node) && typeof node.source === 'string' && node.source !== '' ? node.source : undefined
    report(reading, 'non-string-key', offset, {
      message: source === undefined ? 'this key is no text' : `the key ${quoted(source)} is no text`,
      help: source === undefined ? 'write a name before the colon' : `put it in quotes: '${source}'`,
    })
    return undefined
  }
  if (key === '<<') {
    report(reading, 'yaml-feature', offset, { message: 'a merge key is not allowed here', help: 'write the keys out' })
    return undefined
  }
  if (key === '__proto__') {
    report(reading, 'reserved-key', offset, {
      message: 'the key `__proto__` is not allowed',
      help: 'choose another name',
    })
    return undefined
  }
  return key
}
