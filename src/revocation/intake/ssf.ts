/** A verified security event token of a transmitter -> what goes into the log (SSF 1.0, CAEP 1.0, RISC 1.0, RFC 9967). Pure. */
import { type EpochSeconds, fail, ok, type Result } from '../../policy/result.ts'
import type { NewEntry } from '../../policy/revocation-log.ts'
import type { SignalTransmitter } from '../../policy/revocation-policy.ts'
import { Malformed, object, text } from '../../policy/untrusted.ts'
import { CAEP_EVENTS } from './caep.ts'
import { entriesOf, type Setting } from './entries.ts'
import { RISC_EVENTS, SCIM_EVENTS } from './risc.ts'
import { nothing, type SignalType } from './signal.ts'
import { readSubject, type Subject } from './subject.ts'

/** What verification has checked of it (`token/security-event.ts`). */
export interface CheckedEvents {
  /** Its `jti`. */
  readonly id: string
  readonly issuedAt: EpochSeconds
  readonly claims: Readonly<Record<string, unknown>>
}

export interface SignalReading {
  readonly entries: readonly NewEntry[]
  /** The types that are known; `unknown` stands for all others. */
  readonly types: readonly string[]
  /** Members of complex subjects that were left out of account; where the sender calls one critical, nothing of it may be done. */
  readonly unprocessed: readonly string[]
  /** What has become of the stream, where the sender says. */
  readonly stream?: StreamStatus
}

export const STREAM_STATUSES = ['enabled', 'paused', 'disabled'] as const
export type StreamStatus = (typeof STREAM_STATUSES)[number]

const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/'
const VERIFICATION = `${SSF}verification`
const STREAM_UPDATED = `${SSF}stream-updated`

const TYPES: Readonly<Record<string, SignalType>> = { ...CAEP_EVENTS, ...RISC_EVENTS, ...SCIM_EVENTS }

/** An event that is told under several names is in there once for each; nobody needs more. */
const MAX_EVENTS = 16
const MAX_TYPE_CHARACTERS = 200

/** The error: what does not conform to the definition of an event, in words of ours. */
export function readSignals(events: CheckedEvents, setting: Setting<SignalTransmitter>): Result<SignalReading, string> {
  try {
    return ok(read(events, setting))
  } catch (fault) {
    if (fault instanceof Malformed) return fail(fault.message)
    throw fault
  }
}

function read(events: CheckedEvents, setting: Setting<SignalTransmitter>): SignalReading {
  const all = Object.entries(object(events.claims.events, 'events'))
  if (all.length === 0 || all.length > MAX_EVENTS) throw new Malformed('events holds none, or too many')
  const entries: NewEntry[] = []
  const unprocessed = new Set<string>()
  const types: string[] = []
  let stream: StreamStatus | undefined
  for (const [type, value] of all) {
    const members = object(value, 'event')
    const reading = readEvent(type, members, events, setting)
    const event = reading.isKnown ? type : type.slice(0, MAX_TYPE_CHARACTERS)
    entries.push(...entriesOf(setting, 'signal', event, events.id, reading.actions, entries.length))
    for (const member of reading.unprocessed ?? []) unprocessed.add(member)
    types.push(reading.isKnown ? type : 'unknown')
    stream = reading.stream ?? stream
  }
  return { entries, types, unprocessed: [...unprocessed], ...(stream !== undefined && { stream }) }
}

interface EventReading {
  readonly actions: readonly NewEntry['action'][]
  readonly isKnown: boolean
  readonly unprocessed?: readonly string[]
  readonly stream?: StreamStatus
}

function readEvent(
  type: string,
  members: Record<string, unknown>,
  events: CheckedEvents,
  setting: Setting<SignalTransmitter>,
): EventReading {
  if (type === VERIFICATION || type === STREAM_UPDATED) {
    checkStream(events.claims.sub_id, setting.sender)
    return type === VERIFICATION ? { actions: [], isKnown: true } : streamUpdate(members)
  }
  const known = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined
  if (known === undefined) return { actions: [note('unknown', 'an event of a type that is not known')], isKnown: false }
  const subject = subjectOf(members, known, events, setting)
  const name = type.replace(/^.*(?:event-type\/|:event:)/, '')
  const actions = known.read({ setting, name, members, subject, at: timeOf(members, events) })
  const isAboutNobody = subject.named.length === 0 && actions.length === 0 && known.read !== nothing
  return {
    actions: isAboutNobody ? [note(name, 'a subject that no access token names')] : actions,
    isKnown: true,
    unprocessed: subject.unprocessed,
  }
}

/** At the top, as SSF has it; older senders put it into the event. */
const subjectOf = (
  members: Record<string, unknown>,
  type: SignalType,
  { claims }: CheckedEvents,
  setting: Setting<SignalTransmitter>,
): Subject => readSubject(claims.sub_id ?? members.subject, type.opaque(members), setting)

/** When it happened, in whole seconds; a clock that runs ahead, or counts milliseconds, cannot make it later than when it was told. */
function timeOf({ event_timestamp: time }: Record<string, unknown>, { issuedAt }: CheckedEvents): EpochSeconds {
  if (time === undefined) return issuedAt
  if (typeof time !== 'number' || !Number.isFinite(time) || time < 0)
    throw new Malformed('event_timestamp is no number of seconds')
  return Math.min(Math.floor(time), issuedAt) as EpochSeconds
}

/** SSF 1.0 section 8.1.4. The gate asks for no verification itself, so a `state` is whoever's who asked. */
function checkStream(value: unknown, { streamId }: SignalTransmitter): void {
  const { format, id } = object(value, 'sub_id')
  if (format !== 'opaque') throw new Malformed('sub_id names no stream')
  if (text(id, 'id') !== (streamId ?? id)) throw new Malformed('sub_id names another stream')
}

function streamUpdate({ status }: Record<string, unknown>): EventReading {
  const stream = STREAM_STATUSES.find((each) => each === status)
  if (stream === undefined) throw new Malformed('status is none of its values')
  return { actions: [note('stream-updated', `the stream is ${stream}`)], isKnown: true, stream }
}

/** What is put on record of events whose sender wants all of their subject to be understood (SSF 1.0 section 3.5). */
export const discarded = (
  { id }: CheckedEvents,
  { types }: SignalReading,
  setting: Setting<SignalTransmitter>,
): readonly NewEntry[] =>
  entriesOf(setting, 'signal', types[0] ?? 'unknown', id, [
    note('discarded', 'a part of the subject that the sender calls critical is in no access token'),
  ])

const note = (about: string, reason: string): NewEntry['action'] => ({ kind: 'note', about, reason })
