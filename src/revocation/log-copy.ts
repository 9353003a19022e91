/** What is known of the log up to a place in it: the marks on tokens, and the kill switches. */
import { type Cursor, GENESIS, type TargetState } from '../policy/revocation-log.ts'
import { createKillSwitches, type KillSwitches } from './kill-switches.ts'
import { createMarkTable, type MarkTable } from './mark-table.ts'
import { plainMarkOf, RECORD_BYTES, type SnapshotPart } from './snapshot-format.ts'

export interface LogCopy {
  /** Up to where the log is known. The same object as long as it is the same place. */
  readonly cursor: Cursor
  readonly marks: MarkTable
  readonly switches: KillSwitches
  /** Takes over all of these, or nothing where there is no room for them. `now` in milliseconds. */
  take(states: readonly TargetState[], cursor: Cursor, now: number): boolean
  /** Takes over a part of a snapshot; where the snapshot ends, only `reach` says. */
  takePart(part: SnapshotPart, now: number): boolean
  reach(cursor: Cursor): void
}

/** More than anybody would throw. */
export const MAX_SWITCHES = 10_000

/** `expected`: how many marks are about to come. */
export function createLogCopy(expected = 0): LogCopy {
  const marks = createMarkTable(expected)
  const switches = createKillSwitches()
  let cursor = GENESIS

  function put(states: readonly TargetState[], now: number): boolean {
    const ofTokens = states.filter((state) => state.kind !== 'scope')
    const elaborate = ofTokens.filter((state) => state.effects.length > 0 && plainMarkOf(state) === undefined)
    if (!marks.hasRoomFor(ofTokens.length, elaborate.length, now / 1000)) return false
    if (switches.size + states.length - ofTokens.length > MAX_SWITCHES) return false
    for (const state of states) {
      if (state.kind === 'scope') switches.put(state)
      else marks.put(state, now / 1000)
    }
    return true
  }

  return {
    get cursor() {
      return cursor
    },
    marks,
    switches,

    take(states, reached, now) {
      if (!put(states, now)) return false
      marks.sweep(now / 1000)
      if (reached.seq !== cursor.seq) cursor = reached
      return true
    },

    takePart({ records, others }, now) {
      if (!marks.hasRoomFor(records.byteLength / RECORD_BYTES, 0, now / 1000) || !put(others, now)) return false
      marks.putRecords(records, now / 1000)
      return true
    },

    reach(reached) {
      cursor = reached
    },
  }
}
