/** Which request headers never reach the origin. Names arrive in lower case. */

/** RFC 9110 section 7.6.1, besides whatever `Connection` names. `Upgrade` stays where a rule allows it. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'http2-settings',
]

/** An origin that honours one of these would serve another method, path or host than the one that was judged. */
const OVERRIDES = [
  'x-http-method', 'x-http-method-override', 'x-method-override', 'x-original-method', 'x-original-url', 'x-original-uri', 'x-original-host',
  'x-rewrite-url', 'x-rewrite-uri', 'x-forwarded-prefix', 'x-forwarded-path', 'x-forwarded-uri', 'x-forwarded-method', 'x-forwarded-host',
  'x-envoy-original-path', 'x-accel-redirect', 'x-sendfile', 'x-script-name', 'x-forwarded-server', 'x-host', 'x-http-host-override', 'forwarded', 'proxy',
] // biome-ignore format: a list of names reads better packed

/** A client could choose another, weaker version of this Worker with these. */
const VERSION_PINS = ['cloudflare-workers-version-key', 'cloudflare-workers-version-overrides']

/** What gateways conventionally assert about a caller. A client that sends one is pretending to be the gate. */
const ASSERTED_IDENTITIES = [
  'client-cert', 'client-cert-chain', 'x-client-cert', 'x-forwarded-client-cert', 'txn-token', 'remote-user', 'x-remote-user', 'x-forwarded-user',
  'x-forwarded-email', 'x-forwarded-groups', 'x-forwarded-preferred-username', 'x-forwarded-access-token', 'x-userinfo', 'x-anonymous-consumer',
] // biome-ignore format: a list of names reads better packed

const STRIPPED: ReadonlySet<string> = new Set([...HOP_BY_HOP, ...OVERRIDES, ...VERSION_PINS, ...ASSERTED_IDENTITIES])
const STRIPPED_PREFIXES = [
  'scopewall-',
  'x-scopewall-',
  'x-auth-request-',
  'x-authenticated-',
  'x-consumer-',
  'x-ssl-client-',
]

/**
 * Whether a client's header is withheld from the origin. Names with an underscore go too: servers that speak CGI or WSGI fold
 * `X_Foo` into `X-Foo`.
 */
export function isStripped(name: string): boolean {
  return STRIPPED.has(name) || name.includes('_') || STRIPPED_PREFIXES.some((prefix) => name.startsWith(prefix))
}

/** The header names that a `Connection` value makes hop-by-hop. */
export const connectionNames = (value: string): readonly string[] =>
  value
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name))
