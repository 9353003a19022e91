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

/** By rule, where its parameters are; empty for those of literals alone, which are most. */
const openPlaces = new WeakMap<Rule, readonly number[]>()

function placesOf(rule: Rule): readonly number[] {
  const before = openPlaces.get(rule)
  if (before !== undefined) return before
  const places = segmentsOf(rule.path).flatMap((segment, place) => (isOpen(segment) && !isTail(segment) ? [place] : []))
  openPlaces.set(rule, places)
  return places
}

export function recordedPath(rule: Rule, path: string, release: Release): string {
  const places = placesOf(rule)
  if (places.length === 0) return rule.path
  const words = wordsOf(release).at.get(rule.host)
  if (words === undefined || places.every((place) => words[place] === undefined)) return rule.path
  const asked = segmentsOf(path)
  const template = [...segmentsOf(rule.path)]
  let isChanged = false
  for (const place of places) {
    const segment = asked[place]
    if (segment === undefined || words[place]?.has(segment) !== true) continue
    template[place] = segment
    isChanged = true
  }
  if (!isChanged) return rule.path
  const text = `/${template.join('/')}`
  return parseTemplate(text).ok ? text : rule.path
}
