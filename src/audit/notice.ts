/** Events of other rooms as sinks get them: of each the members that are named here, and nothing else, whatever an event comes to hold one day. */
import type { Notice } from '../policy/event-batch.ts'

/** What another room puts on record. `event` is one of those below; others are logged and told to no sink. */
export interface OwnEvent {
  readonly event: string
}

type Value = string | number | boolean
type Read = (event: Readonly<Record<string, unknown>>) => { readonly code: unknown; readonly fields: readonly string[] }

const PLAIN: readonly string[] = ['detail', 'digest', 'serial', 'seq', 'release', 'decision']

/** By event: what its code is, and which members are kept. */
const READ: Readonly<Record<string, Read>> = {
  fault: ({ code }) => ({ code, fields: ['decision', 'name'] }),
  release: ({ code }) => ({ code, fields: PLAIN }),
  revocation: ({ code }) => ({ code, fields: PLAIN }),
  token_audit: ({ code }) => ({ code, fields: [] }),
  events: ({ code }) => ({ code, fields: ['name'] }),
  candidate: ({ change }) => ({ code: change, fields: ['decision', 'release', 'serial'] }),
  signal: ({ outcome }) => ({ code: outcome, fields: ['sender', 'entries', 'detail', 'stream'] }),
  incident: ({ code }) => ({ code, fields: ['incident', 'rule', 'severity', 'channel'] }),
}

const MOST_CHARACTERS = 256

/** `now` in milliseconds, for events that do not say when they were. Undefined: no sink is told. */
export function noticeOf(event: OwnEvent, now: number): Notice | undefined {
  const read = Object.hasOwn(READ, event.event) ? READ[event.event] : undefined
  if (read === undefined) return undefined
  const members = event as unknown as Readonly<Record<string, unknown>>
  const { code, fields } = read(members)
  if (typeof code !== 'string') return undefined
  const kept = fields.flatMap((name): [string, Value][] => {
    const value = Object.hasOwn(members, name) ? members[name] : undefined
    if (typeof value === 'string') return [[name, value.slice(0, MOST_CHARACTERS)]]
    return typeof value === 'number' || typeof value === 'boolean' ? [[name, value]] : []
  })
  return { at: timeOf(members.at, now), event: event.event, code, fields: Object.fromEntries(kept) }
}

const timeOf = (at: unknown, now: number): string => (typeof at === 'string' ? at : new Date(now).toISOString())
