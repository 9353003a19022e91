/** The routes that tell what is used: counts and single decisions, as D1 has them. The release that is live says which scopes there are. */
import { askClients } from '../audit/usage/clients.ts'
import type { Database } from '../audit/usage/database.ts'
import { askDecisions, findDecision } from '../audit/usage/decisions.ts'
import { foldPending } from '../audit/usage/fold.ts'
import { askObserved, askSinks, askUnmapped } from '../audit/usage/listings.ts'
import { replayLines } from '../audit/usage/replay.ts'
import { askDeprecated, askScopes } from '../audit/usage/scopes.ts'
import { askTraffic } from '../audit/usage/traffic.ts'
import type { AdminRoute } from '../policy/admin-routes.ts'
import type { Release } from '../policy/decode.ts'
import {
  type AskedWindow,
  parseDecisionQuery,
  parseUsageQuery,
  type UsageQuery,
  type UsageQuestion,
  windowOf,
} from '../policy/usage-query.ts'
import { json, problem } from './answers.ts'
import type { AdminCall, Handler } from './call.ts'
import type { AdminParts } from './parts.ts'

type UsageRoute = Extract<AdminRoute, `GET /_scopewall/admin/${'usage' | 'decisions'}${string}`>

/** A question that was understood. `now` in seconds. */
interface Asked {
  readonly database: Database
  readonly query: UsageQuery
  readonly window: AskedWindow
  readonly now: number
  /** The live one; rejects where there is none. */
  readonly release: () => Promise<Release>
}

const UNBOUND = 'This Worker counts nothing: the binding `USAGE` is missing. See docs/usage.md.'

export function usageHandlers({
  gate,
  usage: database,
}: Pick<AdminParts, 'gate' | 'usage'>): Readonly<Record<UsageRoute, Handler>> {
  return {
    'GET /_scopewall/admin/usage/traffic': on('traffic', ({ database, query, window }) =>
      askTraffic(database, query, window),
    ),
    'GET /_scopewall/admin/usage/scopes': on('scopes', async ({ database, query, window, release }) =>
      askScopes(database, (await release()).document, query, window),
    ),
    'GET /_scopewall/admin/usage/clients': on('clients', async ({ database, query, window, now, release }) =>
      askClients(database, await release(), query, window, now),
    ),
    'GET /_scopewall/admin/usage/unmapped': on('unmapped', ({ database, window }) => askUnmapped(database, window)),
    'GET /_scopewall/admin/usage/deprecated': on('deprecated', async ({ database, query, window, now, release }) =>
      askDeprecated(database, (await release()).document, query, window, now),
    ),
    'GET /_scopewall/admin/usage/observed': on('observed', ({ database, query, window }) =>
      askObserved(database, query, window),
    ),
    'GET /_scopewall/admin/usage/sinks': on('sinks', ({ database, window }) => askSinks(database, window)),
    'GET /_scopewall/admin/usage/replay': on('replay', async ({ database, window }) => replay(database, window)),

    async 'GET /_scopewall/admin/decisions'({ target }) {
      if (database === undefined) return problem(404, UNBOUND)
      const query = parseDecisionQuery(new URLSearchParams(target.query))
      return query.ok ? json(await askDecisions(database, query.value)) : problem(400, `${query.error}.`)
    },

    async 'GET /_scopewall/admin/decisions/{decision}'({ target }) {
      if (database === undefined) return problem(404, UNBOUND)
      const [, id] = DECISION.exec(target.path) ?? []
      if (id === undefined) return problem(400, 'The id of a decision is a UUID, as the refusal has it.')
      const event = await findDecision(database, id)
      return event === undefined ? problem(404, NOT_KEPT) : json(event)
    },
  }

  function on(question: UsageQuestion, answer: (asked: Asked) => Promise<object>): Handler {
    return async (call) => {
      if (database === undefined) return problem(404, UNBOUND)
      const query = parseUsageQuery(question, new URLSearchParams(call.target.query))
      if (!query.ok) return problem(400, `${query.error}.`)
      const now = Math.floor(gate.clock() / 1000)
      const window = windowOf(question, query.value, now)
      if (!window.ok) return problem(400, `${window.error}.`)
      // What came just now is told, too.
      await foldPending(database)
      const told = await answer({ database, query: query.value, window: window.value, now, release: liveRelease(call) })
      return told instanceof Response ? told : json(told)
    }
  }

  /** Not the one that the admin API is judged by, which has nothing of the origin's. */
  function liveRelease({ exchange }: AdminCall): Asked['release'] {
    return async () => {
      const active = await gate.releases.current(exchange.milliseconds, exchange.waitUntil)
      if (active === undefined) throw new Error('no release is active')
      return active.release
    }
  }
}

const DECISION = /\/decisions\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

const NOT_KEPT =
  'No decision with this id is kept: it is older than 14 days, was only just made, was allowed and not sampled, or its hour had more than there is room for (`scopewall usage sinks`).'

/** Lines as they are read. What breaks off in between does not end like a whole file: the connection is cut. */
function replay(database: Database, window: AskedWindow): Response {
  const lines = replayLines(database, window)
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await lines.next()
      if (done === true) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
  })
  return new Response(body, { headers: { 'cache-control': 'no-store', 'content-type': 'application/x-ndjson' } })
}
