/** What is live in an environment, to be taken to another: the very same bytes, so that the digest that was tested is the digest that serves. */
import { decodeRelease, type Release } from '../policy/decode.ts'
import { fail, ok, type Result } from '../policy/result.ts'
import type { PublishFault } from './change.ts'
import { sha256Hex } from './digest.ts'
import { type Reader, readLive } from './history.ts'
import type { Pointer } from './pointer.ts'
import { refusalOf } from './signature.ts'
import { type ReleaseStore, readKey, releaseKey } from './store.ts'

/** A live pointer and the release behind it: there, of its digest, and understood. */
export interface LiveRelease {
  readonly pointer: Pointer
  readonly text: string
  readonly release: Release
}

/** What is live in a store, checked as a new isolate of that environment checks it: what it would not take over is not handed on. */
export async function readLiveRelease(store: ReleaseStore, reader: Reader): Promise<Result<LiveRelease, PublishFault>> {
  const live = await readLive(store, reader)
  if (!live.ok) return live
  const { pointer } = live.value
  if (pointer === undefined) return fail({ code: 'nothing_live' })
  const reason = await refusalOf(pointer, reader.trust, reader.now)
  if (reason !== undefined) return fail({ code: 'pointer_refused_there', reason })
  const { digest } = pointer
  const text = await readKey(store, releaseKey(digest))
  if (text === undefined || (await sha256Hex(text)) !== digest) return fail({ code: 'release_damaged', digest })
  const release = decodeRelease(text)
  return release.ok
    ? ok({ pointer, text, release: release.value })
    : fail({ code: 'release_unreadable', digest, detail: release.error })
}
