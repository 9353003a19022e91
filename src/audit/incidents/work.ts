/** Doing what is due: responses first, so that alerts can say what became of them; then alerts, each channel by itself. */
import type { DurableObjectStorage } from '@cloudflare/workers-types'
import type { Incident, IncidentPolicy } from '../../policy/incident.ts'
import type { EpochSeconds, NonEmpty } from '../../policy/result.ts'
import type { AppendFault, NewEntry, Receipt } from '../../policy/revocation-log.ts'
import { TryLater } from '../sink.ts'
import { incidentId, readIncident, type StoredIncident } from './incident-row.ts'
import { type ResponseFault, responseEntry } from './response.ts'
import { type AlertParts, sendAlert } from './send-alert.ts'
import { keepIncident } from './sql-memory.ts'
import { dueTasks, endTask, hasTask, postponeTask, type Task } from './tasks.ts'

export interface WorkParts extends AlertParts {
  readonly environment: string
  /** Where the console is. */
  readonly origin: string
  readonly policy: IncidentPolicy
  /** Absent: nothing can be revoked. */
  readonly append?: (entries: NonEmpty<NewEntry>) => Promise<Receipt | AppendFault>
  /** One line for the operator. */
  readonly report: (event: object) => void
}

export async function doWork(storage: DurableObjectStorage, parts: WorkParts): Promise<void> {
  await Promise.all(dueTasks(storage.sql, 'respond', parts.clock()).map((task) => respond(storage, task, parts)))
  await Promise.all(dueTasks(storage.sql, 'alert', parts.clock()).map((task) => alert(storage, task, parts)))
}

function storedOf({ sql }: DurableObjectStorage, { incident }: Task): StoredIncident | undefined {
  return sql.exec<StoredIncident>('SELECT * FROM incident WHERE number = ?', incident).toArray()[0]
}

async function respond(storage: DurableObjectStorage, task: Task, parts: WorkParts): Promise<void> {
  const stored = storedOf(storage, task)
  if (stored === undefined) return endTask(storage.sql, task)
  const { incident, who } = readIncident(stored)
  const rule = parts.policy.rules.find(({ name }) => name === incident.rule)
  const until = Math.floor(task.began / 1000 + (rule?.response?.forSeconds ?? 0)) as EpochSeconds
  const entry = responseEntry(rule, incident, who, stored.once, until)
  const result = entry.ok ? await tryAppend(entry.value, until, parts) : entry.error
  storage.transactionSync(() => {
    const now = storedOf(storage, task)
    if (now === undefined) return
    const isFinal =
      typeof result === 'number' || !RETRIED.includes(result) || !postponeTask(storage.sql, task, parts.clock())
    if (isFinal) endTask(storage.sql, task)
    const current = readIncident(now).incident
    const kind = current.response?.kind ?? 'revoke'
    const response: Incident['response'] =
      typeof result === 'number'
        ? { kind, entry: result, until: new Date(until * 1000).toISOString() }
        : { kind, failed: result }
    keepIncident(storage.sql, { ...current, response }, parts.clock())
  })
  if (typeof result !== 'number')
    parts.report({ event: 'incident', code: 'response_failed', incident: incident.id, detail: result })
}

const RETRIED: readonly ResponseFault[] = ['log_unreachable', 'log_full']

/** The number of the entry, also where it was written before. */
async function tryAppend(
  entry: NewEntry,
  until: EpochSeconds,
  { append, clock }: WorkParts,
): Promise<number | ResponseFault> {
  if (append === undefined) return 'no_log'
  if (until * 1000 <= clock()) return 'too_late'
  try {
    const receipt = await append([entry])
    if ('code' in receipt) return 'log_full'
    return receipt.entries[0]?.seq ?? 'log_unreachable'
  } catch {
    return 'log_unreachable'
  }
}

async function alert(storage: DurableObjectStorage, task: Task, parts: WorkParts): Promise<void> {
  const stored = storedOf(storage, task)
  const channel = parts.policy.channels.find(({ name }) => name === task.channel)
  if (stored === undefined) return endTask(storage.sql, task)
  const { incident } = readIncident(stored)
  const fault =
    channel === undefined
      ? new Error('there is no such channel any more')
      : await faultOf(
          sendAlert(
            channel,
            {
              occasion: task.occasion ?? 'opened',
              incident,
              environment: parts.environment,
              description: parts.policy.rules.find(({ name }) => name === incident.rule)?.description ?? '',
              link: `${parts.origin}/_scopewall/#/incidents/${incidentId(task.incident)}`,
              key: stored.once,
            },
            task.message,
            parts,
          ),
        )
  const isLost = storage.transactionSync(() => settle(storage, task, channel === undefined, fault, parts.clock()))
  if (fault !== undefined)
    parts.report({
      event: 'incident',
      code: isLost ? 'alert_failed' : 'alert_delayed',
      incident: incident.id,
      channel: task.channel,
      detail: fault.message,
    })
}

/** Whether the channel will never be told. */
function settle(
  storage: DurableObjectStorage,
  task: Task,
  isGone: boolean,
  fault: Error | undefined,
  now: number,
): boolean {
  const { sql } = storage
  const stored = storedOf(storage, task)
  if (stored === undefined) return false
  const isTriedAgain =
    fault !== undefined && !isGone && postponeTask(sql, task, now, fault instanceof TryLater ? fault.afterMs : 0)
  if (!isTriedAgain) endTask(sql, task)
  const { incident } = readIncident(stored)
  const isPending = hasTask(sql, task.incident, task.channel ?? '')
  const state = isPending ? 'pending' : fault === undefined ? 'sent' : 'failed'
  const alerts = incident.alerts.map((each) =>
    each.channel === task.channel ? { ...each, state, attempts: each.attempts + 1 } : each,
  ) satisfies Incident['alerts']
  keepIncident(sql, { ...incident, alerts }, now)
  return fault !== undefined && !isTriedAgain
}

/** Messages of faults are ours, or the runtime's about an address: no answer of a channel is in them. */
async function faultOf(work: Promise<void>): Promise<Error | undefined> {
  try {
    await work
    return undefined
  } catch (fault) {
    return fault instanceof Error ? fault : new Error('it failed')
  }
}
