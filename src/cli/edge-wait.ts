/** Waiting until the edge answers with a release: on every connection, several rounds in a row. One answer is one isolate, and says nothing of the next. */
import type { AskEdge, EdgeAnswer, EdgeRelease } from './edge.ts'

/** How many rounds in a row every connection must answer with what is waited for. */
export const ROUNDS_IN_A_ROW = 3

const ROUND_MS = 1_000
/** How far apart rounds get while nobody answers at all. */
const LONGEST_PAUSE_MS = 8_000
const DEADLINE_MS = 10_000

export interface EdgeWait {
  readonly connections: readonly AskEdge[]
  readonly isWanted: (release: EdgeRelease) => boolean
  /** Whether the edge has gone past it: it will never come. */
  readonly isPast: (release: EdgeRelease) => boolean
  readonly timeoutMs: number
  /** Milliseconds; never goes back. */
  readonly now: () => number
  readonly sleep: (milliseconds: number) => Promise<void>
  /** After each round: how many connections answered with it, and how often all of them did in a row. */
  readonly onRound: (wanted: number, inARow: number) => void
}

export type WaitOutcome =
  /** `since`: when the first of the rounds in a row was complete. */
  | { readonly kind: 'reached'; readonly since: number; readonly answers: number }
  /** Every connection answers with something newer. */
  | { readonly kind: 'past'; readonly last: readonly EdgeAnswer[] }
  | { readonly kind: 'timeout'; readonly last: readonly EdgeAnswer[] }

export async function waitForEdge(wait: EdgeWait): Promise<WaitOutcome> {
  const { connections, now, isWanted } = wait
  const end = now() + wait.timeoutMs
  let [inARow, since, answers, silent] = [0, 0, 0, 0]
  for (;;) {
    const began = now()
    const last = await Promise.all(
      connections.map((ask) => ask(Math.max(ROUND_MS, Math.min(DEADLINE_MS, end - began)))),
    )
    const releases = last.flatMap((answer) => (answer.kind === 'gate' ? [answer.release] : []))
    const wanted = releases.filter(isWanted).length
    answers += releases.length
    inARow = wanted === connections.length ? inARow + 1 : 0
    if (inARow === 1) since = now()
    wait.onRound(wanted, inARow)
    if (inARow === ROUNDS_IN_A_ROW) return { kind: 'reached', since, answers }
    if (releases.length === connections.length && releases.every(wait.isPast)) return { kind: 'past', last }
    silent = releases.length === 0 ? silent + 1 : 0
    const pause = Math.min(ROUND_MS * 2 ** silent, LONGEST_PAUSE_MS) - (now() - began)
    // A round that could not be waited for would only make it look as if nobody answered.
    if (now() + Math.max(0, pause) + ROUND_MS > end) return { kind: 'timeout', last }
    await wait.sleep(Math.max(0, pause))
  }
}
