/** A batch of events -> incidents. Pure but for the memory that is handed in: no clock, no network, and the same batches in any order say the same. */
import type { EventBatch } from '../../policy/event-batch.ts'
import type { Incident, IncidentRule, RatedScopes } from '../../policy/incident.ts'
import { isFirst, learnsUntil, type ScopeUse, usesIn } from './first-use.ts'
import { BATCH_MS, type KeptIncident, LIMITS, type Memory, type NewIncident } from './memory.ts'
import { deniedIn, noticedIn, type Occurrence } from './occurrences.ts'
import { titleOf } from './title.ts'
import { bothEnds, fullAt, type Group, joined } from './window.ts'

export interface Evaluation {
  readonly rules: readonly IncidentRule[]
  readonly rated: RatedScopes
  /** Whether the environment tells names of clients as they are. */
  readonly plainClients: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** What began: for whoever tells it and acts on it. */
export interface Opened {
  readonly rule: IncidentRule
  readonly incident: Incident
  /** Why nothing may be done about it by itself. */
  readonly noResponse?: 'own_scope' | 'too_many'
}

/** Of all groups that came when a rule had enough incidents. No group has such a key: theirs are JSON. */
const OVERFLOW = 'others'

/** A batch that was here before changes nothing, and neither does one that is so old that nobody can say whether it was. */
export function evaluate(batch: EventBatch, evaluation: Evaluation, memory: Memory): readonly Opened[] {
  if (batch.to < evaluation.now - BATCH_MS || !memory.takes(batch.id, evaluation.now)) return []
  const firsts = firstUsesIn(batch, evaluation, memory)
  return evaluation.rules.flatMap((rule) =>
    [...byKey(occurrencesOf(rule, batch, firsts, evaluation))].flatMap(
      ([key, occurrences]) => settle(rule, key, occurrences, memory, evaluation) ?? [],
    ),
  )
}

type FirstUses = ReadonlyMap<IncidentRule, readonly Occurrence[]>

/** Uses are remembered whether or not a rule asks for them, so that a rule that is added need not begin at nothing. */
function firstUsesIn(batch: EventBatch, { rules, rated, plainClients, now }: Evaluation, memory: Memory): FirstUses {
  const firsts = new Map<IncidentRule, Occurrence[]>()
  for (const use of usesIn(batch, rated, plainClients, now)) {
    const last = memory.lastUse(use.key)
    for (const rule of rules)
      if (isTold(rule, use, last, memory.since(), now)) firsts.set(rule, [...(firsts.get(rule) ?? []), use.occurrence])
    memory.keepUse(use.key, Math.max(use.occurrence.at, last ?? 0))
  }
  return firsts
}

const isTold = (
  { trigger }: IncidentRule,
  use: ScopeUse,
  last: number | undefined,
  since: number,
  now: number,
): boolean => trigger.kind === 'first-use' && now >= learnsUntil(trigger, since) && isFirst(trigger, use, last)

function occurrencesOf(
  rule: IncidentRule,
  batch: EventBatch,
  firsts: FirstUses,
  { now }: Evaluation,
): readonly Occurrence[] {
  switch (rule.trigger.kind) {
    case 'denials':
      return deniedIn(rule.trigger, batch, now)
    case 'notice':
      return noticedIn(rule.trigger, batch, now)
    case 'first-use':
      return firsts.get(rule) ?? []
  }
}

function byKey(occurrences: readonly Occurrence[]): ReadonlyMap<string, readonly Occurrence[]> {
  const groups = new Map<string, Occurrence[]>()
  for (const occurrence of occurrences) {
    const group = groups.get(occurrence.key)
    if (group === undefined) groups.set(occurrence.key, [occurrence])
    else group.push(occurrence)
  }
  return groups
}

/** Into the incident that there is, or towards a new one. */
function settle(
  rule: IncidentRule,
  key: string,
  occurrences: readonly Occurrence[],
  memory: Memory,
  evaluation: Evaluation,
): Opened | undefined {
  const latest = memory.latest(rule.name, key)
  const until = latest === undefined ? Number.NEGATIVE_INFINITY : takesUntil(latest, rule)
  const [taken, rest] = [occurrences.filter(({ at }) => at <= until), occurrences.filter(({ at }) => at > until)]
  if (latest !== undefined && taken.length > 0) memory.change(takenInto(latest.incident, taken))
  const [first] = rest
  if (first === undefined) return undefined
  const { count, withinMs } = thresholdOf(rule)
  const group = joined(memory.group(rule.name, key), rest, count, withinMs)
  const openedAt = fullAt(group.times, count, withinMs)
  if (openedAt === undefined) {
    memory.keepGroup(rule.name, key, group, evaluation.now)
    return undefined
  }
  memory.forgetGroup(rule.name, key)
  return memory.openCount(rule.name) < LIMITS.open
    ? openOne(rule, key, group, openedAt, first, memory)
    : openOverflow(rule, group, openedAt, memory)
}

/** In milliseconds: later events begin something new. */
function takesUntil({ incident }: KeptIncident, { quietSeconds }: IncidentRule): number {
  if (incident.state !== 'closed') return Number.POSITIVE_INFINITY
  const closed = incident.history.findLast(({ to }) => to === 'closed')
  return Date.parse(closed?.at ?? incident.openedAt) + quietSeconds * 1000
}

const takenInto = (incident: Incident, occurrences: readonly Occurrence[]): Incident => ({
  ...incident,
  count: incident.count + occurrences.length,
  lastEventAt: isoOf(Math.max(Date.parse(incident.lastEventAt), ...occurrences.map(({ at }) => at))),
  evidence: bothEnds([...incident.evidence, ...occurrences.map(({ evidence }) => evidence)]),
})

const thresholdOf = ({ trigger }: IncidentRule): { readonly count: number; readonly withinMs: number } =>
  trigger.kind === 'denials'
    ? { count: trigger.count, withinMs: trigger.withinSeconds * 1000 }
    : { count: 1, withinMs: 1000 }

function openOne(
  rule: IncidentRule,
  key: string,
  group: Group,
  openedAt: number,
  { scope, isOwn = false }: Occurrence,
  memory: Memory,
): Opened {
  const incident = memory.open(rule, key, newIncident(rule, group, openedAt, scope), group.who)
  return { rule, incident, ...(isOwn && { noResponse: 'own_scope' }) }
}

/** One incident for all that is too much: its number says how many events there were, and nobody is told fifty times more. */
function openOverflow(rule: IncidentRule, group: Group, openedAt: number, memory: Memory): Opened | undefined {
  const latest = memory.latest(rule.name, OVERFLOW)
  const unnamed = { ...group, name: null }
  if (latest !== undefined && latest.incident.state !== 'closed') {
    const { incident } = latest
    memory.change({
      ...incident,
      count: incident.count + group.times.length,
      lastEventAt: isoOf(Math.max(Date.parse(incident.lastEventAt), ...group.times)),
      evidence: bothEnds([...incident.evidence, ...group.evidence]),
    })
    return undefined
  }
  const incident = memory.open(rule, OVERFLOW, newIncident(rule, unnamed, openedAt, undefined, true), undefined)
  return { rule, incident, noResponse: 'too_many' }
}

function newIncident(
  rule: IncidentRule,
  group: Group,
  openedAt: number,
  scope: string | undefined,
  isOverflow = false,
): NewIncident {
  const by = byOf(rule)
  return {
    rule: rule.name,
    severity: rule.severity,
    title: titleOf(rule, { by, name: group.name }, scope, isOverflow),
    state: 'open',
    group: { by, name: group.name },
    ...(scope !== undefined && { scope }),
    openedAt: isoOf(openedAt),
    lastEventAt: isoOf(group.times.at(-1) ?? openedAt),
    count: group.times.length,
    evidence: group.evidence,
  }
}

function byOf({ trigger }: IncidentRule): Incident['group']['by'] {
  if (trigger.kind === 'denials') return trigger.by
  return trigger.kind === 'first-use' ? 'client' : 'all'
}

const isoOf = (milliseconds: number): string => new Date(milliseconds).toISOString()
