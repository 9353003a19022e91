/**
 * An edge like Cloudflare's, on the loopback address: it ends TLS, looks at the client certificate, and tells the gate of it in `request.cf`.
 * What a client says in the edge's own headers is removed.
 */
import { type IncomingMessage, request as plainRequest, type ServerResponse } from 'node:http'
import { createServer, request as tlsRequest } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { close, listen } from '../../demo/listen.ts'
import type { Fetch } from '../../src/token/client-authentication.ts'
import { SERVER, type TlsIdentity } from './certificates.ts'

export interface EdgeOptions {
  /** The port that requests go on to, in the clear. */
  readonly to: number
  /** Certificates that this edge has as authorities: chains that end there are verified. */
  readonly trusted?: readonly TlsIdentity[]
  /** Certificates that are reported as revoked, and as verified all the same, as Cloudflare does. */
  readonly revoked?: readonly TlsIdentity[]
}

export interface Edge {
  /** `fetch` of a client that shows this certificate, or none. Every host is taken to be this edge. Redirects are not followed. */
  fetchAs(identity?: TlsIdentity): Fetch
  close(): Promise<void>
}

/** JSON of `request.cf`, for the gate. */
export const CF_HEADER = 'x-test-cf'
/** The client certificate as base64 of its DER, for a server that wants to see it whole. */
export const CERTIFICATE_HEADER = 'x-test-certificate'

export async function startEdge({ to, trusted = [], revoked = [] }: EdgeOptions): Promise<Edge> {
  const revokedDers = revoked.map(({ certificate }) => derOf(certificate))
  const server = createServer(
    {
      cert: SERVER.certificate,
      key: SERVER.key,
      requestCert: true,
      rejectUnauthorized: false,
      ca: trusted.map(({ certificate }) => certificate),
    },
    (request, response) => {
      const socket = request.socket as TLSSocket
      const der = socket.getPeerCertificate(true).raw?.toString('base64') ?? ''
      const cf = JSON.stringify({ tlsClientAuth: report(socket, revokedDers.includes(der)) })
      passOn(request, response, to, [CF_HEADER, cf, ...(der === '' ? [] : [CERTIFICATE_HEADER, der])])
    },
  )
  const port = await listen(server, 0)
  return { fetchAs: (identity) => (url, init) => ask(port, url, init, identity), close: () => close(server) }
}

/** base64 of the DER. */
const derOf = (pem: string): string => pem.replace(/-----[^-]+-----|\s/g, '')

/** `request.cf.tlsClientAuth`: what is not known is an empty string. */
function report(socket: TLSSocket, isRevoked: boolean): Readonly<Record<string, string>> {
  const { raw, fingerprint, fingerprint256, subject } = socket.getPeerCertificate(true)
  if (raw === undefined) {
    return {
      certPresented: '0',
      certVerified: 'NONE',
      certRevoked: '0',
      certFingerprintSHA1: '',
      certFingerprintSHA256: '',
    }
  }
  return {
    certPresented: '1',
    certVerified: isRevoked || socket.authorized ? 'SUCCESS' : `FAILED:${reasonOf(socket.authorizationError)}`,
    certRevoked: isRevoked ? '1' : '0',
    certFingerprintSHA1: fingerprint.replaceAll(':', '').toLowerCase(),
    certFingerprintSHA256: fingerprint256.replaceAll(':', '').toLowerCase(),
    certSubjectDN: `CN=${subject.CN}`,
  }
}

const reasonOf = (error: unknown): string =>
  String(error).includes('DEPTH_ZERO_SELF_SIGNED_CERT') ? 'self signed certificate' : 'unable to verify'

const OWN_HEADERS = [CF_HEADER, CERTIFICATE_HEADER]

/** The request as it came, `Host` included, but for the edge's own headers. */
function passOn(request: IncomingMessage, response: ServerResponse, port: number, added: readonly string[]): void {
  const kept = request.rawHeaders.flatMap((name, index) =>
    index % 2 === 1 || OWN_HEADERS.includes(name.toLowerCase()) ? [] : [name, request.rawHeaders[index + 1] ?? ''],
  )
  const { method, url: path } = request
  const onward = plainRequest({ host: '127.0.0.1', port, method, path, headers: [...kept, ...added], agent: false })
  onward.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
    answer.pipe(response)
  })
  onward.on('error', () => response.destroy())
  request.pipe(onward)
}

const WITHOUT_BODY = [204, 205, 304]

/** A connection of its own for each request, so that no session is resumed with another certificate. */
function ask(port: number, url: string, init: RequestInit, identity: TlsIdentity | undefined): Promise<Response> {
  const { host, hostname, pathname, search } = new URL(url)
  const body = init.body === undefined || init.body === null ? '' : String(init.body)
  const headers = {
    host,
    connection: 'close',
    ...Object.fromEntries(new Headers(init.headers)),
    ...(body !== '' && { 'content-length': String(Buffer.byteLength(body)) }),
  }
  return new Promise((resolve, reject) => {
    const request = tlsRequest(
      {
        host: '127.0.0.1',
        port,
        servername: hostname === '127.0.0.1' ? 'localhost' : hostname,
        ca: SERVER.certificate,
        ...(identity && { cert: identity.certificate, key: identity.key }),
        agent: false,
        method: init.method ?? 'GET',
        path: pathname + search,
        headers,
      },
      async (answer) => {
        const chunks: Buffer[] = []
        for await (const chunk of answer) chunks.push(chunk)
        const status = answer.statusCode ?? 0
        const pairs = answer.rawHeaders.flatMap((name, index): [string, string][] =>
          index % 2 === 1 ? [] : [[name, answer.rawHeaders[index + 1] ?? '']],
        )
        resolve(
          new Response(WITHOUT_BODY.includes(status) ? null : Buffer.concat(chunks), {
            status,
            headers: new Headers(pairs),
          }),
        )
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}
