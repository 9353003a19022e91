/** What the mirror tells the operator, and how often. Holds no name of anybody. */

export interface RevocationEvent {
  readonly event: 'revocation'
  readonly code: /** Nobody can say what was revoked lately; the stance of the environment applies. */
    | 'stale'
    | 'recovered'
    | 'log_unreachable'
    | 'log_malformed'
    /** The log is not the one that was followed: it is read anew. */
    | 'resync'
    | 'snapshot_missing'
    | 'snapshot_damaged'
    | 'snapshot_unreachable'
    /** An isolate cannot hold all that the log says. */
    | 'too_many_marks'
    /** The log itself has little room left, or took no more of somebody. */
    | 'log_filling'
    | 'log_full'
  readonly detail?: string
  /** The number of the log's last entry that is known. */
  readonly seq?: number
}

export type Tell = (event: Omit<RevocationEvent, 'event'>, now: number) => void

const PAUSE_MS = 5 * 60_000

/** The same thing at most once in a while, `now` in milliseconds: a poll every other second must not become a line every other second. */
export function createTell(report: (event: RevocationEvent) => void): Tell {
  const toldAt = new Map<string, number>()
  return (event, now) => {
    const told = toldAt.get(event.code)
    if (told !== undefined && Math.abs(now - told) < PAUSE_MS) return
    toldAt.set(event.code, now)
    // What ended may be told when it begins again.
    if (event.code === 'recovered') toldAt.delete('stale')
    if (event.code === 'stale') toldAt.delete('recovered')
    report({ event: 'revocation', ...event })
  }
}
