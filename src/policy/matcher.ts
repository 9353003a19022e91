/**
 * Which rule covers a request (docs/semantics.md sections 2 to 4). A look-up visits a node for each segment of the path and the few more that
 * overlapping templates make it try, however many rules there are; it allocates nothing but its answer.
 */
import type { Match } from './decision.ts'
import { FOLDS, foldPath } from './fold.ts'
import { METHODS, type Method } from './method.ts'
import { edgeSlot, HASH_SEED, hashStep, type MatchTable, type Roots } from './table.ts'

/**
 * The match for a canonical path on a host in lower case. Total. Does not check that the path is canonical: `canonicalPath` does.
 */
export function matchRequest(table: MatchTable, host: string, path: string, method: Method): Match {
  const leaf = decidingLeaf(table, host, path)
  if (leaf === 0) return NO_MATCH
  if (leaf === AMBIGUOUS_LEAF) return AMBIGUOUS
  const rule = table.rules[table.ruleAt[leaf * METHODS.length + METHODS.indexOf(method)] ?? 0]
  return rule === undefined ? { kind: 'unmapped', otherMethods: methodsOf(table, leaf) } : { kind: 'rule', rule }
}

/** The methods that have a rule at this path, for a preflight; empty where no template decides. */
export function methodsAt(table: MatchTable, host: string, path: string): readonly Method[] {
  const leaf = decidingLeaf(table, host, path)
  return leaf > 0 ? methodsOf(table, leaf) : []
}

const methodsOf = ({ ruleAt }: MatchTable, leaf: number): readonly Method[] =>
  METHODS.filter((_, offset) => ruleAt[leaf * METHODS.length + offset] !== 0)

const NO_MATCH: Match = { kind: 'unmapped', otherMethods: [] }
const AMBIGUOUS: Match = { kind: 'ambiguous' }
const AMBIGUOUS_LEAF = -1

/** Clause 2.3: the host pattern that decides alone, if there is one. The longest suffix wins, so labels fall off the front one by one. */
export function decidingPattern(table: MatchTable, host: string): string | undefined {
  if (table.hosts.has(host)) return host
  if (table.wildcards.size === 0) return undefined
  for (let dot = host.indexOf('.', 1); dot >= 0; dot = host.indexOf('.', dot + 1)) {
    const name = host.slice(dot + 1)
    if (table.wildcards.has(name)) return `*.${name}`
  }
  return undefined
}

function rootsFor(table: MatchTable, host: string): Roots | undefined {
  const exact = table.hosts.get(host)
  if (exact !== undefined || table.wildcards.size === 0) return exact
  const pattern = decidingPattern(table, host)
  return pattern === undefined ? undefined : table.wildcards.get(pattern.slice(2))
}

/** Clauses 3.4 and 3.6: the leaf of the template that decides, 0 for none, or `AMBIGUOUS_LEAF`. */
function decidingLeaf(table: MatchTable, host: string, path: string): number {
  const roots = rootsFor(table, host)
  if (roots === undefined) return 0
  const segments = splitPath(path, table.depth)
  const leaf = find(table, roots.exact, path, segments, 0)
  if (leaf === 0 || table.isLiteral[leaf] === 1) return leaf
  // Otherwise folding changes neither this path nor any literal that it could be compared with.
  const folds = segments.mayFold || roots.folded !== roots.exact
  const folded = folds ? foldPath(path) : path
  if (folds && isOutranked(table, roots, folded, leaf)) return AMBIGUOUS_LEAF
  const twin = slashTwin(folded, roots)
  return twin !== undefined && isOutranked(table, roots, twin, leaf) ? AMBIGUOUS_LEAF : leaf
}

/** The path that an origin which ignores a final slash takes for the same one, where any template could tell the two apart. */
function slashTwin(path: string, { hasFinalSlash }: Roots): string | undefined {
  if (path.endsWith('/')) return path.slice(0, -1)
  return hasFinalSlash ? `${path}/` : undefined
}

/** Whether the best template for what an origin could take the path for ranks above the deciding one. If not the best, then none. */
function isOutranked(table: MatchTable, roots: Roots, path: string, leaf: number): boolean {
  const rival = find(table, roots.folded, path, splitPath(path, table.depth), 0)
  return rival !== 0 && ranksAbove(table.kinds[rival] ?? '', table.kinds[leaf] ?? '')
}

/** Clause 3.3: the first place where the kinds differ tells; where one list is the beginning of the other, none does. */
function ranksAbove(a: string, b: string): boolean {
  for (let index = 0; index < a.length && index < b.length; index++) {
    const difference = a.charCodeAt(index) - b.charCodeAt(index)
    if (difference !== 0) return difference < 0
  }
  return false
}

/** Where the segments of a path are, and their hashes. One for all look-ups: none of them waits, so none can see another's. */
class Segments {
  count = 0
  /** Whether folding could change a segment that a literal may be compared with. */
  mayFold = false
  starts = new Int32Array(64)
  hashes = new Int32Array(64)
}

const scratch = new Segments()

/** Reads no further than one segment past the deepest template: what follows can only be part of a tail. */
function splitPath(path: string, depth: number): Segments {
  if (scratch.starts.length < depth + 3) {
    scratch.starts = new Int32Array(depth + 3)
    scratch.hashes = new Int32Array(depth + 3)
  }
  const { starts, hashes } = scratch
  let count = 0
  let folds = 0
  let hash = HASH_SEED
  starts[0] = 1
  for (let index = 1; index <= path.length && count <= depth; index++) {
    const code = index === path.length ? SLASH : path.charCodeAt(index)
    if (code === SLASH) {
      hashes[count++] = hash
      starts[count] = index + 1
      hash = HASH_SEED
    } else {
      hash = hashStep(hash, code)
      folds |= FOLDS[code & 0x7f] ?? 0
    }
  }
  scratch.count = count
  scratch.mayFold = folds !== 0
  return scratch
}

const SLASH = 0x2f

/**
 * Depth first, strongest kind first, so the first hit ranks highest (clauses 3.2 to 3.4). The result is a leaf, 0 for none.
 */
function find(table: MatchTable, node: number, path: string, segments: Segments, depth: number): number {
  if (depth === segments.count) return table.leafAt[node] ?? 0
  const child = literalChild(table, node, path, segments, depth)
  if (child !== 0) {
    const leaf = find(table, child, path, segments, depth + 1)
    if (leaf !== 0) return leaf
  }
  const isEmpty = (segments.starts[depth + 1] ?? 0) - (segments.starts[depth] ?? 0) === 1
  if (isEmpty) return 0
  const parameter = table.parameterAt[node] ?? 0
  if (parameter !== 0) {
    const leaf = find(table, parameter, path, segments, depth + 1)
    if (leaf !== 0) return leaf
  }
  return table.tailAt[node] ?? 0
}

function literalChild(table: MatchTable, parent: number, path: string, segments: Segments, depth: number): number {
  const { edges } = table
  const hash = segments.hashes[depth] ?? 0
  let slot = edgeSlot(parent, hash, edges)
  for (let holder = edges[slot]; holder !== 0; holder = edges[slot]) {
    if (
      holder === parent &&
      edges[slot + 1] === hash &&
      holdsSegment(table, edges[slot + 3] ?? 0, path, segments, depth)
    ) {
      return edges[slot + 2] ?? 0
    }
    slot = (slot + 4) & (edges.length - 1)
  }
  return 0
}

/** Equal hashes are not equal texts. */
function holdsSegment(
  { texts }: MatchTable,
  place: number,
  path: string,
  { starts }: Segments,
  depth: number,
): boolean {
  const start = starts[depth] ?? 0
  const length = (starts[depth + 1] ?? 0) - start - 1
  if (texts[place] !== length) return false
  for (let index = 0; index < length; index++)
    if (texts[place + 1 + index] !== path.charCodeAt(start + index)) return false
  return true
}
