/** SHA-256 as this room writes it: base64url without padding. */
import { base64url } from 'jose'

const encoder = new TextEncoder()

/** Of a text: of its UTF-8. */
export async function sha256(data: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof data === 'string' ? encoder.encode(data) : data
  return base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}
