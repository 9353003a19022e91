/** AuthorizationPolicy and RequestAuthentication of Istio. */
import type { Place } from '../../../diagnostic.ts'
import type { Resource } from '../kubernetes.ts'
import { entriesOf, field, isTrue, itemsOf, type Node, sameness, textOf, textsOf } from '../node.ts'

/** `values` and `notValues` of one thing; a match needs one of the former, where there are any, and none of the latter. */
export interface Condition {
  readonly key: string
  readonly at: Place
  readonly values: readonly string[]
  readonly notValues: readonly string[]
}

export interface Operation {
  readonly at: Place
  readonly conditions: readonly Condition[]
}

export interface PolicyRule {
  readonly at: Place
  /** Any of these; each is all of its conditions. Empty: everybody. */
  readonly from: readonly (readonly Condition[])[]
  /** Any of these. Empty: every request. */
  readonly to: readonly Operation[]
  /** All of these. */
  readonly when: readonly Condition[]
}

export interface Policy {
  readonly name: string
  readonly namespace: string
  readonly at: Place
  /** Which workloads it is for; empty: all of its namespace, or of the mesh. */
  readonly target: string
  readonly action: string
  /** Only says what it would have decided. */
  readonly isDryRun: boolean
  readonly rules: readonly PolicyRule[]
  readonly fault?: string
}

export interface TokenRules {
  readonly at: Place
  readonly issuers: readonly string[]
  /** Claims that are split at spaces, besides those that always are. */
  readonly spaceDelimited: readonly string[]
  readonly takesElsewhere: boolean
  readonly settings: string
}

const SPEC_KEYS = ['selector', 'targetRef', 'targetRefs', 'action', 'rules', 'provider']
const ACTIONS = ['ALLOW', 'DENY', 'AUDIT', 'CUSTOM']

export function readPolicy({ name, namespace, node }: Resource): Policy {
  const spec = field(node, 'spec')
  const rules = itemsOf(field(spec, 'rules')).map(readRule)
  const action = textOf(field(spec, 'action')) ?? 'ALLOW'
  const fault =
    entriesOf(spec).find(([key]) => !SPEC_KEYS.includes(key))?.[0] ??
    (ACTIONS.includes(action) ? undefined : 'action') ??
    (isListOrAbsent(field(spec, 'rules')) ? undefined : 'rules') ??
    rules.find((rule) => typeof rule === 'string')
  return {
    name,
    namespace,
    at: node.at,
    target: ['selector', 'targetRef', 'targetRefs'].map((key) => sameness(field(spec, key))).join(''),
    action,
    isDryRun: isWrittenTrue(field(node, 'metadata', 'annotations', 'istio.io/dry-run')),
    rules: rules.filter((rule) => typeof rule !== 'string'),
    ...(typeof fault === 'string' && { fault }),
  }
}

/** Annotations are texts; a file that forgets the quotes means the same. */
const isWrittenTrue = (node: Node | undefined): boolean => textOf(node) === 'true' || isTrue(node)

const isListOrAbsent = (node: Node | undefined): boolean => node === undefined || node.kind === 'list'

/** The error is the name of what is not understood. */
function readRule(node: Node): PolicyRule | string {
  const odd = entriesOf(node).find(([key]) => !['from', 'to', 'when'].includes(key))?.[0]
  const loose = ['from', 'to', 'when'].find((key) => !isListOrAbsent(field(node, key)))
  const empty = (
    [
      ['from', 'source'],
      ['to', 'operation'],
    ] as const
  ).find(([list, key]) => itemsOf(field(node, list)).some((item) => field(item, key) === undefined))?.[0]
  const unread = odd ?? loose ?? empty
  if (unread !== undefined) return unread
  const from = itemsOf(field(node, 'from')).map((item) => readFields(field(item, 'source'), SOURCE_KEYS))
  const to = itemsOf(field(node, 'to')).map((item) => ({
    at: item.at,
    conditions: readFields(field(item, 'operation'), OPERATION_KEYS),
  }))
  const when = itemsOf(field(node, 'when')).map(readWhen)
  const wrong = [...from, ...to.map(({ conditions }) => conditions), ...when].find((each) => typeof each === 'string')
  if (typeof wrong === 'string') return wrong
  return {
    at: node.at,
    from: from.filter((each) => typeof each !== 'string'),
    to: to.flatMap(({ at, conditions }) => (typeof conditions === 'string' ? [] : [{ at, conditions }])),
    when: when.filter((each) => typeof each !== 'string'),
  }
}

const SOURCE_KEYS = ['principals', 'requestPrincipals', 'namespaces', 'ipBlocks', 'remoteIpBlocks', 'serviceAccounts']
const OPERATION_KEYS = ['hosts', 'ports', 'methods', 'paths']

/** `paths` and `notPaths` become one condition. */
function readFields(node: Node | undefined, keys: readonly string[]): readonly Condition[] | string {
  const negated = (key: string) => `not${key.charAt(0).toUpperCase()}${key.slice(1)}`
  const odd = entriesOf(node).find(([key]) => !keys.some((each) => key === each || key === negated(each)))?.[0]
  if (odd !== undefined) return odd
  const conditions: Condition[] = []
  for (const key of keys) {
    const [values, notValues] = [textsOf(field(node, key)), textsOf(field(node, negated(key)))]
    if (values === undefined || notValues === undefined) return key
    const at = (field(node, key) ?? field(node, negated(key)))?.at
    if (at !== undefined) conditions.push({ key, at, values, notValues })
  }
  return conditions
}

function readWhen(node: Node): Condition | string {
  const odd = entriesOf(node).find(([key]) => !['key', 'values', 'notValues'].includes(key))?.[0]
  const key = textOf(field(node, 'key'))
  const [values, notValues] = [textsOf(field(node, 'values')), textsOf(field(node, 'notValues'))]
  if (odd !== undefined || key === undefined || values === undefined || notValues === undefined) return odd ?? 'when'
  return { key, at: node.at, values, notValues }
}

export function readTokenRules({ node }: Resource): TokenRules {
  const rules = itemsOf(field(node, 'spec', 'jwtRules'))
  return {
    at: node.at,
    issuers: rules.flatMap((rule) => textOf(field(rule, 'issuer')) ?? []),
    spaceDelimited: rules.flatMap((rule) => textsOf(field(rule, 'spaceDelimitedClaims')) ?? []),
    takesElsewhere: rules.some((rule) =>
      ['fromHeaders', 'fromParams', 'fromCookies'].some((key) => field(rule, key) !== undefined),
    ),
    settings: sameness(field(node, 'spec', 'jwtRules')),
  }
}
