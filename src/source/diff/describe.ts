/** Who gets in, who does not, and why, in words. */
import type { Decision, Match } from '../../policy/decision.ts'
import type { Denial } from '../../policy/denial.ts'
import type { Principal } from '../../policy/principal.ts'
import type { Conditions, Rule, SenderConstraint, StepUp } from '../../policy/rule.ts'
import type { Witness } from './compare.ts'
import { alternativesOf } from './ways.ts'

/** How a name of the map is set off in the text: in backticks on a terminal, otherwise in Markdown. */
export type Code = (text: string) => string

/** `a token with invoices:read gets in now; before, it also needed invoices:refund`. */
export function describeGain({ caller, stance, before, after, now }: Witness, code: Code, when: When = 'now'): string {
  const how = after.kind === 'observe' ? ' (observed)' : ''
  return `${describeCaller(caller, now, code)} gets in ${when}${how}${where(stance.environment)}; before, ${whyNot(before, 'past', code)}`
}

/** `a token with invoices:read is refused now: it also needs invoices:refund`. */
export function describeLoss({ caller, stance, after, now }: Witness, code: Code, when: When = 'now'): string {
  return `${describeCaller(caller, now, code)} is refused ${when}${where(stance.environment)}: ${whyNot(after, 'present', code)}`
}

/** Today, or on the later day that is spoken of. */
export type When = 'now' | 'then'

/** Names of environments are words. */
const where = (environment: string | undefined): string => (environment === undefined ? '' : ` in ${environment}`)

function describeCaller({ evidence, upgrade }: Witness['caller'], now: number, code: Code): string {
  const asking = upgrade ? ', asking for an upgrade,' : ''
  if (evidence.kind !== 'verified') return `anybody without a token${asking}`
  const { principal } = evidence
  const scopes = [...principal.scopes].map(code)
  const facts = factsOf(principal, now, code)
  const token = scopes.length === 0 ? 'any valid token' : `a token with ${and(scopes)}`
  return `${[token, ...facts].join(', ')}${facts.length > 0 && asking === '' ? ',' : ''}${asking}`
}

function factsOf(principal: Principal, now: number, code: Code): readonly string[] {
  const { authentication, issuedAt, lifetimeSeconds, confirmation, client, actor, services } = principal
  const { at, acrs, amr } = authentication
  return [
    ...(client === undefined ? [] : [`of the client ${code(client)}`]),
    ...(actor === undefined ? [] : [`used by the actor ${code(actor.name ?? '')}`]),
    ...(services.size === 0 ? [] : [`for the service ${and([...services].map(code))}`]),
    ...(acrs.length === 0 ? [] : [`acr ${and(acrs.map(code))}`]),
    ...(amr.length === 0 ? [] : [`amr ${and(amr.map(code))}`]),
    ...(at === undefined ? [] : [`authenticated ${durationOf(now - at)} ago`]),
    ...(issuedAt === undefined ? [] : [`issued ${durationOf(now - issuedAt)} ago`]),
    ...(lifetimeSeconds === undefined ? [] : [`made for ${durationOf(lifetimeSeconds)}`]),
    ...(confirmation?.keyThumbprint === undefined ? [] : ['bound to a DPoP key']),
    ...(confirmation?.certificateThumbprint === undefined ? [] : ['bound to a certificate']),
    ...principal.authorizationDetails.map(({ type }) => `with authorization details of type ${code(type)}`),
  ]
}

type Tense = 'past' | 'present'

/** Why a decision refuses. */
export function whyNot(decision: Decision, tense: Tense, code: Code): string {
  const denials = decision.kind === 'allow' ? [] : decision.denials
  return denials.map((denial) => reasonOf(denial, tense, code)).join(' and ')
}

function reasonOf(denial: Denial, tense: Tense, code: Code): string {
  const [was, were, needed] = tense === 'past' ? ['was', 'were', 'needed'] : ['is', 'are', 'needs']
  switch (denial.code) {
    case 'unmapped':
      return tense === 'past' ? 'no rule covered the request' : 'no rule covers the request'
    case 'target_ambiguous':
      return `the path ${was} ambiguous`
    case 'credential_missing':
      return `a token ${was} needed`
    case 'upgrade_refused':
      return `upgrades ${were} refused`
    case 'client_refused':
      return `this client ${was} not listed`
    case 'actor_refused':
      return `this actor ${was} not listed`
    case 'token_invalid':
      return `it ${was} for another audience`
    case 'sender_constraint_required':
      return `it ${needed} to be bound to ${BINDINGS[denial.constraint]}`
    case 'step_up_required':
      return `it ${needed} ${stepUpText(denial, code)}`
    case 'token_too_old':
      return `it ${needed} to be at most ${durationOf(denial.maxSeconds)} old`
    case 'token_too_long_lived':
      return `it ${needed} to be made for at most ${durationOf(denial.maxSeconds)}`
    case 'scope_insufficient':
      return `it ${denial.missing.length < denial.required.length ? 'also ' : ''}${needed} ${and(denial.missing.map(code))}`
    case 'scope_retired':
      return `${code(denial.scope)} ${was} retired`
    case 'scope_suspended':
      return `${code(denial.scope)} ${was} suspended`
    case 'authorization_details_insufficient':
      return `authorization details of type ${or(denial.types.map(code))} ${were} needed`
    default:
      return `it ${was} refused (${denial.code})`
  }
}

const BINDINGS: Readonly<Record<SenderConstraint, string>> = {
  any: 'a key or a certificate',
  dpop: 'a DPoP key',
  'dpop-single-use': 'a DPoP key',
  mtls: 'a certificate',
}

function stepUpText({ acr, amr, maxAgeSeconds }: StepUp, code: Code): string {
  return and([
    ...(acr === undefined ? [] : [`acr ${or(acr.map(code))}`]),
    ...(amr === undefined ? [] : [`amr ${or(amr.map((methods) => methods.map(code).join(' with ')))}`]),
    ...(maxAgeSeconds === undefined ? [] : [`an authentication at most ${durationOf(maxAgeSeconds)} old`]),
  ])
}

/** What a match asks of a caller, as a cell of a table. */
export function describeMatch(match: Match, code: Code): string {
  if (match.kind === 'ambiguous') return 'refused: ambiguous'
  return match.kind === 'unmapped' ? 'refused: no rule' : describeAsk(match.rule, code)
}

function describeAsk(rule: Rule, code: Code): string {
  const { callers, authorizationDetails, mode, allowsUpgrade, introspectsAlways, checksRevocationAtLog } = rule
  return [
    requirementText(rule, code),
    ...conditionTexts(rule.conditions, code),
    ...(callers?.clients === undefined ? [] : [`clients ${[...callers.clients].map(code).join(', ')}`]),
    ...(callers?.actors === undefined ? [] : [`actors ${[...callers.actors].map(code).join(', ') || 'none'}`]),
    ...(authorizationDetails ?? []).map(({ type }) => `authorization details ${code(type)}`),
    ...(introspectsAlways ? ['always introspected'] : []),
    ...(checksRevocationAtLog ? ['revocation checked at the log'] : []),
    ...(mode === undefined ? [] : [mode === 'observe' ? 'observed' : 'enforced']),
    ...(allowsUpgrade ? ['may upgrade'] : []),
  ].join('; ')
}

function requirementText(rule: Rule, code: Code): string {
  if (rule.requirement.kind === 'public') return 'public'
  if (rule.requirement.kind === 'authenticated') return 'any valid token'
  return alternativesOf(rule)
    .map((names) => names.map(code).join(' and '))
    .join(', or ')
}

function conditionTexts(conditions: Conditions, code: Code): readonly string[] {
  const { stepUp, maxTokenAgeSeconds, maxLifetimeSeconds, senderConstraint } = conditions
  return [
    ...(stepUp === undefined ? [] : [stepUpText(stepUp, code)]),
    ...(maxTokenAgeSeconds === undefined ? [] : [`token at most ${durationOf(maxTokenAgeSeconds)} old`]),
    ...(maxLifetimeSeconds === undefined ? [] : [`made for at most ${durationOf(maxLifetimeSeconds)}`]),
    ...(senderConstraint === undefined ? [] : [`bound: ${senderConstraint}`]),
  ]
}

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
] as const

/** As maps write it: the largest unit that it is a whole number of. */
export function durationOf(seconds: number): string {
  const unit = seconds === 0 ? undefined : UNITS.find(([, size]) => seconds % size === 0)
  return unit === undefined ? `${seconds}s` : `${seconds / unit[1]}${unit[0]}`
}

const listed = (word: string) => (items: readonly string[]) =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} ${word} ${items.at(-1)}`
const and = listed('and')
const or = listed('or')
