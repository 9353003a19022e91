/**
 * Which templates could take part in the same request. Literals are compared folded and a final slash is left out of account, because the matcher does
 * the same where it looks for ambiguity (clauses 3.5 and 3.6). The index only proposes: what a request meets, the matcher says.
 */
import { foldSegment } from '../../policy/fold.ts'
import type { Segment, Template } from '../../policy/template.ts'

/** Past this many, a template's overlaps are no longer all looked at, and whoever asked is told. */
export const MOST_OVERLAPS = 4096

interface Node {
  readonly literals: Map<string, Node>
  parameter?: Node
  readonly ends: Template[]
  readonly tails: Template[]
}

const newNode = (): Node => ({ literals: new Map(), ends: [], tails: [] })

/** Without the empty last literal that a final slash is. */
export function withoutSlash(segments: readonly Segment[]): readonly Segment[] {
  const last = segments.at(-1)
  return last?.kind === 'literal' && last.text === '' ? segments.slice(0, -1) : segments
}

/** A tree of templates by their folded segments. */
export class Overlaps {
  readonly #root = newNode()

  constructor(templates: Iterable<Template>) {
    for (const template of templates) this.#insert(template)
  }

  #insert(template: Template): void {
    let node = this.#root
    for (const segment of withoutSlash(template.segments)) {
      if (segment.kind === 'tail') {
        node.tails.push(template)
        return
      }
      node = segment.kind === 'parameter' ? parameterBelow(node) : literalBelow(node, foldSegment(segment.text))
    }
    node.ends.push(template)
  }

  /** The templates of the index that overlap with this one, those that `isWanted`; `isWhole` is false where there are more than are given. */
  with(
    template: Template,
    isWanted: (other: Template) => boolean,
  ): { readonly found: readonly Template[]; readonly isWhole: boolean } {
    const found: Template[] = []
    let isWhole = true
    const take = (templates: readonly Template[]) => {
      for (const each of templates) {
        if (!isWanted(each)) continue
        if (found.length < MOST_OVERLAPS) found.push(each)
        else isWhole = false
      }
    }
    walk(this.#root, withoutSlash(template.segments), 0, take)
    return { found, isWhole }
  }
}

type Take = (templates: readonly Template[]) => void

function parameterBelow(node: Node): Node {
  node.parameter ??= newNode()
  return node.parameter
}

function literalBelow(node: Node, text: string): Node {
  const known = node.literals.get(text)
  if (known !== undefined) return known
  const child = newNode()
  node.literals.set(text, child)
  return child
}

function walk(node: Node, segments: readonly Segment[], depth: number, take: Take): void {
  const segment = segments[depth]
  if (segment === undefined) {
    take(node.ends)
    return
  }
  take(node.tails)
  if (segment.kind === 'tail') {
    takeBelow(node, take)
    return
  }
  const children =
    segment.kind === 'parameter' ? node.literals.values() : [node.literals.get(foldSegment(segment.text))].values()
  for (const child of children) if (child !== undefined) walk(child, segments, depth + 1, take)
  if (node.parameter !== undefined) walk(node.parameter, segments, depth + 1, take)
}

/** Everything that has at least one segment more. */
function takeBelow(node: Node, take: Take): void {
  const children =
    node.parameter === undefined ? [...node.literals.values()] : [...node.literals.values(), node.parameter]
  for (const child of children) {
    take(child.ends)
    take(child.tails)
    takeBelow(child, take)
  }
}
