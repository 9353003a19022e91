/** The two judges: this project's verifier as the Worker composes it, and `validateJwtAccessToken` of oauth4webapi. */
import * as oauth from 'oauth4webapi'
import { parseCredential } from '../../../src/token/credential.ts'
import type { TokenEvidence } from '../../../src/token/verify.ts'
import { issuerAt } from '../../support/environment.ts'
import { verifierFor } from '../../support/present.ts'
import { ALGORITHMS, KEY_SET } from './keys.ts'
import { AUDIENCE, ISSUER, JWKS_URI, LEEWAY, NOW_MS, PROOF_WINDOW } from './world.ts'

export interface Verdict {
  readonly isAccepted: boolean
  /** In the judge's own words. */
  readonly why: string
}

export type Judge = (request: Request) => Promise<Verdict>

const ACCEPTED: Verdict = { isAccepted: true, why: 'accepted' }
const refused = (why: string): Verdict => ({ isAccepted: false, why })

export const MAX_TOKEN_BYTES = 8192

/** The credential as `handle` reads it, then `evidence`. A gate that cannot say has found nothing out: that ends the comparison. */
export function ourJudge(): Judge {
  const issuer = issuerAt(ISSUER, {
    keys: { kind: 'jwks', uri: JWKS_URI },
    algorithms: ALGORITHMS,
    audiences: [AUDIENCE],
    clockLeewaySeconds: LEEWAY,
  })
  const { evidence } = verifierFor(
    {
      issuers: [issuer],
      dpop: {
        algorithms: ALGORITHMS,
        maxAgeSeconds: PROOF_WINDOW,
        futureLeewaySeconds: PROOF_WINDOW,
        singleUse: 'asked',
      },
    },
    { fetch: async () => new Response(KEY_SET) },
  )
  return async (request) => {
    const credential = parseCredential(request.headers.get('authorization'), MAX_TOKEN_BYTES, ['bearer', 'dpop'])
    if (credential.kind === 'none') return refused('none')
    if (credential.kind === 'rejected') return refused(reasonOf(credential))
    const found = await evidence(credential, request, false, NOW_MS, () => undefined)
    if (found.kind === 'none') return refused('none')
    return found.kind === 'verified' ? ACCEPTED : refused(reasonOf(found))
  }
}

type Refusal = Extract<TokenEvidence, { readonly kind: 'rejected' }>

function reasonOf({ denial }: Pick<Refusal, 'denial'>): string {
  if (denial.code === 'unavailable') throw new Error(`the gate could not say: ${denial.what}`)
  return 'detail' in denial ? `${denial.code}: ${denial.detail}` : denial.code
}

/** Reads the clock itself, so that one has to be stopped. */
export function theirJudge(): Judge {
  const server: oauth.AuthorizationServer = { issuer: ISSUER, jwks_uri: JWKS_URI }
  const options: oauth.ValidateJWTAccessTokenOptions = {
    [oauth.clockTolerance]: LEEWAY,
    [oauth.customFetch]: async () => new Response(KEY_SET, { headers: { 'content-type': 'application/json' } }),
    signingAlgorithms: [...ALGORITHMS],
  }
  return async (request) => {
    try {
      await oauth.validateJwtAccessToken(server, request, AUDIENCE, options)
      return ACCEPTED
    } catch (error) {
      return refused(error instanceof Error ? error.message : String(error))
    }
  }
}
