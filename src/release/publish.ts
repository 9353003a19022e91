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
import { isDigest, sha256Hex } from './digest.ts'
import { historyKeys, type ReadEntry, type Reader, readEntries } from './history.ts'
import type { Pointer } from './pointer.ts'
import { historyKey, type ReleaseStore } from './store.ts'

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

/**
 * Makes an older release live again, under a new serial. `to`: a serial, or the beginning of a digest; without it the release before the live one. `expect`: the digest
 * that whoever asks believes to be live; where another one is, nothing is done.
 */
export async function rollbackRelease(
  author: Author & { readonly to?: string; readonly expect?: string },
): Promise<Result<Published, PublishFault>> {
  const live = await readBefore(author)
  if (!live.ok) return live
  const { pointer } = live.value
  if (author.expect !== undefined && pointer?.digest !== author.expect)
    return fail(pointer === undefined ? { code: 'nothing_live' } : { code: 'overtaken', live: pointer })
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
 * The digest that a rollback to `to` would make live, without looking at its bytes: among what is in the history, and with a reader only what can be
 * believed. Else whoever can write KV would choose what is signed next. Who names one may name any; the one before the live one was live itself.
 */
export async function findDigest(
  store: ReleaseStore,
  live: Pointer | undefined,
  to: string | undefined,
  reader?: Reader,
): Promise<Result<string, PublishFault>> {
  if (to === undefined) {
    const before = live === undefined ? [] : (await historyKeys(store)).filter((key) => key < historyKey(live.serial))
    return orFail(await findLast(store, before, reader, ({ digest }) => digest !== live?.digest), {
      code: 'nothing_before',
    })
  }
  const bySerial = /^\d{1,10}$/.test(to) ? await believed(store, [historyKey(Number(to))], reader) : []
  if (bySerial[0] !== undefined) return ok(bySerial[0].digest)
  const keys = await historyKeys(store)
  const unknown = { code: 'release_unknown', to } as const
  if (isDigest(to)) return orFail(await findLast(store, keys, reader, ({ digest }) => digest === to), unknown)
  const digests = new Set((await believed(store, keys, reader)).map(({ digest }) => digest))
  const [found, ...others] = [...digests].filter((digest) => digest.startsWith(to))
  return others.length > 0 ? fail({ code: 'release_ambiguous', to }) : orFail(found, unknown)
}

const orFail = (digest: string | undefined, fault: PublishFault): Result<string, PublishFault> =>
  digest === undefined ? fail(fault) : ok(digest)

/** Entries that are read at once: one call to KV. What is looked for is nearly always among the last. */
const PAGE = 100

async function findLast(
  store: ReleaseStore,
  keys: readonly string[],
  reader: Reader | undefined,
  isWanted: (entry: ReadEntry) => boolean,
): Promise<string | undefined> {
  for (let end = keys.length; end > 0; end -= PAGE) {
    const found = (await believed(store, keys.slice(Math.max(0, end - PAGE), end), reader)).findLast(isWanted)
    if (found !== undefined) return found.digest
  }
  return undefined
}

async function believed(
  store: ReleaseStore,
  keys: readonly string[],
  reader: Reader | undefined,
): Promise<readonly ReadEntry[]> {
  const entries = await readEntries(store, keys, reader)
  return entries.flatMap(({ entry }) => (entry === undefined || entry.distrust !== undefined ? [] : [entry]))
}
