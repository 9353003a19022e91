/** Istio: AuthorizationPolicy, with the RequestAuthentication that tells whose tokens count. */
import { quoted } from '../../../diagnostic.ts'
import type { FailOpen, ImportFinding } from '../../imported.ts'
import { type Access, both, either, NOBODY, PUBLIC } from '../access.ts'
import { resourcesIn } from '../kubernetes.ts'
import type { Node } from '../node.ts'
import { ANY_PATH } from '../path-pattern.ts'
import type { Part, Plan, Resolution } from '../plan.ts'
import { callersAllowed, callersSpared, type Knowledge, namedScopes } from './callers.ts'
import { judgeIstio } from './judge.ts'
import { requestsOf } from './operations.ts'
import { type Policy, type PolicyRule, readPolicy, readTokenRules, type TokenRules } from './policies.ts'

interface RulePart extends Part {
  /** `open`: what holds where there is no ALLOW policy. */
  readonly action: 'ALLOW' | 'DENY' | 'open'
}

export function planIstio(documents: readonly Node[]): Plan<RulePart> {
  const resources = resourcesIn(documents)
  const written = resources.filter(({ kind }) => kind === 'AuthorizationPolicy').map(readPolicy)
  const trials = written.filter(({ isDryRun }) => isDryRun)
  const policies = written.filter(({ isDryRun }) => !isDryRun)
  const tokens = resources.filter(({ kind }) => kind === 'RequestAuthentication').map(readTokenRules)
  const known = knowledgeOf(policies, tokens)
  const apart = findApart(policies)
  const applying = apart.length > 0 ? [] : policies
  const open = applying.some(({ action }) => action === 'ALLOW') ? [] : openParts([...applying, ...trials], tokens)
  return {
    product: 'Istio',
    parts: [...applying.flatMap((policy) => partsOf(policy, known)), ...open],
    resolve,
    judge: apart.length > 0 ? () => undefined : judgeIstio(policies, known),
    findings: [
      ...apart,
      ...applying.flatMap(findingsOf),
      ...trials.map(findingOfTrial),
      ...tokens.map(findingOfTokens),
    ],
    failOpen: [
      ...open.map(
        ({ construct, at }): FailOpen => ({
          construct,
          at,
          message: 'there is no ALLOW policy: whatever no DENY policy refuses gets in, without a token, too',
        }),
      ),
      ...trials.map(
        ({ name, at }): FailOpen => ({
          construct: `policy ${quoted(name)}`,
          at,
          message: 'it is a dry run: what it would refuse gets in',
        }),
      ),
    ],
  }
}

const findingOfTrial = ({ name, at }: Policy): ImportFinding => ({
  construct: `policy ${quoted(name)}`,
  at,
  verdict: 'exact',
  message: 'it is a dry run: it decides nothing, and has no rule here',
})

function knowledgeOf(policies: readonly Policy[], tokens: readonly TokenRules[]): Knowledge {
  const issuers = [...new Set(tokens.flatMap(({ issuers }) => issuers))]
  const spaceDelimited = new Set(['scope', 'permission', ...tokens.flatMap((each) => each.spaceDelimited)])
  const known = { issuers, spaceDelimited, scopes: [] }
  return {
    ...known,
    scopes: [...new Set(policies.flatMap(({ rules }) => rules.flatMap(({ when }) => namedScopes(when, known))))],
  }
}

/** Policies for different workloads: nothing in a request tells which of those it is for. */
function findApart(policies: readonly Policy[]): readonly ImportFinding[] {
  const targeted = policies.filter(({ target }) => target !== '')
  const namespaces = new Set(
    policies
      .filter(({ namespace, target }) => target !== '' || namespace !== ROOT_NAMESPACE)
      .map(({ namespace }) => namespace),
  )
  if (new Set(targeted.map(({ namespace, target }) => `${namespace} ${target}`)).size < 2 && namespaces.size < 2)
    return []
  return policies.map(({ name, at }) => ({
    construct: `policy ${quoted(name)}`,
    at,
    verdict: 'unrepresentable',
    message: 'the policies are for several workloads, and nothing in a request tells which of them it is for',
    help: 'import the policies of each workload by themselves, with those of its namespace and of the mesh',
  }))
}

const ROOT_NAMESPACE = 'istio-system'

function findingsOf({ name, at, action, fault, rules }: Policy): readonly ImportFinding[] {
  const construct = `policy ${quoted(name)}`
  if (fault !== undefined)
    return [{ construct, at, verdict: 'unrepresentable', message: `${quoted(fault)} in it is not understood` }]
  if (action === 'AUDIT') return [{ construct, at, verdict: 'exact', message: 'it only records' }]
  if (action === 'CUSTOM')
    return [{ construct, at, verdict: 'looser', message: 'another server decides by it, and no map asks one' }]
  return rules.length > 0
    ? []
    : [{ construct, at, verdict: 'exact', message: 'it has no rules, so it matches nothing' }]
}

const findingOfTokens = ({ at, takesElsewhere }: TokenRules): ImportFinding => ({
  construct: 'request authentication',
  at,
  verdict: takesElsewhere ? 'stricter' : 'exact',
  message: `its issuers, audiences and key sets belong into the environments of gateway.yaml${takesElsewhere ? '; tokens are taken from the `Authorization` header alone' : ''}`,
})

function openParts(policies: readonly Policy[], tokens: readonly TokenRules[]): readonly RulePart[] {
  const at = policies[0]?.at ?? tokens[0]?.at
  if (at === undefined) return []
  return [
    {
      construct: 'workload',
      at,
      service: 'istio',
      hosts: [],
      paths: [ANY_PATH],
      notes: [],
      action: 'open',
      access: PUBLIC,
    },
  ]
}

function partsOf(policy: Policy, known: Knowledge): readonly RulePart[] {
  const { action } = policy
  // A policy that is not understood may refuse anything.
  if (policy.fault !== undefined || action === 'CUSTOM')
    return policy.fault === undefined || action === 'ALLOW' ? [] : [wholePart(policy)]
  if (action !== 'ALLOW' && action !== 'DENY') return []
  return policy.rules.flatMap((rule, index) => partsOfRule(policy, action, rule, index, known))
}

const wholePart = (policy: Policy): RulePart => ({
  construct: `policy ${quoted(policy.name)}`,
  at: policy.at,
  service: 'istio',
  hosts: [],
  paths: [ANY_PATH],
  notes: [{ verdict: 'unrepresentable', message: 'what it refuses cannot be told, so everything is refused' }],
  action: 'DENY',
  refuses: true,
  access: NOBODY,
})

/** A part for each of its operations. */
function partsOfRule(
  policy: Policy,
  action: 'ALLOW' | 'DENY',
  rule: PolicyRule,
  index: number,
  known: Knowledge,
): readonly RulePart[] {
  const callers = action === 'ALLOW' ? callersAllowed(rule, known) : callersSpared(rule, known)
  const operations = rule.to.length === 0 ? [[]] : rule.to.map(({ conditions }) => conditions)
  return operations.flatMap(requestsOf).map(({ conditions, notes, ...requests }) => {
    const all = [...callers.conditions, ...conditions]
    return {
      construct: `policy ${quoted(policy.name)} rule ${index + 1}`,
      at: rule.at,
      service: 'istio',
      ...requests,
      ...(all.length > 0 && { condition: all.join(' and ') }),
      notes: [...callers.notes, ...notes],
      action,
      ...(action === 'DENY' && { refuses: true }),
      access: callers.access,
    }
  })
}

/** Any ALLOW rule lets in, and every DENY rule must leave alone. */
function resolve(covering: readonly RulePart[]): Resolution | undefined {
  const letting = covering.filter(({ action }) => action !== 'DENY')
  const denying = covering.filter(({ action }) => action === 'DENY')
  const [first, ...others] = letting
  if (first === undefined) return undefined
  const by = [...letting, ...denying]
  const allowed = others.reduce<Access | undefined>((sum, each) => sum && either(sum, each.access), first.access)
  const access = denying.reduce((sum, each) => sum && both(sum, each.access), allowed)
  if (access !== undefined) return { access, by }
  const message = 'the rules that come together here ask for too many sets of scopes: what they let in is refused'
  return { access: NOBODY, by, remark: { verdict: 'stricter', message } }
}
