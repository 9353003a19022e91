/** What of a batch counts for a rule, and together with what. */
import type { DecisionEvent } from '../../policy/decision-event.ts'
import type { EventBatch, Identity, Notice, RecordedDecision } from '../../policy/event-batch.ts'
import type { AwaitedNotice, IncidentGrouping, IncidentTrigger } from '../../policy/incident.ts'

/** One thing that happened. */
export interface Occurrence {
  /** What it is counted together with. Holds names as they are, so it never leaves the desk. */
  readonly key: string
  /** The name to tell, treated as the environment says. */
  readonly name: string | null
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly evidence: DecisionEvent | Notice
  readonly who?: Identity
  /** Of a first use. */
  readonly scope?: string
  /** Of a scope that opens the admin API: nothing is done about it by itself. */
  readonly isOwn?: boolean
}

type Of<Kind extends IncidentTrigger['kind']> = Extract<IncidentTrigger, { readonly kind: Kind }>

/** `now` in milliseconds: what says that it comes later comes now. */
export const deniedIn = (trigger: Of<'denials'>, { decisions }: EventBatch, now: number): readonly Occurrence[] =>
  decisions.filter(({ event }) => isMeant(trigger, event)).map((decision) => occurrenceOf(trigger.by, decision, now))

const isMeant = ({ codes, details }: Of<'denials'>, { outcome, codes: found = [], detail }: DecisionEvent): boolean =>
  outcome !== 'allow' &&
  found.some((code) => codes.includes(code)) &&
  (details === undefined || (detail !== undefined && details.includes(detail)))

function occurrenceOf(by: IncidentGrouping, { event, who }: RecordedDecision, now: number): Occurrence {
  const { name = null, key } = namesOf(by, event, who)
  return {
    key: JSON.stringify(key),
    name,
    at: timeOf(event.at, now),
    evidence: event,
    ...(who !== undefined && { who }),
  }
}

/** Those that lack the name are counted together: what cannot be told apart must not go uncounted. Names of clients and people are their issuer's. */
function namesOf(
  by: IncidentGrouping,
  event: DecisionEvent,
  who: Identity | undefined,
): { readonly name?: string; readonly key: readonly (string | null)[] } {
  const named = (name: string | undefined, key: readonly (string | undefined)[]) => ({
    ...(name !== undefined && { name }),
    key: key.map((part) => part ?? null),
  })
  switch (by) {
    case 'token':
      return named(event.token, [who?.fingerprint ?? event.token])
    case 'subject':
      return named(event.subject, [who?.issuer ?? event.issuer, who?.subject ?? event.subject])
    case 'client':
      return named(event.client, [who?.issuer ?? event.issuer, who?.client ?? event.client])
    case 'issuer':
      return named(event.issuer, [event.issuer])
    case 'rule':
      return named(event.rule, [event.rule])
    case 'service':
      return named(event.service, [event.service])
    case 'all':
      return { key: [] }
  }
}

export const noticedIn = ({ notices }: Of<'notice'>, batch: EventBatch, now: number): readonly Occurrence[] =>
  [...batch.notices, ...lossesOf(batch)]
    .filter((notice) => notices.some((awaited) => isAwaited(awaited, notice)))
    .map((notice) => ({
      key: JSON.stringify([notice.event, notice.code, notice.fields.sink ?? null]),
      name: notice.event === 'sink' ? `${notice.code} ${notice.fields.sink ?? ''}`.trim() : notice.code,
      at: timeOf(notice.at, now),
      evidence: notice,
    }))

const isAwaited = ({ event, codes }: AwaitedNotice, notice: Notice): boolean =>
  event === notice.event && (codes === 'any' || codes.includes(notice.code))

/** What the batch says of itself: events that a sink lost, and requests that were not counted. */
function lossesOf({ to, sinks, uncounted }: EventBatch): readonly Notice[] {
  const at = new Date(to).toISOString()
  const lost = sinks
    .filter((sink) => sink.lost > 0)
    .map((sink): Notice => ({ at, event: 'sink', code: 'lost', fields: { sink: sink.sink, lost: sink.lost } }))
  return uncounted > 0 ? [...lost, { at, event: 'sink', code: 'uncounted', fields: { uncounted } }] : lost
}

/** Clocks of isolates may run ahead, and what is sent may hold anything. */
function timeOf(text: string, now: number): number {
  const time = Date.parse(text)
  return Number.isNaN(time) ? now : Math.min(time, now)
}
