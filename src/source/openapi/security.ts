/** Security requirements and the schemes that they name. */
import { quoted } from '../diagnostic.ts'
import type { ApiSecurity, SchemeKind, SchemeUse, SecurityAlternative, SecurityScheme } from './api.ts'
import { type ApiReading, follow, itemsOf, type Located, member, membersOf, placeOf, report, textAt } from './follow.ts'
import { isNull, textIn } from './node.ts'

/** What `security` says here; undefined where there is none, so that the document's holds. */
export function readSecurity(
  reading: ApiReading,
  holder: Located,
  by: 'operation' | 'document',
): ApiSecurity | undefined {
  const written = membersOf(holder).find(([key]) => key === 'security')?.[1]
  if (written === undefined) return undefined
  const at = placeOf(written)
  const list = follow(reading, written)
  if (list !== undefined && isNull(list.node)) {
    report(reading, { at, message: '`security` has no value, and is read as if it were not there' })
    return undefined
  }
  if (list?.node.kind === 'list')
    return { kind: 'declared', anyOf: list.node.items.map((_, index) => readAlternative(reading, list, index)), by, at }
  report(reading, {
    at,
    message: '`security` is no list',
    help: 'write a list of alternatives: `security: [{ oauth: [a:read] }]`',
  })
  return { kind: 'unreadable', at }
}

function readAlternative(reading: ApiReading, { node, file }: Located, index: number): SecurityAlternative {
  const item = node.kind === 'list' ? node.items[index] : undefined
  const written: Located = { node: item ?? node, file, offset: (item ?? node).offset }
  const at = placeOf(written)
  const alternative = follow(reading, written)
  if (alternative?.node.kind !== 'map') {
    report(reading, { at, message: 'a security requirement is no map from schemes to scopes' })
    return { kind: 'unreadable', at }
  }
  const read = membersOf(alternative).map(([scheme, scopes]) => readUse(reading, scheme, scopes))
  const uses = read.flatMap((use) => use ?? [])
  return uses.length === read.length ? { kind: 'all', uses, at } : { kind: 'unreadable', at }
}

function readUse(reading: ApiReading, scheme: string, written: Located): SchemeUse | undefined {
  const list = follow(reading, written)
  if (list !== undefined && isNull(list.node)) return { scheme, scopes: [] }
  const names = list?.node.kind === 'list' ? list.node.items.map(textIn) : [undefined]
  if (names.includes(undefined)) {
    report(reading, { at: placeOf(written), message: `the scopes of ${quoted(scheme)} are no list of texts` })
    return undefined
  }
  return { scheme, scopes: [...new Set(names.flatMap((name) => name ?? []))] }
}

/** Of 2.0 `securityDefinitions`, after that `components.securitySchemes`. */
export function readSchemes(
  reading: ApiReading,
  root: Located,
  isVersion2: boolean,
): ReadonlyMap<string, SecurityScheme> {
  const components = isVersion2 ? root : member(reading, root, 'components')
  const declared = components && member(reading, components, isVersion2 ? 'securityDefinitions' : 'securitySchemes')
  if (declared === undefined) return new Map()
  return new Map(membersOf(declared).map(([name, written]) => [name, readScheme(reading, name, written)]))
}

function readScheme(reading: ApiReading, name: string, written: Located): SecurityScheme {
  const at = placeOf(written)
  const scheme = follow(reading, written)
  if (scheme?.node.kind !== 'map') {
    if (scheme !== undefined) report(reading, { at, message: `the security scheme ${quoted(name)} is no map` })
    return { name, kind: 'unknown', scopes: new Map(), at, node: scheme ?? written }
  }
  const type = textAt(reading, scheme, 'type') ?? ''
  const http = (textAt(reading, scheme, 'scheme') ?? '').trim().toLowerCase()
  const kind = kindOf(type, http)
  const detail =
    kind === 'apiKey'
      ? `${textAt(reading, scheme, 'in') ?? 'somewhere'} ${quoted(textAt(reading, scheme, 'name') ?? '')}`
      : kind === 'http'
        ? http
        : kind === 'unknown'
          ? type
          : undefined
  const description = textAt(reading, scheme, 'description')
  return {
    name,
    kind,
    ...(detail !== undefined && { detail }),
    ...(description !== undefined && { description }),
    scopes: kind === 'oauth2' ? readScopes(reading, scheme) : new Map(),
    at,
    node: scheme,
  }
}

function kindOf(type: string, http: string): SchemeKind {
  switch (type) {
    case 'oauth2':
    case 'openIdConnect':
    case 'apiKey':
    case 'mutualTLS':
    case 'basic':
      return type
    case 'http':
      return http === 'bearer' || http === 'basic' ? http : 'http'
    default:
      return 'unknown'
  }
}

/** Of all flows; in 2.0 the scheme is its own only flow. */
function readScopes(reading: ApiReading, scheme: Located): ReadonlyMap<string, string> {
  const flows = member(reading, scheme, 'flows')
  const holders = [
    scheme,
    ...(flows === undefined ? [] : membersOf(flows).flatMap(([, flow]) => follow(reading, flow) ?? [])),
  ]
  const scopes = new Map<string, string>()
  for (const holder of holders) {
    const declared = member(reading, holder, 'scopes')
    if (declared === undefined) continue
    for (const [name, description] of membersOf(declared))
      if (!name.startsWith('x-') && !scopes.get(name)) scopes.set(name, textIn(description.node) ?? '')
    for (const item of itemsOf(reading, declared)) {
      const name = textIn(item.node)
      if (name !== undefined && !scopes.has(name)) scopes.set(name, '')
    }
  }
  return scopes
}
