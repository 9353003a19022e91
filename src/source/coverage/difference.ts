/** What a description asks for, held against what the map asks for: by who gets in, not by how it is written. */
import type { ReleaseDocument, RuleEntry } from '../../policy/release.ts'
import { quoted } from '../diagnostic.ts'
import type { DocumentRequirement } from './asked.ts'

export interface Difference {
  /** Of the map. `looser`: it lets in somebody whom the description does not; `stricter`: the other way round; `different`: both, or nobody can tell. */
  readonly verdict: 'looser' | 'stricter' | 'different'
  readonly document: string
  readonly map: string
  /** Scopes of the description that the map does not define. */
  readonly unknown: readonly string[]
}

/** Undefined where both let in the same callers. What a token must be besides its scopes, OpenAPI cannot say, and it is not compared. */
export function differenceOf(
  { scopes }: ReleaseDocument,
  rule: RuleEntry,
  asked: DocumentRequirement,
): Difference | undefined {
  const verdict = verdictOf(scopes, rule, asked)
  if (verdict === undefined) return undefined
  const named = asked.kind === 'token' ? asked.anyOf.flat() : []
  const unknown = [...new Set(named)].filter((name) => !Object.hasOwn(scopes, name))
  return { verdict, document: documentText(asked), map: ruleText(rule), unknown }
}

function verdictOf(
  scopes: ReleaseDocument['scopes'],
  rule: RuleEntry,
  asked: DocumentRequirement,
): Difference['verdict'] | undefined {
  if (asked.kind === 'unreadable') return 'different'
  if (rule.public !== undefined) return asked.kind === 'everybody' ? undefined : 'looser'
  if (asked.kind === 'everybody') return 'stricter'
  if (asked.kind === 'other') return 'different'
  const wanted = rule.anyOf ?? ANY_TOKEN
  const isLooser = wanted.some((set) => !isEnough(scopes, set, asked.anyOf))
  const isStricter = asked.otherWays.length > 0 || asked.anyOf.some((set) => !isEnough(scopes, set, wanted))
  if (isLooser) return isStricter ? 'different' : 'looser'
  return isStricter ? 'stricter' : undefined
}

/** What `authenticated` asks for. */
const ANY_TOKEN: readonly (readonly string[])[] = [[]]

/** Whether a token with these scopes, and what they contain, fulfils one of the alternatives (clause 5.5). */
function isEnough(
  scopes: ReleaseDocument['scopes'],
  held: readonly string[],
  anyOf: readonly (readonly string[])[],
): boolean {
  const granted = new Set(
    held.flatMap((name) => [name, ...(Object.hasOwn(scopes, name) ? (scopes[name]?.implies ?? []) : [])]),
  )
  return anyOf.some((alternative) => alternative.every((name) => granted.has(name)))
}

export function documentText(asked: DocumentRequirement): string {
  switch (asked.kind) {
    case 'everybody':
      return EVERYBODY[asked.why]
    case 'unreadable':
      return 'something that cannot be read'
    case 'other':
      return asked.ways.join(', or ')
    case 'token':
      return [...asked.anyOf.map(alternativeText), ...asked.otherWays].join(', or ')
  }
}

const EVERYBODY = {
  undeclared: 'nothing, because it says nothing',
  empty: 'nothing',
  optional: 'nothing, because a token is optional',
} as const

export function ruleText(rule: RuleEntry): string {
  if (rule.public !== undefined) return 'nothing'
  return (rule.anyOf ?? ANY_TOKEN).map(alternativeText).join(', or ')
}

const alternativeText = (scopes: readonly string[]): string =>
  scopes.length === 0 ? 'any token' : scopes.map(quoted).join(' and ')
