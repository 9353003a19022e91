/** How `gateway.yaml` says whose signatures make a release believable, and what becomes of it for the Worker. */
import { z } from 'zod'
import type { ReleaseKey, ReleaseSigning } from '../policy/environment.ts'
import { type EpochSeconds, mapNonEmpty, type NonEmpty } from '../policy/result.ts'
import { DEFAULTS } from './defaults.ts'
import { parseDuration } from './duration.ts'
import { day, duration, identifier, listOf, params } from './fields.ts'
import { isPrivateKey, parsePublicKey } from './public-key.ts'

const KEY_HELP =
  'write the 32 octets of an Ed25519 public key as base64url, or its PEM (`scopewall keygen` prints both)'

/** Says nothing of what was written: it may be the wrong half of the key. */
const publicKey = z
  .string({ error: KEY_HELP })
  .superRefine((text, context) => {
    if (isPrivateKey(text))
      context.addIssue({
        code: 'custom',
        message: 'this is a private key, and whoever can read the map has it now',
        params: params({ help: 'make a new pair with `scopewall keygen`; only its public half belongs here' }),
      })
    else if (parsePublicKey(text) === undefined)
      context.addIssue({
        code: 'custom',
        message: 'this is no Ed25519 public key, or a weak one',
        params: params({ help: KEY_HELP }),
      })
  })
  .transform((text) => parsePublicKey(text) ?? '')

const releaseKey = z.strictObject(
  {
    id: identifier.describe('What signatures call it.'),
    publicKey: publicKey.describe('Ed25519: 32 octets as base64url, or a PEM.'),
    notBefore: day.describe('The first day (UTC) on which its signatures are believed.').optional(),
    notAfter: day.describe('The last day (UTC) on which its signatures are believed.').optional(),
  },
  { error: 'write a list of `{ id, publicKey }`' },
)

export const LONGEST_VALIDITY_SECONDS = 400 * 86_400

/** Members of an environment. */
export const releases = {
  releaseKeys: listOf(releaseKey, 'write a list of `{ id, publicKey }`')
    .describe('Who may sign what is live here. With keys, the edge takes over nothing that none of them signed.')
    .optional(),
  releaseValidity: duration
    .refine((seconds) => seconds <= LONGEST_VALIDITY_SECONDS, {
      error: 'a signature is good for 400 days at most',
      params: { help: 'whoever can write KV can lead new isolates back for that long: weeks are enough' },
    })
    .describe('How long a signature is good; 90d where left out. Publishing the same map again renews it.')
    .optional(),
}

interface Declaration {
  readonly releaseKeys?: NonEmpty<z.output<typeof releaseKey>> | undefined
  readonly releaseValidity?: number | undefined
}

export function compileReleaseSigning({ releaseKeys, releaseValidity }: Declaration): {
  readonly releaseSigning?: ReleaseSigning
} {
  if (releaseKeys === undefined) return {}
  const validitySeconds = releaseValidity ?? parseDuration(DEFAULTS.releaseValidity) ?? 0
  return { releaseSigning: { keys: mapNonEmpty(releaseKeys, compileKey), validitySeconds } }
}

const compileKey = ({ id, publicKey, notBefore, notAfter }: z.output<typeof releaseKey>): ReleaseKey => ({
  id,
  publicKey,
  ...(notBefore !== undefined && { notBefore: secondOf(notBefore, '00:00:00') }),
  ...(notAfter !== undefined && { notAfter: secondOf(notAfter, '23:59:59') }),
})

const secondOf = (text: string, time: string): EpochSeconds => (Date.parse(`${text}T${time}Z`) / 1000) as EpochSeconds
