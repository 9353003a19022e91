/** Release text -> `Release`, with everything checked: whoever can write KV can write anything there. */

import { CONDITION_KEYS, readConditions, readDetailRequirements } from './decode-conditions.ts'
import { readScopes, scopeName } from './decode-scopes.ts'
import { isRuleMethod } from './method.ts'
import type { Mode } from './mode.ts'
import { isRelaxation, MAX_RELEASE_CHARACTERS, RELEASE_FORMAT, type ReleaseDocument } from './release.ts'
import { fail, ok, type Result } from './result.ts'
import type { Alternative, CallerConstraints, Requirement, Rule, ScopeTable } from './rule.ts'
import { buildTable, type MatchTable, type Route } from './table.ts'
import { type Allowance, STRICT } from './target.ts'
import { parseTemplate } from './template.ts'
import { array, closed, Malformed, nonEmpty, object, text, texts } from './untrusted.ts'

/** A checked release, ready to judge by. Only `decodeRelease` makes one. */
export interface Release {
  readonly document: ReleaseDocument
  readonly scopes: ScopeTable
  readonly rules: readonly Rule[]
  readonly table: MatchTable
  /** What a host of the map relaxes; exact patterns and `*.` patterns by their own text. */
  readonly allowances: ReadonlyMap<string, Allowance>
}

/**
 * Decodes and checks a release in time proportional to its size. The error says what is wrong and where, for the operator.
 * Does not check the digest or a signature: whoever fetched the bytes does.
 */
export function decodeRelease(text: string): Result<Release, string> {
  if (text.length > MAX_RELEASE_CHARACTERS)
    return fail(`it has ${text.length} characters, more than the ${MAX_RELEASE_CHARACTERS} that a gate has room for`)
  try {
    return ok(readRelease(JSON.parse(text)))
  } catch (error) {
    if (error instanceof Malformed) return fail(error.message)
    if (error instanceof SyntaxError) return fail('it is not JSON')
    throw error
  }
}

function readRelease(value: unknown): Release {
  const root = object(value, 'release')
  // The format comes first: what another version means by any other member is unknown.
  if (root.format !== RELEASE_FORMAT)
    throw new Malformed(`its format is not ${RELEASE_FORMAT}, the only one this gate reads`)
  closed(root, ['format', 'hosts', 'rules', 'scopes', 'services'], 'release')
  const services = object(root.services, 'services')
  for (const [name, service] of Object.entries(services)) readService(service, `services.${name}`)
  const scopes = readScopes(object(root.scopes, 'scopes'), services)
  const routes = array(root.rules, 'rules').map((rule, index) => readRoute(rule, `rules[${index}]`, services, scopes))
  const table = buildTable(routes)
  if (!table.ok) throw new Malformed(`two rules cover the same requests: ${table.error.join(' and ')}`)
  return {
    document: root as unknown as ReleaseDocument,
    scopes,
    rules: routes.map(({ rule }) => rule),
    table: table.value,
    allowances: readAllowances(object(root.hosts, 'hosts')),
  }
}

function readService(value: unknown, at: string): void {
  const service = closed(object(value, at), ['description', 'owner'], at)
  text(service.description, `${at}.description`)
  text(service.owner, `${at}.owner`)
}

const RULE_KEYS = [
  ...CONDITION_KEYS,
  'actors',
  'anyOf',
  'authenticated',
  'authorizationDetails',
  'clients',
  'host',
  'introspection',
  'method',
  'mode',
  'path',
  'public',
  'revocation',
  'service',
  'upgrade',
]

function readRoute(value: unknown, at: string, services: Record<string, unknown>, scopes: ScopeTable): Route {
  const entry = closed(object(value, at), RULE_KEYS, at)
  const service = text(entry.service, `${at}.service`)
  if (!Object.hasOwn(services, service)) throw new Malformed(`${at}.service is not defined`)
  const host = text(entry.host, `${at}.host`)
  if (!HOST.test(host)) throw new Malformed(`${at}.host is no host pattern`)
  const method = text(entry.method, `${at}.method`)
  if (!isRuleMethod(method)) throw new Malformed(`${at}.method is not one a rule may have`)
  const template = parseTemplate(text(entry.path, `${at}.path`))
  if (!template.ok) throw new Malformed(`${at}.path: ${template.error}`)
  const path = template.value.text
  const requirement = readRequirement(entry, at, scopes)
  const rule: Rule = {
    id: `${method} ${host}${path}`,
    service,
    host,
    method,
    path,
    requirement,
    conditions: readConditions(entry, at),
    ...readCallers(entry, at),
    ...(entry.authorizationDetails !== undefined && {
      authorizationDetails: readDetailRequirements(entry.authorizationDetails, `${at}.authorizationDetails`, path),
    }),
    introspectsAlways: readIntrospection(entry.introspection, at),
    checksRevocationAtLog: readRevocation(entry.revocation, at),
    isCritical: isCritical(requirement, scopes),
    allowsUpgrade: readUpgrade(entry.upgrade, at),
    ...(entry.mode !== undefined && { mode: readMode(entry.mode, at) }),
  }
  return { rule, template: template.value }
}

/** A name in lower case, or `*.` and one. */
export const HOST = /^(\*\.)?([a-z0-9_-]+\.)*[a-z0-9_-]+$/

function readRequirement(entry: Record<string, unknown>, at: string, scopes: ScopeTable): Requirement {
  const asked = [entry.public, entry.authenticated, entry.anyOf].filter((each) => each !== undefined)
  if (asked.length !== 1) throw new Malformed(`${at} needs exactly one of public, authenticated and anyOf`)
  if (entry.public !== undefined) return { kind: 'public', reason: text(entry.public, `${at}.public`) }
  if (entry.authenticated !== undefined)
    return { kind: 'authenticated', reason: text(entry.authenticated, `${at}.authenticated`) }
  const anyOf = array(entry.anyOf, `${at}.anyOf`).map((alternative) => readAlternative(alternative, at, scopes))
  requireCanonicalOrder(anyOf, at)
  return { kind: 'scopes', anyOf: nonEmpty(anyOf, `${at}.anyOf`) }
}

/** Clause 1.2, and each of them once: two orders of one requirement must not become two releases that answer differently. */
function requireCanonicalOrder(anyOf: readonly Alternative[], at: string): void {
  const texts = anyOf.map((alternative) => alternative.join(' '))
  const inOrder = anyOf.every((alternative, index) => {
    const before = anyOf[index - 1]
    const isSorted = alternative.every((scope, place) => place === 0 || (alternative[place - 1] ?? '') < scope)
    if (before === undefined || before.length !== alternative.length)
      return isSorted && (before?.length ?? 0) < alternative.length
    return isSorted && (texts[index - 1] ?? '') < (texts[index] ?? '')
  })
  if (!inOrder) throw new Malformed(`${at}.anyOf is not in canonical order`)
}

function readAlternative(value: unknown, at: string, scopes: ScopeTable): Alternative {
  const names = texts(value, `${at}.anyOf`).map((name) => scopeName(name, `${at}.anyOf`))
  for (const name of names) if (!scopes.has(name)) throw new Malformed(`${at}.anyOf names a scope that is not defined`)
  return nonEmpty(names, `${at}.anyOf`)
}

/** Clause 5.13. An empty list of clients would let nobody in, which is what leaving the rule out says. */
function readCallers(entry: Record<string, unknown>, at: string): { readonly callers?: CallerConstraints } {
  const { clients, actors } = entry
  if (clients === undefined && actors === undefined) return {}
  return {
    callers: {
      ...(clients !== undefined && {
        clients: new Set(nonEmpty(texts(clients, `${at}.clients`), `${at}.clients`)),
      }),
      ...(actors !== undefined && { actors: new Set(texts(actors, `${at}.actors`)) }),
    },
  }
}

function readIntrospection(value: unknown, at: string): boolean {
  if (value !== undefined && value !== 'always') throw new Malformed(`${at}.introspection is not always`)
  return value === 'always'
}

function readRevocation(value: unknown, at: string): boolean {
  if (value !== undefined && value !== 'strict') throw new Malformed(`${at}.revocation is not strict`)
  return value === 'strict'
}

/** Clause 8.10. */
const isCritical = (requirement: Requirement, scopes: ScopeTable): boolean =>
  requirement.kind === 'scopes' && requirement.anyOf.flat().some((name) => scopes.get(name)?.isCritical === true)

function readUpgrade(value: unknown, at: string): boolean {
  if (value !== undefined && value !== 'websocket') throw new Malformed(`${at}.upgrade is not websocket`)
  return value === 'websocket'
}

function readMode(value: unknown, at: string): Mode {
  if (value !== 'enforce' && value !== 'observe') throw new Malformed(`${at}.mode is neither enforce nor observe`)
  return value
}

function readAllowances(hosts: Record<string, unknown>): ReadonlyMap<string, Allowance> {
  const allowances = new Map<string, Allowance>()
  for (const [host, value] of Object.entries(hosts)) {
    const at = `hosts.${host}`
    if (!HOST.test(host)) throw new Malformed(`${at} is no host pattern`)
    const allowed = texts(closed(object(value, at), ['allow'], at).allow, `${at}.allow`)
    if (!allowed.every(isRelaxation)) throw new Malformed(`${at}.allow relaxes something unknown`)
    allowances.set(host, { ...STRICT, ...Object.fromEntries(allowed.map((name) => [name, true])) })
  }
  return allowances
}
