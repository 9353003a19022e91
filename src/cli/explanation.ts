/** A rule and a decision in words. */

import type { Decision, Match } from '../policy/decision.ts'
import type { Release } from '../policy/decode.ts'
import { type Denial, WIRE } from '../policy/denial.ts'
import type { Alternative, Conditions, Rule, SenderConstraint, StepUp } from '../policy/rule.ts'
import { paint } from './terminal.ts'

/** Which rule covers the request, and what it asks. Undefined stands for a target that could not be read. */
export function explainRule(match: Match | undefined, release: Release): readonly string[] {
  if (match === undefined) return [fact('rule', 'none was looked for: the target is refused as it stands')]
  if (match.kind === 'ambiguous')
    return [
      fact(
        'rule',
        "ambiguous: an origin that ignores case, suffixes or a final slash could take this path for another rule's",
      ),
    ]
  if (match.kind === 'unmapped') {
    const methods = match.otherMethods.length === 0 ? '' : `; this path has rules for ${match.otherMethods.join(', ')}`
    return [fact('rule', `none covers this request${methods}`)]
  }
  const { rule } = match
  const service = release.document.services[rule.service]
  return [
    fact('rule', paint('bold', rule.id)),
    fact('service', `${rule.service}, owned by ${service?.owner ?? 'nobody'}`),
    ...explainRequirement(rule, release),
    ...explainConditions('and', rule.conditions),
    ...explainCallers(rule),
    ...(rule.mode === undefined ? [] : [fact('mode', rule.mode)]),
    ...(rule.allowsUpgrade ? [fact('upgrade', 'may become a WebSocket')] : []),
  ]
}

const fact = (name: string, text: string): string => `${paint('dim', name.padEnd(9))} ${text}`

function explainRequirement({ requirement }: Rule, release: Release): readonly string[] {
  if (requirement.kind !== 'scopes')
    return [fact(requirement.kind === 'public' ? 'public' : 'any token', requirement.reason)]
  const alternatives = requirement.anyOf.map((alternative) => alternative.join(' and '))
  const scopes = [...new Set(requirement.anyOf.flat())]
  return [
    fact('requires', alternatives.join(paint('dim', '  or  '))),
    ...scopes.flatMap((name) => {
      const entry = release.document.scopes[name]
      const holders = release.scopes.get(name)?.impliedBy ?? []
      const implied =
        holders.length === 0 ? '' : `; ${holders.join(', ')} ${holders.length === 1 ? 'implies' : 'imply'} it`
      return [
        `          ${name}: ${entry?.reason ?? ''} (${entry?.owner ?? ''}, ${entry?.sensitivity ?? ''}${implied})`,
        ...explainConditions(`  ${name}`, release.scopes.get(name)?.conditions ?? {}),
      ]
    }),
  ]
}

function explainCallers({
  callers,
  authorizationDetails,
  introspectsAlways,
  checksRevocationAtLog,
}: Rule): readonly string[] {
  const clients = callers?.clients
  const actors = callers?.actors
  const types = authorizationDetails?.map(({ type }) => type)
  return [
    ...(clients === undefined ? [] : [fact('clients', [...clients].join(', '))]),
    ...(actors === undefined ? [] : [fact('actors', [...actors].join(', ') || 'nobody may act for the subject')]),
    ...(types === undefined ? [] : [fact('details', `authorization_details of the type ${types.join(' or ')}`)]),
    ...(introspectsAlways ? [fact('asks', 'the authorization server on each request, where it introspects')] : []),
    ...(checksRevocationAtLog ? [fact('asks', 'the revocation log itself on each request')] : []),
  ]
}

function explainConditions(who: string, conditions: Conditions): readonly string[] {
  const { stepUp, maxTokenAgeSeconds, maxLifetimeSeconds, senderConstraint } = conditions
  const asks = [
    ...(stepUp === undefined ? [] : [describeStepUp(stepUp)]),
    ...(maxTokenAgeSeconds === undefined ? [] : [`a token issued at most ${maxTokenAgeSeconds} s ago`]),
    ...(maxLifetimeSeconds === undefined ? [] : [`a token made for at most ${maxLifetimeSeconds} s`]),
    ...(senderConstraint === undefined ? [] : [BINDINGS[senderConstraint]]),
  ]
  return asks.length === 0 ? [] : [`          ${who} asks for ${asks.join(' and ')}`]
}

const BINDINGS: Readonly<Record<SenderConstraint, string>> = {
  any: 'a token that is bound to its sender',
  dpop: 'a token that is bound to a DPoP key',
  'dpop-single-use': 'a token that is bound to a DPoP key, and a proof that was never used',
  mtls: 'a token that is bound to a client certificate',
}

function describeStepUp({ acr, amr, maxAgeSeconds }: StepUp): string {
  const methods = amr === undefined ? '' : ` by ${amr.map((group) => group.join(' and ')).join(' or ')}`
  const level = `an authentication${acr === undefined ? '' : ` of level ${acr.join(' or ')}`}${methods}`
  return maxAgeSeconds === undefined ? level : `${level} at most ${maxAgeSeconds} s old`
}

export function explainDecision(decision: Decision): readonly string[] {
  if (decision.kind === 'allow') {
    const { deprecated = [], singleUse } = decision
    const by = typeof decision.by === 'string' ? NO_SCOPES[decision.by] : `by ${describeAlternative(decision.by)}`
    return [
      fact('decision', `${paint('green', 'allowed')}, ${by}`),
      ...(deprecated.length === 0
        ? []
        : [`          ${paint('yellow', 'deprecated')}: the answer says that ${deprecated.join(', ')} will go`]),
      ...(singleUse === true ? ['          if the DPoP proof was never used before'] : []),
    ]
  }
  const [first] = decision.denials
  const { status, challenge } = WIRE[first.code]
  const error = challenge.kind === 'error' ? ` ${challenge.error}` : ''
  const word = decision.kind === 'observe' ? paint('yellow', 'observed') : paint('red', 'refused')
  const verdict = decision.kind === 'observe' ? 'let through and put on record; enforced it would be' : 'with'
  return [
    fact('decision', `${word}, ${verdict} ${status}${error}`),
    ...decision.denials.map((denial) => `          ${denial.code}: ${describeDenial(denial)}`),
  ]
}

const NO_SCOPES = { public: 'the rule is public', authenticated: 'any valid token is enough' } as const

const describeAlternative = (alternative: Alternative): string => alternative.join(' and ')

function describeDenial(denial: Denial): string {
  switch (denial.code) {
    case 'scope_insufficient':
      return `lacks ${denial.missing.join(', ')}; ask for ${denial.required.join(' ')}`
    case 'scope_retired':
      return `${denial.scope} is past its sunset and no other alternative is left: let the rule name ${denial.replacedBy.join(' or ') || 'another scope'}`
    case 'scope_suspended':
      return `a kill switch has suspended ${denial.scope}`
    case 'step_up_required':
      return `needs ${describeStepUp(denial)}`
    case 'sender_constraint_required':
      return `needs ${BINDINGS[denial.constraint]}`
    case 'token_too_long_lived':
      return `the token must be made for at most ${denial.maxSeconds} s`
    case 'authorization_details_insufficient':
      return `no object of authorization_details covers the request; it would be of the type ${denial.types.join(' or ')}`
    case 'token_too_old':
      return `the token must have been issued at most ${denial.maxSeconds} s ago`
    case 'target_ambiguous':
    case 'credential_malformed':
    case 'token_invalid':
    case 'proof_invalid':
      return `${WIRE[denial.code].title} (${denial.detail})`
    case 'unmapped':
    case 'upgrade_refused':
    case 'method_refused':
    case 'credential_missing':
    case 'nonce_required':
    case 'client_refused':
    case 'actor_refused':
    case 'unavailable':
    case 'upstream_unreachable':
    case 'not_found':
      return WIRE[denial.code].title
  }
}
