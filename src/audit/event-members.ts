/** What every foreign format needs to be told of an event, and what none of them has a place for: the latter has one name in all of them (docs/siem.md). */
import type { DecisionEvent } from '../policy/decision-event.ts'
import { WIRE } from '../policy/denial.ts'

/** What a decision asks of whoever reads it: nothing; a look, where there are many; a look at this one. */
export type Weight = 'informational' | 'low' | 'medium'

/** Medium: a token was used after it had been revoked, or a request was refused for a reason of our own. */
export function weightOf({ outcome, codes, mark }: DecisionEvent): Weight {
  if (outcome === 'allow') return 'informational'
  const [code] = codes ?? []
  return mark !== undefined || code === 'unavailable' || code === 'upstream_unreachable' ? 'medium' : 'low'
}

/** Most of them tell of something that did not go as it should, and none says how bad that is. */
export const NOTICE_WEIGHT: Weight = 'low'

/** In a sentence; of what was let through in spite of it, too. */
export function titleOf({ codes }: DecisionEvent): string {
  const [code] = codes ?? []
  return code === undefined ? 'The request was allowed' : WIRE[code].title
}

/** The status of the gate's own answer; undefined where the origin's was passed on. */
export function statusOf({ outcome, codes }: DecisionEvent): number | undefined {
  const [code] = codes ?? []
  return outcome === 'deny' && code !== undefined ? WIRE[code].status : undefined
}

/** The template of the rule, or the shape of what no rule covers: never the path that was sent. */
export const pathOf = ({ rule, shape }: DecisionEvent): string | undefined =>
  rule === undefined ? shape : rule.slice(rule.indexOf('/'))

type Member = string | number | boolean | readonly string[] | undefined
export type OwnMembers = Readonly<Record<string, Member>>

/** Scopes that are asked for together stand in one text, separated by spaces, as OAuth writes them: stores of logs flatten lists of lists. */
export function ownMembers(event: DecisionEvent): OwnMembers {
  const { by, required } = event
  return {
    format: event.format,
    outcome: event.outcome,
    release: event.release,
    serial: event.serial,
    service: event.service,
    shape: event.shape,
    codes: event.codes,
    detail: event.detail,
    required: required?.map((alternative) => alternative.join(' ')),
    missing: event.missing,
    held: event.held,
    further_held: event.furtherHeld,
    access: by === undefined || typeof by === 'string' ? by : 'scopes',
    granted_by: typeof by === 'string' ? undefined : by,
    deprecated: event.deprecated,
    issuer: event.issuer,
    client: event.client,
    token: event.token,
    acr: event.acr,
    token_age_seconds: event.tokenAge,
    auth_age_seconds: event.authAge,
    bound: event.bound,
    gate_ms: event.gateMs,
    cached: event.cached,
    mark_target: event.mark?.target,
    mark_entry: event.mark?.entry,
    one_in: event.oneIn,
  }
}

/** Without the members that are undefined, and without objects in which nothing is left. */
export function withoutAbsent(members: object): Readonly<Record<string, unknown>> {
  const present = Object.entries(members).flatMap(([name, value]): [string, unknown][] => {
    if (value === undefined) return []
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[name, value]]
    const inner = withoutAbsent(value)
    return Object.keys(inner).length === 0 ? [] : [[name, inner]]
  })
  return Object.fromEntries(present)
}
