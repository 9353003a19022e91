/** Which rules somebody may have had in mind whose request no rule covers. */
import type { Rule } from '../../policy/rule.ts'
import { compareText } from '../diagnostic.ts'
import { closest } from '../suggest.ts'

const MOST_NAMED = 3

/** At most three that are about equally near, on the host that the request is for. Empty where nothing is near. */
export function nearRules(rules: readonly Rule[], method: string, host: string, path: string): readonly Rule[] {
  const segments = path.slice(1).split('/')
  const misspelt = createMisspelt()
  const near = rules.flatMap((rule) => {
    if (rule.host !== host && !(rule.host.startsWith('*.') && host.endsWith(rule.host.slice(1)))) return []
    const template = rule.path.slice(1).split('/')
    // Half of what stands between the slashes may be wrong.
    const limit = Math.min(template.length, segments.length) / 2
    const distance = distanceTo(template, segments, misspelt)
    return distance <= limit ? [{ rule, distance }] : []
  })
  const nearest = near.reduce((least, { distance }) => Math.min(least, distance), Number.POSITIVE_INFINITY)
  const isOther = (rule: Rule) => Number(rule.method !== method)
  return near
    .filter(({ distance }) => distance < nearest + 0.5)
    .map(({ rule }) => rule)
    .sort((a, b) => isOther(a) - isOther(b) || compareText(a.id, b.id))
    .slice(0, MOST_NAMED)
}

type Misspelt = (part: string, segment: string) => boolean

/** Remembers its answers: large maps have the same parts again and again. */
function createMisspelt(): Misspelt {
  const known = new Map<string, Map<string, boolean>>()
  return (part, segment) => {
    const ofSegment = known.get(segment) ?? new Map<string, boolean>()
    known.set(segment, ofSegment)
    const found = ofSegment.get(part) ?? closest(segment, [part]) !== undefined
    ofSegment.set(part, found)
    return found
  }
}

/** In segments that are one too many, missing, or another; one that is merely misspelt counts half. */
function distanceTo(template: readonly string[], path: readonly string[], misspelt: Misspelt): number {
  const given = template.at(-1)?.endsWith('+}') ? path.slice(0, template.length) : path
  let last = Array.from({ length: given.length + 1 }, (_, column) => column)
  for (const [row, part] of template.entries()) {
    const current = [row + 1]
    for (const [column, segment] of given.entries()) {
      const other = at(last, column) + segmentDistance(part, segment, misspelt)
      current.push(Math.min(other, at(last, column + 1) + 1, at(current, column) + 1))
    }
    last = current
  }
  return at(last, given.length)
}

const at = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY

function segmentDistance(part: string, segment: string, misspelt: Misspelt): number {
  if (part === segment || (part.startsWith('{') && segment !== '')) return 0
  return misspelt(part, segment) ? 0.5 : 1
}
