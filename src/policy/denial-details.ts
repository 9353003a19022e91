/** Every `detail` that a denial can have, by its code, as lists: for whoever asks for some of them by name. */
import type { CredentialFault, Denial, DenialCode, ProofFault, TokenFault, Unavailable } from './denial.ts'
import type { TargetFault } from './target.ts'

/** A record, so that one that is missing does not compile. */
const keysOf = <Name extends string>(names: Readonly<Record<Name, true>>): readonly Name[] =>
  Object.keys(names) as Name[]

const TARGET_FAULTS = keysOf<TargetFault>({
  not_a_url: true,
  userinfo: true,
  fragment: true,
  too_long: true,
  control_character: true,
  not_a_path_character: true,
  bad_percent_encoding: true,
  encoded_reserved: true,
  encoded_unreserved: true,
  semicolon: true,
  empty_segment: true,
  dot_segment: true,
  trailing_dot_or_space: true,
  not_utf8: true,
  not_normalized: true,
  invisible_character: true,
  method_parameter: true,
  folds_into_literal: true,
})

const CREDENTIAL_FAULTS = keysOf<CredentialFault>({
  empty: true,
  not_token68: true,
  several: true,
  too_large: true,
  in_query: true,
})

const TOKEN_FAULTS = keysOf<TokenFault>({
  not_a_jwt: true,
  header: true,
  type: true,
  algorithm: true,
  issuer: true,
  unknown_key: true,
  unusable_key: true,
  signature: true,
  claims: true,
  audience: true,
  expired: true,
  not_yet_valid: true,
  lifetime: true,
  inactive: true,
  not_introspectable: true,
  status: true,
  revoked: true,
  binding: true,
  not_bound: true,
  confirmation: true,
})

const PROOF_FAULTS = keysOf<ProofFault>({
  missing: true,
  several: true,
  too_large: true,
  not_a_jwt: true,
  header: true,
  type: true,
  algorithm: true,
  key: true,
  signature: true,
  claims: true,
  method: true,
  uri: true,
  token_hash: true,
  stale: true,
  replayed: true,
})

const UNAVAILABLE = keysOf<Unavailable>({
  keys: true,
  introspection: true,
  introspection_credentials: true,
  status: true,
  replay: true,
  revocation: true,
  release: true,
  configuration: true,
  internal: true,
})

const DETAILS: Readonly<Partial<Record<DenialCode, readonly string[]>>> = {
  target_ambiguous: TARGET_FAULTS,
  credential_malformed: CREDENTIAL_FAULTS,
  token_invalid: TOKEN_FAULTS,
  proof_invalid: PROOF_FAULTS,
  unavailable: UNAVAILABLE,
} satisfies Record<Extract<Denial, { readonly detail: string } | { readonly what: string }>['code'], readonly string[]>

/** Empty: denials of this code have none. */
export const detailsOf = (code: DenialCode): readonly string[] => DETAILS[code] ?? []

export const ALL_DETAILS: readonly string[] = [...new Set(Object.values(DETAILS).flat())]

/** Denials of a token that was verified before: whoever sent it had it. All others anybody can bring about, in anybody's name. */
const OF_VERIFIED: readonly DenialCode[] = [
  'client_refused',
  'actor_refused',
  'sender_constraint_required',
  'step_up_required',
  'token_too_old',
  'token_too_long_lived',
  'scope_insufficient',
  'scope_retired',
  'scope_suspended',
  'authorization_details_insufficient',
]

/** Whether such a denial tells who it was. A revoked token is told by its mark. */
export const isOfVerified = (code: DenialCode, details: readonly string[] | undefined): boolean =>
  OF_VERIFIED.includes(code) || (code === 'token_invalid' && details?.length === 1 && details[0] === 'revoked')
