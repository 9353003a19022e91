/** Which of several routes of APISIX answers. Its two routers agree on paths, and differ on whether the host or the path is looked at first. */
import type { ApisixRoute } from './routes.ts'

/** A route with one of its addresses. */
export interface Entry {
  readonly route: ApisixRoute
  readonly uri: string
  readonly index: number
}

export type Router = 'radixtree_host_uri' | 'radixtree_uri'

/** Negative where the first one is tried first, for a request to this host. */
export function compareEntries(a: Entry, b: Entry, host: string, router: Router): number {
  return (
    (router === 'radixtree_host_uri' ? hostRank(b.route.hosts, host) - hostRank(a.route.hosts, host) : 0) ||
    pathRank(b.uri) - pathRank(a.uri) ||
    b.route.priority - a.route.priority ||
    a.index - b.index
  )
}

/** The name itself before the longest pattern before no host at all. */
function hostRank(hosts: readonly string[], host: string): number {
  if (hosts.length === 0) return 0
  if (hosts.includes(host)) return Number.MAX_SAFE_INTEGER
  return Math.max(...hosts.filter((each) => matchesHost(each, host)).map((each) => each.length), 0)
}

/** `*.example.com`, or `*example.com`, is any text before the rest. */
export const matchesHost = (pattern: string, host: string): boolean =>
  pattern.startsWith('*') ? host.endsWith(pattern.slice(1)) : pattern === host

/** A whole path before the longest beginning of one. */
const pathRank = (uri: string): number => (uri.endsWith('*') ? uri.length : Number.MAX_SAFE_INTEGER)
