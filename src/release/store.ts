/** The release in KV: which keys there are and what stands under them. Everything read is checked: whoever can write KV can write anything. */
import { fail, ok, type Result } from '../policy/result.ts'
import { isDigest } from './digest.ts'

/** KV as publishing needs it. Values are texts. Rejects where KV cannot be reached. */
export interface ReleaseStore {
  /** The keys that are there, with their values. */
  read(keys: readonly string[]): Promise<ReadonlyMap<string, string>>
  put(key: string, value: string): Promise<void>
  /** Keys that begin with the prefix. */
  list(prefix: string): Promise<readonly string[]>
}

/** One key's value, if it is there. */
export const readKey = async (store: ReleaseStore, key: string): Promise<string | undefined> =>
  (await store.read([key])).get(key)

/** The live release. */
export interface Pointer {
  readonly digest: string
  /** Grows with every publish and rollback, never falls. */
  readonly serial: number
  /** ISO 8601, UTC. */
  readonly publishedAt: string
  readonly by: string
  readonly commit?: string
}

/** One publish or rollback. */
export interface HistoryEntry extends Pointer {
  readonly kind: 'publish' | 'rollback'
  readonly note?: string
  /** What it was promoted from. Its kind is `publish`, so that older versions read it. */
  readonly promotedFrom?: Origin
}

/** A release of another environment. */
export interface Origin {
  readonly environment: string
  readonly serial: number
}

export const POINTER_KEY = 'current'
export const HISTORY_PREFIX = 'history/'
export const releaseKey = (digest: string): string => `release/${digest}`
/** The last that has ten digits. */
export const MAX_SERIAL = 9_999_999_999
/** Ten digits, so that keys list in the order of their serials. */
export const historyKey = (serial: number): string => `${HISTORY_PREFIX}${String(serial).padStart(10, '0')}`

/** The error says what is wrong, for the operator. */
export function parsePointer(text: string): Result<Pointer, string> {
  const value = parseObject(text)
  return value === undefined ? fail('it is not a JSON object') : readPointer(value)
}

export function parseHistoryEntry(text: string): Result<HistoryEntry, string> {
  const value = parseObject(text)
  const pointer = value === undefined ? fail('it is not a JSON object') : readPointer(value)
  if (!pointer.ok || value === undefined) return pointer.ok ? fail('it is not a JSON object') : pointer
  const { kind, note } = value
  if (kind !== 'publish' && kind !== 'rollback') return fail('its kind is neither publish nor rollback')
  if (note !== undefined && typeof note !== 'string') return fail('its note is not a text')
  const promotedFrom = readOrigin(value.promotedFrom)
  if (!promotedFrom.ok) return promotedFrom
  return ok({
    ...pointer.value,
    kind,
    ...(note !== undefined && { note }),
    ...(promotedFrom.value && { promotedFrom: promotedFrom.value }),
  })
}

function readOrigin(value: unknown): Result<Origin | undefined, string> {
  if (value === undefined) return ok(undefined)
  const { environment, serial } = Object(value) as Readonly<Record<string, unknown>>
  return typeof environment === 'string' && typeof serial === 'number' && Number.isSafeInteger(serial)
    ? ok({ environment, serial })
    : fail('it does not say what it was promoted from')
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

function readPointer({
  digest,
  serial,
  publishedAt,
  by,
  commit,
}: Readonly<Record<string, unknown>>): Result<Pointer, string> {
  if (!isDigest(digest)) return fail('its digest is not a SHA-256')
  if (typeof serial !== 'number' || !Number.isSafeInteger(serial) || serial < 1 || serial > MAX_SERIAL)
    return fail(`its serial is not a whole number from 1 to ${MAX_SERIAL}`)
  if (typeof publishedAt !== 'string' || Number.isNaN(Date.parse(publishedAt))) return fail('its time is not a time')
  if (typeof by !== 'string') return fail('it does not say who published')
  if (commit !== undefined && typeof commit !== 'string') return fail('its commit is not a text')
  return ok({ digest, serial, publishedAt, by, ...(commit !== undefined && { commit }) })
}
