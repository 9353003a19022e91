/**
 * One issuer's keys in this isolate: fetched once for all who wait, refreshed in the background, kept for a while when the issuer is away.
 * jose's remote set is not used: on Workers it fetches for each waiting request, and drops good keys when a refetch fails.
 */
import { type FetchDocument, fetchKeySet, type KeyHolder } from './discovery.ts'
import { keySetIdentity, readKeySet, selectKey, type VerificationKey } from './jwks.ts'
import { settleWithin } from './patience.ts'

/** Keeps work alive after the answer: `ctx.waitUntil`. */
export type WaitUntil = (work: Promise<unknown>) => void

/** A key set document and when it was fetched, in milliseconds. */
export interface RememberedKeySet {
  readonly document: unknown
  readonly fetchedAt: number
}

/** Where key sets outlive an isolate. Never KV: whoever can write KV must not be able to add a key. */
export interface KeySetMemory {
  load(holder: KeyHolder): Promise<RememberedKeySet | undefined>
  save(holder: KeyHolder, remembered: RememberedKeySet): Promise<void>
}

export type KeyLookup =
  | { readonly kind: 'key'; readonly key: VerificationKey; readonly generation: number }
  /** `wasAsked`: the issuer was asked just now, and has no such key. Otherwise it may have made one since. */
  | { readonly kind: 'unknown'; readonly wasAsked: boolean }
  | { readonly kind: 'unavailable' }

export interface KeySet {
  /** Grows whenever the keys have changed: an answer of an older generation must be worked out again. */
  generation(): number
  /** Whether the keys are young enough to be used at all. */
  isUsable(now: number): boolean
  /** Starts a refresh in the background where one is due. A comparison otherwise. */
  refreshIfDue(now: number, waitUntil: WaitUntil): void
  /** The key for a `kid` and `alg`. A promise only where the key is not known and the network must be waited for. Never rejects. */
  find(kid: string | undefined, alg: string, now: number, waitUntil: WaitUntil): KeyLookup | Promise<KeyLookup>
  /** Whether the keys can be had, for whoever looks on: `stale`: those of an earlier time serve. Asks only where a refresh is due anyway. Never rejects. */
  standing(now: number, waitUntil: WaitUntil): Promise<'fresh' | 'stale' | 'none'>
}

const REFRESH_MS = 10 * 60_000
const UNKNOWN_KEY_COOL_DOWN_MS = 30_000
const FAILURE_COOL_DOWN_MS = 5_000
const FETCH_TIMEOUT_MS = 5_000
/** A little more than the fetch may take: a promise of a request that died may never settle, and nobody may wait for it for ever. */
const PATIENCE_MS = FETCH_TIMEOUT_MS + 1_000

export function createKeySet(issuer: KeyHolder, fetchDocument: FetchDocument, memory?: KeySetMemory): KeySet {
  const maxStaleMs = issuer.keysMaxStaleSeconds * 1000
  let keys: readonly VerificationKey[] = []
  let identity: string | undefined
  let generation = 0
  let fetchedAt = Number.NEGATIVE_INFINITY
  let attemptedAt = Number.NEGATIVE_INFINITY
  let unknownKeyAt = Number.NEGATIVE_INFINITY
  let hasFailed = false
  let flight: { readonly work: Promise<void>; readonly startedAt: number } | undefined

  const isUsable = (now: number) => identity !== undefined && now - fetchedAt < maxStaleMs

  /** Takes over a document unless a newer one is already there. Answers whether it was a key set. */
  async function adopt({ document, fetchedAt: time }: RememberedKeySet): Promise<boolean> {
    const read = await readKeySet(document, issuer)
    if (read === undefined) return false
    if (time <= fetchedAt) return true
    fetchedAt = time
    const next = keySetIdentity(read)
    if (next === identity) return true
    identity = next
    keys = read
    generation++
    return true
  }

  async function load(now: number): Promise<void> {
    try {
      if (identity === undefined) {
        // A memory that fails is no memory; it must not stand between the issuer and the gate.
        const remembered = await memory?.load(issuer).catch(() => undefined)
        if (
          remembered !== undefined &&
          remembered.fetchedAt <= now &&
          (await adopt(remembered)) &&
          now - fetchedAt < REFRESH_MS
        )
          return
      }
      const fresh = {
        document: await fetchKeySet(issuer, fetchDocument, AbortSignal.timeout(FETCH_TIMEOUT_MS)),
        fetchedAt: now,
      }
      hasFailed = !(await adopt(fresh))
      if (!hasFailed) await memory?.save(issuer, fresh).catch(() => undefined)
    } catch {
      hasFailed = true
    }
  }

  /** Joins the refresh that is under way, or starts one. Settles within `PATIENCE_MS`, whatever happens to it. */
  function refresh(now: number, waitUntil: WaitUntil): Promise<void> {
    if (flight === undefined || now - flight.startedAt > PATIENCE_MS) {
      // Stamped before anything is awaited, so that a crowd starts one fetch.
      attemptedAt = now
      const work = load(now).then(() => {
        if (flight?.work === work) flight = undefined
      })
      flight = { work, startedAt: now }
      waitUntil(work)
    }
    return settleWithin(flight.work, PATIENCE_MS)
  }

  function refreshIfDue(now: number, waitUntil: WaitUntil): void {
    if (now - fetchedAt < REFRESH_MS || now - attemptedAt < UNKNOWN_KEY_COOL_DOWN_MS) return
    waitUntil(refresh(now, waitUntil))
  }

  function find(kid: string | undefined, alg: string, now: number, waitUntil: WaitUntil) {
    const known = isUsable(now) ? selectKey(keys, kid, alg) : undefined
    if (known === undefined) return fetchAndFind(kid, alg, now, waitUntil)
    refreshIfDue(now, waitUntil)
    return { kind: 'key', key: known, generation } as const
  }

  async function fetchAndFind(
    kid: string | undefined,
    alg: string,
    now: number,
    waitUntil: WaitUntil,
  ): Promise<KeyLookup> {
    if (!isUsable(now)) {
      if (flight !== undefined || now - attemptedAt >= FAILURE_COOL_DOWN_MS || !hasFailed) await refresh(now, waitUntil)
      if (!isUsable(now)) return { kind: 'unavailable' }
      const known = selectKey(keys, kid, alg)
      if (known !== undefined) return { kind: 'key', key: known, generation }
    }
    const wasAsked = flight !== undefined || now - unknownKeyAt >= UNKNOWN_KEY_COOL_DOWN_MS
    if (wasAsked) {
      if (flight === undefined) unknownKeyAt = now
      await refresh(now, waitUntil)
    }
    const found = selectKey(keys, kid, alg)
    if (found !== undefined) return { kind: 'key', key: found, generation }
    // With an issuer that cannot be asked, a new key cannot be told from a made-up one.
    return hasFailed ? { kind: 'unavailable' } : { kind: 'unknown', wasAsked }
  }

  async function standing(now: number, waitUntil: WaitUntil): Promise<'fresh' | 'stale' | 'none'> {
    const isDue = now - fetchedAt >= REFRESH_MS && now - attemptedAt >= UNKNOWN_KEY_COOL_DOWN_MS
    if (isDue) await refresh(now, waitUntil)
    if (!isUsable(now)) return 'none'
    return hasFailed ? 'stale' : 'fresh'
  }

  return { generation: () => generation, isUsable, refreshIfDue, find, standing }
}
