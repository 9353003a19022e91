/** The scopes of a release, checked: what each asks, what implies it, when it retires. */

import { CONDITION_KEYS, readConditions } from './decode-conditions.ts'
import { isSensitivity } from './release.ts'
import type { ScopeFacts, ScopeTable } from './rule.ts'
import { isScopeToken, type ScopeToken } from './scope.ts'
import { closed, day, Malformed, object, text, texts } from './untrusted.ts'

const SCOPE_KEYS = [...CONDITION_KEYS, 'deprecated', 'implies', 'owner', 'reason', 'review', 'sensitivity', 'service']

/** Everything that `scopes` holds. Throws `Malformed`. */
export function readScopes(entries: Record<string, unknown>, services: Record<string, unknown>): ScopeTable {
  const impliedBy = invertImplications(entries)
  const table = new Map<ScopeToken, ScopeFacts>()
  for (const [name, value] of Object.entries(entries)) {
    const at = `scopes.${name}`
    const scope = closed(object(value, at), SCOPE_KEYS, at)
    for (const key of ['owner', 'reason', 'service']) text(scope[key], `${at}.${key}`)
    if (!Object.hasOwn(services, String(scope.service))) throw new Malformed(`${at}.service is not defined`)
    if (!isSensitivity(scope.sensitivity)) throw new Malformed(`${at}.sensitivity is none of the known ones`)
    if (scope.review !== undefined) day(scope.review, `${at}.review`)
    table.set(scopeName(name, at), {
      name: scopeName(name, at),
      impliedBy: impliedBy.get(name) ?? [],
      conditions: readConditions(scope, at),
      isDeprecated: scope.deprecated !== undefined,
      isCritical: scope.sensitivity === 'critical',
      ...readDeprecation(scope.deprecated, `${at}.deprecated`),
    })
  }
  requireReplacements(table)
  return table
}

function requireReplacements(table: ScopeTable): void {
  for (const { name, replacedBy } of table.values()) {
    if (!replacedBy.every((replacement) => table.has(replacement)))
      throw new Malformed(`scopes.${name}.deprecated.replacedBy names a scope that is not defined`)
  }
}

/** By scope, what implies it, ascending. */
function invertImplications(entries: Record<string, unknown>): ReadonlyMap<string, readonly ScopeToken[]> {
  const implications = readImplications(entries)
  requireClosure(implications)
  const impliedBy = new Map<string, ScopeToken[]>()
  for (const [name, implied] of implications) {
    for (const each of implied) {
      const list = impliedBy.get(each) ?? []
      list.push(scopeName(name, `scopes.${name}`))
      impliedBy.set(each, list)
    }
  }
  return impliedBy
}

function readImplications(entries: Record<string, unknown>): ReadonlyMap<string, ReadonlySet<string>> {
  const implications = new Map<string, ReadonlySet<string>>()
  for (const name of Object.keys(entries).sort()) {
    const { implies } = object(entries[name], `scopes.${name}`)
    if (implies === undefined) continue
    const names = new Set(texts(implies, `scopes.${name}.implies`))
    if (names.has(name)) throw new Malformed(`scopes.${name}.implies leads back to itself`)
    for (const each of names)
      if (!Object.hasOwn(entries, each)) throw new Malformed(`scopes.${name}.implies names a scope that is not defined`)
    implications.set(name, names)
  }
  return implications
}

/** Checking a closure takes more steps than it has names; past this many the map is refused, not the request path stalled. */
const MOST_CLOSURE_STEPS = 2_000_000

/** Clause 1.4: what a reader of the release sees is all that a scope implies. Closed and never itself means free of cycles, too. */
function requireClosure(implications: ReadonlyMap<string, ReadonlySet<string>>): void {
  let steps = 0
  for (const [name, implied] of implications) {
    for (const each of implied) {
      const further = implications.get(each) ?? []
      for (const next of further) {
        if (++steps > MOST_CLOSURE_STEPS) throw new Malformed('scopes imply too much to be checked')
        if (!implied.has(next)) throw new Malformed(`scopes.${name}.implies is not closed`)
      }
    }
  }
}

function readDeprecation(value: unknown, at: string): Pick<ScopeFacts, 'retiredAt' | 'replacedBy'> {
  if (value === undefined) return { replacedBy: [] }
  const deprecated = closed(object(value, at), ['link', 'replacedBy', 'since', 'sunset'], at)
  day(deprecated.since, `${at}.since`)
  if (deprecated.link !== undefined) text(deprecated.link, `${at}.link`)
  const replacedBy = deprecated.replacedBy === undefined ? [] : texts(deprecated.replacedBy, `${at}.replacedBy`)
  return {
    replacedBy: replacedBy.map((name) => scopeName(name, `${at}.replacedBy`)),
    ...(deprecated.sunset !== undefined && { retiredAt: day(deprecated.sunset, `${at}.sunset`) }),
  }
}

/** Throws `Malformed` where the text is no scope-token. */
export function scopeName(name: string, at: string): ScopeToken {
  if (!isScopeToken(name)) throw new Malformed(`${at} is no scope name`)
  return name
}
