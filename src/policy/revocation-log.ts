/**
 * The revocation log as those see it who feed, follow or read it. One log an environment, append-only, in a Durable Object; each entry carries the hash of the
 * one before. Every entry is about one target, so that the state of a target is a function of the entries about it.
 */
import type { ActiveEffect, Effect, MarkTarget } from './mark.ts'
import type { EpochSeconds, NonEmpty } from './result.ts'

/** A place in the log: the number of the last entry that is known, and its hash. Two logs that agree here agree on everything before. */
export interface Cursor {
  readonly seq: number
  /** SHA-256, base64url. */
  readonly hash: string
}

/** Before the first entry. */
export const GENESIS: Cursor = { seq: 0, hash: '' }

/** Who asked for it. */
export type Author =
  | { readonly kind: 'principal'; readonly issuer: string; readonly subject?: string; readonly client?: string }
  /** A sender of security events, by its name in `gateway.yaml`. */
  | { readonly kind: 'sender'; readonly name: string }
  /** The gate itself, by a rule about incidents of `gateway.yaml`. */
  | { readonly kind: 'rule'; readonly name: string }

/** What made somebody ask: the door, and the event that came in through it. No token and no free text of a sender. */
export interface Origin {
  readonly via: 'admin' | 'self' | 'signal' | 'hook' | 'incident'
  /** The event's type, such as a CAEP URI. */
  readonly event?: string
  /** The identifier that the sender gave it; that of the incident. */
  readonly id?: string
}

/**
 * What an entry does. `label` and `at` make a family of the entries of one target: of those only the one with the latest `at` holds, whatever the order they
 * arrive in, and a mark rather than a lift of the same second. So "not compliant" ends with "compliant", and never comes back late.
 */
export type Action =
  | {
      readonly kind: 'mark'
      readonly target: MarkTarget
      readonly effect: Effect
      /** Absent: until it is undone. */
      readonly expires?: EpochSeconds
      readonly reason: string
      readonly label?: string
      /** When it happened, by the sender's clock; with `label` always there. */
      readonly at?: EpochSeconds
    }
  | {
      readonly kind: 'lift'
      readonly target: MarkTarget
      readonly label: string
      readonly at: EpochSeconds
      readonly reason: string
    }
  /** Takes back the mark of the entry with this number. */
  | { readonly kind: 'undo'; readonly mark: number; readonly reason: string }
  /** Nothing is marked: an event that is worth knowing, or that asked for nothing that the gate could do. */
  | { readonly kind: 'note'; readonly about: string; readonly reason: string }

export interface NewEntry {
  readonly author: Author
  readonly origin: Origin
  readonly action: Action
  /** An entry with a text that was there before is not written again: `sender`, `id` and number of the action, for events that come twice. */
  readonly once?: string
}

export interface LogEntry extends Omit<NewEntry, 'once'> {
  readonly seq: number
  /** ISO 8601, UTC, by the log's own clock. */
  readonly time: string
}

/** What an append did: the number of each entry, in their order. A duplicate has the number of the entry that it repeats. */
export interface Receipt {
  readonly head: Cursor
  readonly entries: readonly { readonly seq: number; readonly isDuplicate: boolean }[]
}

/** Why an append was not taken, and the place of the entry in it that it was for, from 0. Nothing of it was written then. */
export type AppendFault = {
  readonly code:
    | 'no_such_mark'
    | 'already_undone'
    /** More entries than one append takes. */
    | 'too_many'
    /** More than isolates have room for. Marks that end make room, and so do undos, which are always taken. */
    | 'full'
  readonly entry: number
}

/** All that holds of one target, replacing what was known of it; without effects: nothing any more. */
export type TargetState =
  | {
      readonly seq: number
      readonly kind: 'scope'
      readonly scope: string
      readonly client?: string
      readonly effects: readonly ActiveEffect[]
    }
  | {
      readonly seq: number
      readonly kind: Exclude<MarkTarget['kind'], 'scope'>
      /** See `revocation/target-key.ts`; base64url. */
      readonly key: string
      readonly effects: readonly ActiveEffect[]
    }

/** A snapshot in KV: the states up to a cursor, in parts that are named by what is in them. */
export interface SnapshotManifest {
  readonly format: 1
  readonly cursor: Cursor
  readonly takenAt: string
  /** `sha256`: hex, of the bytes under `revocations/<sha256>`. */
  readonly parts: readonly { readonly sha256: string; readonly states: number }[]
}

export type Changes =
  /** States that changed after the cursor, ascending; following them leads to `cursor`. More are to be had from there where that is not the head. */
  | {
      readonly kind: 'changes'
      readonly states: readonly TargetState[]
      readonly cursor: Cursor
      readonly head: Cursor
    }
  /** The cursor is none of this log, or from before what it still tells: begin anew, with the snapshot where there is one, or at `GENESIS`. */
  | { readonly kind: 'resync'; readonly head: Cursor; readonly snapshot?: SnapshotManifest }

/** Which entries of marks are listed. */
export interface MarkQuery {
  /** Only what holds at this moment. */
  readonly active: boolean
  readonly target?: MarkTarget
  /** Entries with lower numbers: the newest come first. */
  readonly before?: number
  /** At most 1,000 are listed. Fewer than were asked for: there are no more. */
  readonly limit: number
}

export interface ListedMark extends LogEntry {
  readonly action: Action & { readonly kind: 'mark' }
  readonly standing: 'active' | 'expired' | 'undone' | 'superseded'
}

/** An entry as it was hashed: `hash` is the SHA-256 of `previous`, a line feed and `text`. */
export interface ChainLink {
  readonly seq: number
  /** JSON of a `LogEntry`. */
  readonly text: string
  readonly previous: string
  readonly hash: string
}

export interface LogStatus {
  readonly head: Cursor
  /** Entries up to this one were cut off; its hash is where what is left begins. */
  readonly floor: Cursor
  /** Marks that hold; those that expired in the last hours may be among them. */
  readonly activeMarks: number
  readonly snapshot?: SnapshotManifest
}

/** The methods of the Durable Object, and of whatever stands for it. Each rejects where the log cannot be asked. */
export interface RevocationLog {
  /** All or nothing, and on disk before it answers. */
  append(entries: NonEmpty<NewEntry>): Promise<Receipt | AppendFault>
  /** Without a cursor: where to begin. */
  changes(after: Cursor | undefined): Promise<Changes>
  marks(query: MarkQuery): Promise<readonly ListedMark[]>
  links(after: number, limit: number): Promise<readonly ChainLink[]>
  status(): Promise<LogStatus>
}
