/** What the console asks of the admin API, by name; the answers are those of `policy/`. */
import type {
  OverviewAnswer,
  ReleasesAnswer,
  RollbackAnswer,
  RollbackRequest,
  TailTicket,
} from '../../../policy/console-answers.ts'
import type { DecisionEvent } from '../../../policy/decision-event.ts'
import type { IncidentAnswer, IncidentState, IncidentsAnswer } from '../../../policy/incident.ts'
import type { TargetKind } from '../../../policy/mark.ts'
import type { ListedMark, LogEntry, LogStatus } from '../../../policy/revocation-log.ts'
import type { TokenAnswer, TokenQuery } from '../../../policy/token-audit.ts'
import type { UsageRow } from '../../../policy/usage.ts'
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
import type { Revocation } from '../model/revocation-form.ts'
import type { ApiClient } from './client.ts'

export interface TrafficQuery extends Window {
  readonly period: Period
  readonly by: TrafficGrouping
  /** Of this service alone. */
  readonly service?: string
}

export interface MarksQuery {
  readonly active: boolean
  readonly kind?: TargetKind
  readonly value?: string
  readonly issuer?: string
  readonly scope?: string
  readonly client?: string
  readonly before?: number
  readonly limit: number
}

export interface MarksAnswer {
  readonly marks: readonly ListedMark[]
  /** `before` of the next page. */
  readonly next: number | null
}

export interface MarkReceipt {
  readonly entries: readonly { readonly entry: number; readonly expires: number | null }[]
}

export type TokensQuery = Partial<Pick<TokenQuery, 'client' | 'issuer' | 'subject' | 'scope'>> & {
  readonly limit: number
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
  incident: (id: string, signal?: AbortSignal) =>
    api.get<IncidentAnswer>(`incidents/${encodeURIComponent(id)}`, {}, signal),
  acknowledge: (id: string, note?: string) =>
    api.post<IncidentAnswer>(`incidents/${encodeURIComponent(id)}/acknowledge`, note ? { note } : {}),
  close: (id: string, note?: string) =>
    api.post<IncidentAnswer>(`incidents/${encodeURIComponent(id)}/close`, note ? { note } : {}),
  releases: (query: { readonly before?: string } = {}, signal?: AbortSignal) =>
    api.get<ReleasesAnswer>('releases', { ...query }, signal),
  /** The release's own text, for the differences and for judging requests here. */
  releaseText: (digest: string, signal?: AbortSignal) => api.text(`releases/${encodeURIComponent(digest)}`, signal),
  rollBack: (request: RollbackRequest) => api.post<RollbackAnswer>('releases/rollback', request),
  /** What a replay judges again: one line for each kind of request. */
  replay: async (window: Window, signal?: AbortSignal): Promise<readonly UsageRow[]> =>
    (await api.text(`usage/replay?${new URLSearchParams({ ...window })}`, signal))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line)),
  /** The newest first. */
  marks: (query: MarksQuery, signal?: AbortSignal) =>
    api.get<MarksAnswer>('revocations', { ...query, active: String(query.active) }, signal),
  mark: (entry: number, signal?: AbortSignal) => api.get<ListedMark | LogEntry>(`revocations/${entry}`, {}, signal),
  revoke: ({ path, body }: Revocation) => api.post<MarkReceipt>(path, body),
  undo: (entry: number, reason: string) => api.post<unknown>(`revocations/${entry}/undo`, { reason }),
  logStatus: (signal?: AbortSignal) => api.get<LogStatus>('log', {}, signal),
  tokens: (query: TokensQuery, signal?: AbortSignal) => api.get<TokenAnswer>('tokens', { ...query }, signal),
  tailTicket: () => api.post<TailTicket>('tail'),
})
