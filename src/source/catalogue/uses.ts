/** Which routes a scope opens: alone or together with what, and what else a token needs there. */
import type { ReleaseDocument, RuleEntry } from '../../policy/release.ts'
import { compareText } from '../diagnostic.ts'
import { callerPhrases, conditionPhrases, type Phrase } from './phrase.ts'

/** One way in which a scope takes part in opening a route. */
export interface Use {
  readonly rule: RuleEntry
  /** Other scopes that the same token must hold. Empty: the scope is enough. */
  readonly together: readonly string[]
  /** Whether the route names the scope itself. */
  readonly isNamed: boolean
  /** Scopes that the route names and this one contains. */
  readonly through: readonly string[]
  /** Beyond what the scope itself always needs. */
  readonly needs: readonly Phrase[]
}

/** Scope -> its uses, in the order of the rules. Ways that ask for more than another way of the same route are left out. */
export function usesOf(document: ReleaseDocument): ReadonlyMap<string, readonly Use[]> {
  const holders = holdersOf(document)
  const uses = new Map<string, Use[]>(Object.keys(document.scopes).map((name) => [name, []]))
  for (const rule of document.rules) {
    const candidates = new Set((rule.anyOf ?? []).flat().flatMap((name) => holders.get(name) ?? []))
    for (const name of [...candidates].sort(compareText)) uses.get(name)?.push(...waysOf(document, rule, name))
  }
  return uses
}

/** Scope -> itself and every scope that contains it. */
function holdersOf({ scopes }: ReleaseDocument): ReadonlyMap<string, readonly string[]> {
  const holders = new Map<string, string[]>(Object.keys(scopes).map((name) => [name, [name]]))
  for (const [name, { implies = [] }] of Object.entries(scopes))
    for (const other of implies) holders.get(other)?.push(name)
  return holders
}

function waysOf(document: ReleaseDocument, rule: RuleEntry, name: string): readonly Use[] {
  const anyOf = rule.anyOf ?? []
  const granted = grantedBy(document, [name])
  const own = new Set(conditionPhrases(document.scopes[name] ?? {}).map(textOf))
  const ways = anyOf
    .filter((alternative) => alternative.some((scope) => granted.has(scope)))
    .map(
      (alternative): Use => ({
        rule,
        isNamed: alternative.includes(name),
        together: uncontained(
          document,
          alternative.filter((scope) => !granted.has(scope)),
        ),
        through: alternative.filter((scope) => granted.has(scope) && scope !== name),
        needs: needsOf(document, rule, alternative).filter((phrase) => !own.has(textOf(phrase))),
      }),
    )
    .filter((way) => !isIdle(document, way))
  return ways.filter(
    (way, index) => !ways.some((other, place) => place !== index && isSimpler(document, other, way, place < index)),
  )
}

const grantedBy = ({ scopes }: ReleaseDocument, names: readonly string[]): ReadonlySet<string> =>
  new Set(names.flatMap((name) => [name, ...(scopes[name]?.implies ?? [])]))

/** Without those that others among them contain: nobody needs to ask for these. */
const uncontained = ({ scopes }: ReleaseDocument, names: readonly string[]): readonly string[] =>
  names.filter((name) => !names.some((other) => scopes[other]?.implies?.includes(name)))

/** What the rule and the scopes of an alternative ask of a token, each once. */
function needsOf({ scopes }: ReleaseDocument, rule: RuleEntry, alternative: readonly string[]): readonly Phrase[] {
  const conditions = [rule, ...alternative.flatMap((scope) => scopes[scope] ?? [])].flatMap(conditionPhrases)
  return [...new Map([...callerPhrases(rule), ...conditions].map((phrase) => [textOf(phrase), phrase])).values()]
}

/** Whether the other scopes open the route by themselves, and ask for no more. */
function isIdle(document: ReleaseDocument, { rule, together, needs }: Use): boolean {
  const granted = grantedBy(document, together)
  const asked = new Set(needs.map(textOf))
  return (rule.anyOf ?? []).some(
    (alternative) =>
      alternative.every((scope) => granted.has(scope)) &&
      needsOf(document, rule, alternative).every((phrase) => asked.has(textOf(phrase))),
  )
}

/** Whether one way asks for nothing that the other does not ask for, too; of two alike the first stays. */
function isSimpler(document: ReleaseDocument, a: Use, b: Use, isFirst: boolean): boolean {
  const textsOf = ({ needs }: Use) => needs.map(textOf)
  const held = grantedBy(document, b.together)
  const asked = new Set(textsOf(b))
  const isNoMore = a.together.every((scope) => held.has(scope)) && textsOf(a).every((text) => asked.has(text))
  const isAlike = a.together.join(' ') === b.together.join(' ') && a.needs.length === b.needs.length
  return isNoMore && (!isAlike || isFirst)
}

const textOf = (phrase: Phrase): string => JSON.stringify(phrase)
