/** How old something is by a clock that may be set. */

/** Clocks of requests that run side by side differ by that much without meaning anything. */
const SLACK_MS = 1_000

/** Milliseconds from `since` to `now`. What is from the future is as old as can be: a clock that was set back must make nothing young for ever. */
export function elapsed(since: number, now: number): number {
  const time = now - since
  return time < -SLACK_MS ? Number.POSITIVE_INFINITY : Math.max(time, 0)
}
