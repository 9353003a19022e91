/**
 * The second judge: docs/semantics.md once more, clause by clause, by scanning lists. It shares no code with `src/`, only types. Slow on purpose, and
 * written to be held against the page rather than to be clever.
 */
import type { Evidence } from '../../src/policy/decision.ts'
import type { Denial } from '../../src/policy/denial.ts'
import type { ActiveEffect, Effect } from '../../src/policy/mark.ts'
import type { Method } from '../../src/policy/method.ts'
import type { Principal } from '../../src/policy/principal.ts'
import type { ConditionsEntry, DetailEntry, ReleaseDocument, RuleEntry, StepUpEntry } from '../../src/policy/release.ts'
import type { Mark, Marks } from '../support/arbitrary-marks.ts'

export type OracleMatch = { kind: 'rule'; id: string } | { kind: 'unmapped' } | { kind: 'ambiguous' }

export interface OracleDecision {
  kind: 'allow' | 'observe' | 'deny'
  rule?: string
  by?: readonly string[] | 'public' | 'authenticated'
  denials?: readonly Denial[]
  deprecated?: readonly string[]
  singleUse?: true
  nearest?: readonly string[]
}

interface Asked {
  readonly host: string
  readonly path: string
  readonly method: Method
  readonly upgrade: boolean
}

interface Stance {
  readonly mode: 'enforce' | 'observe'
  readonly observeClients: readonly string[]
  readonly resource: string
  readonly services: Readonly<Record<string, { readonly resource: string }>>
}

const METHODS: readonly Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

const idOf = (rule: RuleEntry): string => `${rule.method} ${rule.host}${rule.path}`

// 2.1 to 2.3

function rulesOfHost(document: ReleaseDocument, host: string): RuleEntry[] {
  const patterns = [...new Set(document.rules.map((rule) => rule.host))]
  const matching = patterns.filter(
    (pattern) =>
      pattern === host ||
      (pattern.startsWith('*.') && host.length > pattern.length - 1 && host.endsWith(pattern.slice(1))),
  )
  const exact = matching.find((pattern) => pattern === host)
  const longest = matching.sort((a, b) => b.length - a.length)[0]
  const deciding = exact ?? longest
  return document.rules.filter((rule) => rule.host === deciding)
}

// 3.1 to 3.5

const partsOf = (path: string): string[] => path.slice(1).split('/')

type Kind = 'literal' | 'parameter' | 'tail'
const kindOf = (part: string): Kind =>
  /^\{.*\+\}$/.test(part) ? 'tail' : /^\{.*\}$/.test(part) ? 'parameter' : 'literal'

/** 3.2, literals compared after `spell`: as they are, or folded. */
function matches(template: string, path: string, spell: (segment: string) => string): boolean {
  const wanted = partsOf(template)
  const given = partsOf(path)
  for (const [index, part] of wanted.entries()) {
    const segment = given[index]
    if (segment === undefined) return false
    if (kindOf(part) === 'tail') return segment !== ''
    if (kindOf(part) === 'parameter' && segment === '') return false
    if (kindOf(part) === 'literal' && spell(part) !== spell(segment)) return false
  }
  return wanted.length === given.length
}

const STRENGTH: Record<Kind, number> = { literal: 3, parameter: 2, tail: 1 }

/** 3.3: positive where `a` ranks above `b`, 0 where their kinds are equal everywhere. */
function rank(a: string, b: string): number {
  const [left, right] = [partsOf(a).map(kindOf), partsOf(b).map(kindOf)]
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = STRENGTH[left[index] ?? 'tail'] - STRENGTH[right[index] ?? 'tail']
    if (difference !== 0) return difference
  }
  return 0
}

/** 3.3: what is left of a template when parameters lose their names. */
const anonymous = (template: string): string =>
  partsOf(template)
    .map((part) => (kindOf(part) === 'literal' ? `=${part}` : kindOf(part)))
    .join('/')

/** 3.5 */
function fold(segment: string): string {
  let text = ''
  for (const character of decodeURIComponent(segment.split(';')[0] ?? ''))
    text += character.toLowerCase().toUpperCase().toLowerCase()
  text = text.replace(/^\s+/u, '').replace(/\s+$/u, '')
  const [first = '', ...others] = [...text]
  const before = others.indexOf('.')
  return before < 0 ? text : [first, ...others.slice(0, before)].join('').replace(/\s+$/u, '')
}

/** 3.5 */
const twinOf = (path: string): string => (/.\/$/.test(path) ? path.replace(/\/$/, '') : `${path}/`)

/** 3.4: the templates, by their rules, that decide; undefined where none matches. */
function decidingTemplate(rules: readonly RuleEntry[], path: string): RuleEntry[] | undefined {
  const matching = rules.filter((rule) => matches(rule.path, path, (segment) => segment))
  const best = matching.find((rule) => matching.every((other) => rank(rule.path, other.path) >= 0))
  return best && matching.filter((rule) => anonymous(rule.path) === anonymous(best.path))
}

/** 3.6 */
const isAmbiguous = (rules: readonly RuleEntry[], path: string, deciding: string): boolean =>
  rules.some(
    (rule) => [path, twinOf(path)].some((each) => matches(rule.path, each, fold)) && rank(rule.path, deciding) > 0,
  )

// 4.1

function ruleFor(template: readonly RuleEntry[], method: Method): RuleEntry | undefined {
  const byMethod = (wanted: string) => template.find((rule) => rule.method === wanted)
  return byMethod(method) ?? (method === 'HEAD' ? byMethod('GET') : undefined) ?? byMethod('ANY')
}

type Found = { kind: 'rule'; rule: RuleEntry } | { kind: 'unmapped'; otherMethods: Method[] } | { kind: 'ambiguous' }

function look(document: ReleaseDocument, host: string, path: string, method: Method): Found {
  const rules = rulesOfHost(document, host)
  const template = decidingTemplate(rules, path)
  const first = template?.[0]
  if (template === undefined || first === undefined) return { kind: 'unmapped', otherMethods: [] }
  if (isAmbiguous(rules, path, first.path)) return { kind: 'ambiguous' }
  const rule = ruleFor(template, method)
  return rule === undefined
    ? { kind: 'unmapped', otherMethods: METHODS.filter((each) => ruleFor(template, each) !== undefined) }
    : { kind: 'rule', rule }
}

function matchOf(document: ReleaseDocument, host: string, path: string, method: Method): OracleMatch {
  const found = look(document, host, path, method)
  return found.kind === 'rule' ? { kind: 'rule', id: idOf(found.rule) } : { kind: found.kind }
}

// 5.12

function asksOf(
  document: ReleaseDocument,
  { kind, rule: id, denials = [], nearest }: OracleDecision,
  now: number,
  suspended: readonly string[],
): readonly string[] {
  if (kind === 'deny' && nearest !== undefined) return nearest
  const code = denials[0]?.code
  if (code !== 'credential_missing' && code !== 'token_invalid') return []
  const rule = document.rules.find((each) => idOf(each) === id)
  const live = inCanonicalOrder(rule?.anyOf ?? []).filter(
    (alternative) => !alternative.some((scope) => isRetired(document, scope, now) || suspended.includes(scope)),
  )
  const lasting = live.find((alternative) =>
    alternative.every((scope) => document.scopes[scope]?.deprecated === undefined),
  )
  return lasting ?? live[0] ?? []
}

// 1.5, 5.5 to 5.7

function isRetired(document: ReleaseDocument, scope: string, now: number): boolean {
  const sunset = document.scopes[scope]?.deprecated?.sunset
  return sunset !== undefined && now >= Date.parse(`${sunset}T00:00:00Z`) / 1000
}

function stepUpHolds(stepUp: StepUpEntry, { authentication }: Principal, now: number): boolean {
  const levelHolds = stepUp.acr === undefined || authentication.acrs.some((acr) => stepUp.acr?.includes(acr))
  const used = new Set(authentication.amr)
  const methodsHold = stepUp.amr === undefined || stepUp.amr.some((group) => group.every((method) => used.has(method)))
  const { at } = authentication
  const ageHolds =
    stepUp.maxAgeSeconds === undefined || (at !== undefined && at >= now - stepUp.maxAgeSeconds && at <= now + 60)
  return levelHolds && methodsHold && ageHolds
}

const ageHolds = (seconds: number, { issuedAt }: Principal, now: number): boolean =>
  issuedAt !== undefined && issuedAt >= now - seconds

const lifetimeHolds = (seconds: number, { lifetimeSeconds }: Principal): boolean =>
  Number(lifetimeSeconds ?? Infinity) <= seconds

/** 5.7, last sentence */
function bindingHolds(constraint: string, { confirmation }: Principal): boolean {
  const bindings = [
    ...(confirmation?.keyThumbprint === undefined ? [] : ['dpop', 'dpop-single-use', 'any']),
    ...(confirmation?.certificateThumbprint === undefined ? [] : ['mtls', 'any']),
  ]
  return bindings.includes(constraint)
}

function countUnmet(carrier: ConditionsEntry, principal: Principal, now: number): number {
  const { stepUp, maxTokenAgeSeconds, maxLifetimeSeconds, senderConstraint } = carrier
  let unmet = 0
  if (stepUp !== undefined && !stepUpHolds(stepUp, principal, now)) unmet++
  if (maxTokenAgeSeconds !== undefined && !ageHolds(maxTokenAgeSeconds, principal, now)) unmet++
  if (maxLifetimeSeconds !== undefined && !lifetimeHolds(maxLifetimeSeconds, principal)) unmet++
  if (senderConstraint !== undefined && !bindingHolds(senderConstraint, principal)) unmet++
  return unmet
}

/** 5.5 and 5.6 */
function grantor(
  document: ReleaseDocument,
  scope: string,
  { principal, suspended }: OracleCaller,
  now: number,
): string | undefined {
  const held = [...principal.scopes].filter((each) => Object.hasOwn(document.scopes, each)).sort()
  const granting = held.filter(
    (each) =>
      (each === scope || document.scopes[each]?.implies?.includes(scope)) &&
      !isRetired(document, each, now) &&
      !isRetired(document, scope, now) &&
      !suspended.includes(each) &&
      !suspended.includes(scope),
  )
  if (granting.some((each) => each === scope)) return scope
  const unmet = (each: string) => countUnmet(document.scopes[each] ?? {}, principal, now)
  const goes = (each: string) => Number(document.scopes[each]?.deprecated !== undefined)
  return granting.sort((a, b) => unmet(a) - unmet(b) || goes(a) - goes(b) || (a < b ? -1 : 1))[0]
}

// 5.8 to 5.10

function weigh(
  document: ReleaseDocument,
  rule: RuleEntry,
  alternative: readonly string[],
  caller: OracleCaller,
  now: number,
) {
  const { principal, suspended } = caller
  const missing = alternative.filter((scope) => grantor(document, scope, caller, now) === undefined)
  const names = alternative.flatMap((scope) => [scope, grantor(document, scope, caller, now) ?? scope])
  const asked = caller.stepUps.map((stepUp): ConditionsEntry => ({ stepUp }))
  const carriers: ConditionsEntry[] = [
    ...asked,
    rule,
    ...[...new Set(names)].map((name) => document.scopes[name] ?? {}),
  ]
  const unmet = carriers.map((carrier) => countUnmet(carrier, principal, now)).reduce((sum, each) => sum + each, 0)
  const retired = alternative.filter((scope) => isRetired(document, scope, now))
  const stopped = alternative.filter((scope) => suspended.includes(scope))
  const deprecated = [...new Set(names)].filter((name) => document.scopes[name]?.deprecated !== undefined).sort()
  const singleUse = carriers.some(({ senderConstraint }) => senderConstraint === 'dpop-single-use')
  return { alternative, missing, carriers, unmet, retired, stopped, deprecated, singleUse }
}

type Weighed = ReturnType<typeof weigh>

function denialsOf(
  document: ReleaseDocument,
  rule: RuleEntry,
  { alternative, missing, carriers, retired, stopped }: Weighed,
  { principal, suspended }: OracleCaller,
  now: number,
): Denial[] {
  const denials: object[] = []
  const unbound = carriers.find(
    ({ senderConstraint }) => senderConstraint !== undefined && !bindingHolds(senderConstraint, principal),
  )
  if (unbound !== undefined) denials.push({ code: 'sender_constraint_required', constraint: unbound.senderConstraint })
  const stepUps = carriers.flatMap(({ stepUp }) => (stepUp === undefined ? [] : [stepUp]))
  if (stepUps.some((stepUp) => !stepUpHolds(stepUp, principal, now))) {
    const lists = stepUps.map(({ acr }) => acr).filter((acr) => acr !== undefined)
    const accepted = lists[0]?.filter((value) => lists.every((list) => list.includes(value)))
    const ages = stepUps.map(({ maxAgeSeconds }) => maxAgeSeconds).filter((seconds) => seconds !== undefined)
    const acr = accepted?.length === 0 ? lists[0] : accepted
    denials.push({
      code: 'step_up_required',
      ...(acr && { acr }),
      ...stepUps.flatMap(({ amr }) => (amr === undefined ? [] : [{ amr }]))[0],
      ...(ages.length > 0 && { maxAgeSeconds: Math.max(Math.min(...ages), 0) }),
    })
  }
  const limits = carriers.map(({ maxTokenAgeSeconds }) => maxTokenAgeSeconds).filter((seconds) => seconds !== undefined)
  if (limits.some((seconds) => !ageHolds(seconds, principal, now)))
    denials.push({ code: 'token_too_old', maxSeconds: Math.min(...limits) })
  const lifetimes = carriers.flatMap(({ maxLifetimeSeconds }) => maxLifetimeSeconds ?? [])
  if (lifetimes.some((seconds) => !lifetimeHolds(seconds, principal)))
    denials.push({ code: 'token_too_long_lived', maxSeconds: Math.min(...lifetimes) })
  const [first] = retired
  if (first !== undefined)
    denials.push({
      code: 'scope_retired',
      scope: first,
      replacedBy: document.scopes[first]?.deprecated?.replacedBy ?? [],
    })
  else if (missing.length > 0 && stopped.length === 0)
    denials.push({ code: 'scope_insufficient', required: alternative, missing })
  if (missing.length > 0) {
    const rules = (rule.anyOf ?? []).flat()
    const implying = [...principal.scopes].filter((held) =>
      rules.some((scope) => own(document.scopes, held)?.implies?.includes(scope)),
    )
    const scope = stopped[0] ?? [...rules, ...implying].sort().find((each) => suspended.includes(each))
    if (scope !== undefined) denials.push({ code: 'scope_suspended', scope })
  }
  return denials as Denial[]
}

/** 5.14: a whole number by its digits, as long as they are all known */
const asText = (value: unknown): unknown =>
  typeof value === 'number' ? (Math.abs(value) < 2 ** 53 && value % 1 === 0 ? `${value}` : undefined) : value

/** 5.14 */
function meets(has: object, wanted: DetailEntry, template: string, path: string, location: string): boolean {
  const object = has as Record<string, unknown>
  const segments = path.split('/')
  const parameters = new Map(
    template.split('/').map((part, index) => [part, decodeURIComponent(segments[index] ?? '')]),
  )
  const lists = (name: string): readonly unknown[] => [object[name] ?? []].flat()
  const at = (pointer: string): unknown =>
    pointer
      .split('/')
      .slice(1)
      .reduce<unknown>(
        (value, name) => (Object(value) === value ? (value as Record<string, unknown>)[name] : undefined),
        object,
      )
  return (
    object.type === wanted.type &&
    (object.locations === undefined || lists('locations').includes(location)) &&
    (wanted.actions ?? []).every((action) => lists('actions').includes(action)) &&
    (wanted.datatypes ?? []).every((datatype) => lists('datatypes').includes(datatype)) &&
    (wanted.privileges ?? []).every((privilege) => lists('privileges').includes(privilege)) &&
    Object.entries(wanted.match ?? {}).every(
      ([pointer, text]) => asText(at(pointer)) === (/^\{.*\}$/.test(text) ? parameters.get(text) : text),
    )
  )
}

/** 1.2 */
const inCanonicalOrder = (anyOf: readonly (readonly string[])[]): (readonly string[])[] =>
  anyOf
    .map((alternative) => [...alternative].sort())
    .sort((a, b) => a.length - b.length || (a.join(' ') < b.join(' ') ? -1 : 1))

const own = <T>(of: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(of, name) ? of[name] : undefined

// 8

/** Somebody with a good token, and what marks ask of them. */
interface OracleCaller {
  readonly principal: Principal
  readonly stepUps: readonly StepUpEntry[]
  readonly suspended: readonly string[]
}

/** 8.2 */
const counts = ({ expires }: ActiveEffect, now: number): boolean => expires === undefined || now < expires

/** 8.1 */
function nameOf(principal: Principal, name: string): string | undefined {
  const names: Readonly<Record<string, string | undefined>> = {
    jti: principal.tokenId,
    subject: principal.subject,
    client: principal.client,
    session: principal.session,
    grant: principal.grant,
    tenant: principal.tenant,
    device: principal.device,
    email: principal.email,
    user: principal.user,
  }
  return own(names, name)
}

/** 8.1 */
function bearsOn({ target }: Mark, principal: Principal): boolean {
  if (target.kind === 'scope') return false
  if (target.kind === 'token') return target.value === principal.fingerprint
  if (target.issuer !== principal.issuer) return false
  return target.kind === 'issuer' || target.value === nameOf(principal, target.kind)
}

/** 8.3 and 8.4 */
function isOfToken(effect: Effect & { kind: 'revoke' | 'step-up' }, principal: Principal): boolean {
  const { issuedUntil, matching = {} } = effect
  const isOfTime =
    issuedUntil === undefined || principal.issuedAt === undefined || Math.trunc(principal.issuedAt) <= issuedUntil
  const others = Object.entries(matching).filter(([name, text]) => ![undefined, text].includes(nameOf(principal, name)))
  return isOfTime && others.length === 0
}

/** 8.5 */
const isHolder = (document: ReleaseDocument, scope: string, { scopes }: Principal): boolean =>
  [...scopes].some((held) => held === scope || own(document.scopes, held)?.implies?.includes(scope))

/** 8.6 */
const isWellFormed = ({ authenticatedAfter, acr }: Effect & { kind: 'step-up' }): boolean =>
  acr === undefined ? authenticatedAfter !== undefined : acr.every((each) => /^[!#-[\]-~]+$/.test(each))

/** 8.6 and 8.7 */
function marksOn(
  document: ReleaseDocument,
  marks: readonly Mark[],
  principal: Principal,
  now: number,
): 'revoked' | readonly StepUpEntry[] {
  const effects = marks
    .filter((mark) => bearsOn(mark, principal) && counts(mark.active, now))
    .map(({ active }) => active.effect)
  const demands: (Effect & { kind: 'step-up' })[] = []
  for (const effect of effects) {
    switch (effect.kind) {
      case 'revoke': {
        const isHeld = effect.holding?.some((scope) => isHolder(document, scope, principal)) ?? true
        if (isHeld && isOfToken(effect, principal)) return 'revoked'
        break
      }
      case 'step-up':
        if (!isWellFormed(effect)) return 'revoked'
        if (isOfToken(effect, principal)) demands.push(effect)
        break
      default:
        return 'revoked'
    }
  }
  const latest = demands.reduce(
    (most, { authenticatedAfter = -Infinity }) => Math.max(most, authenticatedAfter),
    -Infinity,
  )
  const lists = [...new Set(demands.flatMap(({ acr }) => (acr === undefined ? [] : [JSON.stringify(acr)])))].sort()
  return [
    ...(latest === -Infinity ? [] : [{ maxAgeSeconds: now - latest - 1 }]),
    ...lists.map((acr) => ({ acr: JSON.parse(acr) })),
  ]
}

/** 8.8; without a client, what is suspended for every one of them. */
const suspendedFor = (marks: readonly Mark[], client: string | undefined, now: number): string[] =>
  marks.flatMap(({ target, active }) =>
    target.kind === 'scope' && counts(active, now) && (target.client === undefined || target.client === client)
      ? [target.scope]
      : [],
  )

/** 8.9 to 8.11: what is asked of the holder of a good token, or the rejection that marks make of it. */
function callerOf(
  document: ReleaseDocument,
  rule: RuleEntry,
  principal: Principal,
  { marks, isStale, whenStale }: Marks,
  now: number,
): OracleCaller | Denial {
  const stepUps = marksOn(document, marks, principal, now)
  if (stepUps === 'revoked') return { code: 'token_invalid', detail: 'revoked' }
  const isCritical = rule.anyOf?.flat().some((scope) => document.scopes[scope]?.sensitivity === 'critical')
  const isRefused = whenStale === 'refuse' || (whenStale === 'refuse-critical' && isCritical)
  if (isStale && (isRefused || rule.revocation !== undefined))
    return { code: 'unavailable', what: 'revocation', retryAfterSeconds: 5 }
  return { principal, stepUps, suspended: suspendedFor(marks, principal.client, now) }
}

function decisionOf(
  document: ReleaseDocument,
  asked: Asked,
  evidence: Evidence,
  now: number,
  stance: Stance,
  marks: Marks,
): OracleDecision {
  const found = look(document, asked.host, asked.path, asked.method)
  // 5.1 to 5.4
  if (found.kind === 'ambiguous')
    return { kind: 'deny', denials: [{ code: 'target_ambiguous', detail: 'folds_into_literal' }] }
  if (found.kind === 'unmapped')
    return { kind: 'deny', denials: [{ code: 'unmapped', otherMethods: found.otherMethods }] }
  const { rule } = found
  const id = idOf(rule)
  if (asked.upgrade && rule.upgrade === undefined)
    return { kind: 'deny', rule: id, denials: [{ code: 'upgrade_refused' }] }
  if (rule.public !== undefined) return { kind: 'allow', rule: id, by: 'public' }
  if (evidence.kind === 'none') return { kind: 'deny', rule: id, denials: [{ code: 'credential_missing' }] }
  if (evidence.kind === 'rejected') return { kind: 'deny', rule: id, denials: [evidence.denial] }
  const { principal } = evidence
  const caller = callerOf(document, rule, principal, marks, now)
  if ('code' in caller) return { kind: 'deny', rule: id, denials: [caller] }
  // 5.13
  const isForIt = rule.service in stance.services ? principal.services.has(rule.service) : principal.isForDefault
  if (!isForIt) return { kind: 'deny', rule: id, denials: [{ code: 'token_invalid', detail: 'audience' }] }
  if (rule.clients !== undefined && !rule.clients.some((client) => client === principal.client))
    return { kind: 'deny', rule: id, denials: [{ code: 'client_refused' }] }
  if (
    rule.actors !== undefined &&
    principal.actor !== undefined &&
    !rule.actors.some((actor) => actor === principal.actor?.name)
  )
    return { kind: 'deny', rule: id, denials: [{ code: 'actor_refused' }] }
  // 5.14
  const location = stance.services[rule.service]?.resource ?? stance.resource
  const wanted = rule.authorizationDetails ?? []
  const isCovered =
    wanted.length === 0 ||
    wanted.some((each) =>
      principal.authorizationDetails.some((has) => meets(has, each, rule.path, asked.path, location)),
    )
  const uncovered = isCovered
    ? []
    : [{ code: 'authorization_details_insufficient', types: wanted.map(({ type }) => type) } as unknown as Denial]
  // 5.8, 5.9, 5.15
  // 5.16
  const anyOf = rule.authenticated === undefined ? (rule.anyOf ?? []) : [[]]
  const weighed = inCanonicalOrder(anyOf).map((alternative) => weigh(document, rule, alternative, caller, now))
  const satisfied = weighed.filter(({ missing, unmet }) => missing.length === 0 && unmet === 0)
  const chosen = satisfied.find(({ deprecated }) => deprecated.length === 0) ?? satisfied[0]
  if (chosen !== undefined && !isCovered) return { kind: 'deny', rule: id, denials: uncovered }
  if (chosen !== undefined)
    return {
      kind: 'allow',
      rule: id,
      by: rule.authenticated === undefined ? chosen.alternative : 'authenticated',
      ...(chosen.deprecated.length > 0 && { deprecated: chosen.deprecated }),
      ...(chosen.singleUse && { singleUse: true as const }),
    }
  const alive = weighed.filter(({ retired, stopped }) => retired.length + stopped.length === 0)
  const candidates = alive.length > 0 ? alive : weighed
  const fewestMissing = Math.min(...candidates.map(({ missing }) => missing.length))
  const close = candidates.filter(({ missing }) => missing.length === fewestMissing)
  const fewestUnmet = Math.min(...close.map(({ unmet }) => unmet))
  const closest = close.filter(({ unmet }) => unmet === fewestUnmet)
  const nearest =
    closest.find(({ alternative }) => alternative.every((scope) => document.scopes[scope]?.deprecated === undefined)) ??
    closest[0]
  const denials = nearest === undefined ? [] : [...denialsOf(document, rule, nearest, caller, now), ...uncovered]
  // 6.1, 6.2
  const isObservedClient = principal.client !== undefined && stance.observeClients.includes(principal.client)
  const mode = rule.mode ?? (isObservedClient ? 'observe' : stance.mode)
  const passes =
    mode === 'observe' && denials.every(({ code }) => code === 'scope_insufficient' || code === 'scope_retired')
  if (!passes) {
    const isAlive = nearest !== undefined && alive.includes(nearest) && rule.authenticated === undefined
    return { kind: 'deny', rule: id, denials, ...(isAlive && { nearest: nearest.alternative }) }
  }
  return { kind: 'observe', rule: id, denials, ...(nearest?.singleUse && { singleUse: true as const }) }
}

/** The whole judgement. What is nearest shows in what is asked for, and not by itself. */
export function oracle(
  document: ReleaseDocument,
  asked: Asked & Stance & { readonly evidence: Evidence; readonly now: number; readonly marks: Marks },
): { readonly match: OracleMatch; readonly decision: OracleDecision; readonly asks: readonly string[] } {
  const { nearest, ...decision } = decisionOf(document, asked, asked.evidence, asked.now, asked, asked.marks)
  const found = nearest === undefined ? decision : { ...decision, nearest }
  return {
    match: matchOf(document, asked.host, asked.path, asked.method),
    decision,
    asks: asksOf(document, found, asked.now, suspendedFor(asked.marks.marks, undefined, asked.now)),
  }
}
