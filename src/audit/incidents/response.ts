/** What a rule does by itself -> an entry of the revocation log, with an end; or why it cannot be done. */
import type { Identity } from '../../policy/event-batch.ts'
import type { Incident, IncidentResponse, IncidentRule } from '../../policy/incident.ts'
import type { MarkTarget } from '../../policy/mark.ts'
import { type EpochSeconds, fail, ok, type Result } from '../../policy/result.ts'
import type { NewEntry } from '../../policy/revocation-log.ts'
import { isScopeToken } from '../../policy/scope.ts'

/** Stable: they stand in incidents. */
export type ResponseFault =
  /** The rule is there no more, or does nothing any more. */
  | 'not_asked'
  /** Nobody knows whom the events are about. */
  | 'nobody_known'
  /** The scope opens the admin API: whoever should take it back could be shut out. */
  | 'own_scope'
  /** There are so many incidents of this rule that this one stands for several groups. */
  | 'too_many'
  /** Revocation is off, or its log is not bound. */
  | 'no_log'
  | 'log_unreachable'
  | 'log_full'
  /** It has waited for longer than it would have held. */
  | 'too_late'

/** `once`: the incident's own; the log takes an entry with it once. `until`: when it ends. */
export function responseEntry(
  rule: IncidentRule | undefined,
  incident: Incident,
  who: Identity | undefined,
  once: string,
  until: EpochSeconds,
): Result<NewEntry, ResponseFault> {
  if (rule?.response === undefined) return fail('not_asked')
  const target = who === undefined ? undefined : targetOf(rule.response, incident, who)
  if (target === undefined) return fail('nobody_known')
  return ok({
    author: { kind: 'rule', name: rule.name },
    origin: { via: 'incident', event: rule.name, id: incident.id },
    action: {
      kind: 'mark',
      target,
      effect: { kind: rule.response.kind },
      expires: until,
      reason: `${incident.id}, by the rule ${rule.name}: ends by itself`,
    },
    once: `incident ${once}`,
  })
}

function targetOf(response: IncidentResponse, { scope }: Incident, who: Identity): MarkTarget | undefined {
  const { issuer, client, subject, fingerprint } = who
  if (response.kind === 'suspend')
    return client === undefined || scope === undefined || !isScopeToken(scope)
      ? undefined
      : { kind: 'scope', scope, client }
  switch (response.target) {
    case 'token':
      return fingerprint === undefined ? undefined : { kind: 'token', value: fingerprint }
    case 'client':
      return client === undefined ? undefined : { kind: 'client', issuer, value: client }
    case 'subject':
      return subject === undefined ? undefined : { kind: 'subject', issuer, value: subject }
  }
}
