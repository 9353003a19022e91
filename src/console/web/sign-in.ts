/**
 * OAuth in the browser, as a public client: authorization code with PKCE (RFC 6749, RFC 7636, RFC 9700). What has to outlive the way to the provider and back is in the
 * session's storage for that long and no longer; the token never is.
 */
import type { ConsoleSettings } from '../../policy/console-answers.ts'
import type { SignInWish } from './session.ts'

export type OAuthSettings = Extract<ConsoleSettings['signIn'], { readonly kind: 'oauth' }>

export interface Token {
  readonly text: string
  /** Milliseconds since the epoch; absent where the provider does not say. */
  readonly expiresAt?: number
  /** When it was given. */
  readonly at: number
  /** As granted; the provider may grant less than was asked for. */
  readonly scopes: readonly string[]
}

export type Arrival =
  /** The page was opened, not returned to. */
  | { readonly kind: 'none' }
  | { readonly kind: 'signed-in'; readonly token: Token }
  | { readonly kind: 'failed'; readonly code: string; readonly detail: string }

/** What waits for the person to come back. */
interface Pending {
  readonly state: string
  readonly verifier: string
  /** The fragment of the page to return to. */
  readonly page: string
  readonly scopes: readonly string[]
}

const PENDING = 'scopewall-sign-in'
const PATIENCE_MS = 20_000

/** Leaves for the provider. `silently`: it asks the person nothing, and fails where it would have to. */
export async function leaveToSignIn(settings: OAuthSettings, wish: SignInWish, silently = false): Promise<void> {
  const pending: Pending = {
    state: randomText(),
    verifier: randomText(),
    page: location.hash,
    scopes: [...new Set([...settings.scopes, ...(wish.scopes ?? []), ...openIdFor(wish, silently)])],
  }
  sessionStorage.setItem(PENDING, JSON.stringify(pending))
  const challenge = await sha256(pending.verifier)
  location.assign(authorizationAddress(settings, wish, pending, challenge, silently))
}

/** What says how the person authenticates are parameters of OpenID Connect: providers refuse them in requests that are not of it (Core section 3.1.2.1). */
const openIdFor = ({ acrValues = [], maxAgeSeconds }: SignInWish, silently: boolean): readonly string[] =>
  acrValues.length > 0 || maxAgeSeconds !== undefined || silently ? ['openid'] : []

function authorizationAddress(
  settings: OAuthSettings,
  wish: SignInWish,
  { state, scopes }: Pending,
  challenge: string,
  silently: boolean,
): string {
  const address = new URL(settings.authorizationEndpoint)
  const parameters: Readonly<Record<string, string | undefined>> = {
    response_type: 'code',
    client_id: settings.clientId,
    redirect_uri: redirectUri(),
    scope: scopes.join(' '),
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    resource: settings.resource,
    // RFC 9470 section 4.
    acr_values: wish.acrValues && wish.acrValues.length > 0 ? wish.acrValues.join(' ') : undefined,
    max_age: wish.maxAgeSeconds === undefined ? undefined : String(wish.maxAgeSeconds),
    prompt: silently ? 'none' : undefined,
  }
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) address.searchParams.set(name, value)
  return address.href
}

/** Takes in what the provider sent back, if it did, and takes it out of the address and the storage before anything else happens. */
export async function arrive(settings: OAuthSettings): Promise<Arrival> {
  const answer = new URLSearchParams(location.search)
  const pending = takePending()
  if (!answer.has('state') && !answer.has('code') && !answer.has('error')) return { kind: 'none' }
  history.replaceState(null, '', `${location.pathname}${pending?.page ?? ''}`)
  const flaw = flawOf(answer, pending, settings)
  if (flaw !== undefined) return flaw
  return redeem(settings, answer.get('code') ?? '', pending as Pending)
}

function flawOf(answer: URLSearchParams, pending: Pending | undefined, settings: OAuthSettings): Arrival | undefined {
  if (pending === undefined || answer.get('state') !== pending.state)
    return failed('state', 'The answer belongs to no sign-in that was begun in this tab. Begin again.')
  // RFC 9207: an answer of another server than the one that was asked is refused.
  const issuer = answer.get('iss')
  if (issuer !== null && issuer !== settings.issuer)
    return failed('issuer', `The answer is from ${issuer}, and ${settings.issuer} was asked.`)
  const error = answer.get('error')
  if (error !== null) return failed(error, answer.get('error_description') ?? '')
  return answer.has('code') ? undefined : failed('code', 'The answer has no code.')
}

/** RFC 6749 section 4.1.3. */
async function redeem(settings: OAuthSettings, code: string, { verifier, scopes }: Pending): Promise<Arrival> {
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri(),
    client_id: settings.clientId,
    code_verifier: verifier,
    ...(settings.resource !== undefined && { resource: settings.resource }),
  })
  let answer: Readonly<Record<string, unknown>>
  try {
    const response = await fetch(settings.tokenEndpoint, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body,
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    answer = await response.json()
  } catch {
    return failed(
      'unreachable',
      `${new URL(settings.tokenEndpoint).origin} could not be asked for the token. Does it allow this page's origin (CORS)?`,
    )
  }
  if (typeof answer.access_token !== 'string' || String(answer.token_type).toLowerCase() !== 'bearer')
    return failed(
      textOf(answer.error) ?? 'token',
      textOf(answer.error_description) ?? 'The provider gave no bearer token.',
    )
  return {
    kind: 'signed-in',
    token: {
      text: answer.access_token,
      at: Date.now(),
      scopes: textOf(answer.scope)?.split(' ') ?? scopes,
      ...(typeof answer.expires_in === 'number' && { expiresAt: Date.now() + answer.expires_in * 1000 }),
    },
  }
}

const failed = (code: string, detail: string): Arrival => ({ kind: 'failed', code, detail })

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** The page's own address without what is behind it. */
const redirectUri = (): string => `${location.origin}${location.pathname}`

function takePending(): Pending | undefined {
  const kept = sessionStorage.getItem(PENDING)
  sessionStorage.removeItem(PENDING)
  return kept === null ? undefined : (JSON.parse(kept) as Pending)
}

/** 256 bits, base64url. */
const randomText = (): string => base64url(crypto.getRandomValues(new Uint8Array(32)))

async function sha256(text: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))))
}

const base64url = (octets: Uint8Array): string =>
  btoa(String.fromCharCode(...octets))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
