/** The client certificate of a connection, as Cloudflare tells of it, and whether a token is bound to it (RFC 8705 section 3). */
import { base64url } from 'jose'

export interface ClientCertificate {
  /** base64url of the SHA-256 of the DER, RFC 8705 section 3.1. */
  readonly thumbprint: string
  /** Cloudflare has verified its chain, and it is not revoked: a revoked one is reported as verified, too. */
  readonly isVerified: boolean
}

const SHA256_HEX = /^[0-9a-f]{64}$/i

/** `cf` is `request.cf`. Undefined where no certificate was shown: then its members are missing, empty or placeholders. */
export function clientCertificate(cf: unknown): ClientCertificate | undefined {
  const { certPresented, certVerified, certRevoked, certFingerprintSHA256 } = Object(
    Object(cf).tlsClientAuth,
  ) as Readonly<Record<string, unknown>>
  if (certPresented !== '1' || typeof certFingerprintSHA256 !== 'string') return undefined
  if (!SHA256_HEX.test(certFingerprintSHA256)) return undefined
  const octets = certFingerprintSHA256.match(/../g) ?? []
  return {
    thumbprint: base64url.encode(Uint8Array.from(octets, (octet) => Number.parseInt(octet, 16))),
    isVerified: certVerified === 'SUCCESS' && certRevoked === '0',
  }
}

/** Whether `x5t#S256` of a token names this certificate. The RFC asks for no chain (section 6.2); that is the deployment's own wish. */
export const isBoundTo = (
  certificate: ClientCertificate | undefined,
  thumbprint: string,
  requiresVerifiedChain: boolean,
): boolean =>
  certificate !== undefined &&
  certificate.thumbprint === thumbprint &&
  (certificate.isVerified || !requiresVerifiedChain)
