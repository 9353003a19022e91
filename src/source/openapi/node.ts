/** A JSON or YAML text as a tree with positions. Keys are texts in a `Map`, so that none of them means anything by itself. */

export type Node = MapNode | ListNode | ScalarNode

export interface MapNode {
  readonly kind: 'map'
  /** UTF-16 code units from the beginning of the text. */
  readonly offset: number
  readonly entries: ReadonlyMap<string, Entry>
}

export interface Entry {
  readonly keyOffset: number
  readonly node: Node
}

export interface ListNode {
  readonly kind: 'list'
  readonly offset: number
  readonly items: readonly Node[]
}

export interface ScalarNode {
  readonly kind: 'scalar'
  readonly offset: number
  readonly value: string | number | boolean | null
  /** A string itself; anything else as it is written, so that `2.0` stays `2.0`. */
  readonly text: string
}

/** Something about a text that its reader did not stop at: lower case, without a full stop. */
export interface TextProblem {
  readonly offset: number
  readonly message: string
}

/** Lists and maps in one another. Far beyond any description, and far within what the stack holds. */
export const MAX_DEPTH = 400

/** Text of a string, a number or a boolean; an author who leaves out the quotation marks of `2.0` means a text. */
export const textIn = (node: Node | undefined): string | undefined =>
  node?.kind === 'scalar' && node.value !== null ? node.text : undefined

export const isNull = (node: Node): boolean => node.kind === 'scalar' && node.value === null
