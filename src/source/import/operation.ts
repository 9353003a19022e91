/** An operation of any source that has paths, as importers hand it to `settle`: where it is, what it asks for, and what its own semantics say. */
import type { Place } from '../diagnostic.ts'
import type { ImportedCaller, ImportedRequirement, Verdict } from './imported.ts'

export interface SourceOperation {
  /** As findings call it: `GET /pets/{petId}`. */
  readonly construct: string
  /** Upper case; `ANY` stands for all. */
  readonly method: string
  /** Where it is served; without a host, on those of `gateway.yaml`. */
  readonly addresses: readonly SourceAddress[]
  /** The template as the source has it, without the base path. */
  readonly path: string
  /** Parameters whose value may hold a slash. */
  readonly slashParameters: readonly string[]
  readonly at: Place
  readonly asked: Asked
  /** The table: who is asked about, and what the source says of each, computed from the source alone. */
  readonly callers: readonly ImportedCaller[]
  readonly admits: (caller: ImportedCaller) => boolean
}

export interface SourceAddress {
  readonly host?: string
  /** Empty, or begins with `/` and does not end in one. */
  readonly basePath: string
}

/** What the source asks for, as far as the map can say it. */
export interface Asked {
  /** Absent: no rule. */
  readonly requirement?: ImportedRequirement
  readonly verdict: Verdict
  readonly message?: string
  readonly help?: string
}

/** Whether whoever fulfils `a` fulfils `b`, too. */
export function isAsStrict(a: ImportedRequirement, b: ImportedRequirement): boolean {
  if (b.kind === 'public') return true
  if (a.kind === 'public') return false
  if (b.kind === 'authenticated') return true
  if (a.kind === 'authenticated') return false
  return a.anyOf.every((scopes) => b.anyOf.some((other) => other.every((scope) => scopes.includes(scope))))
}

/** What a requirement says of a caller; a token without the scopes of any alternative is refused. */
export function fulfils(caller: ImportedCaller, requirement: ImportedRequirement): boolean {
  if (requirement.kind === 'public') return true
  if (caller.kind === 'nobody') return false
  if (requirement.kind === 'authenticated') return true
  return requirement.anyOf.some((scopes) => scopes.every((scope) => caller.scopes.includes(scope)))
}

/** The callers of a table: nobody, a token that holds nothing, one that holds everything, and for each alternative its holder and those one scope short. */
export function callersFor(
  alternatives: readonly (readonly string[])[],
  all: ImportedCaller,
): readonly ImportedCaller[] {
  const sets = alternatives
    .slice(0, MOST_ALTERNATIVES)
    .flatMap((scopes) => [
      scopes,
      ...scopes.slice(0, MOST_SCOPES).map((left) => scopes.filter((scope) => scope !== left)),
    ])
  const distinct = new Map(sets.map((scopes) => [scopes.join(' '), scopes]))
  distinct.delete('')
  return [
    NOBODY,
    ANY_TOKEN,
    ...[...distinct.values()].map((scopes): ImportedCaller => ({ kind: 'holder', scopes })),
    all,
  ]
}

/** So that a table stays proportional to its source. */
const MOST_ALTERNATIVES = 8
const MOST_SCOPES = 8

const NOBODY: ImportedCaller = { kind: 'nobody' }
const ANY_TOKEN: ImportedCaller = { kind: 'holder', scopes: [] }
