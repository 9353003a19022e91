/** The queue that whole batches go through, to be counted and kept (binding `EVENTS`). */
import type { EventBatch } from '../policy/event-batch.ts'

/** The part of a queue's producer that is used. */
export interface EventQueue {
  send(batch: EventBatch, options: { readonly contentType: 'json' }): Promise<unknown>
}
