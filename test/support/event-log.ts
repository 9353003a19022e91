/** A revocation log in memory, as doors of events see it: entries that come twice are there once, and it can fail. */
import type { NewEntry, RevocationLog } from '../../src/policy/revocation-log.ts'

export interface MemoryEventLog {
  readonly entries: NewEntry[]
  /** How it answers an append. */
  mode: 'up' | 'failing' | 'refusing' | 'hanging'
  readonly log: RevocationLog
}

export function memoryEventLog(): MemoryEventLog {
  const entries: NewEntry[] = []
  const seen = new Set<string>()
  const never = () => Promise.reject(new Error('not asked here'))
  const state: MemoryEventLog = {
    entries,
    mode: 'up',
    log: {
      async append(added) {
        if (state.mode === 'failing') throw new Error('the log is away')
        if (state.mode === 'refusing') return { code: 'full', entry: 0 }
        if (state.mode === 'hanging') return new Promise(() => undefined)
        const receipts = added.map((entry) => {
          const isDuplicate = entry.once !== undefined && seen.has(entry.once)
          if (entry.once !== undefined) seen.add(entry.once)
          if (!isDuplicate) entries.push(entry)
          return { seq: entries.length, isDuplicate }
        })
        return { head: { seq: entries.length, hash: '' }, entries: receipts }
      },
      changes: never,
      marks: never,
      links: never,
      status: never,
    },
  }
  return state
}
