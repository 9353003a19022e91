/** Under which names a snapshot lies in KV: parts by what is in them, and the manifest of the latest. */

export const MANIFEST_KEY = 'revocations/latest'

export const partKey = (sha256: string): string => `revocations/${sha256}`

/** Of a part's bytes: SHA-256, hex. */
export async function digestOfPart(bytes: ArrayBuffer | Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (octet) => octet.toString(16).padStart(2, '0')).join('')
}
