/** Path templates as sets of paths: whether one holds another, and what two have in common (docs/semantics.md section 3). */

import { fail, ok, type Result } from '../../../policy/result.ts'
import { parseTemplate, type Segment } from '../../../policy/template.ts'

/** The segments of a template. */
export type Shape = readonly Segment[]

/** The gate looks at so many segments; so does the map's own reader. */
const MAX_SEGMENTS = 64

/** A literal segment in the map's own spelling. The error says why it can never match. */
export function literal(text: string): Result<Segment, string> {
  const template = parseTemplate(`/${text}`)
  if (!template.ok) return template
  const [first, ...more] = template.value.segments
  return first?.kind === 'literal' && more.length === 0 ? ok(first) : fail('it is no literal segment')
}

/** A path without parameters, split. */
export function literalShape(path: string): Result<Shape, string> {
  if (!path.startsWith('/')) return fail('the path does not begin with `/`')
  const parts = path.slice(1).split('/')
  if (parts.length > MAX_SEGMENTS) return fail(`the path has more than ${MAX_SEGMENTS} segments`)
  const segments: Segment[] = []
  for (const [index, part] of parts.entries()) {
    if (part === '' && index < parts.length - 1) return fail('the path has an empty segment')
    const segment = literal(part)
    if (!segment.ok) return segment
    segments.push(segment.value)
  }
  return ok(segments)
}

/** Names mean nothing here; `nameShape` gives them. */
export const PARAMETER: Segment = { kind: 'parameter', name: 'id' }
export const TAIL: Segment = { kind: 'tail', name: 'rest' }
export const EMPTY: Segment = { kind: 'literal', text: '' }

/** Equal for shapes of the same paths. */
export const shapeKey = (shape: Shape): string =>
  `/${shape.map((each) => (each.kind === 'literal' ? each.text : each.kind === 'parameter' ? '{}' : '{+}')).join('/')}`

/** As a template of the map, with a name of its own for each parameter. */
export function templateOf(shape: Shape): string {
  const taken = new Set<string>()
  const nameOf = (wanted: string): string => {
    let name = wanted
    for (let number = 2; taken.has(name); number++) name = `${wanted}${number}`
    taken.add(name)
    return name
  }
  const parts = shape.map((each) => {
    if (each.kind === 'literal') return each.text
    return each.kind === 'parameter' ? `{${nameOf(each.name)}}` : `{${nameOf(each.name)}+}`
  })
  return `/${parts.join('/')}`
}

export const isLiteral = (shape: Shape): boolean => shape.every(({ kind }) => kind === 'literal')

/** Whether all paths of `small` are paths of `large`. */
export function holds(large: Shape, small: Shape): boolean {
  for (const [index, segment] of large.entries()) {
    const other = small[index]
    if (other === undefined) return false
    if (segment.kind === 'tail') return !isEmpty(other)
    if (other.kind === 'tail') return false
    if (segment.kind === 'literal' ? other.kind !== 'literal' || other.text !== segment.text : isEmpty(other))
      return false
  }
  return small.length === large.length
}

const isEmpty = (segment: Segment): boolean => segment.kind === 'literal' && segment.text === ''

/** The paths of both, which are again those of one template, or none. */
export function common(a: Shape, b: Shape): Shape | undefined {
  const shared: Segment[] = []
  for (let index = 0; ; index++) {
    const [one, other] = [a[index], b[index]]
    if (one === undefined || other === undefined) return one === other ? shared : undefined
    if (one.kind === 'tail' || other.kind === 'tail') {
      const rest = one.kind === 'tail' ? b.slice(index) : a.slice(index)
      return rest[0] === undefined || isEmpty(rest[0]) ? undefined : [...shared, ...rest]
    }
    const segment = commonSegment(one, other)
    if (segment === undefined) return undefined
    shared.push(segment)
  }
}

function commonSegment(a: Segment, b: Segment): Segment | undefined {
  if (a.kind === 'literal' && b.kind === 'literal') return a.text === b.text ? a : undefined
  if (a.kind === 'literal') return isEmpty(a) ? undefined : a
  return b.kind === 'literal' && isEmpty(b) ? undefined : b
}

/** From the one that ranks lowest to the one that ranks highest (clause 3.3): whatever holds another one comes before it. */
export const byRank = (a: Shape, b: Shape): number => {
  for (let index = 0; index < a.length && index < b.length; index++) {
    const difference = RANK[b[index]?.kind ?? 'tail'] - RANK[a[index]?.kind ?? 'tail']
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

const RANK = { literal: 0, parameter: 1, tail: 2 } as const
