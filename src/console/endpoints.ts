/** Where the provider takes sign-ins: as `gateway.yaml` says, or as the issuer publishes it, asked for seldom and kept for a while. */
import type { ConsolePolicy, SignInEndpoints } from '../policy/console-policy.ts'
import type { Issuer } from '../policy/issuer.ts'
import { type FetchDocument, fetchMetadata, isSecure } from '../token/discovery.ts'

export interface EndpointParts {
  readonly policy: ConsolePolicy
  /** The issuer that the policy names. */
  readonly issuer: Issuer
  readonly fetch: FetchDocument
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** Undefined: the provider could not be asked. Never rejects. */
export type FindEndpoints = () => Promise<SignInEndpoints | undefined>

const KEEP_MS = 10 * 60_000
/** Anybody may ask, so the provider is asked at most that often by an isolate, whether or not it answers. */
const COOL_DOWN_MS = 5_000
const FETCH_TIMEOUT_MS = 5_000

export function createEndpointFinder({ policy, issuer, fetch, clock }: EndpointParts): FindEndpoints {
  let found: { readonly endpoints: SignInEndpoints; readonly at: number } | undefined
  let attemptedAt = Number.NEGATIVE_INFINITY

  return async function findEndpoints() {
    if (policy.endpoints !== undefined) return policy.endpoints
    const now = clock()
    if ((found !== undefined && now - found.at < KEEP_MS) || now - attemptedAt < COOL_DOWN_MS) return found?.endpoints
    attemptedAt = now
    try {
      const metadata = await fetchMetadata(issuer, fetch, AbortSignal.timeout(FETCH_TIMEOUT_MS))
      const endpoints = readEndpoints(metadata)
      if (endpoints !== undefined) found = { endpoints, at: now }
    } catch {
      // What was found before is good until it is found anew.
    }
    return found?.endpoints
  }
}

/** RFC 8414 section 2. */
function readEndpoints(metadata: Readonly<Record<string, unknown>>): SignInEndpoints | undefined {
  const { authorization_endpoint: authorization, token_endpoint: token } = metadata
  if (typeof authorization !== 'string' || typeof token !== 'string') return undefined
  return isSecure(authorization) && isSecure(token) ? { authorization, token } : undefined
}
