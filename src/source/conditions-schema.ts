/** What scopes, routes and services can ask of a token besides scopes, as maps write it. */
import { z } from 'zod'
import { JSON_POINTER } from '../policy/decode-conditions.ts'
import { SENDER_CONSTRAINTS } from '../policy/rule.ts'
import { isScopeToken } from '../policy/scope.ts'
import { quotedList } from './diagnostic.ts'
import { duration, exactText, listOf, oneOrMore, params, textThat } from './fields.ts'

const acr = textThat(
  isScopeToken,
  'is no authentication context class that a challenge can carry',
  'write it without spaces, quotes and backslashes (RFC 9470 section 3)',
)

const method = exactText('write the name of an authentication method, such as `otp` (RFC 8176)')
const AMR_HELP = 'write a method, or a list of methods and `{ allOf: [...] }`, of which one is enough'

const amrGroup = z.union(
  [method, z.strictObject({ allOf: listOf(method, 'write a list of methods, all of which are needed') })],
  { error: AMR_HELP },
)

const STEP_UP_HELP = 'write `{ acr: [phr], maxAge: 5m }`, with one of the two, `amr`, or several of them'

export const stepUp = z
  .strictObject(
    {
      acr: oneOrMore(acr, 'write one authentication context class or a list of them, the preferred one first')
        .describe('Acceptable authentication context classes (acr), the preferred one first.')
        .optional(),
      amr: oneOrMore(amrGroup, AMR_HELP)
        .describe('Authentication methods (amr), of which one, or all of one group, must have been used.')
        .optional(),
      maxAge: duration.describe('The longest time since the person authenticated.').optional(),
    },
    { error: STEP_UP_HELP },
  )
  .refine((stepUp) => Object.keys(stepUp).length > 0, {
    error: 'the step-up asks for nothing',
    params: params({ help: STEP_UP_HELP }),
  })
  .describe('RFC 9470: how strongly, by what and how recently the person must have authenticated.')

export type StepUpDeclaration = z.output<typeof stepUp>

/** The conditions of a scope, a route or a service; one shape, so that they read the same everywhere. */
export const conditions = {
  maxTokenAge: duration.describe('The longest time since the token was issued.').optional(),
  maxLifetime: duration.describe('The longest time from issue to expiry that a token may be made for.').optional(),
  senderConstrained: z
    .enum(SENDER_CONSTRAINTS, { error: `write one of ${quotedList(SENDER_CONSTRAINTS)}` })
    .describe(
      'The token must be bound to its sender (RFC 9449, RFC 8705); dpop-single-use: and each proof serves once.',
    )
    .optional(),
}

export interface ConditionsDeclaration {
  readonly stepUp?: StepUpDeclaration | undefined
  readonly maxTokenAge?: number | undefined
  readonly maxLifetime?: number | undefined
  readonly senderConstrained?: (typeof SENDER_CONSTRAINTS)[number] | undefined
}

const detailList = listOf(exactText('write a text'), 'write a list, all of which one object must hold')

const detail = z.strictObject(
  {
    type: exactText('write the type of the authorization details').describe('RFC 9396: the type of the object.'),
    actions: detailList.describe('All of these actions.').optional(),
    datatypes: detailList.describe('All of these data types.').optional(),
    privileges: detailList.describe('All of these privileges.').optional(),
    match: z
      .record(
        textThat(
          (text) => JSON_POINTER.test(text),
          'is no JSON pointer',
          'write a path into the object, such as `/identifier`',
        ),
        exactText('write a text, or `{name}` for a parameter of the path'),
        { error: 'write a map from JSON pointers to texts' },
      )
      .describe('What must stand at these places of the object; {name} is that parameter of the path.')
      .optional(),
  },
  { error: 'write a map with `type`' },
)

export const authorizationDetails = oneOrMore(
  detail,
  'write a map with `type`, or a list of them, one of which is enough',
)
  .describe('RFC 9396: one object of the authorization_details of the token must cover the request.')
  .optional()

/** What a route asks of who calls, whatever the scopes. */
export const callers = {
  clients: oneOrMore(exactText('write a client identifier'), 'write a client identifier or a list of them')
    .describe('The clients that may call; left out: every client.')
    .optional(),
  actors: oneOrMore(
    exactText('write `none`, or the `sub` of an actor'),
    'write `none`, or who may act for the subject of a token',
  )
    .refine((names) => names.length === 1 || !names.includes('none'), {
      error: '`none` stands beside somebody',
      params: params({ help: 'write `actors: none`, or those who may act' }),
    })
    .describe('Who may act for the subject (RFC 8693); none: nobody; left out: everybody.')
    .optional(),
}
