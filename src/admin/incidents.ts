/** The routes about incidents: what there is, who knows of it, and that it is over. */
import type { AdminRoute } from '../policy/admin-routes.ts'
import type { IncidentAnswer, IncidentChange, IncidentRecord, IncidentsAnswer } from '../policy/incident.ts'
import { parseIncidentQuery } from '../policy/incident-query.ts'
import type { ScopeToken } from '../policy/scope.ts'
import { Malformed } from '../policy/untrusted.ts'
import { json, problem } from './answers.ts'
import { readBody } from './body.ts'
import { type AdminCall, authorOf, type Handler } from './call.ts'
import type { AdminParts } from './parts.ts'
import { members, readText } from './read-mark.ts'

type IncidentRoute = Extract<AdminRoute, `${string} /_scopewall/admin/incidents${string}`>

const MOST_BYTES = 4_096
const MOST_NOTE = 500

export function incidentHandlers({
  gate: { environment },
  incidents: desk,
}: Pick<AdminParts, 'gate' | 'incidents'>): Readonly<Record<IncidentRoute, Handler>> {
  const nothing = (): Response =>
    environment.incidents === undefined
      ? problem(404, 'This environment knows no incidents: `incidents` is off.')
      : problem(404, 'This Worker knows no incidents: the binding `INCIDENTS` is missing.')

  return {
    async 'GET /_scopewall/admin/incidents'({ target }) {
      if (desk === undefined) return nothing()
      const query = parseIncidentQuery(new URLSearchParams(target.query))
      if (!query.ok) return problem(400, `${query.error}.`)
      return json((await desk.list(query.value)) satisfies IncidentsAnswer)
    },

    async 'GET /_scopewall/admin/incidents/{incident}'(call) {
      if (desk === undefined) return nothing()
      const found = await desk.find(idIn(call))
      return found === undefined ? unknown() : json(toldTo(call, found))
    },

    'POST /_scopewall/admin/incidents/{incident}/acknowledge': (call) => change(call, 'acknowledged'),
    'POST /_scopewall/admin/incidents/{incident}/close': (call) => change(call, 'closed'),
  }

  async function change(call: AdminCall, to: IncidentChange['to']): Promise<Response> {
    if (desk === undefined) return nothing()
    const note = await noteIn(call, to === 'closed')
    if (note instanceof Response) return note
    const by = authorText(call)
    const result = await desk.change(idIn(call), { to, by, ...(note !== undefined && { note }) })
    if (result === 'no_such_incident') return unknown()
    if (result === 'unchanged') return problem(409, `The incident is ${to} already, or closed.`)
    return json(toldTo(call, result))
  }

  /** Whom it is about is for those alone who may revoke them: others see the names that the environment tells. */
  function toldTo(call: AdminCall, { incident, subject }: IncidentRecord): IncidentAnswer {
    const rule = environment.incidents?.rules.find(({ name }) => name === incident.rule)
    return {
      incident,
      ...(rule !== undefined && { description: rule.description }),
      ...(subject !== undefined && mayRevoke(call) && { subject }),
    }
  }
}

const unknown = (): Response => problem(404, 'There is no incident of this id.')

const idIn = ({ target }: AdminCall): string => /\/incidents\/([^/]+)/.exec(target.path)?.[1] ?? ''

/** As the log names authors, in one text. */
function authorText({ principal }: AdminCall): string {
  const author = authorOf(principal)
  return author.kind === 'principal' ? (author.subject ?? author.client ?? author.issuer) : author.name
}

const REVOKING = 'POST /_scopewall/admin/revocations'

/** Whether the token holds what the rule about revoking asks for. What else that asks is asked when somebody revokes. */
function mayRevoke({ exchange: { active }, principal: { scopes } }: AdminCall): boolean {
  if (active === undefined) return false
  const { rules, scopes: table } = active.release
  const isHeld = (name: ScopeToken): boolean =>
    scopes.has(name) || table.get(name)?.impliedBy.some((each) => scopes.has(each)) === true
  return rules.some(
    ({ method, path, requirement }) =>
      `${method} ${path}` === REVOKING &&
      requirement.kind === 'scopes' &&
      requirement.anyOf.some((alternative) => alternative.every(isHeld)),
  )
}

/** Undefined: none was sent, and none has to be. */
async function noteIn(
  { exchange: { request } }: AdminCall,
  isRequired: boolean,
): Promise<string | undefined | Response> {
  const body = await readBody(request, ['application/json'], MOST_BYTES)
  if (!body.ok)
    return body.error === 'size'
      ? problem(413, `Send at most ${MOST_BYTES} bytes.`)
      : problem(body.error === 'type' ? 415 : 400, 'Send a JSON object with a `note`, as application/json.')
  try {
    const { note } = members(JSON.parse(body.value.text), ['note'], 'the body')
    return note === undefined && !isRequired ? undefined : readText(note, 'note', MOST_NOTE)
  } catch (error) {
    if (error instanceof Malformed) return problem(400, `${error.message}.`)
    if (error instanceof SyntaxError) return problem(400, 'The body is not JSON.')
    throw error
  }
}
