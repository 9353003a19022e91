/** The sinks that an environment names. */
import type { SinkPolicy } from '../policy/event-policy.ts'
import { logSink } from './log-sink.ts'
import type { Sink, SinkParts } from './sink.ts'

/** Throws where a sink cannot be made of what its environment says: then nothing may be judged. */
export function makeSink(policy: SinkPolicy, _parts: SinkParts, log: (event: object) => void): Sink {
  switch (policy.kind) {
    case 'log':
      return logSink(policy, log)
    default:
      throw new TypeError(`there is no sink of the kind ${policy.kind} yet`)
  }
}
