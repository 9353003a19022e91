/** A map as one host sees it: the templates of the pattern that decides there, with what each asks. */
import type { Release } from '../../policy/decode.ts'
import { decidingPattern } from '../../policy/matcher.ts'
import type { Rule } from '../../policy/rule.ts'
import { parseTemplate, type Template } from '../../policy/template.ts'
import type { Words } from './words.ts'

/** A template and its rules. Templates of equal shape are the same (clause 3.3). */
export interface Place {
  /** As the first of the rules writes it. */
  readonly path: string
  readonly shape: string
  readonly rules: readonly Rule[]
}

/** By shape. */
export type Places = ReadonlyMap<string, Place>

/** A host that stands for all that the same pair of patterns decides. */
export interface HostView {
  readonly host: string
  readonly before: Places
  readonly after: Places
}

const NOTHING: Places = new Map()

/** One for each pattern of either map: where two maps decide a host by different patterns, one of these is of one map alone. */
export function hostViews(before: Release, after: Release, words: Words): readonly HostView[] {
  const [old, next] = [placesByPattern(before), placesByPattern(after)]
  return [...new Set([...old.keys(), ...next.keys()])].sort().map((pattern) => {
    const host = pattern.replace(/^\*/, words(0))
    const placesOf = (release: Release, places: ReadonlyMap<string, Places>) =>
      places.get(decidingPattern(release.table, host) ?? '') ?? NOTHING
    return { host, before: placesOf(before, old), after: placesOf(after, next) }
  })
}

function placesByPattern({ rules }: Release): ReadonlyMap<string, Places> {
  const patterns = new Map<string, Map<string, Place & { readonly rules: Rule[] }>>()
  for (const rule of rules) {
    const shape = shapeOf(rule.path)
    const places = patterns.get(rule.host) ?? new Map()
    patterns.set(rule.host, places)
    const place = places.get(shape)
    if (place === undefined) places.set(shape, { path: rule.path, shape, rules: [rule] })
    else place.rules.push(rule)
  }
  return patterns
}

/** Its template's, without parsing it: most templates are in both maps and need no more. */
const shapeOf = (path: string): string => (path.includes('{') ? path.replace(/\{[^}]*?(\+?)\}/g, '{$1}') : path)

/** A release holds no rule whose path is no template. */
export function templateOf(path: string): Template {
  const template = parseTemplate(path)
  if (!template.ok) throw new TypeError(`${path}: ${template.error}`)
  return template.value
}
