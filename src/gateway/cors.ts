/** Browsers: who answers preflights, and whose scripts may read answers (Fetch standard, CORS protocol). One owner of these headers, never two. */
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
  return [...new Set(['authorization', 'content-type', 'dpop', ...names.filter((name) => TOKEN.test(name))])].join(', ')
}

const READABLE =
  'WWW-Authenticate, DPoP-Nonce, Retry-After, Deprecation, Sunset, Link, X-Fapi-Interaction-Id, Scopewall-Decision'

/** Lets an allowed origin's script read one of the gate's own answers, its challenge included. */
export function exposeToBrowser(
  headers: Headers,
  request: Request,
  cors: Cors | undefined,
  readable: string = READABLE,
): void {
  if (cors === undefined) return
  headers.append('vary', 'Origin')
  const origin = allowedOrigin(request, cors)
  if (origin === undefined) return
  headers.set('access-control-allow-origin', origin)
  headers.set('access-control-expose-headers', readable)
}

const ORIGINS_OWN = [
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-expose-headers',
  'access-control-allow-methods',
  'access-control-allow-headers',
  'access-control-max-age',
]

/** Where the edge owns these headers: takes away the origin's and sets its own. What the origin lets scripts read, they may read still. */
export function takeOver(headers: Headers, request: Request, cors: Cors): void {
  const exposed = headers.get('access-control-expose-headers')
  for (const name of ORIGINS_OWN) headers.delete(name)
  exposeToBrowser(headers, request, cors, exposed === null ? READABLE : `${READABLE}, ${exposed}`)
}

/** Where the origin owns these headers, and permits somebody to read its answer: what the gate has added to it may be read, too. */
export function exposeAdditions(headers: Headers): void {
  if (headers.has('access-control-allow-origin')) headers.append('access-control-expose-headers', READABLE)
}

/** Whether the origin is to be asked: somebody who may read answers at all wants to use a method that the map knows there. */
export function isForOrigin(request: Request, cors: Cors | undefined, methods: readonly Method[]): boolean {
  const method = request.headers.get('access-control-request-method')
  return (
    cors?.owner === 'origin' && allowedOrigin(request, cors) !== undefined && methods.some((each) => each === method)
  )
}

/**
 * The origin's answer to a preflight, as far as browsers read it: what it permits, and nothing where it refused. Nobody has shown a token yet: nothing
 * else leaves.
 */
export function preflightAnswer(answer: Response): Response {
  const headers = new Headers({ 'cache-control': 'no-store' })
  for (const [name, value] of answer.ok ? answer.headers : [])
    if (name === 'vary' || name.startsWith('access-control-')) headers.set(name, value)
  return new Response(null, { status: 204, headers })
}

/** What a preflight that goes to the origin may carry. Everything else could make it more than a question: a key in a header of its own, a body. */
const IN_PREFLIGHTS =
  /^(?:origin|access-control-request-[a-z-]+|accept(?:-[a-z]+)?|user-agent|referer|sec-fetch-[a-z]+|x-forwarded-(?:for|host|port|proto)|x-real-ip|cf-(?:connecting-ip|ipcountry|ray|visitor))$/

export const belongsInPreflight = (name: string): boolean => IN_PREFLIGHTS.test(name)

function allowedOrigin(request: Request, cors: Cors | undefined): string | undefined {
  const origin = request.headers.get('origin')
  return origin !== null && cors?.origins.includes(origin) === true ? origin : undefined
}
