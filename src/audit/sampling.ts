/**
 * Which tokens the ledger keeps once there are more than it has room for. A fingerprint is a SHA-256, so its first bits are a fair draw that every isolate
 * and the ledger make alike: at level k, one token in 2^k is kept, whoever it belongs to and whatever it can do.
 */
import { isNonEmpty, type NonEmpty } from '../policy/result.ts'

const RANK_BITS = 30
export const MOST_LEVEL = 20

/** A token's draw: its first 30 bits as a number. The fingerprint is base64url. */
export function rankOf(fingerprint: string): number {
  let rank = 0
  for (let index = 0; index < RANK_BITS / 6; index++) rank = rank * 64 + sextetOf(fingerprint.charCodeAt(index))
  return rank
}

/** Without memory of its own: it runs for tokens that are not kept, on each of their requests. */
function sextetOf(code: number): number {
  if (code >= 97) return code - 71 // a-z: 26 to 51
  if (code === 95) return 63 // _
  if (code >= 65) return code - 65 // A-Z: 0 to 25
  if (code >= 48) return code + 4 // 0-9: 52 to 61
  return 62 // -
}

/** The lowest rank that is not kept at a level. */
export const rankLimit = (level: number): number => 2 ** (RANK_BITS - level)

export const isKept = (fingerprint: string, level: number): boolean =>
  level === 0 || rankOf(fingerprint) < rankLimit(level)

/** Tokens last seen from a second on, until the next step, are kept at a level. */
export interface Step {
  readonly from: number
  readonly level: number
}

/**
 * The levels fall from step to step. A token that is kept has passed the level of when it was last seen and every later one, so that the level at its
 * last sighting says how likely it was to be here, and for how many it stands.
 */
export type Sampling = NonEmpty<Step>

export const EVERYTHING: Sampling = [{ from: 0, level: 0 }]

/** The level that holds for tokens seen from now on. */
export const currentLevel = (sampling: Sampling): number => (sampling.at(-1) ?? sampling[0]).level

/** The level at which a token last seen then is kept. */
export const levelAt = (sampling: Sampling, seen: number): number =>
  (sampling.findLast(({ from }) => from <= seen) ?? sampling[0]).level

/** Twice as strict as it is now; whatever is stricter for older sightings stays so. */
export function raised(sampling: Sampling): Sampling {
  const level = Math.min(currentLevel(sampling) + 1, MOST_LEVEL)
  const stricter = sampling.filter((step) => step.level > level)
  const from = sampling.find((step) => step.level <= level)?.from ?? 0
  const steps = [...stricter, { from, level }]
  return isNonEmpty(steps) ? steps : [{ from, level }]
}

/** Half as strict from a second on. */
export const lowered = (sampling: Sampling, from: number): Sampling => [
  ...sampling,
  { from, level: Math.max(0, currentLevel(sampling) - 1) },
]

/** Without the steps that no token is left of. */
export function pruned(sampling: Sampling, oldestSeen: number): Sampling {
  const [, second, ...others] = sampling
  if (second === undefined || second.from > oldestSeen) return sampling
  return pruned([{ from: 0, level: second.level }, ...others], oldestSeen)
}
