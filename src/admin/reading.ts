/** The routes that read the log: marks and what has become of them, single entries, and the chain as it is kept. */
import type { AdminRoute } from '../policy/admin-routes.ts'
import { Malformed } from '../policy/untrusted.ts'
import { json, problem } from './answers.ts'
import { entryOf, type Handler } from './call.ts'
import { askable } from './log.ts'
import { type AdminParts, issuersOf } from './parts.ts'
import { readLinkQuery, readMarkQuery } from './read-query.ts'

type ReadingRoute = Extract<AdminRoute, `GET /_scopewall/admin/${'revocations' | 'log'}${string}`>

export function readingHandlers(parts: Pick<AdminParts, 'gate' | 'log'>): Readonly<Record<ReadingRoute, Handler>> {
  const log = askable(parts.log)
  const issuers = issuersOf(parts).map(({ issuer }) => issuer)
  return {
    async 'GET /_scopewall/admin/revocations'({ target }) {
      const query = understood(() => readMarkQuery(target.query, issuers))
      if (query instanceof Response) return query
      const marks = await log.marks(query)
      return json({ marks, next: marks.length < query.limit ? null : (marks.at(-1)?.seq ?? null) })
    },

    async 'GET /_scopewall/admin/revocations/{entry}'(call) {
      const entry = entryOf(call)
      if (entry === undefined) return problem(400, 'The number of an entry is digits, without a zero in front.')
      const [mark] = await log.marks({ active: false, before: entry + 1, limit: 1 })
      if (mark?.seq === entry) return json(mark)
      // What marks nothing: a lift, an undo or a note.
      const [link] = await log.links(entry - 1, 1)
      return link?.seq === entry ? json(JSON.parse(link.text)) : problem(404, 'The log has no entry with this number.')
    },

    'GET /_scopewall/admin/log': async () => json(await log.status()),

    async 'GET /_scopewall/admin/log/entries'({ target }) {
      const query = understood(() => readLinkQuery(target.query))
      if (query instanceof Response) return query
      const [links, { head, floor }] = await Promise.all([log.links(query.after, query.limit), log.status()])
      return json({ links, head, floor, next: links.length < query.limit ? null : (links.at(-1)?.seq ?? null) })
    },
  }
}

function understood<T>(read: () => T): T | Response {
  try {
    return read()
  } catch (error) {
    if (error instanceof Malformed) return problem(400, `${error.message}.`)
    throw error
  }
}
