/** What a rule asks for, as the `security` of an operation. */
import type { RuleEntry } from '../../policy/release.ts'
import { isToken, type Schemes } from '../coverage/asked.ts'
import { compareText } from '../diagnostic.ts'
import type { ApiSecurity, SchemeUse } from '../openapi/api.ts'

/** One alternative: scheme -> scopes. */
export type SecurityObject = Readonly<Record<string, readonly string[]>>

export interface WrittenSecurity {
  /** Undefined: what is there says it already. */
  readonly security?: readonly SecurityObject[]
  /** What of the description is lost or left. */
  readonly notes: readonly string[]
}

/**
 * @param fallback the scheme for operations that name none
 */
export function securityOf(rule: RuleEntry, current: ApiSecurity, schemes: Schemes, fallback: string): WrittenSecurity {
  const alternatives = usesOf(current)
  return rule.public === undefined
    ? tokenSecurity(rule.anyOf ?? [[]], alternatives, schemes, fallback)
    : publicSecurity(current, alternatives, schemes)
}

type Uses = readonly SchemeUse[]

const usesOf = (security: ApiSecurity): readonly Uses[] =>
  security.kind === 'declared' ? security.anyOf.flatMap((each) => (each.kind === 'all' ? [each.uses] : [])) : []

function publicSecurity(current: ApiSecurity, alternatives: readonly Uses[], schemes: Schemes): WrittenSecurity {
  const isEverybody =
    current.kind === 'declared' && (current.anyOf.length === 0 || alternatives.some((uses) => uses.length === 0))
  if (isEverybody) return { notes: [] }
  const isAboutTokens =
    current.kind !== 'declared' ||
    alternatives.length < current.anyOf.length ||
    alternatives.flat().some((use) => isToken(use, schemes))
  if (isAboutTokens) return { security: [], notes: [] }
  return { notes: ['the gate lets everybody in, and what the description asks for besides tokens is left as it is'] }
}

/** Each alternative by each scheme that the operation names, with whatever else it always needs besides the token. */
function tokenSecurity(
  anyOf: readonly (readonly string[])[],
  alternatives: readonly Uses[],
  schemes: Schemes,
  fallback: string,
): WrittenSecurity {
  const asksScopes = anyOf.some((scopes) => scopes.length > 0)
  const names = new Set(
    alternatives
      .flat()
      .filter((use) => canCarry(use, schemes, asksScopes))
      .map(({ scheme }) => scheme),
  )
  const withToken = alternatives.filter((uses) => uses.some((use) => isToken(use, schemes)))
  const companions = withToken.map((uses) => uses.filter((use) => !isToken(use, schemes)))
  const [first = []] = companions
  const areAlike = new Set(companions.map((uses) => JSON.stringify(uses))).size < 2
  const kept = areAlike ? Object.fromEntries(first.map(({ scheme, scopes }) => [scheme, scopes])) : {}
  const wanted = anyOf.flatMap((scopes) =>
    [...(names.size === 0 ? [fallback] : names)].map((scheme): SecurityObject => ({ [scheme]: scopes, ...kept })),
  )
  const notes = [
    ...(alternatives.some((uses) => uses.length > 0 && !uses.some((use) => isToken(use, schemes)))
      ? ['a way in without a token is removed: the gate refuses it']
      : []),
    ...(areAlike ? [] : ['what some alternatives ask for besides a token is removed: the map cannot say it']),
  ]
  return isSame(wanted, alternatives) ? { notes: [] } : { security: wanted, notes }
}

/** Bearer schemes have no scopes of their own before 3.1, and roles after. */
const canCarry = (use: SchemeUse, schemes: Schemes, asksScopes: boolean): boolean =>
  isToken(use, schemes) && !(asksScopes && schemes.get(use.scheme)?.kind === 'bearer')

/** Whether both say the same, in whatever order. */
function isSame(wanted: readonly SecurityObject[], alternatives: readonly Uses[]): boolean {
  const texts = (objects: readonly SecurityObject[]) => [...new Set(objects.map(textOf))].sort(compareText).join('\n')
  const current = alternatives.map((uses) => Object.fromEntries(uses.map(({ scheme, scopes }) => [scheme, scopes])))
  return texts(wanted) === texts(current)
}

export const textOf = (security: SecurityObject): string =>
  JSON.stringify(
    Object.entries(security)
      .map(([scheme, scopes]) => [scheme, scopes.toSorted(compareText)])
      .sort(([a], [b]) => compareText(String(a), String(b))),
  )
