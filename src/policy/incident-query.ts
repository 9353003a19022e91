/** A question about incidents as the query of a URL, both ways: what is not exactly a question is a fault that says where. */
import { INCIDENT_SEVERITIES, INCIDENT_STATES, type IncidentQuery } from './incident.ts'
import { fail, ok, type Result } from './result.ts'

export const MOST_INCIDENTS = 200
const USUALLY_LISTED = 50

const NAMES = ['state', 'rule', 'severity', 'before', 'limit'] as const
const RULE = /^[a-z][a-z0-9-]{0,99}$/
const ID = /^inc_[1-9]\d{0,14}$/

/** The fault is for whoever asked; it quotes nothing of a value. */
export function parseIncidentQuery(search: URLSearchParams): Result<IncidentQuery, string> {
  const names = [...search.keys()]
  if (names.some((name) => !NAMES.some((known) => known === name)))
    return fail(`There is a parameter that is not known; known are ${NAMES.join(', ')}`)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) return fail(`\`${twice}\` is there twice`)
  const state = INCIDENT_STATES.find((each) => each === search.get('state'))
  const severity = INCIDENT_SEVERITIES.find((each) => each === search.get('severity'))
  const [rule, before] = [search.get('rule'), search.get('before')]
  const limit = search.get('limit') ?? String(USUALLY_LISTED)
  if (search.has('state') && state === undefined) return fail(`\`state\` is none of ${INCIDENT_STATES.join(', ')}`)
  if (search.has('severity') && severity === undefined)
    return fail(`\`severity\` is none of ${INCIDENT_SEVERITIES.join(', ')}`)
  if (rule !== null && !RULE.test(rule)) return fail('`rule` is no name of a rule')
  if (before !== null && !ID.test(before)) return fail('`before` is no id of an incident')
  if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > MOST_INCIDENTS)
    return fail(`\`limit\` is no whole number from 1 to ${MOST_INCIDENTS}`)
  return ok({
    ...(state !== undefined && { state }),
    ...(rule !== null && { rule }),
    ...(severity !== undefined && { severity }),
    ...(before !== null && { before }),
    limit: Number(limit),
  })
}

/** The query of a URL that `parseIncidentQuery` reads as this question. */
export const writeIncidentQuery = (query: IncidentQuery): URLSearchParams =>
  new URLSearchParams(
    NAMES.flatMap((name) => (query[name] === undefined ? [] : [[name, String(query[name])] as [string, string]])),
  )
