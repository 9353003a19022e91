/** The configuration of oidc-provider that makes it an issuer of RFC 9068 access tokens for one API. */
import { randomBytes } from 'node:crypto'
import Provider, { type ClientMetadata, type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider'
import { callbackUrl, DEMO_CLIENTS, type DemoClient, findClient } from './clients.ts'
import type { SigningAlgorithm, SigningKey } from './keys.ts'
import { ACR_VALUES, createAutomaticLogin, createLoginPolicy, grantWithoutConsent, interactionUrl } from './login.ts'
import { type Receiver, sessionEnd, transmitterConfiguration } from './transmitter.ts'

/** The API that tokens are for: the `resource` of RFC 8707 and the `aud` of every access token. */
export const AUDIENCE = 'https://api.example.com'

export interface ProviderSettings {
  readonly issuer: string
  /** What clients may ask for, besides `openid`. */
  readonly scopes: readonly string[]
  /** The first key of an algorithm signs; all of them are published. */
  readonly keys: readonly SigningKey[]
  readonly algorithm: SigningAlgorithm
  readonly adapter: NonNullable<Configuration['adapter']>
  /** Who is told that a session has ended; asked when one has. */
  readonly receiver: () => Receiver | undefined
}

/** Returns a provider that listens nowhere yet. Throws where the settings contradict one another. */
export function createProvider(settings: ProviderSettings): Provider {
  const provider = new Provider(settings.issuer, {
    adapter: settings.adapter,
    acrValues: ACR_VALUES,
    clients: DEMO_CLIENTS.map((client) => registration(client, settings)),
    clientBasedCORS: (_ctx, origin, { clientId }) => isPageOf(clientId, origin),
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    extraTokenClaims: authenticationClaims,
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: resourceIndicators(settings),
    },
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    interactions: { policy: createLoginPolicy(), url: (_ctx, { uid }) => interactionUrl(uid) },
    jwks: { keys: settings.keys },
    loadExistingGrant: grantWithoutConsent,
    pkce: { required: () => true },
    renderError: (ctx, { error, error_description }) => {
      ctx.type = 'text'
      ctx.body = `${error}: ${error_description ?? 'no description'}\n`
    },
    scopes: ['openid', ...settings.scopes],
    ttl: { AccessToken: 3600, ClientCredentials: 3600, Grant: 3600, IdToken: 3600, Interaction: 600, Session: 3600 },
  })
  provider.use(createAutomaticLogin(provider)).use(callbackPage).use(transmitterConfiguration(settings.issuer))
  // Shared Signals are signed with RS256 (CAEP Interoperability Profile), whatever access tokens are signed with.
  const signing = settings.keys.find(({ alg }) => alg === 'RS256')
  if (signing !== undefined) provider.use(sessionEnd(provider, signing, settings.receiver))
  return provider
}

/** What a person's browser shows in the end. A real client would take the code from the address and go on. */
const callbackPage: Parameters<Provider['use']>[0] = async (ctx, next) => {
  if (ctx.path !== '/callback') return next()
  ctx.body = ctx.query.error === undefined ? 'You are logged in.\n' : 'The login failed.\n'
}

/** `openid` is in every list, for an empty one would be no limit at all. */
function registration(client: DemoClient, { issuer, scopes }: ProviderSettings): ClientMetadata {
  const common = { client_id: client.id, scope: ['openid', ...scopes.filter(client.mayAskFor)].join(' ') }
  if (client.acts === 'person') {
    const person = { ...common, token_endpoint_auth_method: 'none' as const }
    return client.page === undefined
      ? { ...person, redirect_uris: [callbackUrl(issuer)] }
      : { ...person, application_type: 'native', redirect_uris: [client.page] }
  }
  return {
    ...common,
    client_secret: client.secret,
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
  }
}

/** Whether scripts of this origin are the client's: its page, on whatever port. */
function isPageOf(clientId: string, origin: string): boolean {
  const page = findClient(clientId)?.page
  return page !== undefined && new URL(page).hostname === new URL(origin).hostname
}

/** One API, which is also what a client means that names none (RFC 8707 section 2). */
function resourceIndicators({ scopes, algorithm }: ProviderSettings) {
  return {
    enabled: true,
    defaultResource: () => AUDIENCE,
    useGrantedResource: () => true,
    getResourceServerInfo: (_ctx: KoaContextWithOIDC, resource: string) => {
      if (resource !== AUDIENCE) throw new errors.InvalidTarget()
      return {
        audience: AUDIENCE,
        scope: scopes.join(' '),
        accessTokenFormat: 'jwt' as const,
        jwt: { sign: { alg: algorithm } },
      }
    },
  }
}

/** RFC 9068 section 2.2.1: how and when the person behind the code authenticated, and in which session. */
function authenticationClaims({ oidc }: KoaContextWithOIDC): Record<string, unknown> | undefined {
  const code = oidc.entities.AuthorizationCode
  return (
    code && {
      auth_time: code.authTime,
      amr: code.amr,
      sid: code.sessionUid,
      ...(code.acr === undefined ? {} : { acr: code.acr }),
    }
  )
}
