/**
 * Publishing and rolling back. Until the last write, the flip of the pointer, nothing that the edge reads has changed: interrupted anywhere, it serves the old
 * release whole, and doing it again completes.
 */
import { decodeRelease } from '../policy/decode.ts'
import { fail, ok, type Result } from '../policy/result.ts'
import { sha256Hex } from './digest.ts'
import {
  HISTORY_PREFIX,
  type HistoryEntry,
  historyKey,
  MAX_SERIAL,
  type Origin,
  POINTER_KEY,
  type Pointer,
  parseHistoryEntry,
  parsePointer,
  type ReleaseStore,
  readKey,
  releaseKey,
} from './store.ts'

export const STEPS = [
  'read-pointer',
  'put-release',
  'check-release',
  'put-history',
  'flip-pointer',
  'check-pointer',
] as const
export type Step = (typeof STEPS)[number]

/** What kept a publish from completing. The store's own failures are exceptions of the store. */
export type PublishFault =
  /** The pointer in KV cannot be read; `detail` says why. */
  | { readonly code: 'pointer_malformed'; readonly detail: string }
  /** The bytes under the release's key are not the release. */
  | { readonly code: 'release_damaged'; readonly digest: string }
  /** No release of that digest or serial. */
  | { readonly code: 'release_unknown'; readonly to: string }
  /** Nothing has been published. */
  | { readonly code: 'nothing_live' }
  /** The history has no release before the live one. */
  | { readonly code: 'nothing_before' }
  /** More than one release begins like that. */
  | { readonly code: 'release_ambiguous'; readonly to: string }
  /** The release cannot be read by this version; `detail` says why. */
  | { readonly code: 'release_unreadable'; readonly digest: string; readonly detail: string }
  /** The serial in KV is the last there is. Publishing alone never gets there. */
  | { readonly code: 'serial_exhausted'; readonly serial: number }
  /** Somebody else published at the same moment and won. */
  | { readonly code: 'overtaken'; readonly live: Pointer }

export interface Published {
  readonly pointer: Pointer
  readonly previous: Pointer | undefined
  /** False where the release was live already and nothing was written. */
  readonly changed: boolean
}

interface Author {
  readonly store: ReleaseStore
  readonly by: string
  /** ISO 8601, UTC. */
  readonly now: string
  readonly commit?: string
  readonly note?: string
  readonly promotedFrom?: Origin
  /** Told before each step begins. */
  readonly onStep?: (step: Step) => void
}

/** Publishes a canonical release text. */
export async function publishRelease(
  author: Author & { readonly text: string },
): Promise<Result<Published, PublishFault>> {
  const { store, text, onStep } = author
  onStep?.('read-pointer')
  const previous = await readPointer(store)
  if (!previous.ok) return previous
  const digest = await sha256Hex(text)
  onStep?.('put-release')
  // Read first: writing the same bytes again would only spend a write.
  if ((await readKey(store, releaseKey(digest))) !== text) await store.put(releaseKey(digest), text)
  onStep?.('check-release')
  const checked = await checkRelease(store, digest)
  if (!checked.ok) return checked
  if (previous.value?.digest === digest)
    return ok({ pointer: previous.value, previous: previous.value, changed: false })
  return moveTo(author, digest, previous.value, 'publish')
}

/** Makes an older release live again, under a new serial. `to`: a serial, or the beginning of a digest; without it the release before the live one. */
export async function rollbackRelease(
  author: Author & { readonly to?: string },
): Promise<Result<Published, PublishFault>> {
  const { store, to, onStep } = author
  onStep?.('read-pointer')
  const previous = await readPointer(store)
  if (!previous.ok) return previous
  const digest = await findDigest(store, previous.value, to)
  if (!digest.ok) return digest
  onStep?.('check-release')
  const checked = await checkRelease(store, digest.value)
  if (!checked.ok) return checked
  if (previous.value?.digest === digest.value)
    return ok({ pointer: previous.value, previous: previous.value, changed: false })
  return moveTo(author, digest.value, previous.value, 'rollback')
}

/** The live release once more, under a new serial: gates take it over as they would another. */
export async function republishRelease(author: Author): Promise<Result<Published, PublishFault>> {
  const { store, onStep } = author
  onStep?.('read-pointer')
  const previous = await readPointer(store)
  if (!previous.ok) return previous
  if (previous.value === undefined) return fail({ code: 'nothing_live' })
  onStep?.('check-release')
  const checked = await checkRelease(store, previous.value.digest)
  return checked.ok ? moveTo(author, previous.value.digest, previous.value, 'publish') : checked
}

export async function readPointer(store: ReleaseStore): Promise<Result<Pointer | undefined, PublishFault>> {
  const text = await readKey(store, POINTER_KEY)
  if (text === undefined) return ok(undefined)
  const pointer = parsePointer(text)
  return pointer.ok ? pointer : fail({ code: 'pointer_malformed', detail: pointer.error })
}

/** Reads back what the edge will read: there, of that digest, and understood. */
async function checkRelease(store: ReleaseStore, digest: string): Promise<Result<void, PublishFault>> {
  const text = await readKey(store, releaseKey(digest))
  if (text === undefined || (await sha256Hex(text)) !== digest) return fail({ code: 'release_damaged', digest })
  const release = decodeRelease(text)
  return release.ok ? ok(undefined) : fail({ code: 'release_unreadable', digest, detail: release.error })
}

async function moveTo(
  author: Author,
  digest: string,
  previous: Pointer | undefined,
  kind: HistoryEntry['kind'],
): Promise<Result<Published, PublishFault>> {
  const { store, by, now, commit, note, promotedFrom, onStep } = author
  const last = previous?.serial ?? (await lastSerial(store))
  if (last >= MAX_SERIAL) return fail({ code: 'serial_exhausted', serial: last })
  const pointer: Pointer = {
    digest,
    serial: last + 1,
    publishedAt: now,
    by,
    ...(commit !== undefined && { commit }),
  }
  const entry: HistoryEntry = {
    ...pointer,
    kind,
    ...(note !== undefined && { note }),
    ...(promotedFrom && { promotedFrom }),
  }
  onStep?.('put-history')
  await store.put(historyKey(pointer.serial), JSON.stringify(entry))
  onStep?.('flip-pointer')
  await store.put(POINTER_KEY, JSON.stringify(pointer))
  onStep?.('check-pointer')
  const live = await readPointer(store)
  if (!live.ok) return live
  if (live.value?.digest !== digest || live.value.serial !== pointer.serial) {
    return live.value === undefined
      ? fail({ code: 'pointer_malformed', detail: 'it is gone' })
      : fail({ code: 'overtaken', live: live.value })
  }
  return ok({ pointer, previous, changed: true })
}

/** Where the pointer is gone, the history still says how far serials have come: gates never go back to a lower one. */
async function lastSerial(store: ReleaseStore): Promise<number> {
  const last = [...(await store.list(HISTORY_PREFIX))].sort().at(-1)
  return Number(/^\d{10}$/.exec(last?.slice(HISTORY_PREFIX.length) ?? '')?.[0] ?? 0)
}

/** The digest that a rollback to `to` would make live, without looking at its bytes. */
export async function findDigest(
  store: ReleaseStore,
  live: Pointer | undefined,
  to: string | undefined,
): Promise<Result<string, PublishFault>> {
  const entries = (await readHistory(store)).entries.filter((entry) => !entry.isInterrupted)
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

export interface History {
  readonly live: Pointer | undefined
  /** By serial, ascending. */
  readonly entries: readonly (HistoryEntry & {
    /** Its pointer was never flipped: a publish that was cut short. */
    readonly isInterrupted: boolean
  })[]
  /** Keys whose entries cannot be read. */
  readonly damaged: readonly string[]
}

/** The live pointer and everything that was ever published. A malformed pointer counts as none. */
export async function readHistory(store: ReleaseStore): Promise<History> {
  const pointer = await readPointer(store)
  const live = pointer.ok ? pointer.value : undefined
  const keys = [...(await store.list(HISTORY_PREFIX))].sort()
  const values = await store.read(keys)
  const read = keys.map((key) => ({ key, entry: parseHistoryEntry(values.get(key) ?? '') }))
  return {
    live,
    entries: read.flatMap(({ entry }) =>
      entry.ok ? [{ ...entry.value, isInterrupted: entry.value.serial > (live?.serial ?? 0) }] : [],
    ),
    damaged: read.flatMap(({ key, entry }) => (entry.ok ? [] : [key])),
  }
}
