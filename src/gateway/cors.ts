/** Browsers: true preflights are answered here, and the gate's own answers are readable to the origins that may read them. */
import type { Cors } from '../policy/environment.ts'
import type { Method } from '../policy/method.ts'

/** A CORS preflight as browsers send it: OPTIONS with both headers. Any other OPTIONS is an ordinary request. */
export const isPreflight = (request: Request): boolean =>
  request.method === 'OPTIONS' && request.headers.has('origin') && request.headers.has('access-control-request-method')

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/

/** The answer to a preflight, without credentials and without asking the origin. An origin that is not allowed gets no permission. */
export function answerPreflight(request: Request, cors: Cors | undefined, methods: readonly Method[]): Response {
  const headers = new Headers({
    vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    'cache-control': 'no-store',
  })
  const origin = allowedOrigin(request, cors)
  if (origin !== undefined && cors !== undefined && methods.length > 0) {
    headers.set('access-control-allow-origin', origin)
    headers.set('access-control-allow-methods', methods.join(', '))
    headers.set('access-control-allow-headers', allowedHeaders(request.headers.get('access-control-request-headers')))
    headers.set('access-control-max-age', String(cors.maxAgeSeconds))
  }
  return new Response(null, { status: 204, headers })
}

/** The same for a document that every page may read. */
export function answerPublicPreflight(request: Request): Response {
  const headers = {
    vary: 'Access-Control-Request-Headers',
    'cache-control': 'no-store',
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, HEAD',
    'access-control-allow-headers': allowedHeaders(request.headers.get('access-control-request-headers')),
  }
  return new Response(null, { status: 204, headers })
}

/** `Authorization` is always named: a wildcard never covers it (Fetch standard). */
function allowedHeaders(requested: string | null): string {
  const names = (requested ?? '').split(',').map((name) => name.trim().toLowerCase())
  return [...new Set(['authorization', 'content-type', ...names.filter((name) => TOKEN.test(name))])].join(', ')
}

const READABLE = 'WWW-Authenticate, Retry-After, Scopewall-Decision'

/** Lets an allowed origin's script read a refusal and its challenge. */
export function exposeToBrowser(response: Response, request: Request, cors: Cors | undefined): void {
  if (cors === undefined) return
  response.headers.append('vary', 'Origin')
  const origin = allowedOrigin(request, cors)
  if (origin === undefined) return
  response.headers.set('access-control-allow-origin', origin)
  response.headers.set('access-control-expose-headers', READABLE)
}

function allowedOrigin(request: Request, cors: Cors | undefined): string | undefined {
  const origin = request.headers.get('origin')
  return origin !== null && cors?.origins.includes(origin) === true ? origin : undefined
}
