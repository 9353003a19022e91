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

/** All that one client would have answered otherwise, one way. */
export interface AffectedClient {
  /** Absent: there was no token, or it named no client. */
  readonly client?: string
  readonly change: 'refused' | 'admitted'
  readonly requests: number
  readonly routes: readonly string[]
}

/** Those who would be refused first, and of each the most requests. */
export function affectedClients({ affected }: Replay): readonly AffectedClient[] {
  const byClient = new Map<string, AffectedClient>()
  for (const { client, change, requests, route } of affected) {
    const key = JSON.stringify([change, client ?? null])
    const known = byClient.get(key)
    byClient.set(key, {
      ...(client !== undefined && { client }),
      change,
      requests: (known?.requests ?? 0) + requests,
      routes: [...new Set([...(known?.routes ?? []), route])],
    })
  }
  return [...byClient.values()].sort((a, b) => rank(a) - rank(b) || b.requests - a.requests)
}

const rank = ({ change }: AffectedClient): number => (change === 'refused' ? 0 : 1)
