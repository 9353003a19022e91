/** YAML (one document or several) and JSON -> trees. More lenient than the map's own reader: these files are other people's. */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type ParsedNode,
  parseAllDocuments,
} from 'yaml'
import type { Finding, Place } from '../../diagnostic.ts'
import { createPlaces, type PlaceAt } from '../../places.ts'
import type { Entry, Node } from './node.ts'

/** One file as the user named it. */
export interface ConfigFile {
  readonly path: string
  readonly text: string
}

export interface ConfigReading {
  /** The documents of all files, in order. */
  readonly documents: readonly Node[]
  /** Whatever keeps a file, or a part of it, from being read. */
  readonly problems: readonly Finding[]
}

/** The largest configuration that is worth reading as one file. */
const MAX_CHARACTERS = 8 * 1024 * 1024
/** Aliases can make much out of little. */
const MAX_NODES = 400_000
const MAX_DEPTH = 200
const MOST_PROBLEMS = 5

/** Total: whatever the texts are, the result is what can be read of them and what cannot. */
export function readConfig(files: readonly ConfigFile[]): ConfigReading {
  const readings = files.map(readFile)
  return {
    documents: readings.flatMap(({ documents }) => documents),
    problems: readings.flatMap(({ problems }) => problems),
  }
}

function readFile({ path, text }: ConfigFile): ConfigReading {
  const start = { file: path, line: 1, column: 1 }
  if (text.length > MAX_CHARACTERS)
    return { documents: [], problems: [{ at: start, message: `the file is longer than ${MAX_CHARACTERS} characters` }] }
  try {
    return readDocuments(path, text)
  } catch {
    // The parser is recursive: what lies too deep in one another ends up here.
    return {
      documents: [],
      problems: [{ at: start, message: 'the file cannot be read: too much lies in one another' }],
    }
  }
}

function readDocuments(path: string, text: string): ConfigReading {
  const placeAt = createPlaces(path, text)
  const parsed = parseAllDocuments<ParsedNode>(text, OPTIONS)
  const documents = Array.isArray(parsed) ? parsed : []
  const errors = documents.flatMap(({ errors }) => errors).slice(0, MOST_PROBLEMS)
  if (errors.length > 0)
    return {
      documents: [],
      problems: errors.map(({ pos, message }) => ({
        at: placeAt(pos[0]),
        message: `the file is neither YAML nor JSON: ${message.charAt(0).toLowerCase()}${message.slice(1).replace(/\.$/, '')}`,
      })),
    }
  const reading: Reading = { placeAt, problems: [], left: MAX_NODES }
  const nodes = documents.map((document) => read({ ...reading, document }, document.contents, 0))
  return { documents: nodes.filter(isSomething), problems: reading.problems.slice(0, MOST_PROBLEMS) }
}

const OPTIONS = {
  version: '1.2',
  schema: 'core',
  merge: false,
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'error',
} as const

const isSomething = (node: Node): boolean => node.kind !== 'scalar' || node.value !== null

interface Reading {
  readonly placeAt: PlaceAt
  readonly problems: Finding[]
  left: number
}

type DocumentReading = Reading & { readonly document: Document.Parsed<ParsedNode> }

function read(reading: DocumentReading, node: ParsedNode | null, depth: number): Node {
  const at = reading.placeAt(node?.range?.[0] ?? 0)
  const nothing: Node = { kind: 'scalar', at, value: null }
  if (--reading.left < 0 || depth > MAX_DEPTH) return refuse(reading, at, 'the file holds too much, or too deep')
  if (isAlias(node)) return readAlias(reading, node, depth, at)
  if (isMap(node)) return { kind: 'map', at, entries: readPairs(reading, node.items, depth) }
  if (isSeq(node))
    return { kind: 'list', at, items: node.items.map((item) => read(reading, item as ParsedNode, depth + 1)) }
  if (!isScalar(node)) return nothing
  const { value } = node
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? { kind: 'scalar', at, value }
    : nothing
}

function refuse(reading: Reading, at: Place, message: string): Node {
  if (reading.problems.length < MOST_PROBLEMS) reading.problems.push({ at, message })
  return { kind: 'scalar', at, value: null }
}

function readAlias(reading: DocumentReading, alias: Alias, depth: number, at: Place): Node {
  const target = alias.resolve(reading.document)
  if (target === undefined) return refuse(reading, at, 'an alias names nothing')
  return read(reading, target as ParsedNode, depth + 1)
}

type ParsedPair = Pair<ParsedNode, ParsedNode | null>

function readPairs(reading: DocumentReading, pairs: readonly ParsedPair[], depth: number): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>()
  const merged: Entry[] = []
  for (const { key, value } of pairs) {
    const at = reading.placeAt(key?.range?.[0] ?? 0)
    const name = isScalar(key) && key.value !== null ? String(key.value) : ''
    const entry = {
      at,
      node: value === null ? ({ kind: 'scalar', at, value: null } as const) : read(reading, value, depth + 1),
    }
    if (name === '<<') merged.push(entry)
    // What counts where a key is there twice differs from parser to parser.
    else if (entries.has(name)) refuse(reading, at, `the key \`${name.slice(0, 80)}\` is there twice`)
    else entries.set(name, entry)
  }
  for (const { node } of merged)
    for (const source of node.kind === 'list' ? node.items : [node])
      if (source.kind === 'map')
        for (const [name, entry] of source.entries) if (!entries.has(name)) entries.set(name, entry)
  return entries
}
