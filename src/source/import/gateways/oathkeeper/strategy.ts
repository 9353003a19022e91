/** Scope strategies: the granted scopes that satisfy a required one. Each set is finite, because none looks beyond the required name's own segments. */
import { MOST_ALTERNATIVES } from '../access.ts'

export type Strategy = 'exact' | 'hierarchic' | 'wildcard' | 'none'

/** As Oathkeeper reads it: in any case, and `none` where it knows no such strategy. */
export function strategyOf(text: string | undefined): Strategy {
  const known = (text ?? '').toLowerCase()
  return known === 'exact' || known === 'hierarchic' || known === 'wildcard' ? known : 'none'
}

/** Undefined where they are more than anybody would read. */
export function satisfying(required: string, strategy: Exclude<Strategy, 'none'>): readonly string[] | undefined {
  if (strategy === 'exact') return [required]
  const segments = required.split('.')
  return strategy === 'hierarchic' ? beginnings(segments) : wildcards(segments)
}

/** `a`, `a.b` and `a.b.c` satisfy `a.b.c`. */
const beginnings = (segments: readonly string[]): readonly string[] =>
  segments.map((_, index) => segments.slice(0, index + 1).join('.'))

/** `*` in place of any segment that is not empty; shorter only if it ends in `*`. */
function wildcards(segments: readonly string[]): readonly string[] | undefined {
  if (segments.length > 12) return undefined
  let heads: readonly string[] = ['']
  const found: string[] = []
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1
    const step = segment === '' ? [segment] : [segment, '*']
    const longer = heads.flatMap((head) => step.map((each) => (index === 0 ? each : `${head}.${each}`)))
    found.push(...longer.filter((each) => isLast || /(^|\.)\*$/.test(each)))
    if (longer.length > MOST_ALTERNATIVES) return undefined
    heads = longer
  }
  return [...new Set(found)].length > MOST_ALTERNATIVES ? undefined : [...new Set(found)]
}
