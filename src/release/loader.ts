/**
 * The release that this isolate judges by. Read from KV at the first request, looked at again in the background, kept when something is wrong with what
 * comes. There are no timers between requests, so a copy that slept too long is refreshed before the next request is judged.
 */
import { decodeRelease, type Release } from '../policy/decode.ts'
import { MAX_RELEASE_CHARACTERS } from '../policy/release.ts'
import { sha256Hex } from './digest.ts'
import { type Candidate, decodePointer, MAX_POINTER_BYTES, type Pointer } from './pointer.ts'
import { createReporter, type ReleaseEvent } from './report.ts'
import { authenticate, type Trust, untimely } from './signature.ts'
import { POINTER_KEY, releaseKey } from './store.ts'

/** KV, as the request path reads it. Not more than `mostBytes`, whatever is there. */
export type ReadBytes = (key: string, mostBytes: number) => Promise<ArrayBuffer | 'too_large' | undefined>

/** Keeps work alive after the answer: `ctx.waitUntil`. */
export type WaitUntil = (work: Promise<unknown>) => void

export interface ActiveRelease {
  readonly release: Release
  readonly digest: string
  readonly serial: number
  readonly source: 'bundled' | 'kv'
  /** ISO 8601: when it was published, where KV said so. */
  readonly publishedAt?: string
  /** ISO 8601: when the signature of its pointer ceases to be good, where it has one. */
  readonly expires?: string
  /** What selected requests are judged by as well, without any effect on them. */
  readonly candidate?: ActiveCandidate
}

export interface ActiveCandidate extends Candidate {
  readonly release: Release
}

export interface LoaderParts {
  readonly read: ReadBytes
  /** Built into the Worker, like the bundled release: never from KV. */
  readonly trust: Trust
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
/** No character takes more than three bytes in UTF-8. */
const MAX_RELEASE_BYTES = 3 * MAX_RELEASE_CHARACTERS
/** The part of a signature's time that is left when it is time to renew it. */
const LAST_PART = 0.2

export function createReleaseLoader(parts: LoaderParts): ReleaseLoader {
  const { read, bundled, trust } = parts
  const { tell, forget } = createReporter(parts.report)
  const refreshMs = parts.refreshSeconds * 1000
  const maxAgeMs = parts.maxAgeSeconds * 1000
  let active: ActiveRelease | undefined
  /** When KV last answered, was last asked, and last failed to answer. */
  let checkedAt = Number.NEGATIVE_INFINITY
  let attemptedAt = Number.NEGATIVE_INFINITY
  let failedAt = Number.NEGATIVE_INFINITY
  let hasSeenPointer = false
  /** The candidate of the pointer that is in force. */
  let wanted: Candidate | undefined
  let flight: { readonly work: Promise<void>; readonly startedAt: number } | undefined

  function current(now: number, waitUntil: WaitUntil): ActiveRelease | Promise<ActiveRelease | undefined> {
    if (active === undefined) return start(now, waitUntil)
    const age = now - checkedAt
    if (age < refreshMs) return active
    if (flight === undefined && now - attemptedAt < refreshMs) return active
    const look = refresh(now, waitUntil)
    // Where KV failed a moment ago there is nothing to wait for: the last good release stays.
    if (age < maxAgeMs || now - failedAt < maxAgeMs) return active
    return waitFor(look, now).then(() => active)
  }

  async function start(now: number, waitUntil: WaitUntil): Promise<ActiveRelease | undefined> {
    if (flight !== undefined || now - attemptedAt >= COLD_RETRY_MS) await waitFor(refresh(now, waitUntil), now)
    if (active === undefined && parts.coldStart === 'bundled') activateBundled(now)
    return active
  }

  /** A look that outlasts the patience of one request is not waited for by the next: KV that hangs must cost no more than KV that fails. */
  async function waitFor(look: Promise<void>, now: number): Promise<void> {
    if (await settlesWithin(look, PATIENCE_MS)) return
    failedAt = Math.max(failedAt, now)
    tell({ code: 'kv_unreachable', detail: 'no answer in time' }, now)
  }

  /** `pointer`: what in KV names this very release. */
  function activateBundled(now: number, pointer?: Pointer): void {
    const release = decodeRelease(bundled.text)
    if (!release.ok) {
      tell({ code: 'bundled_unreadable', detail: release.error }, now)
      return
    }
    const { digest, serial } = bundled
    if (pointer === undefined) active = { release: release.value, digest, serial, source: 'bundled' }
    else activate(release.value, pointer)
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
    // After the look, and nobody waits for it: a request is judged as soon as there is a release to judge it by.
    waitUntil(work.then(() => bringCandidate(now)))
    return work
  }

  async function look(now: number): Promise<void> {
    try {
      const bytes = await read(POINTER_KEY, MAX_POINTER_BYTES)
      forget('kv_unreachable')
      if (bytes === undefined) missPointer(now)
      else await follow(bytes, now)
      checkedAt = Math.max(checkedAt, now)
      failedAt = Number.NEGATIVE_INFINITY
    } catch (fault) {
      failedAt = now
      tell({ code: 'kv_unreachable', detail: fault instanceof Error ? fault.name : typeof fault }, now)
    }
    remind(now)
  }

  /** KV that answers "nothing published" is reachable, so the bundled release serves, also under `strict`: unless somebody may have deleted the answer. */
  function missPointer(now: number): void {
    const isSigned = trust.signing !== undefined
    if (active === undefined && !(isSigned && parts.coldStart === 'strict')) activateBundled(now)
    if (hasSeenPointer || isSigned) tell({ code: 'pointer_missing' }, now)
  }

  async function follow(bytes: ArrayBuffer | 'too_large', now: number): Promise<void> {
    if (bytes === 'too_large') return tell({ code: 'pointer_malformed', detail: 'it is too long' }, now)
    const parsed = decodePointer(bytes)
    if (!parsed.ok) return tell({ code: 'pointer_malformed', detail: parsed.error }, now)
    const pointer = parsed.value
    const { digest, serial } = pointer
    // INVARIANT (signed pointers): from here on somebody whom the deployment trusts said so, wherever it has keys.
    const believed = await authenticate(pointer, trust, now)
    if (!believed.ok) return tell({ code: believed.error, digest, serial }, now)
    hasSeenPointer = true
    // KV outranks a bundle only by a higher serial, and what is active only by one that is not lower.
    if (active === undefined && serial <= bundled.serial) activateBundled(now)
    if (active !== undefined && isOutranked(pointer, active)) return tellOutranked(pointer, active, now)
    const fault = trust.signing === undefined ? undefined : untimely(pointer, now)
    if (fault !== undefined) return tell({ code: fault, digest, serial }, now)
    if (digest === active?.digest) activate(active.release, pointer)
    else {
      if (serial === active?.serial) tell({ code: 'serial_conflict', digest, serial }, now)
      await takeOver(pointer, now)
    }
  }

  /** A data centre may answer with an older pointer for a while; only one that names another release is worth a report. */
  function tellOutranked({ digest, serial }: Pointer, live: ActiveRelease, now: number): void {
    if (digest !== live.digest)
      tell({ code: serial < live.serial ? 'serial_lower' : 'serial_conflict', digest, serial }, now)
  }

  async function takeOver(pointer: Pointer, now: number): Promise<void> {
    const { digest, serial } = pointer
    if (digest === bundled.digest) return activateBundled(now, pointer)
    const { candidate } = active ?? {}
    // INVARIANT (two releases): the candidate goes before another one is read.
    if (active !== undefined && candidate?.digest !== digest) {
      active = withoutCandidate(active)
      wanted = undefined
    }
    const release = candidate?.digest === digest ? candidate.release : await load('release', digest, serial, now)
    // While this was being read, another look may have gone further.
    if (release === undefined || (active !== undefined && active.serial > serial)) return
    activate(release, pointer)
    tell({ code: 'activated', digest, serial }, now)
  }

  /** Reads a release and checks it; what it is to be only matters for what is told where it is not good. */
  async function load(
    what: 'release' | 'candidate',
    digest: string,
    serial: number,
    now: number,
  ): Promise<Release | undefined> {
    const refuse = (fault: 'missing' | 'damaged' | 'unreadable', detail?: string) =>
      tell({ code: `${what}_${fault}`, digest, serial, ...(detail !== undefined && { detail }) }, now)
    const bytes = await read(releaseKey(digest), MAX_RELEASE_BYTES)
    if (bytes === undefined) return void refuse('missing')
    if (bytes === 'too_large' || (await sha256Hex(bytes)) !== digest) return void refuse('damaged')
    const release = decodeRelease(new TextDecoder().decode(bytes))
    return release.ok ? release.value : void refuse('unreadable', release.error)
  }

  function activate(release: Release, pointer: Pointer): void {
    const kept = active?.digest === pointer.digest && active.candidate
    active = { release, ...placeOf(pointer), ...(kept && { candidate: kept }) }
    wanted = pointer.candidate
  }

  /** Makes the candidate what the pointer in force says. Never rejects; whatever happens, what is active is not touched by it. */
  async function bringCandidate(now: number): Promise<void> {
    const candidate = wanted
    if (active === undefined) return
    const loaded = active.candidate?.digest === candidate?.digest ? active.candidate?.release : undefined
    if (loaded === undefined) active = withoutCandidate(active)
    if (candidate === undefined) return
    try {
      const release = loaded ?? (await loadCandidate(candidate.digest, active.serial, now))
      if (release === undefined || wanted !== candidate || active.digest === candidate.digest) return
      active = { ...active, candidate: { ...candidate, release } }
    } catch (fault) {
      tell({ code: 'kv_unreachable', detail: fault instanceof Error ? fault.name : typeof fault }, now)
    }
  }

  async function loadCandidate(digest: string, serial: number, now: number): Promise<Release | undefined> {
    const bundle = digest === bundled.digest ? decodeRelease(bundled.text) : undefined
    const release = bundle?.ok ? bundle.value : await load('candidate', digest, serial, now)
    if (release !== undefined) tell({ code: 'candidate_loaded', digest, serial }, now)
    return release
  }

  /** What is active stays, also past its time, but somebody should know: new isolates will not take it over. */
  function remind(now: number): void {
    if (active?.expires === undefined) return
    const { digest, serial, publishedAt, expires } = active
    const end = Date.parse(expires)
    if (end <= now) tell({ code: 'pointer_expired', digest, serial, detail: expires }, now)
    else if (end - now < LAST_PART * (end - Date.parse(publishedAt ?? expires)))
      tell({ code: 'pointer_expiring', digest, serial, detail: expires }, now)
  }

  return { bundled: { digest: bundled.digest, serial: bundled.serial }, current }
}

const withoutCandidate = ({ candidate: _, ...rest }: ActiveRelease): ActiveRelease => rest

const placeOf = ({ digest, serial, publishedAt, expires }: Pointer): Omit<ActiveRelease, 'release'> => ({
  digest,
  serial,
  source: 'kv',
  publishedAt,
  ...(expires !== undefined && { expires }),
})

const isOutranked = ({ serial }: Pointer, live: ActiveRelease): boolean =>
  serial < live.serial || (serial === live.serial && live.source === 'bundled')

/** The waiter's own timer: a promise that another request started may never settle once that request is gone. */
async function settlesWithin(work: Promise<void>, milliseconds: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const patience = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds)
  })
  const isSettled = await Promise.race([work.then(() => true), patience])
  clearTimeout(timer)
  return isSettled
}
