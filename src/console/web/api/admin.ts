/** What the console asks of the admin API, by name; the answers are those of `policy/`. */
import type { OverviewAnswer, ReleasesAnswer, TailTicket } from '../../../policy/console-answers.ts'
import type { DecisionEvent } from '../../../policy/decision-event.ts'
import type { Incident, IncidentState, IncidentsAnswer } from '../../../policy/incident.ts'
import type {
  ClientsAnswer,
  DecisionQuery,
  DecisionsAnswer,
  DeprecatedAnswer,
  ObservedAnswer,
  Period,
  ScopesAnswer,
  SinksAnswer,
  TrafficAnswer,
  TrafficGrouping,
  UnmappedAnswer,
  Window,
} from '../../../policy/usage-answers.ts'
import type { ApiClient } from './client.ts'

export interface TrafficQuery extends Window {
  readonly period: Period
  readonly by: TrafficGrouping
}

export type Admin = ReturnType<typeof createAdmin>

export const createAdmin = (api: ApiClient) => ({
  /** For what has no name here. */
  api,
  overview: (signal?: AbortSignal) => api.get<OverviewAnswer>('overview', {}, signal),
  traffic: (query: TrafficQuery, signal?: AbortSignal) => api.get<TrafficAnswer>('usage/traffic', { ...query }, signal),
  scopes: (window: Window, signal?: AbortSignal) => api.get<ScopesAnswer>('usage/scopes', { ...window }, signal),
  clients: (window: Window, signal?: AbortSignal) => api.get<ClientsAnswer>('usage/clients', { ...window }, signal),
  unmapped: (window: Window, signal?: AbortSignal) => api.get<UnmappedAnswer>('usage/unmapped', { ...window }, signal),
  deprecated: (window: Window, signal?: AbortSignal) =>
    api.get<DeprecatedAnswer>('usage/deprecated', { ...window }, signal),
  observed: (window: Window, signal?: AbortSignal) => api.get<ObservedAnswer>('usage/observed', { ...window }, signal),
  sinks: (window: Window, signal?: AbortSignal) => api.get<SinksAnswer>('usage/sinks', { ...window }, signal),
  decisions: (query: DecisionQuery, signal?: AbortSignal) =>
    api.get<DecisionsAnswer>('decisions', { ...query }, signal),
  decision: (id: string, signal?: AbortSignal) =>
    api.get<DecisionEvent>(`decisions/${encodeURIComponent(id)}`, {}, signal),
  incidents: (query: { readonly state?: IncidentState; readonly before?: string } = {}, signal?: AbortSignal) =>
    api.get<IncidentsAnswer>('incidents', { ...query }, signal),
  incident: (id: string, signal?: AbortSignal) => api.get<Incident>(`incidents/${encodeURIComponent(id)}`, {}, signal),
  acknowledge: (id: string, note?: string) =>
    api.post<Incident>(`incidents/${encodeURIComponent(id)}/acknowledge`, note ? { note } : {}),
  close: (id: string, note?: string) =>
    api.post<Incident>(`incidents/${encodeURIComponent(id)}/close`, note ? { note } : {}),
  releases: (signal?: AbortSignal) => api.get<ReleasesAnswer>('releases', {}, signal),
  /** The release's own text, for the differences and for judging requests here. */
  releaseText: (digest: string, signal?: AbortSignal) => api.text(`releases/${encodeURIComponent(digest)}`, signal),
  rollBack: (serial: number, expect: number) => api.post<unknown>('releases/rollback', { serial, expect }),
  tailTicket: () => api.post<TailTicket>('tail'),
})
