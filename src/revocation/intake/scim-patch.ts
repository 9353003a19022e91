/** The operations of a SCIM `PATCH` (RFC 7644 section 3.5.2), as far as they take something away. */
import { Malformed, object, text } from '../../policy/untrusted.ts'
import { itemsOf, type Members, membersOf, textIn } from './hook.ts'

export interface ScimPatch {
  /** Attributes that it sets as a whole. */
  readonly written: Members
  /** Values that it takes out of a list, each by its name; without one where it may be any of them. */
  removedFrom(attribute: string): readonly (readonly string[])[]
}

interface Operation {
  readonly op: 'add' | 'replace' | 'remove'
  readonly attribute: string
  /** It is about a part of the attribute, or about one of an extension. */
  readonly isPart: boolean
  /** Of `members[value eq "x"]`. */
  readonly filtered?: string
  readonly value: unknown
}

/** Throws `Malformed`. */
export function patchOf(operations: readonly unknown[]): ScimPatch {
  const all = operations.flatMap(operationsIn)
  const written = all
    .filter(({ op, isPart }) => op !== 'remove' && !isPart)
    .map(({ attribute, value }) => [attribute, value] as const)
  return {
    written: Object.fromEntries(written),
    removedFrom: (attribute) =>
      all.filter((each) => each.attribute === attribute && each.op !== 'add').flatMap(removedBy),
  }
}

/** `urn:...:User:roles[value eq "x"].display`: a schema, an attribute, a filter and a part of it (RFC 7644 section 3.5.2). */
const PATH = /^(urn:[\w:.-]+:)?([\w$-]+)\s*(?:\[(.*)\])?(\.[\w$-]+)?$/
const CORE = /^urn:ietf:params:scim:schemas:core:2\.0:(?:User|Group):$/i

/** Names that matter here; they may be written in any case (RFC 7643 section 2.1). */
// biome-ignore format: a list of names reads better packed
const NAMES = [
  'active', 'roles', 'entitlements', 'groups', 'members', 'userName', 'externalId', 'displayName', 'password',
  'Operations', 'op', 'path', 'value',
]

const exactName = (name: string): string => NAMES.find((each) => each.toLowerCase() === name.toLowerCase()) ?? name

/** The same attributes, by the names that they have here. */
export const withExactNames = (attributes: Members): Members =>
  Object.fromEntries(Object.entries(attributes).map(([name, value]) => [exactName(name), value]))

/** Without a path, each attribute of the value is one operation. */
function operationsIn(operation: unknown): readonly Operation[] {
  const { op: word, path, value } = withExactNames(object(operation, 'operation'))
  const op = (['add', 'replace', 'remove'] as const).find((each) => each === text(word, 'op').toLowerCase())
  if (op === undefined) throw new Malformed('op is none of its values')
  if (path !== undefined) return [operationAt(op, text(path, 'path'), value)]
  return Object.entries(object(value, 'value')).map(([attribute, each]) => operationAt(op, attribute, each))
}

function operationAt(op: Operation['op'], path: string, value: unknown): Operation {
  const [, schema, name, filter, part] = PATH.exec(path.trim()) ?? []
  if (name === undefined) throw new Malformed('path leads to no attribute')
  const attribute = exactName(name)
  const isPart = filter !== undefined || part !== undefined || (schema !== undefined && !CORE.test(schema))
  const filtered = filter === undefined ? undefined : namedBy(filter, attribute)
  // A filter that is not understood may be about any value.
  return filter === undefined || filtered !== undefined
    ? { op, attribute, isPart, value, ...(filtered !== undefined && { filtered }) }
    : { op, attribute, isPart, value: undefined }
}

/** What members are displayed as is nobody's identifier. */
function namedBy(filter: string, attribute: string): string | undefined {
  const [, by = '', quoted] = /^\s*(value|display)\s+eq\s+"([^"\\]*)"\s*$/i.exec(filter) ?? []
  return attribute === 'members' && by.toLowerCase() !== 'value' ? undefined : quoted
}

function removedBy({ op, filtered, value }: Operation): readonly (readonly string[])[] {
  if (filtered !== undefined) return [[filtered]]
  const named = itemsOf(value).map((item) => textIn(membersOf(item).value) ?? textIn(item))
  const isTold = op === 'remove' && named.length > 0 && named.every((each) => each !== undefined)
  return isTold ? named.map((each) => (each === undefined ? [] : [each])) : [[]]
}
