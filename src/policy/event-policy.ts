/** What an environment says of its events: who may be named in them, how many are kept, and where they go. A trust anchor like the environment that it belongs to. */
import type { NameTreatment } from './decision-event.ts'
import type { SecretName } from './secret-name.ts'

export interface EventPolicy {
  /** One allowed request in so many has an event of its own; all are counted, and every refused or observed one has its event. */
  readonly sampleAllows: number
  /** How long an isolate gathers before it sends, at most 20: work in the background may be cancelled half a minute after an answer. */
  readonly flushSeconds: number
  readonly client: NameTreatment
  readonly subject: NameTreatment
  readonly token: NameTreatment
  /** What names are hashed with. Without it, what should be hashed is left out. */
  readonly hashKey?: SecretName
  readonly sinks: readonly SinkPolicy[]
}

/** Which decisions a sink gets. */
export const SINK_SELECTIONS = ['all', 'refusals'] as const
export type SinkSelection = (typeof SINK_SELECTIONS)[number]

/** Besides these, everything is counted through the queue wherever it is bound. */
export type SinkPolicy =
  /** One JSON line an event: Workers Logs and Logpush. */
  | { readonly kind: 'log'; readonly name: string; readonly decisions: SinkSelection }
  /** Workers Analytics Engine, through a binding. */
  | { readonly kind: 'analytics'; readonly name: string; readonly decisions: SinkSelection; readonly binding: string }
  /** Standard Webhooks: signed batches. */
  | {
      readonly kind: 'webhook'
      readonly name: string
      readonly decisions: SinkSelection
      readonly url: string
      readonly secret: SecretName
      readonly shape: 'scopewall' | 'ocsf' | 'ecs'
    }
  /** OpenTelemetry logs, OTLP over HTTP in JSON. `headers`: name -> the secret that holds the value. */
  | {
      readonly kind: 'otlp'
      readonly name: string
      readonly decisions: SinkSelection
      readonly url: string
      readonly headers: Readonly<Record<string, SecretName>>
    }
