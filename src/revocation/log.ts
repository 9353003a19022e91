/** The revocation log as its Durable Object keeps it. */
import type { RevocationLog } from '../policy/revocation-log.ts'
import { createTell, type RevocationEvent } from './report.ts'

/** The part of a Durable Object namespace of `RevocationHub` that is used. */
export interface RevocationHubs<Id = unknown> {
  idFromName(name: string): Id
  get(id: Id): RevocationLog
}

/** One object an environment. Each call has a stub of its own: one is of no more use once a call has failed on it. */
export function durableLog<Id>(hubs: RevocationHubs<Id>, environment: string): RevocationLog {
  const hub = () => hubs.get(hubs.idFromName(environment))
  return {
    append: (entries) => hub().append(entries),
    changes: (after) => hub().changes(after),
    marks: (query) => hub().marks(query),
    links: (after, limit) => hub().links(after, limit),
    status: () => hub().status(),
  }
}

/** The log, and word of it where it takes no more: the object itself can tell the platform's log alone, and nobody makes an incident of that. `clock` in milliseconds. */
export function tellingWhenFull(
  log: RevocationLog,
  report: (event: RevocationEvent) => void,
  clock: () => number,
): RevocationLog {
  const tell = createTell(report)
  return {
    ...log,
    async append(entries) {
      const receipt = await log.append(entries)
      if ('code' in receipt && receipt.code === 'full') tell({ code: 'log_full' }, clock())
      return receipt
    },
  }
}
