/** What the loader tells the operator, and how often. */
import type { DistrustCode, UntimelyCode } from './signature.ts'

/** Something was not taken over, or could not be read, or will not hold much longer; the last good release stays. */
export interface ReleaseEvent {
  readonly event: 'release'
  readonly code:
    | DistrustCode
    | UntimelyCode
    | 'kv_unreachable'
    | 'pointer_missing'
    | 'pointer_malformed'
    | 'pointer_expiring'
    | 'serial_lower'
    | 'serial_conflict'
    | 'release_missing'
    | 'release_damaged'
    | 'release_unreadable'
    | 'candidate_missing'
    | 'candidate_damaged'
    | 'candidate_unreadable'
    | 'bundled_unreadable'
    | 'activated'
    | 'candidate_loaded'
    /** Somebody made an older release live again through the admin API. */
    | 'rolled_back'
  readonly detail?: string
  readonly digest?: string
  readonly serial?: number
}

export interface Reporter {
  /** Reports what is new, and what has been so for an hour. `now` in milliseconds. */
  tell(event: Omit<ReleaseEvent, 'event'>, now: number): void
  /** What was so is so no more: if it comes back, that is news. */
  forget(code: ReleaseEvent['code']): void
}

const REMINDER_MS = 3_600_000
/** More at once than any honest KV brings forth. */
const MOST_REMEMBERED = 64

/** A look at KV twice a minute must not become a line in the log twice a minute, in every isolate. */
export function createReporter(report: (event: ReleaseEvent) => void): Reporter {
  const toldAt = new Map<string, number>()
  return {
    tell(event, now) {
      const key = [event.code, event.digest, event.serial].join(' ')
      if (now - (toldAt.get(key) ?? Number.NEGATIVE_INFINITY) < REMINDER_MS) return
      if (toldAt.size >= MOST_REMEMBERED) toldAt.clear()
      toldAt.set(key, now)
      report({ event: 'release', ...event })
    },
    forget(code) {
      for (const key of toldAt.keys()) if (key.startsWith(`${code} `)) toldAt.delete(key)
    },
  }
}
