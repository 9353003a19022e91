/**
 * The requests that two maps may answer differently, and what each map says of them. Where a request is decided by one template in one map and by another in the other,
 * one of the two is missing from a map, so it is enough to look where such templates meet those of the other map, and at templates whose rules have changed.
 */
import type { Match } from '../../policy/decision.ts'
import type { Release } from '../../policy/decode.ts'
import { matchRequest } from '../../policy/matcher.ts'
import { METHODS, type Method } from '../../policy/method.ts'
import type { Template } from '../../policy/template.ts'
import type { Asks } from './asks.ts'
import { type HostView, hostViews, type Place, type Places, templateOf } from './hosts.ts'
import { Overlaps } from './overlap.ts'
import { pathsOf, pathsWhereMeet } from './paths.ts'
import type { Words } from './words.ts'

/** A request, and the matches in both maps. */
export interface Encounter {
  readonly host: string
  readonly path: string
  readonly method: Method
  readonly before: Match
  readonly after: Match
}

/** Every encounter in which the answers can differ; `isWhole` is false where a template meets more others than are looked at. */
export function encounters(
  before: Release,
  after: Release,
  asks: Asks,
  words: Words,
): { readonly found: readonly Encounter[]; readonly isWhole: boolean } {
  const found: Encounter[] = []
  let isWhole = true
  for (const view of hostViews(before, after, words)) {
    const { paths, isWhole: isViewWhole } = pathsToAsk(view, asks, words)
    isWhole &&= isViewWhole
    for (const path of paths)
      for (const method of METHODS) {
        const [old, next] = [before, after].map(({ table }) => matchRequest(table, view.host, path, method))
        if (old !== undefined && next !== undefined && canDiffer(old, next, asks))
          found.push({ host: view.host, path, method, before: old, after: next })
      }
  }
  return { found, isWhole }
}

function canDiffer(before: Match, after: Match, asks: Asks): boolean {
  if (before.kind !== 'rule') return after.kind === 'rule'
  return after.kind !== 'rule' || !asks.areAlike(before.rule, after.rule)
}

function pathsToAsk(
  view: HostView,
  asks: Asks,
  words: Words,
): { readonly paths: ReadonlySet<string>; readonly isWhole: boolean } {
  const paths = new Set<string>()
  const depth = depthOf(view)
  const add = (more: readonly string[]) => {
    for (const path of more) paths.add(path)
  }
  for (const { path, shape, rules } of view.before.values()) {
    const next = view.after.get(shape)
    if (next !== undefined && !haveLikeRules(rules, next.rules, asks)) add(pathsOf(templateOf(path), words, depth))
  }
  const lost = meetingsOf(view.before, view.after)
  const gained = meetingsOf(view.after, view.before)
  for (const { template, others } of [...lost.meetings, ...gained.meetings]) {
    add(pathsOf(template, words, depth))
    for (const other of others) add(pathsWhereMeet(template, other, words, depth))
  }
  return { paths, isWhole: lost.isWhole && gained.isWhole }
}

function depthOf({ before, after }: HostView): number {
  let depth = 0
  for (const places of [before, after])
    for (const { path } of places.values()) depth = Math.max(depth, path.split('/').length - 1)
  return depth
}

function haveLikeRules(before: Place['rules'], after: Place['rules'], asks: Asks): boolean {
  return (
    before.length === after.length &&
    before.every((rule) => {
      const next = after.find(({ method }) => method === rule.method)
      return next !== undefined && asks.areAlike(rule, next)
    })
  )
}

interface Meeting {
  readonly template: Template
  readonly others: readonly Template[]
}

/** The templates that only one map has, and those of the other map that they meet. */
function meetingsOf(own: Places, other: Places): { readonly meetings: readonly Meeting[]; readonly isWhole: boolean } {
  const lone = [...own.values()].filter(({ shape }) => !other.has(shape))
  if (lone.length === 0) return { meetings: [], isWhole: true }
  const index = new Overlaps([...other.values()].map(({ path }) => templateOf(path)))
  let isWhole = true
  const meetings = lone.map(({ path }) => {
    const template = templateOf(path)
    // One that both maps have and that ranks above decides in both.
    const { found, isWhole: isOne } = index.with(template, (each) => !(own.has(each.shape) && outranks(each, template)))
    isWhole &&= isOne
    return { template, others: found }
  })
  return { meetings, isWhole }
}

/** Clause 3.3. */
function outranks({ segments: a }: Template, { segments: b }: Template): boolean {
  for (let place = 0; place < Math.min(a.length, b.length); place++) {
    const difference = STRENGTH[a[place]?.kind ?? 'tail'] - STRENGTH[b[place]?.kind ?? 'tail']
    if (difference !== 0) return difference < 0
  }
  return false
}

const STRENGTH = { literal: 0, parameter: 1, tail: 2 } as const
