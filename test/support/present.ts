/** Tokens as requests carry them, and verifiers for tests that need no more than a network and a clock. */
import type { Environment } from '../../src/policy/environment.ts'
import type { Secrets } from '../../src/token/client-authentication.ts'
import type { SendingRequest } from '../../src/token/possession.ts'
import {
  createTokenVerifier,
  type PresentedToken,
  type TokenVerifier,
  type VerifierParts,
} from '../../src/token/verify.ts'

export const bearer = (token: string): PresentedToken => ({ kind: 'token', scheme: 'bearer', token })
export const dpop = (token: string): PresentedToken => ({ kind: 'token', scheme: 'dpop', token })

/** A request that says nothing but what is asked. */
export function sending(headers: Record<string, string> = {}, rest: Partial<SendingRequest> = {}): SendingRequest {
  return { method: 'GET', url: 'https://api.example.com/v1/invoices', headers: new Headers(headers), ...rest }
}

/** A Worker that was given nothing to keep. */
export const NO_SECRETS: Secrets = {
  text: () => {
    throw new TypeError('a secret is missing')
  },
  connection: () => {
    throw new TypeError('a binding is missing')
  },
}

type Trusting = Pick<Environment, 'issuers'> & Partial<VerifierParts['environment']>

export const verifierFor = (
  environment: Trusting,
  parts: Omit<VerifierParts, 'environment' | 'secrets'> & Partial<VerifierParts>,
): TokenVerifier =>
  createTokenVerifier({ secrets: NO_SECRETS, ...parts, environment: { services: {}, ...environment } })
