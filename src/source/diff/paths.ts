/** Paths that stand for all that a template matches, alone and together with another one. */
import type { Segment, Template } from '../../policy/template.ts'
import { withoutSlash } from './overlap.ts'
import type { Words } from './words.ts'

/**
 * Every parameter is a word that no literal equals; a tail is every number of such words up to one more than the deepest template has, with and without
 * a final slash.
 */
export function pathsOf({ segments }: Template, words: Words, depth: number): readonly string[] {
  const fixed = segments.flatMap((segment, place) => (segment.kind === 'tail' ? [] : [textOf(segment, words(place))]))
  return fixed.length === segments.length ? [`/${fixed.join('/')}`] : withTails(fixed, words, depth)
}

const textOf = (segment: Segment, word: string): string => (segment.kind === 'literal' ? segment.text : word)

function withTails(fixed: readonly string[], words: Words, depth: number): readonly string[] {
  const longest = Math.max(fixed.length, depth) + 1
  return Array.from({ length: longest - fixed.length }, (_, index) => fixed.length + index + 1).flatMap((length) => {
    const tail = Array.from({ length: length - fixed.length }, (_, index) => words(fixed.length + index))
    const path = `/${[...fixed, ...tail].join('/')}`
    return [path, `${path}/`]
  })
}

/**
 * Where two templates meet: a path that both match, and one that the second matches and an origin could take for the first's (clauses 3.5 and 3.6), each with and
 * without a final slash. Which rule decides there is for the matcher to say.
 */
export function pathsWhereMeet(one: Template, other: Template, words: Words, depth: number): readonly string[] {
  const [a, b] = [withoutSlash(one.segments), withoutSlash(other.segments)]
  const isOpen = endsInTail(a) && endsInTail(b)
  const length = Math.max(a.length, b.length) - (isOpen ? 1 : 0)
  const places = Array.from({ length }, (_, place) => [literalAt(a, place), literalAt(b, place), words(place)] as const)
  const exact = places.map(([mine, theirs, word]) => mine ?? theirs ?? word)
  const similar = places.map(([mine, theirs, word]) => theirs ?? (mine === undefined ? word : `${mine}.${word}`))
  return [exact, similar].flatMap((fixed) => {
    if (isOpen) return withTails(fixed, words, depth)
    const path = `/${fixed.join('/')}`
    return path === '/' ? [path] : [path, `${path}/`]
  })
}

const endsInTail = (segments: readonly Segment[]): boolean => segments.at(-1)?.kind === 'tail'

function literalAt(segments: readonly Segment[], place: number): string | undefined {
  const segment = segments[place]
  return segment?.kind === 'literal' ? segment.text : undefined
}
