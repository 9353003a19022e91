/** One JSON line a decision: Workers Logs and Logpush. What is no decision is in the log already, since it happened. */
import type { SinkPolicy } from '../policy/event-policy.ts'
import { type Sink, selectorOf } from './sink.ts'

export const logSink = (
  { name, decisions }: SinkPolicy & { readonly kind: 'log' },
  log: (event: object) => void,
): Sink => ({
  name,
  selects: selectorOf(decisions),
  takesNotices: false,
  mostAtOnce: 500,
  send: async (delivery) => delivery.decisions.forEach(log),
})
