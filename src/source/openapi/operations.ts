/** The path items of a description -> its operations. */
import { type Finding, quoted } from '../diagnostic.ts'
import type { ApiOperation, ApiSecurity, ApiServer, OpenApiVersion } from './api.ts'
import {
  type ApiReading,
  follow,
  isTrueAt,
  itemsOf,
  type Located,
  member,
  membersOf,
  placeOf,
  referenceIn,
  report,
  textAt,
} from './follow.ts'
import { isNull, textIn } from './node.ts'
import { readSecurity } from './security.ts'
import { readServers } from './servers.ts'

/** What holds where an operation says nothing of its own. */
export interface Inherited {
  readonly version: OpenApiVersion
  readonly security: ApiSecurity
  readonly servers: readonly ApiServer[]
  /** Further keys of a path item that are operations, and the methods that they stand for. */
  readonly extraMethods: Readonly<Record<string, string>>
}

export interface OperationsReading {
  readonly operations: readonly ApiOperation[]
  readonly unread: readonly Finding[]
}

/** The members of `paths`, or of an extension that looks like it. */
export function readPaths(reading: ApiReading, paths: Located, inherited: Inherited): OperationsReading {
  const operations: ApiOperation[] = []
  const unread: Finding[] = []
  for (const [path, written] of membersOf(paths)) {
    if (path.startsWith('x-')) continue
    const parts = pathItemParts(reading, written)
    if (parts === undefined) unread.push({ at: placeOf(written), message: `what ${quoted(path)} is could not be read` })
    else for (const operation of readPathItem(reading, path, parts, inherited)) operations.push(operation)
  }
  return { operations, unread }
}

/** What stands beside a `$ref` counts, too, and comes first. Undefined where the item cannot be read. */
function pathItemParts(reading: ApiReading, written: Located): readonly Located[] | undefined {
  const target = follow(reading, written)
  if (target === undefined) return undefined
  if (target.node.kind !== 'map') {
    if (isNull(target.node)) return []
    report(reading, { at: placeOf(written), message: 'this path item is no map' })
    return undefined
  }
  return referenceIn(written.node) === undefined ? [target] : [written, target]
}

/** In the order of the specification. */
const METHOD_KEYS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const

function readPathItem(
  reading: ApiReading,
  path: string,
  parts: readonly Located[],
  inherited: Inherited,
): readonly ApiOperation[] {
  const servers = parts.flatMap((part) => readServers(reading, part) ?? [])
  const around: Inherited = servers.length === 0 ? inherited : { ...inherited, servers }
  const shared = parts.flatMap((part) => slashParameters(reading, part))
  const found = new Map<string, ApiOperation>()
  for (const part of parts) {
    for (const [method, written] of methodsOf(reading, part, inherited)) {
      if (found.has(method)) {
        report(reading, {
          at: placeOf(written),
          message: `${quoted(method)} of ${quoted(path)} is beside a \`$ref\` and behind it, and the one beside it is read`,
        })
        continue
      }
      const operation = readOperation(reading, { method, path, written, shared, around })
      if (operation !== undefined) found.set(method, operation)
    }
  }
  return [...found.values()]
}

/** The operations of one item, by method. */
function methodsOf(
  reading: ApiReading,
  item: Located,
  { version, extraMethods }: Inherited,
): readonly (readonly [string, Located])[] {
  const members = new Map(membersOf(item))
  const known: readonly string[] = version === '3.2' ? [...METHOD_KEYS, 'query'] : METHOD_KEYS
  const misspelt = [...members].filter(([key]) => !known.includes(key) && known.includes(key.toLowerCase()))
  for (const [key, written] of misspelt)
    report(reading, { at: placeOf(written), message: `${quoted(key)} is no method here: methods are in lower case` })
  const standard = known.flatMap((key) => {
    const written = members.get(key)
    return written === undefined ? [] : [[key.toUpperCase(), written] as const]
  })
  const additional = version === '3.2' ? member(reading, item, 'additionalOperations') : undefined
  const extra = Object.entries(extraMethods).flatMap(([key, method]) => {
    const written = members.get(key)
    return written === undefined ? [] : [[method, written] as const]
  })
  return [...standard, ...extra, ...(additional === undefined ? [] : membersOf(additional))]
}

interface OperationParts {
  readonly method: string
  readonly path: string
  readonly written: Located
  readonly shared: readonly string[]
  readonly around: Inherited
}

function readOperation(
  reading: ApiReading,
  { method, path, written, shared, around }: OperationParts,
): ApiOperation | undefined {
  const node = follow(reading, written)
  if (node === undefined || isNull(node.node)) return undefined
  const at = placeOf(written)
  if (node.node.kind !== 'map') {
    report(reading, { at, message: `the operation ${quoted(`${method} ${path}`)} is no map` })
    return undefined
  }
  const operationId = textAt(reading, node, 'operationId')
  const summary = textAt(reading, node, 'summary')
  const tags = member(reading, node, 'tags')
  return {
    method,
    path,
    ...(operationId !== undefined && { operationId }),
    ...(summary !== undefined && { summary }),
    isDeprecated: isTrueAt(reading, node, 'deprecated'),
    tags: tags === undefined ? [] : itemsOf(reading, tags).flatMap((tag) => textIn(tag.node) ?? []),
    at,
    security: readSecurity(reading, node, 'operation') ?? around.security,
    servers: readServers(reading, node) ?? around.servers,
    slashParameters: [...new Set([...shared, ...slashParameters(reading, node)])],
    node,
  }
}

/** Path parameters that say of themselves that their value may hold a slash. */
function slashParameters(reading: ApiReading, holder: Located): readonly string[] {
  const list = member(reading, holder, 'parameters')
  if (list === undefined) return []
  return itemsOf(reading, list).flatMap((parameter) => {
    if (textAt(reading, parameter, 'in') !== 'path') return []
    const holdsSlash = ['allowReserved', 'x-multi-segment'].some((key) => isTrueAt(reading, parameter, key))
    return holdsSlash ? (textAt(reading, parameter, 'name') ?? []) : []
  })
}
