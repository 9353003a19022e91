/** Kong: declarative configuration as decK writes it. */
import { isHostPattern } from '../../../address.ts'
import { quoted } from '../../../diagnostic.ts'
import type { FailOpen } from '../../imported.ts'
import { both, isSame, NOBODY, PUBLIC } from '../access.ts'
import type { Node } from '../node.ts'
import { ANY_PATH, type PathPattern, textPrefix, unknownPattern } from '../path-pattern.ts'
import type { Note, Part, Plan, Resolution } from '../plan.ts'
import { combinePlugins, type PluginsAccess } from '../plugins.ts'
import { regexPath } from '../regex-path.ts'
import { settingsNotes } from '../token-settings.ts'
import { type KongRoute, routesOf } from './entities.ts'
import { anchored, judgeKong, runsOnPreflight } from './judge.ts'
import { changesNothing, readPlugin } from './plugins.ts'
import { comparePriority, type Priority, priorityOf } from './priority.ts'

interface RoutePart extends Part {
  readonly priority: Priority
  readonly skipsPreflight: boolean
}

export function planKong(documents: readonly Node[]): Plan<RoutePart> {
  const routes = documents.flatMap(routesOf)
  const http = routes
    .filter(({ speaksHttp }) => speaksHttp)
    .map((route) => {
      const construct = `route ${quoted(route.name)}`
      return { route, construct, asks: accessOf(route, construct) }
    })
  const looking = http.filter(({ asks }) => asks.settings !== undefined)
  const settings = settingsNotes(looking.map(({ asks }) => asks.settings ?? new Map()))
  return {
    product: 'Kong',
    parts: http.flatMap((each) =>
      partsOf(each.route, each.construct, each.asks, settings[looking.indexOf(each)] ?? []),
    ),
    resolve,
    judge: judgeKong(routes),
    findings: routes
      .filter(({ speaksHttp }) => !speaksHttp)
      .map(({ name, at }) => ({
        construct: `route ${quoted(name)}`,
        at,
        verdict: 'unrepresentable' as const,
        message: 'it does not speak HTTP',
      })),
    failOpen: http.flatMap(({ asks }) => asks.failOpen),
  }
}

function accessOf(route: KongRoute, construct: string): PluginsAccess {
  if (route.fault !== undefined)
    return { access: NOBODY, notes: [{ verdict: 'unrepresentable', message: route.fault }], failOpen: [] }
  const off = route.disabled
    .filter(({ name }) => !changesNothing(name) && !route.plugins.some((plugin) => plugin.name === name))
    .map(({ name, at }): FailOpen => ({ construct, at, message: `its plugin ${quoted(name)} is switched off` }))
  return combinePlugins(route.plugins.map(readPlugin), construct, route.at, off)
}

/** A part for each path: the router ranks them one by one. */
function partsOf(
  route: KongRoute,
  construct: string,
  asks: PluginsAccess,
  settings: readonly Note[],
): readonly RoutePart[] {
  const hosts = (route.hosts ?? []).filter(isHostPattern)
  const odd = (route.hosts ?? []).filter((host) => !isHostPattern(host))
  const conditions = [...route.headers.map((name) => `the header ${quoted(name)}`), ...route.conditions.map(quoted)]
  const notes: readonly Note[] = [
    ...asks.notes,
    ...settings,
    ...(odd.length > 0
      ? [{ verdict: 'unrepresentable' as const, message: `no host pattern of a map says ${quoted(odd[0] ?? '')}` }]
      : []),
  ]
  const skipsPreflight =
    route.plugins.length > 0 &&
    route.plugins.every(({ config, name }) => changesNothing(name) || !runsOnPreflight(config))
  return (route.paths ?? [undefined]).map((path) => {
    const pattern = patternOf(path)
    const fault: readonly Note[] =
      typeof pattern === 'string'
        ? [{ verdict: 'unrepresentable', message: `its path ${quoted(path ?? '')} has no template: ${pattern}` }]
        : []
    return {
      construct,
      at: route.at,
      service: route.service,
      hosts,
      ...(route.methods && { methods: new Set(route.methods) }),
      paths: [typeof pattern === 'string' ? unknownPattern(path ?? '', '/') : pattern],
      ...(conditions.length + odd.length > 0 && { condition: [...conditions, ...odd.map(quoted)].join(', ') }),
      notes: [...notes, ...fault],
      access: odd.length > 0 ? NOBODY : asks.access,
      priority: priorityOf(route, path),
      skipsPreflight,
    }
  })
}

/** The error is a text. */
function patternOf(path: string | undefined): PathPattern | string {
  if (path === undefined) return ANY_PATH
  if (path.startsWith('~')) return regexPath(anchored(path.slice(1)), path)
  const prefix = textPrefix(path)
  return prefix.ok ? prefix.value : prefix.error
}

function resolve(covering: readonly RoutePart[], method: string): Resolution | undefined {
  const sorted = covering.toSorted((a, b) => comparePriority(a.priority, b.priority))
  const [first] = sorted
  if (first === undefined) return undefined
  const accessOf = ({ access, skipsPreflight }: RoutePart) =>
    method === 'OPTIONS' && skipsPreflight && access.kind !== 'nobody' ? PUBLIC : access
  const equal = sorted.filter(({ priority }) => comparePriority(priority, first.priority) === 0)
  const access = equal.map(accessOf).reduce((sum, each) => both(sum, each) ?? NOBODY)
  if (equal.every((part) => isSame(accessOf(part), access))) return { access, by: [first] }
  const message = `Kong lets the older of ${equal
    .slice(0, 3)
    .map(({ construct }) => construct)
    .join(' and ')} answer, which the file does not tell: the map asks for what both ask for`
  return { access, by: equal, remark: { verdict: 'stricter', message } }
}
