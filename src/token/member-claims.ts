/** Claims that are objects with rules of their own: `cnf` (RFC 7800), `act` (RFC 8693) and `authorization_details` (RFC 9396). */
import type { TokenFault } from '../policy/denial.ts'
import type { Issuer } from '../policy/issuer.ts'
import type { Actor, AuthorizationDetail, Confirmation } from '../policy/principal.ts'
import { fail, ok, type Result } from '../policy/result.ts'

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A SHA-256 digest as base64url without padding. */
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/

/**
 * What the token is bound to, if anything. Members that the gate does not know are ignored as long as it knows one (RFC 7800 section 3.1); a token
 * that is bound in unknown ways alone is refused, since nobody could say whether the sender may use it. Faults: `claims`, `confirmation`.
 */
export function confirmationOf(cnf: unknown): Result<Confirmation | undefined, TokenFault> {
  if (cnf === undefined) return ok(undefined)
  if (!isObject(cnf)) return fail('claims')
  const jkt = Object.hasOwn(cnf, 'jkt') ? cnf.jkt : undefined
  const x5t = Object.hasOwn(cnf, 'x5t#S256') ? cnf['x5t#S256'] : undefined
  if (![jkt, x5t].every((member) => member === undefined || isThumbprint(member))) return fail('claims')
  if (jkt === undefined && x5t === undefined) return fail('confirmation')
  return ok({
    ...(isThumbprint(jkt) && { keyThumbprint: jkt }),
    ...(isThumbprint(x5t) && { certificateThumbprint: x5t }),
  })
}

const isThumbprint = (value: unknown): value is string => typeof value === 'string' && THUMBPRINT.test(value)

/**
 * The outermost actor: those inside it are history and decide nothing (RFC 8693 section 4.1). One that another issuer knows has no name here, since names
 * are unique to their issuers. The fault says that it is no object.
 */
export function actorOf(act: unknown, { issuer, clientPrefix = '' }: Issuer): Result<Actor | undefined, 'claims'> {
  if (act === undefined) return ok(undefined)
  if (!isObject(act)) return fail('claims')
  if (act.iss !== undefined && act.iss !== issuer) return ok({})
  const name = [act.sub, act.client_id].find((member) => typeof member === 'string' && member !== '')
  return ok(typeof name === 'string' ? { name: clientPrefix + name } : {})
}

/** Undefined where it is no list of objects that each have a type (RFC 9396 section 2). An absent claim grants nothing. */
export function authorizationDetailsOf(claim: unknown): readonly AuthorizationDetail[] | undefined {
  if (claim === undefined) return []
  return Array.isArray(claim) && claim.every(isDetail) ? claim : undefined
}

const isDetail = (value: unknown): value is AuthorizationDetail =>
  isObject(value) && typeof value.type === 'string' && value.type !== ''
