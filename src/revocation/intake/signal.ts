/** One event of a security event token, and what the readers of event types make of it. */
import type { MarkedClaim } from '../../policy/mark.ts'
import type { EpochSeconds, NonEmpty } from '../../policy/result.ts'
import type { Action } from '../../policy/revocation-log.ts'
import type { SignalTransmitter } from '../../policy/revocation-policy.ts'
import { Malformed, text } from '../../policy/untrusted.ts'
import { block, lift, mark, type Setting } from './entries.ts'
import type { Subject } from './subject.ts'

export interface Signal {
  readonly setting: Setting<SignalTransmitter>
  /** The last part of its type, for the record. */
  readonly name: string
  /** The members of the event itself. */
  readonly members: Readonly<Record<string, unknown>>
  readonly subject: Subject
  /** When it happened, and never later than when it was told. */
  readonly at: EpochSeconds
}

export interface SignalType {
  /** What an identifier that only its sender understands is the name of. */
  readonly opaque: (members: Readonly<Record<string, unknown>>) => readonly MarkedClaim[]
  /** Throws `Malformed` where a member is not what the event's definition says. */
  readonly read: (signal: Signal) => readonly Action[]
}

const ofPerson = (): readonly MarkedClaim[] => ['subject']

export const about = (read: SignalType['read'], opaque: SignalType['opaque'] = ofPerson): SignalType => ({
  opaque,
  read,
})

/** Tokens that were issued until then. */
export const cut = ({ setting, subject, name, at }: Signal): readonly Action[] =>
  subject.named.map((named) => mark(setting, named, { kind: 'revoke', issuedUntil: at }, name))

/** Tokens of whoever has not authenticated since. */
export const stepUp = ({ setting, subject, name, at }: Signal, acr?: NonEmpty<string>): readonly Action[] =>
  subject.named.map((named) =>
    mark(setting, named, { kind: 'step-up', authenticatedAfter: at, ...(acr !== undefined && { acr }) }, name),
  )

/** All tokens, until an event of the same family ends it. */
export const shut = ({ subject, name, at }: Signal, label: string): readonly Action[] =>
  subject.named.map((named) => block(named, { label, at }, name))

export const open = ({ subject, name, at }: Signal, label: string): readonly Action[] =>
  subject.named.map((named) => lift(named, { label, at }, name))

/** Nothing that the gate could do follows from it. */
export const noted = ({ name }: Signal): readonly Action[] => [
  { kind: 'note', about: name, reason: 'asks for nothing at the gate' },
]

/** Nothing at all follows from it, and nobody needs to know. */
export const nothing = (): readonly Action[] => []

/** A member that is one of the event's own words. */
export function oneOf<Word extends string>(signal: Signal, key: string, words: readonly Word[]): Word {
  const value = text(signal.members[key], key)
  const word = words.find((each) => each === value)
  if (word === undefined) throw new Malformed(`${key} is none of its values`)
  return word
}
