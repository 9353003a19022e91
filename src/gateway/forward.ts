/** An allowed request on its way to the origin. The path that was judged is the path that is sent; bodies stream both ways. */
import type { Upstream } from '../policy/environment.ts'
import type { Target } from '../policy/target.ts'
import { connectionNames, isStripped } from './headers.ts'

/** What `fetch` is called with. Its parts rather than a `Request`: building one and changing its headers costs more than judging it. */
export interface ForwardedRequest {
  readonly input: string | Request
  /** The address in either case. */
  readonly url: string
  readonly init: {
    readonly method?: string
    readonly headers: Headers
    readonly body?: Request['body']
    /** Redirects come back to the client. */
    readonly redirect: 'manual'
  }
}

/** The request for the origin. The client never chooses the upstream; of a zone, only the host that a rule covers. */
export function forwardedRequest(
  request: Request,
  target: Target,
  upstream: Upstream,
  isUpgrade: boolean,
): ForwardedRequest {
  // A copy that the runtime makes and a few deletions: building a list of headers by hand costs several times as much.
  const headers = new Headers(request.headers)
  strip(headers, request.headers, isUpgrade)
  // Client copies are gone by now, so this is the only one.
  if (upstream.kind === 'origin') headers.set('x-forwarded-host', hostOf(request.url))
  const base = upstream.kind === 'origin' ? upstream.url : zoneAddress(upstream, request.url)
  const url = base + target.path + target.query
  const { method, body } = request
  // `fetch` takes the body of a GET only inside a request. Dropping it instead would leave its length behind.
  if (body !== null && (method === 'GET' || method === 'HEAD'))
    return { input: new Request(url, request), url, init: { headers, redirect: 'manual' } }
  return { input: url, url, init: { method, headers, body, redirect: 'manual' } }
}

function strip(headers: Headers, received: Headers, isUpgrade: boolean): void {
  for (const name of received.keys()) if (isStripped(name) || (name === 'upgrade' && !isUpgrade)) headers.delete(name)
  const connection = received.get('connection')
  if (connection === null) return
  for (const name of connectionNames(connection)) if (name !== 'upgrade' || !isUpgrade) headers.delete(name)
}

/** The host that was asked for, by the scheme and port of the resource: by the client's, it would choose among services. */
const zoneAddress = ({ scheme, port }: Upstream & { readonly kind: 'zone' }, url: string): string =>
  `${scheme}://${hostOf(url).replace(/:[0-9]+$/, '')}${port}`

/** The authority of a URL that `splitUrl` has accepted. */
function hostOf(url: string): string {
  const start = url.indexOf('//') + 2
  const length = url.slice(start).search(/[/?]/)
  return length < 0 ? url.slice(start) : url.slice(start, start + length)
}
