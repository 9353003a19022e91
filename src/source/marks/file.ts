/** A file of things to be revoked: YAML for people, JSON lines and CSV for exports of other systems. Each row with its line, and each fault. */
import { fail, ok, type Result } from '../../policy/result.ts'
import { isError, quoted } from '../diagnostic.ts'
import { createDocument } from '../document.ts'
import { readYaml } from '../yaml.ts'
import { type MarkRow, readMarkRow } from './row.ts'

export const MARK_FILE_KINDS = ['yaml', 'ndjson', 'csv'] as const
export type MarkFileKind = (typeof MARK_FILE_KINDS)[number]

export interface PlacedRow {
  /** From 1. */
  readonly line: number
  readonly row: MarkRow
}

export interface PlacedFault {
  readonly line: number
  readonly message: string
}

export interface MarkFileReading {
  readonly rows: readonly PlacedRow[]
  readonly faults: readonly PlacedFault[]
}

interface PlacedValue {
  readonly line: number
  readonly value: Result<unknown, string>
}

/** Total. */
export function readMarkFile(kind: MarkFileKind, name: string, text: string): MarkFileReading {
  // Some systems put a byte order mark before whatever they export.
  const values = READERS[kind](text.replace(/^\uFEFF/, ''), name)
  const [rows, faults]: [PlacedRow[], PlacedFault[]] = [[], []]
  for (const { line, value } of values) {
    const row = value.ok ? readMarkRow(value.value) : value
    if (row.ok) rows.push({ line, row: row.value })
    else faults.push({ line, message: row.error })
  }
  return { rows, faults }
}

const READERS: Readonly<Record<MarkFileKind, (text: string, name: string) => readonly PlacedValue[]>> = {
  yaml: readList,
  ndjson: (text) => linesOf(text).map(({ line, text: each }) => ({ line, value: parseJson(each) })),
  csv: readTable,
}

function readList(text: string, name: string): readonly PlacedValue[] {
  const { tree, diagnostics } = readYaml(name, text)
  const errors = diagnostics.filter(isError).map(({ at, message }) => ({ line: at.line, value: fail(message) }))
  if (tree === undefined || errors.length > 0) return errors
  const document = createDocument(name, tree)
  const { value } = document.root
  if (!Array.isArray(value))
    return [{ line: 1, value: fail('it is not a list: begin each thing to be revoked with `- `') }]
  return value.map((each: unknown, index) => ({ line: document.placeOf([index]).line, value: ok(each) }))
}

const linesOf = (text: string): readonly { readonly line: number; readonly text: string }[] =>
  text
    .split(/\r?\n/)
    .map((each, index) => ({ line: index + 1, text: each }))
    .filter((each) => each.text.trim() !== '')

function parseJson(line: string): Result<unknown, string> {
  try {
    return ok(JSON.parse(line))
  } catch {
    return fail('it is not JSON')
  }
}

/** RFC 4180, a record a line; the first names the columns. Empty fields are left out. */
function readTable(text: string): readonly PlacedValue[] {
  const [head, ...lines] = linesOf(text)
  const columns = head === undefined ? undefined : fieldsOf(head.text)
  if (columns === undefined) return [{ line: 1, value: fail('its first line does not name columns') }]
  return lines.map(({ line, text: each }) => {
    const fields = fieldsOf(each)
    if (fields === undefined) return { line, value: fail('a quotation mark is not closed, or stands inside a field') }
    if (fields.length !== columns.length)
      return { line, value: fail(`it has ${fields.length} fields, and the first line ${columns.length}`) }
    const entries = columns.map((column, index) => [column, fields[index]] as const)
    const twice = columns.find((column, index) => columns.indexOf(column) !== index)
    if (twice !== undefined) return { line, value: fail(`the column ${quoted(twice)} is there twice`) }
    return { line, value: ok(Object.fromEntries(entries.filter(([, field]) => field !== ''))) }
  })
}

const FIELD = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y

function fieldsOf(line: string): readonly string[] | undefined {
  const fields: string[] = []
  FIELD.lastIndex = 0
  for (;;) {
    const found = FIELD.exec(line)
    if (found === null) return undefined
    const [, quotedField, plain = '', end] = found
    fields.push(quotedField === undefined ? plain.trim() : quotedField.replaceAll('""', '"'))
    if (end === '') return fields
  }
}
