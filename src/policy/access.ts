/**
 * Cloudflare Access as a way to the admin API: whom the edge has let in, by which assertion, and what each may do here (docs/console.md). A trust anchor, like the
 * environment that it belongs to.
 */
import type { NonEmpty } from './result.ts'
import type { ScopeToken } from './scope.ts'

/** Who is meant: one person, everybody of a domain, or everybody whom the identity provider has in a group. */
export type AccessHolder =
  | { readonly kind: 'email'; readonly email: string }
  | { readonly kind: 'domain'; readonly domain: string }
  | { readonly kind: 'group'; readonly group: string }

export interface AccessGrant {
  readonly holder: AccessHolder
  readonly scopes: NonEmpty<ScopeToken>
}

export interface AccessPolicy {
  /** `https://<team>.cloudflareaccess.com`: the `iss` of its assertions, below which its keys are. */
  readonly team: string
  /** The AUD tag of the application. */
  readonly audience: string
  readonly grants: NonEmpty<AccessGrant>
}

/** What an assertion says of a person; the address as `canonicalEmail` writes it. */
export interface AccessPerson {
  readonly email: string
  readonly groups: readonly string[]
}

/** All that somebody is granted, whichever grants it comes from. */
export const scopesGranted = ({ grants }: AccessPolicy, person: AccessPerson): ReadonlySet<ScopeToken> =>
  new Set(grants.filter(({ holder }) => isMeant(holder, person)).flatMap(({ scopes }) => scopes))

function isMeant(holder: AccessHolder, { email, groups }: AccessPerson): boolean {
  if (holder.kind === 'group') return groups.includes(holder.group)
  return holder.kind === 'email' ? holder.email === email : email.slice(email.lastIndexOf('@') + 1) === holder.domain
}
