/** Scopes that imply one another in a circle are all the same scope, which nobody can have meant (clause 1.4). */
import { type Finding, quoted } from '../diagnostic.ts'
import { orderImplications } from '../implication.ts'
import { type DeclaredScope, implicationsOf, type Written } from '../model.ts'
import type { PartLint } from './lint.ts'

export const impliesCycle: PartLint = {
  rule: 'implies-cycle',
  find: ({ scopes }) => {
    const declared = new Map(scopes.map((scope) => [scope.name, scope]))
    return orderImplications(implicationsOf(scopes)).cycles.flatMap((cycle) => describe(cycle, declared))
  },
}

/** A circle longer than this is not read to its end. */
const MOST_NAMED = 20

function describe(cycle: readonly string[], declared: ReadonlyMap<string, DeclaredScope>): readonly Finding[] {
  const links = cycle.flatMap((name, index) => linkTo(declared.get(name), cycle[(index + 1) % cycle.length]) ?? [])
  const last = links.at(-1)
  if (last === undefined) return []
  const named = cycle.slice(0, MOST_NAMED).map(quoted)
  const circle = [...named, ...(cycle.length > MOST_NAMED ? ['…'] : []), quoted(cycle[0] ?? '')].join(' implies ')
  const related = links.slice(0, -1).map(({ text, at }) => ({ message: `${quoted(text)} is implied here`, at }))
  return [{ at: last.at, message: `scopes imply one another: ${circle}`, help: 'remove one of the steps', related }]
}

const linkTo = (scope: DeclaredScope | undefined, implied: string | undefined): Written | undefined =>
  scope?.implies.find(({ text }) => text === implied)
