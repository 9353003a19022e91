/** The Authorization header -> one credential, or why it is none (RFC 6750 sections 2.1 and 3.1, RFC 9449 section 7, RFC 9110 section 11.4). */
import type { CredentialFault, Denial } from '../policy/denial.ts'
import { trimField } from '../policy/field-value.ts'

/** The schemes that carry access tokens. */
export type Scheme = 'bearer' | 'dpop'

export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly scheme: Scheme; readonly token: string }
  /** Without a scheme it was not clear which was meant. */
  | { readonly kind: 'rejected'; readonly scheme?: Scheme; readonly denial: Denial }

const NONE: Credential = { kind: 'none' }
const TOKEN68 = /^[A-Za-z0-9._~+/-]+=*$/

/**
 * Reads the header alone: never the query, a cookie or a body. An unsupported scheme counts as no credentials. Repeated fields arrive
 * joined with a comma, which no token68 contains, so a comma is two credentials.
 */
export function parseCredential(header: string | null, maxTokenBytes: number, schemes: readonly Scheme[]): Credential {
  if (header === null) return NONE
  const value = trimField(header)
  if (value === '') return reject('empty')
  const scheme = schemes.find((known) => FIRST[known].test(value))
  if (scheme === undefined) return schemes.some((known) => SECOND[known].test(value)) ? reject('several') : NONE
  if (value.includes(',')) return reject('several')
  const rest = value.slice(scheme.length)
  const token = rest.replace(/^ +/, '')
  if (token === '') return reject('empty', scheme)
  if (token.length > maxTokenBytes) return reject('too_large', scheme)
  return rest !== token && TOKEN68.test(token) ? { kind: 'token', scheme, token } : reject('not_token68', scheme)
}

// The scheme ends where no further character of a token follows (RFC 9110 section 5.6.2).
const FIRST: Readonly<Record<Scheme, RegExp>> = {
  bearer: /^bearer(?![!#$%&'*+.^_`|~0-9A-Za-z-])/i,
  dpop: /^dpop(?![!#$%&'*+.^_`|~0-9A-Za-z-])/i,
}
const SECOND: Readonly<Record<Scheme, RegExp>> = {
  bearer: /,[ \t]*bearer(?![!#$%&'*+.^_`|~0-9A-Za-z-])/i,
  dpop: /,[ \t]*dpop(?![!#$%&'*+.^_`|~0-9A-Za-z-])/i,
}

function reject(detail: CredentialFault, scheme?: Scheme): Credential {
  const denial: Denial = { code: 'credential_malformed', detail }
  return scheme === undefined ? { kind: 'rejected', denial } : { kind: 'rejected', scheme, denial }
}
