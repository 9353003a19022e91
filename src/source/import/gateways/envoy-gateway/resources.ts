/** HTTPRoute and SecurityPolicy, as Envoy Gateway reads them. */
import { isHostPattern } from '../../../address.ts'
import type { Place } from '../../../diagnostic.ts'
import type { Resource } from '../kubernetes.ts'
import { entriesOf, field, isTrue, itemsOf, type Node, sameness, textOf, textsOf } from '../node.ts'

export type PathKind = 'Exact' | 'PathPrefix' | 'RegularExpression'

export interface RouteMatch {
  readonly at: Place
  readonly kind: PathKind
  readonly path: string
  readonly method: string | undefined
  readonly headers: number
  readonly queries: number
}

export interface RouteRule {
  readonly name: string | undefined
  readonly matches: readonly RouteMatch[]
}

/** A gateway that a route is attached to, or one listener of it. */
export interface GatewayRef {
  readonly kind: string
  readonly name: string
  readonly namespace: string
  readonly listener: string | undefined
}

export interface Route {
  readonly name: string
  readonly namespace: string
  readonly at: Place
  readonly hosts: readonly string[]
  readonly gateways: readonly GatewayRef[]
  readonly rules: readonly RouteRule[]
  readonly fault?: string
}

export interface AuthorizationRule {
  readonly name: string
  readonly at: Place
  readonly action: string
  readonly methods: readonly string[] | undefined
  readonly paths: readonly { readonly kind: PathKind; readonly path: string }[]
  /** Absent: the rule looks at no token. */
  readonly jwt?: { readonly provider: string; readonly scopes: readonly string[]; readonly claims: readonly string[] }
  /** What else it looks at. */
  readonly others: readonly string[]
}

export interface SecurityPolicy {
  readonly name: string
  readonly at: Place
  /** Of itself and of all that it can be for. */
  readonly namespace: string
  readonly targets: readonly Target[]
  /** It picks its targets by labels, so that it may be for anything. */
  readonly isForLabels: boolean
  /** Absent: it looks at no tokens. */
  readonly jwt?: {
    readonly providers: readonly string[]
    readonly isOptional: boolean
    readonly takesElsewhere: boolean
    readonly settings: string
    readonly at: Place
  }
  /** Absent: it authorises nobody in particular. */
  readonly authorization?: { readonly rules: readonly AuthorizationRule[]; readonly allowsByDefault: boolean }
  /** Other ways to be let in: `basicAuth` and the like. */
  readonly elsewhere: readonly string[]
  readonly fault?: string
}

export function readRoute({ name, namespace, node }: Resource): Route {
  const spec = field(node, 'spec')
  const hosts = textsOf(field(spec, 'hostnames'))
  const rules = itemsOf(field(spec, 'rules')).map(readRouteRule)
  const fault = hosts?.every(isHostPattern) !== true ? 'hostnames' : rules.find((rule) => typeof rule === 'string')
  return {
    name,
    namespace,
    at: node.at,
    hosts: (hosts ?? []).map((host) => host.toLowerCase()),
    gateways: itemsOf(field(spec, 'parentRefs')).map((ref) => ({
      kind: textOf(field(ref, 'kind')) ?? 'Gateway',
      name: textOf(field(ref, 'name')) ?? '',
      namespace: textOf(field(ref, 'namespace')) ?? namespace,
      listener: textOf(field(ref, 'sectionName')),
    })),
    rules: rules.filter((rule) => typeof rule !== 'string'),
    ...(typeof fault === 'string' && { fault }),
  }
}

function readRouteRule(node: Node): RouteRule | string {
  const name = textOf(field(node, 'name'))
  const matches = itemsOf(field(node, 'matches')).map(readMatch)
  const wrong = matches.find((match) => typeof match === 'string')
  if (typeof wrong === 'string') return wrong
  const everything: RouteMatch = {
    at: node.at,
    kind: 'PathPrefix',
    path: '/',
    method: undefined,
    headers: 0,
    queries: 0,
  }
  return { name, matches: matches.length === 0 ? [everything] : matches.filter((match) => typeof match !== 'string') }
}

function readMatch(node: Node): RouteMatch | string {
  const odd = entriesOf(node).find(([key]) => !['path', 'method', 'headers', 'queryParams'].includes(key))?.[0]
  const path = readPath(field(node, 'path'))
  if (odd !== undefined || path === undefined) return odd ?? 'path'
  return {
    at: node.at,
    ...path,
    method: textOf(field(node, 'method')),
    headers: itemsOf(field(node, 'headers')).length,
    queries: itemsOf(field(node, 'queryParams')).length,
  }
}

const KINDS: Readonly<Record<string, PathKind>> = {
  Exact: 'Exact',
  PathPrefix: 'PathPrefix',
  Prefix: 'PathPrefix',
  RegularExpression: 'RegularExpression',
}

function readPath(node: Node | undefined): Pick<RouteMatch, 'kind' | 'path'> | undefined {
  if (node === undefined) return { kind: 'PathPrefix', path: '/' }
  const type = textOf(field(node, 'type')) ?? 'PathPrefix'
  const kind = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined
  const path = textOf(field(node, 'value')) ?? '/'
  return kind && { kind, path }
}

interface Target {
  readonly kind: string
  readonly name: string
  readonly section: string | undefined
}

const SPEC_KEYS = [
  'targetRef',
  'targetRefs',
  'jwt',
  'authorization',
  'cors',
  'apiKeyAuth',
  'basicAuth',
  'oidc',
  'extAuth',
]
const ELSEWHERE = ['apiKeyAuth', 'basicAuth', 'oidc', 'extAuth']

export function readSecurityPolicy({ name, namespace, node }: Resource): SecurityPolicy {
  const spec = field(node, 'spec')
  const [jwt, authorization] = [field(spec, 'jwt'), field(spec, 'authorization')]
  const rules = itemsOf(field(authorization, 'rules')).map(readAuthorizationRule)
  const single = field(spec, 'targetRef')
  const refs = [...(single === undefined ? [] : [single]), ...itemsOf(field(spec, 'targetRefs'))]
  const fault =
    entriesOf(spec).find(([key]) => !SPEC_KEYS.includes(key))?.[0] ?? rules.find((rule) => typeof rule === 'string')
  return {
    name,
    at: node.at,
    namespace,
    targets: refs.map((ref) => ({
      kind: textOf(field(ref, 'kind')) ?? '',
      name: textOf(field(ref, 'name')) ?? '',
      section: textOf(field(ref, 'sectionName')),
    })),
    isForLabels: field(spec, 'targetSelectors') !== undefined,
    ...(jwt && { jwt: readJwt(jwt) }),
    ...(authorization && {
      authorization: {
        rules: rules.filter((rule) => typeof rule !== 'string'),
        allowsByDefault: textOf(field(authorization, 'defaultAction')) === 'Allow',
      },
    }),
    elsewhere: ELSEWHERE.filter((key) => field(spec, key) !== undefined),
    ...(typeof fault === 'string' && { fault }),
  }
}

function readJwt(node: Node): NonNullable<SecurityPolicy['jwt']> {
  const providers = itemsOf(field(node, 'providers'))
  return {
    providers: providers.flatMap((provider) => textOf(field(provider, 'name')) ?? []),
    isOptional: isTrue(field(node, 'optional')),
    takesElsewhere: providers.some((provider) => field(provider, 'extractFrom') !== undefined),
    settings: providers
      .map((provider) =>
        ['issuer', 'audiences', 'remoteJWKS', 'localJWKS'].map((key) => sameness(field(provider, key))).join(),
      )
      .join(';'),
    at: node.at,
  }
}

/** The error is the name of what is not understood. */
function readAuthorizationRule(node: Node, index: number): AuthorizationRule | string {
  const odd = entriesOf(node).find(([key]) => !['name', 'action', 'operation', 'principal', 'cel'].includes(key))?.[0]
  const operation = field(node, 'operation')
  const oddOperation = entriesOf(operation).find(([key]) => !['methods', 'path', 'paths'].includes(key))?.[0]
  const methods = textsOf(field(operation, 'methods'))
  const path = field(operation, 'path')
  const paths = [...(path === undefined ? [] : [path]), ...itemsOf(field(operation, 'paths'))].map(readPath)
  const action = textOf(field(node, 'action')) ?? ''
  if (odd !== undefined || oddOperation !== undefined) return odd ?? oddOperation ?? ''
  if (methods === undefined || paths.includes(undefined)) return 'operation'
  if (action !== 'Allow' && action !== 'Deny') return 'action'
  const principal = field(node, 'principal')
  const jwt = readPrincipalJwt(field(principal, 'jwt'))
  if (typeof jwt === 'string') return jwt
  return {
    name: textOf(field(node, 'name')) ?? `${index + 1}`,
    at: node.at,
    action,
    methods: methods.length === 0 ? undefined : methods,
    paths: paths.filter((each) => each !== undefined),
    ...(jwt && { jwt }),
    others: [
      ...entriesOf(principal)
        .map(([key]) => key)
        .filter((key) => key !== 'jwt'),
      ...(field(node, 'cel') === undefined ? [] : ['cel']),
    ],
  }
}

function readPrincipalJwt(node: Node | undefined): AuthorizationRule['jwt'] | string {
  if (node === undefined) return undefined
  const odd = entriesOf(node).find(([key]) => !['provider', 'scopes', 'claims'].includes(key))?.[0]
  const scopes = textsOf(field(node, 'scopes'))
  if (odd !== undefined || scopes === undefined) return odd ?? 'scopes'
  const claims = itemsOf(field(node, 'claims')).map((claim) => textOf(field(claim, 'name')) ?? '')
  return { provider: textOf(field(node, 'provider')) ?? '', scopes, claims }
}
