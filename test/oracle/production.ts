/** Production's answers in the shape of the oracle's. */
import { decide } from '../../src/policy/decide.ts'
import type { Decision } from '../../src/policy/decision.ts'
import type { Release } from '../../src/policy/decode.ts'
import { matchRequest } from '../../src/policy/matcher.ts'
import { scopesToAsk } from '../../src/policy/scopes-to-ask.ts'
import type { Asked } from '../support/arbitrary-map.ts'

export function production(
  { scopes, table }: Release,
  asked: Asked,
): { readonly match: object; readonly decision: object; readonly asks: readonly string[] } {
  const match = matchRequest(table, asked.host, asked.path, asked.method)
  const decision = decide(scopes, match, asked.evidence, asked.now, asked)
  return {
    match: match.kind === 'rule' ? { kind: 'rule', id: match.rule.id } : { kind: match.kind },
    decision: comparable(decision),
    asks: decision.kind === 'allow' ? [] : scopesToAsk(decision, scopes, asked.now),
  }
}

/** What is nearest shows in what is asked for. */
function comparable(decision: Decision): object {
  const { rule, ...rest } = decision
  const { nearest: _, ...shown } = rest.kind === 'deny' ? rest : { ...rest, nearest: undefined }
  return { ...shown, ...(rule !== undefined && { rule: rule.id }) }
}
