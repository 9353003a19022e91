/** Keys of targets as numbers, as the table holds them: four words of 32 bits, big-endian. */
import { base64url } from 'jose'

export const KEY_WORDS = 4

/** Writes a key that is spelt in base64url. */
export const decodeKey = (key: string, words: Uint32Array, at: number): void =>
  writeKey(base64url.decode(key), words, at)

/** Writes a key of 16 bytes. */
export function writeKey(bytes: Uint8Array, words: Uint32Array, at: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let word = 0; word < KEY_WORDS; word++) words[at + word] = view.getUint32(4 * word)
}
