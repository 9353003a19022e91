/** The operations of a SCIM `PATCH` (RFC 7644 section 3.5.2), as far as they take something away. */
import { Malformed, object, text } from '../../policy/untrusted.ts'
import { itemsOf, membersOf, textIn } from './hook.ts'

type Members = Readonly<Record<string, unknown>>

export interface ScimPatch {
  /** Simple attributes that it sets. */
  readonly written: Members
  /** Values that it takes out of a list, each by its name; without one where it may be any of them. */
  removedFrom(attribute: string): readonly (readonly string[])[]
}

interface Operation {
  readonly op: 'add' | 'replace' | 'remove'
  readonly attribute: string
  /** Of `members[value eq "x"]`. */
  readonly filtered?: string
  readonly value: unknown
}

/** Throws `Malformed`. */
export function patchOf(operations: readonly unknown[]): ScimPatch {
  const all = operations.flatMap(operationsIn)
  const written = all.filter(({ op }) => op !== 'remove').map(({ attribute, value }) => [attribute, value] as const)
  return {
    written: Object.fromEntries(written),
    removedFrom: (attribute) =>
      all.filter((each) => each.attribute === attribute && each.op !== 'add').flatMap(removedBy),
  }
}

/** `urn:...:User:roles[value eq "x"].display`: a schema, an attribute, a filter and a part of it (RFC 7644 section 3.5.2). */
const PATH = /^\s*(?:urn:[\w:.-]+:)?([\w$-]+)\s*(?:\[(.*)\])?(?:\.[\w$-]+)?\s*$/

/** Attributes that something follows from; their names may be written in any case (RFC 7643 section 2.1). */
const NAMES = ['active', 'roles', 'entitlements', 'groups', 'members', 'userName', 'externalId', 'displayName']

const exactName = (name: string): string => NAMES.find((each) => each.toLowerCase() === name.toLowerCase()) ?? name

/** The same attributes, by the names that they have here. */
export const withExactNames = (attributes: Members): Members =>
  Object.fromEntries(Object.entries(attributes).map(([name, value]) => [exactName(name), value]))

/** Without a path, each attribute of the value is one operation. */
function operationsIn(operation: unknown): readonly Operation[] {
  const { op: word, path, value } = object(operation, 'operation')
  const op = (['add', 'replace', 'remove'] as const).find((each) => each === text(word, 'op').toLowerCase())
  if (op === undefined) throw new Malformed('op is none of its values')
  if (path === undefined)
    return Object.entries(withExactNames(object(value, 'value'))).map(([attribute, each]) => ({
      op,
      attribute,
      value: each,
    }))
  const [, name, filter] = PATH.exec(text(path, 'path')) ?? []
  if (name === undefined) throw new Malformed('path leads to no attribute')
  const attribute = exactName(name)
  const [, quoted] = /^\s*(?:value|display)\s+eq\s+"([^"\\]*)"\s*$/i.exec(filter ?? '') ?? []
  // A filter that is not understood may be about any value.
  return [
    {
      op,
      attribute,
      value: filter === undefined || quoted !== undefined ? value : undefined,
      ...(quoted !== undefined && { filtered: quoted }),
    },
  ]
}

function removedBy({ op, filtered, value }: Operation): readonly (readonly string[])[] {
  if (filtered !== undefined) return [[filtered]]
  const named = itemsOf(value).map((item) => textIn(membersOf(item).value) ?? textIn(item))
  const isTold = op === 'remove' && named.length > 0 && named.every((each) => each !== undefined)
  return isTold ? named.map((each) => (each === undefined ? [] : [each])) : [[]]
}
