/** Which two releases of the history are compared. */
import type { ReleasesAnswer } from '../../../policy/console-answers.ts'

type Entry = ReleasesAnswer['releases'][number]

export interface ChosenPair {
  readonly from: Entry
  readonly to: Entry
}

/**
 * As chosen, by serial. What is not: from what is live; and to it from the one before. Undefined where there are no two.
 * @param releases the newest first
 */
export function choosePair(
  releases: readonly Entry[],
  from: string | undefined,
  to: string | undefined,
): ChosenPair | undefined {
  const bySerial = (text: string | undefined) => releases.find(({ serial }) => String(serial) === text)
  const live = releases.find(({ isLive }) => isLive)
  const chosenTo = bySerial(to) ?? live ?? releases[0]
  if (chosenTo === undefined) return undefined
  const previous = releases.find(({ serial, digest }) => serial < chosenTo.serial && digest !== chosenTo.digest)
  const usual = live !== undefined && live.digest !== chosenTo.digest ? live : previous
  const chosenFrom = bySerial(from) ?? usual
  return chosenFrom === undefined ? undefined : { from: chosenFrom, to: chosenTo }
}
