/** Recorded usage, judged again by both maps: which clients, and how many of their requests, would be answered differently. */
import { decide } from '../../policy/decide.ts'
import type { Decision, Evidence, Match } from '../../policy/decision.ts'
import type { Release } from '../../policy/decode.ts'
import type { Environment } from '../../policy/environment.ts'
import { matchRequest } from '../../policy/matcher.ts'
import type { EpochSeconds } from '../../policy/result.ts'
import type { Rule } from '../../policy/rule.ts'
import type { UsageRow } from '../../policy/usage.ts'
import type { Version } from '../diff/difference.ts'
import { freshWords, type Words } from '../diff/words.ts'
import { type AgeEnd, evidenceFor, pathFor } from './imagine.ts'

/** Requests of one client to one route that would be answered differently for one reason. */
export interface Affected {
  /** Absent: there was no token, or it named no client. */
  readonly client?: string
  /** As the record has it: `METHOD host/template`. */
  readonly route: string
  readonly change: 'refused' | 'admitted'
  /** False where the record is too coarse to be sure: ages are classes, and authorization details are not on record. */
  readonly isCertain: boolean
  readonly requests: number
  /** The answer that refuses, of the map by which they are. */
  readonly refusal: Decision
}

export interface Replay {
  readonly rows: number
  readonly requests: number
  /** Most requests first. */
  readonly affected: readonly Affected[]
  /** More kinds than are kept apart; their requests are in nothing above. */
  readonly unlistedRequests: number
  /** No template decided them, so it is not on record what they asked for. */
  readonly unmappedRequests: number
  /** The first map answers them differently from what is on record: it is not the one that judged them, or they came before a sunset. */
  readonly driftedRequests: number
  /** Their environment is not known, so they were judged as in one that enforces. */
  readonly strangeRequests: number
}

/** Different clients, routes and reasons that are kept apart. */
const MOST_KINDS = 20_000

const ENDS: readonly AgeEnd[] = ['oldest', 'youngest']

/** What one map makes of requests. */
interface Judge {
  readonly release: Release
  readonly environments: ReadonlyMap<string, Environment>
}

interface Answers {
  readonly before: Decision
  readonly after: Decision
}

/** Takes one row after the other, and holds no more than what it answers with. */
export class Replayer {
  readonly #before: Judge
  readonly #after: Judge
  readonly #now: EpochSeconds
  readonly #words: Words
  readonly #affected = new Map<string, Affected>()
  readonly #counts = {
    rows: 0,
    requests: 0,
    unlistedRequests: 0,
    unmappedRequests: 0,
    driftedRequests: 0,
    strangeRequests: 0,
  }

  /** Where one side's environments are not known, the other's serve for both. */
  constructor(before: Version, after: Version, now: EpochSeconds) {
    this.#before = { release: before.release, environments: byName(before.environments ?? after.environments ?? []) }
    this.#after = { release: after.release, environments: byName(after.environments ?? before.environments ?? []) }
    this.#now = now
    this.#words = freshWords([before.release, after.release])
  }

  add(row: UsageRow): void {
    this.#counts.rows++
    this.#counts.requests += row.count
    if (row.path === null) this.#counts.unmappedRequests += row.count
    else this.#replay(row, row.path)
  }

  result(): Replay {
    const affected = [...this.#affected].sort(
      ([keyA, a], [keyB, b]) => b.requests - a.requests || (keyA < keyB ? -1 : 1),
    )
    return { ...this.#counts, affected: affected.map(([, each]) => each) }
  }

  #replay(row: UsageRow, template: string): void {
    const path = pathFor(template, this.#words)
    const [old, next] = [this.#before, this.#after].map(({ release }) =>
      matchRequest(release.table, row.host, path, row.method),
    )
    if (old === undefined || next === undefined) return
    if (!this.#before.environments.has(row.environment) && !this.#after.environments.has(row.environment))
      this.#counts.strangeRequests += row.count
    const answers = ENDS.map((end): Answers => {
      const evidence = evidenceFor(row, end, ruleOf(old), path, this.#now)
      const [before, after] = [
        answer(this.#before, old, row, evidence, path, this.#now),
        answer(this.#after, next, row, evidence, path, this.#now),
      ]
      return { before, after }
    })
    // Of the ages that the classes leave open, those by which the first map answers as is on record.
    const wasAdmitted = row.outcome === 'allow' || row.outcome === 'observe'
    const faithful = answers.filter(({ before }) => (before.kind !== 'deny') === wasAdmitted)
    if (faithful.length === 0) this.#counts.driftedRequests += row.count
    this.#note(row, template, faithful.length === 0 ? answers : faithful, !asksForOtherDetails(old, next))
  }

  #note(row: UsageRow, template: string, answers: readonly Answers[], isRecordWhole: boolean): void {
    const differing = answers.filter(({ before, after }) => (before.kind === 'deny') !== (after.kind === 'deny'))
    const [first] = differing
    if (first === undefined) return
    const change = first.after.kind === 'deny' ? 'refused' : 'admitted'
    const refusal = change === 'refused' ? first.after : first.before
    const route = `${row.method} ${row.host}${template}`
    const isCertain = isRecordWhole && differing.length === answers.length
    const key = JSON.stringify([row.client ?? null, route, change, isCertain, 'denials' in refusal && refusal.denials])
    const known = this.#affected.get(key)
    if (known === undefined && this.#affected.size >= MOST_KINDS) this.#counts.unlistedRequests += row.count
    else
      this.#affected.set(key, {
        ...(row.client !== undefined && { client: row.client }),
        route,
        change,
        isCertain,
        requests: (known?.requests ?? 0) + row.count,
        refusal,
      })
  }
}

const byName = (environments: readonly Environment[]): ReadonlyMap<string, Environment> =>
  new Map(environments.map((environment) => [environment.name, environment]))

const ruleOf = (match: Match): Rule | undefined => (match.kind === 'rule' ? match.rule : undefined)

/** What was met is on record, not with what: a rule that asks for something else cannot be judged. */
function asksForOtherDetails(before: Match, after: Match): boolean {
  const asked = ruleOf(after)?.authorizationDetails
  return asked !== undefined && JSON.stringify(asked) !== JSON.stringify(ruleOf(before)?.authorizationDetails)
}

function answer(
  { release, environments }: Judge,
  match: Match,
  { environment, upgrade }: UsageRow,
  evidence: Evidence,
  path: string,
  now: EpochSeconds,
): Decision {
  const { mode, observeClients, resource, services } = environments.get(environment) ?? ENFORCING
  return decide(release.scopes, match, evidence, now, {
    mode,
    observeClients,
    resource,
    services,
    upgrade: upgrade === true,
    path,
  })
}

const ENFORCING: Pick<Environment, 'mode' | 'observeClients' | 'resource' | 'services'> = {
  mode: 'enforce',
  observeClients: [],
  resource: '',
  services: {},
}
