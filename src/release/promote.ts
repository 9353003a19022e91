/** What is live in one environment becomes live in another: the very same bytes, so the digest that was tested is the digest that serves. */
import { decodeRelease, type Release } from '../policy/decode.ts'
import { fail, ok, type Result } from '../policy/result.ts'
import {
  type Author,
  carryOut,
  checkRelease,
  type Published,
  type PublishFault,
  prepareChange,
  putRelease,
  readBefore,
  unchanged,
} from './change.ts'
import { sha256Hex } from './digest.ts'
import { type Reader, readLive } from './history.ts'
import type { HistoryEntry, Origin, Pointer } from './pointer.ts'
import { type ReleaseStore, readKey, releaseKey } from './store.ts'

/** A live pointer and the release behind it: there, of its digest, and understood. */
export interface LiveRelease {
  readonly pointer: Pointer
  readonly text: string
  readonly release: Release
}

/** What is live in a store, checked as the edge of that environment checks it: a pointer that it would not believe is not handed on. */
export async function readLiveRelease(store: ReleaseStore, reader: Reader): Promise<Result<LiveRelease, PublishFault>> {
  const live = await readLive(store, reader)
  if (!live.ok) return live
  const { pointer } = live.value
  if (pointer === undefined) return fail({ code: 'nothing_live' })
  const { digest } = pointer
  const text = await readKey(store, releaseKey(digest))
  if (text === undefined || (await sha256Hex(text)) !== digest) return fail({ code: 'release_damaged', digest })
  const release = decodeRelease(text)
  return release.ok
    ? ok({ pointer, text, release: release.value })
    : fail({ code: 'release_unreadable', digest, detail: release.error })
}

/** Publishes the release of another environment. Where releases are signed, promoting what is live renews its signature, as publishing it does. */
export async function promoteRelease(
  author: Author & { readonly text: string; readonly from: Origin },
): Promise<Result<Published, PublishFault>> {
  const live = await readBefore(author)
  if (!live.ok) return live
  const { pointer } = live.value
  const digest = await sha256Hex(author.text)
  const same = pointer?.digest === digest ? pointer : undefined
  if (same !== undefined && author.trust?.signing === undefined) return unchanged(same)
  const change = { digest, kind: 'promote', promotedFrom: author.from, candidate: same?.candidate } as const
  const entry = await prepareChange(author, live.value, change)
  if (!entry.ok) return entry
  await putRelease(author, digest, author.text)
  const checked = await checkRelease(author, digest)
  return checked.ok ? carryOut(author, live.value, entry.value) : checked
}

/** The live release once more, under a new serial: gates take it over as they would another. `onEntry` is told the entry before anything is written. */
export async function republishRelease(
  author: Author & { readonly onEntry?: (entry: HistoryEntry) => void },
): Promise<Result<Published, PublishFault>> {
  const live = await readBefore(author)
  if (!live.ok) return live
  const { pointer } = live.value
  if (pointer === undefined) return fail({ code: 'nothing_live' })
  const { digest, candidate } = pointer
  const checked = await checkRelease(author, digest)
  if (!checked.ok) return checked
  const entry = await prepareChange(author, live.value, { digest, kind: 'publish', candidate })
  if (!entry.ok) return entry
  author.onEntry?.(entry.value)
  return carryOut(author, live.value, entry.value)
}
