/** A status list token: a JWT of the issuer's that holds a list (draft-ietf-oauth-status-list sections 5.1 and 8.3). */
import type { Issuer } from '../policy/issuer.ts'
import { parseCompact } from './compact.ts'
import { isSameAlgorithm } from './jwks.ts'
import type { KeySet, WaitUntil } from './key-set.ts'
import { isSignedBy } from './signature.ts'
import { decodeStatusList, type StatusList } from './status-list.ts'

export interface VerifiedStatusList {
  readonly list: StatusList
  /** How long it serves without being fetched again. */
  readonly ttlSeconds?: number
  /** Epoch seconds. */
  readonly expiresAt?: number
}

/** Throws a TypeError for anything but a good list for this very address. `now` in milliseconds. */
export async function verifyStatusList(
  text: string,
  uri: string,
  { issuer, keys }: { readonly issuer: Issuer; readonly keys: KeySet },
  now: number,
  waitUntil: WaitUntil,
): Promise<VerifiedStatusList> {
  const parsed = parseCompact(text)
  if (!parsed.ok) throw new TypeError('no JWT')
  const { header, claims, signature, signedBytes } = parsed.value
  const { alg, kid, typ } = header
  if (typeof typ !== 'string' || typ.toLowerCase().replace(/^application\//, '') !== 'statuslist+jwt')
    throw new TypeError('a JWT of another type')
  if (typeof alg !== 'string' || !issuer.algorithms.some((allowed) => isSameAlgorithm(allowed, alg)))
    throw new TypeError('an algorithm that is not allowed')
  if (kid !== undefined && typeof kid !== 'string') throw new TypeError('a malformed header')
  const found = await keys.find(kid, alg, now, waitUntil)
  if (found.kind !== 'key') throw new TypeError('no key')
  if (!(await isSignedBy(found.key.algorithm, found.key.key, signature, signedBytes)))
    throw new TypeError('a signature that does not hold')

  const { sub, iss, iat, exp, ttl, status_list: value } = claims
  const leeway = issuer.clockLeewaySeconds
  if (sub !== uri || (iss !== undefined && iss !== issuer.issuer)) throw new TypeError('a list for something else')
  if (typeof iat !== 'number' || iat > now / 1000 + leeway) throw new TypeError('a list of no time')
  if (exp !== undefined && !(typeof exp === 'number' && now / 1000 < exp)) throw new TypeError('a list past its end')
  if (ttl !== undefined && !(typeof ttl === 'number' && ttl > 0)) throw new TypeError('a malformed list')
  const list = await decodeStatusList(value)
  if (list === undefined) throw new TypeError('a malformed list')
  return { list, ...(ttl !== undefined && { ttlSeconds: ttl }), ...(exp !== undefined && { expiresAt: exp }) }
}
