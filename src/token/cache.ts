/** Tokens that were verified before, by their exact text, so that seeing one again costs a look-up. A cache and nothing else. */

/** Bounded in entries and in characters of key. A hit in the older generation is carried over; the rest of it is dropped in one piece. */
export interface TokenCache<Entry> {
  get(token: string): Entry | undefined
  set(token: string, entry: Entry): void
  delete(token: string): void
}

/** Two generations of at most half the bounds each. */
export function createTokenCache<Entry>(maxEntries: number, maxCharacters: number): TokenCache<Entry> {
  let young = new Map<string, Entry>()
  let old = new Map<string, Entry>()
  let characters = 0

  function set(token: string, entry: Entry): void {
    if (young.size >= maxEntries / 2 || characters + token.length > maxCharacters / 2) {
      old = young
      young = new Map()
      characters = 0
    }
    if (!young.has(token)) characters += token.length
    young.set(token, entry)
  }

  return {
    get(token) {
      const hit = young.get(token)
      if (hit !== undefined || old.size === 0) return hit
      const older = old.get(token)
      if (older !== undefined) {
        old.delete(token)
        set(token, older)
      }
      return older
    },
    set,
    delete(token) {
      if (young.delete(token)) characters -= token.length
      old.delete(token)
    },
  }
}
