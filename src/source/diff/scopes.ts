/** What became of the scopes themselves: names, owners, and what they are said to be for. What that does to requests, the routes tell. */
import type { ReleaseDocument, RuleEntry, ScopeEntry } from '../../policy/release.ts'

/** The members of a scope, as maps write them. */
export type ScopeMember = keyof ScopeEntry

export interface MemberChange {
  readonly member: ScopeMember
  /** Absent: it was not there, or is not there any more. */
  readonly before?: ScopeEntry[ScopeMember]
  readonly after?: ScopeEntry[ScopeMember]
}

export type ScopeChange =
  | { readonly kind: 'added'; readonly scope: string; readonly entry: ScopeEntry }
  | { readonly kind: 'removed'; readonly scope: string; readonly entry: ScopeEntry }
  /** Probably: one is gone, and one has come that stands wherever it stood, or is owned and explained alike. */
  | {
      readonly kind: 'renamed'
      readonly scope: string
      readonly from: string
      readonly members: readonly MemberChange[]
    }
  | { readonly kind: 'changed'; readonly scope: string; readonly members: readonly MemberChange[] }

/** By name; a renamed one by its new name. */
export function compareScopes(before: ReleaseDocument, after: ReleaseDocument): readonly ScopeChange[] {
  const [old, next] = [new Map(Object.entries(before.scopes)), new Map(Object.entries(after.scopes))]
  const gone = [...old].filter(([name]) => !next.has(name))
  const come = [...next].filter(([name]) => !old.has(name))
  const renamed = pairUp(gone, come, [before, after])
  const sources = new Set(renamed.values())
  return [
    ...gone.flatMap(([scope, entry]): readonly ScopeChange[] =>
      sources.has(scope) ? [] : [{ kind: 'removed', scope, entry }],
    ),
    ...come.map(([scope, entry]): ScopeChange => {
      const from = renamed.get(scope)
      const source = from === undefined ? undefined : old.get(from)
      return from === undefined || source === undefined
        ? { kind: 'added', scope, entry }
        : { kind: 'renamed', scope, from, members: membersThatDiffer(source, entry) }
    }),
    ...[...next].flatMap(([scope, entry]): readonly ScopeChange[] => {
      const source = old.get(scope)
      const members = source === undefined ? [] : membersThatDiffer(source, entry)
      return members.length === 0 ? [] : [{ kind: 'changed', scope, members }]
    }),
  ].sort((a, b) => (a.scope < b.scope ? -1 : 1))
}

type Named = readonly [string, ScopeEntry]

/** New name -> old name. First by where they stand, then by service, owner and reason; each name once, and none where several would fit. */
function pairUp(
  gone: readonly Named[],
  come: readonly Named[],
  [before, after]: readonly [ReleaseDocument, ReleaseDocument],
): ReadonlyMap<string, string> {
  if (gone.length === 0 || come.length === 0) return new Map()
  const [oldUses, newUses] = [usesOf(before, gone), usesOf(after, come)]
  const byUse = pairsBy(
    groupBy(gone, ([name]) => oldUses.get(name)?.join('\n')),
    groupBy(come, ([name]) => newUses.get(name)?.join('\n')),
  )
  const taken = new Set(byUse.values())
  const textOf = ([, { service, owner, reason }]: Named) => JSON.stringify([service, owner, reason])
  const byText = pairsBy(
    groupBy(
      gone.filter(([name]) => !taken.has(name)),
      textOf,
    ),
    groupBy(
      come.filter(([name]) => !byUse.has(name)),
      textOf,
    ),
  )
  return new Map([...byUse, ...byText])
}

type Groups = ReadonlyMap<string, readonly string[]>

function pairsBy(gone: Groups, come: Groups): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>()
  for (const [key, [name, ...others]] of come) {
    const [source, ...rivals] = gone.get(key) ?? []
    if (name !== undefined && source !== undefined && others.length + rivals.length === 0) pairs.set(name, source)
  }
  return pairs
}

function groupBy(scopes: readonly Named[], keyOf: (named: Named) => string | undefined): Groups {
  const groups = new Map<string, string[]>()
  for (const named of scopes) {
    const key = keyOf(named)
    if (key === undefined) continue
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [named[0]])
    else group.push(named[0])
  }
  return groups
}

/** By scope, the rules that name it, with what else they name in the same place. */
function usesOf({ rules }: ReleaseDocument, scopes: readonly Named[]): ReadonlyMap<string, readonly string[]> {
  const wanted = new Set(scopes.map(([name]) => name))
  const uses = new Map<string, string[]>()
  for (const rule of rules)
    for (const name of new Set(rule.anyOf?.flat() ?? [])) {
      if (!wanted.has(name)) continue
      const list = uses.get(name)
      if (list === undefined) uses.set(name, [useOf(rule, name, wanted)])
      else list.push(useOf(rule, name, wanted))
    }
  return uses
}

/** Other names that come or go may have been renamed as well, so they are left out. */
function useOf({ method, host, path, anyOf }: RuleEntry, name: string, wanted: ReadonlySet<string>): string {
  const alternatives = (anyOf ?? []).map((names) =>
    names.map((each) => (each === name ? '*' : wanted.has(each) ? '?' : each)).sort(),
  )
  return `${method} ${host}${path} ${JSON.stringify(alternatives.map((names) => names.join(' ')).sort())}`
}

const MEMBERS: readonly ScopeMember[] = [
  'service',
  'owner',
  'reason',
  'sensitivity',
  'implies',
  'stepUp',
  'maxTokenAgeSeconds',
  'maxLifetimeSeconds',
  'senderConstraint',
  'deprecated',
  'review',
]

function membersThatDiffer(before: ScopeEntry, after: ScopeEntry): readonly MemberChange[] {
  return MEMBERS.flatMap((member) => {
    const [old, next] = [before[member], after[member]]
    if (JSON.stringify(old) === JSON.stringify(next)) return []
    return [{ member, ...(old !== undefined && { before: old }), ...(next !== undefined && { after: next }) }]
  })
}
