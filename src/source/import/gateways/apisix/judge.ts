/** The own judgement of APISIX: the first route that matches, in the order of its router, and each plugin in turn, global ones included. */
import type { ImportedCaller } from '../../imported.ts'
import { entriesOf, field, textsOf } from '../node.ts'
import type { Judge, SourceRequest } from '../plan.ts'
import { compareEntries, type Entry, matchesHost, type Router } from './order.ts'
import { changesNothing, isPassedOn, looksAtTokens } from './plugins.ts'
import type { ApisixConfig, Plugin } from './routes.ts'

export function judgeApisix({ routes, globalPlugins }: ApisixConfig, entries: readonly Entry[]): Judge {
  const judgeBy = (router: Router, request: SourceRequest, caller: ImportedCaller): ReturnType<Judge> => {
    const host = request.host ?? 'api.example.com'
    const [first] = entries
      .filter((entry) => matches(entry, request, host))
      .toSorted((a, b) => compareEntries(a, b, host, router))
    if (first === undefined) return 'deny'
    if (first.route.conditions.length > 0 || first.route.fault !== undefined) return undefined
    return judgePlugins([...globalPlugins, ...first.route.plugins], caller)
  }
  return (request, caller) => {
    // A path that only some of the routers understand leaves everything open.
    if (routes.some(({ uris }) => uris.some((uri) => uri.includes(':') || /\*./.test(uri)))) return undefined
    const verdict = judgeBy('radixtree_host_uri', request, caller)
    return verdict === judgeBy('radixtree_uri', request, caller) ? verdict : undefined
  }
}

const matches = ({ route, uri }: Entry, { method, path }: SourceRequest, host: string): boolean =>
  !route.isOff &&
  (route.methods?.includes(method) ?? true) &&
  (route.hosts.length === 0 || route.hosts.some((pattern) => matchesHost(pattern, host))) &&
  (uri.endsWith('*') ? path.startsWith(uri.slice(0, -1)) : path === uri)

function judgePlugins(plugins: readonly Plugin[], caller: ImportedCaller): ReturnType<Judge> {
  const verdicts = plugins.map((plugin) => judgePlugin(plugin, caller))
  return verdicts.includes('deny') ? 'deny' : verdicts.includes(undefined) ? undefined : 'allow'
}

function judgePlugin({ name, config, isDisabled, isFiltered }: Plugin, caller: ImportedCaller): ReturnType<Judge> {
  if (isDisabled || changesNothing(name)) return 'allow'
  if (isFiltered) return undefined
  if (name === 'openid-connect') return judgeOpenid(config, caller)
  if (name === 'jwt-auth')
    return caller.kind === 'holder' || field(config, 'anonymous_consumer') !== undefined ? 'allow' : 'deny'
  return ['key-auth', 'basic-auth', 'hmac-auth'].includes(name) && field(config, 'anonymous_consumer') === undefined
    ? 'deny'
    : undefined
}

function judgeOpenid(config: Plugin['config'], caller: ImportedCaller): ReturnType<Judge> {
  const required = textsOf(field(config, 'required_scopes'))
  if (required === undefined) return undefined
  if (caller.kind === 'nobody' || !looksAtTokens(config)) return isPassedOn(config) ? 'allow' : 'deny'
  const validator = entriesOf(field(config, 'claim_validator')).some(([key]) => key !== 'issuer' && key !== 'audience')
  if (!required.every((scope) => caller.scopes.includes(scope))) return 'deny'
  return validator || field(config, 'claim_schema') !== undefined ? undefined : 'allow'
}
