/** Routes as the catalogue shows them: by the hosts that clients know, and once where a route is on several. */
import type { Environment } from '../../policy/environment.ts'
import { RULE_METHODS, type RuleMethod } from '../../policy/method.ts'
import type { RuleEntry } from '../../policy/release.ts'
import { compareText } from '../diagnostic.ts'
import { callerPhrases, conditionPhrases, type Phrase } from './phrase.ts'
import type { Use } from './uses.ts'

/** What a route is called. */
export interface RouteName {
  readonly method: RuleMethod
  readonly path: string
  /** Ascending. */
  readonly hosts: readonly string[]
}

/** A route that a scope opens, or takes part in opening. */
export interface RouteUse extends RouteName, Omit<Use, 'rule' | 'isNamed'> {
  readonly isWebSocket: boolean
}

/** A route that needs no scope, and why. */
export interface OpenRoute extends RouteName {
  readonly token: 'none' | 'any'
  /** Of the token. */
  readonly needs: readonly Phrase[]
  readonly reason: string
}

/** What clients call a host of the map. */
export type HostNames = (host: string) => readonly string[]

/** Without an environment, what the map says. In one, the host of its resource if that stands for it, or all that do. */
export function hostNames(environment: Environment | undefined): HostNames {
  if (environment === undefined) return (host) => [host]
  const aliases = Object.entries(environment.hostAliases)
  const [, , authority = ''] = environment.resource.split('/')
  const own = authority.replace(/:[0-9]+$/, '')
  return (host) => {
    const names = aliases.flatMap(([alias, target]) => (target === host ? [alias] : []))
    if (names.includes(own)) return [own]
    return names.length > 0 ? names : [host]
  }
}

export function routeUses(uses: readonly Use[], hostsOf: HostNames): readonly RouteUse[] {
  const distinct = new Map<string, RouteUse>()
  for (const { rule, together, through, needs } of uses) {
    const key = JSON.stringify([rule.path, rule.method, rule.upgrade, together, through, needs])
    const hosts = [...(distinct.get(key)?.hosts ?? []), ...hostsOf(rule.host)]
    distinct.set(key, {
      ...routeName(rule, hosts),
      together,
      through,
      needs,
      isWebSocket: rule.upgrade === 'websocket',
    })
  }
  return [...distinct.values()].sort(compareRoutes)
}

/** Those of these rules that name no scope. */
export function openRoutes(rules: readonly RuleEntry[], hostsOf: HostNames): readonly OpenRoute[] {
  const distinct = new Map<string, OpenRoute>()
  for (const rule of rules) {
    const reason = rule.public ?? rule.authenticated
    if (reason === undefined) continue
    const token = rule.public === undefined ? 'any' : 'none'
    const needs = [...callerPhrases(rule), ...conditionPhrases(rule)]
    const key = JSON.stringify([rule.path, rule.method, token, needs, reason])
    const hosts = [...(distinct.get(key)?.hosts ?? []), ...hostsOf(rule.host)]
    distinct.set(key, { ...routeName(rule, hosts), token, needs, reason })
  }
  return [...distinct.values()].sort(compareRoutes)
}

const routeName = ({ method, path }: RuleEntry, hosts: readonly string[]): RouteName => ({
  method,
  path,
  hosts: [...new Set(hosts)].sort(compareText),
})

const compareRoutes = (a: RouteName, b: RouteName): number =>
  compareText(a.path, b.path) || RULE_METHODS.indexOf(a.method) - RULE_METHODS.indexOf(b.method)
