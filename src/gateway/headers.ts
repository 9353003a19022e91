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
  'x-http-method', 'x-http-method-override', 'x-method-override', 'x-original-method', 'x-original-url', 'x-original-uri', 'x-original-path',
  'x-original-host', 'x-rewrite-url', 'x-rewrite-uri', 'x-forwarded-prefix', 'x-forwarded-path', 'x-forwarded-uri', 'x-forwarded-url',
  'x-forwarded-method', 'x-forwarded-host', 'x-envoy-original-path', 'x-accel-redirect', 'x-sendfile', 'x-script-name', 'x-forwarded-server', 'x-host',
  'x-http-host-override', 'forwarded', 'proxy', 'x-middleware-subrequest',
] // biome-ignore format: a list of names reads better packed

/** A client could choose another, weaker version of this Worker with these. */
const VERSION_PINS = ['cloudflare-workers-version-key', 'cloudflare-workers-version-overrides']

/** What gateways conventionally assert about a caller. A client that sends one is pretending to be the gate. */
const ASSERTED_IDENTITIES = [
  'client-cert', 'client-cert-chain', 'x-client-cert', 'x-forwarded-client-cert', 'txn-token', 'remote-user', 'x-remote-user', 'x-forwarded-user',
  'x-forwarded-email', 'x-forwarded-groups', 'x-forwarded-preferred-username', 'x-forwarded-access-token', 'x-userinfo', 'x-anonymous-consumer',
  'x-jwt-assertion', 'x-goog-iap-jwt-assertion',
] // biome-ignore format: a list of names reads better packed

const STRIPPED: ReadonlySet<string> = new Set([...HOP_BY_HOP, ...OVERRIDES, ...VERSION_PINS, ...ASSERTED_IDENTITIES])
const STRIPPED_PREFIXES = [
  'scopewall-',
  'x-scopewall-',
  'x-auth-request-',
  'x-authenticated-',
  'x-consumer-',
  'x-ssl-client-',
  'ssl-client-',
  'x-webauth-',
  'x-ms-client-principal',
  'x-amzn-oidc-',
  'x-goog-authenticated-user-',
]

const PLAIN_NAME = /^[a-z0-9-]+$/

/**
 * Whether a client's header is withheld from the origin. So are all names of other characters than letters, digits and hyphens: servers that
 * speak CGI or WSGI fold `X_Foo`, and some of them `X.Foo` and `X~Foo`, into `X-Foo`.
 */
export function isStripped(name: string): boolean {
  return STRIPPED.has(name) || !PLAIN_NAME.test(name) || STRIPPED_PREFIXES.some((prefix) => name.startsWith(prefix))
}

/** What is meant for the origin whatever `Connection` says: a client must not take away what the gate judged or the platform added. */
const END_TO_END = /^(?:authorization|cookie|host|origin|range|x-real-ip|(?:cf|content|if|sec|x-forwarded)-.+)$/

/** The header names that a `Connection` value makes hop-by-hop (RFC 9110 section 7.6.1). */
export const connectionNames = (value: string): readonly string[] =>
  value
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => PLAIN_NAME.test(name) && !END_TO_END.test(name))
