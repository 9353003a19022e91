/** How `gateway.yaml` writes one rule about incidents. Whether its parts go together is in incident-rules.ts. */
import { z } from 'zod'
import { isDenialCode, WIRE } from '../policy/denial.ts'
import { ALL_DETAILS } from '../policy/denial-details.ts'
import { INCIDENT_GROUPS, INCIDENT_SEVERITIES, RESPONSE_TARGETS } from '../policy/incident.ts'
import { NOTICE_CODES } from '../policy/notice-codes.ts'
import { DEFAULTS } from './defaults.ts'
import { quotedList } from './diagnostic.ts'
import {
  duration,
  durationOrZero,
  exactText,
  listOf,
  oneOrMore,
  params,
  prose,
  refuseTwins,
  scopeName,
  textThat,
} from './fields.ts'

export const severity = z.enum(INCIDENT_SEVERITIES, { error: `write one of ${quotedList(INCIDENT_SEVERITIES)}` })

/** Within that time a person must have looked. */
const LONGEST_RESPONSE_SECONDS = 7 * 86_400

const respond = z
  .strictObject(
    {
      revoke: z
        .enum(RESPONSE_TARGETS, { error: `write one of ${quotedList(RESPONSE_TARGETS)}` })
        .describe('Whom the events are about is revoked.')
        .optional(),
      suspend: z
        .literal('scope', { error: 'write `scope`' })
        .describe('Of a first use: the scope is stopped for that client.')
        .optional(),
      for: duration
        .refine((seconds) => seconds >= 60 && seconds <= LONGEST_RESPONSE_SECONDS, {
          error: 'what is done without a person holds for a minute to seven days',
          params: { help: 'it bridges the time until somebody looks: write `1h`, for instance' },
        })
        .describe('How long it holds; then it ends by itself.'),
    },
    { error: 'write `{ revoke: token, for: 1h }`, or `{ suspend: scope, for: 1h }`' },
  )
  .superRefine(({ revoke, suspend }, context) => {
    if ((revoke === undefined) === (suspend === undefined))
      context.addIssue({
        code: 'custom',
        path: [revoke === undefined ? 'revoke' : 'suspend'],
        message: revoke === undefined ? '' : 'a rule does one thing by itself',
        params: params({ help: 'write either `revoke` or `suspend`' }),
      })
  })

const code = z.enum(Object.keys(WIRE).filter(isDenialCode), { error: 'write codes of refusals' })
const detail = z.enum(ALL_DETAILS, { error: 'write details of refusals' })

const EXCEPTION = /^exception_\w+$/

const codesOf = (event: keyof typeof NOTICE_CODES) => {
  const codes: readonly string[] = NOTICE_CODES[event]
  const one =
    codes.length === 0
      ? textThat((text) => EXCEPTION.test(text), 'is no code of a fault', 'write `any`, or `exception_TypeError`')
      : z.enum(codes, { error: 'write codes of the event' })
  return z
    .union([z.literal('any'), one.transform((only) => [only] as const), listOf(one, 'write a list of codes')], {
      error: 'write a code, a list of codes, or `any`',
    })
    .optional()
}

const NOTICE_HELP = 'write a map from events to codes, such as `{ release: [release_damaged] }`'

const notice = z
  .strictObject(
    {
      release: codesOf('release'),
      revocation: codesOf('revocation'),
      candidate: codesOf('candidate'),
      token_audit: codesOf('token_audit'),
      sink: codesOf('sink'),
      fault: codesOf('fault'),
    } satisfies Record<keyof typeof NOTICE_CODES, unknown>,
    { error: NOTICE_HELP },
  )
  .refine((notice) => Object.keys(notice).length > 0, {
    error: '`notice` names no event',
    params: params({ help: NOTICE_HELP }),
    // What an unknown key was meant to be is said already.
    when: ({ issues }) => issues.length === 0,
  })

const MOST_COUNT = 1_000
const LONGEST_WINDOW_SECONDS = 86_400
const LONGEST_MEMORY_SECONDS = 400 * 86_400

export const rule = z.strictObject(
  {
    off: prose('say in a sentence why it is no incident')
      .describe('Alone, of a built-in rule: it is no incident here, and why.')
      .optional(),
    severity: severity.optional(),
    description: prose('say in a sentence what it means, and what to do')
      .describe('What it means, and what to do: for whoever is woken by it.')
      .optional(),
    denials: oneOrMore(code, 'write a code of refusals, or a list of them')
      .describe('Refusals that have one of these codes, also those that `observe` let through.')
      .optional(),
    details: oneOrMore(detail, 'write a detail of refusals, or a list of them')
      .describe('Of these refusals, those with one of these details.')
      .optional(),
    by: z
      .enum(INCIDENT_GROUPS, { error: `write one of ${quotedList(INCIDENT_GROUPS)}` })
      .describe('What they must have in common to be counted together.')
      .optional(),
    count: z
      .int({ error: `write a whole number from 1 to ${MOST_COUNT}` })
      .min(1)
      .max(MOST_COUNT)
      .describe('So many ...')
      .optional(),
    within: duration
      .refine((seconds) => seconds <= LONGEST_WINDOW_SECONDS, {
        error: 'events are counted together over a day at most',
        params: { help: 'write `24h` or less' },
      })
      .describe('... within so long.')
      .optional(),
    firstUse: z
      .enum(['high', 'critical'], { error: 'write `high` or `critical`' })
      .describe('A client exercises a scope of at least this sensitivity for the first time.')
      .optional(),
    scopes: listOf(scopeName, 'write a list of scopes').describe('Of a first use: of these scopes alone.').optional(),
    remember: duration
      .refine((seconds) => seconds >= 86_400 && seconds % 86_400 === 0 && seconds <= LONGEST_MEMORY_SECONDS, {
        error: 'uses are remembered for whole days, 400 at most',
        params: { help: 'write `90d`, for instance' },
      })
      .describe('After so long without a use, the next one is a first use again; 90d where left out.')
      .optional(),
    learn: durationOrZero
      .refine((seconds) => seconds <= LONGEST_MEMORY_SECONDS, {
        error: 'that is longer than uses are remembered',
        params: { help: 'write `7d`, for instance' },
      })
      .describe('How long after the very first event uses are only remembered; 7d where left out.')
      .optional(),
    notice: notice.describe('Something of the gate itself: events, and which codes of them.').optional(),
    quiet: duration
      .describe(`After it was closed, how long further events belong to it; ${DEFAULTS.incidentQuiet} where left out.`)
      .optional(),
    alerts: z
      .array(exactText('write names of channels'), { error: 'write a list of channels, or `[]`' })
      .superRefine(refuseTwins)
      .describe('Whom it is told; `[]`: nobody. Left out: all channels that take its severity.')
      .optional(),
    respond: respond.describe('What is done at once, and for how long. Left out: nothing.').optional(),
  },
  { error: 'write a map with `denials`, `firstUse` or `notice`, or `{ off: <reason> }` for a built-in rule' },
)

export type RuleDeclaration = z.output<typeof rule>
