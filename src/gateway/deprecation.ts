/** Answers whose access rested on deprecated scopes say so: RFC 9745 (`Deprecation`), RFC 8594 (`Sunset`), and where to read more. */
import type { ReleaseDocument } from '../policy/release.ts'
import type { NonEmpty } from '../policy/result.ts'
import type { ScopeToken } from '../policy/scope.ts'

/** Adds what the origin has not said itself: both are single values, and the origin knows its resource better. Of several scopes, the earliest days. */
export function announceDeprecation(
  headers: Headers,
  scopes: NonEmpty<ScopeToken>,
  { scopes: entries }: ReleaseDocument,
): void {
  const deprecations = scopes.flatMap((name) => entries[name]?.deprecated ?? [])
  const since = earliest(deprecations.map((deprecation) => deprecation.since))
  const sunset = earliest(deprecations.flatMap((deprecation) => deprecation.sunset ?? []))
  // Nor may the origin's own sunset come before ours was announced.
  const isGoneBefore = since !== undefined && Date.parse(headers.get('sunset') ?? '') < Date.parse(since)
  if (since !== undefined && !isGoneBefore && !headers.has('deprecation')) {
    headers.set('deprecation', `@${Date.parse(since) / 1000}`)
    // Beside the origin's own deprecation our sunset could come first, which RFC 9745 section 4 rules out.
    if (sunset !== undefined && !headers.has('sunset')) headers.set('sunset', new Date(sunset).toUTCString())
  }
  for (const link of new Set(deprecations.flatMap((deprecation) => deprecation.link ?? [])))
    headers.append('link', `<${link}>; rel="deprecation"; type="text/html"`)
}

/** Days as `YYYY-MM-DD` compare as text; a day is parsed as its first moment, UTC. */
const earliest = (days: readonly string[]): string | undefined => days.toSorted()[0]
