/**
 * The release that this isolate judges by. Read from KV at the first request, looked at again in the background, kept when something is wrong with what
 * comes. There are no timers between requests, so a copy that slept too long is refreshed before the next request is judged.
 */
import { decodeRelease, type Release } from '../policy/decode.ts'
import { sha256Hex } from './digest.ts'
import { POINTER_KEY, type Pointer, parsePointer, releaseKey } from './store.ts'

/** KV, as the request path reads it. */
export type ReadBytes = (key: string) => Promise<ArrayBuffer | undefined>

/** Keeps work alive after the answer: `ctx.waitUntil`. */
export type WaitUntil = (work: Promise<unknown>) => void

export interface ActiveRelease {
  readonly release: Release
  readonly digest: string
  readonly serial: number
  readonly source: 'bundled' | 'kv'
}

/** Something was not taken over, or could not be read; the last good release stays. */
export interface ReleaseEvent {
  readonly event: 'release'
  readonly code:
    | 'kv_unreachable'
    | 'pointer_missing'
    | 'pointer_malformed'
    | 'serial_lower'
    | 'serial_conflict'
    | 'release_missing'
    | 'release_damaged'
    | 'release_unreadable'
    | 'bundled_unreadable'
    | 'activated'
  readonly detail?: string
  readonly digest?: string
  readonly serial?: number
}

export interface LoaderParts {
  readonly read: ReadBytes
  readonly bundled: { readonly text: string; readonly digest: string; readonly serial: number }
  readonly coldStart: 'bundled' | 'strict'
  readonly refreshSeconds: number
  readonly maxAgeSeconds: number
  readonly report: (event: ReleaseEvent) => void
}

export interface ReleaseLoader {
  /** The release that the Worker was built with, whatever is active. */
  readonly bundled: { readonly digest: string; readonly serial: number }
  /**
   * The release to judge by now, `now` in milliseconds. Synchronous while the copy is young enough. Undefined where there is none to be had: the caller
   * refuses. Never rejects.
   */
  current(now: number, waitUntil: WaitUntil): ActiveRelease | Promise<ActiveRelease | undefined>
}

/** How long a request waits for KV at the most. */
const PATIENCE_MS = 3_000
/** How soon an isolate that has no release at all asks again. */
const COLD_RETRY_MS = 1_000

export function createReleaseLoader(parts: LoaderParts): ReleaseLoader {
  const { read, bundled, report } = parts
  const refreshMs = parts.refreshSeconds * 1000
  const maxAgeMs = parts.maxAgeSeconds * 1000
  let active: ActiveRelease | undefined
  /** When KV last answered, was last asked, and last failed to answer. */
  let checkedAt = Number.NEGATIVE_INFINITY
  let attemptedAt = Number.NEGATIVE_INFINITY
  let failedAt = Number.NEGATIVE_INFINITY
  let hasSeenPointer = false
  let flight: { readonly work: Promise<void>; readonly startedAt: number } | undefined

  function current(now: number, waitUntil: WaitUntil): ActiveRelease | Promise<ActiveRelease | undefined> {
    if (active === undefined) return start(now, waitUntil)
    const age = now - checkedAt
    if (age < refreshMs) return active
    if (flight === undefined && now - attemptedAt < refreshMs) return active
    const look = refresh(now, waitUntil)
    // Where KV failed a moment ago there is nothing to wait for: the last good release stays.
    if (age < maxAgeMs || now - failedAt < maxAgeMs) return active
    return settleWithin(look, PATIENCE_MS).then(() => active)
  }

  async function start(now: number, waitUntil: WaitUntil): Promise<ActiveRelease | undefined> {
    if (flight !== undefined || now - attemptedAt >= COLD_RETRY_MS)
      await settleWithin(refresh(now, waitUntil), PATIENCE_MS)
    if (active === undefined && parts.coldStart === 'bundled') activateBundled(bundled.serial, 'bundled')
    return active
  }

  function activateBundled(serial: number, source: ActiveRelease['source']): void {
    const release = decodeRelease(bundled.text)
    if (release.ok) active = { release: release.value, digest: bundled.digest, serial, source }
    else report({ event: 'release', code: 'bundled_unreadable', detail: release.error })
  }

  /** Joins the look that is under way, or begins one. The promise never rejects, and is always given to `waitUntil`. */
  function refresh(now: number, waitUntil: WaitUntil): Promise<void> {
    if (flight !== undefined && now - flight.startedAt <= 2 * PATIENCE_MS) return flight.work
    attemptedAt = now
    const work = look(now).then(() => {
      if (flight?.work === work) flight = undefined
    })
    flight = { work, startedAt: now }
    waitUntil(work)
    return work
  }

  async function look(now: number): Promise<void> {
    try {
      const bytes = await read(POINTER_KEY)
      if (bytes !== undefined) await follow(bytes)
      // KV that answers "nothing published" is reachable, so the bundled release serves, also under `strict`.
      else if (active === undefined) activateBundled(bundled.serial, 'bundled')
      else if (hasSeenPointer) report({ event: 'release', code: 'pointer_missing' })
      checkedAt = Math.max(checkedAt, now)
      failedAt = Number.NEGATIVE_INFINITY
    } catch (fault) {
      failedAt = now
      report({ event: 'release', code: 'kv_unreachable', detail: fault instanceof Error ? fault.name : typeof fault })
    }
  }

  async function follow(bytes: ArrayBuffer): Promise<void> {
    const pointer = parsePointer(new TextDecoder().decode(bytes))
    if (!pointer.ok) return report({ event: 'release', code: 'pointer_malformed', detail: pointer.error })
    hasSeenPointer = true
    const { digest, serial } = pointer.value
    // KV outranks a bundle only by a higher serial, and what is active only by one that is not lower.
    if (active === undefined && serial <= bundled.serial) activateBundled(bundled.serial, 'bundled')
    if (active === undefined) return takeOver(pointer.value)
    if (serial < active.serial || (serial === active.serial && active.source === 'bundled'))
      return reportOutranked(pointer.value, active)
    if (digest === active.digest) active = { ...active, serial, source: 'kv' }
    else {
      if (serial === active.serial) report({ event: 'release', code: 'serial_conflict', digest, serial })
      await takeOver(pointer.value)
    }
  }

  /** A data centre may answer with an older pointer for a while; only one that names another release is worth a report. */
  function reportOutranked({ digest, serial }: Pointer, live: ActiveRelease): void {
    if (digest !== live.digest)
      report({ event: 'release', code: serial < live.serial ? 'serial_lower' : 'serial_conflict', digest, serial })
  }

  async function takeOver({ digest, serial }: Pointer): Promise<void> {
    const about = { event: 'release', digest, serial } as const
    if (digest === bundled.digest) return activateBundled(serial, 'kv')
    const bytes = await read(releaseKey(digest))
    if (bytes === undefined) return report({ ...about, code: 'release_missing' })
    if ((await sha256Hex(bytes)) !== digest) return report({ ...about, code: 'release_damaged' })
    const release = decodeRelease(new TextDecoder().decode(bytes))
    if (!release.ok) return report({ ...about, code: 'release_unreadable', detail: release.error })
    // While this was being read, another look may have gone further.
    if (active !== undefined && active.serial > serial) return
    active = { release: release.value, digest, serial, source: 'kv' }
    report({ ...about, code: 'activated' })
  }

  return { bundled: { digest: bundled.digest, serial: bundled.serial }, current }
}

/** The waiter's own timer: a promise that another request started may never settle once that request is gone. */
async function settleWithin(work: Promise<void>, milliseconds: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds)
  })
  await Promise.race([work, patience])
  clearTimeout(timer)
}
