/** The effective `security` of an operation -> what the map asks for. Schemes in one object are all needed, objects are alternatives. */
import { isScopeToken } from '../../../policy/scope.ts'
import { canonicalAlternatives } from '../../compile.ts'
import { quoted, quotedList } from '../../diagnostic.ts'
import type { ApiSecurity, SchemeUse, SecurityAlternative, SecurityScheme } from '../../openapi/api.ts'
import type { OpenApiOptions } from '../importer.ts'
import type { Asked } from '../operation.ts'

/** The same whoever asked for nothing, so that an export and another import end where they began. */
const PUBLIC_REASON = 'The description asks for no credentials.'
const AUTHENTICATED_REASON = 'The description asks for a token and for no scope.'

export type Schemes = ReadonlyMap<string, SecurityScheme>

export function askedBy(security: ApiSecurity, schemes: Schemes, options: OpenApiOptions): Asked {
  if (security.kind === 'unreadable')
    return { verdict: 'unrepresentable', message: 'its `security` is no list, so nobody can tell what it asks for' }
  if (security.kind === 'undeclared')
    return options.undeclared === 'deny'
      ? { verdict: 'stricter', message: 'no security is declared for it, and it is refused, as you said' }
      : { requirement: PUBLIC, verdict: 'exact' }
  if (security.anyOf.length === 0) return { requirement: PUBLIC, verdict: 'exact' }
  const parts = security.anyOf.map((each) => partOf(each, schemes, options))
  if (parts.some(({ kind }) => kind === 'nothing') && options.optional !== 'required')
    return options.optional === 'public' ? { requirement: PUBLIC, verdict: 'exact' } : OPTIONAL
  return askedByParts(parts)
}

const PUBLIC = { kind: 'public', reason: PUBLIC_REASON } as const

const OPTIONAL: Asked = {
  verdict: 'unrepresentable',
  message: 'a token is optional (`{}` is among its alternatives), and whether that means public is for you to say',
  help: '`--optional public` lets everybody in, `--optional required` wants a token',
}

/** One alternative, as far as a gate that sees a token alone can check it. */
type Part =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'token'; readonly scopes: readonly string[]; readonly ignored?: string }
  /** `scopes`: what it asks of a token, if of one at all. */
  | { readonly kind: 'beyond'; readonly why: string; readonly scopes?: readonly string[] }

function partOf(alternative: SecurityAlternative, schemes: Schemes, options: OpenApiOptions): Part {
  if (alternative.kind === 'unreadable') return { kind: 'beyond', why: 'is no map from schemes to lists of scopes' }
  if (alternative.uses.length === 0) return { kind: 'nothing' }
  const tokens = alternative.uses.filter((use) => isToken(use, schemes, options))
  const scopes = [...new Set(tokens.flatMap((use) => use.scopes))]
  const wrong = scopes.filter((scope) => !isScopeToken(scope))
  if (wrong.length > 0) return { kind: 'beyond', why: `asks for ${quotedList(wrong)}, which no token can hold` }
  if (tokens.length === alternative.uses.length) return { kind: 'token', scopes }
  const others = alternative.uses.filter((use) => !tokens.includes(use)).map((use) => describeUse(use, schemes))
  const why = `needs ${others.join(' and ')}`
  if (tokens.length === 0) return { kind: 'beyond', why }
  return options.otherSchemes === 'ignore' ? { kind: 'token', scopes, ignored: why } : { kind: 'beyond', why, scopes }
}

/** Whether the gate can check all that is asked of this scheme by looking at a token. */
export function isToken({ scheme, scopes }: SchemeUse, schemes: Schemes, { bearer, roles }: OpenApiOptions): boolean {
  if (bearer.includes(scheme)) return true
  const kind = schemes.get(scheme)?.kind
  return (
    kind === 'oauth2' || kind === 'openIdConnect' || (kind === 'bearer' && (scopes.length === 0 || roles === 'scopes'))
  )
}

function describeUse({ scheme, scopes }: SchemeUse, schemes: Schemes): string {
  const declared = schemes.get(scheme)
  const name = quoted(scheme)
  switch (declared?.kind) {
    case undefined:
      return `the scheme ${name}, which is not declared`
    case 'apiKey':
      return `the API key ${name} (${declared.detail})`
    case 'basic':
      return `HTTP basic authentication (${name})`
    case 'http':
      return `HTTP authentication of the scheme ${quoted(declared.detail ?? '')} (${name})`
    case 'mutualTLS':
      return `a client certificate (${name})`
    case 'bearer':
      return `the roles ${quotedList(scopes)} of ${name}, which are in no token that one could name`
    default:
      return `the scheme ${name} of the type ${quoted(declared?.detail ?? declared?.kind ?? '')}`
  }
}

function askedByParts(parts: readonly Part[]): Asked {
  const kept = parts.flatMap((part) => (part.kind === 'token' ? [part] : []))
  // What asks for more than an alternative that is kept lets nobody in besides.
  const beyond = parts.flatMap((part) =>
    part.kind === 'beyond' && !kept.some(({ scopes }) => part.scopes && includesAll(part.scopes, scopes))
      ? [part.why]
      : [],
  )
  const without = beyond.length === 0 ? '' : `an alternative ${[...new Set(beyond)].join('; another ')}`
  if (kept.length === 0)
    return {
      verdict: 'unrepresentable',
      message: `${parts.length === 1 ? 'it ' : 'each alternative is beyond the gate: '}${parts.length === 1 ? beyond.join('') : without}`,
      help: '`--bearer <scheme>` where the scheme carries the access token after all',
    }
  const ignored = kept.flatMap((part) => part.ignored ?? [])
  const requirement = kept.some(({ scopes }) => scopes.length === 0)
    ? ({ kind: 'authenticated', reason: AUTHENTICATED_REASON } as const)
    : ({ kind: 'scopes', anyOf: canonicalAlternatives(kept.map(({ scopes }) => scopes)) } as const)
  if (ignored.length > 0)
    return {
      requirement,
      verdict: 'looser',
      message: `an alternative ${[...new Set(ignored)].join('; another ')}, and is written without`,
    }
  if (parts.some(({ kind }) => kind === 'nothing'))
    return { requirement, verdict: 'stricter', message: 'a token is optional, and required, as you said' }
  if (without !== '') return { requirement, verdict: 'stricter', message: `${without}; it is left out` }
  return { requirement, verdict: 'exact' }
}

const includesAll = (scopes: readonly string[], others: readonly string[]): boolean =>
  others.every((scope) => scopes.includes(scope))
