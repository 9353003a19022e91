/** Members of maps, written into a text in the style of what is around them. */
import { yamlKey, yamlText } from '../import/yaml-text.ts'
import type { MapLayout, MemberLayout, TextLayout } from './layout.ts'

export type Value = string | readonly Value[] | { readonly [key: string]: Value }

/** What takes the place of a piece of a text. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Edits that do not overlap, in any order. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n'
  let result = text
  for (const { start, end, text: replacement } of edits.toSorted((a, b) => b.start - a.start))
    result = result.slice(0, start) + replacement.replaceAll('\n', lineEnd) + result.slice(end)
  return result
}

/**
 * Sets members of one map. One that is there gets its new value; new ones come before the member `before` if there is one, else at the end. Undefined
 * where something else in the text refers to a value that would go.
 */
export function setMembers(
  layout: TextLayout,
  map: MapLayout,
  values: readonly (readonly [string, Value])[],
  before?: string,
): readonly Edit[] | undefined {
  const known = new Map(map.members.map((member) => [member.key.replace(/^"(.*)"$|^'(.*)'$/, '$1$2'), member]))
  const changes = values.flatMap(([key, value]) => {
    const member = known.get(key)
    return member === undefined ? [] : [{ member, value }]
  })
  if (changes.some(({ member }) => member.isAnchored)) return undefined
  const added = values.filter(([key]) => !known.has(key))
  return [
    ...changes.map(({ member, value }) => replaceValue(layout, map, member, value)),
    ...(added.length === 0 ? [] : [insert(layout, map, added, before)]),
  ]
}

function replaceValue(layout: TextLayout, map: MapLayout, member: MemberLayout, value: Value): Edit {
  const { valueStart: start, end, comment } = member
  const text = map.isFlow
    ? ` ${flowText(layout, value, memberIndent(layout, map))}`
    : blockText(value, columnOf(layout, member.keyStart))
  if (comment === '') return { start, end, text }
  return { start, end, text: text.startsWith('\n') ? ` ${comment}${text}` : `${text} ${comment}` }
}

function insert(
  layout: TextLayout,
  map: MapLayout,
  added: readonly (readonly [string, Value])[],
  before: string | undefined,
): Edit {
  const index = map.members.findIndex(({ key }) => key.replace(/["']/g, '') === before)
  const next = map.members[index]
  return map.isFlow ? insertFlow(layout, map, added, next) : insertBlock(layout, map, added, index)
}

function insertBlock(
  { text, ...layout }: TextLayout,
  map: MapLayout,
  added: readonly (readonly [string, Value])[],
  index: number,
): Edit {
  const column = columnOf({ text, ...layout }, map.start)
  const lines = added.map(([key, value]) => `${yamlKey(key)}:${blockText(value, column)}`)
  const indent = ' '.repeat(column)
  const previous = map.members[(index < 0 ? map.members.length : index) - 1]
  if (previous === undefined || (previous.keepsEnd && index >= 0)) {
    const at = map.members[index]?.keyStart ?? map.start
    return { start: at, end: at, text: lines.map((line) => `${line}\n${indent}`).join('') }
  }
  // Behind a comment that ends the line of the member before.
  const newline = text.indexOf('\n', previous.end)
  const lineEnd = newline < 0 ? text.length : text[newline - 1] === '\r' ? newline - 1 : newline
  return { start: lineEnd, end: lineEnd, text: lines.map((line) => `\n${indent}${line}`).join('') }
}

function insertFlow(
  layout: TextLayout,
  map: MapLayout,
  added: readonly (readonly [string, Value])[],
  next: MemberLayout | undefined,
): Edit {
  const indent = memberIndent(layout, map)
  const separator = indent === undefined ? ', ' : `,\n${indent}`
  const members = added
    .map(([key, value]) => `${flowKey(layout, key)}: ${flowText(layout, value, indent)}`)
    .join(separator)
  if (next !== undefined) return { start: next.keyStart, end: next.keyStart, text: members + separator }
  const last = map.members.at(-1)
  if (last !== undefined) return { start: last.end, end: last.end, text: separator + members }
  return { start: map.start, end: map.end, text: layout.isJson ? `{${members}}` : `{ ${members} }` }
}

const columnOf = ({ text }: TextLayout, offset: number): number => offset - (text.lastIndexOf('\n', offset - 1) + 1)

/** The white space before the members of a flow map that has a line for each; undefined for one on a single line. */
function memberIndent({ text }: TextLayout, { start, members: [first] }: MapLayout): string | undefined {
  if (first === undefined || !text.slice(start, first.keyStart).includes('\n')) return undefined
  return text.slice(text.lastIndexOf('\n', first.keyStart - 1) + 1, first.keyStart)
}

/** What follows the colon of a member at a column: on the same line where it is short, else on lines of its own. */
function blockText(value: Value, column: number): string {
  const indent = `\n${' '.repeat(column + 2)}`
  if (typeof value === 'string') return ` ${yamlText(value)}`
  if (isList(value)) {
    if (value.every((item) => typeof item === 'string')) return ` ${inlineYaml(value)}`
    return value.map((item) => `${indent}- ${blockItem(item, column + 4)}`).join('')
  }
  const members = Object.entries(value)
  if (members.length === 0) return ' {}'
  return members.map(([key, member]) => `${indent}${yamlKey(key)}:${blockText(member, column + 2)}`).join('')
}

/** A map as an item has its first member on the line of the dash. */
function blockItem(item: Value, column: number): string {
  if (typeof item === 'string' || isList(item) || Object.keys(item).length === 0) return inlineYaml(item)
  return Object.entries(item)
    .map(([key, member]) => `${yamlKey(key)}:${blockText(member, column)}`)
    .join(`\n${' '.repeat(column)}`)
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value)

const flowKey = ({ isJson }: TextLayout, key: string): string => (isJson ? JSON.stringify(key) : yamlKey(key))

/** In JSON on lines of its own, if the map around it has a line for each member. */
function flowText({ isJson, text }: TextLayout, value: Value, indent: string | undefined): string {
  if (!isJson) return inlineYaml(value)
  if (indent === undefined) return JSON.stringify(value)
  const unit = /\n([ \t]+)"/.exec(text)?.[1] ?? '  '
  return JSON.stringify(value, undefined, unit).replaceAll('\n', `\n${indent}`)
}

function inlineYaml(value: Value): string {
  if (typeof value === 'string') return yamlText(value)
  if (isList(value)) return `[${value.map(inlineYaml).join(', ')}]`
  const members = Object.entries(value).map(([key, member]) => `${yamlKey(key)}: ${inlineYaml(member)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}
