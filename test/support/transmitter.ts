/** A transmitter of Shared Signals in tests: what it signs is what the specifications' own examples look like, and also what no honest one would send. */
import { SignJWT } from 'jose'
import { CAEP_EVENTS } from '../../src/revocation/intake/caep.ts'
import { RISC_EVENTS, SCIM_EVENTS } from '../../src/revocation/intake/risc.ts'
import type { SigningKey } from './static-issuer.ts'

export const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/'
export const RISC = 'https://schemas.openid.net/secevent/risc/event-type/'
export const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/'
export const SCIM = 'urn:ietf:params:scim:event:'

/** Every type that the gate knows. */
export const KNOWN_TYPES = [...Object.keys(CAEP_EVENTS), ...Object.keys(RISC_EVENTS), ...Object.keys(SCIM_EVENTS)]

let told = 0

/** The claims of a token with one event; `undefined` leaves a claim out. */
export const eventClaims = (
  type: string,
  members: object,
  subject: unknown,
  rest: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> => ({
  jti: `event-${++told}`,
  iat: 1_615_305_159,
  sub_id: subject,
  events: { [type]: members },
  ...rest,
})

/** Signs whatever it is given. */
export function signEvent(
  claims: Readonly<Record<string, unknown>>,
  key: SigningKey,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const payload = JSON.parse(JSON.stringify(claims))
  const protectedHeader = JSON.parse(JSON.stringify({ alg: key.alg, kid: key.kid, typ: 'secevent+jwt', ...header }))
  return new SignJWT(payload).setProtectedHeader(protectedHeader).sign(key.privateKey)
}
