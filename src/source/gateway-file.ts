/** The shape of `scopes/gateway.yaml`: what services share, and each deployment's trust anchors. Closed, like the service files. */
import { z } from 'zod'
import { ALGORITHMS } from '../policy/environment.ts'
import { RELAXATIONS } from '../policy/release.ts'
import { isBrowserOrigin, isHost, isIssuer, isOrigin, isTrustworthyUrl } from './address.ts'
import { DEFAULTS } from './defaults.ts'
import { quotedList } from './diagnostic.ts'
import {
  asNonEmpty,
  duration,
  durationOrZero,
  exactText,
  hostPattern,
  hostPatternKey,
  identifier,
  listOf,
  mode,
  oneOrMore,
  prose,
  textThat,
} from './fields.ts'

const URL_RULES = 'https, or http to localhost, and without user and fragment'

const issuerUrl = textThat(isIssuer, 'is no issuer', `write the \`iss\` of its tokens, exactly: ${URL_RULES} and query`)

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

const audience = oneOrMore(
  exactText('write the `aud` of the access tokens'),
  'write the `aud` of the access tokens, or a list of which one is enough',
)

const TOKEN_TYPE_HELP = 'write `at+jwt`, or a map with `accept`, `distinguishedBy` and `reason`'

const tokenType = z.union(
  [
    z.literal('at+jwt'),
    z.strictObject({
      accept: listOf(z.enum(['JWT', 'none']), 'write a list of `JWT` and `none`').describe(
        'What `typ` may be besides at+jwt; none: no typ at all.',
      ),
      distinguishedBy: exactText('name a claim that access tokens have and ID tokens never have').describe(
        'A top-level claim that this issuer puts into access tokens and never into ID tokens.',
      ),
      reason: prose('say in a sentence why this issuer cannot send `at+jwt`'),
    }),
  ],
  { error: TOKEN_TYPE_HELP },
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

const clockLeeway = durationOrZero
  .refine((seconds) => seconds <= LEEWAY_LIMIT_SECONDS, {
    error: 'clocks may disagree by 5 minutes at most',
    params: { help: 'set the clocks right: for that long, expired tokens are accepted' },
  })
  .describe('How far clocks may disagree.')

const issuer = z.strictObject(
  {
    issuer: issuerUrl.describe('Compared with `iss` code point by code point; a trailing slash counts.'),
    keys: keys.describe('oidc: OpenID Connect Discovery; oauth: RFC 8414; or the address of the key set.'),
    algorithms: listOf(
      z.enum(ALGORITHMS, { error: `write names of ${quotedList(ALGORITHMS)}` }),
      'write a list of the algorithms that this issuer signs access tokens with',
    ).describe('What this issuer signs access tokens with.'),
    audience: audience.describe("Instead of the environment's.").optional(),
    tokenType: tokenType.prefault(DEFAULTS.tokenType).describe('What the `typ` of its access tokens is (RFC 9068).'),
    scopes: oneOrMore(scopeClaim, 'write a map such as `{ claim: scp, format: array }`, or a list of them')
      .prefault(DEFAULTS.scopes)
      .describe('The claims that grant scopes.'),
    client: listOf(exactText('write the name of a claim'), 'write a list of names of claims')
      .prefault([...DEFAULTS.client])
      .describe('The claims that may name the client; the first present wins.'),
    clockLeeway: clockLeeway.optional(),
    keysMaxStale: duration
      .prefault(DEFAULTS.keysMaxStale)
      .describe('How long its keys may be used without a successful refresh.'),
  },
  { error: 'write a map with `issuer`, `keys` and `algorithms`' },
)

const cors = z.strictObject(
  {
    origins: listOf(
      textThat(isBrowserOrigin, 'is no origin', 'write it as browsers send it: `https://app.example.com`'),
      'write a list of origins',
    ).describe('Whose scripts may read the answers that the gate makes itself.'),
    maxAge: duration.prefault(DEFAULTS.corsMaxAge),
  },
  { error: 'write a map with `origins`' },
)

const host = textThat(isHost, 'is no host in lower case', 'write a name or an address, without scheme, port and path')

/** KV's own minimum for `cacheTtl`. */
const LEAST_REFRESH_SECONDS = 30

const environment = z.strictObject(
  {
    resource: textThat(
      isTrustworthyUrl,
      'is no resource identifier',
      `write the address of the API: ${URL_RULES}`,
    ).describe('RFC 9728 resource identifier: the address that clients know the API by.'),
    audience: audience.describe("What a token's `aud` must contain."),
    issuers: z
      .array(issuer, { error: 'write a list of issuers' })
      .min(1, { error: 'without an issuer no token is ever accepted' })
      .transform(asNonEmpty)
      .describe('The authorization servers whose access tokens are accepted.'),
    upstream: z
      .union(
        [
          z.literal('zone'),
          textThat(
            isOrigin,
            'is no origin',
            'write `zone`, or `https://<host>` without a path; http to localhost alone',
          ),
        ],
        {
          error: 'write `zone`, or `https://<host>`',
        },
      )
      .describe("zone: the zone's own origin behind the route. Or scheme, host and port of another."),
    hostAliases: z
      .record(host, host, { error: 'write a map from hosts to the hosts that the map speaks of' })
      .prefault({})
      .describe('A host that this environment answers on, and the host that the map speaks of.'),
    mode: mode.prefault(DEFAULTS.mode),
    observeClients: listOf(exactText('write a client identifier'), 'write a list of client identifiers')
      .describe('Clients that are observed where the rule and its service say nothing else.')
      .optional(),
    coldStart: z
      .enum(['bundled', 'strict'], { error: 'write `bundled` or `strict`' })
      .prefault(DEFAULTS.coldStart)
      .describe('Without KV, a new isolate serves the bundled release, or (strict) refuses.'),
    refresh: duration
      .refine((seconds) => seconds >= LEAST_REFRESH_SECONDS, {
        error: 'the release is refreshed every 30 seconds at most',
        params: { help: 'KV caches for 30 seconds at least: write `30s` or more' },
      })
      .prefault(DEFAULTS.refresh)
      .describe('Age of the release after which it is refreshed in the background.'),
    maxAge: duration
      .prefault(DEFAULTS.maxAge)
      .describe('Age of the release after which a request waits for the refresh.'),
    cors: cors.optional(),
    clockLeeway: clockLeeway.prefault(DEFAULTS.clockLeeway),
  },
  { error: 'write a map with `resource`, `audience`, `issuers` and `upstream`' },
)

const naming = z.strictObject(
  {
    pattern: textThat(isPattern, 'is no regular expression', 'see JavaScript, flag `u`; it must match the whole name')
      .transform(namePattern)
      .describe('A regular expression (JavaScript, flag u) that every scope name must match as a whole.')
      .optional(),
    tooCoarse: listOf(exactText('write a word'), 'write a list of words')
      .describe('Words that are no scope on their own, such as read or admin.')
      .optional(),
  },
  { error: 'write a map with `pattern` and `tooCoarse`' },
)

/** A convention that names follow. */
export interface NamePattern {
  /** As written. */
  readonly source: string
  /** Matches whole names. */
  readonly expression: RegExp
}

function namePattern(source: string): NamePattern {
  return { source, expression: new RegExp(`^(?:${source})$`, 'u') }
}

function isPattern(source: string): boolean {
  try {
    return namePattern(source).source === source
  } catch {
    return false
  }
}

const metadata = z.strictObject(
  {
    required: listOf(
      z.enum(['owner', 'reason', 'sensitivity', 'review'], {
        error: 'write names of `owner`, `reason`, `sensitivity` and `review`',
      }),
      'write a list of names',
    ).describe(
      'What each scope must say of itself. Owner (or the one of its service), reason and sensitivity it always must.',
    ),
  },
  { error: 'write a map with `required`' },
)

const hostOptions = z.strictObject(
  {
    allow: listOf(
      z.enum(RELAXATIONS, { error: `write names of ${quotedList(RELAXATIONS)}` }),
      'write a list of relaxations',
    ).describe('What paths of this host may hold, although parsers read it in different ways.'),
    reason: prose('say in a sentence why clients of this host cannot do without'),
  },
  { error: 'write a map with `allow` and `reason`' },
)

const bytes = (most: number) =>
  z
    .int({ error: `write a whole number from 1 to ${most}` })
    .min(1)
    .max(most)

/** Cloudflare's own limits: 16 KB for a URL, 128 KB for all headers together. */
const limits = z.strictObject(
  {
    pathBytes: bytes(16_384).prefault(DEFAULTS.pathBytes).describe('Longer paths are refused unread.'),
    tokenBytes: bytes(65_536).prefault(DEFAULTS.tokenBytes).describe('Longer tokens are refused unread.'),
  },
  { error: 'write a map with `pathBytes` and `tokenBytes`' },
)

export const gatewayFile = z.strictObject(
  {
    naming: naming.prefault({}).describe('What scope names look like.'),
    metadata: metadata.describe('What each scope must say of itself.').optional(),
    hosts: listOf(hostPattern, 'write a list of hosts')
      .describe('Where services answer that name no hosts of their own.')
      .optional(),
    hostOptions: z
      .record(hostPatternKey, hostOptions, { error: 'write a map from hosts to what they relax' })
      .prefault({})
      .describe('Relaxations of the canonical path, by host.'),
    limits: limits.prefault({}).describe('Sizes past which a request is refused before any work is spent on it.'),
    environments: z
      .record(identifier, environment, { error: 'write a map from names to environments' })
      .refine((environments) => Object.keys(environments).length > 0, { error: 'there is no environment' })
      .describe('One deployment each, with its trust anchors.'),
  },
  { error: 'write a map with `environments`' },
)

export type GatewayFile = z.output<typeof gatewayFile>
export type EnvironmentDeclaration = GatewayFile['environments'][string]
export type IssuerDeclaration = EnvironmentDeclaration['issuers'][number]
