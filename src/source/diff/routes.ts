/** Routes compared by what requests experience. */
import type { Match } from '../../policy/decision.ts'
import type { Release } from '../../policy/decode.ts'
import type { Method } from '../../policy/method.ts'
import type { EpochSeconds } from '../../policy/result.ts'
import type { Rule } from '../../policy/rule.ts'
import { Asks } from './asks.ts'
import { type Comparison, compareSides, type Side } from './compare.ts'
import { type Encounter, encounters } from './requests.ts'
import type { Stance } from './ways.ts'
import { freshWords } from './words.ts'

/**
 * `opened`: nobody got through, now somebody does; `closed`: the other way round. `looser`: some did, now more do; `stricter`: fewer; `both`: some gain and
 * some lose. `same`: nobody can tell.
 */
export type Change = 'opened' | 'closed' | 'looser' | 'stricter' | 'both' | 'same'

/** What happens to the requests that one rule (or none) decided before and another (or none) decides now. */
export interface RouteChange {
  /** `METHOD host/path` of the rule that it is about: the one that is new, else the one that is gone, else an example. */
  readonly route: string
  readonly before: Match
  readonly after: Match
  /** One of the requests. */
  readonly example: { readonly method: Method; readonly host: string; readonly path: string }
  readonly methods: readonly Method[]
  readonly change: Change
  readonly comparison: Comparison
  /** Nobody is asked for a token any more. */
  readonly becomesPublic: boolean
  /** Only paths that an origin could take for another rule's: other case, suffixes, a final slash (clause 3.6). */
  readonly isSpelling: boolean
  /** What bears on requests without anybody's getting in or out by it. */
  readonly introspection?: 'no longer' | 'always'
  readonly revocation?: 'no longer' | 'strict'
}

/** A change that comes by itself on a day, because a scope retires (clause 1.5). */
export interface LaterChange {
  readonly day: string
  readonly change: RouteChange
}

export interface RouteChanges {
  readonly routes: readonly RouteChange[]
  readonly later: readonly LaterChange[]
  /** False where there was more to look at than is looked at. */
  readonly isWhole: boolean
}

export function compareRoutes(
  before: Release,
  after: Release,
  stances: readonly Stance[],
  now: EpochSeconds,
): RouteChanges {
  const asks = new Asks(before, after)
  const { found, isWhole } = encounters(before, after, asks, freshWords([before, after]))
  const groups = grouped(found)
  const ids = { before: idsOf(before), after: idsOf(after) }
  const compareAt = (at: EpochSeconds) => {
    const known = new Map<string, Comparison>()
    return groups.map((group) =>
      changeOf(group, before, after, ids, (old, next, path) => {
        // Details may name what stands in the path; nothing else of a judgement depends on it.
        const readsPath = [old, next].some((side) => side?.rule.authorizationDetails !== undefined)
        const key = `${asks.textOf(old?.rule)}\n${asks.textOf(next?.rule)}\n${readsPath ? path : ''}`
        const comparison = known.get(key) ?? compareSides(old, next, stances, { path, now: at })
        known.set(key, comparison)
        return comparison
      }),
    )
  }
  const today = compareAt(now)
  const later = retirements(before, after, now).flatMap((second) =>
    compareAt(second).flatMap((change, index): readonly LaterChange[] =>
      change.change === today[index]?.change || change.change === 'same' ? [] : [{ day: dayOf(second), change }],
    ),
  )
  return { routes: today, later, isWhole }
}

interface Group {
  readonly first: Encounter
  readonly methods: readonly Method[]
}

/** By the two rules; the first request stands for all. */
function grouped(found: readonly Encounter[]): readonly Group[] {
  const groups = new Map<string, { readonly first: Encounter; readonly methods: Set<Method> }>()
  for (const encounter of found) {
    const key = `${keyOf(encounter.before)}\n${keyOf(encounter.after)}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { first: encounter, methods: new Set([encounter.method]) })
    else group.methods.add(encounter.method)
  }
  return [...groups.values()].map(({ first, methods }) => ({ first, methods: [...methods] }))
}

const keyOf = (match: Match): string => (match.kind === 'rule' ? match.rule.id : match.kind)

type Compare = (before: Side, after: Side, path: string) => Comparison

function changeOf({ first, methods }: Group, old: Release, next: Release, ids: Ids, compare: Compare): RouteChange {
  const { before, after, host, path, method } = first
  const comparison = compare(sideOf(before, old), sideOf(after, next), path)
  const [was, is] = [ruleOf(before), ruleOf(after)]
  const introspection = introspectionOf(was, is)
  const revocation = revocationOf(was, is)
  return {
    route: routeOf(first, ids),
    before,
    after,
    example: { method, host, path },
    methods,
    change: classify(comparison),
    comparison,
    becomesPublic: is?.requirement.kind === 'public' && was?.requirement.kind !== 'public',
    isSpelling: before.kind === 'ambiguous' || after.kind === 'ambiguous',
    ...(introspection !== undefined && { introspection }),
    ...(revocation !== undefined && { revocation }),
  }
}

const ruleOf = (match: Match): Rule | undefined => (match.kind === 'rule' ? match.rule : undefined)

const sideOf = (match: Match, release: Release): Side =>
  match.kind === 'rule' ? { release, rule: match.rule } : undefined

/** The ids of the rules of both maps. */
interface Ids {
  readonly before: ReadonlySet<string>
  readonly after: ReadonlySet<string>
}

const idsOf = ({ rules }: Release): ReadonlySet<string> => new Set(rules.map(({ id }) => id))

function routeOf({ before, after, method, host, path }: Encounter, ids: Ids): string {
  const [was, is] = [ruleOf(before)?.id, ruleOf(after)?.id]
  if (is !== undefined && !ids.before.has(is)) return is
  if (was !== undefined && (was === is || !ids.after.has(was))) return was
  return `${method} ${host}${path}`
}

function classify({ gains, losses, mayGain, mayLose, wasOpen, isOpen }: Comparison): Change {
  const [gained, lost] = [gains.length > 0 || mayGain, losses.length > 0 || mayLose]
  if (gained && lost) return 'both'
  if (gained) return wasOpen ? 'looser' : 'opened'
  if (lost) return isOpen ? 'stricter' : 'closed'
  return 'same'
}

function introspectionOf(before: Rule | undefined, after: Rule | undefined): RouteChange['introspection'] {
  if (before === undefined || after === undefined || before.introspectsAlways === after.introspectsAlways)
    return undefined
  return after.introspectsAlways ? 'always' : 'no longer'
}

function revocationOf(before: Rule | undefined, after: Rule | undefined): RouteChange['revocation'] {
  if (before === undefined || after === undefined || before.checksRevocationAtLog === after.checksRevocationAtLog)
    return undefined
  return after.checksRevocationAtLog ? 'strict' : 'no longer'
}

/** More days than these are not looked at: sunsets are few. */
const MOST_DAYS = 24

/** The seconds, ascending, at which a scope retires in one map and not in the other, from now on. */
function retirements(before: Release, after: Release, now: EpochSeconds): readonly EpochSeconds[] {
  const seconds = new Set<EpochSeconds>()
  for (const name of new Set([...before.scopes.keys(), ...after.scopes.keys()])) {
    const [old, next] = [before.scopes.get(name)?.retiredAt, after.scopes.get(name)?.retiredAt]
    if (old !== next) for (const at of [old, next]) if (at !== undefined && at > now) seconds.add(at)
  }
  return [...seconds].sort((a, b) => a - b).slice(0, MOST_DAYS)
}

const dayOf = (seconds: EpochSeconds): string => new Date(seconds * 1000).toISOString().slice(0, 10)
