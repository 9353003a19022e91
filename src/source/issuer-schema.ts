/** How `gateway.yaml` writes an issuer: whose access tokens are accepted, and how they are checked. Closed, like everything. */
import { z } from 'zod'
import { ALGORITHMS } from '../policy/algorithm.ts'
import type { FurtherNames } from '../policy/principal.ts'
import { isIssuer, isServiceAccount, isStatusListAddress, isTrustworthyUrl } from './address.ts'
import { DEFAULTS } from './defaults.ts'
import { quotedList } from './diagnostic.ts'
import { duration, durationOrZero, exactText, listOf, oneOrMore, params, prose, textThat } from './fields.ts'
import { PROFILE_NAMES, PROFILES } from './profiles.ts'
import { secretName } from './secret-name.ts'

export const URL_RULES = 'https, or http to localhost, and without user and fragment'

export const issuerUrl = textThat(
  (text) => isIssuer(text) || isServiceAccount(text),
  'is no issuer',
  `write the \`iss\` of its tokens, exactly: ${URL_RULES} and query`,
)

const keys = z.union(
  [
    z.enum(['oidc', 'oauth']),
    textThat(
      isTrustworthyUrl,
      'is no place of keys',
      `write \`oidc\`, \`oauth\` or the address of a key set: ${URL_RULES}`,
    ),
  ],
  { error: 'write `oidc`, `oauth` or the address of a key set' },
)

export const audience = oneOrMore(
  exactText('write the `aud` of the access tokens'),
  'write the `aud` of the access tokens, or a list of which one is enough',
)

const MARK_HELP = 'name a claim that access tokens have and ID tokens never have'

const distinguishingClaim = z.union(
  [
    exactText(MARK_HELP).transform((claim) => ({ claim })),
    z.strictObject({
      claim: exactText(MARK_HELP),
      equals: oneOrMore(exactText('write a value'), 'write a value or a list of them, of which one is enough'),
    }),
  ],
  { error: MARK_HELP },
)

const tokenType = z.union(
  [
    z.literal('at+jwt'),
    z.strictObject({
      accept: listOf(z.enum(['JWT', 'none']), 'write a list of `JWT` and `none`').describe(
        'What `typ` may be besides at+jwt; none: no typ at all.',
      ),
      distinguishedBy: oneOrMore(distinguishingClaim, MARK_HELP).describe(
        'Top-level claims that this issuer puts into access tokens and never into ID tokens; one is enough.',
      ),
      reason: prose('say in a sentence why this issuer cannot send `at+jwt`'),
    }),
  ],
  { error: 'write `at+jwt`, or a map with `accept`, `distinguishedBy` and `reason`' },
)

const scopeClaim = z.strictObject(
  {
    claim: oneOrMore(
      exactText('write the name of a claim'),
      'write the name of a claim, or a list of names from the top inwards',
    ),
    format: z.enum(['string', 'array', 'either'], { error: 'write `string`, `array` or `either`' }),
    prefix: exactText('write what each scope begins with')
      .describe('Scopes without it grant nothing; those with it lose it.')
      .optional(),
  },
  { error: 'write a map such as `{ claim: scp, format: array }`' },
)

const LEEWAY_LIMIT_SECONDS = 300

export const clockLeeway = durationOrZero
  .refine((seconds) => seconds <= LEEWAY_LIMIT_SECONDS, {
    error: 'clocks may disagree by 5 minutes at most',
    params: { help: 'set the clocks right: for that long, expired tokens are accepted' },
  })
  .describe('How far clocks may disagree.')

const METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'tls_client_auth'] as const

const clientAuthentication = z
  .strictObject(
    {
      method: z.enum(METHODS, { error: `write one of ${quotedList(METHODS)}` }),
      secret: secretName
        .describe('The secret of the Worker that holds the client secret, or the private key as a JWK.')
        .optional(),
      binding: secretName.describe('For tls_client_auth: the mTLS certificate binding of wrangler.toml.').optional(),
    },
    { error: 'write `{ method: private_key_jwt, secret: NAME }` or `{ method: tls_client_auth, binding: NAME }`' },
  )
  .superRefine(({ method, secret, binding }, context) => {
    const isTls = method === 'tls_client_auth'
    const [needed, foreign] = isTls ? (['binding', 'secret'] as const) : (['secret', 'binding'] as const)
    const given = { secret, binding }
    const issue = (key: 'secret' | 'binding', message: string, help: string) =>
      context.addIssue({ code: 'custom', path: [key], message, params: params({ help }) })
    if (given[needed] === undefined) issue(needed, '', `\`${method}\` needs it`)
    if (given[foreign] !== undefined) issue(foreign, `\`${method}\` has no use for \`${foreign}\``, 'remove it')
  })
  .transform(({ method, secret = '', binding = '' }) =>
    method === 'tls_client_auth' ? { kind: method, binding } : { kind: method, secret },
  )

const LONGEST_CACHE_SECONDS = 3600
const LONGEST_NEGATIVE_CACHE_SECONDS = 300
const LONGEST_STALE_SECONDS = 86_400

const introspection = z.strictObject(
  {
    endpoint: textThat(isTrustworthyUrl, 'is no endpoint', `write its address: ${URL_RULES}`),
    clientId: exactText('write the client identifier that the gate has at this server'),
    authentication: clientAuthentication,
    response: z
      .enum(['json', 'jwt'], { error: 'write `json` or `jwt`' })
      .prefault(DEFAULTS.introspectionResponse)
      .describe('jwt: signed answers (RFC 9701), and no others.'),
    tokenPrefix: exactText('write what its tokens begin with')
      .describe('Tokens that begin with this are its own; without it, all that are no JWT.')
      .optional(),
    cache: durationOrZero
      .refine((seconds) => seconds <= LONGEST_CACHE_SECONDS, {
        error: 'an answer serves for an hour at most',
        params: { help: 'for that long, nobody notices that a token was revoked' },
      })
      .prefault(DEFAULTS.introspectionCache)
      .describe('How long an answer serves. 0s: asked each time.'),
    negativeCache: durationOrZero
      .refine((seconds) => seconds <= LONGEST_NEGATIVE_CACHE_SECONDS, {
        error: 'a refusal serves for five minutes at most',
        params: { help: 'for that long, a token that was just made may be refused' },
      })
      .prefault(DEFAULTS.introspectionNegativeCache)
      .describe('The same for a refusal.'),
  },
  { error: 'write a map with `endpoint`, `clientId` and `authentication`' },
)

const statusList = z
  .strictObject(
    {
      uris: listOf(
        textThat(
          isStatusListAddress,
          'is no address of status lists',
          'write a whole https address, or the beginning of several up to a `/`',
        ),
        'write a list of addresses',
      ).describe('Where its status lists may be: whole addresses, or beginnings that end in `/`.'),
      required: z
        .boolean({ error: 'write `true` or `false`' })
        .prefault(false)
        .describe('Refuse tokens without a status.'),
      minTtl: duration.prefault(DEFAULTS.statusMinTtl).describe('How often a list is fetched at most.'),
      maxTtl: duration
        .prefault(DEFAULTS.statusMaxTtl)
        .describe('How long a list serves at most without being fetched again.'),
      whenUnreachable: z
        .enum(['refuse', 'untilExpiry'], { error: 'write `refuse` or `untilExpiry`' })
        .prefault(DEFAULTS.statusWhenUnreachable)
        .describe('untilExpiry: the last good list serves on, until its own end and for maxStale at most.'),
      maxStale: duration
        .refine((seconds) => seconds <= LONGEST_STALE_SECONDS, {
          error: 'a list that cannot be had serves for a day at most',
          params: { help: 'for that long, nobody notices that a token was revoked' },
        })
        .prefault(DEFAULTS.statusMaxStale)
        .describe('How long that is at most, from when the list was fetched.'),
    },
    { error: 'write a map with `uris`' },
  )
  .refine(({ minTtl, maxTtl }) => minTtl <= maxTtl, {
    error: '`minTtl` is longer than `maxTtl`',
    params: { help: 'a list is fetched again between the two' },
  })

const CLAIM_HELP = 'write the name of a claim'

const identifiers = z.strictObject(
  {
    session: exactText(CLAIM_HELP).describe('The login that a token comes from.').optional(),
    grant: exactText(CLAIM_HELP).describe('What the person granted the client, of which a token is one.').optional(),
    tenant: exactText(CLAIM_HELP).describe('The organisation.').optional(),
    device: exactText(CLAIM_HELP).describe('The device.').optional(),
    email: exactText(CLAIM_HELP).describe('The address; it counts where email_verified is true.').optional(),
    user: exactText(CLAIM_HELP).describe('The person, by another name than `sub`.').optional(),
  } satisfies Record<keyof FurtherNames, z.ZodType>,
  { error: 'write a map from names to claims, such as `{ session: sid, tenant: org_id }`' },
)

export const issuer = z
  .strictObject(
    {
      issuer: issuerUrl.describe('Compared with `iss` code point by code point; a trailing slash counts.'),
      profile: z
        .enum(PROFILE_NAMES, { error: `write one of ${quotedList(PROFILE_NAMES)}` })
        .describe('Settings that fit a known provider; what is written beside it wins.')
        .optional(),
      keys: keys.describe('oidc: OpenID Connect Discovery; oauth: RFC 8414; or the address of the key set.').optional(),
      algorithms: listOf(
        z.enum(ALGORITHMS, { error: `write names of ${quotedList(ALGORITHMS)}` }),
        'write a list of the algorithms that this issuer signs access tokens with',
      )
        .describe('What this issuer signs access tokens with.')
        .optional(),
      audience: audience.describe("Instead of the environment's.").optional(),
      audienceClaim: exactText('write the name of a claim')
        .refine((claim) => !NO_AUDIENCE.includes(claim), {
          error: 'never says whom a token is for',
          params: { help: 'name the claim that does, such as `client_id`; or remove it' },
        })
        .describe('The claim that is held against the audience, for issuers that send no aud.')
        .optional(),
      tokenType: tokenType.describe('What the `typ` of its access tokens is (RFC 9068).').optional(),
      scopes: oneOrMore(scopeClaim, 'write a map such as `{ claim: scp, format: array }`, or a list of them')
        .describe('The claims that grant scopes.')
        .optional(),
      client: listOf(exactText('write the name of a claim'), 'write a list of names of claims')
        .describe('The claims that may name the client; the first present wins.')
        .optional(),
      clientPrefix: exactText('write the beginning of the names')
        .describe('Comes before the names of its clients and actors, so that no other issuer can give the same ones.')
        .optional(),
      identifiers: identifiers
        .describe('The claims that hold what revocation can name besides jti, sub and the client.')
        .optional(),
      acrClaim: exactText('write the name of a claim')
        .describe('The claim with the authentication context class, a text or a list.')
        .optional(),
      amrMember: exactText('write the name of a member')
        .describe('Where amr holds objects: the member that names the method.')
        .optional(),
      introspection: introspection.describe('RFC 7662: ask this server what its tokens are.').optional(),
      statusList: statusList.describe('Token Status List: look up whether a token is still good.').optional(),
      maxTokenAge: duration.describe('The longest time since a token was issued.').optional(),
      maxLifetime: duration.describe('The longest time from issue to expiry that a token may be made for.').optional(),
      senderConstrained: z
        .enum(['optional', 'required'], { error: 'write `optional` or `required`' })
        .describe('required: tokens that are bound to nothing are refused.')
        .optional(),
      singleUseProofs: z
        .boolean({ error: 'write `true` or `false`' })
        .describe('Each DPoP proof for its tokens serves once.')
        .optional(),
      clockLeeway: clockLeeway.optional(),
      keysMaxStale: duration
        .refine((seconds) => seconds <= LONGEST_KEYS_SECONDS, {
          error: 'keys that cannot be had serve for a week at most',
          params: { help: 'for that long, nobody notices that a key was withdrawn' },
        })
        .prefault(DEFAULTS.keysMaxStale)
        .describe('How long its keys may be used without a successful refresh.'),
    },
    { error: 'write a map with `issuer`, `keys` and `algorithms`' },
  )
  .superRefine((issuer, context) => {
    const profile = issuer.profile === undefined ? undefined : PROFILES[issuer.profile]
    const isAnswered = issuer.introspection?.response === 'json'
    const has = { keys: profile?.keys ?? profile?.keysPath, algorithms: profile?.algorithms }
    if (issuer.introspection !== undefined && issuer.statusList !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['statusList'],
        message: 'a server that introspects its tokens says itself whether they are still good',
        params: params({ help: 'remove `statusList`, or `introspection`' }),
      })
    for (const [key, help] of NEEDED)
      if (issuer[key] === undefined && has[key] === undefined && !isAnswered)
        context.addIssue({ code: 'custom', path: [key], message: '', params: params({ help }) })
  })

const LONGEST_KEYS_SECONDS = 7 * 86_400
/** What each token of an issuer has, for whichever API it is. */
const NO_AUDIENCE: readonly string[] = ['iss', 'sub', 'exp', 'iat', 'nbf', 'jti', 'auth_time', 'typ', 'token_use']

const NEEDED = [
  ['keys', 'write `oidc`, `oauth` or the address of a key set; or a `profile`'],
  ['algorithms', 'write a list of the algorithms that this issuer signs access tokens with; or a `profile`'],
] as const

export type IssuerDeclaration = z.output<typeof issuer>
