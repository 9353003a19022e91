/** The clock and the pauses of commands that measure. */
import { setTimeout } from 'node:timers/promises'

/** Milliseconds since 1970. It does not jump when the system's clock is set. */
export const monotonicWallClock = (): number => performance.timeOrigin + performance.now()

export const pause = async (milliseconds: number): Promise<void> => void (await setTimeout(milliseconds))
