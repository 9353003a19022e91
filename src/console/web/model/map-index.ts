/** A release as people browse it: services, routes and scopes that know of each other. Built once for a release, in time linear in its text. */
import type { ReleaseDocument, RuleEntry, ScopeEntry, ServiceEntry } from '../../../policy/release.ts'

export interface RouteView {
  /** `METHOD host/path`, as events and counts name the rule. */
  readonly id: string
  readonly entry: RuleEntry
  /** Those that it names, each once, in the order of its alternatives. */
  readonly scopes: readonly string[]
}

export interface ScopeView {
  readonly name: string
  readonly entry: ScopeEntry
  readonly implies: readonly string[]
  readonly impliedBy: readonly string[]
  /** Routes that name it. */
  readonly routes: readonly RouteView[]
}

export interface ServiceView extends ServiceEntry {
  readonly name: string
  readonly routes: readonly RouteView[]
}

export interface MapIndex {
  readonly services: readonly ServiceView[]
  readonly routes: ReadonlyMap<string, RouteView>
  readonly scopes: ReadonlyMap<string, ScopeView>
  /** How many hosts there are. Where it is one, it need not be said with each route. */
  readonly hosts: number
}

export function indexMap({ services, scopes, rules }: ReleaseDocument): MapIndex {
  const routes = rules.map(routeView)
  const byService = groupBy(routes, ({ entry }) => [entry.service])
  const byScope = groupBy(routes, (route) => route.scopes)
  const entries = Object.entries(scopes)
  const impliedBy = groupBy(entries, ([, { implies = [] }]) => implies)
  return {
    services: Object.entries(services).map(([name, service]) => ({
      ...service,
      name,
      routes: byService.get(name) ?? [],
    })),
    hosts: new Set(rules.map(({ host }) => host)).size,
    routes: new Map(routes.map((route) => [route.id, route])),
    scopes: new Map(
      entries.map(([name, entry]) => [
        name,
        {
          name,
          entry,
          implies: entry.implies ?? [],
          impliedBy: (impliedBy.get(name) ?? []).map(([other]) => other),
          routes: byScope.get(name) ?? [],
        },
      ]),
    ),
  }
}

const routeView = (entry: RuleEntry): RouteView => ({
  id: `${entry.method} ${entry.host}${entry.path}`,
  entry,
  scopes: [...new Set((entry.anyOf ?? []).flat())],
})

function groupBy<T>(items: readonly T[], namesOf: (item: T) => readonly string[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items)
    for (const name of namesOf(item)) {
      const group = groups.get(name)
      if (group === undefined) groups.set(name, [item])
      else group.push(item)
    }
  return groups
}

export const ROUTE_MARKS = [
  'public',
  'authenticated',
  'observe',
  'step-up',
  'bound',
  'deprecated',
  'critical',
  'websocket',
] as const
/** What is worth seeing of a route before it is opened. */
export type RouteMark = (typeof ROUTE_MARKS)[number]

/** In the order of `ROUTE_MARKS`. What a scope asks holds wherever the scope lets a request in. */
export function routeMarks({ entry, scopes }: RouteView, index: MapIndex): readonly RouteMark[] {
  const asked = scopes.flatMap((name) => index.scopes.get(name)?.entry ?? [])
  const is: Readonly<Record<RouteMark, boolean>> = {
    public: entry.public !== undefined,
    authenticated: entry.authenticated !== undefined,
    observe: entry.mode === 'observe',
    'step-up': [entry, ...asked].some(({ stepUp }) => stepUp !== undefined),
    bound: [entry, ...asked].some(({ senderConstraint }) => senderConstraint !== undefined),
    deprecated: asked.some(({ deprecated }) => deprecated !== undefined),
    critical: asked.some(({ sensitivity }) => sensitivity === 'critical'),
    websocket: entry.upgrade !== undefined,
  }
  return ROUTE_MARKS.filter((mark) => is[mark])
}

/** A request that the rule decides: the names of the parameters stand for their values. */
export function exampleRequest({ method, host, path }: Pick<RuleEntry, 'method' | 'host' | 'path'>): string {
  const filled = path.replace(/\{([^{}]+?)\+?\}/g, '$1')
  return `${method === 'ANY' ? 'GET' : method} https://${host.replace(/^\*/, 'any')}${filled}`
}

/** What taking a scope out of the map would do to routes. */
export interface Removal {
  /** Nobody would get in any more. */
  readonly closed: readonly RouteView[]
  /** Another alternative stays. */
  readonly narrowed: readonly RouteView[]
  /** Routes that do not name it; its holders get in because it implies what they name. */
  readonly byImplication: readonly RouteView[]
}

export function removalOf(scope: ScopeView, index: MapIndex): Removal {
  const isOnlyWay = ({ entry }: RouteView) => (entry.anyOf ?? []).every((names) => names.includes(scope.name))
  const named = new Set(scope.routes)
  const implied = scope.implies.flatMap((name) => index.scopes.get(name)?.routes ?? [])
  return {
    closed: scope.routes.filter(isOnlyWay),
    narrowed: scope.routes.filter((route) => !isOnlyWay(route)),
    byImplication: [...new Set(implied)].filter((route) => !named.has(route)),
  }
}
