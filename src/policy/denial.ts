/** The closed list of reasons to refuse, and the one table that says what each looks like on the wire. */
import type { MarkReference } from './mark.ts'
import type { Method } from './method.ts'
import type { NonEmpty } from './result.ts'
import type { SenderConstraint, StepUp } from './rule.ts'
import type { ScopeToken } from './scope.ts'
import type { TargetFault } from './target.ts'

/** What was wrong with how the token was sent (RFC 6750 section 3.1, `invalid_request`). */
export type CredentialFault = 'empty' | 'not_token68' | 'several' | 'too_large' | 'in_query'

/** Why a token was rejected. For the operator's eyes: the client only ever learns `invalid_token`. */
export type TokenFault =
  | 'not_a_jwt'
  | 'header'
  | 'type'
  | 'algorithm'
  | 'issuer'
  | 'unknown_key'
  | 'unusable_key'
  | 'signature'
  | 'claims'
  | 'audience'
  | 'expired'
  | 'not_yet_valid'
  | 'lifetime'
  /** The authorization server says so: RFC 7662 `active: false`, or its status list. */
  | 'inactive'
  /** The server takes it for something that it does not speak of. */
  | 'not_introspectable'
  | 'status'
  /** A mark says that it is no longer good. */
  | 'revoked'
  /** Bound to another key or certificate than the one that was shown, or shown with the wrong scheme. */
  | 'binding'
  /** Bound to nothing, where a bound token is asked for. */
  | 'not_bound'
  /** `cnf` names no kind of confirmation that the gate can check. */
  | 'confirmation'

/** Why a DPoP proof was rejected (RFC 9449 section 4.3). For the operator's eyes, like the token's. */
export type ProofFault =
  | 'missing'
  | 'several'
  | 'too_large'
  | 'not_a_jwt'
  | 'header'
  | 'type'
  | 'algorithm'
  | 'key'
  | 'signature'
  | 'claims'
  | 'method'
  | 'uri'
  | 'token_hash'
  | 'stale'
  | 'replayed'

/** `introspection_credentials`: the authorization server does not take the gate's own. */
export type Unavailable =
  | 'keys'
  | 'introspection'
  | 'introspection_credentials'
  | 'status'
  | 'replay'
  | 'revocation'
  | 'release'
  | 'configuration'
  | 'internal'

export type Denial =
  | { readonly code: 'target_ambiguous'; readonly detail: TargetFault }
  | { readonly code: 'method_refused' }
  | { readonly code: 'unmapped'; readonly otherMethods: readonly Method[] }
  | { readonly code: 'upgrade_refused' }
  | { readonly code: 'credential_missing' }
  | { readonly code: 'credential_malformed'; readonly detail: CredentialFault }
  /** `mark`: what revoked it, for the operator's eyes. */
  | { readonly code: 'token_invalid'; readonly detail: TokenFault; readonly mark?: MarkReference }
  | { readonly code: 'proof_invalid'; readonly detail: ProofFault }
  /** The proof lacks the nonce that the answer carries (RFC 9449 section 9). */
  | { readonly code: 'nonce_required'; readonly nonce: string }
  | { readonly code: 'client_refused' }
  | { readonly code: 'actor_refused' }
  | { readonly code: 'sender_constraint_required'; readonly constraint: SenderConstraint }
  | ({ readonly code: 'step_up_required' } & StepUp)
  | { readonly code: 'token_too_old'; readonly maxSeconds: number }
  | { readonly code: 'token_too_long_lived'; readonly maxSeconds: number }
  | {
      readonly code: 'scope_insufficient'
      readonly required: NonEmpty<ScopeToken>
      readonly missing: NonEmpty<ScopeToken>
    }
  | { readonly code: 'scope_retired'; readonly scope: ScopeToken; readonly replacedBy: readonly ScopeToken[] }
  /** A kill switch. */
  | { readonly code: 'scope_suspended'; readonly scope: ScopeToken }
  | { readonly code: 'authorization_details_insufficient'; readonly types: NonEmpty<string> }
  | { readonly code: 'unavailable'; readonly what: Unavailable; readonly retryAfterSeconds: number }
  | { readonly code: 'upstream_unreachable' }
  | { readonly code: 'not_found' }

export type DenialCode = Denial['code']

/** The `error` values of RFC 6750 section 3.1, RFC 9449 sections 7.1 and 9, and RFC 9470 section 3. */
export type ChallengeError =
  | 'invalid_request'
  | 'invalid_token'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  | 'insufficient_scope'
  | 'insufficient_user_authentication'

/** Whether an answer carries a challenge: none at all, one without an error code, or one with it. */
export type ChallengeForm =
  | { readonly kind: 'none' }
  | { readonly kind: 'bare' }
  | { readonly kind: 'error'; readonly error: ChallengeError }

export interface Wire {
  readonly status: 400 | 401 | 403 | 404 | 501 | 502 | 503
  readonly challenge: ChallengeForm
  /** RFC 9457 `title`: the same for every occurrence. ASCII without quotes, so it may serve as `error_description` too. */
  readonly title: string
  /** What the holder of the request can do about it. */
  readonly remedy: string
  /** Failing on scope grounds alone is what the mode `observe` lets through. */
  readonly scopeGrounds: boolean
}

const error = (error: ChallengeError): ChallengeForm => ({ kind: 'error', error })
const none: ChallengeForm = { kind: 'none' }

/** Status, challenge and wording of every denial. No status code is written anywhere else. */
export const WIRE: Readonly<Record<DenialCode, Wire>> = {
  target_ambiguous: {
    status: 400,
    challenge: none,
    title: 'The request target is ambiguous',
    remedy:
      'Send the path in its canonical form and as the API documents it: no encoded slashes or letters, dot segments, empty segments or parameters, no other case, suffix or final slash.',
    scopeGrounds: false,
  },
  method_refused: {
    status: 501,
    challenge: none,
    title: 'The method is not supported',
    remedy: 'Use one of GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS.',
    scopeGrounds: false,
  },
  unmapped: {
    status: 403,
    challenge: none,
    title: 'No rule covers this request',
    remedy:
      'What the scope map does not name is refused. Check the method, the host and the path; the owner of the API can add a rule.',
    scopeGrounds: false,
  },
  upgrade_refused: {
    status: 403,
    challenge: none,
    title: 'A protocol upgrade is not allowed here',
    remedy: 'Send the request without an Upgrade header, or ask the owner of the API to allow the upgrade in the rule.',
    scopeGrounds: false,
  },
  credential_missing: {
    status: 401,
    challenge: { kind: 'bare' },
    title: 'An access token is required',
    remedy: 'Send an access token in the Authorization header, with a scheme of the challenge.',
    scopeGrounds: false,
  },
  credential_malformed: {
    status: 400,
    challenge: error('invalid_request'),
    title: 'The credentials of the request are malformed',
    remedy:
      'Send the access token once, in one Authorization header and nowhere else: its scheme, one space and the token.',
    scopeGrounds: false,
  },
  token_invalid: {
    status: 401,
    challenge: error('invalid_token'),
    title: 'The access token is not valid',
    remedy: 'Obtain a new access token for this API from one of its authorization servers.',
    scopeGrounds: false,
  },
  proof_invalid: {
    status: 401,
    challenge: error('invalid_dpop_proof'),
    title: 'The DPoP proof is missing or not valid',
    remedy:
      'Send one fresh DPoP proof, signed with the key of the token, for exactly this method, URI and access token.',
    scopeGrounds: false,
  },
  nonce_required: {
    status: 401,
    challenge: error('use_dpop_nonce'),
    title: 'The DPoP proof needs a nonce of this server',
    remedy: 'Send the request again with a new proof that holds the nonce of the DPoP-Nonce header.',
    scopeGrounds: false,
  },
  client_refused: {
    status: 403,
    challenge: error('insufficient_scope'),
    title: 'This client may not make this request',
    remedy: 'The owner of the API has named the clients that may; ask to be one of them.',
    scopeGrounds: false,
  },
  actor_refused: {
    status: 403,
    challenge: error('insufficient_scope'),
    title: 'Nobody may make this request on behalf of another',
    remedy: 'Send a token of the subject itself, or of an actor that the owner of the API has named.',
    scopeGrounds: false,
  },
  sender_constraint_required: {
    status: 401,
    challenge: error('invalid_token'),
    title: 'The access token must be bound to its sender',
    remedy:
      'Obtain a token that is bound to a DPoP key or to a client certificate, as the API asks, and prove its possession.',
    scopeGrounds: false,
  },
  step_up_required: {
    status: 401,
    challenge: error('insufficient_user_authentication'),
    title: 'A stronger or more recent authentication is required',
    remedy:
      'Send the user to authenticate again with the acr_values and max_age of the challenge, and use the new token.',
    scopeGrounds: false,
  },
  token_too_old: {
    status: 401,
    challenge: error('invalid_token'),
    title: 'The access token is too old for this request',
    remedy: 'Obtain a fresh access token; this request accepts only recently issued ones.',
    scopeGrounds: false,
  },
  token_too_long_lived: {
    status: 401,
    challenge: error('invalid_token'),
    title: 'The access token lives too long for this request',
    remedy: 'Obtain a token with a shorter lifetime; the owner of the authorization server sets it.',
    scopeGrounds: false,
  },
  scope_insufficient: {
    status: 403,
    challenge: error('insufficient_scope'),
    title: 'The access token lacks a scope',
    remedy: 'Ask the authorization server for the scopes of the challenge.',
    scopeGrounds: true,
  },
  scope_retired: {
    status: 403,
    challenge: error('insufficient_scope'),
    title: 'The scopes for this request have been retired',
    remedy: 'No scope grants it any more: the owner of the API has to name another in the scope map.',
    scopeGrounds: true,
  },
  scope_suspended: {
    status: 403,
    challenge: error('insufficient_scope'),
    title: 'A scope for this request is suspended',
    remedy: 'The owner of the API has switched the scope off for now; no new token helps until it is back.',
    scopeGrounds: false,
  },
  authorization_details_insufficient: {
    status: 403,
    challenge: error('insufficient_scope'),
    title: 'The authorization details of the access token do not cover this request',
    remedy:
      'Ask the authorization server for authorization_details of the types that the API documents, for exactly this resource.',
    scopeGrounds: false,
  },
  unavailable: {
    status: 503,
    challenge: none,
    title: 'The request cannot be judged at the moment',
    remedy: 'Try again after the time in Retry-After.',
    scopeGrounds: false,
  },
  upstream_unreachable: {
    status: 502,
    challenge: none,
    title: 'The origin could not be reached',
    remedy: 'Try again later.',
    scopeGrounds: false,
  },
  not_found: {
    status: 404,
    challenge: none,
    title: 'There is nothing at this reserved address',
    remedy:
      'Paths below /_scopewall/ and /.well-known/oauth-protected-resource belong to the gate; see its documentation for those it has.',
    scopeGrounds: false,
  },
}

export const isDenialCode = (text: string): text is DenialCode => Object.hasOwn(WIRE, text)
