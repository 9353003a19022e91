/** The rules about incidents that hold where `gateway.yaml` says nothing: what nobody should have to think of first. */
import type { IncidentRule } from '../policy/incident.ts'

type BuiltinRule = Omit<IncidentRule, 'quietSeconds' | 'alerts' | 'response'>

const MINUTE = 60
const DAY = 86_400

export const BUILTIN_INCIDENTS: readonly BuiltinRule[] = [
  {
    name: 'use-after-revocation',
    severity: 'high',
    description:
      'A revoked token is still being sent. An honest client stops at the first 401: find out who has the token, and revoke the client or the grant that it came from.',
    trigger: {
      kind: 'denials',
      codes: ['token_invalid'],
      details: ['revoked'],
      by: 'token',
      count: 3,
      withinSeconds: 10 * MINUTE,
    },
  },
  {
    name: 'invalid-signatures',
    severity: 'high',
    description:
      "Many tokens name this issuer and are not signed by it. Somebody tries to forge tokens, or the issuer's keys were changed and its key set was not: see `scopewall issuers`.",
    trigger: {
      kind: 'denials',
      codes: ['token_invalid'],
      details: ['signature', 'unknown_key'],
      by: 'issuer',
      count: 50,
      withinSeconds: MINUTE,
    },
  },
  {
    name: 'scope-probing',
    severity: 'medium',
    description:
      'One token asks again and again for what it may not do. A stolen token is tried out, or a release lacks a scope that the client needs: see which routes it asks for.',
    trigger: { kind: 'denials', codes: ['scope_insufficient'], by: 'token', count: 20, withinSeconds: MINUTE },
  },
  {
    name: 'critical-first-use',
    severity: 'medium',
    description:
      'A client used a critical scope that it has not used for months, if ever. Ask its owner whether that was meant; if not, revoke the client.',
    trigger: { kind: 'first-use', sensitivity: 'critical', rememberDays: 90, learnSeconds: 7 * DAY },
  },
  {
    name: 'release-refused',
    severity: 'critical',
    description:
      'What KV says is live was not taken over; the last good release stays. Somebody else may write KV: see `scopewall history`, and publish again.',
    trigger: {
      kind: 'notice',
      notices: [
        {
          event: 'release',
          codes: [
            'environment_mismatch',
            'signature_missing',
            'signature_unknown_key',
            'signature_invalid',
            'signature_key_inactive',
            'pointer_malformed',
            'pointer_expired',
            'pointer_from_future',
            'serial_lower',
            'serial_conflict',
            'release_missing',
            'release_damaged',
            'release_unreadable',
            'bundled_unreadable',
          ],
        },
      ],
    },
  },
  {
    name: 'revocation-impaired',
    severity: 'high',
    description:
      'Isolates do not know what was revoked lately, or the log has no room for more: revoking does less than it should. See `scopewall status`.',
    trigger: {
      kind: 'notice',
      notices: [
        {
          event: 'revocation',
          codes: ['stale', 'log_malformed', 'snapshot_damaged', 'too_many_marks', 'log_full'],
        },
      ],
    },
  },
  {
    name: 'events-lost',
    severity: 'medium',
    description:
      'Events were lost on their way out, or requests were not counted: what is on record has a gap. See `scopewall status`, and whether the receiver of the sink is up.',
    trigger: { kind: 'notice', notices: [{ event: 'sink', codes: ['lost', 'uncounted'] }] },
  },
]
