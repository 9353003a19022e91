/** Declarative configuration of Kong (decK): services, their routes, and the plugins of each, however they are nested. */
import type { Place } from '../../../diagnostic.ts'
import { entriesOf, field, isFalse, itemsOf, type Node, numberOf, sameness, textOf, textsOf } from '../node.ts'

export interface Plugin {
  readonly name: string
  readonly at: Place
  readonly config: Node | undefined
  readonly isEnabled: boolean
  /** Also bound to a consumer or a group of them. */
  readonly isForConsumers: boolean
}

export interface KongRoute {
  readonly name: string
  readonly at: Place
  /** The name of its service. */
  readonly service: string
  /** Undefined: every path. `~` begins a regular expression. */
  readonly paths: readonly string[] | undefined
  readonly methods: readonly string[] | undefined
  readonly hosts: readonly string[] | undefined
  /** Names of the headers that it wants. */
  readonly headers: readonly string[]
  /** Further things that a request must match. */
  readonly conditions: readonly string[]
  readonly regexPriority: number
  readonly speaksHttp: boolean
  /** Its service is switched off, so that Kong has no such route. */
  readonly isOff: boolean
  /** By plugin name: the one that applies, and those that are switched off. */
  readonly plugins: readonly Plugin[]
  readonly disabled: readonly Plugin[]
  readonly fault?: string
}

/** Where a plugin is bound, the more particular the greater. */
interface Binding {
  readonly plugin: Plugin
  readonly route?: string
  readonly service?: string
}

export function routesOf(document: Node): readonly KongRoute[] {
  const plugins = [...itemsOf(field(document, 'plugins')).map(readBinding), ...pluginsOfConsumers(document)]
  const isOld = /^[012](\.|$)/.test(
    textOf(field(document, '_format_version')) ?? String(numberOf(field(document, '_format_version')) ?? '3.0'),
  )
  const nested = itemsOf(field(document, 'services')).flatMap((service) => {
    const name = nameOf(service) ?? 'kong'
    const own = itemsOf(field(service, 'plugins')).map((node) => ({ ...readBinding(node), service: name }))
    return itemsOf(field(service, 'routes')).map((route) => ({ route, service, name, own }))
  })
  const services = new Map(itemsOf(field(document, 'services')).map((service) => [nameOf(service) ?? '', service]))
  const alone = itemsOf(field(document, 'routes')).map((route) => {
    const name = referenceOf(field(route, 'service')) ?? 'kong'
    const service = services.get(name)
    const own = itemsOf(field(service, 'plugins')).map((node) => ({ ...readBinding(node), service: name }))
    return { route, service, name, own }
  })
  return [...nested, ...alone].map(({ route, service, name, own }) =>
    readRoute(route, service, name, [...plugins, ...own], isOld),
  )
}

/** They run for those whom they are written under, on whatever route: whoever is let in as `anonymous` is refused by one of these. */
const pluginsOfConsumers = (document: Node): readonly Binding[] =>
  ['consumers', 'consumer_groups']
    .flatMap((key) => itemsOf(field(document, key)))
    .flatMap((consumer) => itemsOf(field(consumer, 'plugins')))
    .map(readBinding)
    .map((binding) => ({ ...binding, plugin: { ...binding.plugin, isForConsumers: true } }))

const nameOf = (node: Node): string | undefined => textOf(field(node, 'name')) ?? textOf(field(node, 'id'))

/** A name, or an object that holds one. */
const referenceOf = (node: Node | undefined): string | undefined =>
  textOf(node) ?? textOf(field(node, 'name')) ?? textOf(field(node, 'id'))

function readBinding(node: Node): Binding {
  const [route, service] = [referenceOf(field(node, 'route')), referenceOf(field(node, 'service'))]
  return { plugin: readPlugin(node), ...(route !== undefined && { route }), ...(service !== undefined && { service }) }
}

const readPlugin = (node: Node): Plugin => ({
  name: textOf(field(node, 'name')) ?? '',
  at: node.at,
  config: field(node, 'config'),
  isEnabled: !isFalse(field(node, 'enabled')),
  isForConsumers: field(node, 'consumer') !== undefined || field(node, 'consumer_group') !== undefined,
})

const KNOWN_KEYS = new Set([
  'name',
  'id',
  'tags',
  'paths',
  'methods',
  'hosts',
  'headers',
  'protocols',
  'plugins',
  'service',
  'regex_priority',
  'snis',
  'sources',
  'destinations',
  'expression',
  'priority',
  'strip_path',
  'preserve_host',
  'path_handling',
  'request_buffering',
  'response_buffering',
  'https_redirect_status_code',
  'created_at',
  'updated_at',
])

function readRoute(
  route: Node,
  service: Node | undefined,
  serviceName: string,
  bindings: readonly Binding[],
  isOld: boolean,
): KongRoute {
  const name = nameOf(route) ?? `of ${serviceName}`
  const lists = { paths: listOf(route, 'paths'), methods: listOf(route, 'methods'), hosts: listOf(route, 'hosts') }
  const ids = [nameOf(route), textOf(field(route, 'id'))]
  const services = [serviceName, textOf(field(service, 'id'))]
  const own = itemsOf(field(route, 'plugins')).map((node): Binding => ({ plugin: readPlugin(node), route: name }))
  const applying = [...bindings, ...own].filter(
    (each) =>
      (each.route === undefined || each.route === name || ids.includes(each.route)) &&
      (each.service === undefined || services.includes(each.service)),
  )
  const unknown = entriesOf(route).find(([key]) => !KNOWN_KEYS.has(key))
  const wrong = Object.entries(lists).find(([, list]) => list === 'wrong')
  const fault =
    wrong !== undefined
      ? `its \`${wrong[0]}\` is no list of texts`
      : unknown !== undefined
        ? `its key \`${unknown[0].slice(0, 80)}\` is not understood`
        : undefined
  const protocols = textsOf(field(route, 'protocols')) ?? []
  const plain = (list: readonly string[] | 'wrong' | undefined) => (list === 'wrong' ? [] : list)
  return {
    name,
    at: route.at,
    service: serviceName,
    paths: plain(lists.paths)?.map((path) =>
      isOld && !path.startsWith('~') && /[^A-Za-z0-9._~/%-]/.test(path) ? `~${path}` : path,
    ),
    methods: plain(lists.methods)?.map((method) => method.toUpperCase()),
    hosts: plain(lists.hosts)?.map((host) => host.toLowerCase().replace(/:\d+$/, '')),
    headers: entriesOf(field(route, 'headers')).map(([key]) => key),
    conditions: ['snis', 'sources', 'destinations', 'expression'].filter((key) => field(route, key) !== undefined),
    regexPriority: numberOf(field(route, 'regex_priority')) ?? 0,
    speaksHttp: protocols.length === 0 || protocols.some((protocol) => protocol === 'http' || protocol === 'https'),
    isOff: isFalse(field(service, 'enabled')),
    ...effective(applying),
    ...(fault !== undefined && { fault }),
  }
}

function listOf(route: Node, key: string): readonly string[] | 'wrong' | undefined {
  const node = field(route, key)
  if (node === undefined) return undefined
  const texts = textsOf(node)
  return texts === undefined ? 'wrong' : texts.length === 0 ? undefined : texts
}

/** Of several plugins of one name the one that is bound most particularly runs; those that are switched off are as if they were not there. */
function effective(bindings: readonly Binding[]): Pick<KongRoute, 'plugins' | 'disabled'> {
  const rank = ({ route, service }: Binding) => (route === undefined ? 0 : 2) + (service === undefined ? 0 : 1)
  const enabled = bindings.filter(({ plugin }) => plugin.isEnabled)
  const forAll = new Map<string, Binding>()
  for (const binding of enabled.filter(({ plugin }) => !plugin.isForConsumers)) {
    const known = forAll.get(binding.plugin.name)
    if (known === undefined || rank(binding) > rank(known)) forAll.set(binding.plugin.name, binding)
  }
  const forSome = new Map(
    enabled
      .filter(({ plugin }) => plugin.isForConsumers)
      .map(({ plugin }) => [`${plugin.name} ${sameness(plugin.config)}`, plugin]),
  )
  return {
    plugins: [...[...forAll.values()].map(({ plugin }) => plugin), ...forSome.values()],
    disabled: bindings.filter(({ plugin }) => !plugin.isEnabled).map(({ plugin }) => plugin),
  }
}
