/** The graph of what scopes imply (clause 1.4): searched for cycles, and closed for the release. */

/** Scope -> what it implies as declared. Names that are no key imply nothing. */
export type Implications = ReadonlyMap<string, readonly string[]>

export interface ImplicationOrder {
  /** Every key, each after all that it implies, as far as cycles allow. */
  readonly order: readonly string[]
  /** Each as the names on it, without the first one repeated; at least one of every tangle. */
  readonly cycles: readonly (readonly string[])[]
}

/** Walks depth first without recursion: a chain may be as long as the map. */
export function orderImplications(implications: Implications): ImplicationOrder {
  const order = new Set<string>()
  const cycles: (readonly string[])[] = []
  for (const start of implications.keys()) {
    if (order.has(start)) continue
    const trail = [enter(implications, start)]
    const onTrail = new Map([[start, 0]])
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      const next = top.rest.pop()
      if (next === undefined) {
        order.add(top.name)
        onTrail.delete(top.name)
        trail.pop()
      } else if (onTrail.has(next)) {
        cycles.push(trail.slice(onTrail.get(next)).map(({ name }) => name))
      } else if (implications.has(next) && !order.has(next)) {
        onTrail.set(next, trail.length)
        trail.push(enter(implications, next))
      }
    }
  }
  return { order: [...order], cycles }
}

/** A scope, and which of those that it implies are still to be walked. */
interface Step {
  readonly name: string
  readonly rest: string[]
}

const enter = (implications: Implications, name: string): Step => ({ name, rest: [...(implications.get(name) ?? [])] })

/** More than anybody means; the closure of a long chain grows with its square. */
export const MOST_IMPLIED = 1000

/** Scope -> all that it implies, itself left out. Right for graphs without cycles; cut short past `MOST_IMPLIED`. */
export function closeImplications(implications: Implications): ReadonlyMap<string, ReadonlySet<string>> {
  const closure = new Map<string, ReadonlySet<string>>()
  for (const name of orderImplications(implications).order)
    closure.set(name, closureOf(implications.get(name) ?? [], closure))
  return closure
}

function closureOf(implied: readonly string[], closure: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  const all = new Set(implied)
  for (const name of implied)
    for (const further of closure.get(name) ?? []) {
      if (all.size > MOST_IMPLIED) return all
      all.add(further)
    }
  return all
}
