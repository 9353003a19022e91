/** One denial of every code, for tests of how refusals look. */
import type { Denial } from '../../src/policy/denial.ts'

export const DENIALS = [
  { code: 'target_ambiguous', detail: 'dot_segment' },
  { code: 'method_refused' },
  { code: 'unmapped', otherMethods: ['GET'] },
  { code: 'upgrade_refused' },
  { code: 'credential_missing' },
  { code: 'credential_malformed', detail: 'several' },
  { code: 'token_invalid', detail: 'signature' },
  { code: 'step_up_required', acr: ['phr', 'phrh'], maxAgeSeconds: 300 },
  { code: 'step_up_required', acr: ['phr'] },
  { code: 'step_up_required', maxAgeSeconds: 0 },
  { code: 'token_too_old', maxSeconds: 600 },
  { code: 'token_too_long_lived', maxSeconds: 600 },
  { code: 'proof_invalid', detail: 'stale' },
  { code: 'nonce_required', nonce: 'bm9uY2U' },
  { code: 'client_refused' },
  { code: 'actor_refused' },
  { code: 'sender_constraint_required', constraint: 'dpop' },
  { code: 'step_up_required', amr: [['otp']] },
  { code: 'authorization_details_insufficient', types: ['payment'] },
  { code: 'scope_insufficient', required: scopes('a:read', 'a:write'), missing: scopes('a:write') },
  { code: 'scope_retired', scope: scopes('a:read')[0], replacedBy: scopes('a:write', 'b:admin') },
  { code: 'scope_retired', scope: scopes('a:read')[0], replacedBy: [] },
  { code: 'scope_suspended', scope: scopes('a:read')[0] },
  { code: 'unavailable', what: 'keys', retryAfterSeconds: 5 },
  { code: 'upstream_unreachable' },
  { code: 'not_found' },
] as const satisfies readonly Denial[]

type Scopes = Extract<Denial, { code: 'scope_insufficient' }>['required']

export function scopes(...names: readonly [string, ...string[]]): Scopes {
  return names as readonly string[] as Scopes
}
