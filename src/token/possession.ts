/** Does the sender hold what the token is bound to? A DPoP key (RFC 9449), a client certificate (RFC 8705), both, or neither. */
import type { Denial } from '../policy/denial.ts'
import type { DpopPolicy, MutualTlsPolicy } from '../policy/environment.ts'
import type { Issuer } from '../policy/issuer.ts'
import type { Principal } from '../policy/principal.ts'
import { epochSeconds, fail, ok, type Result } from '../policy/result.ts'
import { clientCertificate, isBoundTo } from './certificate.ts'
import type { Scheme } from './credential.ts'
import { invalid } from './jwt.ts'
import type { NonceAge, NonceIssuer } from './nonce.ts'
import { type Proof, type ProofRequest, verifyProof } from './proof.ts'

/** What this deployment can check. What it cannot is refused. */
export interface PossessionPolicy {
  readonly dpop?: DpopPolicy
  /** There is one exactly where nonces are asked for. */
  readonly nonces?: NonceIssuer
  readonly mutualTls?: MutualTlsPolicy
}

/** A DPoP proof that holds, and what is still to be done with it. */
export interface ProvenSender {
  readonly proof: Proof
  readonly request: ProofRequest
  /** Whether each proof of this issuer's tokens serves once, whatever the rule says. */
  readonly isSingleUse: boolean
  /** A nonce that the client had better use next. */
  readonly nextNonce?: string
}

/** What a request says of its sender. `cf` is Cloudflare's own word on the connection. */
export interface SendingRequest {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly cf?: unknown
}

export async function provePossession(
  policy: PossessionPolicy,
  issuer: Issuer,
  principal: Principal,
  credential: { readonly scheme: Scheme; readonly token: string },
  request: SendingRequest,
  now: number,
): Promise<Result<ProvenSender | undefined, Denial>> {
  const { confirmation } = principal
  if (confirmation === undefined) {
    if (credential.scheme === 'dpop') return invalid('binding')
    return issuer.requiresSenderConstraint ? invalid('not_bound') : ok(undefined)
  }
  const { certificateThumbprint, keyThumbprint } = confirmation
  if (certificateThumbprint !== undefined) {
    const { mutualTls } = policy
    const certificate = clientCertificate(request.cf)
    if (mutualTls === undefined || !isBoundTo(certificate, certificateThumbprint, mutualTls.requiresVerifiedChain))
      return invalid('binding')
  }
  // Bound to a key, a token is never a bearer token, whatever else it is bound to (RFC 9449 section 7.2).
  if ((keyThumbprint !== undefined) !== (credential.scheme === 'dpop')) return invalid('binding')
  return keyThumbprint === undefined
    ? ok(undefined)
    : proveKey(policy, issuer, keyThumbprint, credential.token, request, now)
}

async function proveKey(
  { dpop, nonces }: PossessionPolicy,
  issuer: Issuer,
  thumbprint: string,
  token: string,
  request: SendingRequest,
  now: number,
): Promise<Result<ProvenSender, Denial>> {
  if (dpop === undefined) return invalid('binding')
  const seconds = epochSeconds(now)
  const asked: ProofRequest = { method: request.method, uri: clientFacing(request.url, dpop.externalOrigin), token }
  const known: { age: NonceAge } = { age: 'unknown' }
  const proven = await verifyProof(request.headers.get('dpop'), asked, dpop, seconds, async (nonce) => {
    known.age = (await nonces?.judge(nonce, seconds)) ?? 'unknown'
    return known.age !== 'unknown'
  })
  // With a nonce of ours, the client's clock may be wrong by minutes: it is told one before it is told that its clock is wrong, but not again and again.
  if (!proven.ok && proven.error === 'stale' && nonces !== undefined && known.age === 'unknown')
    return fail({ code: 'nonce_required', nonce: await nonces.current(seconds) })
  if (!proven.ok) return fail({ code: 'proof_invalid', detail: proven.error })
  const proof = proven.value
  if (proof.thumbprint !== thumbprint) return invalid('binding')
  const isSingleUse = issuer.singleUseProofs || dpop.singleUse === 'always'
  if (nonces === undefined) return ok({ proof, request: asked, isSingleUse })
  if (proof.nonce === undefined) return fail({ code: 'nonce_required', nonce: await nonces.current(seconds) })
  if (known.age === 'current') return ok({ proof, request: asked, isSingleUse })
  return ok({ proof, request: asked, isSingleUse, nextNonce: await nonces.current(seconds) })
}

/** The URI as the client wrote it, as far as something in front of the Worker has changed it. Query and fragment do not count (section 4.3). */
function clientFacing(url: string, externalOrigin: string | undefined): string {
  const uri = url.split('?', 1)[0] ?? url
  if (externalOrigin === undefined) return uri
  const path = uri.indexOf('/', uri.indexOf('//') + 2)
  return externalOrigin + (path < 0 ? '' : uri.slice(path))
}
