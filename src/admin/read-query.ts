/** The query of a reading request -> checked. Closed, like bodies: a filter that is not understood would show more than was asked for. */
import { MARKED_CLAIMS, type MarkTarget } from '../policy/mark.ts'
import type { MarkQuery } from '../policy/revocation-log.ts'
import { isScopeToken } from '../policy/scope.ts'
import { Malformed } from '../policy/untrusted.ts'
import { canonicalName } from './read-mark.ts'

const MOST_MARKS = 200
const USUAL_MARKS = 50
const MOST_LINKS = 500

/**
 * @param query empty, or begins with `?`
 * @param issuers where there is one, it need not be named
 * @throws `Malformed`
 */
export function readMarkQuery(query: string, issuers: readonly string[]): MarkQuery {
  const asked = parametersOf(query, ['active', 'before', 'limit', 'kind', 'value', 'issuer', 'scope', 'client'])
  const { active = 'true' } = asked
  if (active !== 'true' && active !== 'false') throw new Malformed('active is true or false')
  const target = readTarget(asked, issuers)
  return {
    active: active === 'true',
    limit: readNumber(asked.limit ?? String(USUAL_MARKS), 'limit', MOST_MARKS),
    ...(target !== undefined && { target }),
    ...(asked.before !== undefined && { before: readNumber(asked.before, 'before') }),
  }
}

export function readLinkQuery(query: string): { readonly after: number; readonly limit: number } {
  const { after = '0', limit = String(MOST_LINKS) } = parametersOf(query, ['after', 'limit'])
  return { after: after === '0' ? 0 : readNumber(after, 'after'), limit: readNumber(limit, 'limit', MOST_LINKS) }
}

type Parameters<Name extends string> = Readonly<Partial<Record<Name, string>>>

function parametersOf<Name extends string>(query: string, known: readonly Name[]): Parameters<Name> {
  const found: Partial<Record<Name, string>> = {}
  for (const [key, value] of new URLSearchParams(query)) {
    const name = known.find((each) => each === key)
    if (name === undefined) throw new Malformed(`the query can hold ${known.join(', ')}, and nothing else`)
    if (Object.hasOwn(found, name)) throw new Malformed(`${name} is there twice`)
    found[name] = value
  }
  return found
}

function readNumber(text: string, at: string, most: number = Number.MAX_SAFE_INTEGER): number {
  const value = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN
  if (value <= most) return value
  throw new Malformed(`${at} is a whole number from 1${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ''}`)
}

type TargetParameters = Parameters<'kind' | 'value' | 'issuer' | 'scope' | 'client'>

/** What a kind is named by, besides `issuer` where there are several. */
const namesOf = (kind: string): readonly (keyof TargetParameters)[] =>
  kind === 'scope'
    ? ['scope', 'client']
    : kind === 'token'
      ? ['value']
      : kind === 'issuer'
        ? ['issuer']
        : ['value', 'issuer']

function readTarget(asked: TargetParameters, issuers: readonly string[]): MarkTarget | undefined {
  const { kind, value, scope, client } = asked
  const given = (['value', 'issuer', 'scope', 'client'] as const).filter((name) => asked[name] !== undefined)
  if (kind === undefined) {
    if (given.length === 0) return undefined
    throw new Malformed('a target has a kind: add `kind`')
  }
  const issuer = asked.issuer ?? (issuers.length === 1 ? issuers[0] : undefined)
  const claim = MARKED_CLAIMS.find((each) => each === kind)
  if (given.every((name) => namesOf(kind).includes(name))) {
    if (kind === 'token' && value !== undefined) return { kind, value }
    if (kind === 'issuer' && issuer !== undefined) return { kind, issuer }
    if (kind === 'scope' && scope !== undefined && isScopeToken(scope))
      return { kind, scope, ...(client !== undefined && { client }) }
    if (claim !== undefined && issuer !== undefined && value !== undefined)
      return { kind: claim, issuer, value: canonicalName(claim, value) }
  }
  throw new Malformed(
    `kind is token (with value), issuer (with issuer), scope (with scope, and client where it is for one), or one of ${MARKED_CLAIMS.join(', ')} (with issuer and value)`,
  )
}
