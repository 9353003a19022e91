/** Which of several routes of Kong answers: the one that says more, then the one that says it more plainly, then the longer path. */
import type { KongRoute } from './entities.ts'

/** Greater comes first; compared number by number. */
export type Priority = readonly number[]

/** @param path one of the route's, where it has any: each is a route of its own to the router */
export function priorityOf(
  { methods, hosts, headers, conditions, regexPriority }: KongRoute,
  path: string | undefined,
): Priority {
  const isRegex = path?.startsWith('~') === true
  const said = [path, methods, hosts].filter((each) => each !== undefined).length + (headers.length > 0 ? 1 : 0)
  return [
    said + (conditions.includes('snis') ? 1 : 0),
    hosts !== undefined && !hosts.some((host) => host.includes('*')) ? 1 : 0,
    headers.length,
    isRegex ? 1 : 0,
    isRegex ? regexPriority : 0,
    isRegex ? 0 : (path?.length ?? 0),
  ]
}

/** Negative where the first comes first. */
export function comparePriority(a: Priority, b: Priority): number {
  for (let index = 0; index < a.length; index++) {
    const difference = (b[index] ?? 0) - (a[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
