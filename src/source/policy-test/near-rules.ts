/** Which rules somebody may have had in mind whose request no rule covers. */
import type { Rule } from '../../policy/rule.ts'
import { compareText } from '../diagnostic.ts'
import { closest } from '../suggest.ts'

const MOST_NAMED = 3

/** At most three that are about equally near, on the host that the request is for. Empty where nothing is near. */
export function nearRules(rules: readonly Rule[], method: string, host: string, path: string): readonly Rule[] {
  const segments = path.slice(1).split('/')
  const near = rules
    .filter((rule) => rule.host === host || (rule.host.startsWith('*.') && host.endsWith(rule.host.slice(1))))
    .map((rule) => ({ rule, ...distanceTo(rule.path.slice(1).split('/'), segments) }))
    .filter(({ distance, limit }) => distance <= limit)
  const nearest = near.reduce((least, { distance }) => Math.min(least, distance), Number.POSITIVE_INFINITY)
  const isOther = (rule: Rule) => Number(rule.method !== method)
  return near
    .filter(({ distance }) => distance < nearest + 0.5)
    .map(({ rule }) => rule)
    .sort((a, b) => isOther(a) - isOther(b) || compareText(a.id, b.id))
    .slice(0, MOST_NAMED)
}

/** In segments that are one too many, missing, or another; one that is merely misspelt counts half. */
function distanceTo(template: readonly string[], path: readonly string[]): { distance: number; limit: number } {
  const given = template.at(-1)?.endsWith('+}') ? path.slice(0, template.length) : path
  let last = Array.from({ length: given.length + 1 }, (_, column) => column)
  for (const [row, part] of template.entries()) {
    const current = [row + 1]
    for (const [column, segment] of given.entries())
      current.push(
        Math.min(at(last, column) + segmentDistance(part, segment), at(last, column + 1) + 1, at(current, column) + 1),
      )
    last = current
  }
  // Half of what stands between the slashes may be wrong.
  return { distance: at(last, given.length), limit: Math.min(template.length, path.length) / 2 }
}

const at = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY

function segmentDistance(part: string, segment: string): number {
  if (part === segment || (part.startsWith('{') && segment !== '')) return 0
  return closest(segment, [part]) === undefined ? 1 : 0.5
}
