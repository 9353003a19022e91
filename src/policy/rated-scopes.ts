/** Which scopes of a release are worth knowing when they are used, and which of them open the admin API. */
import type { Release } from './decode.ts'
import type { RatedScopes } from './incident.ts'

/** All that a token can hold to be let in by one of the release's rules: what these ask for, and what implies it. */
export function openingScopes({ rules, scopes }: Release): ReadonlySet<string> {
  const asked = rules.flatMap(({ requirement }) => (requirement.kind === 'scopes' ? requirement.anyOf.flat() : []))
  return new Set(asked.flatMap((name) => [name, ...(scopes.get(name)?.impliedBy ?? [])]))
}

/** Those of the scopes that are high or critical. `own`: those that open the admin API. */
export function rateScopes({ document }: Release, own: ReadonlySet<string>, scopes: readonly string[]): RatedScopes {
  return Object.fromEntries(
    scopes.flatMap((name) => {
      const sensitivity = Object.hasOwn(document.scopes, name) ? document.scopes[name]?.sensitivity : undefined
      return sensitivity === 'high' || sensitivity === 'critical'
        ? [[name, { sensitivity, isOwn: own.has(name) }] as const]
        : []
    }),
  )
}
