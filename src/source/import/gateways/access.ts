/** Who may make a request, as a source says it: an algebra that is closed under "or" and "and" as long as it stays small. */
import { compareText } from '../../diagnostic.ts'

/** `scopes`: any of these sets. Neither the list nor a set in it is empty. */
export type Access =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'public' }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'scopes'; readonly anyOf: readonly (readonly string[])[] }

export const NOBODY: Access = { kind: 'nobody' }
export const PUBLIC: Access = { kind: 'public' }
export const AUTHENTICATED: Access = { kind: 'authenticated' }

/** More alternatives than these nobody reviews. */
export const MOST_ALTERNATIVES = 64

/** Holders of any of these sets; of an empty set: every valid token; of no set: nobody. Undefined where it would be too large. */
export function scopesAccess(anyOf: readonly (readonly string[])[]): Access | undefined {
  const sets = leastSets(anyOf)
  if (sets.length === 0) return NOBODY
  if (sets.some((set) => set.length === 0)) return AUTHENTICATED
  return sets.length > MOST_ALTERNATIVES ? undefined : { kind: 'scopes', anyOf: sets }
}

/** Each set ascending and once, without those that hold another one: whoever holds the larger set holds the smaller one, too. */
function leastSets(anyOf: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const sets = [
    ...new Map(anyOf.map((set) => [...new Set(set)].sort(compareText)).map((set) => [set.join(' '), set])).values(),
  ]
  sort(sets)
  const kept: (readonly string[])[] = []
  for (const set of sets) if (!kept.some((smaller) => isSubset(smaller, set))) kept.push(set)
  return kept
}

const sort = (sets: (readonly string[])[]): void => {
  sets.sort((a, b) => a.length - b.length || compareText(a.join(' '), b.join(' ')))
}

const isSubset = (small: readonly string[], large: readonly string[]): boolean =>
  small.every((scope) => large.includes(scope))

/** The alternatives that a valid token must have one of. */
const setsOf = (access: Access): readonly (readonly string[])[] =>
  access.kind === 'scopes' ? access.anyOf : access.kind === 'nobody' ? [] : [[]]

/** Whoever either lets in. */
export function either(a: Access, b: Access): Access | undefined {
  if (a.kind === 'public' || b.kind === 'public') return PUBLIC
  return scopesAccess([...setsOf(a), ...setsOf(b)])
}

/** Whoever both let in. */
export function both(a: Access, b: Access): Access | undefined {
  if (a.kind === 'public') return b
  if (b.kind === 'public') return a
  const [left, right] = [setsOf(a), setsOf(b)]
  if (left.length * right.length > MOST_ALTERNATIVES ** 2) return undefined
  return scopesAccess(left.flatMap((one) => right.map((other) => [...one, ...other])))
}

/** Whether all whom `a` lets in are let in by `b`, too. */
export function isWithin(a: Access, b: Access): boolean {
  if (a.kind === 'nobody' || b.kind === 'public') return true
  if (a.kind === 'public' || b.kind === 'nobody') return false
  return setsOf(a).every((set) => setsOf(b).some((smaller) => isSubset(smaller, set)))
}

export const isSame = (a: Access, b: Access): boolean => isWithin(a, b) && isWithin(b, a)

/** The scopes that it names. */
export const scopesOf = (access: Access): readonly string[] => (access.kind === 'scopes' ? access.anyOf.flat() : [])
