/** The least that a client would have needed for what it did: from the rules that let it in, and the alternatives that they have. */
import { isRetired } from './alternative.ts'
import { canonicalJson } from './canonical-json.ts'
import type { Release } from './decode.ts'
import { SENSITIVITIES } from './release.ts'
import type { EpochSeconds } from './result.ts'
import { NO_CONDITIONS, type Rule, type ScopeFacts } from './rule.ts'

/** Requests that were let in: by which rule, and by which of its alternatives. */
export interface AccessUsed {
  readonly rule: string
  readonly by: readonly string[]
}

/** Ways to choose among alternatives that are all tried; past that, one after the other is chosen. */
const MOST_TRIALS = 2_000

/**
 * The scopes, each by its own name, that let the same requests in and stand for the least: the fewest critical scopes, then the fewest of high sensitivity, and so
 * on, with all that they imply. Nothing beyond what `granted` grants; nothing for rules that the release does not have any more. Ascending.
 */
export function leastPrivilege(
  release: Release,
  used: readonly AccessUsed[],
  granted: ReadonlySet<string>,
  now: EpochSeconds,
): readonly string[] {
  const rules = new Map(release.rules.map((rule) => [rule.id, rule]))
  const wants = new Map<string, readonly (readonly string[])[]>()
  for (const { rule, by } of used) {
    const found = rules.get(rule)
    const choices = found === undefined ? [] : choicesOf(release, found, by, granted, now)
    if (choices.length > 0) wants.set(JSON.stringify(choices), choices)
  }
  const chosen = choose(release, [...wants.values()])
  return [...chosen].filter((name) => !isCovered(release, name, chosen)).sort()
}

/** The alternatives that would have let in what `by` let in. */
function choicesOf(
  { scopes }: Release,
  { requirement }: Rule,
  by: readonly string[],
  granted: ReadonlySet<string>,
  now: EpochSeconds,
): readonly (readonly string[])[] {
  if (requirement.kind !== 'scopes') return []
  const conditions = new Set(by.map((name) => conditionsOf(scopes.get(name as ScopeFacts['name']))))
  const isGranted = (facts: ScopeFacts) => granted.has(facts.name) || facts.impliedBy.some((each) => granted.has(each))
  const choices = requirement.anyOf.filter((alternative) => {
    const isSame = alternative.length === by.length && alternative.every((name) => by.includes(name))
    return alternative.every((name) => {
      const facts = scopes.get(name)
      if (facts === undefined || isRetired(facts, now)) return false
      // What another alternative asks besides scopes, the requests on record may not have met.
      const asked = conditionsOf(facts)
      return isSame || (!facts.isDeprecated && isGranted(facts) && (asked === NOTHING || conditions.has(asked)))
    })
  })
  return choices
}

const conditionsOf = (facts: ScopeFacts | undefined): string => canonicalJson(facts?.conditions ?? NO_CONDITIONS)
const NOTHING = canonicalJson(NO_CONDITIONS)

/** One alternative for each want, so that all of them together stand for the least. */
function choose(release: Release, wants: readonly (readonly (readonly string[])[])[]): ReadonlySet<string> {
  const settled = new Set(wants.flatMap((choices) => (choices.length === 1 ? (choices[0] ?? []) : [])))
  const open = wants.filter((choices) => choices.length > 1)
  const trials = open.reduce((product, choices) => product * choices.length, 1)
  let chosen: readonly ReadonlySet<string>[] = [settled]
  for (const choices of open) {
    const next = chosen.flatMap((set) => choices.map((choice) => new Set([...set, ...choice])))
    chosen = trials <= MOST_TRIALS ? next : [least(release, next)]
  }
  return least(release, chosen)
}

function least(release: Release, sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  const weighed = sets.map((set) => ({ set, weight: weightOf(release, set) }))
  weighed.sort((a, b) => compare(a.weight, b.weight) || compareNames(a.set, b.set))
  return weighed[0]?.set ?? new Set()
}

/** How many critical scopes it comes to with all that is implied, then how many of high sensitivity, and so on; then how many names it has. */
export function weightOf({ document }: Release, names: ReadonlySet<string>): readonly number[] {
  const all = new Set([...names].flatMap((name) => [name, ...(document.scopes[name]?.implies ?? [])]))
  const counts = [...SENSITIVITIES]
    .reverse()
    .map((sensitivity) => [...all].filter((name) => document.scopes[name]?.sensitivity === sensitivity).length)
  return [...counts, names.size]
}

function compare(a: readonly number[], b: readonly number[]): number {
  const place = a.findIndex((number, index) => number !== b[index])
  return place < 0 ? 0 : (a[place] ?? 0) - (b[place] ?? 0)
}

function compareNames(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const [first, second] = [[...a].sort().join(' '), [...b].sort().join(' ')]
  return first < second ? -1 : Number(first > second)
}

/** Whether another one of them grants it, and asks for nothing that it does not ask for itself. */
function isCovered({ scopes }: Release, name: string, chosen: ReadonlySet<string>): boolean {
  const facts = scopes.get(name as ScopeFacts['name'])
  return (facts?.impliedBy ?? []).some((each) => {
    const implying = chosen.has(each) ? scopes.get(each) : undefined
    if (implying === undefined || implying.isDeprecated) return false
    const asked = conditionsOf(implying)
    return asked === NOTHING || asked === conditionsOf(facts)
  })
}
