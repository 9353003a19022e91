/** Signatures of Standard Webhooks 1.0.0, the symmetric scheme: whoever has the secret can tell that a message is the gate's own, whole and of now. */
import { type Brand, isNonEmpty, type NonEmpty } from '../policy/result.ts'

/** The keys of one receiver. The first one is in use; further ones sign too, for as long as a rotation takes. */
export type WebhookSecret = Brand<NonEmpty<Uint8Array<ArrayBuffer>>, 'WebhookSecret'>

const LEAST_KEY_BYTES = 24
const MOST_KEY_BYTES = 64
const MOST_KEYS = 4

/**
 * The secret as it is kept: `whsec_` and the base64 of 24 to 64 bytes; during a rotation several of them, separated by spaces. Undefined where it is
 * something else, so that a secret pasted wrongly is found at start and not by the receiver.
 */
export function readWebhookSecret(text: string): WebhookSecret | undefined {
  const keys = text.split(' ').map(readKey)
  const known = keys.filter((key) => key !== undefined)
  if (known.length < keys.length || known.length > MOST_KEYS || !isNonEmpty(known)) return undefined
  return known as NonEmpty<Uint8Array<ArrayBuffer>> as WebhookSecret
}

function readKey(text: string): Uint8Array<ArrayBuffer> | undefined {
  const [, base64] = /^whsec_((?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/.exec(text) ?? []
  if (base64 === undefined) return undefined
  const octets = atob(base64)
  if (btoa(octets) !== base64 || octets.length < LEAST_KEY_BYTES || octets.length > MOST_KEY_BYTES) return undefined
  return Uint8Array.from(octets, (octet) => octet.charCodeAt(0))
}

export type SignedHeaders = Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>>

const encoder = new TextEncoder()

/**
 * What makes `body` a signed message. `id`: of the message, the same each time that it is sent; without a full stop, which separates what is signed.
 * `seconds`: whole, of this attempt. The body must be sent as it is here, byte for byte.
 */
export async function signedHeaders(
  secret: WebhookSecret,
  id: string,
  seconds: number,
  body: string,
): Promise<SignedHeaders> {
  if (id.includes('.')) throw new TypeError('the id of a message has a full stop')
  const signed = encoder.encode(`${id}.${seconds}.${body}`)
  const signatures = await Promise.all(secret.map((key) => signatureOf(key, signed)))
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': signatures.join(' ') }
}

async function signatureOf(material: Uint8Array<ArrayBuffer>, signed: Uint8Array<ArrayBuffer>): Promise<string> {
  const key = await crypto.subtle.importKey('raw', material, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, signed))
  return `v1,${btoa(String.fromCharCode(...mac))}`
}
