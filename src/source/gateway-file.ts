/** The shape of `scopes/gateway.yaml`: what services share, and each deployment's trust anchors. Closed, like the service files. */
import { z } from 'zod'
import { RELAXATIONS } from '../policy/release.ts'
import { isBrowserOrigin, isHost, isOrigin, isResource } from './address.ts'
import { admin } from './admin-schema.ts'
import { consoleSignIn } from './console-schema.ts'
import { coverage } from './coverage-schema.ts'
import { credentials } from './credentials-schema.ts'
import { DEFAULTS } from './defaults.ts'
import { quotedList } from './diagnostic.ts'
import {
  asNonEmpty,
  duration,
  exactText,
  hostPattern,
  hostPatternKey,
  identifier,
  listOf,
  mode,
  params,
  prose,
  textThat,
} from './fields.ts'
import { incidents } from './incidents-schema.ts'
import { audience, clockLeeway, issuer, URL_RULES } from './issuer-schema.ts'
import { lintLevels } from './lint-schema.ts'
import { releases } from './release-keys-schema.ts'
import { revocation } from './revocation-schema.ts'
import { tokenAudit } from './token-audit.ts'

const LONGEST_PREFLIGHT_SECONDS = 86_400

const cors = z
  .strictObject(
    {
      owner: z
        .enum(['edge', 'origin', 'off'], { error: 'write `edge` or `origin`, or `off` where no browser calls' })
        .prefault(DEFAULTS.corsOwner)
        .describe(
          'Who answers preflights and sets CORS headers: one of the two, never both. off: nobody is permitted anything by the gate.',
        ),
      origins: listOf(
        textThat(isBrowserOrigin, 'is no origin', 'write it as browsers send it: `https://app.example.com`'),
        'write a list of origins',
      )
        .describe('Whose scripts may read the answers that the gate makes itself.')
        .optional(),
      maxAge: duration
        .refine((seconds) => seconds <= LONGEST_PREFLIGHT_SECONDS, {
          error: 'browsers remember a preflight for a day at most',
          params: { help: 'write `24h` or less' },
        })
        .describe('How long browsers may remember a preflight that the gate answers; 10m where left out.')
        .optional(),
    },
    { error: 'write a map with `origins`, or `{ owner: off }`' },
  )
  .superRefine(({ owner, origins, maxAge }, context) => {
    const refuse = (key: string, message: string, help: string) =>
      context.addIssue({ code: 'custom', path: [key], message, params: params({ help }) })
    if (owner !== 'off' && origins === undefined) refuse('origins', '', 'write a list of origins')
    if (owner === 'off' && origins !== undefined)
      refuse('origins', 'nobody heeds origins where CORS is off', 'remove `origins`, or write who owns CORS')
    if (owner !== 'edge' && maxAge !== undefined)
      refuse(
        'maxAge',
        'the gate permits nothing here that browsers could remember',
        owner === 'off' ? 'remove `maxAge`' : 'remove `maxAge`: the origin says how long its permissions serve',
      )
  })

const host = textThat(isHost, 'is no host in lower case', 'write a name or an address, without scheme, port and path')

/** KV's own minimum for `cacheTtl`. */
const LEAST_REFRESH_SECONDS = 30

const environment = z.strictObject(
  {
    resource: textThat(isResource, 'is no resource identifier', `write the address of the API: ${URL_RULES}`).describe(
      'RFC 9728 resource identifier: the address that clients know the API by.',
    ),
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
    protected: z
      .boolean({ error: 'write `true` or `false`' })
      .prefault(DEFAULTS.protected)
      .describe('Whether commands that change what is live here must be told the digest that is meant.'),
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
    clockLeeway: clockLeeway.optional(),
    ...credentials,
    ...releases,
    ...admin,
    revocation,
    tokenAudit,
    incidents,
    console: consoleSignIn,
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

const percent = z.number({ error: 'write a number from 0 to 100' }).min(0).max(100)

const tests = z.strictObject(
  {
    minRules: percent.describe('How many percent of the rules they must cover.').optional(),
    minScopes: percent.describe('How many percent of the scopes they must cover.').optional(),
  },
  { error: 'write a map with `minRules` and `minScopes`' },
)

export const gatewayFile = z.strictObject(
  {
    naming: naming.prefault({}).describe('What scope names look like.'),
    metadata: metadata.describe('What each scope must say of itself.').optional(),
    lint: lintLevels.prefault({}).describe('Levels of lint rules, and the places where one does not hold.'),
    hosts: listOf(hostPattern, 'write a list of hosts')
      .describe('Where services answer that name no hosts of their own.')
      .optional(),
    hostOptions: z
      .record(hostPatternKey, hostOptions, { error: 'write a map from hosts to what they relax' })
      .prefault({})
      .describe('Relaxations of the canonical path, by host.'),
    coverage: coverage.describe('What `scopewall coverage` holds the map against.').optional(),
    limits: limits.prefault({}).describe('Sizes past which a request is refused before any work is spent on it.'),
    tests: tests.prefault({}).describe('How much the policy tests must cover; less, and nothing is published.'),
    environments: z
      .record(identifier, environment, { error: 'write a map from names to environments' })
      .refine((environments) => Object.keys(environments).length > 0, { error: 'there is no environment' })
      .describe('One deployment each, with its trust anchors.'),
  },
  { error: 'write a map with `environments`' },
)

export type GatewayFile = z.output<typeof gatewayFile>
export type EnvironmentDeclaration = GatewayFile['environments'][string]
