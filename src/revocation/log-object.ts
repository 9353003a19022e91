/** The revocation log of an environment: one SQLite Durable Object, so that there is one order of all that happens, and nothing is lost once it is answered. */
import { DurableObject } from 'cloudflare:workers'
import type { NonEmpty } from '../policy/result.ts'
import type {
  AppendFault,
  ChainLink,
  Changes,
  Cursor,
  ListedMark,
  LogStatus,
  MarkQuery,
  NewEntry,
  Receipt,
  RevocationLog,
} from '../policy/revocation-log.ts'
import { append } from './append.ts'
import { isSweepDue, sweepPause, sweepSlice } from './compaction.ts'
import { countsOf, readHead } from './facts.ts'
import { changesAfter, linksAfter, listMarks, statusOf } from './reading.ts'
import { createTell } from './report.ts'
import { isCrowded, MOST, roomText } from './room.ts'
import { migrate } from './schema.ts'
import { buildSlice, deleteOldParts, isSnapshotDue, type SnapshotStore } from './snapshot-writer.ts'

/** Between two slices of the work that alarms do: requests come first. */
const SLICE_PAUSE_MS = 100
/** From a change to the snapshot that it makes due, so that a bulk of changes is in one. */
const SNAPSHOT_PAUSE_MS = 2_000
/** Until KV is tried again. */
const STORE_PAUSE_MS = 60_000

/** Bound as a namespace with SQLite storage; all callers use one name. Only the Worker itself can call it. */
export class RevocationHub extends DurableObject<{ readonly SCOPES?: SnapshotStore }> implements RevocationLog {
  /** The same as in the database: those who follow and know all there is are answered without a look at it. */
  #head: Cursor
  readonly #tell = createTell((event) => console.log(JSON.stringify(event)))

  constructor(...parts: ConstructorParameters<typeof DurableObject<{ readonly SCOPES?: SnapshotStore }>>) {
    super(...parts)
    migrate(this.ctx.storage)
    this.#head = readHead(this.ctx.storage.sql)
  }

  async append(entries: NonEmpty<NewEntry>): Promise<Receipt | AppendFault> {
    const now = Date.now()
    const { storage } = this.ctx
    const result = append(storage, entries, now)
    if ('code' in result) {
      if (result.code === 'full') this.#tell({ code: 'log_full', detail: roomText(countsOf(storage.sql), MOST) }, now)
      return result
    }
    this.#head = result.head
    if (isCrowded(countsOf(storage.sql), MOST))
      this.#tell({ code: 'log_filling', detail: roomText(countsOf(storage.sql), MOST) }, now)
    await this.#wakeBy(now + (this.#isSnapshotDue(now) ? SNAPSHOT_PAUSE_MS : sweepPause(storage.sql)))
    return result
  }

  async changes(after: Cursor | undefined): Promise<Changes> {
    return changesAfter(this.ctx.storage.sql, this.#head, after)
  }

  async marks(query: MarkQuery): Promise<readonly ListedMark[]> {
    return listMarks(this.ctx.storage.sql, query, Date.now())
  }

  async links(after: number, limit: number): Promise<readonly ChainLink[]> {
    return linksAfter(this.ctx.storage.sql, after, limit)
  }

  async status(): Promise<LogStatus> {
    return statusOf(this.ctx.storage.sql, this.#head)
  }

  /** One slice of the sweep, or of the snapshot. Whatever fails, it comes back: alarms that throw are given up after a few attempts. */
  override async alarm(): Promise<void> {
    const now = Date.now()
    const { storage } = this.ctx
    await storage.setAlarm(now + sweepPause(storage.sql))
    const isSweeping = isSweepDue(storage.sql, now)
    if (isSweeping) sweepSlice(storage, now)
    const isStored = isSweeping || (await this.#writeSnapshot(now))
    if (!isStored) await storage.setAlarm(now + STORE_PAUSE_MS)
    else if (isSweeping || this.#isSnapshotDue(now)) await storage.setAlarm(now + SLICE_PAUSE_MS)
  }

  /** Whether KV took what there was for it. */
  async #writeSnapshot(now: number): Promise<boolean> {
    const { storage } = this.ctx
    const { SCOPES: store } = this.env
    if (store === undefined) return true
    try {
      if (this.#isSnapshotDue(now)) await buildSlice(storage, store, now)
      await deleteOldParts(storage.sql, store, now)
      return true
    } catch (fault) {
      console.log(JSON.stringify({ event: 'fault', code: 'revocation_snapshot_failed', detail: String(fault) }))
      return false
    }
  }

  #isSnapshotDue(now: number): boolean {
    return this.env.SCOPES !== undefined && isSnapshotDue(this.ctx.storage.sql, this.#head, now)
  }

  /** An alarm that is set for an earlier time stays; its own work sets the next. */
  async #wakeBy(time: number): Promise<void> {
    const { storage } = this.ctx
    const known = await storage.getAlarm()
    if (known === null || known > time) await storage.setAlarm(time)
  }
}
