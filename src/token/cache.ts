/** Tokens that were verified before, by a text that stands for each, so that seeing one again costs a look-up. A cache and nothing else. */

/** Bounded in entries and in weight. A hit in the older generation is carried over; the rest of it is dropped in one piece. */
export interface TokenCache<Entry> {
  get(key: string): Entry | undefined
  /** `weight`: the characters that the entry keeps, about; those of the key where left out. */
  set(key: string, entry: Entry, weight?: number): void
  delete(key: string): void
}

/** Two generations of at most half the bounds each. */
export function createTokenCache<Entry>(maxEntries: number, maxWeight: number): TokenCache<Entry> {
  let young = new Map<string, Weighed<Entry>>()
  let old = new Map<string, Weighed<Entry>>()
  let total = 0

  function keep(key: string, weighed: Weighed<Entry>): void {
    total -= young.get(key)?.weight ?? 0
    if (young.size >= maxEntries / 2 || total + weighed.weight > maxWeight / 2) {
      old = young
      young = new Map()
      total = 0
    }
    total += weighed.weight
    young.set(key, weighed)
  }

  return {
    get(key) {
      const hit = young.get(key)
      if (hit !== undefined) return hit.entry
      const older = old.size === 0 ? undefined : old.get(key)
      if (older === undefined) return undefined
      old.delete(key)
      keep(key, older)
      return older.entry
    },
    set: (key, entry, weight = key.length) => keep(key, { entry, weight }),
    delete(key) {
      total -= young.get(key)?.weight ?? 0
      young.delete(key)
      old.delete(key)
    },
  }
}

interface Weighed<Entry> {
  readonly entry: Entry
  readonly weight: number
}
