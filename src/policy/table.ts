/**
 * The compiled rules of a release: trees of segments for all hosts in flat arrays, so that a look-up follows a few numbers instead
 * of objects all over the heap. Built in one pass over the rules, in time and space proportional to their text.
 */
import { foldSegment } from './fold.ts'
import { METHODS, type RuleMethod } from './method.ts'
import { fail, ok, type Result } from './result.ts'
import type { Rule } from './rule.ts'
import type { Segment, Template } from './template.ts'

/** A rule beside its parsed template. */
export interface Route {
  readonly rule: Rule
  readonly template: Template
}

/** The rules of one template. */
interface Leaf {
  readonly kinds: string
  readonly rules: Partial<Record<RuleMethod, Rule>>
}

/** The two trees of a host pattern: literals as they are, and folded. The same node where folding changes no literal. */
export interface Roots {
  readonly exact: number
  readonly folded: number
  /** Whether a template besides `/` ends in a slash. */
  readonly hasFinalSlash: boolean
}

/** Nodes, leaves and rules are numbers; 0 is "none" in each. */
export interface MatchTable {
  readonly hosts: ReadonlyMap<string, Roots>
  /** Keys without `*.`. */
  readonly wildcards: ReadonlyMap<string, Roots>
  /** By node: the leaf that ends there, the leaf of the tail that begins there, the node below a parameter. */
  readonly leafAt: Int32Array
  readonly tailAt: Int32Array
  readonly parameterAt: Int32Array
  /** Open addressing, four numbers an edge: parent node (0: free), hash of the literal, child node, place of its text. */
  readonly edges: Int32Array
  /** Literals one after another: length, then UTF-16 code units. */
  readonly texts: Uint16Array
  /** By leaf, one letter a segment: `l`iteral < `p`arameter < `t`ail, so that ranks compare as text does (clause 3.3). */
  readonly kinds: readonly string[]
  /** By leaf: 1 where there are literals alone, so that nothing can rank above it. */
  readonly isLiteral: Uint8Array
  /** By leaf times `METHODS.length` plus the method's place in `METHODS`: the rule that clause 4.1 chooses. */
  readonly ruleAt: Int32Array
  readonly rules: readonly (Rule | undefined)[]
  /** The most segments of any template. */
  readonly depth: number
}

/** One step of the hash of a segment (FNV-1a on code units). Both sides of a look-up use it. */
export const HASH_SEED = 0x811c9dc5 | 0
export const hashStep = (hash: number, code: number): number => Math.imul(hash ^ code, 0x01000193)

/** Where the search for an edge begins, as an index into `edges`. */
export const edgeSlot = (parent: number, hash: number, edges: Int32Array): number =>
  ((hash ^ Math.imul(parent, 0x9e3779b1)) & ((edges.length >> 2) - 1)) << 2

/** Fails with the ids of two rules that match the same requests at equal rank. */
export function buildTable(routes: readonly Route[]): Result<MatchTable, readonly [string, string]> {
  const builder = new TableBuilder(routes)
  const foldable = hostsWith(routes, ({ segments }) => segments.some(changesWhenFolded))
  const slashed = hostsWith(routes, ({ text }) => text !== '/' && text.endsWith('/'))
  for (const { rule, template } of routes) {
    const roots = builder.rootsOf(rule.host, foldable.has(rule.host), slashed.has(rule.host))
    const leaf = builder.insert(roots.exact, template.segments, asIs)
    const other = leaf.rules[rule.method]
    if (other !== undefined) return fail([other.id, rule.id])
    leaf.rules[rule.method] = rule
    if (roots.folded !== roots.exact) builder.insert(roots.folded, template.segments, foldSegment)
  }
  return ok(builder.finish())
}

const hostsWith = (routes: readonly Route[], test: (template: Template) => boolean): ReadonlySet<string> =>
  new Set(routes.filter(({ template }) => test(template)).map(({ rule }) => rule.host))

const asIs = (text: string): string => text

const changesWhenFolded = (segment: Segment): boolean =>
  segment.kind === 'literal' && foldSegment(segment.text) !== segment.text

/** Lives while one table is built; its sizes are bounds worked out from the routes. */
class TableBuilder {
  readonly #hosts = new Map<string, Roots>()
  readonly #wildcards = new Map<string, Roots>()
  readonly #places = new Map<string, number>()
  readonly #leaves: Leaf[] = [{ kinds: '', rules: {} }]
  readonly #leafAt: Int32Array
  readonly #tailAt: Int32Array
  readonly #parameterAt: Int32Array
  readonly #edges: Int32Array
  readonly #texts: Uint16Array
  readonly #depth: number
  #nodes = 1
  #edgeCount = 0
  #textEnd = 0

  constructor(routes: readonly Route[]) {
    let segments = 0
    let units = 0
    let depth = 0
    for (const { template } of routes) {
      segments += template.segments.length + 1
      depth = Math.max(depth, template.segments.length)
      for (const segment of template.segments) if (segment.kind === 'literal') units += segment.text.length + 1
    }
    // Twice: each template may stand in two trees, and folding can lengthen a literal up to threefold (one letter to three).
    const nodes = segments * 2 + 1
    this.#leafAt = new Int32Array(nodes)
    this.#tailAt = new Int32Array(nodes)
    this.#parameterAt = new Int32Array(nodes)
    this.#edges = new Int32Array(4 * 2 ** Math.ceil(Math.log2(nodes * 2)))
    this.#texts = new Uint16Array(units * 4)
    this.#depth = depth
  }

  rootsOf(host: string, needsFolding: boolean, hasFinalSlash: boolean): Roots {
    const [trees, name] = host.startsWith('*.') ? [this.#wildcards, host.slice(2)] : [this.#hosts, host]
    const known = trees.get(name)
    if (known !== undefined) return known
    const exact = this.#nodes++
    const roots = { exact, folded: needsFolding ? this.#nodes++ : exact, hasFinalSlash }
    trees.set(name, roots)
    return roots
  }

  /** The leaf of a template below a root, made where it is missing. */
  insert(root: number, segments: readonly Segment[], literalOf: (text: string) => string): Leaf {
    let node = root
    for (const segment of segments) {
      if (segment.kind === 'tail') return this.#leafIn(this.#tailAt, node, segments)
      node = segment.kind === 'literal' ? this.#literalChild(node, literalOf(segment.text)) : this.#parameterChild(node)
    }
    return this.#leafIn(this.#leafAt, node, segments)
  }

  finish(): MatchTable {
    return {
      hosts: this.#hosts,
      wildcards: this.#wildcards,
      leafAt: this.#leafAt.slice(0, this.#nodes),
      tailAt: this.#tailAt.slice(0, this.#nodes),
      parameterAt: this.#parameterAt.slice(0, this.#nodes),
      edges: compact(this.#edges, this.#edgeCount),
      texts: this.#texts.slice(0, this.#textEnd),
      ...this.#flattenLeaves(),
      depth: this.#depth,
    }
  }

  #flattenLeaves(): Pick<MatchTable, 'kinds' | 'isLiteral' | 'ruleAt' | 'rules'> {
    const ruleAt = new Int32Array(this.#leaves.length * METHODS.length)
    const rules: (Rule | undefined)[] = [undefined]
    for (const [index, leaf] of this.#leaves.entries()) {
      const places = new Map(Object.values(leaf.rules).map((rule) => [rule, rules.push(rule) - 1]))
      for (const [offset, method] of METHODS.entries()) {
        const rule = leaf.rules[method === 'HEAD' ? 'GET' : method] ?? leaf.rules.ANY
        ruleAt[index * METHODS.length + offset] = (rule && places.get(rule)) ?? 0
      }
    }
    const kinds = this.#leaves.map((leaf) => leaf.kinds)
    return { kinds, isLiteral: Uint8Array.from(kinds, (each) => Number(/^l+$/.test(each))), ruleAt, rules }
  }

  #leafIn(places: Int32Array, node: number, segments: readonly Segment[]): Leaf {
    const place = places[node] ?? 0
    const known = place === 0 ? undefined : this.#leaves[place]
    if (known !== undefined) return known
    const leaf: Leaf = { kinds: segments.map(({ kind }) => kind[0]).join(''), rules: {} }
    places[node] = this.#leaves.push(leaf) - 1
    return leaf
  }

  #parameterChild(node: number): number {
    const known = this.#parameterAt[node] ?? 0
    if (known !== 0) return known
    this.#parameterAt[node] = this.#nodes
    return this.#nodes++
  }

  #literalChild(parent: number, text: string): number {
    const edges = this.#edges
    let hash = HASH_SEED
    for (let index = 0; index < text.length; index++) hash = hashStep(hash, text.charCodeAt(index))
    let slot = edgeSlot(parent, hash, edges)
    while (edges[slot] !== 0) {
      if (edges[slot] === parent && edges[slot + 1] === hash && this.#holds(edges[slot + 3] ?? 0, text))
        return edges[slot + 2] ?? 0
      slot = (slot + 4) & (edges.length - 1)
    }
    edges.set([parent, hash, this.#nodes, this.#store(text)], slot)
    this.#edgeCount++
    return this.#nodes++
  }

  #holds(place: number, text: string): boolean {
    if (this.#texts[place] !== text.length) return false
    for (let index = 0; index < text.length; index++)
      if (this.#texts[place + 1 + index] !== text.charCodeAt(index)) return false
    return true
  }

  /** Equal literals share their text: what look-ups read is small and stays in the processor's cache. */
  #store(text: string): number {
    const known = this.#places.get(text)
    if (known !== undefined) return known
    const place = this.#textEnd
    this.#places.set(text, place)
    this.#texts[place] = text.length
    for (let index = 0; index < text.length; index++) this.#texts[place + 1 + index] = text.charCodeAt(index)
    this.#textEnd = place + 1 + text.length
    return place
  }
}

/** The same edges in the smallest table that stays at most half full: it is read at random, so it should fit the processor's cache. */
function compact(edges: Int32Array, count: number): Int32Array {
  const small = new Int32Array(4 * 2 ** Math.ceil(Math.log2(Math.max(count, 1) * 2)))
  for (let from = 0; from < edges.length; from += 4) {
    const parent = edges[from] ?? 0
    if (parent === 0) continue
    let slot = edgeSlot(parent, edges[from + 1] ?? 0, small)
    while (small[slot] !== 0) slot = (slot + 4) & (small.length - 1)
    small.set(edges.subarray(from, from + 4), slot)
  }
  return small
}
