/** Publishing and rolling back: which release becomes live, in the steps of `change.ts`. */
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
  readerOf,
  unchanged,
} from './change.ts'
import { sha256Hex } from './digest.ts'
import { type Reader, readHistory } from './history.ts'
import type { Pointer } from './pointer.ts'
import type { ReleaseStore } from './store.ts'

export { type Author, type Published, type PublishFault, STEPS, type Step } from './change.ts'
export { type History, readHistory, readPointer } from './history.ts'

/** Publishes a canonical release text. Where releases are signed, publishing what is live renews its signature, under a new serial. */
export async function publishRelease(
  author: Author & { readonly text: string },
): Promise<Result<Published, PublishFault>> {
  const live = await readBefore(author)
  if (!live.ok) return live
  const { pointer } = live.value
  const digest = await sha256Hex(author.text)
  const same = pointer?.digest === digest ? pointer : undefined
  const settled = author.trust?.signing === undefined ? same : undefined
  // A candidate was chosen beside what is live; it outlasts a renewal, and nothing else.
  const change = { digest, kind: 'publish', candidate: same?.candidate } as const
  const entry = settled === undefined ? await prepareChange(author, live.value, change) : ok(settled)
  if (!entry.ok) return entry
  await putRelease(author, digest, author.text)
  const checked = await checkRelease(author, digest)
  if (!checked.ok) return checked
  return entry.value === settled ? unchanged(settled) : carryOut(author, live.value, entry.value)
}

/** Makes an older release live again, under a new serial. `to`: a serial, or the beginning of a digest; without it the release before the live one. */
export async function rollbackRelease(
  author: Author & { readonly to?: string },
): Promise<Result<Published, PublishFault>> {
  const live = await readBefore(author)
  if (!live.ok) return live
  const { pointer } = live.value
  const digest = await findDigest(author.store, pointer, author.to, readerOf(author))
  if (!digest.ok) return digest
  const checked = await checkRelease(author, digest.value)
  if (!checked.ok) return checked
  if (pointer?.digest === digest.value) return unchanged(pointer)
  const entry = await prepareChange(author, live.value, { digest: digest.value, kind: 'rollback' })
  return entry.ok ? carryOut(author, live.value, entry.value) : entry
}

/** The live release once more, under a new serial: gates take it over as they would another, and its signature is renewed. */
export async function republishRelease(author: Author): Promise<Result<Published, PublishFault>> {
  const live = await readBefore(author)
  if (!live.ok) return live
  const { pointer } = live.value
  if (pointer === undefined) return fail({ code: 'nothing_live' })
  const checked = await checkRelease(author, pointer.digest)
  if (!checked.ok) return checked
  const { digest, candidate } = pointer
  const entry = await prepareChange(author, live.value, { digest, kind: 'publish', candidate })
  return entry.ok ? carryOut(author, live.value, entry.value) : entry
}

/**
 * The digest that a rollback to `to` would make live, without looking at its bytes: among what was published, and with a reader only what can be
 * believed. Else whoever can write KV would choose what is signed next.
 */
export async function findDigest(
  store: ReleaseStore,
  live: Pointer | undefined,
  to: string | undefined,
  reader?: Reader,
): Promise<Result<string, PublishFault>> {
  const history = await readHistory(store, reader)
  const entries = history.entries.filter(({ isInterrupted, distrust }) => !isInterrupted && distrust === undefined)
  if (to === undefined) {
    const before = entries.findLast((entry) => entry.digest !== live?.digest)
    return before === undefined ? fail({ code: 'nothing_before' }) : ok(before.digest)
  }
  const bySerial = /^\d{1,10}$/.test(to) ? entries.find((entry) => entry.serial === Number(to)) : undefined
  if (bySerial !== undefined) return ok(bySerial.digest)
  const digests = [...new Set(entries.map((entry) => entry.digest).filter((digest) => digest.startsWith(to)))]
  if (digests.length > 1) return fail({ code: 'release_ambiguous', to })
  return digests[0] === undefined ? fail({ code: 'release_unknown', to }) : ok(digests[0])
}
