/** How the gate shows an authorization server who asks: RFC 6749 section 2.3.1, RFC 7523 section 2.2, RFC 8705 section 2. */
import { type CryptoKey, importJWK, type JWK } from 'jose'
import { type ClientAuth, ClientSecretBasic, ClientSecretPost, PrivateKeyJwt, TlsClientAuth } from 'oauth4webapi'
import type { ClientAuthentication } from '../policy/issuer.ts'

/** The network, as the global `fetch` has it. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** What the Worker was given to keep, by the names that the configuration uses. */
export interface Secrets {
  /** Throws where there is no such secret: nobody may go on without it. */
  text(name: string): string
  /** A `fetch` over a connection that shows a client certificate. Throws where there is no such binding. */
  connection(binding: string): Fetch
}

export interface PreparedAuthentication {
  readonly authenticate: ClientAuth
  readonly send: Fetch
}

/** Rejects where a secret is missing or no key. */
export async function clientAuthentication(
  authentication: ClientAuthentication,
  secrets: Secrets,
  fetch: Fetch,
): Promise<PreparedAuthentication> {
  if (authentication.kind === 'tls_client_auth')
    return { authenticate: TlsClientAuth(), send: secrets.connection(authentication.binding) }
  const secret = secrets.text(authentication.secret)
  if (authentication.kind === 'client_secret_basic') return { authenticate: ClientSecretBasic(secret), send: fetch }
  if (authentication.kind === 'client_secret_post') return { authenticate: ClientSecretPost(secret), send: fetch }
  return { authenticate: PrivateKeyJwt(await privateKey(secret)), send: fetch }
}

/** A private JWK as JSON text. Its `alg` says what it signs with; the audience is the issuer alone (RFC 9700 on audience injection). */
async function privateKey(secret: string): Promise<{ readonly key: CryptoKey; readonly kid?: string }> {
  const jwk = JSON.parse(secret) as JWK
  const key = await importJWK({ ...jwk, key_ops: ['sign'] }, jwk.alg, { extractable: false })
  if (key instanceof Uint8Array) throw new TypeError('not a private key')
  return typeof jwk.kid === 'string' ? { key, kid: jwk.kid } : { key }
}
