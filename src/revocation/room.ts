/**
 * What the log holds at a time, so that every isolate has room for all of it: what does not fit there would make every mirror stale. Whoever has a token can
 * have it marked, so marks of that door fill half of it at the most, and never keep out those of anybody else.
 */
import type { ActiveEffect, TargetKind } from '../policy/mark.ts'
import type { Origin } from '../policy/revocation-log.ts'
import { isPlainMark } from './snapshot-format.ts'

/** Of which kinds there is only so much room. Kill switches have their own, and are never kept out by marks on tokens. */
export interface Room {
  /** Targets other than scopes that something holds of. */
  readonly targets: number
  /** Those of them of which more is to say than one plain revocation. */
  readonly elaborate: number
  /** Scopes, or scopes of one client. */
  readonly switches: number
}

/** Less than isolates have room for (`MAX_MARKS`, `MAX_ELABORATE`, `MAX_SWITCHES`): by a page that they take over as a whole, and by what they have yet to drop. */
export const MOST: Room = { targets: 1_000_000, elaborate: 90_000, switches: 5_000 }

/** Of the room, what can be filled by the door for everybody's own tokens, and by rules about incidents: whoever has tokens can make them fire. */
const SELF_SHARE = 0.5
/** From this share on the operator is told, and what has expired is looked for more often. */
const CROWDED_SHARE = 0.8

/**
 * What holds of one target, from which on it takes plain marks alone: it is read and told as a whole whenever it changes, and a row of the database has room
 * for 2 MB. With some senders each session that ends is a mark on its user: whoever makes many must not make it impossible to revoke the user.
 */
const MOST_EFFECTS = 500
const MOST_CHARACTERS = 256 * 1024

export function roomOf(kind: TargetKind, effects: readonly ActiveEffect[]): Room {
  const isThere = effects.length > 0 ? 1 : 0
  if (kind === 'scope') return { targets: 0, elaborate: 0, switches: isThere }
  return { targets: isThere, elaborate: isThere === 1 && !isPlainMark(effects) ? 1 : 0, switches: 0 }
}

/** Whether what a mark adds is more than there is room for. What adds nothing always fits. */
export function isTooMuch(after: Room, added: Room, via: Origin['via'], most: Room): boolean {
  const share = via === 'self' || via === 'incident' ? SELF_SHARE : 1
  return KINDS.some((kind) => added[kind] > 0 && after[kind] > share * most[kind])
}

/** Whether a mark makes what holds of its target longer than that. */
export const isTooLong = (
  before: readonly ActiveEffect[],
  after: readonly ActiveEffect[],
  added: ActiveEffect,
): boolean =>
  after.length > before.length &&
  !isPlainMark([added]) &&
  (after.length > MOST_EFFECTS || JSON.stringify(after).length > MOST_CHARACTERS)

export const isCrowded = (taken: Room, most: Room): boolean =>
  KINDS.some((kind) => taken[kind] > CROWDED_SHARE * most[kind])

/** For the operator: how much of each is taken. */
export const roomText = (taken: Room, most: Room): string =>
  KINDS.map((kind) => `${kind} ${taken[kind]} of ${most[kind]}`).join(', ')

const KINDS = ['targets', 'elaborate', 'switches'] as const
