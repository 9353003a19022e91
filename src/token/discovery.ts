/** Where an issuer's keys are, and fetching them: OpenID Connect Discovery 1.0 section 4, RFC 8414 section 3, SSF 1.0 section 7. */
import type { Issuer, KeySource } from '../policy/issuer.ts'

/** The network, as a parameter: the global `fetch` has this shape. */
export type FetchDocument = (
  url: string,
  init: { readonly headers: Record<string, string>; readonly redirect: 'manual'; readonly signal: AbortSignal },
) => Promise<Response>

/** Whose keys these are, and what they may sign with: an issuer of tokens, or (`ssf`) a transmitter of security events. */
export interface KeyHolder extends Pick<Issuer, 'issuer' | 'algorithms' | 'keysMaxStaleSeconds'> {
  readonly keys: KeySource | { readonly kind: 'ssf' }
}

const MAX_BYTES = 512 * 1024

/** The world failed, or the issuer is not what it says. Carries a code and nothing that came over the network. */
export class IssuerFault extends Error {
  readonly code: 'unreachable' | 'bad_answer' | 'too_large' | 'not_json' | 'wrong_issuer' | 'insecure_address'
  constructor(code: IssuerFault['code']) {
    super(`issuer: ${code}`)
    this.name = 'IssuerFault'
    this.code = code
  }
}

/** The issuer's current key set document, unchecked. Rejects with an `IssuerFault`. */
export async function fetchKeySet(
  issuer: KeyHolder,
  fetchDocument: FetchDocument,
  signal: AbortSignal,
): Promise<unknown> {
  const address = issuer.keys.kind === 'jwks' ? issuer.keys.uri : await discover(issuer, fetchDocument, signal)
  return fetchJson(address, fetchDocument, signal)
}

async function discover(issuer: KeyHolder, fetchDocument: FetchDocument, signal: AbortSignal): Promise<string> {
  const { jwks_uri: address } = await fetchMetadata(issuer, fetchDocument, signal)
  if (typeof address !== 'string') throw new IssuerFault('bad_answer')
  return address
}

/** What the issuer publishes of itself, its name checked and nothing else. Rejects with an `IssuerFault`. */
export async function fetchMetadata(
  issuer: Pick<KeyHolder, 'issuer' | 'keys'>,
  fetchDocument: FetchDocument,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  const metadata = await fetchJson(metadataAddress(issuer), fetchDocument, signal)
  if (typeof metadata !== 'object' || metadata === null) throw new IssuerFault('bad_answer')
  if ((metadata as { issuer?: unknown }).issuer !== issuer.issuer) throw new IssuerFault('wrong_issuer')
  return metadata as Readonly<Record<string, unknown>>
}

/** OpenID appends its well-known path to the issuer; RFC 8414 and SSF insert theirs between host and path. */
function metadataAddress({ issuer, keys }: Pick<KeyHolder, 'issuer' | 'keys'>): string {
  const withoutSlash = issuer.replace(/\/$/, '')
  if (keys.kind === 'oidc') return `${withoutSlash}/.well-known/openid-configuration`
  const { origin, pathname } = new URL(issuer)
  const document = keys.kind === 'ssf' ? 'ssf-configuration' : 'oauth-authorization-server'
  return `${origin}/.well-known/${document}${pathname.replace(/\/$/, '')}`
}

async function fetchJson(address: string, fetchDocument: FetchDocument, signal: AbortSignal): Promise<unknown> {
  if (!isSecure(address)) throw new IssuerFault('insecure_address')
  const response = await fetchDocument(address, {
    headers: { accept: 'application/json' },
    redirect: 'manual',
    signal,
  }).catch(() => {
    throw new IssuerFault('unreachable')
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new IssuerFault('bad_answer')
  }
  const text = await readBounded(response)
  try {
    return JSON.parse(text)
  } catch {
    throw new IssuerFault('not_json')
  }
}

/** `https:`, or `http:` to this very machine. */
export function isSecure(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname } = new URL(address)
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname))
}

/** The body as UTF-8 text, of bounded size. Rejects with an `IssuerFault`. */
export async function readBounded(response: Response, maxBytes: number = MAX_BYTES): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let bytes = 0
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength
      if (bytes > maxBytes) throw new IssuerFault('too_large')
      text += decoder.decode(chunk, { stream: true })
    }
    return text + decoder.decode()
  } catch (fault) {
    throw fault instanceof IssuerFault ? fault : new IssuerFault('unreachable')
  }
}
