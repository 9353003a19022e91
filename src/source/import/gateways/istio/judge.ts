/** Istio's own judgement: any DENY rule refuses; then, if there are ALLOW policies, one of their rules must match. */
import type { ImportedCaller } from '../../imported.ts'
import type { Judge, SourceRequest } from '../plan.ts'
import { type Knowledge, scopeClaim } from './callers.ts'
import { matchesValue } from './match.ts'
import { matchesTemplate } from './operations.ts'
import type { Condition, Policy, PolicyRule } from './policies.ts'

/** Undefined: it depends on what no row of the table says. */
type Truth = boolean | undefined

const allTrue = (truths: readonly Truth[]): Truth =>
  truths.includes(false) ? false : truths.includes(undefined) ? undefined : true
const someTrue = (truths: readonly Truth[]): Truth =>
  truths.includes(true) ? true : truths.includes(undefined) ? undefined : false
const not = (truth: Truth): Truth => (truth === undefined ? undefined : !truth)

export function judgeIstio(policies: readonly Policy[], known: Knowledge): Judge {
  const of = (action: string) => policies.filter((policy) => policy.action === action)
  const [denying, allowing, custom] = [of('DENY'), of('ALLOW'), of('CUSTOM')]
  return (request, caller) => {
    const matches = (policy: Policy): Truth =>
      policy.fault === undefined
        ? someTrue(policy.rules.map((rule) => matchesRule(rule, request, caller, known)))
        : undefined
    const isDenied = someTrue(denying.map(matches))
    if (isDenied === true) return 'deny'
    const isAllowed = allowing.length === 0 ? true : someTrue(allowing.map(matches))
    if (isAllowed === false) return 'deny'
    // Another server decides before these.
    const isFree = allTrue(custom.map((policy) => not(matches(policy))))
    return allTrue([isAllowed, not(isDenied), isFree === true ? true : undefined]) === true ? 'allow' : undefined
  }
}

const matchesRule = (rule: PolicyRule, request: SourceRequest, caller: ImportedCaller, known: Knowledge): Truth =>
  allTrue([
    rule.from.length === 0
      ? true
      : someTrue(
          rule.from.map((source) => allTrue(source.map((condition) => matchesCaller(condition, caller, known)))),
        ),
    rule.to.length === 0
      ? true
      : someTrue(
          rule.to.map(({ conditions }) => allTrue(conditions.map((condition) => matchesRequest(condition, request)))),
        ),
    allTrue(rule.when.map((condition) => matchesCaller(condition, caller, known))),
  ])

function matchesCaller({ key, values, notValues }: Condition, caller: ImportedCaller, known: Knowledge): Truth {
  const granted = caller.kind === 'holder' ? caller.scopes : []
  if (scopeClaim(key, known) !== undefined) {
    const has = (wanted: readonly string[]) =>
      wanted.some((value) => granted.some((scope) => matchesValue(value, scope)))
    return (values.length === 0 || has(values)) && !has(notValues)
  }
  if (key === 'requestPrincipals' || key === 'request.auth.principal') {
    const is = (value: string): Truth =>
      caller.kind === 'nobody'
        ? false
        : value === '*' || (known.issuers.length === 1 && value === `${known.issuers[0]}/*`)
          ? true
          : undefined
    return allTrue([values.length === 0 ? true : someTrue(values.map(is)), not(someTrue(notValues.map(is)))])
  }
  // The tokens of the table have no other claims.
  return key.startsWith('request.auth.claims[') ? values.length === 0 : undefined
}

function matchesRequest({ key, values, notValues }: Condition, { method, host, path }: SourceRequest): Truth {
  const matches = (value: string): Truth => {
    if (key === 'methods') return matchesValue(value, method)
    if (key === 'paths') return /\{\*\*?\}/.test(value) ? matchesTemplate(value, path) : matchesValue(value, path)
    if (key === 'hosts')
      return (
        value === '*' || (host === undefined ? undefined : matchesValue(value.toLowerCase().replace(/:\d+$/, ''), host))
      )
    return undefined
  }
  return allTrue([values.length === 0 ? true : someTrue(values.map(matches)), not(someTrue(notValues.map(matches)))])
}
