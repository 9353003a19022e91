/** Release documents told apart by one path. */
import { encodeRelease, type ReleaseDocument } from '../../src/policy/release.ts'
import { sha256Hex } from '../../src/release/digest.ts'

export const documentWith = (path: string): ReleaseDocument => ({
  format: 1,
  services: { s: { owner: 'o', description: 'd' } },
  scopes: {},
  hosts: {},
  rules: [{ service: 's', host: 'api.example.com', method: 'GET', path, public: 'Tested.' }],
})

export interface Named {
  readonly text: string
  readonly digest: string
}

export async function releaseWith(path: string): Promise<Named> {
  const text = encodeRelease(documentWith(path))
  return { text, digest: await sha256Hex(text) }
}
