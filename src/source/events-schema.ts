/** How `gateway.yaml` says what is put on record of requests, and where that goes. */
import { z } from 'zod'
import { NAME_TREATMENTS } from '../policy/decision-event.ts'
import { SINK_SELECTIONS } from '../policy/event-policy.ts'
import { isTrustworthyUrl } from './address.ts'
import { quotedList } from './diagnostic.ts'
import { duration, identifier, params, textThat } from './fields.ts'
import { URL_RULES } from './issuer-schema.ts'
import { secretName } from './secret-name.ts'

export const SINK_KINDS = ['log', 'analytics', 'webhook', 'otlp'] as const
export const WEBHOOK_SHAPES = ['scopewall', 'ocsf', 'ecs'] as const

/** Members that only some kinds of sinks have, and whether these must have them. */
const KINDS_OF = {
  binding: { kinds: ['analytics'], isRequired: true },
  url: { kinds: ['webhook', 'otlp'], isRequired: true },
  secret: { kinds: ['webhook'], isRequired: true },
  shape: { kinds: ['webhook'], isRequired: false },
  headers: { kinds: ['otlp'], isRequired: false },
} as const satisfies Record<string, { kinds: readonly (typeof SINK_KINDS)[number][]; isRequired: boolean }>

const HELP_OF: Readonly<Record<keyof typeof KINDS_OF, string>> = {
  binding: 'add `binding: ANALYTICS`, the name of a data set in wrangler.toml',
  url: `add \`url\`, the address that events are sent to: ${URL_RULES}`,
  secret: 'add `secret`, the name of the secret that signs what is sent (`whsec_...`, Standard Webhooks)',
  shape: 'remove it',
  headers: 'remove it',
}

const LONGEST_FLUSH_SECONDS = 20

const treatment = z.enum(NAME_TREATMENTS, { error: `write one of ${quotedList(NAME_TREATMENTS)}` })

const sink = z
  .strictObject(
    {
      kind: z
        .enum(SINK_KINDS, { error: `write one of ${quotedList(SINK_KINDS)}` })
        .describe(
          'log: one JSON line an event. analytics: Workers Analytics Engine. webhook: signed batches (Standard Webhooks). otlp: OpenTelemetry logs over HTTP.',
        ),
      decisions: z
        .enum(SINK_SELECTIONS, { error: `write one of ${quotedList(SINK_SELECTIONS)}` })
        .describe('Which decisions it gets: all that have an event, or those that were refused or observed.')
        .optional(),
      binding: secretName.describe('analytics: the binding of the data set in wrangler.toml.').optional(),
      url: textThat(isTrustworthyUrl, 'is no address of a receiver', `write its address: ${URL_RULES}`)
        .describe('webhook, otlp: where events are sent, with POST.')
        .optional(),
      secret: secretName.describe('webhook: the secret that signs what is sent, `whsec_` and base64.').optional(),
      shape: z
        .enum(WEBHOOK_SHAPES, { error: `write one of ${quotedList(WEBHOOK_SHAPES)}` })
        .describe('webhook: events as Scopewall has them, or in the words of OCSF or of ECS; scopewall where left out.')
        .optional(),
      headers: z
        .record(
          textThat(isHeaderName, 'is no name of a header', 'write the name of a request header, such as `api-key`'),
          secretName,
          { error: 'write a map from names of headers to the secrets that hold their values' },
        )
        .describe('otlp: headers of each request, and the secrets that hold their values.')
        .optional(),
    },
    { error: 'write a map with `kind`' },
  )
  .superRefine((sink, context) => {
    for (const key of Object.keys(KINDS_OF) as (keyof typeof KINDS_OF)[]) {
      const { kinds, isRequired } = KINDS_OF[key]
      const isOfKind = kinds.some((kind) => kind === sink.kind)
      const isThere = sink[key] !== undefined
      if (isThere && !isOfKind)
        context.addIssue({
          code: 'custom',
          path: [key],
          message: `\`${key}\` has no effect on a sink of the kind \`${sink.kind}\``,
          params: params({ help: `remove it; it is for the kind ${quotedList(kinds)}` }),
        })
      if (isRequired && isOfKind && !isThere)
        context.addIssue({
          code: 'custom',
          path: [],
          message: `a sink of the kind \`${sink.kind}\` needs \`${key}\``,
          params: params({ help: HELP_OF[key] }),
        })
    }
  })

/** Names of headers that say how a request is read, or where it goes, are not anybody's to set. */
function isHeaderName(text: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,63}$/i.test(text) && !/^(?:host|content-.*|transfer-encoding|connection)$/i.test(text)
}

/** Member of an environment. */
export const events = z
  .strictObject(
    {
      sampleAllows: z
        .int({ error: 'write a whole number from 1 to 1000000' })
        .min(1)
        .max(1_000_000)
        .describe(
          'One allowed request in so many has an event of its own; all are counted, and every refused or observed one has its event. 10 where left out.',
        )
        .optional(),
      flush: duration
        .refine((seconds) => seconds <= LONGEST_FLUSH_SECONDS, {
          error: `is longer than ${LONGEST_FLUSH_SECONDS}s`,
          params: {
            help: 'write a length of time from `1s` to `20s`: the platform may end what is done in the background half a minute after an answer',
          },
        })
        .describe(
          'How long an isolate gathers what was let in before it sends; 1s where left out. What is refused or observed goes out within about a second all the same.',
        )
        .optional(),
      names: z
        .strictObject(
          {
            client: treatment.describe('The client; plain where left out.').optional(),
            subject: treatment.describe('The subject; hashed where left out.').optional(),
            token: treatment.describe('The fingerprint of the token; hashed where left out.').optional(),
          },
          { error: 'write a map with `client`, `subject` and `token`' },
        )
        .describe('What events call those whom they are about: by name, by a keyed hash of it, or not at all.')
        .optional(),
      hashKey: secretName
        .describe(
          'The secret that names are hashed with (HMAC-SHA-256). Without it, what should be hashed is left out.',
        )
        .optional(),
      sinks: z
        .record(identifier, sink, { error: 'write a map from names to sinks' })
        .refine((sinks) => !Object.hasOwn(sinks, 'queue'), {
          error: '`queue` is what the built-in queue is called',
          params: { help: 'choose another name' },
        })
        .describe('Where events go, besides the queue. Left out: refusals to the log.')
        .optional(),
    },
    { error: 'write a map with `sampleAllows`, `flush`, `names`, `hashKey` and `sinks`' },
  )
  .superRefine(({ names, hashKey }, context) => {
    if (hashKey === undefined)
      for (const [name, treatment] of Object.entries(names ?? {}))
        if (treatment === 'hashed')
          context.addIssue({
            code: 'custom',
            path: ['names', name],
            message: 'there is nothing to hash it with',
            params: params({ help: 'add `hashKey`, the name of a secret; or write `plain` or `omitted`' }),
          })
  })
  .prefault({})
  .describe('What is put on record of requests, and where that goes.')
