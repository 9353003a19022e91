/** What a schema found wrong -> diagnostics in the words of this project. */
import { z } from 'zod'
import { type Diagnostic, diagnostic, type Place, quoted, quotedList } from './diagnostic.ts'
import type { MapDocument, Path } from './document.ts'
import { type CheckParams, keyNotes } from './fields.ts'
import { schemasAt } from './schema-path.ts'
import { didYouMean } from './suggest.ts'
import type { YamlNode } from './yaml.ts'

export type Issue = z.core.$ZodIssue

/** An issue at its path from the top. */
export interface Fault {
  readonly issue: Issue
  readonly path: Path
  /** The key at the end of the path is wrong, not its value. */
  readonly isKey?: boolean
}

/** One diagnostic, or one for each unknown key. */
export function describeFault(
  schema: z.ZodType,
  document: MapDocument,
  { issue, path, isKey }: Fault,
): readonly Diagnostic[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(document, [...path, key], schemasAt(schema, path)))
  const node = document.nodeAt(path)
  const help = helpOf(issue)
  if (isKey) return [finding('invalid-value', document.keyPlaceOf(path), issue.message, help)]
  if (node === undefined)
    return [finding('missing-key', document.keyPlaceOf(path), `${subject(path)} is missing`, help)]
  if (isEmpty(node.value)) return [finding('empty-value', document.placeOf(path), `${subject(path)} is empty`, help)]
  return [wrongValue(issue, node, path, document.placeOf(path), help)]
}

function unknownKey(document: MapDocument, path: Path, schemas: readonly z.ZodType[]): Diagnostic {
  const key = String(path.at(-1))
  const maps = schemas.filter((schema) => schema instanceof z.ZodObject)
  const known = maps.flatMap((map) => Object.keys(map.shape))
  const notes = maps.map((map) => keyNotes.get(map)).find((found) => found !== undefined)
  const noted = notes !== undefined && Object.hasOwn(notes.help, key) ? notes.help[key] : undefined
  const help = noted ?? didYouMean(key, known) ?? canStandHere(known)
  return finding('unknown-key', document.keyPlaceOf(path), `unknown ${notes?.noun ?? 'key'} ${quoted(key)}`, help)
}

function wrongValue(issue: Issue, node: YamlNode, path: Path, at: Place, help: string | undefined): Diagnostic {
  if (issue.code === 'custom') {
    const { rule = 'invalid-value', fix } = paramsOf(issue)
    return { ...finding(rule, at, issue.message, help), ...(fix && { fix }) }
  }
  if (issue.code === 'too_small' || issue.code === 'too_big')
    return finding('invalid-value', at, `${quoted(String(node.value))} is out of range`, help)
  const words = wordsOf(issue)
  if (words.length === 0 || typeof node.value !== 'string')
    return finding('wrong-type', at, `${subject(path)} cannot be ${nameOf(node)}`, help ?? typeHelp(node))
  const suggestion = didYouMean(node.value, words) ?? help ?? canStandHere(words)
  return finding('invalid-value', at, `${quoted(node.value)} is not known here`, suggestion)
}

const finding = (rule: Diagnostic['rule'], at: Place, message: string, help: string | undefined): Diagnostic =>
  diagnostic(rule, { at, message, ...(help !== undefined && { help }) })

const canStandHere = (known: readonly string[]): string => `what can stand here: ${quotedList(known)}`

/** A check carries its help beside its message; for all other issues the schema's message is the help. */
const helpOf = (issue: Issue): string | undefined =>
  issue.code === 'custom' ? paramsOf(issue).help : issue.message === '' ? undefined : issue.message

const paramsOf = (issue: Issue): CheckParams => (issue.code === 'custom' ? (issue.params ?? {}) : {})

/** The words that a value could have been, where there is such a list. */
function wordsOf(issue: Issue): readonly string[] {
  if (issue.code === 'invalid_union') return issue.errors.flat().flatMap(wordsOf)
  return issue.code === 'invalid_value' ? issue.values.map(String) : []
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() === ''
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0)
}

/** What a path leads to, in words. */
function subject(path: Path): string {
  const last = path.at(-1)
  if (last === undefined) return 'the file'
  return typeof last === 'string' ? quoted(last) : `item ${last + 1} of ${subject(path.slice(0, -1))}`
}

function nameOf({ value, source }: YamlNode): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  return typeof value === 'string' ? 'a text' : `the ${typeof value} ${quoted(source ?? String(value))}`
}

const typeHelp = ({ value, source }: YamlNode): string | undefined =>
  typeof value === 'object' || typeof value === 'string' ? undefined : `put a text in quotes: '${source}'`
