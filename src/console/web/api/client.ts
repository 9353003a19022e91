/** The admin API over HTTP. Everything that goes out passes here: one place that adds the token, and to one origin only. */
import { ADMIN_PREFIX } from '../../../policy/admin-routes.ts'
import type { QueryValues } from '../route.ts'
import { ApiFailure, readFailure } from './failure.ts'

export interface ApiClient {
  /** `path` below the admin prefix, such as `usage/traffic`. Throws an `ApiFailure`. */
  readonly get: <T>(path: string, query?: QueryValues, signal?: AbortSignal) => Promise<T>
  readonly post: <T>(path: string, body?: unknown) => Promise<T>
  /** A text that is no JSON, or is wanted byte by byte. */
  readonly text: (path: string, signal?: AbortSignal) => Promise<string>
}

/** The headers by which the gate knows who asks; asked for with each request. */
export type Credentials = () => Readonly<Record<string, string>>

const PATIENCE_MS = 20_000

/** `signedOut`: told when an answer says that the credentials are no longer good. */
export function createApiClient(credentials: Credentials, signedOut: () => void = () => {}): ApiClient {
  async function ask(address: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
    const deadline = AbortSignal.timeout(PATIENCE_MS)
    const response = await fetch(`${ADMIN_PREFIX}${address}`, {
      ...init,
      headers: { accept: 'application/json', ...credentials(), ...init.headers },
      cache: 'no-store',
      credentials: 'same-origin',
      redirect: 'error',
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    }).catch((fault) => {
      if (signal?.aborted) throw fault
      throw new ApiFailure({ kind: 'unreachable' })
    })
    if (response.ok) return response
    const failure = await readFailure(response)
    if (failure.kind === 'signed-out') signedOut()
    throw new ApiFailure(failure)
  }
  return {
    get: async (path, query = {}, signal) => (await ask(`${path}${queryText(query)}`, {}, signal)).json(),
    post: async (path, body) =>
      (
        await ask(path, {
          method: 'POST',
          ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
        })
      ).json(),
    text: async (path, signal) => (await ask(path, {}, signal)).text(),
  }
}

function queryText(query: QueryValues): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  )
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`
}
