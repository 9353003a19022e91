/** Signatures over pointers: made where releases are published, checked where they are served. Ed25519 (RFC 8032), by WebCrypto alone. */
import type { Environment, ReleaseKey, ReleaseSigning } from '../policy/environment.ts'
import { fail, ok, type Result } from '../policy/result.ts'
import { type Pointer, signedBytes } from './pointer.ts'

/** What a deployment believes. It is built into the Worker, or read from `gateway.yaml`, and never from KV. */
export interface Trust {
  readonly environment: string
  /** Without it no signature is asked for. */
  readonly signing?: ReleaseSigning
}

export const trustOf = ({ name, releaseSigning }: Environment): Trust => ({
  environment: name,
  ...(releaseSigning && { signing: releaseSigning }),
})

/** Why a pointer is not believed. */
export type DistrustCode =
  /** It is for another environment. */
  | 'environment_mismatch'
  | 'signature_missing'
  /** None of the environment's keys has that id. */
  | 'signature_unknown_key'
  | 'signature_invalid'
  /** Its key is not in use yet, or not any more. */
  | 'signature_key_inactive'

/** Why a pointer that is believed is not taken over. */
export type UntimelyCode = 'pointer_expired' | 'pointer_from_future'

/** How far the clocks of those who publish and those who serve may differ. */
const LEEWAY_MS = 5 * 60_000

/**
 * Whether somebody who may made this pointer for this environment. `now` in milliseconds, for the keys' own times. Does not look at the pointer's
 * times and serial, nor at the release that it names: its digest does that.
 */
export async function authenticate(
  pointer: Pointer,
  { environment, signing }: Trust,
  now: number,
): Promise<Result<Pointer, DistrustCode>> {
  const isElsewhere = pointer.environment !== undefined && pointer.environment !== environment
  if (isElsewhere) return fail('environment_mismatch')
  if (signing === undefined) return ok(pointer)
  const { keyId, signature } = pointer
  if (keyId === undefined || signature === undefined) return fail('signature_missing')
  const key = signing.keys.find(({ id }) => id === keyId)
  if (key === undefined) return fail('signature_unknown_key')
  if (!(await isSignedBy(key, octetsOf(signature), signedBytes(pointer)))) return fail('signature_invalid')
  return isActive(key, now) ? ok(pointer) : fail('signature_key_inactive')
}

/** Whether its time has come and not yet passed. A pointer that was made ahead must not be brought forward by whoever can write KV. */
export function untimely({ publishedAt, expires }: Pointer, now: number): UntimelyCode | undefined {
  if (Date.parse(publishedAt) > now + LEEWAY_MS) return 'pointer_from_future'
  return expires !== undefined && Date.parse(expires) <= now ? 'pointer_expired' : undefined
}

/** Why an edge that has nothing yet would not take the pointer over. Times count only where somebody signed them. */
export async function refusalOf(
  pointer: Pointer,
  trust: Trust,
  now: number,
): Promise<DistrustCode | UntimelyCode | undefined> {
  const believed = await authenticate(pointer, trust, now)
  if (!believed.ok) return believed.error
  return trust.signing === undefined ? undefined : untimely(pointer, now)
}

const isActive = ({ notBefore, notAfter }: ReleaseKey, now: number): boolean =>
  (notBefore === undefined || now >= notBefore * 1000) && (notAfter === undefined || now < (notAfter + 1) * 1000)

/** Anything but a clear yes is a no, also where the key itself is none. Never rejects. */
async function isSignedBy(
  { publicKey }: ReleaseKey,
  signature: Uint8Array<ArrayBuffer>,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey('raw', octetsOf(publicKey), 'Ed25519', false, ['verify'])
    return (await crypto.subtle.verify('Ed25519', key, signature, bytes)) === true
  } catch {
    return false
  }
}

/** Whoever holds a private key: a file, or a service that never gives it away. */
export interface Signer {
  readonly keyId: string
  /** Less or more than the environment says. */
  readonly validForSeconds?: number
  /** 64 octets. Rejects where it cannot. */
  sign(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array>
}

/** Why nothing was signed, or what was signed is of no use. */
export type SealFault =
  /** The environment has keys, and there is no signer. */
  | { readonly code: 'signer_missing' }
  /** The environment has no keys: nobody would check the signature. */
  | { readonly code: 'signer_unasked' }
  /** The edge would not believe it; `reason` says why. */
  | { readonly code: 'signature_useless'; readonly reason: DistrustCode | UntimelyCode; readonly keyId: string }

/** The pointer for its environment, signed where that asks for it, and checked with the eyes of the edge. */
export async function seal(
  pointer: Pointer,
  trust: Trust | undefined,
  signer: Signer | undefined,
  now: number,
): Promise<Result<Pointer, SealFault>> {
  if (trust?.signing === undefined) return signer === undefined ? ok(pointer) : fail({ code: 'signer_unasked' })
  if (signer === undefined) return fail({ code: 'signer_missing' })
  const { keyId, validForSeconds = trust.signing.validitySeconds } = signer
  const key = trust.signing.keys.find(({ id }) => id === keyId)
  // No pointer outlives its key.
  const end = Math.min(now + validForSeconds * 1000, lastMillisecond(key))
  const unsigned = { ...pointer, expires: new Date(end).toISOString(), keyId }
  const sealed = { ...unsigned, signature: textOf(await signer.sign(signedBytes(unsigned))) }
  const reason = await refusalOf(sealed, trust, now)
  return reason === undefined ? ok(sealed) : fail({ code: 'signature_useless', reason, keyId })
}

const lastMillisecond = (key: ReleaseKey | undefined): number =>
  key?.notAfter === undefined ? Number.POSITIVE_INFINITY : key.notAfter * 1000 + 999

/** base64url without padding (RFC 4648 section 5) and back. */
export const textOf = (octets: Uint8Array): string =>
  btoa(String.fromCharCode(...octets))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')

export const octetsOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (octet) => octet.charCodeAt(0))
