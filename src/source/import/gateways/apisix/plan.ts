/** Apache APISIX: routes with the plugins of their services and configurations, and of the global rules. */
import { quoted } from '../../../diagnostic.ts'
import type { FailOpen } from '../../imported.ts'
import { both, isSame, NOBODY } from '../access.ts'
import { namedHosts, withoutOddTwins } from '../hosts.ts'
import type { Node } from '../node.ts'
import { exactPath, type PathPattern, textPrefix, unknownPattern } from '../path-pattern.ts'
import type { Note, Part, Plan, Resolution } from '../plan.ts'
import { combinePlugins, type PluginsAccess, unknownPlugin } from '../plugins.ts'
import { settingsNotes } from '../token-settings.ts'
import { judgeApisix } from './judge.ts'
import { compareEntries, type Entry, type Router } from './order.ts'
import { changesNothing, namesConsumer, readPlugin } from './plugins.ts'
import { type ApisixConfig, type ApisixRoute, readApisix } from './routes.ts'

interface RoutePart extends Part {
  readonly entry: Entry
  readonly isOdd: boolean
}

export function planApisix(documents: readonly Node[]): Plan<RoutePart> {
  const config = readApisix(documents)
  const on = config.routes
    .filter(({ isOff }) => !isOff)
    .map((route) => {
      const construct = `route ${quoted(route.name)}`
      return { route, construct, asks: accessOf(route, construct, config) }
    })
  const looking = on.filter(({ asks }) => asks.settings !== undefined)
  const settings = settingsNotes(looking.map(({ asks }) => asks.settings ?? new Map()))
  const parts = on.flatMap((each, index) =>
    partsOf(each.route, index, each.construct, each.asks, settings[looking.indexOf(each)] ?? []),
  )
  return {
    product: 'APISIX',
    parts,
    resolve,
    judge: judgeApisix(
      config,
      parts.map(({ entry }) => entry),
    ),
    findings: config.routes
      .filter(({ isOff }) => isOff)
      .map(({ name, at }) => ({
        construct: `route ${quoted(name)}`,
        at,
        verdict: 'exact' as const,
        message: 'it is switched off, so it matches nothing',
      })),
    failOpen: on.flatMap(({ asks }) => asks.failOpen),
  }
}

function accessOf(
  route: ApisixRoute,
  construct: string,
  { globalPlugins, consumerPlugins }: ApisixConfig,
): PluginsAccess {
  if (route.fault !== undefined)
    return { access: NOBODY, notes: [{ verdict: 'unrepresentable', message: route.fault }], failOpen: [] }
  const plugins = [...globalPlugins, ...route.plugins]
  const off = plugins
    .filter(({ name, isDisabled }) => isDisabled && !changesNothing(name))
    .map(({ name, at }): FailOpen => ({ construct, at, message: `its plugin ${quoted(name)} is switched off` }))
  const on = plugins.filter(({ isDisabled }) => !isDisabled)
  // What a consumer has besides its credentials may refuse it where it is known.
  const ofConsumers = on.some(({ name }) => namesConsumer(name))
    ? consumerPlugins.filter(({ name, isDisabled }) => !isDisabled && !namesConsumer(name) && !changesNothing(name))
    : []
  const readings = [
    ...on.map(readPlugin),
    ...ofConsumers.map(({ name, at }) => unknownPlugin(`${name} of some consumers`, at)),
  ]
  return combinePlugins(readings, construct, route.at, off)
}

/** A part for each address, because the router ranks them one by one, and for each kind of host. */
function partsOf(
  route: ApisixRoute,
  index: number,
  construct: string,
  asks: PluginsAccess,
  settings: readonly Note[],
): readonly RoutePart[] {
  const uris = route.uris.length === 0 ? ['/*'] : route.uris
  return uris.flatMap((uri) => {
    const pattern = patternOf(uri)
    const fault: readonly Note[] =
      typeof pattern === 'string'
        ? [{ verdict: 'unrepresentable', message: `its path ${quoted(uri)} has no template: ${pattern}` }]
        : []
    return namedHosts(route.hosts).map(({ hosts, isOdd, ...named }): RoutePart => {
      const conditions = [...route.conditions.map(quoted), ...named.conditions]
      return {
        construct,
        at: route.at,
        service: route.service,
        hosts,
        ...(route.methods && { methods: new Set(route.methods) }),
        paths: [typeof pattern === 'string' ? unknownPattern(uri, literalStart(uri)) : pattern],
        ...(conditions.length > 0 && { condition: conditions.join(', ') }),
        notes: [...asks.notes, ...settings, ...named.notes, ...fault],
        access: isOdd || typeof pattern === 'string' ? NOBODY : asks.access,
        entry: { route, uri, index },
        isOdd,
      }
    })
  })
}

/** The error is a text. */
function patternOf(uri: string): PathPattern | string {
  if (uri.includes(':')) return 'whether `:name` is a parameter depends on the router that APISIX is configured with'
  if (/\*./.test(uri)) return 'a `*` in the middle is understood by some of the routers of APISIX only'
  const pattern = uri.endsWith('*') ? textPrefix(uri.slice(0, -1), uri) : exactPath(uri)
  return pattern.ok ? pattern.value : pattern.error
}

function literalStart(uri: string): string {
  const [start = ''] = /^[^:*]*/.exec(uri) ?? []
  return start.startsWith('/') ? start : '/'
}

const ROUTERS: readonly Router[] = ['radixtree_host_uri', 'radixtree_uri']

/** Where the two routers would choose differently, whom both let in. */
function resolve(all: readonly RoutePart[], _method: string, host: string): Resolution | undefined {
  const covering = withoutOddTwins(all)
  const chosen = ROUTERS.flatMap(
    (router) => covering.toSorted((a, b) => compareEntries(a.entry, b.entry, host, router))[0] ?? [],
  )
  const [first, second = first] = chosen
  if (first === undefined || second === undefined) return undefined
  const access = both(first.access, second.access) ?? NOBODY
  if (isSame(first.access, second.access)) return { access, by: [first] }
  const message = `which of ${first.construct} and ${second.construct} answers depends on the router that APISIX is configured with: the map asks for what both ask for`
  return { access, by: [first, second], remark: { verdict: 'stricter', message } }
}
