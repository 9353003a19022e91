/** Every notice that a rule about incidents can ask for: events of other rooms, by their stable names. `test/policy/notice-codes.test.ts` holds it against those rooms. */

export const NOTICE_CODES = {
  /** What the loader of releases says. */
  release: [
    'environment_mismatch',
    'signature_missing',
    'signature_unknown_key',
    'signature_invalid',
    'signature_key_inactive',
    'pointer_expired',
    'pointer_from_future',
    'kv_unreachable',
    'pointer_missing',
    'pointer_malformed',
    'pointer_expiring',
    'serial_lower',
    'serial_conflict',
    'release_missing',
    'release_damaged',
    'release_unreadable',
    'candidate_missing',
    'candidate_damaged',
    'candidate_unreadable',
    'bundled_unreadable',
    'activated',
    'candidate_loaded',
    'rolled_back',
  ],
  /** What the mirror of the revocation log says. */
  revocation: [
    'stale',
    'recovered',
    'log_unreachable',
    'log_malformed',
    'resync',
    'snapshot_missing',
    'snapshot_damaged',
    'snapshot_unreachable',
    'too_many_marks',
    'log_filling',
    'log_full',
  ],
  /** Where a candidate release would have judged otherwise. */
  candidate: ['newly_refused', 'newly_let_through', 'newly_observed', 'no_longer_observed'],
  token_audit: ['ledger_unbound', 'ledger_unreachable'],
  /** A sink lost events; an isolate could not count all of its requests. */
  sink: ['lost', 'uncounted'],
  /** Exceptions, by the name of their class: `exception_TypeError`. There is no list of them. */
  fault: [],
} as const satisfies Record<string, readonly string[]>
