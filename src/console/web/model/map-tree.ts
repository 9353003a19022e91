/** The map as the rows of a tree: services, their routes, and what each route asks for. */
import type { MapIndex, RouteMark, RouteView, ServiceView } from './map-index.ts'
import { routeMarks } from './map-index.ts'

export type TreeRow =
  | {
      readonly kind: 'service'
      readonly key: string
      readonly service: ServiceView
      readonly isOpen: boolean
      /** Of its routes, those that fit what is looked for. */
      readonly shown: number
    }
  | { readonly kind: 'route'; readonly key: string; readonly route: RouteView; readonly isOpen: boolean }
  /** `joint`: how it follows on the row above. */
  | {
      readonly kind: 'scope'
      readonly key: string
      readonly route: RouteView
      readonly scope: string
      readonly joint: 'first' | 'and' | 'or'
    }

export interface TreeView {
  /** Keys of rows that are open. While something is looked for, services with a hit are open besides. */
  readonly open: ReadonlySet<string>
  readonly search: string
  /** Only routes that have all of these. */
  readonly marks: readonly RouteMark[]
}

export const serviceKey = (name: string): string => `service ${name}`
/** The service of such a key; undefined for a key of something else. */
export const serviceOfKey = (key: string): string | undefined =>
  key.startsWith(serviceKey('')) ? key.slice(serviceKey('').length) : undefined
export const routeKey = (id: string): string => `route ${id}`

/** The rows that there are to see, from top to bottom. */
export function treeRows(index: MapIndex, { open, search, marks }: TreeView): readonly TreeRow[] {
  const words = wordsOf(search)
  const isSearching = words.length > 0 || marks.length > 0
  const rows: TreeRow[] = []
  for (const service of index.services) {
    const found = isSearching
      ? service.routes.filter((route) => fits(route, service, index, words, marks))
      : service.routes
    if (isSearching && found.length === 0) continue
    const key = serviceKey(service.name)
    const isOpen = isSearching || open.has(key)
    rows.push({ kind: 'service', key, service, isOpen, shown: found.length })
    if (isOpen) for (const route of found) pushRoute(rows, route, open)
  }
  return rows
}

function pushRoute(rows: TreeRow[], route: RouteView, open: ReadonlySet<string>): void {
  const key = routeKey(route.id)
  const isOpen = open.has(key)
  rows.push({ kind: 'route', key, route, isOpen })
  if (!isOpen) return
  for (const [place, names] of (route.entry.anyOf ?? []).entries())
    for (const [at, scope] of names.entries())
      rows.push({
        kind: 'scope',
        key: `${key} ${place} ${scope}`,
        route,
        scope,
        joint: at > 0 ? 'and' : place > 0 ? 'or' : 'first',
      })
}

/** Whether a row has rows below it to be opened. */
export const isBranch = (row: TreeRow): boolean =>
  row.kind === 'service' || (row.kind === 'route' && row.route.scopes.length > 0)

export const wordsOf = (search: string): readonly string[] => search.toLowerCase().split(/\s+/).filter(Boolean)

/** Every word stands somewhere in what people know a route by. */
function fits(
  route: RouteView,
  service: ServiceView,
  index: MapIndex,
  words: readonly string[],
  marks: readonly RouteMark[],
): boolean {
  const text = words.length === 0 ? '' : textOf(route, service)
  if (!words.every((word) => text.includes(word))) return false
  if (marks.length === 0) return true
  const own = routeMarks(route, index)
  return marks.every((mark) => own.includes(mark))
}

/** Put together once for each route, not with every letter that is typed. */
const texts = new WeakMap<RouteView, string>()

function textOf(route: RouteView, { name, owner }: ServiceView): string {
  const known = texts.get(route)
  if (known !== undefined) return known
  const { entry, id, scopes } = route
  const text = [id, name, owner, ...scopes, entry.public ?? '', entry.authenticated ?? ''].join('\n').toLowerCase()
  texts.set(route, text)
  return text
}
