/** What a description asks of the callers of an operation, as far as it is about tokens. */
import { quoted } from '../diagnostic.ts'
import type { ApiSecurity, SchemeUse, SecurityScheme } from '../openapi/api.ts'

export type DocumentRequirement =
  /** `undeclared`: nobody said anything; `empty`: `security: []`; `optional`: `{}` is among the alternatives. */
  | { readonly kind: 'everybody'; readonly why: 'undeclared' | 'empty' | 'optional' }
  /** Any of the alternatives, all of the scopes in one; without scopes, any token. */
  | {
      readonly kind: 'token'
      readonly anyOf: readonly (readonly string[])[]
      /** Ways in that need no token, such as an API key. */
      readonly otherWays: readonly string[]
    }
  /** No alternative is about a token. */
  | { readonly kind: 'other'; readonly ways: readonly string[] }
  | { readonly kind: 'unreadable' }

export type Schemes = ReadonlyMap<string, SecurityScheme>

/** Where an alternative asks for a token and for something that a gate does not look at, the token counts. */
export function requirementOf(security: ApiSecurity, schemes: Schemes): DocumentRequirement {
  if (security.kind === 'undeclared') return { kind: 'everybody', why: 'undeclared' }
  if (security.kind === 'unreadable') return { kind: 'unreadable' }
  if (security.anyOf.length === 0) return { kind: 'everybody', why: 'empty' }
  const readable = security.anyOf.flatMap((each) => (each.kind === 'all' ? [each.uses] : []))
  if (readable.some((uses) => uses.length === 0)) return { kind: 'everybody', why: 'optional' }
  if (readable.length < security.anyOf.length) return { kind: 'unreadable' }
  const anyOf = readable.flatMap((uses) => {
    const tokens = uses.filter((use) => isToken(use, schemes))
    return tokens.length === 0 ? [] : [[...new Set(tokens.flatMap(({ scopes }) => scopes))]]
  })
  const otherWays = readable
    .filter((uses) => !uses.some((use) => isToken(use, schemes)))
    .map((uses) => uses.map((use) => describe(use, schemes)).join(' and '))
  return anyOf.length === 0 ? { kind: 'other', ways: otherWays } : { kind: 'token', anyOf, otherWays }
}

/** Whether a scheme is about access tokens. What bearer schemes list (3.1) is taken for scopes. */
export function isToken({ scheme }: Pick<SchemeUse, 'scheme'>, schemes: Schemes): boolean {
  const kind = schemes.get(scheme)?.kind
  return kind === 'oauth2' || kind === 'openIdConnect' || kind === 'bearer'
}

function describe({ scheme }: SchemeUse, schemes: Schemes): string {
  const declared = schemes.get(scheme)
  if (declared === undefined) return `the scheme ${quoted(scheme)}, which is not declared`
  return `${KINDS[declared.kind]} ${quoted(scheme)}`
}

const KINDS: Readonly<Record<SecurityScheme['kind'], string>> = {
  oauth2: 'the OAuth scheme',
  openIdConnect: 'the OpenID Connect scheme',
  bearer: 'the bearer scheme',
  basic: 'HTTP basic authentication',
  http: 'HTTP authentication',
  apiKey: 'the API key',
  mutualTLS: 'a client certificate',
  unknown: 'the unknown scheme',
}
