/** Which clients exercised a scope that is worth remembering, by the counts of a batch: these have every request, whatever is sampled. */
import type { EventBatch, Identity, Notice, UsageTally } from '../../policy/event-batch.ts'
import type { IncidentTrigger, RatedScope, RatedScopes } from '../../policy/incident.ts'
import type { Occurrence } from './occurrences.ts'

export interface ScopeUse extends RatedScope {
  readonly key: string
  readonly scope: string
  readonly occurrence: Occurrence
}

const DAY_MS = 86_400_000

/** Each client and scope of the batch once. `plainClients`: whether names of clients in counts are those of tokens. */
export function usesIn(batch: EventBatch, rated: RatedScopes, plainClients: boolean, now: number): readonly ScopeUse[] {
  const uses = new Map<string, ScopeUse>()
  for (const tally of batch.usage) {
    if (tally.row.outcome !== 'allow') continue
    for (const scope of tally.exercised ?? []) {
      const rating = Object.hasOwn(rated, scope) ? rated[scope] : undefined
      const key = JSON.stringify([tally.issuer ?? null, tally.row.client ?? null, scope])
      if (rating === undefined || uses.has(key)) continue
      uses.set(key, {
        ...rating,
        key,
        scope,
        occurrence: firstUse(batch, tally, scope, rating, key, plainClients, now),
      })
    }
  }
  return [...uses.values()]
}

function firstUse(
  batch: EventBatch,
  tally: UsageTally,
  scope: string,
  { isOwn }: RatedScope,
  key: string,
  plainClients: boolean,
  now: number,
): Occurrence {
  const { client } = tally.row
  const at = Math.min(batch.from, now)
  const evidence: Notice = {
    at: new Date(at).toISOString(),
    event: 'usage',
    code: 'first_use',
    fields: {
      scope,
      ...(client !== undefined && { client }),
      ...(tally.issuer !== undefined && { issuer: tally.issuer }),
      ...(tally.rule !== undefined && { rule: tally.rule }),
      requests: tally.count,
    },
  }
  const who = whoOf(batch, tally, plainClients)
  return { key, name: client ?? null, at, evidence, scope, isOwn, ...(who !== undefined && { who }) }
}

/** Counts have names as they are told; a decision beside them may say whose they are. Only the client is meant: others share its scope. */
function whoOf({ decisions }: EventBatch, { row, issuer }: UsageTally, plainClients: boolean): Identity | undefined {
  const { client } = row
  if (issuer === undefined || client === undefined) return undefined
  if (plainClients) return { issuer, client }
  const known = decisions.find(({ event, who }) => who?.issuer === issuer && event.client === client)?.who
  return known?.client === undefined ? undefined : { issuer, client: known.client }
}

type FirstUseTrigger = Extract<IncidentTrigger, { readonly kind: 'first-use' }>

/** Until when uses are only remembered; all times in milliseconds. `since`: since when they are. */
export const learnsUntil = ({ learnSeconds }: FirstUseTrigger, since: number): number => since + learnSeconds * 1000

/** Whether a use is one to tell, where nothing is learned any more. `last`: when it was used before, in milliseconds. What comes late is no first use. */
export function isFirst(trigger: FirstUseTrigger, use: ScopeUse, last: number | undefined): boolean {
  const { sensitivity, scopes, rememberDays } = trigger
  if (sensitivity === 'critical' && use.sensitivity !== 'critical') return false
  if (scopes !== undefined && !scopes.includes(use.scope)) return false
  return last === undefined || use.occurrence.at - last > rememberDays * DAY_MS
}
