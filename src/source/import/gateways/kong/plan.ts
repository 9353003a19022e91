/** Kong: declarative configuration as decK writes it. */
import { quoted } from '../../../diagnostic.ts'
import type { FailOpen } from '../../imported.ts'
import { both, isSame, NOBODY, PUBLIC } from '../access.ts'
import { namedHosts, withoutOddTwins } from '../hosts.ts'
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
  readonly isOdd: boolean
}

export function planKong(documents: readonly Node[]): Plan<RoutePart> {
  const written = documents.flatMap(routesOf)
  const routes = written.filter(({ isOff }) => !isOff)
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
    findings: written
      .filter(({ speaksHttp, isOff }) => isOff || !speaksHttp)
      .map(({ name, at, isOff }) => ({
        construct: `route ${quoted(name)}`,
        at,
        verdict: isOff ? ('exact' as const) : ('unrepresentable' as const),
        message: isOff ? 'its service is switched off, so it matches nothing' : 'it does not speak HTTP',
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
  // Where nothing asks who is calling, nobody is a consumer.
  const asks = route.plugins.some(({ name, isForConsumers }) => !isForConsumers && !changesNothing(name))
  const running = route.plugins.filter(({ isForConsumers }) => asks || !isForConsumers)
  return combinePlugins(running.map(readPlugin), construct, route.at, off)
}

/** A part for each path, because the router ranks them one by one, and for each kind of host. */
function partsOf(
  route: KongRoute,
  construct: string,
  asks: PluginsAccess,
  settings: readonly Note[],
): readonly RoutePart[] {
  const conditions = [...route.headers.map((name) => `the header ${quoted(name)}`), ...route.conditions.map(quoted)]
  const skipsPreflight =
    route.plugins.length > 0 &&
    route.plugins.every(({ config, name }) => changesNothing(name) || !runsOnPreflight(config))
  return (route.paths ?? [undefined]).flatMap((path) => {
    const pattern = patternOf(path)
    const fault: readonly Note[] =
      typeof pattern === 'string'
        ? [{ verdict: 'unrepresentable', message: `its path ${quoted(path ?? '')} has no template: ${pattern}` }]
        : []
    return namedHosts(route.hosts ?? []).map(({ hosts, isOdd, ...named }): RoutePart => {
      const all = [...conditions, ...named.conditions]
      return {
        construct,
        at: route.at,
        service: route.service,
        hosts,
        ...(route.methods && { methods: new Set(route.methods) }),
        paths: [typeof pattern === 'string' ? unknownPattern(path ?? '', '/') : pattern],
        ...(all.length > 0 && { condition: all.join(', ') }),
        notes: [...asks.notes, ...settings, ...named.notes, ...fault],
        access: isOdd ? NOBODY : asks.access,
        priority: priorityOf(route, path),
        skipsPreflight,
        isOdd,
      }
    })
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
  const sorted = withoutOddTwins(covering).toSorted((a, b) => comparePriority(a.priority, b.priority))
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
