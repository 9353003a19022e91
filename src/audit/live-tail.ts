/** The live tail as the rest of the Worker knows it: one object an environment, and what is asked of it. */
import type { DecisionEvent } from '../policy/decision-event.ts'
import type { EpochSeconds } from '../policy/result.ts'

/** The right to watch, once: what is kept of a ticket. Its text is known to whoever got it, and to nobody else. */
export interface TicketGrant {
  /** SHA-256 of the ticket, in hexadecimal. */
  readonly hash: string
  /** The browser origin that asked, as it says itself; empty: it was no browser. */
  readonly origin: string
  /** When the token that it was given for ends. Absent: its server does not say. */
  readonly until?: EpochSeconds
}

/** What the object can be asked. */
export interface TailRoom {
  /** Seconds since the epoch until when the ticket is good; `full`: there are as many as anybody needs. */
  admit(grant: TicketGrant): Promise<number | 'full'>
  /** Shows what was decided to whoever watches. What comes again is not shown again. */
  publish(decisions: readonly DecisionEvent[]): Promise<void>
}

/** The part of a Durable Object namespace that is used. */
export interface LiveTails<Id> {
  idFromName(name: string): Id
  get(id: Id): TailRoom & { fetch(url: string, init: { readonly headers: Headers }): Promise<Response> }
}

export interface TailLink extends TailRoom {
  /** An upgrade with the hash of a ticket and the origin that it came from: the socket, or why not. */
  watch(hash: string, origin: string): Promise<Response>
}

/** How the object is told whose upgrade it is. Only the Worker itself can call it. */
export const TICKET_HEADER = 'scopewall-ticket'
export const ORIGIN_HEADER = 'scopewall-origin'

export function durableTail<Id>(namespace: LiveTails<Id>, environment: string): TailLink {
  // A stub that met an exception is of no use any more, so each call gets its own.
  const room = () => namespace.get(namespace.idFromName(environment))
  return {
    admit: (grant) => room().admit(grant),
    publish: (decisions) => room().publish(decisions),
    watch: (hash, origin) =>
      room().fetch('https://tail/', {
        headers: new Headers({ upgrade: 'websocket', [TICKET_HEADER]: hash, [ORIGIN_HEADER]: origin }),
      }),
  }
}
