/** Routes of Apache APISIX, in the files of its standalone mode, of ADC, or as its Admin API gives them, with the plugins that apply. */
import type { Place } from '../../../diagnostic.ts'
import { type Entry, entriesOf, field, isTrue, itemsOf, type Node, numberOf, oneOrMoreTexts, textOf } from '../node.ts'

export interface Plugin {
  readonly name: string
  readonly at: Place
  readonly config: Node
  readonly isDisabled: boolean
  /** Runs on some requests only. */
  readonly isFiltered: boolean
}

export interface ApisixRoute {
  readonly name: string
  readonly at: Place
  readonly service: string
  readonly uris: readonly string[]
  readonly methods: readonly string[] | undefined
  readonly hosts: readonly string[]
  readonly priority: number
  /** Further things that a request must match. */
  readonly conditions: readonly string[]
  readonly isOff: boolean
  readonly plugins: readonly Plugin[]
  readonly fault?: string
}

export interface ApisixConfig {
  readonly routes: readonly ApisixRoute[]
  /** Plugins that run on every request, besides those of its route. */
  readonly globalPlugins: readonly Plugin[]
  /** Plugins that run for some consumers, wherever they call. */
  readonly consumerPlugins: readonly Plugin[]
}

export function readApisix(documents: readonly Node[]): ApisixConfig {
  const all = (key: string) => documents.flatMap((document) => listOf(field(document, key)))
  const services = all('services')
  const configs = byId(all('plugin_configs'))
  const nested = services.flatMap((service) => listOf(field(service, 'routes')).map((route) => ({ route, service })))
  const known = byId(services)
  const alone = [
    ...all('routes'),
    ...documents.filter((document) => field(document, 'uri') ?? field(document, 'uris')),
  ].map((route) => ({
    route,
    service: known.get(idText(field(route, 'service_id')) ?? ''),
  }))
  return {
    routes: [...nested, ...alone].map(({ route, service }) => readRoute(route, service, configs)),
    globalPlugins: [
      ...all('global_rules').flatMap((rule) => pluginsOf(field(rule, 'plugins') ?? withoutId(rule))),
      ...documents.flatMap((document) =>
        field(document, 'global_rules')?.kind === 'map' ? pluginsOf(field(document, 'global_rules')) : [],
      ),
    ],
    consumerPlugins: ['consumers', 'consumer_groups']
      .flatMap(all)
      .flatMap((consumer) => pluginsOf(field(consumer, 'plugins'))),
  }
}

/** The Admin API wraps each in a `value`, and all in a `list`. */
function listOf(node: Node | undefined): readonly Node[] {
  return itemsOf(node).map((item) => field(item, 'value') ?? item)
}

const withoutId = (node: Node): Node | undefined => (field(node, 'id') === undefined ? node : undefined)

const idText = (node: Node | undefined): string | undefined => textOf(node) ?? numberOf(node)?.toString()

const byId = (nodes: readonly Node[]): ReadonlyMap<string, Node> =>
  new Map(nodes.map((node) => [idText(field(node, 'id')) ?? textOf(field(node, 'name')) ?? '', node]))

const KNOWN_KEYS = new Set([
  'id',
  'name',
  'desc',
  'description',
  'labels',
  'uri',
  'uris',
  'methods',
  'host',
  'hosts',
  'priority',
  'plugins',
  'plugin_config_id',
  'service_id',
  'upstream',
  'upstream_id',
  'remote_addr',
  'remote_addrs',
  'vars',
  'filter_func',
  'status',
  'enable_websocket',
  'timeout',
  'create_time',
  'update_time',
])
const CONDITIONS = ['remote_addr', 'remote_addrs', 'vars', 'filter_func']

function readRoute(route: Node, service: Node | undefined, configs: ReadonlyMap<string, Node>): ApisixRoute {
  const lists = {
    uris: oneOrMoreTexts(field(route, 'uris') ?? field(route, 'uri')),
    methods: oneOrMoreTexts(field(route, 'methods')),
    hosts: oneOrMoreTexts(field(route, 'hosts') ?? field(route, 'host') ?? field(service, 'hosts')),
  }
  const name = textOf(field(route, 'name')) ?? idText(field(route, 'id')) ?? lists.uris?.[0] ?? 'without a name'
  const [wrong] = Object.entries(lists).find(([, list]) => list === undefined) ?? []
  const configId = idText(field(route, 'plugin_config_id'))
  const [unknown] = entriesOf(route).find(([key]) => !KNOWN_KEYS.has(key)) ?? []
  const missing = configId !== undefined && !configs.has(configId) ? configId : undefined
  const serviceId = idText(field(route, 'service_id'))
  const fault = faultOf(
    wrong,
    unknown,
    missing,
    serviceId !== undefined && service === undefined ? serviceId : undefined,
    lists.uris,
  )
  return {
    name,
    at: route.at,
    service: textOf(field(service, 'name')) ?? serviceId ?? idText(field(route, 'upstream_id')) ?? 'apisix',
    uris: lists.uris ?? [],
    methods: lists.methods?.length === 0 ? undefined : lists.methods,
    hosts: (lists.hosts ?? []).map((host) => host.toLowerCase()),
    priority: numberOf(field(route, 'priority')) ?? 0,
    conditions: CONDITIONS.filter((key) => field(route, key) !== undefined),
    isOff: numberOf(field(route, 'status')) === 0,
    plugins: merged([
      field(service, 'plugins'),
      field(configs.get(configId ?? ''), 'plugins'),
      field(route, 'plugins'),
    ]),
    ...(fault !== undefined && { fault }),
  }
}

function faultOf(
  wrong: string | undefined,
  unknown: string | undefined,
  config: string | undefined,
  service: string | undefined,
  uris: readonly string[] | undefined,
): string | undefined {
  if (wrong !== undefined) return `its \`${wrong}\` is no list of texts`
  if (unknown !== undefined) return `its key \`${unknown.slice(0, 80)}\` is not understood`
  if (config !== undefined) return `its plugin configuration \`${config.slice(0, 80)}\` is not in the files`
  if (service !== undefined) return `its service \`${service.slice(0, 80)}\` is not in the files`
  return uris?.length === 0 ? 'it has no `uri`' : undefined
}

/** Later ones take the place of earlier ones of the same name. */
function merged(sources: readonly (Node | undefined)[]): readonly Plugin[] {
  const plugins = new Map<string, Plugin>()
  for (const source of sources) for (const plugin of pluginsOf(source)) plugins.set(plugin.name, plugin)
  return [...plugins.values()]
}

const pluginsOf = (node: Node | undefined): readonly Plugin[] => entriesOf(node).map(readPlugin)

function readPlugin([name, { at, node }]: readonly [string, Entry]): Plugin {
  const meta = field(node, '_meta')
  // Of version 2: `disable: true` in the plugin itself.
  const isDisabled = isTrue(field(meta, 'disable')) || isTrue(field(node, 'disable'))
  return { name, at, config: node, isDisabled, isFiltered: field(meta, 'filter') !== undefined }
}
