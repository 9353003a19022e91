/** A regular expression over whole paths -> the templates that come nearest to it. */

import type { PathPattern } from './path-pattern.ts'
import { accepts, matchesWhole, parseRegex, type Regex, sampleOf, textsOf } from './regex.ts'
import { EMPTY, literal, PARAMETER, type Shape, TAIL } from './shape.ts'

/** More templates than these nobody wants of one expression. */
const MOST_SHAPES = 32

/**
 * @param source the expression without anchors; it must match the whole path
 * @param text as it is to be called
 */
export function regexPath(source: string, text: string): PathPattern {
  const regex = parseRegex(source)
  if (regex === undefined)
    return { text, matches: () => undefined, sure: [], near: [], leak: literalStart(source), samples: [] }
  const pattern = { text, matches: (path: string) => matchesWhole(regex, path), samples: [sampleOf(regex)] }
  const texts = textsOf(regex)
  if (texts !== undefined) return { ...pattern, ...fromTexts(texts) }
  return { ...pattern, ...fromBranches(regex, source) }
}

/** Everything up to the first character that could mean something. */
function literalStart(source: string): string {
  if (source.includes('|')) return '/'
  const [start = ''] = /^[A-Za-z0-9/_~-]*/.exec(source) ?? []
  // A quantifier may take the last character back.
  const sure = start.length < source.length ? start.slice(0, -1) : start
  return sure.startsWith('/') ? sure : '/'
}

type Approximation = Pick<PathPattern, 'sure' | 'near' | 'leak'>

function fromTexts(texts: readonly string[]): Approximation {
  const shapes = texts.flatMap((text) => shapesOfWhole(text))
  return { sure: shapes, near: [] }
}

function shapesOfWhole(path: string): readonly Shape[] {
  const segments = path.startsWith('/') ? path.slice(1).split('/').map(literal) : []
  const shape = segments.flatMap((segment) => (segment.ok ? [segment.value] : []))
  return shape.length > 0 && shape.length === segments.length ? [shape] : []
}

/** Each way through the choices and options of the expression by itself, as long as they are few. */
function fromBranches(regex: Regex, source: string): Approximation {
  const branches = branchesOf(regex)
  if (branches === undefined) return { sure: [], near: [], leak: literalStart(source) }
  const all = branches.map((parts) => fromParts(parts))
  const leaks = all.flatMap(({ leak }) => (leak === undefined ? [] : [leak]))
  return {
    sure: all.flatMap(({ sure }) => sure),
    near: all.flatMap(({ near }) => near),
    ...(leaks.length > 0 && { leak: leaks.reduce(commonStart) }),
  }
}

function commonStart(a: string, b: string): string {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return a.slice(0, Math.max(length, 1))
}

/** Flat lists of characters and repetitions; choices that hold a slash, and options, are taken apart. */
function branchesOf(regex: Regex): readonly (readonly Regex[])[] | undefined {
  if (regex.kind === 'sequence') {
    let branches: readonly (readonly Regex[])[] = [[]]
    for (const part of regex.parts) {
      const next = branchesOf(part)
      if (next === undefined || branches.length * next.length > MOST_SHAPES) return undefined
      branches = branches.flatMap((before) => next.map((after) => [...before, ...after]))
    }
    return branches
  }
  if (regex.kind === 'choice') {
    const options = regex.options.map(branchesOf)
    const all = options.every((option) => option !== undefined) ? options.flat() : undefined
    return all === undefined || all.length > MOST_SHAPES ? undefined : all
  }
  if (regex.kind === 'repeat' && regex.least === 0 && regex.most === 1) {
    const inner = branchesOf(regex.of)
    return inner === undefined ? undefined : [[], ...inner]
  }
  return [[regex]]
}

const SLASH = 0x2f

/** What a part can be of, judged without looking into it further than needed. */
function isSlash(part: Regex): boolean {
  return part.kind === 'character' && !part.accepts.isNegated && textsOf(part)?.[0] === '/'
}

/** One flat list -> its template. */
function fromParts(parts: readonly Regex[]): Approximation {
  const [first, ...rest] = parts
  if (first === undefined || !isSlash(first)) return { sure: [], near: [], leak: '/' }
  const shape: Shape[number][] = []
  let before = '/'
  let isExact = true
  const segments = splitAtSlashes(rest)
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1
    const kind = segmentKind(segment)
    if (kind.kind === 'literal') {
      const made = literal(kind.text)
      // No canonical path has an empty segment inside, or such a literal.
      if (!made.ok || (kind.text === '' && !isLast)) return { sure: [], near: [] }
      shape.push(made.value)
      before += isLast ? kind.text : `${kind.text}/`
      continue
    }
    if (kind.kind === 'everything')
      return endInEverything(shape, kind, isLast, isExact, before, segments.slice(index + 1))
    if (kind.kind === 'unknown') return { sure: [], near: [], leak: before + kind.start }
    if (kind.kind === 'some') isExact = false
    shape.push(PARAMETER)
    if (isLast && kind.mayBeEmpty) {
      const empty: Shape = [...shape.slice(0, -1), EMPTY]
      return isExact ? { sure: [shape, empty], near: [] } : { sure: [], near: [shape, empty] }
    }
    before = before.endsWith('/') ? before : `${before}/`
  }
  return isExact ? { sure: [shape], near: [] } : { sure: [], near: [shape] }
}

function splitAtSlashes(parts: readonly Regex[]): readonly (readonly Regex[])[] {
  const segments: Regex[][] = [[]]
  for (const part of parts)
    if (isSlash(part)) segments.push([])
    else segments.at(-1)?.push(part)
  return segments
}

type SegmentKind =
  | { readonly kind: 'literal'; readonly text: string }
  /** Any segment. */
  | { readonly kind: 'any'; readonly mayBeEmpty: boolean }
  /** Certain segments. */
  | { readonly kind: 'some'; readonly mayBeEmpty: boolean }
  /** `.*` or `.+`, after a text. */
  | { readonly kind: 'everything'; readonly start: string; readonly least: number }
  | { readonly kind: 'unknown'; readonly start: string }

function segmentKind(parts: readonly Regex[]): SegmentKind {
  const text = textsOf({ kind: 'sequence', parts })
  if (text?.length === 1 && text[0] !== undefined) return { kind: 'literal', text: text[0] }
  const start = startOf(parts)
  const last = parts.at(-1)
  if (last !== undefined && start.length === parts.length - 1 && isAnyText(last))
    return { kind: 'everything', start, least: last.least }
  if (parts.some((part) => mayHoldSlash(part))) return { kind: 'unknown', start }
  const [only] = parts
  const mayBeEmpty = parts.every((part) => part.kind === 'repeat' && part.least === 0)
  const isWhole = parts.length === 1 && only?.kind === 'repeat' && only.least <= 1 && isAnySegment(only)
  return { kind: isWhole ? 'any' : 'some', mayBeEmpty }
}

function startOf(parts: readonly Regex[]): string {
  let start = ''
  for (const part of parts) {
    const texts = part.kind === 'character' ? textsOf(part) : undefined
    if (texts?.length !== 1) break
    start += texts[0]
  }
  return start
}

type Repeat = Extract<Regex, { kind: 'repeat' }>

/** `.*` and `.+`. */
const isAnyText = (part: Regex): part is Repeat =>
  part.kind === 'repeat' && part.least <= 1 && part.most === Number.POSITIVE_INFINITY && acceptsAll(part.of, true)

/** `[^/]*` and `[^/]+`. */
const isAnySegment = ({ of, most }: Repeat): boolean => most === Number.POSITIVE_INFINITY && acceptsAll(of, false)

/** Every character that a canonical path can hold, with the slash or without it. */
const acceptsAll = (regex: Regex, withSlash: boolean): boolean => {
  if (regex.kind !== 'character') return false
  for (let code = 0x21; code < 0x7f; code++) {
    if (code !== SLASH && !PATH_CHARACTER.test(String.fromCharCode(code))) continue
    if (accepts(regex.accepts, code) !== (code !== SLASH || withSlash)) return false
  }
  return true
}

/** RFC 3986 `pchar`, less `;`, which the gate refuses. */
const PATH_CHARACTER = /[A-Za-z0-9\-._~!$&'()*+,=:@%]/

function mayHoldSlash(regex: Regex): boolean {
  if (regex.kind === 'character') return accepts(regex.accepts, SLASH)
  if (regex.kind === 'repeat') return mayHoldSlash(regex.of)
  return (regex.kind === 'sequence' ? regex.parts : regex.options).some(mayHoldSlash)
}

/** `.*` takes slashes along: at the end it is a tail, and everything else about it leaks. */
function endInEverything(
  shape: Shape,
  { start, least }: { readonly start: string; readonly least: number },
  isLast: boolean,
  isExact: boolean,
  before: string,
  after: readonly (readonly Regex[])[],
): Approximation {
  const wrap = (shapes: readonly Shape[]): Pick<PathPattern, 'sure' | 'near'> =>
    isExact ? { sure: shapes, near: [] } : { sure: [], near: shapes }
  if (!isLast) return { ...wrap(start === '' ? withRest(shape, after) : []), leak: before + start }
  if (start === '') return wrap([...(least === 0 ? [[...shape, EMPTY]] : []), [...shape, TAIL]])
  const stem = literal(start)
  if (!stem.ok) return { sure: [], near: [], leak: before + start }
  const whole = [...shape, stem.value]
  return {
    ...wrap([...(least === 0 ? [whole] : []), [...whole, EMPTY], [...whole, TAIL]]),
    leak: before + start,
  }
}

/** `/a/.*` followed by more: surely where the part in the middle is one segment. */
function withRest(shape: Shape, after: readonly (readonly Regex[])[]): readonly Shape[] {
  const rest = fromParts([
    SLASH_PART,
    ...after.flatMap((segment, index) => (index === 0 ? segment : [SLASH_PART, ...segment])),
  ])
  return rest.near.length > 0 ? [] : rest.sure.map((each) => [...shape, PARAMETER, ...each])
}

const SLASH_PART: Regex = { kind: 'character', accepts: { ranges: [[SLASH, SLASH]], isNegated: false } }
