/** Lists of scopes as products write them -> what the map says of them. */
import { isScopeToken } from '../../../policy/scope.ts'
import { quoted } from '../../diagnostic.ts'
import { type Access, MOST_ALTERNATIVES, NOBODY, scopesAccess } from './access.ts'
import type { Note } from './plan.ts'

export interface Reading {
  readonly access: Access
  readonly notes: readonly Note[]
}

export const exactly = (access: Access): Reading => ({ access, notes: [] })

/** Any of these sets. A name that no token can hold makes its set impossible; too many sets are too much to write. */
export function anyOfSets(sets: readonly (readonly string[])[]): Reading {
  const impossible = [...new Set(sets.flat().filter((scope) => !isScopeToken(scope)))]
  const access = scopesAccess(sets.filter((set) => set.every(isScopeToken)))
  const notes = impossible.map(
    (scope): Note => ({
      verdict: 'stricter',
      message: `${quoted(scope)} is no scope name (RFC 6749 section 3.3), so no token of the map's holds it`,
    }),
  )
  if (access !== undefined) return { access, notes }
  return {
    access: NOBODY,
    notes: [
      ...notes,
      { verdict: 'unrepresentable', message: `more than ${MOST_ALTERNATIVES} sets of scopes would do` },
    ],
  }
}

/** Every one of these lists by itself must be met: by any of its members. Distributed. */
export function allOfAny(lists: readonly (readonly string[])[]): readonly (readonly string[])[] | undefined {
  let sets: readonly (readonly string[])[] = [[]]
  for (const list of lists) {
    if (sets.length * list.length > MOST_ALTERNATIVES * 4) return undefined
    sets = sets.flatMap((set) => list.map((scope) => [...set, scope]))
  }
  return sets
}
