/** What was ever published, as KV tells it, and how much of that can be believed. */
import { fail, ok, type Result } from '../policy/result.ts'
import { type HistoryEntry, type Pointer, parseHistoryEntry, parsePointer } from './pointer.ts'
import { authenticate, type DistrustCode, type Trust } from './signature.ts'
import { HISTORY_PREFIX, historyKey, POINTER_KEY, type ReleaseStore, readKey } from './store.ts'

/** By whose eyes the history is read. */
export interface Reader {
  readonly trust: Trust
  /** Milliseconds. */
  readonly now: number
}

export interface History {
  readonly live: Pointer | undefined
  /** Why the edge does not believe the live pointer. */
  readonly distrust?: DistrustCode
  /** By serial, ascending. */
  readonly entries: readonly (ReadEntry & {
    /** Above what is live: a change that was cut short, or that somebody undid in KV. */
    readonly isInterrupted: boolean
  })[]
  /** Keys whose entries cannot be read. */
  readonly damaged: readonly string[]
}

/** The live pointer and everything that was ever published. A malformed pointer counts as none. Without a reader nothing is doubted. */
export async function readHistory(store: ReleaseStore, reader?: Reader): Promise<History> {
  const text = await readKey(store, POINTER_KEY)
  const pointer = text === undefined ? undefined : parsePointer(text)
  const live = pointer?.ok === true ? pointer.value : undefined
  const entries: History['entries'][number][] = []
  const damaged: string[] = []
  for (const { key, entry } of await readEntries(store, await historyKeys(store), reader)) {
    if (entry === undefined) damaged.push(key)
    else entries.push({ ...entry, isInterrupted: entry.serial > (live?.serial ?? 0) })
  }
  return { live, ...(live !== undefined && (await doubt(live, reader))), entries, damaged }
}

/** An entry, and why it is not believed: without a trusted signature anybody may have written it. */
export type ReadEntry = HistoryEntry & { readonly distrust?: DistrustCode }

/** Ascending, damaged ones and what is no entry among them. */
export const historyKeys = async (store: ReleaseStore): Promise<readonly string[]> =>
  [...(await store.list(HISTORY_PREFIX))].sort()

/** What stands under these keys; nothing where it is no entry of that serial. */
export async function readEntries(
  store: ReleaseStore,
  keys: readonly string[],
  reader?: Reader,
): Promise<readonly { readonly key: string; readonly entry: ReadEntry | undefined }[]> {
  const values = await store.read(keys)
  return Promise.all(
    keys.map(async (key) => {
      const entry = parseHistoryEntry(values.get(key) ?? '')
      const isInPlace = entry.ok && historyKey(entry.value.serial) === key
      return { key, entry: isInPlace ? { ...entry.value, ...(await doubt(entry.value, reader)) } : undefined }
    }),
  )
}

async function doubt(pointer: Pointer, reader: Reader | undefined): Promise<{ readonly distrust?: DistrustCode }> {
  const believed = reader === undefined ? ok(pointer) : await authenticate(pointer, reader.trust, reader.now)
  return believed.ok ? {} : { distrust: believed.error }
}

/** What a change begins from: what is live, if anything is, and the last serial that was given out. */
export interface Live {
  readonly pointer: Pointer | undefined
  readonly lastSerial: number
}

export type LiveFault =
  /** The pointer, or the last entry of the history, cannot be read; `detail` says why. */
  | { readonly code: 'pointer_malformed'; readonly key: string; readonly detail: string }
  /** The pointer, or the last entry of the history, is there and cannot be believed: its serial may be anybody's. */
  | { readonly code: 'pointer_untrusted'; readonly key: string; readonly reason: DistrustCode; readonly serial: number }

/**
 * What is live. `above`: serials go on from there, and what cannot be believed is passed over; it is for an operator who has asked the edge. Where
 * pointers are signed no serial is ever signed twice, so the history counts, too.
 */
export async function readLive(
  store: ReleaseStore,
  reader: Reader | undefined,
  above?: number,
): Promise<Result<Live, LiveFault>> {
  const pointer = await readTrusted(store, POINTER_KEY, reader, above !== undefined)
  if (!pointer.ok) return pointer
  const isSigned = reader?.trust.signing !== undefined
  const lastKey = pointer.value === undefined || isSigned ? await lastHistoryKey(store) : undefined
  if (!isSigned || lastKey === undefined)
    return ok({
      pointer: pointer.value,
      lastSerial: Math.max(above ?? 0, pointer.value?.serial ?? 0, serialOf(lastKey)),
    })
  const last = await readTrusted(store, lastKey, reader, above !== undefined)
  if (!last.ok) return last
  return ok({
    pointer: pointer.value,
    lastSerial: Math.max(above ?? 0, pointer.value?.serial ?? 0, last.value?.serial ?? 0),
  })
}

/** What stands under a key. `isPassedOver`: as if it were not there, where it cannot be read or believed. */
async function readTrusted(
  store: ReleaseStore,
  key: string,
  reader: Reader | undefined,
  isPassedOver: boolean,
): Promise<Result<Pointer | undefined, LiveFault>> {
  const text = await readKey(store, key)
  if (text === undefined) return ok(undefined)
  const pointer = parsePointer(text)
  if (!pointer.ok) return isPassedOver ? ok(undefined) : fail({ code: 'pointer_malformed', key, detail: pointer.error })
  const { distrust } = await doubt(pointer.value, reader)
  if (distrust === undefined) return pointer
  const { serial } = pointer.value
  return isPassedOver ? ok(undefined) : fail({ code: 'pointer_untrusted', key, reason: distrust, serial })
}

/** What is live, if anything is, and with a reader only if it can be believed. */
export const readPointer = (store: ReleaseStore, reader?: Reader): Promise<Result<Pointer | undefined, LiveFault>> =>
  readTrusted(store, POINTER_KEY, reader, false)

/** What is not named as an entry is none, and says nothing of how far serials have come. */
const lastHistoryKey = async (store: ReleaseStore): Promise<string | undefined> =>
  (await store.list(HISTORY_PREFIX))
    .filter((key) => serialOf(key) > 0)
    .sort()
    .at(-1)

/** Where the pointer is gone, the history still says how far serials have come: gates never go back to a lower one. */
const serialOf = (key: string | undefined): number =>
  Number(/^\d{10}$/.exec(key?.slice(HISTORY_PREFIX.length) ?? '')?.[0] ?? 0)
