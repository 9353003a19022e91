/** What judging takes from a request, by whichever release it is judged. */
import type { Context, Match } from '../policy/decision.ts'
import type { Environment } from '../policy/environment.ts'
import type { HostAliases } from '../policy/read-target.ts'
import type { Standing } from '../policy/standing.ts'
import { type Credential, parseCredential, type Scheme } from '../token/credential.ts'
import type { TokenEvidence } from '../token/verify.ts'
import type { Exchange, GateParts } from './exchange.ts'

/** What stays the same from request to request. */
export interface Setting {
  readonly parts: GateParts
  readonly hosts: HostAliases
  readonly schemes: readonly Scheme[]
}

/** What is known of the caller, once a token was looked into. `standing`: what marks ask, once they were looked at. */
export type Known = (TokenEvidence & { readonly standing?: Standing }) | Exclude<Credential, { readonly kind: 'token' }>

const NO_CREDENTIAL: Credential = { kind: 'none' }

/** Public rules and requests without a rule spend no work on a credential. */
export const asksForCredential = (match: Match): boolean =>
  match.kind === 'rule' && match.rule.requirement.kind !== 'public'

export const credentialFor = ({ parts, schemes }: Setting, match: Match, request: Request): Credential =>
  asksForCredential(match) ? credentialOf(parts.environment, schemes, request) : NO_CREDENTIAL

export const credentialOf = ({ limits }: Environment, schemes: readonly Scheme[], request: Request): Credential =>
  parseCredential(request.headers.get('authorization'), limits.tokenBytes, schemes)

/** `isAskedAnew`: whether the authorization server is asked even where its last answer is still good. */
export function evidenceOf(
  credential: Credential,
  isAskedAnew: boolean,
  { parts, request, milliseconds, waitUntil }: Exchange,
): Known | Promise<Known> {
  if (credential.kind === 'none' && parts.ambient !== undefined) return parts.ambient(request, milliseconds, waitUntil)
  if (credential.kind !== 'token') return credential
  return parts.tokens.evidence(credential, request, isAskedAnew, milliseconds, waitUntil)
}

export const isAskedAnew = (match: Match): boolean => match.kind === 'rule' && match.rule.introspectsAlways

export const contextOf = (
  { mode, observeClients, resource, services }: Environment,
  path: string,
  upgrade: boolean,
): Context => ({ mode, observeClients, upgrade, path, resource, services })
