/** Bytes -> text, strictly UTF-8. */
import { fail, ok, type Result } from '../policy/result.ts'

/** The error is the text before the first octets that are no UTF-8, which says where they are. */
export function decodeUtf8(bytes: Uint8Array): Result<string, string> {
  const octets = octetString(bytes)
  let text = ''
  let end = 0
  for (const match of octets.matchAll(/[\x80-\xFF]+/g)) {
    text += octets.slice(end, match.index)
    try {
      // The language's own strict decoder: no overlong forms, no surrogates, nothing past U+10FFFF.
      text += decodeURIComponent(match[0].replace(/./gs, percentEncoded))
    } catch {
      return fail(text)
    }
    end = match.index + match[0].length
  }
  return ok(text + octets.slice(end))
}

const percentEncoded = (octet: string): string => `%${octet.charCodeAt(0).toString(16)}`

const CHUNK = 8192

/** One character an octet. In chunks, because arguments live on the stack. */
function octetString(bytes: Uint8Array): string {
  let text = ''
  for (let start = 0; start < bytes.length; start += CHUNK)
    text += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(start, start + CHUNK))
  return text
}
