/** The door of this folder: two maps -> what a reviewer has to know. */
import type { Release } from '../../policy/decode.ts'
import type { Environment } from '../../policy/environment.ts'
import { decidingPattern } from '../../policy/matcher.ts'
import type { Relaxation, ReleaseDocument, RuleEntry } from '../../policy/release.ts'
import type { EpochSeconds } from '../../policy/result.ts'
import { compareEnvironments, type EnvironmentChange } from './environments.ts'
import { compareRoutes, type LaterChange, type RouteChange } from './routes.ts'
import { compareScopes, type ScopeChange } from './scopes.ts'
import type { Stance } from './ways.ts'
import { freshWords } from './words.ts'

/** One side of the comparison. */
export interface Version {
  readonly release: Release
  /** Absent where they are not known: a release in KV carries none. */
  readonly environments?: readonly Environment[]
}

/** Spellings of a path that a host lets in or no longer does (`hostOptions`). */
export interface HostChange {
  readonly host: string
  readonly allowed: readonly Relaxation[]
  readonly refused: readonly Relaxation[]
}

/** What people read and no request notices: `METHOD host/path` or `service NAME`, and the members that differ. */
export interface WordingChange {
  readonly subject: string
  readonly members: readonly string[]
}

export interface Difference {
  readonly routes: readonly RouteChange[]
  readonly later: readonly LaterChange[]
  readonly scopes: readonly ScopeChange[]
  readonly hosts: readonly HostChange[]
  /** Absent where they are not known on both sides. */
  readonly environments?: readonly EnvironmentChange[]
  readonly wording: readonly WordingChange[]
  /** False where templates meet more others than are looked at: then routes may be missing. */
  readonly isWhole: boolean
}

/**
 * Pure and total. Routes are compared by whom the gate lets through on the day that `now` is in, in a deployment that enforces and has one audience, and besides
 * in each environment that is otherwise.
 */
export function compareVersions(before: Version, after: Version, now: EpochSeconds): Difference {
  const [old, next] = [before.release, after.release]
  const compared = compareRoutes(old, next, stancesOf(after.environments ?? before.environments ?? []), now)
  const isNews = ({ change, introspection, revocation, comparison }: RouteChange) =>
    change !== 'same' || introspection !== undefined || revocation !== undefined || comparison.proofs !== undefined
  return {
    ...compared,
    routes: compared.routes.filter(isNews).sort((a, b) => compareText(a.route, b.route)),
    scopes: compareScopes(old.document, next.document),
    hosts: compareHosts(old, next),
    ...(before.environments !== undefined &&
      after.environments !== undefined && {
        environments: compareEnvironments(before.environments, after.environments),
      }),
    wording: compareWording(
      old.document,
      next.document,
      new Set(compared.routes.filter(isNews).map(({ route }) => route)),
    ),
  }
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const PLAIN: Stance = { mode: 'enforce', resource: '', services: {} }

/** A client that is observed is judged as in an environment that observes. Environments that judge alike are one. */
function stancesOf(environments: readonly Environment[]): readonly Stance[] {
  const stances = new Map([[keyOf(PLAIN), PLAIN]])
  for (const { name, mode, observeClients, resource, services } of environments)
    for (const each of observeClients.length > 0 ? ([mode, 'observe'] as const) : [mode]) {
      const environment = each === mode ? name : `${name}, for the clients that it observes`
      const stance: Stance = { environment, mode: each, resource, services }
      if (!stances.has(keyOf(stance))) stances.set(keyOf(stance), stance)
    }
  return [...stances.values()]
}

const keyOf = ({ mode, services }: Stance): string => JSON.stringify([mode, Object.keys(services).sort()])

/** What a host lets in is what the pattern that decides there does (clause 2.3), so a host whose rules go gets what the pattern above it has. */
function compareHosts(before: Release, after: Release): readonly HostChange[] {
  if (before.allowances.size + after.allowances.size === 0) return []
  const word = freshWords([before, after])(0)
  const patterns = new Set(
    [before, after].flatMap(({ rules, allowances }) => [...rules.map(({ host }) => host), ...allowances.keys()]),
  )
  return [...patterns].sort().flatMap((pattern) => {
    const host = pattern.replace(/^\*/, word)
    const [old, next] = [allowedOn(before, pattern, host), allowedOn(after, pattern, host)]
    const allowed = next.filter((each) => !old.includes(each))
    const refused = old.filter((each) => !next.includes(each))
    return allowed.length + refused.length === 0 ? [] : [{ host: pattern, allowed, refused }]
  })
}

/** What is written of a pattern without rules bears on no request; it is told all the same. */
function allowedOn({ document: { hosts }, table }: Release, pattern: string, host: string): readonly Relaxation[] {
  const deciding = decidingPattern(table, host) ?? pattern
  return Object.hasOwn(hosts, deciding) ? (hosts[deciding]?.allow ?? []) : []
}

/** Of rules that both maps have, save those that requests notice, and of services. */
function compareWording(
  before: ReleaseDocument,
  after: ReleaseDocument,
  noticed: ReadonlySet<string>,
): readonly WordingChange[] {
  const rules = new Map(before.rules.map((rule) => [idOf(rule), rule]))
  const ofRules = after.rules.flatMap((rule) => wordingOf(idOf(rule), rules.get(idOf(rule)), rule))
  const ofServices = [...new Set([...Object.keys(before.services), ...Object.keys(after.services)])]
    .sort()
    .flatMap((name) => wordingOf(`service ${name}`, before.services[name] ?? {}, after.services[name] ?? {}))
  return [...ofRules.filter(({ subject }) => !noticed.has(subject)), ...ofServices]
}

const idOf = ({ method, host, path }: RuleEntry): string => `${method} ${host}${path}`

function wordingOf(subject: string, before: object | undefined, after: object): readonly WordingChange[] {
  if (before === undefined || JSON.stringify(before) === JSON.stringify(after)) return []
  const [old, next] = [new Map(Object.entries(before)), new Map(Object.entries(after))]
  const members = [...new Set([...old.keys(), ...next.keys()])]
    .filter((name) => JSON.stringify(old.get(name)) !== JSON.stringify(next.get(name)))
    .sort()
  return members.length === 0 ? [] : [{ subject, members }]
}
