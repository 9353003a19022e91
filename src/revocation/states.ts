/** What holds of one target, as a function of the entries about it and not of the order that they came in. Pure. */
import { canonicalJson } from '../policy/canonical-json.ts'
import type { ActiveEffect, Effect, MarkedClaim, Matching } from '../policy/mark.ts'
import type { EpochSeconds } from '../policy/result.ts'

/** A mark or a lift of one family that was not undone. */
export interface FamilyEntry {
  readonly at: EpochSeconds
  /** Absent: it is a lift. */
  readonly mark?: ActiveEffect
}

/**
 * What a family holds: the marks of its latest second, nothing where that has lifts alone. Marks of one second stand side by side, as no order is known.
 * Whether the latest has expired makes no difference: what was before it does not come back.
 */
export function latestOf(family: readonly FamilyEntry[]): readonly ActiveEffect[] {
  const latest = family.reduce((most, { at }) => Math.max(most, at), Number.NEGATIVE_INFINITY)
  return family.flatMap(({ at, mark }) => (at === latest && mark !== undefined ? [mark] : []))
}

/**
 * Adds an effect to those that no other one makes needless. One by one, in any order, this leads to the same effects: the order of effects is transitive,
 * and of equals the first entry's stays.
 */
export function place(effects: readonly ActiveEffect[], added: ActiveEffect): readonly ActiveEffect[] {
  if (effects.some((other) => dominates(other, added))) return effects
  return [...effects.filter((other) => !dominates(added, other)), added].sort((a, b) => a.entry - b.entry)
}

/** Whether the other effect is needless beside this one. Of two that say the same, one is. */
const dominates = (one: ActiveEffect, other: ActiveEffect): boolean =>
  covers(one, other) && (one.entry < other.entry || !covers(other, one))

/** It is about the same tokens, or more, for as long, or longer, and asks no less. */
const covers = (one: ActiveEffect, other: ActiveEffect): boolean =>
  (one.expires ?? Number.POSITIVE_INFINITY) >= (other.expires ?? Number.POSITIVE_INFINITY) &&
  issuedUntil(one.effect) >= issuedUntil(other.effect) &&
  authenticatedAfter(one.effect) >= authenticatedAfter(other.effect) &&
  isSameMatching(one.effect, other.effect) &&
  conditions(one.effect) === conditions(other.effect)

const issuedUntil = (effect: Effect): number =>
  effect.kind === 'suspend' ? 0 : (effect.issuedUntil ?? Number.POSITIVE_INFINITY)

const authenticatedAfter = (effect: Effect): number =>
  effect.kind === 'step-up' ? (effect.authenticatedAfter ?? Number.NEGATIVE_INFINITY) : 0

/** Looked at before the rest, as it is quick: what differs in many effects of one target, such as those on the sessions of a user, is this. */
function isSameMatching(one: Effect, other: Effect): boolean {
  const [a, b] = [matchingOf(one), matchingOf(other)]
  const names = Object.keys(a) as MarkedClaim[]
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}

const NO_NAMES: Matching = {}
const matchingOf = (effect: Effect): Matching =>
  effect.kind === 'suspend' || effect.matching === undefined ? NO_NAMES : effect.matching

/** All that is not compared by size; remembered, as each is compared with many. */
function conditions(effect: Effect): string {
  const known = conditionsOf.get(effect)
  if (known !== undefined) return known
  const text = canonicalJson({ ...effect, issuedUntil: undefined, authenticatedAfter: undefined })
  conditionsOf.set(effect, text)
  return text
}

const conditionsOf = new WeakMap<Effect, string>()
