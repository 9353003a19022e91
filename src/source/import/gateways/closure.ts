/** Templates that overlap without one holding the other: what they share becomes a template, so that each request has one narrowest. */
import { common, type Shape, shapeKey } from './shape.ts'

/** The templates, and what any two of them share, until there is nothing new; undefined where that would be more than `most`. */
export function closure(shapes: readonly Shape[], most: number): readonly Shape[] | undefined {
  const known = new Map<string, Shape>()
  const list: Shape[] = []
  const add = (shape: Shape) => {
    const key = shapeKey(shape)
    if (known.has(key)) return
    known.set(key, shape)
    list.push(shape)
  }
  for (const shape of shapes) add(shape)
  const groups = new Groups()
  // The list grows while it is walked.
  for (const shape of list) {
    if (list.length > most) return undefined
    for (const other of groups.rivalsOf(shape)) {
      const shared = common(shape, other)
      if (shared !== undefined) add(shared)
    }
    groups.add(shape)
  }
  return list
}

/** Two templates that begin with different literals share nothing. */
class Groups {
  readonly #byLiteral = new Map<string, Shape[]>()
  readonly #others: Shape[] = []
  readonly #all: Shape[] = []

  add(shape: Shape): void {
    const [first] = shape
    this.#all.push(shape)
    if (first?.kind !== 'literal') this.#others.push(shape)
    else {
      const group = this.#byLiteral.get(first.text)
      if (group === undefined) this.#byLiteral.set(first.text, [shape])
      else group.push(shape)
    }
  }

  rivalsOf([first]: Shape): readonly Shape[] {
    return first?.kind === 'literal' ? [...(this.#byLiteral.get(first.text) ?? []), ...this.#others] : this.#all
  }
}
