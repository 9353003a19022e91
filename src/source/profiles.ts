/**
 * Settings that fit known identity providers: what `profile:` stands for in `gateway.yaml`. Pure data. Each rests on the provider's public
 * documentation, whose pages are named above it; where these leave a doubt, the stricter reading is here and the note says so.
 */
import type { Algorithm } from '../policy/algorithm.ts'
import type { DistinguishingClaim, Issuer, ScopeClaim } from '../policy/issuer.ts'
import type { NonEmpty } from '../policy/result.ts'

export type { DistinguishingClaim }

/** In the order of the documentation. */
export const PROFILE_NAMES = [
  'auth0', 'okta', 'entra', 'keycloak', 'cognito', 'google',
  'ory-hydra', 'cloudflare-access', 'workos', 'clerk', 'supabase', 'pingfederate',
] as const // biome-ignore format: one line reads as the list it is
export type ProfileName = (typeof PROFILE_NAMES)[number]

/** What an issuer says where `gateway.yaml` says nothing. As a map would write it: claims are names, or names from the top inwards. */
export interface IssuerProfile {
  /** How the keys are found from the issuer. Absent with `keysPath`; absent without it where the author must give their address. */
  readonly keys?: 'oidc' | 'oauth'
  /** Appended to the issuer, which loses its trailing slash, to give the address of the key set. */
  readonly keysPath?: string
  /** What the provider signs access tokens with unless it is told otherwise. */
  readonly algorithms: NonEmpty<Algorithm>
  /** RFC 9068 as it is, or the exception. Its marks hold for `at+jwt`, too; any one of them is enough. */
  readonly tokenType:
    | 'at+jwt'
    | {
        readonly accept: NonEmpty<'JWT' | 'none'>
        readonly distinguishedBy: NonEmpty<DistinguishingClaim>
        readonly reason: string
      }
  /** Claims that its ID tokens have as well, beyond those of OpenID Connect: no marks, whatever an author may hope. */
  readonly noMarks: readonly string[]
  readonly scopes: NonEmpty<{ readonly claim: NonEmpty<string>; readonly format: ScopeClaim['format'] }>
  /** Claims that may name the client, first present wins. */
  readonly client: NonEmpty<string>
  /** Besides the default, `session: sid`: what its access tokens say that marks can name. */
  readonly identifiers?: Issuer['identifiers']
  /** `aud` where absent. */
  readonly audienceClaim?: string
  /** What `audience` must list of its tokens, where that is nothing that the API is called. */
  readonly audienceIs?: string
  /** `acr` where absent. */
  readonly acrClaim?: string
  /** Where `amr` holds objects: the member that names the method. */
  readonly amrMember?: string
  /** What to set up at the provider, and what to know. */
  readonly note: string
}

/** RFC 9068 section 2.2.3: one string. */
const SCOPE = { claim: ['scope'], format: 'string' } as const

export const PROFILES: Readonly<Record<ProfileName, IssuerProfile>> = {
  // "Access Token Profiles", "Create Custom Claims" (azp, client_id and permissions cannot be set; scope can), "Enable RBAC for APIs", "Work with Tokens and Organizations".
  auth0: {
    keys: 'oidc',
    algorithms: ['RS256'],
    tokenType: {
      accept: ['JWT'],
      distinguishedBy: [{ claim: 'client_id' }, { claim: 'azp' }],
      reason: 'APIs with the Auth0 token profile, the default, get tokens of type JWT without client_id.',
    },
    noMarks: ['scope'],
    scopes: [SCOPE, { claim: ['permissions'], format: 'array' }],
    client: ['client_id', 'azp'],
    identifiers: { tenant: 'org_id' },
    note:
      'Set the API to RS256 and preferably to the RFC 9068 profile; the issuer ends in a slash. Under RBAC ' +
      '`permissions` holds all that the user may do, whatever the client asked for: write `scopes: { claim: ' +
      'scope, format: string }` to count only what was granted to the client.',
  },

  // "Custom Authorization Servers", "Validate access tokens", "OIDC Bearer Tokens: List of Reserved Claims".
  okta: {
    keys: 'oidc',
    algorithms: ['RS256'],
    tokenType: {
      accept: ['none'],
      distinguishedBy: [{ claim: 'cid' }],
      reason: 'Custom authorization servers send access tokens without typ.',
    },
    noMarks: [],
    scopes: [{ claim: ['scp'], format: 'array' }],
    client: ['cid'],
    identifiers: { user: 'uid' },
    note:
      'Use a custom authorization server (`https://<domain>/oauth2/<id>`): tokens of the org authorization server ' +
      'are for Okta alone. Name no custom claim of ID tokens `cid`.',
  },

  // "Access token claims reference", "ID token claims reference", "Claims customization reference".
  entra: {
    keys: 'oidc',
    algorithms: ['RS256'],
    tokenType: {
      accept: ['JWT'],
      distinguishedBy: [{ claim: 'azpacr' }, { claim: 'appidacr' }],
      reason:
        'The typ of every Entra token is JWT; how the client authenticated (azpacr, in v1 appidacr) is said in ' +
        'access tokens alone.',
    },
    noMarks: ['acrs'],
    scopes: [
      { claim: ['scp'], format: 'string' },
      { claim: ['roles'], format: 'array' },
    ],
    client: ['azp', 'appid'],
    identifiers: { tenant: 'tid', user: 'oid' },
    acrClaim: 'acrs',
    note:
      'Name one tenant: `https://login.microsoftonline.com/<tenant>/v2.0`, or `https://sts.windows.net/<tenant>/` ' +
      'while `requestedAccessTokenVersion` of the API is not 2. `roles` holds permissions of applications and, in ' +
      'tokens of people, their app roles whatever the client was granted: write `scopes: { claim: scp, format: ' +
      'string }` where only people call.',
  },

  // "Server Administration Guide" (client scopes, audience), "Securing applications with DPoP", issue 36696 (at+jwt), "Upgrading Guide" (nonce).
  keycloak: {
    keys: 'oidc',
    algorithms: ['RS256'],
    tokenType: {
      accept: ['JWT'],
      distinguishedBy: [{ claim: 'typ', equals: ['Bearer', 'DPoP'] }],
      reason:
        'Unless a client is told to use at+jwt, the header says JWT for every token and the claim typ says which ' +
        'it is.',
    },
    noMarks: [],
    scopes: [SCOPE],
    client: ['azp', 'client_id'],
    note:
      'Add an audience mapper, for `aud` is `account` without one, and preferably switch on at+jwt for each ' +
      'client. Access tokens with a `nonce` (old versions, or the mapper for backwards compatibility) are ' +
      'refused; realm and client roles count for nothing.',
  },

  // "Understanding the access token", "Understanding the identity (ID) token", "Scopes, M2M, and resource servers".
  cognito: {
    keys: 'oidc',
    algorithms: ['RS256'],
    tokenType: {
      accept: ['none'],
      distinguishedBy: [{ claim: 'token_use', equals: ['access'] }],
      reason: 'User pools send tokens without typ; token_use says which kind each is.',
    },
    noMarks: [],
    scopes: [SCOPE],
    client: ['client_id'],
    identifiers: { grant: 'origin_jti', device: 'device_key' },
    audienceClaim: 'client_id',
    audienceIs: 'the app clients that may call',
    note:
      'Access tokens name no audience unless the client asks for one: `audience` lists the app clients that may ' +
      'call, or write `audienceClaim: aud` where all send `resource`. Scopes are `<resource server>/<name>`; ' +
      'write `scopes` with a `prefix` to take the server off.',
  },

  // "Authentication between services", "Method: projects.serviceAccounts.signJwt", AIP-4111 "Self-signed JWT".
  google: {
    algorithms: ['RS256'],
    tokenType: {
      accept: ['JWT'],
      distinguishedBy: [{ claim: 'scope' }],
      reason: 'Service accounts sign JWTs with libraries that write the type JWT.',
    },
    noMarks: [],
    scopes: [SCOPE],
    client: ['iss'],
    note:
      'For tokens that one service account signs itself: `issuer` is its e-mail address, `keys` is ' +
      '`https://www.googleapis.com/service_accounts/v1/jwk/<e-mail>`. The account gives itself whatever scopes it ' +
      'writes, so trust only accounts that may have them all. Access tokens of Google are for Google, and ID ' +
      'tokens of accounts.google.com never pass.',
  },

  // "OAuth 2.0 access tokens as JSON Web Tokens", configuration reference of `strategies.access_token` and `strategies.jwt.scope_claim`.
  'ory-hydra': {
    keys: 'oidc',
    algorithms: ['RS256'],
    tokenType: {
      accept: ['JWT'],
      distinguishedBy: [{ claim: 'client_id' }],
      reason: 'The JWT strategy writes the type JWT.',
    },
    noMarks: [],
    scopes: [{ claim: ['scp'], format: 'array' }, SCOPE],
    client: ['client_id'],
    note:
      'Tokens are opaque (use `introspection`) unless `strategies.access_token` is `jwt`. The consent app must ' +
      'put no `client_id` into `session.id_token`; claims in `ext` count for nothing.',
  },

  // "Application token", "Validate JWTs", "Service tokens".
  'cloudflare-access': {
    keysPath: '/cdn-cgi/access/certs',
    algorithms: ['RS256'],
    tokenType: {
      accept: ['JWT'],
      distinguishedBy: [{ claim: 'type', equals: ['app'] }],
      reason: 'The type of every Access token is JWT; the claim type is app where it is for one application.',
    },
    noMarks: [],
    scopes: [{ claim: ['custom', 'scope'], format: 'either' }],
    client: ['common_name'],
    audienceIs: 'the AUD tag of the application',
    note:
      '`audience` is the AUD tag of the application. Access knows no scopes: pass on a claim `scope` of your ' +
      'identity provider, which then is in `custom`; service tokens have none. Clients send the token as ' +
      '`Authorization: Bearer`, for `Cf-Access-Jwt-Assertion` is not read.',
  },

  // "Access token claims" (Connect), "Token" (Connect reference), "Session tokens", "JWT templates".
  workos: {
    keys: 'oidc',
    algorithms: ['RS256'],
    tokenType: {
      accept: ['none'],
      distinguishedBy: [{ claim: 'scope' }, { claim: 'permissions' }],
      reason: 'WorkOS sends tokens without typ; what was granted is said in access tokens alone.',
    },
    noMarks: ['org_id'],
    scopes: [SCOPE, { claim: ['permissions'], format: 'array' }],
    client: ['client_id'],
    identifiers: { tenant: 'org_id' },
    note:
      'For Connect tokens: `issuer` is the AuthKit domain, `audience` the resource indicator, and for M2M the ' +
      'client ID of the environment. AuthKit session tokens need an `aud` from a JWT template, `keys: ' +
      'https://api.workos.com/sso/jwks/<client>` and the `iss` of a token of yours as `issuer`.',
  },

  // "JWT format support for OAuth access tokens", "Token formats", "Session tokens"; clerk/javascript pull request 9585 (aud).
  clerk: {
    keys: 'oidc',
    algorithms: ['RS256'],
    tokenType: 'at+jwt',
    noMarks: [],
    scopes: [SCOPE, { claim: ['scp'], format: 'array' }],
    client: ['client_id'],
    note:
      'For OAuth access tokens: switch on “Generate access tokens as JWTs”, and let clients send `resource`, ' +
      'without which the tokens have no `aud` and are refused. Session tokens, M2M tokens and JWT templates are ' +
      'refused: they are no RFC 9068 access tokens.',
  },

  // "JWT Claims Reference", "JWT Signing Keys", "Token Security and Row Level Security", "Custom Access Token Hook".
  supabase: {
    keysPath: '/.well-known/jwks.json',
    algorithms: ['ES256'],
    tokenType: {
      accept: ['JWT'],
      distinguishedBy: [{ claim: 'session_id' }],
      reason: 'The type of every Supabase token is JWT; ID tokens have a client_id, too, but no session_id.',
    },
    noMarks: ['client_id'],
    scopes: [SCOPE],
    client: ['client_id'],
    identifiers: { session: 'session_id' },
    audienceIs: '`authenticated`',
    acrClaim: 'aal',
    amrMember: 'method',
    note:
      'Use asymmetric signing keys; `audience` is `authenticated` for every user of the project, anonymous ones ' +
      'included. OAuth scopes are those of OpenID Connect alone: a custom access token hook must write those of ' +
      'your API into `scope`. Read no scope from `user_metadata`, which users write themselves.',
  },

  // "Configuring JSON token management", "Configuring policy and ID token settings".
  pingfederate: {
    keys: 'oidc',
    algorithms: ['RS256'],
    tokenType: {
      accept: ['none'],
      distinguishedBy: [{ claim: 'client_id' }],
      reason: 'Access token managers write a type only where one is configured.',
    },
    noMarks: [],
    scopes: [{ claim: ['scope'], format: 'either' }],
    client: ['client_id'],
    note:
      'In the access token manager, sign with RS256, name the issuer, the audience, `client_id` and `scope`, and ' +
      'set the type header to `at+jwt`; put no `client_id` into ID token contracts. Give `keys` an address where ' +
      'the manager has a key set path of its own.',
  },
}
