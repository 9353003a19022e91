/** Things by what their templates begin with, so that one is held against few others and not against all. */
import type { Shape } from './shape.ts'

const LONGEST = 2

/** The literals that it begins with, as far as they are looked at. */
function beginning(shape: Shape): readonly string[] {
  const literals: string[] = []
  for (const segment of shape.slice(0, LONGEST)) {
    if (segment.kind !== 'literal') break
    literals.push(segment.text)
  }
  return literals
}

export class ByBeginning<T> {
  readonly #buckets = new Map<string, T[]>()

  add(shape: Shape, item: T): void {
    const literals = beginning(shape)
    this.#put(literals.join('/'), item)
    // For those that know their first segment alone.
    if (literals.length === LONGEST) this.#put(`${literals[0]}/*`, item)
  }

  #put(key: string, item: T): void {
    const bucket = this.#buckets.get(key)
    if (bucket === undefined) this.#buckets.set(key, [item])
    else if (bucket.at(-1) !== item) bucket.push(item)
  }

  /** Whatever was added under a template that shares paths with this one, and more. Undefined where that can be anything. */
  around(shape: Shape): readonly T[] | undefined {
    const [first, second] = beginning(shape)
    if (first === undefined) return undefined
    const keys = ['', first, second === undefined ? `${first}/*` : `${first}/${second}`]
    return keys.flatMap((key) => this.#buckets.get(key) ?? [])
  }
}
