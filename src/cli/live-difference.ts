/** What would change if a release became live, from what is live now. For people to look at: publishing does not depend on it. */
import { decodeRelease, type Release } from '../policy/decode.ts'
import type { Environment } from '../policy/environment.ts'
import { epochSeconds } from '../policy/result.ts'
import { parsePointer } from '../release/pointer.ts'
import { POINTER_KEY, type ReleaseStore, readKey, releaseKey } from '../release/store.ts'
import { compareVersions, type Difference } from '../source/diff/difference.ts'
import { summarize } from '../source/diff/summary.ts'
import { renderDifference } from './diff-view.ts'

/** Absent where nothing that can be read is live. `environments`: by which observing and audiences are judged, where they are known. */
export async function differenceFromLive(
  store: ReleaseStore,
  text: string,
  environments?: readonly Environment[],
): Promise<Difference | undefined> {
  const pointer = parsePointer((await readKey(store, POINTER_KEY)) ?? '')
  const live = pointer.ok ? await stored(store, pointer.value.digest) : undefined
  const next = decodeRelease(text)
  if (live === undefined || !next.ok) return undefined
  const after = { release: next.value, ...(environments !== undefined && { environments }) }
  return compareVersions({ release: live }, after, epochSeconds(Date.now()))
}

async function stored(store: ReleaseStore, digest: string): Promise<Release | undefined> {
  const release = decodeRelease((await readKey(store, releaseKey(digest))) ?? '')
  return release.ok ? release.value : undefined
}

/** In a line. */
export const describeChanges = (difference: Difference | undefined): string =>
  difference === undefined ? 'nothing that can be read is live' : summarize(difference)

/** In as many lines as it takes. */
export const renderChanges = (difference: Difference | undefined): string =>
  difference === undefined ? describeChanges(difference) : renderDifference(difference)

/** The same for a release that is in KV. */
export async function renderStored(store: ReleaseStore, digest: string): Promise<string> {
  const text = (await readKey(store, releaseKey(digest))) ?? ''
  return decodeRelease(text).ok
    ? renderChanges(await differenceFromLive(store, text))
    : 'what it changes cannot be said: its bytes are damaged'
}
