/** Recorded usage judged by two releases: whom going from one to the other would refuse or let in. The same replay as `scopewall diff --usage`. */
import type { Release } from '../../../policy/decode.ts'
import { epochSeconds } from '../../../policy/result.ts'
import type { UsageRow } from '../../../policy/usage.ts'
import { type Replay, Replayer } from '../../../source/usage/replay.ts'

/** @param now milliseconds */
export function replayUsage(before: Release, after: Release, rows: Iterable<UsageRow>, now: number): Replay {
  const replayer = new Replayer({ release: before }, { release: after }, epochSeconds(now))
  for (const row of rows) replayer.add(row)
  return replayer.result()
}
