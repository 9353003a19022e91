/**
 * oidc-provider on the loopback address, with all that the gate can check: opaque and JWT access tokens, introspection plain and signed, DPoP,
 * certificate-bound tokens behind an edge that ends TLS, and keys that rotate. openid-client asks it for tokens.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import {
  type AdapterFactory,
  type ClientMetadata,
  errors,
  type JWK,
  type KoaContextWithOIDC,
  default as Provider,
} from 'oidc-provider'
import * as client from 'openid-client'
import { createIssuerStore } from '../../demo/issuer-store.ts'
import { close, listen } from '../../demo/listen.ts'
import type { Introspection, Issuer } from '../../src/policy/issuer.ts'
import type { Fetch } from '../../src/token/client-authentication.ts'
import { issuerAt } from '../support/environment.ts'
import { AUDIENCE } from '../support/static-issuer.ts'
import { CERTIFICATE_HEADER } from './edge.ts'

/** Tokens for this resource are opaque; those for `AUDIENCE` are JWTs. */
export const OPAQUE_AUDIENCE = 'https://opaque.example.com'

/** Scopes that clients may ask for. */
const SCOPES = ['invoices:read', 'invoices:create', 'invoices:refund', 'reports:read']

/** `bound` gets tokens bound to its certificate, `strong` authenticates strongly, `gate` asks what tokens are. */
export type ClientId = 'partner' | 'bound' | 'strong' | 'gate'

/** Holds what RFC 6749 section 2.3.1 wants encoded. */
export const CLIENT_SECRET = 'demo: 100% +secret/&='

/** One question to the introspection endpoint, as it came. */
export interface Question {
  readonly accept: string
  readonly contentType: string
  /** The client that it was authenticated as. */
  readonly clientId: string | undefined
  readonly parameters: Readonly<Record<string, unknown>>
}

export interface TokenWish {
  readonly scope: string
  /** `AUDIENCE` unless given. */
  readonly resource?: string
  readonly client?: ClientId
  readonly DPoP?: client.DPoPHandle
  /** The way to the provider, for a client that shows a certificate. */
  readonly fetch?: Fetch
}

export interface PeerProvider {
  /** The issuer identifier, `http://127.0.0.1:<port>`. */
  readonly url: string
  readonly port: number
  readonly introspectionEndpoint: string
  /** Those that reached the provider itself, oldest first. */
  readonly questions: readonly Question[]
  /** How often the key set was fetched. */
  readonly keyFetches: number
  /** Answers in the place of the introspection endpoint, where it is set. */
  introspectionFault: ((response: ServerResponse) => void) | undefined
  /** openid-client, configured by discovery. */
  clientOf(id: ClientId, fetch?: Fetch): Promise<client.Configuration>
  /** An access token by client credentials (RFC 6749 section 4.4). */
  token(wish: TokenWish): Promise<string>
  /** An active refresh token of a person (RFC 6749 section 1.5). */
  refreshToken(scope: string): Promise<string>
  /** RFC 7009. */
  revoke(token: string): Promise<void>
  /** Signs with the key that was published as the next, and publishes another. `keep` keeps all keys before it, `drop` only the last. */
  rotateKeys(old: 'keep' | 'drop'): void
  close(): Promise<void>
}

/** All of them are published. */
interface KeyRing {
  /** Signs. */
  readonly current: JWK
  /** Signs after the next rotation. */
  readonly next: JWK
  readonly before: readonly JWK[]
}

export async function startPeerProvider(): Promise<PeerProvider> {
  const adapter = createIssuerStore()
  const questions: Question[] = []
  let keyFetches = 0
  let ring: KeyRing = { current: newKey(), next: newKey(), before: [] }
  let provider: Provider
  const server = createServer((request, response) => {
    if (request.url === '/jwks') keyFetches++
    if (request.url === INTROSPECTION_PATH && peer.introspectionFault !== undefined) peer.introspectionFault(response)
    else provider.callback()(request, response)
  })
  const port = await listen(server, 0)
  const url = `http://127.0.0.1:${port}`
  const use = (keys: KeyRing) => {
    ring = keys
    // The first one signs.
    provider = createProvider(url, [keys.current, keys.next, ...keys.before], adapter, questions)
  }
  use(ring)

  const clientOf: PeerProvider['clientOf'] = (id, fetch) =>
    client.discovery(new URL(url), id, undefined, client.ClientSecretBasic(CLIENT_SECRET), {
      execute: [client.allowInsecureRequests],
      ...(fetch && { [client.customFetch]: (address, init) => fetch(address, init as RequestInit) }),
    })

  const peer: PeerProvider = {
    url,
    port,
    introspectionEndpoint: url + INTROSPECTION_PATH,
    questions,
    get keyFetches() {
      return keyFetches
    },
    introspectionFault: undefined,
    clientOf,
    token: async ({ client: id = 'partner', scope, resource = AUDIENCE, DPoP, fetch }) => {
      const configuration = await clientOf(id, fetch)
      const answer = await client.clientCredentialsGrant(configuration, { scope, resource }, DPoP && { DPoP })
      return answer.access_token
    },
    refreshToken: (scope) => mintRefreshToken(provider, scope),
    revoke: async (token) => client.tokenRevocation(await clientOf('partner'), token),
    rotateKeys: (old) => {
      const before = old === 'keep' ? [ring.current, ...ring.before] : [ring.current]
      use({ current: ring.next, next: newKey(), before })
    },
    close: () => close(server),
  }
  return peer
}

const INTROSPECTION_PATH = '/token/introspection'

/** The provider as an issuer that the gate asks, with the secret `GATE_SECRET`, what its opaque tokens are. */
export const introspected = (
  { url, introspectionEndpoint: endpoint }: PeerProvider,
  introspection: Partial<Introspection> = {},
  rest: Partial<Issuer> = {},
): Issuer =>
  issuerAt(url, {
    audiences: [OPAQUE_AUDIENCE],
    introspection: {
      endpoint,
      clientId: 'gate',
      authentication: { kind: 'client_secret_basic', secret: 'GATE_SECRET' },
      response: 'json',
      cacheSeconds: 60,
      negativeCacheSeconds: 60,
      ...introspection,
    },
    ...rest,
  })

function newKey(): JWK {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    ...privateKey.export({ format: 'jwk' }),
    kty: 'EC',
    alg: 'ES256',
    use: 'sig',
    kid: randomBytes(6).toString('hex'),
  }
}

function createProvider(
  issuer: string,
  keys: readonly JWK[],
  adapter: AdapterFactory,
  questions: Question[],
): Provider {
  const provider = new Provider(issuer, {
    adapter,
    clientDefaults: { id_token_signed_response_alg: 'ES256', introspection_signed_response_alg: 'ES256' },
    clients: CLIENTS,
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    extraTokenClaims: strongAuthentication,
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      jwtIntrospection: { enabled: true },
      mTLS: { enabled: true, certificateBoundAccessTokens: true, getCertificate: handedOnCertificate },
      resourceIndicators: { enabled: true, useGrantedResource: () => true, getResourceServerInfo: resourceServer },
      revocation: { enabled: true, allowedPolicy: () => true },
    },
    jwks: { keys: [...keys] },
    // With `offline_access` there are refresh tokens.
    scopes: ['openid', 'offline_access', ...SCOPES],
    ttl: { AccessToken: 600, ClientCredentials: 600, Grant: 600, IdToken: 600, RefreshToken: 600 },
  })
  provider.use(async (ctx, next) => {
    await next()
    if (ctx.path !== INTROSPECTION_PATH) return
    const { client: asker, params } = (ctx as Partial<KoaContextWithOIDC>).oidc ?? {}
    questions.push({
      accept: ctx.get('accept'),
      contentType: ctx.get('content-type'),
      clientId: asker?.clientId,
      parameters: { ...params },
    })
  })
  return provider
}

const ASKING = ['gate']
const CLIENTS: ClientMetadata[] = ['partner', 'bound', 'strong', ...ASKING].map((id) => ({
  client_id: id,
  client_secret: CLIENT_SECRET,
  token_endpoint_auth_method: 'client_secret_basic',
  grant_types: ASKING.includes(id) ? [] : ['client_credentials'],
  response_types: [],
  redirect_uris: [],
  scope: ['openid', ...SCOPES].join(' '),
  tls_client_certificate_bound_access_tokens: id === 'bound',
}))

/** A person stands behind `strong`, as far as the gate can tell (RFC 9470 section 6). */
const strongAuthentication = (_ctx: unknown, { clientId }: { readonly clientId?: string | undefined }) =>
  clientId === 'strong' ? { acr: 'phr', auth_time: Math.floor(Date.now() / 1000) } : undefined

const handedOnCertificate = (ctx: KoaContextWithOIDC): string | undefined => ctx.get(CERTIFICATE_HEADER) || undefined

function resourceServer(_ctx: KoaContextWithOIDC, resource: string) {
  const common = { audience: resource, scope: SCOPES.join(' ') }
  if (resource === OPAQUE_AUDIENCE) return { ...common, accessTokenFormat: 'opaque' as const }
  if (resource !== AUDIENCE) throw new errors.InvalidTarget()
  return { ...common, accessTokenFormat: 'jwt' as const, jwt: { sign: { alg: 'ES256' as const } } }
}

async function mintRefreshToken(provider: Provider, scope: string): Promise<string> {
  const accountId = 'person'
  const grant = new provider.Grant({ accountId, clientId: 'partner' })
  grant.addResourceScope(OPAQUE_AUDIENCE, scope)
  const grantId = await grant.save()
  const found = await provider.Client.find('partner')
  if (found === undefined) throw new Error('the provider does not know its client')
  return new provider.RefreshToken({
    accountId,
    client: found,
    grantId,
    scope,
    resource: OPAQUE_AUDIENCE,
    gty: 'authorization_code',
  } as never).save()
}
