/** Obtaining access tokens from an issuer over HTTP, the way real clients do it. */
import { createHash, randomBytes } from 'node:crypto'
import { callbackUrl, type DemoClient, findClient } from './clients.ts'

export interface TokenRequest {
  readonly client: string
  /** Scopes separated by spaces. */
  readonly scope: string
}

export interface PersonTokenRequest extends TokenRequest {
  /** The `acr` to ask the person for (`acr_values`). */
  readonly acr?: string
  /** Who it is; absent: Sam. */
  readonly account?: string
}

/** The parts of RFC 6749 section 5.1 that this project uses. */
export interface TokenResponse {
  readonly access_token: string
  readonly token_type: string
  readonly expires_in: number
  readonly scope: string
}

/** The parts of RFC 8414 section 2 that this project uses. */
export interface IssuerMetadata {
  readonly issuer: string
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly scopes_supported: readonly string[]
  readonly acr_values_supported: readonly string[]
}

/** An issuer's refusal: `code` is the `error` of RFC 6749 sections 4.1.2.1 and 5.2. */
export class TokenRefused extends Error {
  readonly code: string

  constructor(code: string, description: string) {
    super(description)
    this.code = code
  }
}

/** Reads the issuer's metadata (OpenID Connect Discovery 1.0). Rejects with a `TypeError` where nothing answers. */
export async function fetchIssuerMetadata(issuerUrl: string): Promise<IssuerMetadata> {
  const response = await fetch(`${issuerUrl}/.well-known/openid-configuration`)
  if (!response.ok) throw new Error(`the issuer answered its metadata with status ${response.status}`)
  return (await response.json()) as IssuerMetadata
}

/** The client acts for itself (RFC 6749 section 4.4). Rejects with `TokenRefused` where the issuer refuses. */
export async function requestClientToken(issuerUrl: string, request: TokenRequest): Promise<TokenResponse> {
  const metadata = await fetchIssuerMetadata(issuerUrl)
  return redeem(metadata, knownClient(request.client), { grant_type: 'client_credentials', scope: request.scope })
}

/** A person logs in (RFC 6749 section 4.1 with PKCE, RFC 7636). Rejects with `TokenRefused` where the issuer refuses. */
export async function requestPersonToken(issuerUrl: string, request: PersonTokenRequest): Promise<TokenResponse> {
  const metadata = await fetchIssuerMetadata(issuerUrl)
  const client = knownClient(request.client)
  const verifier = randomBytes(32).toString('base64url')
  const redirectUri = callbackUrl(metadata.issuer)
  const code = await authorize(metadata, {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: redirectUri,
    scope: `openid ${request.scope}`,
    state: randomBytes(16).toString('base64url'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(request.acr === undefined ? {} : { acr_values: request.acr }),
    ...(request.account === undefined ? {} : { login_hint: request.account }),
  })
  return redeem(metadata, client, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  })
}

/** Returns the access token alone of `requestClientToken`. */
export const clientToken = async (issuerUrl: string, request: TokenRequest): Promise<string> =>
  (await requestClientToken(issuerUrl, request)).access_token

/** Returns the access token alone of `requestPersonToken`. */
export const personToken = async (issuerUrl: string, request: PersonTokenRequest): Promise<string> =>
  (await requestPersonToken(issuerUrl, request)).access_token

function knownClient(id: string): DemoClient {
  const client = findClient(id)
  if (client === undefined) throw new TokenRefused('invalid_client', `no demo client is called \`${id}\``)
  return client
}

interface AuthorizationRequest extends Readonly<Record<string, string>> {
  readonly redirect_uri: string
  readonly state: string
}

/** Plays the browser: keeps cookies and follows redirects until the issuer sends it back to the client. Returns the code. */
async function authorize(metadata: IssuerMetadata, parameters: AuthorizationRequest): Promise<string> {
  const cookies = new Map<string, string>()
  let next = `${metadata.authorization_endpoint}?${new URLSearchParams(parameters)}`
  for (let hops = 0; hops < 8; hops++) {
    const response = await fetch(next, { redirect: 'manual', headers: { cookie: renderCookies(cookies) } })
    for (const line of response.headers.getSetCookie()) keepCookie(cookies, line)
    const location = response.headers.get('location')
    if (location === null) throw new TokenRefused('server_error', (await response.text()).trim())
    next = new URL(location, next).href
    if (next.startsWith(`${parameters.redirect_uri}?`)) return codeOf(new URL(next).searchParams, metadata, parameters)
  }
  throw new TokenRefused('server_error', 'the login did not come to an end')
}

/** Checks what comes back: an error first (RFC 6749 section 4.1.2.1), then `state`, then `iss` (RFC 9207). */
function codeOf(answer: URLSearchParams, { issuer }: IssuerMetadata, { state }: AuthorizationRequest): string {
  const error = answer.get('error')
  if (error !== null) throw new TokenRefused(error, answer.get('error_description') ?? error)
  const code = answer.get('code')
  if (code === null || answer.get('state') !== state || answer.get('iss') !== issuer) {
    throw new TokenRefused('server_error', 'the answer does not belong to this login')
  }
  return code
}

function keepCookie(cookies: Map<string, string>, setCookie: string): void {
  const [pair = ''] = setCookie.split(';', 1)
  const separator = pair.indexOf('=')
  const value = pair.slice(separator + 1)
  if (value === '') cookies.delete(pair.slice(0, separator))
  else cookies.set(pair.slice(0, separator), value)
}

const renderCookies = (cookies: ReadonlyMap<string, string>): string =>
  [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')

/** Asks the token endpoint, as the client: HTTP Basic where it has a secret, else by its id (RFC 6749 section 2.3.1). */
async function redeem(
  metadata: IssuerMetadata,
  client: DemoClient,
  grant: Readonly<Record<string, string>>,
): Promise<TokenResponse> {
  const response = await fetch(metadata.token_endpoint, {
    method: 'POST',
    headers: client.secret === undefined ? {} : { authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` },
    body: new URLSearchParams(client.secret === undefined ? { ...grant, client_id: client.id } : grant),
  })
  const body = (await response.json()) as TokenResponse & { error?: string; error_description?: string }
  if (!response.ok) throw new TokenRefused(body.error ?? 'server_error', body.error_description ?? 'no description')
  return body
}
