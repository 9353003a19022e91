/** An issuer that serves its metadata and key set over real HTTP and signs whatever a test asks, also what no honest issuer would. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

export interface SigningKey {
  readonly kid: string
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
}

export interface StaticIssuer {
  readonly issuer: string
  /** The keys that it publishes now; the first signs. */
  keys: SigningKey[]
  /** How it answers: as it should, with 500, or not at all. */
  mode: 'up' | 'failing' | 'hanging'
  /** How often its key set was fetched. */
  fetches: number
  /** A strict RFC 9068 token; claims and header may be overridden, and left out by `undefined`. */
  mint(
    claims?: Readonly<Record<string, unknown>>,
    header?: Readonly<Record<string, unknown>>,
    key?: SigningKey,
  ): Promise<string>
  close(): Promise<void>
}

export const AUDIENCE = 'https://api.example.com'

export async function signingKey(
  alg = 'ES256',
  kid = `${alg}-${Math.random().toString(36).slice(2, 8)}`,
): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

export async function startStaticIssuer(keys?: readonly SigningKey[]): Promise<StaticIssuer> {
  const server = createServer((request, response) => {
    if (state.mode === 'hanging') return
    if (state.mode === 'failing') return void response.writeHead(500).end()
    response.setHeader('content-type', 'application/json')
    if (request.url === '/jwks') {
      state.fetches++
      response.end(JSON.stringify({ keys: state.keys.map(({ publicJwk }) => publicJwk) }))
    } else if (request.url === '/.well-known/openid-configuration') {
      response.end(JSON.stringify({ issuer: state.issuer, jwks_uri: `${state.issuer}/jwks` }))
    } else if (request.url === '/.well-known/ssf-configuration') {
      response.end(JSON.stringify({ spec_version: '1_0', issuer: state.issuer, jwks_uri: `${state.issuer}/jwks` }))
    } else response.writeHead(404).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const state: StaticIssuer = {
    issuer,
    keys: keys === undefined ? [await signingKey()] : [...keys],
    mode: 'up',
    fetches: 0,
    mint: (claims, header, key) => mint(issuer, key ?? state.keys[0], claims, header),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return state
}

let minted = 0

function mint(
  issuer: string,
  key: SigningKey | undefined,
  claims: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  if (key === undefined) throw new Error('the issuer has no key to sign with')
  const now = Math.floor(Date.now() / 1000)
  const defaults = {
    iss: issuer,
    aud: AUDIENCE,
    sub: 'user-1',
    client_id: 'partner',
    iat: now,
    exp: now + 600,
    jti: `token-${++minted}`,
  }
  const payload = JSON.parse(JSON.stringify({ ...defaults, ...claims }))
  const protectedHeader = JSON.parse(JSON.stringify({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header }))
  return new SignJWT(payload).setProtectedHeader(protectedHeader).sign(key.privateKey)
}
