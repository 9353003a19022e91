/** Envoy Gateway's own judgement: one route, its policy's tokens, and the first authorization rule that matches. */
import type { ImportedCaller } from '../../imported.ts'
import type { Judge, SourceRequest } from '../plan.ts'
import { matchesWhole, parseRegex } from '../regex.ts'
import { type Attachment, attachmentOf } from './attachment.ts'
import { compareMatches } from './precedence.ts'
import type { AuthorizationRule, PathKind, Route, RouteMatch, SecurityPolicy } from './resources.ts'

type Truth = boolean | undefined

/** One way into a route. */
interface Way {
  readonly route: Route
  readonly match: RouteMatch
  readonly attachment: Attachment
}

export function judgeEnvoyGateway(routes: readonly Route[], policies: readonly SecurityPolicy[]): Judge {
  const ways = routes.flatMap((route) =>
    route.rules.flatMap((rule) =>
      rule.matches.map((match): Way => ({ route, match, attachment: attachmentOf(policies, route, rule) })),
    ),
  )
  const hosts = [...new Set(routes.flatMap((route) => route.hosts))]
  return (request, caller) => {
    if (routes.some(({ fault }) => fault !== undefined)) return undefined
    const asked = request.host ?? ''
    const virtualHost = hosts.includes(asked)
      ? asked
      : hosts.filter((host) => holdsHost(host, asked)).sort((a, b) => b.length - a.length)[0]
    const here = ways
      .filter(({ route }) => (virtualHost === undefined ? route.hosts.length === 0 : route.hosts.includes(virtualHost)))
      .filter(({ match }) => matches(match, request) !== false)
      .sort((a, b) => compareMatches(a.match, b.match))
    const [first, second] = here
    if (first === undefined) return 'deny'
    const isTied =
      second !== undefined && second.route !== first.route && compareMatches(first.match, second.match) === 0
    if (isTied || matches(first.match, request) === undefined || first.attachment.unclear !== undefined)
      return undefined
    return judgePolicy(first.attachment.policies[0], request, caller)
  }
}

const holdsHost = (pattern: string, host: string): boolean =>
  pattern === host || (pattern.startsWith('*.') && host.endsWith(pattern.slice(1)))

function matches(match: RouteMatch, { method, path }: SourceRequest): Truth {
  if (match.method !== undefined && match.method !== method) return false
  const isMatch = matchesPath(match.kind, match.path, path)
  return isMatch === true && match.headers + match.queries > 0 ? undefined : isMatch
}

function matchesPath(kind: PathKind, wanted: string, path: string): Truth {
  if (kind === 'Exact') return path === wanted
  if (kind === 'PathPrefix')
    return path === wanted || path.startsWith(wanted.endsWith('/') ? wanted : `${wanted}/`) || `${path}/` === wanted
  const regex = parseRegex(wanted)
  return regex && matchesWhole(regex, path)
}

function judgePolicy(
  policy: SecurityPolicy | undefined,
  request: SourceRequest,
  caller: ImportedCaller,
): ReturnType<Judge> {
  if (policy === undefined) return 'allow'
  if (policy.fault !== undefined) return undefined
  if (policy.jwt !== undefined && !policy.jwt.isOptional && caller.kind === 'nobody') return 'deny'
  const verdict = policy.authorization === undefined ? 'allow' : authorize(policy, request, caller)
  return verdict === 'allow' && policy.elsewhere.length > 0 ? undefined : verdict
}

function authorize(
  { authorization, jwt }: SecurityPolicy,
  request: SourceRequest,
  caller: ImportedCaller,
): ReturnType<Judge> {
  for (const rule of authorization?.rules ?? []) {
    const isMatch = matchesRule(rule, request, caller, jwt?.providers ?? [])
    if (isMatch === undefined) return undefined
    if (isMatch) return rule.action === 'Allow' ? 'allow' : 'deny'
  }
  return authorization?.allowsByDefault === true ? 'allow' : 'deny'
}

function matchesRule(
  rule: AuthorizationRule,
  { method, path }: SourceRequest,
  caller: ImportedCaller,
  providers: readonly string[],
): Truth {
  if (rule.methods?.includes(method) === false) return false
  const paths = rule.paths.map((each) => matchesPath(each.kind, each.path, path))
  if (paths.length > 0 && !paths.includes(true)) return paths.includes(undefined) ? undefined : false
  if (rule.jwt !== undefined) {
    // No token of the table has other claims.
    if (caller.kind === 'nobody' || !providers.includes(rule.jwt.provider) || rule.jwt.claims.length > 0) return false
    if (!rule.jwt.scopes.every((scope) => caller.scopes.includes(scope))) return false
    if (providers.length > 1) return undefined
  }
  return rule.others.length > 0 ? undefined : true
}
