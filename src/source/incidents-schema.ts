/** How `gateway.yaml` says what makes an incident, whom it is told, and what is done at once. Closed, like everything. */
import { z } from 'zod'
import { isTrustworthyUrl } from './address.ts'
import { quotedList } from './diagnostic.ts'
import { identifier, params, prose, textThat } from './fields.ts'
import { rule, severity } from './incident-rule-schema.ts'
import { checkRules } from './incident-rules.ts'
import { URL_RULES } from './issuer-schema.ts'
import { secretName } from './secret-name.ts'

const CHANNEL_KINDS = ['webhook', 'slack', 'pagerduty'] as const

const channel = z
  .strictObject(
    {
      kind: z
        .enum(CHANNEL_KINDS, { error: `write one of ${quotedList(CHANNEL_KINDS)}` })
        .describe('webhook: Standard Webhooks, signed; slack: an incoming webhook; pagerduty: Events API v2.'),
      url: textThat(isTrustworthyUrl, 'is no address', `write its address: ${URL_RULES}`)
        .describe('Of a webhook. The address of a Slack hook is its secret, and PagerDuty has one address.')
        .optional(),
      secret: secretName.describe(
        "The secret that holds the webhook's signing key, the address of the Slack hook or the routing key of PagerDuty.",
      ),
      from: severity
        .describe('The least severity that rules which name no channels tell it; low where left out.')
        .optional(),
    },
    { error: 'write a map with `kind` and `secret`' },
  )
  .superRefine(({ kind, url }, context) => {
    const refuse = (message: string, help: string) =>
      context.addIssue({ code: 'custom', path: ['url'], message, params: params({ help }) })
    if (kind === 'webhook' && url === undefined) refuse('', 'write the address that incidents are sent to')
    if (kind === 'slack' && url !== undefined)
      refuse('whoever has this address can write to the channel', 'store it as the secret that `secret` names')
    if (kind === 'pagerduty' && url !== undefined) refuse('PagerDuty has one address', 'remove `url`')
  })

/** Member of an environment. */
export const incidents = z
  .strictObject(
    {
      off: prose('say in a sentence why nothing is an incident here')
        .describe('Alone: nothing is an incident here, and why.')
        .optional(),
      channels: z
        .record(identifier, channel, { error: 'write a map from names to channels' })
        .prefault({})
        .describe('Whom incidents are told.'),
      rules: z
        .record(identifier, rule, { error: 'write a map from names to rules' })
        .prefault({})
        .superRefine(checkRules)
        .describe('What makes an incident, besides the built-in rules; by their names those are changed.'),
    },
    { error: 'write a map with `channels` and `rules`, or `{ off: <reason> }`' },
  )
  .superRefine(({ off, channels, rules }, context) => {
    if (off === undefined) return
    for (const [key, value] of Object.entries({ channels, rules }))
      if (Object.keys(value).length > 0)
        context.addIssue({
          code: 'custom',
          path: [key],
          message: `\`${key}\` has no effect where nothing is an incident`,
          params: params({ help: 'remove it, or `off`' }),
        })
  })
  .prefault({})
  .describe(
    'What makes an incident, whom it is told, and what is done at once. Left out: the built-in rules, told nobody.',
  )

export type IncidentsDeclaration = z.output<typeof incidents>
