/** What the incident desk is asked: to take in a batch, to list, and to take note of what people did. */
import type { DurableObjectStorage, SqlStorage } from '@cloudflare/workers-types'
import type { EventBatch } from '../../policy/event-batch.ts'
import type {
  Incident,
  IncidentChange,
  IncidentPolicy,
  IncidentQuery,
  IncidentRecord,
  IncidentsAnswer,
  IncidentWatch,
  RatedScopes,
} from '../../policy/incident.ts'
import { INCIDENT_STATES } from '../../policy/incident.ts'
import type { Occasion } from './alert-shapes.ts'
import { evaluate, type Opened } from './evaluate.ts'
import { learnsUntil } from './first-use.ts'
import { numberOfId, readIncident, type StoredIncident } from './incident-row.ts'
import { isTold } from './send-alert.ts'
import { createSqlMemory, droppedOf, keepIncident, sinceOf } from './sql-memory.ts'
import { addTask } from './tasks.ts'

export interface DeskSetting {
  readonly policy: IncidentPolicy
  readonly plainClients: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
  /** A text that was never there before. */
  readonly newId: () => string
}

/** All that a batch changes, or nothing. */
export function takeIn(
  storage: DurableObjectStorage,
  batch: EventBatch,
  rated: RatedScopes,
  setting: DeskSetting,
): readonly Incident[] {
  const { sql } = storage
  const { policy, plainClients, now, newId } = setting
  return storage.transactionSync(() => {
    const memory = createSqlMemory(sql, now, newId)
    const opened = evaluate(batch, { rules: policy.rules, rated, plainClients, now }, memory)
    return opened.map((each) => beginWork(sql, each, setting))
  })
}

function beginWork(sql: SqlStorage, { rule, incident, noResponse }: Opened, setting: DeskSetting): Incident {
  const { policy, now, newId } = setting
  const number = numberOfId(incident.id) ?? 0
  const channels = policy.channels.filter(({ name }) => rule.alerts.includes(name))
  const begun: Incident = {
    ...incident,
    ...(rule.response && {
      response: { kind: rule.response.kind, ...(noResponse !== undefined && { failed: noResponse }) },
    }),
    alerts: channels.map(({ name }) => ({ channel: name, state: 'pending', attempts: 0 })),
  }
  keepIncident(sql, begun, now)
  if (rule.response && noResponse === undefined)
    addTask(sql, { incident: number, kind: 'respond', message: newId() }, now)
  for (const { name } of channels)
    addTask(sql, { incident: number, kind: 'alert', channel: name, occasion: 'opened', message: newId() }, now)
  return begun
}

export function listIncidents(
  sql: SqlStorage,
  query: IncidentQuery,
  policy: IncidentPolicy,
  now: number,
): IncidentsAnswer {
  const { state, rule, severity, limit } = query
  const before = query.before === undefined ? Number.MAX_SAFE_INTEGER : (numberOfId(query.before) ?? 0)
  const rows = sql
    .exec<StoredIncident>(
      `SELECT * FROM incident WHERE number < ? AND (? IS NULL OR state = ?) AND (? IS NULL OR rule = ?) AND (? IS NULL OR severity = ?)
      ORDER BY number DESC LIMIT ?`,
      ...[
        before,
        state ?? null,
        state ?? null,
        rule ?? null,
        rule ?? null,
        severity ?? null,
        severity ?? null,
        limit + 1,
      ],
    )
    .toArray()
  const incidents = rows.slice(0, limit).map((row) => readIncident(row).incident)
  const next = rows.length > limit ? (incidents.at(-1)?.id ?? null) : null
  return { incidents, next, watch: watchOf(sql, policy, now) }
}

function watchOf(sql: SqlStorage, { rules }: IncidentPolicy, now: number): IncidentWatch {
  const since = sinceOf(sql)
  const ends = rules.flatMap(({ trigger }) =>
    trigger.kind === 'first-use' && since !== undefined ? [learnsUntil(trigger, since)] : [],
  )
  const learning = Math.max(...ends, 0)
  return {
    since: since === undefined ? null : new Date(since).toISOString(),
    ...(learning > now && { learningUntil: new Date(learning).toISOString() }),
    dropped: droppedOf(sql),
  }
}

export function findIncident(sql: SqlStorage, id: string): IncidentRecord | undefined {
  const number = numberOfId(id)
  if (number === undefined) return undefined
  const [row] = sql.exec<StoredIncident>('SELECT * FROM incident WHERE number = ?', number).toArray()
  if (row === undefined) return undefined
  const { incident, subject } = readIncident(row)
  return { incident, ...(subject !== undefined && { subject }) }
}

/** Forward alone: what is closed stays closed. */
export function changeIncident(
  storage: DurableObjectStorage,
  id: string,
  { to, by, note }: IncidentChange,
  { policy, now, newId }: DeskSetting,
): IncidentRecord | 'no_such_incident' | 'unchanged' {
  return storage.transactionSync(() => {
    const found = findIncident(storage.sql, id)
    if (found === undefined) return 'no_such_incident'
    const { incident } = found
    if (INCIDENT_STATES.indexOf(to) <= INCIDENT_STATES.indexOf(incident.state)) return 'unchanged'
    const told = policy.channels.filter(
      (channel) => isTold(channel, to) && incident.alerts.some((each) => each.channel === channel.name),
    )
    const changed: Incident = {
      ...incident,
      state: to,
      history: [...incident.history, { at: new Date(now).toISOString(), to, by, ...(note !== undefined && { note }) }],
      alerts: incident.alerts.map((each) =>
        told.some(({ name }) => name === each.channel) ? { ...each, state: 'pending' } : each,
      ),
    }
    keepIncident(storage.sql, changed, now)
    for (const { name } of told)
      addTask(
        storage.sql,
        {
          incident: numberOfId(id) ?? 0,
          kind: 'alert',
          channel: name,
          occasion: to satisfies Occasion,
          message: newId(),
        },
        now,
      )
    return { ...found, incident: changed }
  })
}
