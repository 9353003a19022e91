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
  'txn-token', 'x-forwarded-user', 'x-forwarded-email', 'x-forwarded-groups', 'x-forwarded-roles', 'x-forwarded-login',
  'x-forwarded-preferred-username', 'x-forwarded-access-token', 'x-userinfo', 'x-anonymous-consumer', 'x-credential-identifier', 'x-credential-username',
  'x-jwt-assertion', 'x-goog-iap-jwt-assertion', 'x-apigateway-api-userinfo', 'x-endpoint-api-userinfo', 'cf-access-authenticated-user-email',
  'sm-user', 'sm-userdn', 'sm-universalid', 'iv-user', 'iv-user-l', 'iv-groups', 'iv-creds',
] // biome-ignore format: a list of names reads better packed

/** What home-made gateways call a user. Not all of `X-Auth-` and `X-User-`: applications have such headers for themselves. */
const HOME_MADE_IDENTITIES = [
  'x-auth-user', 'x-auth-username', 'x-auth-email', 'x-auth-roles', 'x-auth-groups', 'x-user', 'x-user-id', 'x-user-email', 'x-user-roles',
  'x-user-name', 'x-username',
] // biome-ignore format: a list of names reads better packed

/** What servers that end TLS assert about a client's certificate; see the prefixes, too. */
const ASSERTED_CERTIFICATES = ['x-client-dn', 'x-client-verify', 'x-arr-clientcert']

const STRIPPED: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  ...OVERRIDES,
  ...VERSION_PINS,
  ...ASSERTED_IDENTITIES,
  ...HOME_MADE_IDENTITIES,
  ...ASSERTED_CERTIFICATES,
])

const OWN_PREFIXES = ['scopewall-', 'x-scopewall-']

/** Families of assertions, some of them open: whoever configures the gateway names the claims. */
const IDENTITY_PREFIXES = [
  'remote-', // Authelia, Caddy, and what CGI calls REMOTE_USER
  'x-remote-', // Kubernetes
  'x-auth-request-', // oauth2-proxy
  'x-authenticated-',
  'x-authentik-',
  'x-consumer-', // Kong
  'x-pomerium-',
  'x-vouch-',
  'x-webauth-', // Grafana
  'oidc-', // mod_auth_openidc, whose own spelling has underscores
  'tailscale-',
  'x-ms-client-principal',
  'x-ms-token-', // Azure
  'x-amzn-oidc-',
  'x-goog-authenticated-user-',
]

/** The same of certificates. Of Cloudflare's, the Worker cannot tell those of the platform from a client's. */
const CERTIFICATE_PREFIXES = [
  'client-cert', // RFC 9440
  'x-client-cert', // Google Cloud
  'x-forwarded-client-cert', // Envoy
  'x-forwarded-tls-', // Traefik
  'ssl-client-', // ingress-nginx
  'x-ssl-', // HAProxy, Apache
  'x-amzn-mtls-',
  'cf-client-cert-',
  'cf-cert-',
]

// One expression, because this is asked of every header: trying the prefixes in turn takes twice as long.
const STRIPPED_PREFIX = new RegExp(`^(?:${[...OWN_PREFIXES, ...IDENTITY_PREFIXES, ...CERTIFICATE_PREFIXES].join('|')})`)

const PLAIN_NAME = /^[a-z0-9-]+$/

/**
 * Whether a client's header is withheld from the origin. So are all names of other characters than letters, digits and hyphens: servers that
 * speak CGI or WSGI fold `X_Foo`, and some of them `X.Foo` and `X~Foo`, into `X-Foo`.
 */
export function isStripped(name: string): boolean {
  return STRIPPED.has(name) || !PLAIN_NAME.test(name) || STRIPPED_PREFIX.test(name)
}

/** What is meant for the origin whatever `Connection` says: a client must not take away what the gate judged or the platform added. */
const END_TO_END = /^(?:authorization|cookie|host|origin|range|x-real-ip|(?:cf|content|if|sec|x-forwarded)-.+)$/

/** The header names that a `Connection` value makes hop-by-hop (RFC 9110 section 7.6.1). */
export const connectionNames = (value: string): readonly string[] =>
  value
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => PLAIN_NAME.test(name) && !END_TO_END.test(name))
