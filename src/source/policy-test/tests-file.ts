/** The shape of `scopes/tests/*.yaml`. Closed, like the files of the map. */
import { z } from 'zod'
import { type DenialCode, WIRE } from '../../policy/denial.ts'
import {
  asNonEmpty,
  day,
  duration,
  durationOrZero,
  exactText,
  listOf,
  oneOrMore,
  params,
  prose,
  refuseTwins,
  scopeName,
} from '../fields.ts'

/** Who has no credential at all: there without being declared. */
export const NOBODY = 'nobody'

/** What only the network, the clock, a mark or the token's own text can bring about; no imagined caller ever sees it. */
const BEYOND_TESTS: ReadonlySet<string> = new Set<DenialCode>([
  'credential_malformed',
  'proof_invalid',
  'nonce_required',
  'scope_suspended',
  'unavailable',
  'upstream_unreachable',
  'not_found',
])

const CODES = asNonEmpty((Object.keys(WIRE) as DenialCode[]).filter((code) => !BEYOND_TESTS.has(code)))

const scopeSet = (help: string) => z.array(scopeName, { error: help }).superRefine(refuseTwins)

const SCOPES_HELP = 'write a list of scope names; `[]` for a token without any'

const authorizationDetail = z
  .record(z.string(), z.unknown(), {
    error: 'write an object as the token has it: `{ type: payment, actions: [capture] }`',
  })
  .refine(({ type }) => typeof type === 'string' && type !== '', {
    error: 'the authorization details have no type',
    params: params({ help: 'every object has a `type` (RFC 9396 section 2)' }),
  })

const caller = z.strictObject(
  {
    scopes: scopeSet(SCOPES_HELP).describe('The scopes that the token holds, each of them declared in the map.'),
    unknownScopes: scopeSet('write a list of scope names that the map does not declare')
      .describe('Scopes that the token holds and the map does not declare.')
      .optional(),
    client: exactText('write a client identifier')
      .describe('The client, with the clientPrefix of its issuer.')
      .optional(),
    actor: exactText('write who acts, named like a client').describe('Who acts for the subject (RFC 8693).').optional(),
    acr: oneOrMore(exactText('write an authentication context class'), 'write an authentication context class')
      .describe('The authentication context class, or several.')
      .optional(),
    amr: oneOrMore(exactText('write the name of an authentication method'), 'write the methods that were used')
      .describe('By what the person authenticated (RFC 8176).')
      .optional(),
    authAge: durationOrZero
      .describe('How long ago the person authenticated; left out: the token does not say.')
      .optional(),
    tokenAge: durationOrZero.describe('How long ago the token was issued; left out: just now.').optional(),
    lifetime: duration.describe('From issue to expiry; left out: 1h.').optional(),
    bound: oneOrMore(z.enum(['dpop', 'mtls'], { error: 'write `dpop` or `mtls`' }), 'write `dpop` or `mtls`')
      .describe('What the token is bound to; its possession is taken as proven.')
      .optional(),
    authorizationDetails: oneOrMore(authorizationDetail, 'write an object with `type`, or a list of them')
      .describe('RFC 9396: as the token has them.')
      .optional(),
  },
  { error: 'write a map with `scopes`, and what else the token says' },
)

const code = z.enum(CODES, { error: 'write a denial code, such as `scope_insufficient`' })
const OUTCOME_HELP =
  'write `allow`, `observe`, `deny`, a denial code, or `{ deny: scope_insufficient, missing: [...] }`'

const detailedDenial = z.strictObject(
  {
    deny: z
      .union([code, listOf(code, 'write a list of denial codes')], {
        error: 'write a denial code, which must come first, or a list of all of them in their order',
      })
      .describe('The denial that comes first; a list: all denials, in their order.'),
    missing: listOf(scopeName, 'write a list of scope names')
      .describe('Exactly the scopes that are not granted, in any order.')
      .optional(),
    required: listOf(scopeName, 'write a list of scope names')
      .describe('Exactly the scopes that the nearest alternative asks for, in any order.')
      .optional(),
  },
  { error: OUTCOME_HELP },
)

const outcome = z.union([z.enum(['allow', 'observe', 'deny', ...CODES], { error: OUTCOME_HELP }), detailedDenial], {
  error: OUTCOME_HELP,
})

const REQUEST_HELP =
  'write `GET /v1/invoices`, or `GET https://api.example.com/v1/invoices` where the map has several hosts'
const request = exactText(REQUEST_HELP)

const testCase = z.strictObject(
  {
    name: prose('say in a few words what the case shows').describe('What the case shows, for people.').optional(),
    request: oneOrMore(request, REQUEST_HELP).describe('METHOD /path, METHOD https://host/path, or a list of these.'),
    upgrade: z
      .literal('websocket', { error: 'write `upgrade: websocket`, or leave it out' })
      .describe('The request asks to become a WebSocket.')
      .optional(),
    expect: z
      .record(z.string(), outcome, { error: 'write a map from callers to outcomes: `nobody: credential_missing`' })
      .refine((expect) => Object.keys(expect).length > 0, { error: 'nothing is expected' })
      .describe('Caller -> allow, observe, deny (any denial), a denial code, or { deny, missing, required }.'),
  },
  { error: 'write a map with `request` and `expect`' },
)

export const testsFile = z.strictObject(
  {
    tests: prose('say in a sentence what these tests are about').describe('What these tests are about, for people.'),
    today: day.describe('The day that they are judged on; left out: the day they run.').optional(),
    callers: z
      .record(z.string(), caller, { error: 'write a map from names to what their tokens say' })
      .prefault({})
      .describe('Who calls, by any name; `nobody`, who has no credential, is always there.'),
    cases: z
      .array(testCase, { error: 'write a list of maps with `request` and `expect`' })
      .min(1)
      .describe('Requests, and what the gate answers to whom.'),
  },
  { error: 'write a map with `tests`, `callers` and `cases`' },
)

export type TestsFile = z.output<typeof testsFile>
export type CallerDeclaration = z.output<typeof caller>
export type CaseDeclaration = z.output<typeof testCase>
export type OutcomeDeclaration = z.output<typeof outcome>
