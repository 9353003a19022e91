/** One issuer's status lists in this isolate: fetched once for all who wait, kept as long as they say, refreshed in the background. */
import type { Issuer, StatusListPolicy } from '../policy/issuer.ts'
import type { Fetch } from './client-authentication.ts'
import { isSecure, readBounded } from './discovery.ts'
import type { KeySet, WaitUntil } from './key-set.ts'
import { settleWithin } from './patience.ts'
import { isValidStatus, type StatusList, type StatusReference, statusAt } from './status-list.ts'
import { verifyStatusList } from './status-list-token.ts'

export type StatusVerdict = 'valid' | 'invalid' | 'unavailable'

export interface StatusLists {
  /** Without a promise where the list is at hand. Never rejects. `now` in milliseconds. */
  check(reference: StatusReference, now: number, waitUntil: WaitUntil): StatusVerdict | Promise<StatusVerdict>
}

export interface StatusListsParts {
  readonly issuer: Issuer
  readonly policy: StatusListPolicy
  readonly keys: KeySet
  readonly fetch: Fetch
}

/** A list and how long it serves, in milliseconds. */
interface KeptList {
  readonly list: StatusList
  readonly fetchedAt: number
  /** From then on it is fetched again. */
  readonly refreshAt: number
  /** From then on it is worth nothing. */
  readonly endsAt: number
}

interface Place {
  kept?: KeptList
  flight?: { readonly work: Promise<void>; readonly startedAt: number }
  failedAt: number
}

const MAX_LISTS = 64
/** Of all lists of the issuer together, unpacked: a quarter of what an isolate has. */
const MAX_TOTAL_BYTES = 32 * 1024 * 1024
const MAX_ADDRESS_CHARACTERS = 2048
const MAX_REDIRECTS = 3
const TIMEOUT_MS = 5_000
const PATIENCE_MS = TIMEOUT_MS + 1_000
const FAILURE_COOL_DOWN_MS = 5_000

export function createStatusLists(parts: StatusListsParts): StatusLists {
  const { policy } = parts
  /** Least recently used first. */
  const places = new Map<string, Place>()

  function placeOf(uri: string): Place {
    const place = places.get(uri) ?? { failedAt: Number.NEGATIVE_INFINITY }
    places.delete(uri)
    places.set(uri, place)
    if (places.size > MAX_LISTS) dropLeastRecent()
    return place
  }

  function dropLeastRecent(): void {
    const [uri] = places.keys()
    if (uri !== undefined) places.delete(uri)
  }

  function keep(place: Place, kept: KeptList): void {
    // A fetch that was given up may still end, after the one that took its place.
    if (place.kept !== undefined && place.kept.fetchedAt > kept.fetchedAt) return
    place.kept = kept
    while (places.size > 1 && totalBytes(places.values()) > MAX_TOTAL_BYTES) dropLeastRecent()
  }

  async function load(place: Place, uri: string, now: number, waitUntil: WaitUntil): Promise<void> {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS)
      const text = await fetchList(uri, policy, parts.fetch, signal)
      const { list, ttlSeconds, expiresAt } = await verifyStatusList(text, uri, parts, now, waitUntil)
      const ttl = Math.min(Math.max(ttlSeconds ?? policy.maxTtlSeconds, policy.minTtlSeconds), policy.maxTtlSeconds)
      const longest = Math.max(ttl, policy.maxStaleSeconds)
      const endsAt = Math.min((expiresAt ?? Number.POSITIVE_INFINITY) * 1000, now + longest * 1000)
      keep(place, { list, fetchedAt: now, refreshAt: now + ttl * 1000, endsAt })
    } catch {
      place.failedAt = now
    }
  }

  /** Joins the fetch that is under way, or starts one. */
  function refresh(place: Place, uri: string, now: number, waitUntil: WaitUntil): Promise<unknown> {
    if (place.flight === undefined || now - place.flight.startedAt > PATIENCE_MS) {
      const work = load(place, uri, now, waitUntil).then(() => {
        if (place.flight?.work === work) delete place.flight
      })
      place.flight = { work, startedAt: now }
      waitUntil(work)
    }
    return settleWithin(place.flight.work, PATIENCE_MS)
  }

  /** The list, if it may still be believed. Past its time to refresh that depends on what is to happen while it cannot be had. */
  const usable = ({ kept }: Place, now: number): StatusList | undefined =>
    kept !== undefined && now < kept.endsAt && (now < kept.refreshAt || policy.whenUnreachable === 'untilExpiry')
      ? kept.list
      : undefined

  async function fetchAndCheck(
    place: Place,
    { uri, index }: StatusReference,
    now: number,
    waitUntil: WaitUntil,
  ): Promise<StatusVerdict> {
    if (place.flight !== undefined || now - place.failedAt >= FAILURE_COOL_DOWN_MS)
      await refresh(place, uri, now, waitUntil)
    const list = usable(place, now)
    return list === undefined ? 'unavailable' : verdictOf(list, index)
  }

  return {
    check(reference, now, waitUntil) {
      if (!isAllowed(reference.uri, policy)) return 'invalid'
      const place = placeOf(reference.uri)
      const list = usable(place, now)
      if (list === undefined) return fetchAndCheck(place, reference, now, waitUntil)
      const isDue = place.kept !== undefined && now >= place.kept.refreshAt
      if (isDue && now - place.failedAt >= FAILURE_COOL_DOWN_MS)
        waitUntil(refresh(place, reference.uri, now, waitUntil))
      return verdictOf(list, reference.index)
    },
  }
}

const totalBytes = (places: Iterable<Place>): number =>
  Array.from(places, ({ kept }) => kept?.list.bytes.byteLength ?? 0).reduce((sum, bytes) => sum + bytes, 0)

const verdictOf = (list: StatusList, index: number): StatusVerdict =>
  isValidStatus(statusAt(list, index)) ? 'valid' : 'invalid'

/** Only where the configuration says that lists are: the address comes out of a token. A fragment would make many addresses of one list. */
function isAllowed(uri: string, { uris }: StatusListPolicy): boolean {
  if (uri.length > MAX_ADDRESS_CHARACTERS || uri.includes('#')) return false
  if (!isSecure(uri) || new URL(uri).href !== uri) return false
  return uris.some((allowed) => (allowed.endsWith('/') ? uri.startsWith(allowed) : uri === allowed))
}

/** Rejects where there is no list to be had. Redirects are followed only to where lists may be. */
async function fetchList(uri: string, policy: StatusListPolicy, fetch: Fetch, signal: AbortSignal): Promise<string> {
  let address = uri
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await fetch(address, {
      headers: { accept: 'application/statuslist+jwt' },
      redirect: 'manual',
      signal,
    })
    const target = response.headers.get('location')
    if (response.status < 300 || response.status >= 400 || target === null) return readList(response)
    await response.body?.cancel()
    address = new URL(target, address).href
    if (!isAllowed(address, policy)) throw new TypeError('a redirect to where no list may be')
  }
  throw new TypeError('too many redirects')
}

async function readList(response: Response): Promise<string> {
  const type = response.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (response.status !== 200 || type !== 'application/statuslist+jwt') {
    await response.body?.cancel()
    throw new TypeError('no status list')
  }
  return readBounded(response, MAX_LIST_BYTES)
}

const MAX_LIST_BYTES = 4 * 1024 * 1024
