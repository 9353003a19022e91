/** An Ed25519 public key as people have it: base64url of its 32 octets, or the PEM that OpenSSL and key management services print. */
import { isStrongPoint } from './ed25519.ts'

/** RFC 8410: the DER that stands before the 32 octets of an Ed25519 public key. */
const SPKI_PREFIX = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]
const PEM = /^-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END PUBLIC KEY-----$/
const KEY_BYTES = 32

/** -> base64url of the 32 octets; undefined where it is anything else, or a key that is too weak to trust. */
export function parsePublicKey(text: string): string | undefined {
  const [, body] = PEM.exec(text.trim()) ?? []
  const octets =
    body === undefined ? octetsOf(text, 'base64url') : unwrapped(octetsOf(body.replace(/\s/g, ''), 'base64'))
  return octets !== undefined && isStrongPoint(octets)
    ? base64Of(octets).replace(/=+$/, '').replace(/\+/g, '-').replace(/\//g, '_')
    : undefined
}

/** Whether somebody pasted the half that must never be in a map. */
export const isPrivateKey = (text: string): boolean => /PRIVATE KEY|"d"\s*:/.test(text)

function unwrapped(der: Uint8Array | undefined): Uint8Array | undefined {
  const isSpki =
    der?.length === SPKI_PREFIX.length + KEY_BYTES && SPKI_PREFIX.every((octet, index) => der[index] === octet)
  return isSpki ? der.slice(SPKI_PREFIX.length) : undefined
}

/** Canonical spellings only (RFC 4648 section 3.5): what was pasted wrongly is no key. */
function octetsOf(text: string, alphabet: 'base64' | 'base64url'): Uint8Array | undefined {
  const base64 = alphabet === 'base64' ? text.replace(/=+$/, '') : text.replaceAll('-', '+').replaceAll('_', '/')
  if (alphabet === 'base64url' ? !/^[A-Za-z0-9_-]+$/.test(text) : !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined
  if (base64.length % 4 === 1) return undefined
  const octets = Uint8Array.from(atob(base64), (octet) => octet.charCodeAt(0))
  return base64Of(octets).replace(/=+$/, '') === base64 ? octets : undefined
}

const base64Of = (octets: Uint8Array): string => btoa(String.fromCharCode(...octets))
