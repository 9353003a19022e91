/** The incident desk as the consumer of events and the admin API reach it. What it does is in incident-desk-object.ts. */
import type { EventBatch } from '../policy/event-batch.ts'
import type { IncidentDesk, RatedScopes } from '../policy/incident.ts'

/** The part of a Durable Object namespace of `IncidentDeskObject` that is used. */
export interface IncidentDesks<Id = unknown> {
  idFromName(name: string): Id
  get(id: Id): IncidentDesk
}

export interface IncidentDeskLink extends Omit<IncidentDesk, 'observe'> {
  /** What came before changes nothing, and what could not become an incident is not sent. Rejects where the desk did not take it. */
  readonly observe: (batch: EventBatch) => Promise<void>
}

/** How the release rates scopes that are high or critical; of those that are not, it says nothing. */
export type RateScopes = (scopes: readonly string[]) => Promise<RatedScopes>

export function durableIncidentDesk<Id>(
  desks: IncidentDesks<Id>,
  environment: string,
  rate: RateScopes,
): IncidentDeskLink {
  const desk = () => desks.get(desks.idFromName(environment))
  return {
    async observe(batch) {
      const exercised = new Set(
        batch.usage.flatMap(({ row, exercised: scopes = [] }) => (row.outcome === 'allow' ? scopes : [])),
      )
      const rated = exercised.size === 0 ? {} : await rate([...exercised])
      if (hasNews(batch, rated)) await desk().observe(batch, rated)
    },
    list: (query) => desk().list(query),
    find: (id) => desk().find(id),
    change: (id, change) => desk().change(id, change),
  }
}

const hasNews = ({ decisions, notices, sinks, uncounted }: EventBatch, rated: RatedScopes): boolean =>
  decisions.some(({ event }) => event.outcome !== 'allow') ||
  notices.length > 0 ||
  uncounted > 0 ||
  sinks.some(({ lost }) => lost > 0) ||
  Object.keys(rated).length > 0
