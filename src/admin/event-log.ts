/** Entries of an event, put into the log before anybody is told that they were taken; and a line for the operator, without a name of anybody. */
import { isNonEmpty } from '../policy/result.ts'
import type { NewEntry, RevocationLog } from '../policy/revocation-log.ts'
import { settleWithin } from '../token/patience.ts'

export interface EventLine {
  readonly event: 'signal'
  /** ISO 8601, UTC. */
  readonly at: string
  readonly environment: string
  readonly sender: string
  /** `refused`: it was not believed or not understood. `unavailable`: it could not be checked or kept, and is to come again. */
  readonly outcome: 'accepted' | 'refused' | 'unavailable'
  /** Types of events that are known, and `unknown`. */
  readonly types?: readonly string[]
  /** New entries in the log. */
  readonly entries?: number
  /** Why it was not accepted, as the sender was told. */
  readonly detail?: string
  /** What a sender said of its stream; unless it is `enabled`, nothing comes any more. */
  readonly stream?: string
}

const APPEND_TIMEOUT_MS = 5_000
/** A tenth of a second of the log's only thread. */
const MOST_AT_ONCE = 1_000

/** How many of the entries are new; undefined where the log could not be reached in time or would not take them. Never rejects. */
export async function persist(log: RevocationLog, entries: readonly NewEntry[]): Promise<number | undefined> {
  let added = 0
  for (let start = 0; start < entries.length; start += MOST_AT_ONCE) {
    const part = entries.slice(start, start + MOST_AT_ONCE)
    if (!isNonEmpty(part)) break
    try {
      const receipt = await settleWithin(log.append(part), APPEND_TIMEOUT_MS)
      if (receipt === undefined || 'code' in receipt) return undefined
      added += receipt.entries.filter(({ isDuplicate }) => !isDuplicate).length
    } catch {
      return undefined
    }
  }
  return added
}
