/** The grammars of what an environment trusts and serves: hosts and absolute URLs. Text in, verdict out; nothing is normalised. */
import { HOST } from '../policy/decode.ts'
import { RESERVED_PREFIXES } from '../policy/reserved.ts'
import { splitUrl } from '../policy/target.ts'

/** Hosts that never leave the machine, so plain http to them can be neither read nor changed on the way. */
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

const VISIBLE_ASCII = /^[\x21-\x7E]+$/
/** What may stand in a URI at all (RFC 3986 section 2). Quotes and backslashes would end the text that a challenge carries it in. */
const URI_CHARACTERS = /^[^"<>\\^`{|}]+$/

/** An absolute URL without user and fragment that `URL` can read too: https, or http to this machine. */
export function isTrustworthyUrl(text: string): boolean {
  if (!VISIBLE_ASCII.test(text) || !URI_CHARACTERS.test(text)) return false
  const url = splitUrl(text)
  return url.ok && URL.canParse(text) && (text.startsWith('https://') || LOOPBACK.has(url.value.host))
}

/** The same as the address of a resource: in one spelling, and not among those that the gate answers itself. */
export function isResource(text: string): boolean {
  if (!isTrustworthyUrl(text)) return false
  const { hostname, pathname } = new URL(text)
  const path = text.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1)[0] ?? ''
  return (
    !hostname.endsWith('.') &&
    (path || '/') === pathname &&
    !RESERVED_PREFIXES.some((prefix) => path.startsWith(prefix))
  )
}

/** The same without a query, as RFC 8414 section 2 wants of an issuer identifier. */
export const isIssuer = (text: string): boolean => isTrustworthyUrl(text) && !text.includes('?')

/** The same, and nothing after the authority: what a path is appended to. */
export const isOrigin = (text: string): boolean => isTrustworthyUrl(text) && !/[/?]/.test(text.slice('https://'.length))

/** An origin as browsers send it: lower case, and without the scheme's own port (RFC 6454 section 6.2). */
export const isBrowserOrigin = (text: string): boolean =>
  isOrigin(text) && text === text.toLowerCase() && !/^(https:.*:443|http:.*:80)$/.test(text)

/** An exact name or `*.` and a name, in any case, without a port. */
export const isHostPattern = (text: string): boolean => VISIBLE_ASCII.test(text) && HOST.test(text.toLowerCase())

/** What a request's host can be, in lower case: a name, an IPv4 address or a bracketed IPv6 address. */
export const isHost = (text: string): boolean =>
  /^\[[0-9a-f:.]+\]$/.test(text) || (HOST.test(text) && !text.startsWith('*'))

/** A Google service account, which signs tokens in its own name: an e-mail address instead of a URL. */
export const isServiceAccount = (text: string): boolean =>
  /^[a-z0-9-]+@[a-z0-9-]+\.iam\.gserviceaccount\.com$/.test(text)

/** A whole address, or the beginning of several, which ends in a slash; without query. */
export const isStatusListAddress = (text: string): boolean =>
  isTrustworthyUrl(text) && !text.includes('?') && new URL(text).href === text
