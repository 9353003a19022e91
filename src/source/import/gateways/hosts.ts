/** Hosts as a source names them, which the map's patterns may or may not say. */
import { isHostPattern } from '../../address.ts'
import { quoted } from '../../diagnostic.ts'
import type { Note } from './plan.ts'

/** Hosts of a construct that are treated alike: a part is made of each. */
export interface NamedHosts {
  /** Patterns of the map; empty: every host, or, where `isOdd`, any host. */
  readonly hosts: readonly string[]
  /** No pattern says them: the part may be about a request to any host, and its construct must not be lost there. */
  readonly isOdd: boolean
  readonly conditions: readonly string[]
  readonly notes: readonly Note[]
}

/** @param named in lower case; none: every host */
export function namedHosts(named: readonly string[]): readonly NamedHosts[] {
  const hosts = named.filter(isHostPattern)
  const odd = named.filter((host) => !isHostPattern(host))
  const plain: NamedHosts = { hosts, isOdd: false, conditions: [], notes: [] }
  if (odd.length === 0) return [plain]
  const conditions = odd.map((host) => `the host ${quoted(host)}`)
  const message = `no host pattern of a map says ${quoted(odd[0] ?? '')}`
  return [
    ...(hosts.length > 0 ? [plain] : []),
    { hosts: [], isOdd: true, conditions, notes: [{ verdict: 'unrepresentable', message }] },
  ]
}

/** Where a construct covers a host for certain, it says nothing more by its odd ones. */
export const withoutOddTwins = <P extends { readonly at: object; readonly isOdd: boolean }>(
  covering: readonly P[],
): readonly P[] =>
  covering.filter(({ at, isOdd }) => !isOdd || covering.every((other) => other.isOdd || other.at !== at))
