/**
 * Follows the log: asks what came after the place that is known, and takes it over. Any number of asks may be under way, of requests that live or died: an
 * answer counts only if what it leads on from is still what is known.
 */
import {
  type Changes,
  type Cursor,
  GENESIS,
  type RevocationLog,
  type SnapshotManifest,
} from '../policy/revocation-log.ts'
import type { SharedAnswer, SharedAnswers } from './colo-cache.ts'
import { elapsed } from './elapsed.ts'
import { createLogCopy, type LogCopy } from './log-copy.ts'
import { readChanges } from './read-changes.ts'
import type { Tell } from './report.ts'
import { latestManifest, loadSnapshot, type ReadBytes, type SnapshotFault } from './snapshot.ts'

/** Keeps work alive after the answer: `ctx.waitUntil`. */
export type WaitUntil = (work: Promise<unknown>) => void

/** The work's value, or undefined once the waiter's own timer has run out. Rejects where the work does. */
export type SettleWithin = <T>(work: Promise<T>, milliseconds: number) => Promise<T | undefined>

export interface FollowerParts {
  readonly log: Pick<RevocationLog, 'changes'>
  readonly shared?: SharedAnswers
  /** Shared answers that are older are no news. */
  readonly sharedMs: number
  readonly read: ReadBytes
  readonly settleWithin: SettleWithin
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  readonly tell: Tell
}

/** `current`: all was taken over that the log knew when it was asked. `claimed`: another isolate is asking. `failed`: nobody could say. */
export type Step = 'current' | 'behind' | 'claimed' | 'failed'

export type How = 'direct' | 'shared' | 'patient'

export interface Follower {
  /** What denies. Another object, or of another generation, whenever it says something else. */
  readonly copy: LogCopy
  readonly generation: number
  /** When the log was asked last of those times that all it knew was taken over; never: minus infinity. */
  readonly askedAt: number
  /** How often the log itself was asked, and which of these asks was the last that all was taken over of. */
  readonly asks: number
  readonly confirmed: number
  /** `direct`: of the log itself, whatever others know; `patient`: rather not while another isolate asks it. Never rejects. */
  step(how: How, waitUntil: WaitUntil): Promise<Step>
  /** Where nothing is known at all and the log does not answer: the latest snapshot in KV, which can deny and nothing else. Never rejects. */
  stopgap(): Promise<void>
}

const LOG_DEADLINE_MS = 3_000
/** What a look into the cache may cost. */
const CACHE_DEADLINE_MS = 250
/** How long it counts that another isolate asks: most answers are there by then, and one who died holds up nobody for long. */
const CLAIM_MS = 500
const LOAD_DEADLINE_MS = 20_000
/** How often a copy is begun anew until it is whole; what begins more often leads nowhere. */
const MOST_BEGINNINGS = 3
const STOPGAP_PAUSE_MS = 30_000

interface Answer {
  readonly changes: Changes
  readonly askedAt: number
  /** The number of the ask; undefined where another isolate asked. */
  readonly ask?: number
}

export function createFollower({ log, shared, sharedMs, read, settleWithin, clock, tell }: FollowerParts): Follower {
  let copy = createLogCopy()
  /** Whether `copy` came from the log, or from a snapshot that the log vouches for. */
  let isTrusted = false
  /** What is to take its place, until it is whole; how often it was begun, and when the log was asked that said so last. */
  let next: LogCopy | undefined
  let beginnings = 0
  let begunAt = Number.NEGATIVE_INFINITY
  /** The log's last entry, as the last answer that was taken over had it. */
  let headSeq = 0
  let generation = 0
  let askedAt = Number.NEGATIVE_INFINITY
  let asks = 0
  let confirmed = 0
  let loadingAt = Number.NEGATIVE_INFINITY
  let stopgapAt = Number.NEGATIVE_INFINITY

  /** What is led on: undefined where the log must say where to begin. */
  const led = (): LogCopy | undefined => next ?? (isTrusted ? copy : undefined)

  async function step(how: How, waitUntil: WaitUntil): Promise<Step> {
    try {
      return await attempt(how, waitUntil)
    } catch (fault) {
      tell({ code: 'log_unreachable', detail: fault instanceof Error ? fault.name : typeof fault }, clock())
      return 'failed'
    }
  }

  async function attempt(how: How, waitUntil: WaitUntil): Promise<Step> {
    const isDirect = how === 'direct'
    const base = led()
    const after = base?.cursor
    const known = isDirect ? undefined : await askCache(after)
    if (known === undefined && how === 'patient' && (await isClaimed(after))) return 'claimed'
    if (known === undefined && !isDirect) waitUntil(claim(after))
    const answer = known ?? (await askLog(after))
    if (answer === undefined) return 'failed'
    if (answer.ask !== undefined && !isDirect) waitUntil(share(after, answer))
    // INVARIANT (order): somebody else went further meanwhile, and this answer leads on from where nobody is any more.
    if (led() !== base || base?.cursor !== after) return 'behind'
    headSeq = answer.changes.head.seq
    return answer.changes.kind === 'resync'
      ? begin(answer.changes, answer.askedAt, base)
      : follow(answer, answer.changes, base)
  }

  function follow(
    { askedAt: time, ask }: Answer,
    { states, cursor, head }: Changes & { readonly kind: 'changes' },
    base: LogCopy = createLogCopy(),
  ): Step {
    const now = clock()
    if (!base.take(states, cursor, now)) {
      tell({ code: 'too_many_marks' }, now)
      return 'failed'
    }
    if (base === copy) generation += states.length > 0 ? 1 : 0
    else next = base
    if (cursor.seq !== head.seq) return 'behind'
    if (base !== copy) install(base, true)
    next = undefined
    beginnings = 0
    // An ask that was overtaken by a later one says nothing new.
    if (ask === undefined || ask > confirmed) askedAt = time
    confirmed = Math.max(confirmed, ask ?? 0)
    return 'current'
  }

  function install(whole: LogCopy, isFromLog: boolean): void {
    copy = whole
    isTrusted = isFromLog
    generation++
  }

  /** Begins anew beside what is known, which goes on denying. */
  async function begin(
    { snapshot, head }: Changes & { readonly kind: 'resync' },
    time: number,
    base: LogCopy | undefined,
  ): Promise<Step> {
    const now = clock()
    if (base !== undefined && base === copy) tell({ code: 'resync', seq: head.seq }, now)
    if (base !== undefined && base === next && base.cursor.seq === 0)
      return giveUp('it does not know its own beginning')
    if (elapsed(loadingAt, now) < LOAD_DEADLINE_MS) return 'failed'
    if (++beginnings > MOST_BEGINNINGS) return giveUp('it leads nowhere')
    begunAt = Math.max(begunAt, time)
    loadingAt = now
    // What was begun with a snapshot and led nowhere is begun without.
    const loaded = snapshot === undefined || (base !== undefined && base === next) ? undefined : await load(snapshot)
    loadingAt = Number.NEGATIVE_INFINITY
    if (led() === base) next = loaded ?? createLogCopy()
    return 'behind'
  }

  function giveUp(detail: string): Step {
    next = undefined
    beginnings = 0
    tell({ code: 'log_malformed', detail }, clock())
    return 'failed'
  }

  async function load(manifest: SnapshotManifest): Promise<LogCopy | undefined> {
    const loaded = await settleWithin(loadSnapshot(manifest, read, clock()), LOAD_DEADLINE_MS)
    if (loaded?.ok) return loaded.value
    tellFault(loaded?.error ?? { code: 'unreachable', detail: 'no answer in time' })
    return undefined
  }

  const tellFault = ({ code, detail }: SnapshotFault): void =>
    tell({ code: `snapshot_${code}`, ...(detail !== undefined && { detail }) }, clock())

  async function askLog(after: Cursor | undefined): Promise<Answer | undefined> {
    const time = clock()
    const ask = ++asks
    const fail = (code: 'log_unreachable' | 'log_malformed', detail: string): undefined => {
      tell({ code, detail }, clock())
    }
    const value = await settleWithin(log.changes(after), LOG_DEADLINE_MS)
    if (value === undefined) return fail('log_unreachable', 'no answer in time')
    const changes = readChanges(value)
    if (!changes.ok) return fail('log_malformed', changes.error)
    if (!leadsOn(after ?? GENESIS, changes.value)) return fail('log_malformed', 'it does not lead on')
    return { changes: changes.value, askedAt: time, ask }
  }

  /** Only what is younger than what is known already; for a copy that is still being made, than what said that it must be: an older one leads back to there. */
  async function askCache(after: Cursor | undefined): Promise<Answer | undefined> {
    if (shared === undefined) return undefined
    try {
      const answer = await settleWithin(shared.load(after), CACHE_DEADLINE_MS)
      if (answer === undefined || !leadsOn(after ?? GENESIS, answer.changes)) return undefined
      const age = elapsed(answer.askedAt, clock())
      const isNews = led() === copy ? age < elapsed(askedAt, clock()) : answer.askedAt > begunAt
      // INVARIANT (pages): a state moves to the end when it changes, so a page from before the last one could miss it at both places.
      const isLater = answer.changes.head.seq >= headSeq
      return age < sharedMs && isNews && isLater ? { changes: answer.changes, askedAt: answer.askedAt } : undefined
    } catch {
      // A cache that fails is no cache.
      return undefined
    }
  }

  async function isClaimed(after: Cursor | undefined): Promise<boolean> {
    if (shared === undefined) return false
    try {
      const claimedAt = await settleWithin(shared.claimedAt(after), CACHE_DEADLINE_MS)
      return claimedAt !== undefined && elapsed(claimedAt, clock()) < CLAIM_MS
    } catch {
      // As above.
      return false
    }
  }

  async function claim(after: Cursor | undefined): Promise<void> {
    try {
      await settleWithin(Promise.resolve(shared?.claim(after, clock())), CACHE_DEADLINE_MS)
    } catch {
      // As above.
    }
  }

  async function share(after: Cursor | undefined, { changes, askedAt: time }: SharedAnswer): Promise<void> {
    try {
      await settleWithin(Promise.resolve(shared?.save(after, { askedAt: time, changes })), CACHE_DEADLINE_MS)
    } catch {
      // As above.
    }
  }

  async function stopgap(): Promise<void> {
    const now = clock()
    const isBusy = elapsed(loadingAt, now) < LOAD_DEADLINE_MS || elapsed(stopgapAt, now) < STOPGAP_PAUSE_MS
    if (isTrusted || copy.cursor.seq > 0 || isBusy) return
    stopgapAt = now
    const manifest = await settleWithin(latestManifest(read), LOG_DEADLINE_MS)
    if (manifest === undefined || !manifest.ok) return tellFault(manifest?.error ?? { code: 'unreachable' })
    const loaded = await load(manifest.value)
    // INVARIANT (trust): nobody but KV says that this is all there is, so it is never led on, and it makes nothing fresh.
    if (loaded !== undefined && !isTrusted) install(loaded, false)
  }

  return {
    get copy() {
      return copy
    },
    get generation() {
      return generation
    },
    get askedAt() {
      return askedAt
    },
    get asks() {
      return asks
    },
    get confirmed() {
      return confirmed
    },
    step,
    stopgap,
  }
}

/** Whether an answer is about what comes after this place, and all of it up to where it says. */
function leadsOn(after: Cursor, changes: Changes): boolean {
  if (changes.kind === 'resync') return true
  const { states, cursor, head } = changes
  if (cursor.seq === after.seq && (cursor.hash !== after.hash || states.length > 0 || head.seq !== cursor.seq))
    return false
  if (cursor.seq < after.seq || head.seq < cursor.seq || (head.seq === cursor.seq && head.hash !== cursor.hash))
    return false
  return states.every(({ seq }, index) => seq > (states[index - 1]?.seq ?? after.seq) && seq <= cursor.seq)
}
