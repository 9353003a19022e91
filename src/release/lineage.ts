/** How far one environment is ahead of another, by what was made live in each. */

import { type Pointer, parseHistoryEntry } from './pointer.ts'
import { HISTORY_PREFIX, type ReleaseStore } from './store.ts'

/** The digests that were live one after the other, the live one last. Neighbours differ. */
export type Lineage = readonly string[]

/** More is nobody's question, and each hundred keys are a call. */
const MOST_ENTRIES = 100

/** The last releases up to the live one. Entries that cannot be read, and those whose pointer was never flipped, are left out. */
export async function readLineage(store: ReleaseStore, live: Pointer): Promise<Lineage> {
  const keys = [...(await store.list(HISTORY_PREFIX))].sort().slice(-MOST_ENTRIES)
  const values = await store.read(keys)
  const digests = keys.flatMap((key) => {
    const entry = parseHistoryEntry(values.get(key) ?? '')
    return entry.ok && entry.value.serial < live.serial ? [entry.value.digest] : []
  })
  return [...digests, live.digest].filter((digest, index, all) => digest !== all[index - 1])
}

export type Relation =
  | { readonly kind: 'same' }
  /** The first had what is live in the second, and has gone on by so many releases. */
  | { readonly kind: 'ahead'; readonly releases: number }
  | { readonly kind: 'behind'; readonly releases: number }
  /** Neither or both had what the other has: no line leads from one to the other. */
  | { readonly kind: 'apart' }

export function relate(first: Lineage, second: Lineage): Relation {
  const [ofFirst, ofSecond] = [first.at(-1), second.at(-1)]
  if (ofFirst === ofSecond) return { kind: 'same' }
  const ahead = stepsSince(first, ofSecond)
  const behind = stepsSince(second, ofFirst)
  if (ahead !== undefined && behind === undefined) return { kind: 'ahead', releases: ahead }
  if (behind !== undefined && ahead === undefined) return { kind: 'behind', releases: behind }
  return { kind: 'apart' }
}

/** How many releases came after the last time that this one was live. */
function stepsSince(lineage: Lineage, digest: string | undefined): number | undefined {
  const at = digest === undefined ? -1 : lineage.lastIndexOf(digest)
  return at < 0 ? undefined : lineage.length - 1 - at
}
