/** Keys that sign releases, and pointers that they signed, as `scopewall publish` would leave them in KV. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { ReleaseKey } from '../../src/policy/environment.ts'
import { encodePointer, type Pointer, signedBytes } from '../../src/release/pointer.ts'
import { type Signer, type Trust, textOf } from '../../src/release/signature.ts'

export interface TestKey extends ReleaseKey {
  readonly privateKey: KeyObject
  readonly signer: Signer
}

export function releaseKey(id: string, times: Pick<ReleaseKey, 'notBefore' | 'notAfter'> = {}): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    id,
    publicKey: String(publicKey.export({ format: 'jwk' }).x),
    ...times,
    privateKey,
    signer: { keyId: id, sign: async (bytes) => sign(null, bytes, privateKey) },
  }
}

export const trustIn = (environment: string, first: ReleaseKey, ...others: readonly ReleaseKey[]): Trust => ({
  environment,
  signing: { keys: [first, ...others], validitySeconds: 90 * 86_400 },
})

/** Signed whatever it says, also what publishing would refuse to sign. */
export function signedPointer(pointer: Omit<Pointer, 'keyId' | 'signature'>, key: TestKey): Pointer {
  const unsigned = { ...pointer, keyId: key.id }
  return { ...unsigned, signature: textOf(sign(null, signedBytes(unsigned), key.privateKey)) }
}

export const signedText = (pointer: Omit<Pointer, 'keyId' | 'signature'>, key: TestKey): string =>
  encodePointer(signedPointer(pointer, key))
