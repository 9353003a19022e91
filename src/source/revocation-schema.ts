/** How `gateway.yaml` writes what an environment does about revocation: how fresh what is known must be, and who may tell. */
import { z } from 'zod'
import { ALGORITHMS } from '../policy/algorithm.ts'
import { OKTA_SUBJECTS, SCIM_SUBJECTS, SENDER_KINDS, STALE_STANCES } from '../policy/revocation-policy.ts'
import { isIssuer, isTrustworthyUrl } from './address.ts'
import { quotedList } from './diagnostic.ts'
import {
  duration,
  exactText,
  identifier,
  listOf,
  oneOrMore,
  params,
  prose,
  refuseTwins,
  scopeName,
  textThat,
} from './fields.ts'
import { issuerUrl, URL_RULES } from './issuer-schema.ts'
import { secretName } from './secret-name.ts'

/** Members that only some kinds of senders have; the first is the kind that must have it. */
const KINDS_OF = {
  secret: ['auth0', 'okta', 'keycloak', 'scim'],
  transmitter: ['ssf'],
  audience: ['ssf'],
  keys: ['ssf'],
  algorithms: ['ssf'],
  authorization: ['ssf'],
  streamId: ['ssf'],
  acr: ['ssf'],
  whenRiskIsHigh: ['ssf'],
  acceptSubjectType: ['ssf'],
  subject: ['okta', 'scim'],
} as const satisfies Record<string, readonly (typeof SENDER_KINDS)[number][]>

const SUBJECTS_OF = { okta: OKTA_SUBJECTS, scim: SCIM_SUBJECTS } as const

const sender = z
  .strictObject(
    {
      kind: z
        .enum(SENDER_KINDS, { error: `write one of ${quotedList(SENDER_KINDS)}` })
        .describe('ssf: Shared Signals; the others as the product sends what happened.'),
      issuer: issuerUrl.describe('The issuer of the access tokens that its events are about.'),
      knownAs: z
        .enum(['subject', 'user'], { error: 'write `subject` or `user`' })
        .describe(
          'What its events call people is their `sub`, or the claim that `identifiers` of the issuer name for `user`; subject where left out.',
        )
        .optional(),
      secret: secretName
        .describe('The secret that shows that it is the sender: its authorization header, bearer token or HMAC key.')
        .optional(),
      transmitter: textThat(isIssuer, 'is no issuer', `write the \`iss\` of its events: ${URL_RULES} and query`)
        .describe('The `iss` of its events, where it is not the issuer.')
        .optional(),
      audience: oneOrMore(
        exactText('write the `aud` of its events'),
        'write the `aud` of its events, or a list of which one is enough',
      )
        .describe('The `aud` of its events; the address that they are sent to where left out.')
        .optional(),
      keys: textThat(isTrustworthyUrl, 'is no address of a key set', `write its address: ${URL_RULES}`)
        .describe('Its key set; its configuration document says where (SSF 1.0 section 7) where left out.')
        .optional(),
      algorithms: listOf(
        z.enum(ALGORITHMS, { error: `write names of ${quotedList(ALGORITHMS)}` }),
        'write a list of the algorithms that it signs events with',
      )
        .describe('What it signs events with; RS256 where left out.')
        .optional(),
      authorization: secretName
        .describe('The secret that holds the whole value of the Authorization header that it was told to send.')
        .optional(),
      streamId: exactText('write the identifier of the stream')
        .describe('Where it is there, verification events must be about this stream.')
        .optional(),
      acr: z
        .record(
          exactText('write a level'),
          listOf(exactText('write a context class'), 'write a list of context classes'),
          { error: 'write a map from levels to context classes' },
        )
        .describe('By the level that its events report: the context classes that are asked for from then on.')
        .optional(),
      whenRiskIsHigh: z
        .enum(['step-up', 'revoke'], { error: 'write `step-up` or `revoke`' })
        .describe('What follows an event that says so; step-up where left out.')
        .optional(),
      acceptSubjectType: z
        .boolean({ error: 'write `true` or `false`' })
        .describe("Google's older spelling of subjects.")
        .optional(),
      subject: z
        .enum([...OKTA_SUBJECTS, ...SCIM_SUBJECTS], {
          error: 'okta: write `login` or `id`; scim: `userName` or `externalId`',
        })
        .describe('Which name of its users is the `sub` of access tokens: login or id; userName or externalId.')
        .optional(),
    },
    { error: 'write a map with `kind` and `issuer`' },
  )
  .superRefine((sender, context) => {
    const { kind } = sender
    const issue = (key: string, message: string, help: string) =>
      context.addIssue({ code: 'custom', path: [key], message, params: params({ help }) })
    for (const [key, kinds] of Object.entries(KINDS_OF))
      if (sender[key as keyof typeof KINDS_OF] !== undefined && !(kinds as readonly string[]).includes(kind))
        issue(key, `a sender of the kind \`${kind}\` has no use for \`${key}\``, 'remove it')
    if (kind !== 'ssf' && sender.secret === undefined)
      issue('secret', '', 'name the secret that its events are verified with: nobody else may know it')
    const subjects: readonly string[] = kind === 'okta' || kind === 'scim' ? SUBJECTS_OF[kind] : []
    if (subjects.length > 0 && sender.subject !== undefined && !subjects.includes(sender.subject))
      issue('subject', `\`${sender.subject}\` is no name of users at \`${kind}\``, `write ${quotedList(subjects)}`)
  })

const roles = z.record(
  issuerUrl,
  z.record(
    exactText('write the name of a role'),
    z.array(scopeName, { error: 'write a list of scopes' }).superRefine(refuseTwins),
    { error: 'write a map from roles to lists of scopes' },
  ),
  { error: 'write a map from issuers to their roles' },
)

/** Member of an environment. */
export const revocation = z
  .strictObject(
    {
      off: prose('say in a sentence why nothing is ever revoked here')
        .describe('Alone: nothing is ever revoked here, and why.')
        .optional(),
      poll: duration
        .describe('Age of what is known after which it is brought up to date; 2s where left out.')
        .optional(),
      maxAge: duration.describe('Age after which a request waits for that; 5s where left out.').optional(),
      maxStale: duration.describe('Age from which on `whenStale` holds; 60s where left out.').optional(),
      whenStale: z
        .enum(STALE_STANCES, { error: `write one of ${quotedList(STALE_STANCES)}` })
        .describe('While nobody can say what was revoked: serve, refuse critical scopes, or refuse everything.')
        .optional(),
      senders: z
        .record(identifier, sender, { error: 'write a map from names to senders' })
        .prefault({})
        .describe('Who may tell what happened, at `/_scopewall/events/<name>`.'),
      roles: roles.prefault({}).describe('By issuer: the scopes that tokens have on account of a role; `[]`: none.'),
    },
    { error: 'write a map, or `{ off: <reason> }`' },
  )
  .superRefine(({ off, senders, roles, ...timing }, context) => {
    if (off === undefined) return
    const given = { ...timing, senders: Object.keys(senders)[0], roles: Object.keys(roles)[0] }
    for (const [key, value] of Object.entries(given))
      if (value !== undefined)
        context.addIssue({
          code: 'custom',
          path: [key],
          message: `\`${key}\` has no effect where revocation is off`,
          params: params({ help: 'remove it, or `off`' }),
        })
  })
  .prefault({})
  .describe('Which tokens no longer count, how soon that is known here, and who may tell. Left out: on, as below.')

export type RevocationDeclaration = z.output<typeof revocation>
export type SenderDeclaration = z.output<typeof sender>
