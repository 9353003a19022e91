/** How scopes are rated for the desk that makes incidents: by the release that is live, and by the one that was built in where nobody can say. */
import type { RateScopes } from '../audit/incident-desk.ts'
import { openingScopes, rateScopes } from '../policy/rated-scopes.ts'
import type { ReleaseLoader } from '../release/loader.ts'
import { type Bundled, bundledAdminRules } from './release.ts'

/** `clock` in milliseconds. Beside no request: what the loader does in the background is waited for. */
export function createRating(releases: ReleaseLoader, bundled: Bundled, clock: () => number): RateScopes {
  const own = bundledAdminRules(bundled)
  return async (scopes) => {
    const beside: Promise<unknown>[] = []
    const waitUntil = (work: Promise<unknown>) => void beside.push(work)
    const [live, admin] = await Promise.all([releases.current(clock(), waitUntil), own.current(clock(), waitUntil)])
    await Promise.allSettled(beside)
    const rated = live ?? admin
    return rated === undefined
      ? {}
      : rateScopes(rated.release, admin === undefined ? new Set() : openingScopes(admin.release), scopes)
  }
}
