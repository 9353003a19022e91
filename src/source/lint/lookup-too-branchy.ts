/**
 * Where literals and parameters stand side by side, a look-up that fails below the one goes on below the other. Each such place can double its
 * work, so that a few templates could make every request slow.
 */
import { foldSegment } from '../../policy/fold.ts'
import { quoted } from '../diagnostic.ts'
import type { DeclaredRule } from '../model.ts'
import type { PartLint } from './lint.ts'

/** Nodes that one look-up may visit. Real maps stay below fifty. */
const MOST_NODES = 512

export const lookupTooBranchy: PartLint = {
  rule: 'lookup-too-branchy',
  find: ({ rules }) => {
    const roots = new Map<string, PathNode>()
    for (const rule of rules) {
      const root = roots.get(rule.host) ?? newNode(rule)
      roots.set(rule.host, root)
      insert(root, rule)
    }
    return [...roots].flatMap(([host, root]) => {
      const cost = costOf(root)
      if (cost <= MOST_NODES) return []
      return [
        {
          at: costliest(root).at,
          message: `a look-up on the host ${quoted(host)} could visit ${cost} nodes, which is more than ${MOST_NODES}`,
          help: 'let fewer templates have a parameter where others have a literal',
        },
      ]
    })
  },
}

interface PathNode {
  readonly literals: Map<string, PathNode>
  parameter: PathNode | undefined
  /** Some rule that passes through. */
  readonly rule: DeclaredRule
  cost: number
}

const newNode = (rule: DeclaredRule): PathNode => ({ literals: new Map(), parameter: undefined, rule, cost: 0 })

/** Literals are folded, as in the bushier of the two trees that the matcher walks. */
function insert(root: PathNode, rule: DeclaredRule): void {
  let node = root
  for (const segment of rule.template.segments) {
    if (segment.kind === 'tail') return
    if (segment.kind === 'parameter') {
      node.parameter ??= newNode(rule)
      node = node.parameter
    } else {
      const text = foldSegment(segment.text)
      const child = node.literals.get(text) ?? newNode(rule)
      node.literals.set(text, child)
      node = child
    }
  }
}

/** One for the node, and what lies below the costliest literal and below the parameter. As deep as a template. */
function costOf(node: PathNode): number {
  let literals = 0
  for (const child of node.literals.values()) literals = Math.max(literals, costOf(child))
  node.cost = 1 + literals + (node.parameter === undefined ? 0 : costOf(node.parameter))
  return node.cost
}

/** A rule in the thick of it. */
function costliest(node: PathNode): DeclaredRule {
  const children = [...node.literals.values(), ...(node.parameter ? [node.parameter] : [])]
  const [next] = children.sort((a, b) => b.cost - a.cost)
  return next === undefined || next.cost === 1 ? node.rule : costliest(next)
}
