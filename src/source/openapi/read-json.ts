/** JSON -> a tree with positions. The YAML parser would read it, too, and take a hundred times as long. */
import { fail, ok, type Result } from '../../policy/result.ts'
import { type Entry, MAX_DEPTH, type Node, type TextProblem } from './node.ts'

export interface TreeReading {
  readonly root: Node
  readonly problems: readonly TextProblem[]
}

/** Strict, but for keys that are there twice: the last one counts, as everywhere, and is a problem. The error is where it is no JSON. */
export function readJson(text: string): Result<TreeReading, TextProblem> {
  const cursor: Cursor = { text, at: 0, problems: [] }
  try {
    const root = readValue(cursor, 0)
    skipSpace(cursor)
    if (cursor.at < text.length) throw new NotJson(cursor.at, 'something follows the end')
    return ok({ root, problems: cursor.problems })
  } catch (error) {
    if (error instanceof NotJson) return fail({ offset: error.offset, message: error.message })
    throw error
  }
}

class NotJson extends Error {
  readonly offset: number
  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

interface Cursor {
  readonly text: string
  at: number
  readonly problems: TextProblem[]
}

function skipSpace(cursor: Cursor): void {
  const { text } = cursor
  let { at } = cursor
  for (let code = text.charCodeAt(at); code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09; )
    code = text.charCodeAt(++at)
  cursor.at = at
}

function readValue(cursor: Cursor, depth: number): Node {
  if (depth > MAX_DEPTH) throw new NotJson(cursor.at, `more than ${MAX_DEPTH} lists and objects lie in one another`)
  skipSpace(cursor)
  const offset = cursor.at
  switch (cursor.text[offset]) {
    case '{':
      return { kind: 'map', offset, entries: readMembers(cursor, depth) }
    case '[':
      return { kind: 'list', offset, items: readItems(cursor, depth) }
    case '"': {
      const value = readString(cursor)
      return { kind: 'scalar', offset, value, text: value }
    }
    default:
      return readLiteral(cursor)
  }
}

/** Whether the next character is this one; then it is consumed, with the space before it. */
function takes(cursor: Cursor, character: string): boolean {
  skipSpace(cursor)
  if (cursor.text[cursor.at] !== character) return false
  cursor.at++
  return true
}

function expect(cursor: Cursor, character: string): void {
  if (!takes(cursor, character)) throw new NotJson(cursor.at, `\`${character}\` is missing`)
}

function readMembers(cursor: Cursor, depth: number): ReadonlyMap<string, Entry> {
  cursor.at++
  const entries = new Map<string, Entry>()
  if (takes(cursor, '}')) return entries
  do {
    skipSpace(cursor)
    const keyOffset = cursor.at
    const key = readString(cursor)
    expect(cursor, ':')
    if (entries.has(key)) cursor.problems.push(duplicateKey(keyOffset, key))
    entries.set(key, { keyOffset, node: readValue(cursor, depth + 1) })
  } while (takes(cursor, ','))
  expect(cursor, '}')
  return entries
}

export const duplicateKey = (offset: number, key: string): TextProblem => ({
  offset,
  message: `the key \`${key.slice(0, 80)}\` is here a second time, and the last one counts`,
})

function readItems(cursor: Cursor, depth: number): readonly Node[] {
  cursor.at++
  const items: Node[] = []
  if (takes(cursor, ']')) return items
  do items.push(readValue(cursor, depth + 1))
  while (takes(cursor, ','))
  expect(cursor, ']')
  return items
}

function readString(cursor: Cursor): string {
  const { text, at: start } = cursor
  if (text[start] !== '"') throw new NotJson(start, 'a text in double quotation marks is missing')
  let end = start + 1
  for (let code = text.charCodeAt(end); code !== QUOTE; code = text.charCodeAt(end)) {
    if (!(code >= 0x20)) throw new NotJson(end, 'the text does not end')
    end += code === BACKSLASH ? 2 : 1
  }
  cursor.at = end + 1
  try {
    const value: unknown = JSON.parse(text.slice(start, end + 1))
    return String(value)
  } catch {
    throw new NotJson(start, 'the text holds an escape that JSON does not have')
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

const LITERAL = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y

function readLiteral(cursor: Cursor): Node {
  const offset = cursor.at
  LITERAL.lastIndex = offset
  const text = LITERAL.exec(cursor.text)?.[0]
  if (text === undefined) throw new NotJson(offset, 'a value is missing')
  cursor.at += text.length
  const value: unknown = JSON.parse(text)
  const isKnown = typeof value === 'number' || typeof value === 'boolean'
  return { kind: 'scalar', offset, value: isKnown ? value : null, text }
}
