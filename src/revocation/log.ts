/** The revocation log as its Durable Object keeps it. */
import type { RevocationLog } from '../policy/revocation-log.ts'

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
