/**
 * A change of what is live, whoever asks for it: prepared and signed before anything is written, then carried out. Until the last write, the flip of
 * the pointer, nothing that the edge reads has changed: interrupted anywhere, it serves the old release whole, and doing it again completes.
 */
import { decodeRelease } from '../policy/decode.ts'
import { fail, ok, type Result } from '../policy/result.ts'
import { sha256Hex } from './digest.ts'
import { type Live, type LiveFault, type Reader, readLive } from './history.ts'
import {
  type Candidate,
  encodePointer,
  type HistoryEntry,
  type Kind,
  MAX_POINTER_BYTES,
  MAX_SERIAL,
  type Origin,
  type Pointer,
  parseHistoryEntry,
} from './pointer.ts'
import { type DistrustCode, type SealFault, type Signer, seal, type Trust, type UntimelyCode } from './signature.ts'
import { historyKey, POINTER_KEY, type ReleaseStore, readKey, releaseKey } from './store.ts'

export const STEPS = [
  'read-pointer',
  'put-release',
  'check-release',
  'put-history',
  'flip-pointer',
  'check-pointer',
] as const
/** `sign` comes after the first, where the environment asks for signatures. */
export type Step = (typeof STEPS)[number] | 'sign'

/** What kept a change from completing. The store's and the signer's own failures are exceptions of theirs. */
export type PublishFault =
  | LiveFault
  | SealFault
  /** The bytes under the release's key are not the release. */
  | { readonly code: 'release_damaged'; readonly digest: string }
  /** No release of that digest or serial that can be believed. */
  | { readonly code: 'release_unknown'; readonly to: string }
  /** Nothing has been published. */
  | { readonly code: 'nothing_live' }
  /** No new isolate of the environment that it is taken from would take it over. */
  | { readonly code: 'pointer_refused_there'; readonly reason: DistrustCode | UntimelyCode }
  /** No candidate is there, or the one that is asked for is live. */
  | { readonly code: 'no_candidate' }
  | { readonly code: 'candidate_is_live'; readonly digest: string }
  /** Another candidate came in the place of the one that was agreed on. */
  | { readonly code: 'candidate_changed'; readonly digest: string }
  /** The history has no release before the live one. */
  | { readonly code: 'nothing_before' }
  /** More than one release begins like that. */
  | { readonly code: 'release_ambiguous'; readonly to: string }
  /** The release cannot be read by this version; `detail` says why. */
  | { readonly code: 'release_unreadable'; readonly digest: string; readonly detail: string }
  /** The serial in KV is the last there is. Publishing alone never gets there. */
  | { readonly code: 'serial_exhausted'; readonly serial: number }
  /** The note, the names or the clients are too long or hold what a pointer may not; `detail` says why. */
  | { readonly code: 'pointer_refused'; readonly detail: string }
  /** Somebody else published at the same moment and won. */
  | { readonly code: 'overtaken'; readonly live: Pointer }

export interface Published {
  readonly pointer: Pointer
  readonly previous: Pointer | undefined
  /** False where the release was live already and nothing was written. */
  readonly changed: boolean
}

export interface Author {
  readonly store: ReleaseStore
  readonly by: string
  /** ISO 8601, UTC. */
  readonly now: string
  readonly commit?: string
  readonly note?: string
  readonly promotedFrom?: Origin
  /** Told before each step begins. */
  readonly onStep?: (step: Step) => void
  /** The environment that it is for, and whose signatures are believed there. Without it nothing is signed, and nothing in KV is doubted. */
  readonly trust?: Trust
  readonly signer?: Signer
  /** Serials go on from here, and what KV says otherwise without a trusted signature is passed over. */
  readonly above?: number
}

export const readerOf = ({ trust, now }: Author): Reader | undefined =>
  trust === undefined ? undefined : { trust, now: Date.parse(now) }

/** The first step of every change. */
export function readBefore(author: Author): Promise<Result<Live, PublishFault>> {
  author.onStep?.('read-pointer')
  return readLive(author.store, readerOf(author), author.above)
}

/** The entry that the change would make: the next serial, signed where that is asked for. Writes nothing. */
export async function prepareChange(
  author: Author,
  { lastSerial }: Live,
  change: { readonly digest: string; readonly kind: Kind; readonly candidate?: Candidate | undefined },
): Promise<Result<HistoryEntry, PublishFault>> {
  const { by, now, commit, note, promotedFrom, trust, signer } = author
  if (lastSerial >= MAX_SERIAL) return fail({ code: 'serial_exhausted', serial: lastSerial })
  const { digest, kind, candidate } = change
  const unsigned: HistoryEntry = {
    digest,
    serial: lastSerial + 1,
    publishedAt: now,
    by,
    ...(commit !== undefined && { commit }),
    kind,
    ...(note !== undefined && { note }),
    ...(promotedFrom !== undefined && { promotedFrom }),
    ...(trust !== undefined && { environment: trust.environment }),
    ...(candidate !== undefined && { candidate }),
  }
  if (trust?.signing !== undefined && signer !== undefined) author.onStep?.('sign')
  const sealed = await seal(unsigned, trust, signer, Date.parse(now))
  if (!sealed.ok) return sealed
  const text = encodePointer(sealed.value)
  const entry = parseHistoryEntry(text)
  if (!entry.ok) return fail({ code: 'pointer_refused', detail: entry.error })
  return new TextEncoder().encode(text).length > MAX_POINTER_BYTES
    ? fail({ code: 'pointer_refused', detail: `it would be longer than ${MAX_POINTER_BYTES} bytes` })
    : entry
}

/** Writes the release, unless the same bytes are there: that would only spend a write. */
export async function putRelease({ store, onStep }: Author, digest: string, text: string): Promise<void> {
  onStep?.('put-release')
  if ((await readKey(store, releaseKey(digest))) !== text) await store.put(releaseKey(digest), text)
}

/** Reads back what the edge will read: there, of that digest, and understood. */
export async function checkRelease({ store, onStep }: Author, digest: string): Promise<Result<void, PublishFault>> {
  onStep?.('check-release')
  const text = await readKey(store, releaseKey(digest))
  if (text === undefined || (await sha256Hex(text)) !== digest) return fail({ code: 'release_damaged', digest })
  const release = decodeRelease(text)
  return release.ok ? ok(undefined) : fail({ code: 'release_unreadable', digest, detail: release.error })
}

const POINTER_GONE = { code: 'pointer_malformed', key: POINTER_KEY, detail: 'it is gone' } as const

/** Puts the entry into the history and makes it live. */
export async function carryOut(
  author: Author,
  { pointer: previous }: Live,
  pointer: Pointer,
): Promise<Result<Published, PublishFault>> {
  const { store, onStep } = author
  const text = encodePointer(pointer)
  onStep?.('put-history')
  await store.put(historyKey(pointer.serial), text)
  onStep?.('flip-pointer')
  await store.put(POINTER_KEY, text)
  onStep?.('check-pointer')
  const found = await readKey(store, POINTER_KEY)
  if (found === text) return ok({ pointer, previous, changed: true })
  if (found === undefined) return fail(POINTER_GONE)
  const live = await readLive(store, readerOf(author))
  if (!live.ok) return live
  return live.value.pointer === undefined ? fail(POINTER_GONE) : fail({ code: 'overtaken', live: live.value.pointer })
}

export const unchanged = (pointer: Pointer): Result<Published, PublishFault> =>
  ok({ pointer, previous: pointer, changed: false })
