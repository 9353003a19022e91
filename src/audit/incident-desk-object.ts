/** Makes incidents of what is put on record and keeps them: one SQLite Durable Object an environment. No request waits for it. */
import { DurableObject } from 'cloudflare:workers'
import type { DurableObjectStorage } from '@cloudflare/workers-types'
import type { EventBatch } from '../policy/event-batch.ts'
import type {
  IncidentChange,
  IncidentDesk,
  IncidentQuery,
  IncidentRecord,
  IncidentsAnswer,
  RatedScopes,
} from '../policy/incident.ts'
import { changeIncident, type DeskSetting, findIncident, listIncidents, takeIn } from './incidents/desk.ts'
import { createTables } from './incidents/schema.ts'
import { hasRows, sweep } from './incidents/sweep.ts'
import { nextDue } from './incidents/tasks.ts'
import { doWork, type WorkParts } from './incidents/work.ts'

/** What the object is made of, as `worker.ts` wires it. */
export interface DeskParts extends WorkParts {
  /** Whether the environment tells names of clients as they are. */
  readonly plainClients: boolean
}

const SWEEP_PAUSE_MS = 3_600_000
const BACKLOG_PAUSE_MS = 1_000

/** Bound as a namespace with SQLite storage. Only the Worker itself can call it. */
export abstract class IncidentDeskObject<Bindings> extends DurableObject<Bindings> implements IncidentDesk {
  /** Taken anew at each use: a deployment may have changed what it is made of. */
  protected abstract parts(): DeskParts

  constructor(...parts: ConstructorParameters<typeof DurableObject<Bindings>>) {
    super(...parts)
    createTables(this.ctx.storage.sql)
  }

  get #storage(): DurableObjectStorage {
    return this.ctx.storage
  }

  async observe(batch: EventBatch, rated: RatedScopes): Promise<void> {
    const { report } = this.parts()
    const opened = takeIn(this.#storage, batch, rated, this.#setting())
    for (const { id, rule, severity } of opened)
      report({ event: 'incident', code: 'opened', incident: id, rule, severity })
    await this.#wake()
  }

  async list(query: IncidentQuery): Promise<IncidentsAnswer> {
    const { policy, now } = this.#setting()
    return listIncidents(this.#storage.sql, query, policy, now)
  }

  async find(id: string): Promise<IncidentRecord | undefined> {
    return findIncident(this.#storage.sql, id)
  }

  async change(id: string, change: IncidentChange): Promise<IncidentRecord | 'no_such_incident' | 'unchanged'> {
    const result = changeIncident(this.#storage, id, change, this.#setting())
    await this.#wake()
    return result
  }

  /** What is due, and what is of no use any more. Whatever fails, it comes back: alarms that throw are given up after a few attempts. */
  override async alarm(): Promise<void> {
    const parts = this.parts()
    await this.#storage.setAlarm(parts.clock() + SWEEP_PAUSE_MS)
    try {
      await doWork(this.#storage, parts)
      const hasMore = sweep(this.#storage.sql, parts.clock())
      if (hasMore) await this.#storage.setAlarm(parts.clock() + BACKLOG_PAUSE_MS)
    } catch {
      parts.report({ event: 'fault', code: 'incident_work_failed' })
      await this.#storage.setAlarm(parts.clock() + BACKLOG_PAUSE_MS * 60)
      return
    }
    await this.#wake()
  }

  #setting(): DeskSetting {
    const { policy, plainClients, clock } = this.parts()
    return { policy, plainClients, now: clock(), newId: () => crypto.randomUUID() }
  }

  /** An alarm that is set for an earlier time stays. */
  async #wake(): Promise<void> {
    const storage = this.#storage
    const due = nextDue(storage.sql) ?? (hasRows(storage.sql) ? this.parts().clock() + SWEEP_PAUSE_MS : undefined)
    if (due === undefined) return
    const known = await storage.getAlarm()
    if (known === null || known > due) await storage.setAlarm(due)
  }
}
