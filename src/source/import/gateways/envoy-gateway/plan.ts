/** Envoy Gateway: HTTPRoute with the SecurityPolicy that is attached to it, or to its gateway. */
import { quoted } from '../../../diagnostic.ts'
import type { FailOpen, ImportFinding } from '../../imported.ts'
import { type Access, both, isSame, NOBODY, PUBLIC } from '../access.ts'
import { resourcesIn } from '../kubernetes.ts'
import type { Node } from '../node.ts'
import { ANY_PATH, exactPath, type PathPattern, pathPrefix, unknownPattern } from '../path-pattern.ts'
import type { Note, Part, Plan, Resolution } from '../plan.ts'
import { regexPath } from '../regex-path.ts'
import { settingsNotes } from '../token-settings.ts'
import { accessByPolicy, accessOfRule, notesOfPolicy } from './access.ts'
import { type Attachment, attachmentOf } from './attachment.ts'
import { judgeEnvoyGateway } from './judge.ts'
import { compareMatches } from './precedence.ts'
import {
  type AuthorizationRule,
  type Route,
  type RouteMatch,
  readRoute,
  readSecurityPolicy,
  type SecurityPolicy,
} from './resources.ts'

/** A match of a route, or an authorization rule of a policy. */
interface RoutePart extends Part {
  readonly route: Route
  readonly match: RouteMatch
  readonly attachment: Attachment
}

interface RulePart extends Part {
  readonly rule: AuthorizationRule
  readonly of: SecurityPolicy
}

type EnvoyPart = RoutePart | RulePart

export function planEnvoyGateway(documents: readonly Node[]): Plan<EnvoyPart> {
  const resources = resourcesIn(documents)
  const routes = resources.filter(({ kind }) => kind === 'HTTPRoute').map(readRoute)
  const policies = resources.filter(({ kind }) => kind === 'SecurityPolicy').map(readSecurityPolicy)
  const sound = routes.some(({ fault }) => fault !== undefined) ? [] : routes
  const routeParts = sound.flatMap((route) => partsOfRoute(route, policies))
  const used = policies.filter((policy) => routeParts.some(({ attachment }) => attachment.policies.includes(policy)))
  const hosts = [...new Set(routeParts.flatMap((part) => part.hosts))]
  return {
    product: 'Envoy Gateway',
    parts: [...routeParts, ...used.flatMap((policy) => partsOfPolicy(policy, hosts))],
    resolve,
    judge: judgeEnvoyGateway(routes, policies),
    findings: [...routes.flatMap(findingsOfRoute), ...findingsOfPolicies(policies, used)],
    failOpen: routeParts.flatMap(failOpenOf),
  }
}

const findingsOfRoute = ({ name, at, fault }: Route): readonly ImportFinding[] =>
  fault === undefined
    ? []
    : [
        {
          construct: `route ${quoted(name)}`,
          at,
          verdict: 'unrepresentable',
          message: `${quoted(fault)} in it is not understood: whether it takes requests from other routes cannot be told, so no route is written`,
        },
      ]

function findingsOfPolicies(
  policies: readonly SecurityPolicy[],
  used: readonly SecurityPolicy[],
): readonly ImportFinding[] {
  const looking = used.filter(({ jwt }) => jwt !== undefined)
  const settings = settingsNotes(looking.map(({ jwt }) => new Map([['jwt.providers', jwt?.settings ?? '']])))
  const notes = looking.flatMap(({ name, at }, index) =>
    (settings[index] ?? []).map(
      ({ verdict, message }): ImportFinding => ({ construct: `policy ${quoted(name)}`, at, verdict, message }),
    ),
  )
  const unused = policies
    .filter((policy) => !used.includes(policy))
    .map(
      ({ name, at }): ImportFinding => ({
        construct: `policy ${quoted(name)}`,
        at,
        verdict: 'unrepresentable',
        message: 'none of the routes in the files has it',
      }),
    )
  return [...notes, ...unused]
}

function failOpenOf({ construct, at, attachment }: RoutePart): readonly FailOpen[] {
  if (attachment.unclear !== undefined) return []
  const [policy] = attachment.policies
  if (policy === undefined)
    return [{ construct, at, message: 'no security policy is attached to it or to its gateway: everybody gets in' }]
  if (policy.jwt?.isOptional === true)
    return [{ construct, at: policy.jwt.at, message: `the tokens of its policy ${quoted(policy.name)} are optional` }]
  return policy.authorization?.allowsByDefault === true
    ? [{ construct, at: policy.at, message: `its policy ${quoted(policy.name)} allows whatever no rule of it matches` }]
    : []
}

/** A part for each match: they are ranked one by one. */
function partsOfRoute(route: Route, policies: readonly SecurityPolicy[]): readonly RoutePart[] {
  return route.rules.flatMap((rule) => {
    const attachment = attachmentOf(policies, route, rule)
    const { unclear } = attachment
    const unsure: readonly Note[] = unclear === undefined ? [] : [{ verdict: 'unrepresentable', message: unclear }]
    return rule.matches.map((match): RoutePart => {
      const { pattern, notes } = patternOf(match)
      const conditions = [
        ...(match.headers > 0 ? ['certain headers'] : []),
        ...(match.queries > 0 ? ['certain query parameters'] : []),
      ]
      return {
        construct: `route ${quoted(route.name)}`,
        at: match.at,
        service: route.name,
        hosts: route.hosts,
        ...(match.method !== undefined && { methods: new Set([match.method]) }),
        paths: [pattern],
        ...(conditions.length > 0 && { condition: conditions.join(' and ') }),
        notes: [...(unclear === undefined ? notesOfPolicy(attachment.policies[0]) : unsure), ...notes],
        // What its policy asks for comes on top.
        access: unclear === undefined ? PUBLIC : NOBODY,
        route,
        match,
        attachment,
      }
    })
  })
}

function partsOfPolicy(policy: SecurityPolicy, hosts: readonly string[]): readonly RulePart[] {
  return (policy.authorization?.rules ?? []).map((rule): RulePart => {
    const { access, notes } = accessOfRule(rule, policy)
    const readings = rule.paths.map(patternOf)
    return {
      construct: `policy ${quoted(policy.name)} rule ${quoted(rule.name)}`,
      at: rule.at,
      service: policy.name,
      hosts,
      ...(rule.methods && { methods: new Set(rule.methods) }),
      paths: readings.length === 0 ? [ANY_PATH] : readings.map(({ pattern }) => pattern),
      notes: [...notes, ...readings.flatMap((reading) => reading.notes)],
      ...(rule.action === 'Deny' && { refuses: true }),
      rule,
      of: policy,
      access,
    }
  })
}

function patternOf({ kind, path }: Pick<RouteMatch, 'kind' | 'path'>): {
  readonly pattern: PathPattern
  readonly notes: readonly Note[]
} {
  if (kind === 'RegularExpression') return { pattern: regexPath(path, path), notes: [] }
  const made = kind === 'Exact' ? exactPath(path) : pathPrefix(path)
  if (made.ok) return { pattern: made.value, notes: [] }
  return {
    pattern: unknownPattern(path, '/'),
    notes: [{ verdict: 'unrepresentable', message: `its path ${quoted(path)} has no template: ${made.error}` }],
  }
}

/** Only routes that name the host answer there, since each name is a virtual host of its own; of those the first, by its policy. */
function resolve(covering: readonly EnvoyPart[], _method: string, host: string): Resolution | undefined {
  const routes = covering.filter((part) => 'match' in part).filter(({ hosts }) => host === '' || hosts.includes(host))
  const [first, ...others] = routes.toSorted((a, b) => compareMatches(a.match, b.match))
  if (first === undefined) return undefined
  const rulesOf = (policy: SecurityPolicy | undefined) =>
    covering.filter((part) => 'rule' in part).filter(({ of }) => of === policy)
  const accessOf = ({ attachment, access }: RoutePart) => {
    const [policy] = attachment.policies
    const rules = rulesOf(policy).map((part) => ({ action: part.rule.action, access: part.access }))
    return both(access, accessByPolicy(policy, rules)) ?? NOBODY
  }
  const equal = [
    first,
    ...others.filter(({ match, route }) => route !== first.route && compareMatches(match, first.match) === 0),
  ]
  const access = equal.map(accessOf).reduce((sum: Access, each) => both(sum, each) ?? NOBODY)
  const by = [...equal, ...equal.flatMap(({ attachment }) => rulesOf(attachment.policies[0]))]
  if (equal.every((part) => isSame(accessOf(part), access))) return { access, by }
  const message = `the older of ${equal
    .slice(0, 3)
    .map(({ construct }) => construct)
    .join(' and ')} answers, and no manifest tells which that is: the map asks for what both ask for`
  return { access, by, remark: { verdict: 'stricter', message } }
}
