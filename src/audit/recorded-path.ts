/** Which template a request is on record with (docs/usage.md): the one that decided, with the map's own words where the path has them. */
import type { Release } from '../policy/decode.ts'
import type { Rule } from '../policy/rule.ts'
import { parseTemplate } from '../policy/template.ts'

/** What a release calls things: all its literals, and by host and place those of its templates. */
export interface MapWords {
  readonly all: ReadonlySet<string>
  readonly at: ReadonlyMap<string, readonly ReadonlySet<string>[]>
}

const known = new WeakMap<Release, MapWords>()

/** Read once for each release: every literal of every template. */
export function wordsOf(release: Release): MapWords {
  const before = known.get(release)
  if (before !== undefined) return before
  const all = new Set<string>()
  const at = new Map<string, Set<string>[]>()
  for (const { host, path } of release.rules) {
    const places = at.get(host) ?? []
    at.set(host, places)
    for (const [place, segment] of segmentsOf(path).entries()) {
      if (segment === '' || isOpen(segment)) continue
      all.add(segment)
      places[place] ??= new Set()
      places[place].add(segment)
    }
  }
  const words = { all, at }
  known.set(release, words)
  return words
}

const segmentsOf = (path: string): readonly string[] => path.slice(1).split('/')

const isOpen = (segment: string): boolean => segment.startsWith('{')
const isTail = (segment: string): boolean => segment.endsWith('+}')

interface OpenPlace {
  readonly place: number
  readonly words: ReadonlySet<string>
}

/** By rule, where it has a parameter and other templates of its host a word; empty for most. */
const openPlaces = new WeakMap<Rule, readonly OpenPlace[]>()

function placesOf(rule: Rule, release: Release): readonly OpenPlace[] {
  const before = openPlaces.get(rule)
  if (before !== undefined) return before
  const wordsAt = wordsOf(release).at.get(rule.host)
  const places = segmentsOf(rule.path).flatMap((segment, place) => {
    const words = wordsAt?.[place]
    return words !== undefined && isOpen(segment) && !isTail(segment) ? [{ place, words }] : []
  })
  openPlaces.set(rule, places)
  return places
}

/** `release`: that the rule is of. */
export function recordedPath(rule: Rule, path: string, release: Release): string {
  const known = placesOf(rule, release).flatMap(({ place, words }) => {
    const segment = segmentAt(path, place)
    return segment !== undefined && words.has(segment) ? [{ place, segment }] : []
  })
  if (known.length === 0) return rule.path
  const template = [...segmentsOf(rule.path)]
  for (const { place, segment } of known) template[place] = segment
  const text = `/${template.join('/')}`
  return parseTemplate(text).ok ? text : rule.path
}

/** Of a path that begins with `/`; undefined behind its end. */
function segmentAt(path: string, place: number): string | undefined {
  let start = 1
  for (let passed = 0; passed < place; passed++) {
    start = path.indexOf('/', start) + 1
    if (start === 0) return undefined
  }
  const end = path.indexOf('/', start)
  return end < 0 ? path.slice(start) : path.slice(start, end)
}
