/** The Authorization header -> one bearer credential, or why it is none (RFC 6750 sections 2.1 and 3.1, RFC 9110 section 11.4). */
import type { CredentialFault, Denial } from '../policy/denial.ts'

export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'rejected'; readonly denial: Denial }

const NONE: Credential = { kind: 'none' }
const TOKEN68 = /^[A-Za-z0-9._~+/-]+=*$/

/**
 * Reads the header alone: never the query, a cookie or a body. An unsupported scheme counts as no credentials. Repeated fields arrive
 * joined with a comma, which no token68 contains, so a comma is two credentials.
 */
export function parseCredential(header: string | null, maxTokenBytes: number): Credential {
  if (header === null) return NONE
  const value = trim(header)
  if (value === '') return reject('empty')
  if (!BEARER.test(value)) return SECOND_BEARER.test(value) ? reject('several') : NONE
  if (value.includes(',')) return reject('several')
  const rest = value.slice('bearer'.length)
  const token = rest.replace(/^ +/, '')
  if (token === '') return reject('empty')
  if (token.length > maxTokenBytes) return reject('too_large')
  return rest !== token && TOKEN68.test(token) ? { kind: 'bearer', token } : reject('not_token68')
}

// The scheme ends where no further character of a token follows (RFC 9110 section 5.6.2).
const BEARER = /^bearer(?![!#$%&'*+.^_`|~0-9A-Za-z-])/i
const SECOND_BEARER = /,[ \t]*bearer(?![!#$%&'*+.^_`|~0-9A-Za-z-])/i

/** SP and HTAB only: optional white space around a field value (RFC 9110 section 5.5). */
function trim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09

const reject = (detail: CredentialFault): Credential => ({
  kind: 'rejected',
  denial: { code: 'credential_malformed', detail },
})
