/** What is live in one environment becomes live in another: the very same bytes, so the digest that was tested is the digest that serves. */
import { decodeRelease, type Release } from '../policy/decode.ts'
import { fail, ok, type Result } from '../policy/result.ts'
import { sha256Hex } from './digest.ts'
import { type PublishFault, readPointer } from './publish.ts'
import { type Pointer, type ReleaseStore, readKey, releaseKey } from './store.ts'

/** A live pointer and the release behind it: there, of its digest, and understood. */
export interface LiveRelease {
  readonly pointer: Pointer
  readonly text: string
  readonly release: Release
}

/** What is live in a store, checked as the edge would check it. */
export async function readLiveRelease(store: ReleaseStore): Promise<Result<LiveRelease, PublishFault>> {
  const pointer = await readPointer(store)
  if (!pointer.ok) return pointer
  if (pointer.value === undefined) return fail({ code: 'nothing_live' })
  const { digest } = pointer.value
  const text = await readKey(store, releaseKey(digest))
  if (text === undefined || (await sha256Hex(text)) !== digest) return fail({ code: 'release_damaged', digest })
  const release = decodeRelease(text)
  return release.ok
    ? ok({ pointer: pointer.value, text, release: release.value })
    : fail({ code: 'release_unreadable', digest, detail: release.error })
}
