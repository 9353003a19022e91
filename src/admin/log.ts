/** The log as this room asks it: whatever goes wrong there is one thing, that it cannot be asked. */
import type { RevocationLog } from '../policy/revocation-log.ts'
import { settleWithin } from '../token/patience.ts'

export class LogUnavailable extends Error {}

/** It answers, but has no room for what was to be marked: nothing of it was written. */
export class LogFull extends LogUnavailable {}

/** There is none: nothing is ever revoked in this environment. */
export class LogAbsent extends LogUnavailable {}

/** Each method rejects with `LogUnavailable`, and with nothing else. */
export function askable(log: RevocationLog | undefined): RevocationLog {
  if (log === undefined) return ABSENT
  return {
    async append(entries) {
      const receipt = await orUnavailable(() => log.append(entries))
      if ('code' in receipt && receipt.code === 'full') throw new LogFull('the revocation log is full')
      return receipt
    },
    changes: (after) => orUnavailable(() => log.changes(after)),
    marks: (query) => orUnavailable(() => log.marks(query)),
    links: (after, limit) => orUnavailable(() => log.links(after, limit)),
    status: () => orUnavailable(() => log.status()),
  }
}

const absent = (): Promise<never> => Promise.reject(new LogAbsent('there is no revocation log'))
const ABSENT: RevocationLog = { append: absent, changes: absent, marks: absent, links: absent, status: absent }

/** Whoever waits longer does not learn whether it was written, and asks again. */
const DEADLINE_MS = 10_000

async function orUnavailable<T>(ask: () => Promise<T>): Promise<T> {
  let answer: T | undefined
  try {
    answer = await settleWithin(ask(), DEADLINE_MS)
  } catch (cause) {
    throw new LogUnavailable('the revocation log cannot be asked', { cause })
  }
  if (answer === undefined) throw new LogUnavailable('the revocation log did not answer in time')
  return answer
}
