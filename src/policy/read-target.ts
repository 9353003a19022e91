/** Method and raw URL -> canonical target on a host of the map. What cannot be read in one way only is a denial. */
import type { Release } from './decode.ts'
import type { Denial } from './denial.ts'
import { decidingPattern } from './matcher.ts'
import { isMethod } from './method.ts'
import { fail, ok, type Result } from './result.ts'
import { type Allowance, canonicalPath, STRICT, splitUrl, type Target } from './target.ts'

/** A host that an environment answers on -> the host that the map speaks of. */
export type HostAliases = ReadonlyMap<string, string>

/** Denials: `method_refused`, `target_ambiguous`. */
export function readTarget(
  method: string,
  rawUrl: string,
  pathBytes: number,
  aliases: HostAliases,
  release: Release,
): Result<Target, Denial> {
  if (!isMethod(method)) return fail({ code: 'method_refused' })
  const url = splitUrl(rawUrl)
  if (!url.ok) return fail({ code: 'target_ambiguous', detail: url.error })
  if (url.value.path.length > pathBytes) return fail({ code: 'target_ambiguous', detail: 'too_long' })
  const host = aliases.get(url.value.host) ?? url.value.host
  const path = canonicalPath(url.value.path, allowanceFor(release, host))
  if (!path.ok) return fail({ code: 'target_ambiguous', detail: path.error })
  return ok({ host, method, path: path.value, query: url.value.query })
}

/** What the pattern that decides for this host relaxes (clause 2.3). */
function allowanceFor(release: Release, host: string): Allowance {
  if (release.allowances.size === 0) return STRICT
  const pattern = decidingPattern(release.table, host)
  return (pattern === undefined ? undefined : release.allowances.get(pattern)) ?? STRICT
}
