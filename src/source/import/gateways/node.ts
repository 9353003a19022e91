/** A configuration of another product as a tree with positions, and how to look into it. Whatever a look-up does not find is undefined. */
import type { Place } from '../../diagnostic.ts'

export type Node = MapNode | ListNode | ScalarNode

export interface MapNode {
  readonly kind: 'map'
  readonly at: Place
  readonly entries: ReadonlyMap<string, Entry>
}

export interface Entry {
  /** Where the key stands. */
  readonly at: Place
  readonly node: Node
}

export interface ListNode {
  readonly kind: 'list'
  readonly at: Place
  readonly items: readonly Node[]
}

export interface ScalarNode {
  readonly kind: 'scalar'
  readonly at: Place
  readonly value: string | number | boolean | null
}

/** The node below these keys. */
export function field(node: Node | undefined, ...keys: readonly string[]): Node | undefined {
  let found = node
  for (const key of keys) found = found?.kind === 'map' ? found.entries.get(key)?.node : undefined
  return isAbsent(found) ? undefined : found
}

/** A key without a value says nothing. */
const isAbsent = (node: Node | undefined): boolean => node?.kind === 'scalar' && node.value === null

export const itemsOf = (node: Node | undefined): readonly Node[] => (node?.kind === 'list' ? node.items : [])

export const entriesOf = (node: Node | undefined): readonly (readonly [string, Entry])[] =>
  node?.kind === 'map' ? [...node.entries] : []

export const textOf = (node: Node | undefined): string | undefined =>
  node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined

export const numberOf = (node: Node | undefined): number | undefined =>
  node?.kind === 'scalar' && typeof node.value === 'number' ? node.value : undefined

export const isTrue = (node: Node | undefined): boolean => node?.kind === 'scalar' && node.value === true

export const isFalse = (node: Node | undefined): boolean => node?.kind === 'scalar' && node.value === false

/** The texts of a list, none where there is no node; undefined where it is no list of texts. */
export function textsOf(node: Node | undefined): readonly string[] | undefined {
  if (node === undefined) return []
  if (node.kind !== 'list') return undefined
  const texts = node.items.map(textOf)
  return texts.every((text) => text !== undefined) ? texts : undefined
}

/** The same where one text may stand for a list of it. */
export const oneOrMoreTexts = (node: Node | undefined): readonly string[] | undefined => {
  const only = textOf(node)
  return only === undefined ? textsOf(node) : [only]
}

/** A text that is equal where two nodes say the same, wherever they stand. */
export function sameness(node: Node | undefined): string {
  if (node === undefined) return ''
  if (node.kind === 'scalar') return JSON.stringify(node.value)
  if (node.kind === 'list') return `[${node.items.map(sameness).join()}]`
  const entries = [...node.entries].map(([key, entry]) => `${JSON.stringify(key)}:${sameness(entry.node)}`)
  return `{${entries.sort().join()}}`
}
