/** The sinks that an environment names. */
import type { SinkPolicy } from '../policy/event-policy.ts'
import { analyticsSink } from './analytics.ts'
import { logSink } from './log-sink.ts'
import { otlpSink } from './otlp-sink.ts'
import { type Sink, type SinkParts, selectorOf, Undeliverable } from './sink.ts'
import { webhookSink } from './webhook-sink.ts'

type Log = (event: object) => void

/** One that cannot be made, for its secret is not what it should be, loses all that it is given, and is reported. The others and the gate go on. */
export const makeSinks = (policies: readonly SinkPolicy[], parts: SinkParts, log: Log): readonly Sink[] =>
  policies.map((policy) => {
    try {
      return makeSink(policy, parts, log)
    } catch {
      log({ event: 'events', code: 'sink_unusable', name: policy.name })
      return unusableSink(policy)
    }
  })

function makeSink(policy: SinkPolicy, parts: SinkParts, log: Log): Sink {
  switch (policy.kind) {
    case 'log':
      return logSink(policy, log)
    case 'analytics':
      return analyticsSink(policy, parts)
    case 'webhook':
      return webhookSink(policy, parts)
    case 'otlp':
      return otlpSink(policy, parts)
  }
}

const unusableSink = ({ name, decisions }: SinkPolicy): Sink => ({
  name,
  selects: selectorOf(decisions),
  takesNotices: false,
  mostAtOnce: 1_000,
  send: () => Promise.reject(new Undeliverable('the sink cannot be made')),
})
