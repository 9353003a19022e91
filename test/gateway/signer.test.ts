/** The keys of the statement in an isolate: read when first needed, and by no request on behalf of another. */
import { afterEach, expect, test, vi } from 'vitest'
import { createSigner } from '../../src/gateway/signer.ts'

const KEY = JSON.stringify({
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU',
  x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs',
})
const SIGNATURE = {
  keys: [{ id: 'edge-1', algorithm: 'ed25519', secret: 'KEY' }],
  lifetimeSeconds: 60,
} as const
const REQUEST = { method: 'GET', url: 'https://origin.example.com/v1' }
const STATEMENT = { decision: '5a0e5a1c-9f0e-4b51-9b0e-3a4a8f3c2d11', rule: 'r' }

async function signedBy(signer: ReturnType<typeof createSigner>): Promise<string | null> {
  const headers = new Headers()
  await signer.sign(headers, REQUEST, STATEMENT, 1_800_000_000_000)
  return headers.get('signature-input')
}

afterEach(() => void vi.restoreAllMocks())

test('[SIG-6] nobody waits for keys that another request began to read: on Workers its promise may never settle', async () => {
  const importKey = vi.spyOn(crypto.subtle, 'importKey').mockReturnValueOnce(new Promise(() => {}))
  const signer = createSigner(
    SIGNATURE,
    () => KEY,
    () => 'n',
  )
  void signer.jwks()
  expect(importKey).toHaveBeenCalledTimes(1)
  expect(await signedBy(signer)).toContain('keyid="edge-1"')
})

test('[SIG-6] keys are read once', async () => {
  const secret = vi.fn(() => KEY)
  const signer = createSigner(SIGNATURE, secret, () => 'n')
  await signedBy(signer)
  await signedBy(signer)
  await signer.jwks()
  expect(secret).toHaveBeenCalledTimes(1)
})

test('[SIG-6] a key that cannot be read lets nothing out, and is tried again', async () => {
  const secret = vi.fn(() => KEY).mockReturnValueOnce('no key')
  const signer = createSigner(SIGNATURE, secret, () => 'n')
  await expect(signedBy(signer)).rejects.toThrow()
  expect(await signedBy(signer)).toContain('keyid="edge-1"')
})
