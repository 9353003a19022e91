/** An allowed request on its way to the origin. The path that was judged is the path that is sent; bodies stream both ways. */
import type { Upstream } from '../policy/environment.ts'
import type { Target } from '../policy/target.ts'
import { connectionNames, isStripped } from './headers.ts'

/** The request for the origin. Redirects come back to the client; the client never chooses the upstream. */
export function forwardedRequest(request: Request, target: Target, upstream: Upstream, isUpgrade: boolean): Request {
  const base = upstream.kind === 'origin' ? upstream.url : baseOf(request.url)
  const forwarded = new Request(base + target.path + target.query, {
    method: request.method,
    headers: request.headers,
    body: request.body,
    redirect: 'manual',
  })
  strip(forwarded.headers, request.headers, isUpgrade)
  // Set after stripping, so that no client copy survives.
  if (upstream.kind === 'origin') forwarded.headers.set('x-forwarded-host', hostOf(request.url))
  return forwarded
}

function strip(headers: Headers, received: Headers, isUpgrade: boolean): void {
  for (const name of received.keys()) {
    if (isStripped(name) || (name === 'upgrade' && !isUpgrade)) headers.delete(name)
  }
  const connection = received.get('connection')
  if (connection === null) return
  for (const name of connectionNames(connection)) if (name !== 'upgrade' || !isUpgrade) headers.delete(name)
}

/** `scheme://authority` of a URL that `splitUrl` has accepted. */
const baseOf = (url: string): string => url.slice(0, authorityEnd(url))

const hostOf = (url: string): string => url.slice(url.indexOf('//') + 2, authorityEnd(url))

function authorityEnd(url: string): number {
  const end = url.slice(8).search(/[/?]/)
  return end < 0 ? url.length : end + 8
}
