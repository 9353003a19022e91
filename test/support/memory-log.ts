/** A revocation log in memory, as far as the doors need one. What the real one does beyond this has tests of its own. */
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { epochSeconds, type NonEmpty } from '../../src/policy/result.ts'
import {
  type AppendFault,
  type ChainLink,
  type Changes,
  type Cursor,
  GENESIS,
  type ListedMark,
  type LogEntry,
  type LogStatus,
  type MarkQuery,
  type NewEntry,
  type Receipt,
  type RevocationLog,
} from '../../src/policy/revocation-log.ts'

export class MemoryLog implements RevocationLog {
  readonly entries: LogEntry[] = []
  readonly chain: ChainLink[] = []
  /** Whether it answers. */
  isUp = true
  /** How many entries it takes until its disk is full. */
  most = Number.POSITIVE_INFINITY
  readonly #now: () => number
  /** Whether there is room for marks. */
  isFull = false

  constructor(now: () => number) {
    this.#now = now
  }

  async append(entries: NonEmpty<NewEntry>): Promise<Receipt | AppendFault> {
    this.#requireUp()
    if (this.entries.length + entries.length > this.most) throw new Error('the disk is full')
    for (const [index, { action }] of entries.entries()) {
      if (action.kind !== 'undo') continue
      if (this.entries[action.mark - 1]?.action.kind !== 'mark') return { code: 'no_such_mark', entry: index }
      if (this.#isUndone(action.mark)) return { code: 'already_undone', entry: index }
    }
    const mark = entries.findIndex(({ action }) => action.kind === 'mark')
    if (this.isFull && mark >= 0) return { code: 'full', entry: mark }
    const written = entries.map(({ once: _, ...entry }) => {
      const seq = this.entries.length + 1
      const full: LogEntry = { seq, time: new Date(this.#now()).toISOString(), ...entry }
      const text = JSON.stringify(full)
      const previous = this.#head().hash
      const hash = createHash('sha256').update(`${previous}\n${text}`).digest('base64url')
      this.entries.push(full)
      this.chain.push({ seq, text, previous, hash })
      return { seq, isDuplicate: false }
    })
    return { head: this.#head(), entries: written }
  }

  async changes(): Promise<Changes> {
    this.#requireUp()
    return { kind: 'changes', states: [], cursor: this.#head(), head: this.#head() }
  }

  async marks({ active, target, before = Number.POSITIVE_INFINITY, limit }: MarkQuery): Promise<readonly ListedMark[]> {
    this.#requireUp()
    return this.entries
      .flatMap((entry): ListedMark[] =>
        entry.action.kind === 'mark' ? [{ ...entry, action: entry.action, standing: this.#standing(entry) }] : [],
      )
      .filter(({ seq, standing, action }) => seq < before && (!active || standing === 'active') && matches(action))
      .reverse()
      .slice(0, limit)

    function matches(action: ListedMark['action']): boolean {
      return target === undefined || isDeepStrictEqual(action.target, target)
    }
  }

  async links(after: number, limit: number): Promise<readonly ChainLink[]> {
    this.#requireUp()
    return this.chain.slice(after, after + limit)
  }

  async status(): Promise<LogStatus> {
    const active = await this.marks({ active: true, limit: Number.MAX_SAFE_INTEGER })
    return { head: this.#head(), floor: GENESIS, activeMarks: active.length }
  }

  #head(): Cursor {
    const last = this.chain.at(-1)
    return last === undefined ? GENESIS : { seq: last.seq, hash: last.hash }
  }

  #standing({ seq, action }: LogEntry): ListedMark['standing'] {
    if (this.#isUndone(seq)) return 'undone'
    const hasExpired =
      action.kind === 'mark' && action.expires !== undefined && action.expires <= epochSeconds(this.#now())
    return hasExpired ? 'expired' : 'active'
  }

  #isUndone(seq: number): boolean {
    return this.entries.some(({ action }) => action.kind === 'undo' && action.mark === seq)
  }

  #requireUp(): void {
    if (!this.isUp) throw new Error('secret detail of the log')
  }
}
