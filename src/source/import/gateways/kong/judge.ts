/** Kong's own judgement: the route of the highest priority that matches, and each of its plugins in turn. */
import type { ImportedCaller } from '../../imported.ts'
import { entriesOf, field, textOf, textsOf } from '../node.ts'
import type { Judge, SourceRequest } from '../plan.ts'
import { matchesWhole, parseRegex, type Regex } from '../regex.ts'
import type { KongRoute, Plugin } from './entities.ts'
import { changesNothing, hasAnonymous } from './plugins.ts'
import { comparePriority, type Priority, priorityOf } from './priority.ts'

/** A route with one of its paths. */
interface Entry {
  readonly route: KongRoute
  readonly path: string | undefined
  readonly regex: Regex | undefined
  readonly priority: Priority
}

export function judgeKong(routes: readonly KongRoute[]): Judge {
  const entries = routes
    .filter(({ speaksHttp }) => speaksHttp)
    .flatMap((route) => (route.paths ?? [undefined]).map((path) => entryOf(route, path)))
    .sort((a, b) => comparePriority(a.priority, b.priority))
  return (request, caller) => {
    const found = entries.filter((entry) => matches(entry, request) !== false)
    const [first, second] = found
    if (first === undefined) return 'deny'
    // The headers and addresses of the request are not known, nor is the older of two that rank alike.
    if (matches(first, request) === undefined) return undefined
    if (second !== undefined && second.route !== first.route && comparePriority(first.priority, second.priority) === 0)
      return undefined
    return first.route.fault === undefined ? judgePlugins(first.route.plugins, request.method, caller) : undefined
  }
}

const entryOf = (route: KongRoute, path: string | undefined): Entry => ({
  route,
  path,
  regex: path?.startsWith('~') === true ? parseRegex(anchored(path.slice(1))) : undefined,
  priority: priorityOf(route, path),
})

/** An expression matches from the beginning on, and to the end only where it says so. */
export function anchored(expression: string): string {
  const rest = expression.replace(/^\^/, '')
  return /(?<!\\)(?:\\\\)*\$$/.test(rest) ? rest.slice(0, -1) : `(?:${rest}).*`
}

function matches(
  { route, path, regex }: Entry,
  { method, host = 'api.example.com', path: given }: SourceRequest,
): boolean | undefined {
  if (route.methods?.includes(method) === false) return false
  if (route.hosts?.some((pattern) => matchesHost(pattern, host)) === false) return false
  const isMatch =
    path === undefined || (path.startsWith('~') ? regex && matchesWhole(regex, given) : given.startsWith(path))
  if (isMatch === false) return false
  return route.headers.length + route.conditions.length > 0 ? undefined : isMatch
}

function matchesHost(pattern: string, host: string): boolean {
  if (pattern.startsWith('*.')) return host.endsWith(pattern.slice(1))
  return pattern.endsWith('.*') ? host.startsWith(pattern.slice(0, -1)) : host === pattern
}

function judgePlugins(plugins: readonly Plugin[], method: string, caller: ImportedCaller): ReturnType<Judge> {
  const verdicts = plugins.map((plugin) => judgePlugin(plugin, method, caller))
  return verdicts.includes('deny') ? 'deny' : verdicts.includes(undefined) ? undefined : 'allow'
}

function judgePlugin(
  { name, config, isForConsumers }: Plugin,
  method: string,
  caller: ImportedCaller,
): ReturnType<Judge> {
  if (changesNothing(name)) return 'allow'
  if (isForConsumers) return undefined
  if (name === 'request-termination') return field(config, 'trigger') === undefined ? 'deny' : undefined
  const isKnown = ['openid-connect', 'jwt', 'key-auth', 'basic-auth', 'hmac-auth', 'ldap-auth', 'mtls-auth'].includes(
    name,
  )
  if (!isKnown) return undefined
  if (method === 'OPTIONS' && field(config, 'run_on_preflight')?.kind === 'scalar' && !runsOnPreflight(config))
    return 'allow'
  if (caller.kind === 'nobody' || !['openid-connect', 'jwt'].includes(name))
    return hasAnonymous(config) ? 'allow' : 'deny'
  return name === 'jwt' ? 'allow' : judgeOpenid(config, caller.scopes)
}

export const runsOnPreflight = (config: Plugin['config']): boolean => {
  const node = field(config, 'run_on_preflight')
  return !(node?.kind === 'scalar' && node.value === false)
}

function judgeOpenid(config: Plugin['config'], granted: readonly string[]): ReturnType<Judge> {
  const methods = textsOf(field(config, 'auth_methods')) ?? []
  if (
    methods.length > 0 &&
    !methods.some((method) => ['bearer', 'introspection', 'kong_oauth2', 'userinfo'].includes(method))
  )
    return undefined
  // No caller of the table is in a group, has a role, or is a consumer.
  const asksMore = entriesOf(config).some(
    ([key, { node }]) =>
      ['groups_required', 'roles_required'].includes(key) && node.kind === 'list' && node.items.length > 0,
  )
  if (asksMore || textOf(field(config, 'scopes_required')) !== undefined) return 'deny'
  if (textsOf(field(config, 'scopes_required'))?.some((item) => item.trim() === '')) return undefined
  if (field(config, 'consumer_claim') !== undefined) return undefined
  const required = textsOf(field(config, 'scopes_required')) ?? []
  const isEnough =
    required.length === 0 ||
    required.some((item) => item.split(' ').every((word) => word === '' || granted.includes(word)))
  return isEnough ? 'allow' : 'deny'
}
