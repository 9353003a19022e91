/** Signing keys of the demo's issuer: made anew at every start, never written anywhere. */
import { generateKeyPair, type JsonWebKey, type KeyObject, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'

export type SigningAlgorithm = 'ES256' | 'RS256'

/** A private key in JWK form (RFC 7517), ready for a JOSE library to sign with. */
export type SigningKey = JsonWebKey & {
  readonly kty: 'EC' | 'RSA'
  readonly alg: SigningAlgorithm
  readonly kid: string
  readonly use: 'sig'
}

const generate = promisify(generateKeyPair)

/** Returns one fresh key for each algorithm, with key ids that were never used before. */
export async function generateSigningKeys(): Promise<readonly SigningKey[]> {
  const [ec, rsa] = await Promise.all([
    generate('ec', { namedCurve: 'P-256' }),
    generate('rsa', { modulusLength: 2048 }),
  ])
  return [signingKey(ec.privateKey, 'EC', 'ES256'), signingKey(rsa.privateKey, 'RSA', 'RS256')]
}

function signingKey(key: KeyObject, kty: SigningKey['kty'], alg: SigningAlgorithm): SigningKey {
  const kid = `${alg.toLowerCase()}-${randomBytes(6).toString('hex')}`
  return { ...key.export({ format: 'jwk' }), kty, alg, kid, use: 'sig' }
}
