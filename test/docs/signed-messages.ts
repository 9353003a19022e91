/** Requests as they arrive at an origin: signed as the gate signs them, or almost. */
import { generateKeyPairSync } from 'node:crypto'
import type { RequestHandler } from 'express'
import { type Statement, signRequest, statementHeaders } from '../../src/gateway/statement.ts'
import { importStatementKey, jwksDocument, type StatementKey } from '../../src/gateway/statement-key.ts'

export type Verdict = { ok: true; statement: unknown } | { ok: false; reason: string }
export type Pairs = readonly (readonly [string, string])[]
export interface Verifier {
  verify(request: {
    method: string
    url: string
    headers: Iterable<readonly [string, string]> | Record<string, string | readonly string[] | undefined>
    authority?: string
  }): Promise<Verdict>
}
export interface Origin {
  createVerifier(options: Record<string, unknown>): Verifier
  expressGuard(verifier: Verifier, options?: { authority: string }): RequestHandler
  fastifyGuard(verifier: Verifier): (request: unknown, reply: unknown) => Promise<unknown>
  honoGuard(verifier: Verifier): (c: unknown, next: () => Promise<void>) => Promise<Response | undefined>
}
/** The file that origins copy. */
export const origin: Origin = await import(new URL('../../docs/origin/scopewall-origin.mjs', import.meta.url).href)

export const privateJwk = () => JSON.stringify(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }))
export const SECRET = privateJwk()
export async function keyOf(
  id: string,
  algorithm: StatementKey['algorithm'] = 'ed25519',
  secret = SECRET,
): Promise<StatementKey> {
  const key = await importStatementKey(id, algorithm, secret)
  if (key === undefined) throw new Error('the key of the test cannot be read')
  return key
}
export const key = await keyOf('edge-1')
export const jwks = jwksDocument([key])

export const STATEMENT: Statement = {
  decision: '5a0e5a1c-9f0e-4b51-9b0e-3a4a8f3c2d11',
  rule: 'GET api.example.com/v1/invoices/{id}',
  issuer: 'https://id.example.com/',
  subject: 'Zoë, 100%',
  client: 'web',
  scopes: ['invoices:read', 'a%b'],
  acr: 'urn:example:2',
}
export const PUBLIC = { decision: STATEMENT.decision, rule: STATEMENT.rule }

/** A request as it arrives at the origin. */
export interface Message {
  readonly method: string
  readonly target: string
  readonly host: string
  readonly headers: Pairs
}

export interface Sending {
  readonly statement?: Statement
  readonly headers?: Record<string, string>
  readonly key?: StatementKey
  readonly now?: number
  readonly ttlSeconds?: number
  readonly url?: string
}

let count = 0
export async function signed(sending: Sending = {}): Promise<Message> {
  const { url = 'https://api.internal/v1/invoices/caf%C3%A9?b=2&a=%2e%2e', statement = STATEMENT } = sending
  const headers = new Headers(sending.headers ?? { authorization: 'Bearer x' })
  for (const [name, value] of statementHeaders(statement)) headers.set(name, value)
  await signRequest(
    headers,
    { method: 'GET', url },
    {
      key: sending.key ?? key,
      nowSeconds: sending.now ?? Math.floor(Date.now() / 1000),
      ttlSeconds: sending.ttlSeconds ?? 30,
      nonce: `nonce-${++count}`,
    },
  )
  const [, , host = ''] = url.split('/')
  return { method: 'GET', target: url.slice(url.indexOf('/', 8)), host, headers: [...headers] }
}

export const mapped = (message: Message, change: (name: string, value: string) => Pairs): Message => ({
  ...message,
  headers: message.headers.flatMap(([name, value]) => change(name, value)),
})
export const replaced = (message: Message, field: string, change: (value: string) => string): Message =>
  mapped(message, (name, value) => [[name, name === field ? change(value) : value]])
export const without = (message: Message, field: string): Message =>
  mapped(message, (name, value) => (name === field ? [] : [[name, value]]))
export const added = (message: Message, ...pairs: Pairs): Message => ({
  ...message,
  headers: [...message.headers, ...pairs],
})

/** Signed by the gate's own key, but over other components or with other parameters. */
export async function signedOver(
  input: (usual: string) => string,
  lines: (usual: readonly string[]) => readonly string[],
): Promise<Message> {
  let base = ''
  const sign: StatementKey['sign'] = (bytes) => {
    base = new TextDecoder().decode(bytes)
    return key.sign(bytes)
  }
  const message = await signed({ key: { ...key, sign } })
  const usual = base.slice(base.indexOf('"@signature-params": ') + 21)
  const changed = [...lines(base.split('\n').slice(0, -1)), `"@signature-params": ${input(usual)}`].join('\n')
  const signature = Buffer.from(await key.sign(new TextEncoder().encode(changed))).toString('base64')
  return mapped(message, (name, value) => {
    if (name === 'signature-input') return [[name, `scopewall=${input(usual)}`]]
    return [[name, name === 'signature' ? `scopewall=:${signature}:` : value]]
  })
}
export const notOver = (component: string) =>
  signedOver(
    (usual) => usual.replace(`"${component}"`, '').replace('  ', ' ').replace('( ', '(').replace(' )', ')'),
    (lines) => lines.filter((line) => !line.startsWith(`"${component}":`)),
  )
export const withParameters = (change: (usual: string) => string) => signedOver(change, (lines) => lines)

export const publicAsSecret = () => keyOf('edge-1', 'hmac-sha256', String(key.publicJwk?.x))
