/** The paths that a construct of a source covers, and how near the map's templates come to them. */
import { fail, ok, type Result } from '../../../policy/result.ts'
import { EMPTY, holds, isLiteral, literalShape, type Shape, TAIL } from './shape.ts'

/**
 * How a construct covers the paths of a template that no more specific template has. `sure`: all of them. `near`: some, and the template is
 * the narrowest that has them. `far`: perhaps a few among many others. `no`: none.
 */
export type Coverage = 'sure' | 'near' | 'far' | 'no'

export interface PathPattern {
  /** As the source writes it. */
  readonly text: string
  /** Undefined where that cannot be told. */
  readonly matches: (path: string) => boolean | undefined
  /** Templates all of whose paths it has. */
  readonly sure: readonly Shape[]
  /** Templates of which it has only some paths. */
  readonly near: readonly Shape[]
  /** What all its paths begin with, where it has paths that none of the templates has; undefined where it has none. */
  readonly leak?: string
  /** Paths that it has, for the table. */
  readonly samples: readonly string[]
}

export function coverage(pattern: PathPattern, shape: Shape): Coverage {
  if (isLiteral(shape)) {
    const isMatch = pattern.matches(pathOf(shape))
    if (isMatch !== undefined) return isMatch ? 'sure' : 'no'
  }
  if (pattern.sure.some((each) => holds(each, shape))) return 'sure'
  if (pattern.near.some((each) => holds(each, shape))) return 'near'
  return pattern.leak !== undefined && canBeginWith(shape, pattern.leak) ? 'far' : 'no'
}

const pathOf = (shape: Shape): string => `/${shape.map((each) => (each.kind === 'literal' ? each.text : '')).join('/')}`

/** Whether some path of the template begins with this text. */
function canBeginWith(shape: Shape, prefix: string): boolean {
  const parts = prefix.slice(1).split('/')
  for (const [index, part] of parts.entries()) {
    const segment = shape[index]
    if (segment === undefined) return false
    if (segment.kind === 'tail') return true
    if (segment.kind === 'parameter') continue
    if (index === parts.length - 1 ? !segment.text.startsWith(part) : segment.text !== part) return false
  }
  return true
}

/** This one path. */
export function exactPath(path: string): Result<PathPattern, string> {
  const shape = literalShape(path)
  if (!shape.ok) return shape
  return ok({ text: path, matches: (other) => other === path, sure: [shape.value], near: [], samples: [path] })
}

/** All paths. */
export const ANY_PATH: PathPattern = {
  text: '/*',
  matches: () => true,
  sure: [[EMPTY], [TAIL]],
  near: [],
  samples: ['/'],
}

/** All paths that begin with this text, whatever follows: `/orders` has `/orders-old`, too. */
export function textPrefix(prefix: string, text = prefix): Result<PathPattern, string> {
  if (prefix === '' || prefix === '/') return ok({ ...ANY_PATH, text })
  const shape = literalShape(prefix)
  if (!shape.ok) return shape
  const matches = (path: string) => path.startsWith(prefix)
  const [stem, below] = prefix.endsWith('/') ? [shape.value.slice(0, -1), []] : [shape.value, [shape.value]]
  return ok({
    text,
    matches,
    sure: [...below, [...stem, EMPTY], [...stem, TAIL]],
    near: [],
    ...(!prefix.endsWith('/') && { leak: prefix }),
    samples: [prefix],
  })
}

/** A path and all that lies below it: `/orders`, `/orders/` and `/orders/42`, and not `/orders-old`. */
export function pathPrefix(prefix: string): Result<PathPattern, string> {
  const stem = prefix.replace(/\/$/, '')
  if (stem === '') return ok({ ...ANY_PATH, text: prefix })
  const shape = literalShape(stem)
  if (!shape.ok) return shape
  return ok({
    text: prefix,
    matches: (path) => path === stem || path.startsWith(`${stem}/`),
    sure: [shape.value, [...shape.value, EMPTY], [...shape.value, TAIL]],
    near: [],
    samples: [stem],
  })
}

/** All paths that end with this text. No template says that. */
export const textSuffix = (suffix: string, text: string): PathPattern => ({
  text,
  matches: (path) => path.endsWith(suffix),
  sure: [],
  near: [],
  leak: '/',
  samples: [suffix.startsWith('/') ? suffix : `/${suffix}`],
})

/** What cannot be told: no template is sure, and every one may have some of its paths. */
export const unknownPattern = (text: string, leak: string): PathPattern => ({
  text,
  matches: () => undefined,
  sure: [],
  near: [],
  leak,
  samples: [],
})

/** A template of the map's own kinds; `matches` is the source's own reading of it. */
export function templatePattern(
  text: string,
  shapes: readonly Shape[],
  matches: (path: string) => boolean | undefined,
): Result<PathPattern, string> {
  if (shapes.length === 0) return fail('the path can never match')
  return ok({ text, matches, sure: shapes, near: [], samples: [] })
}

/** Segments one by one: literals, and what stands for one segment. */
export function segmentShape(parts: readonly string[], isParameter: (part: string) => boolean): Result<Shape, string> {
  const shape: Shape[number][] = []
  for (const [index, part] of parts.entries()) {
    if (part === '' && index === parts.length - 1) shape.push(EMPTY)
    else if (isParameter(part)) shape.push({ kind: 'parameter', name: nameOf(part) })
    else {
      const segment = literalShape(`/${part}`)
      if (!segment.ok) return segment
      if (part === '') return fail('the path has an empty segment')
      shape.push(...segment.value)
    }
  }
  return ok(shape)
}

/** A name that the map can have, from what the source calls it. */
function nameOf(part: string): string {
  const name = part.replace(/[^A-Za-z0-9_-]/g, '')
  return /^[A-Za-z_]/.test(name) ? name : 'id'
}
