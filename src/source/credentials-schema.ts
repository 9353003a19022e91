/** How `gateway.yaml` writes what an environment asks of credentials beyond its issuers, and what it vouches for to the origin. */
import { z } from 'zod'
import { ALGORITHMS } from '../policy/algorithm.ts'
import { isOrigin, isResource } from './address.ts'
import { DEFAULTS } from './defaults.ts'
import { quotedList } from './diagnostic.ts'
import { asNonEmpty, duration, durationOrZero, identifier, listOf, textThat } from './fields.ts'
import { audience, URL_RULES } from './issuer-schema.ts'
import { secretName } from './secret-name.ts'

const service = z.strictObject(
  {
    resource: textThat(isResource, 'is no resource identifier', `write the address of the service: ${URL_RULES}`),
    audience,
  },
  { error: 'write a map with `resource` and `audience`' },
)

const LONGEST_PROOF_SECONDS = 300

const proofAge = (age: z.ZodType<number, string>) =>
  age.refine((seconds) => seconds <= LONGEST_PROOF_SECONDS, {
    error: 'a proof is accepted for 5 minutes at most',
    params: { help: 'clients make a proof for each request: seconds are enough' },
  })

const dpop = z.strictObject(
  {
    algorithms: listOf(
      z.enum(ALGORITHMS, { error: `write names of ${quotedList(ALGORITHMS)}` }),
      'write a list of algorithms',
    )
      .describe('What proofs may be signed with.')
      .optional(),
    maxAge: proofAge(duration).prefault(DEFAULTS.dpopMaxAge).describe('How old a proof may be.'),
    futureLeeway: proofAge(durationOrZero)
      .prefault(DEFAULTS.dpopFutureLeeway)
      .describe('How far in the future a proof may have been made, for clocks that run ahead.'),
    nonceSecret: secretName
      .describe(
        'The secret that nonces are made with: 32 bytes or more as base64url. Proofs without a nonce are then refused.',
      )
      .optional(),
    singleUse: z
      .enum(['asked', 'always'], { error: 'write `asked` or `always`' })
      .prefault(DEFAULTS.dpopSingleUse)
      .describe('always: each proof serves once; asked: where a route, a scope or an issuer says so.'),
    externalOrigin: textThat(isOrigin, 'is no origin', 'write scheme, host and port that clients use')
      .describe('What clients call this host, where something in front of the Worker changes it.')
      .optional(),
  },
  { error: 'write a map, which may be empty: `dpop: { maxAge: 60s }`' },
)

const mtls = z.strictObject(
  {
    requireVerifiedChain: z
      .boolean({ error: 'write `true` or `false`' })
      .prefault(DEFAULTS.requiresVerifiedChain)
      .describe('Cloudflare must have verified the chain of the certificate. false: self-signed certificates.'),
  },
  { error: 'write a map: `mtls: { requireVerifiedChain: true }`' },
)

const LONGEST_STATEMENT_SECONDS = 60

const originSignature = z.strictObject(
  {
    keys: z
      .array(
        z.strictObject({
          id: identifier.describe('The `keyid` of the signature and `kid` of the published key.'),
          algorithm: z.enum(['ed25519', 'hmac-sha256'], { error: 'write `ed25519` or `hmac-sha256`' }),
          secret: secretName.describe('The secret that holds the private JWK, or the shared key as base64url.'),
        }),
        { error: 'write a list of keys' },
      )
      .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, {
        error: 'two keys have one `id`',
        params: { help: 'origins tell keys apart by it' },
      })
      .min(1, { error: 'write at least one key' })
      .transform(asNonEmpty)
      .describe('The first one signs.'),
    lifetime: duration
      .refine((seconds) => seconds <= LONGEST_STATEMENT_SECONDS, {
        error: 'a statement is good for 60 seconds at most',
        params: { help: 'it is made for one request: write `60s` or less' },
      })
      .prefault(DEFAULTS.statementLifetime),
  },
  { error: 'write a map with `keys`' },
)

/** Members of an environment. */
export const credentials = {
  profile: z
    .literal('fapi2', { error: 'write `profile: fapi2`, or leave it out' })
    .describe('FAPI 2.0 Security Profile: everything that it asks of a resource server.')
    .optional(),
  services: z
    .record(identifier, service, { error: 'write a map from services to their resource and audience' })
    .prefault({})
    .describe('Services that are resources of their own (RFC 8707): tokens for others do not open them.'),
  dpop: dpop.describe('RFC 9449: tokens that are bound to a key of the client. Left out: they are refused.').optional(),
  mtls: mtls
    .describe('RFC 8705: tokens that are bound to a client certificate. Left out: they are refused.')
    .optional(),
  queryToken: z
    .enum(['ignore', 'reject'], { error: 'write `ignore` or `reject`' })
    .describe('An access_token in the query never counts and never reaches the origin; reject: it is refused.')
    .optional(),
  originSignature: originSignature.describe('RFC 9421: proof for the origin of what the gate let in.').optional(),
}
