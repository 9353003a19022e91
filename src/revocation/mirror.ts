/**
 * What this isolate knows of the revocation log. Brought up to date in the background by requests, for there are no timers between them; waited for where
 * it is too old; and where nobody can say what was revoked lately, it says so, while all that it knows goes on denying.
 */
import type { ActiveEffect, TargetKind } from '../policy/mark.ts'
import type { Principal } from '../policy/principal.ts'
import { type EpochSeconds, epochSeconds } from '../policy/result.ts'
import type { RevocationPolicy, StaleStance } from '../policy/revocation-policy.ts'
import type { ScopeToken } from '../policy/scope.ts'
import { isActive } from '../policy/standing.ts'
import { elapsed } from './elapsed.ts'
import { createFollower, type FollowerParts, type WaitUntil } from './follower.ts'
import { createPrincipalKeys, type PrincipalKeys } from './principal-keys.ts'
import { KEYED_KINDS } from './read-changes.ts'
import { createTell, type RevocationEvent } from './report.ts'

/** Whether what is known is young enough to let in by; otherwise the stance of the environment applies. */
export type Freshness = 'fresh' | 'stale'

/** What holds of one of a principal's names. */
export interface FoundEffect extends ActiveEffect {
  readonly target: TargetKind
}

export interface RevocationStatus {
  readonly freshness: Freshness
  /** What happens while it is stale. */
  readonly stance: StaleStance
  /** The number of the log's last entry that is known. */
  readonly seq: number
  /** Targets that something holds of. */
  readonly marks: number
  /** Since the log was asked; absent where it never answered. */
  readonly ageSeconds?: number
}

/** All times in milliseconds. Nothing here ever throws or rejects. */
export interface Revocations {
  /** A comparison while what is known is young; a promise only where the request has to wait. */
  ready(now: number, waitUntil: WaitUntil): Freshness | Promise<Freshness>
  /** Asks the log itself. True only if by the end all is known that the log had acknowledged when this was called. */
  syncNow(waitUntil: WaitUntil): Promise<boolean>
  /** Of every target that the principal is, or has the name of. */
  effectsOn(principal: Principal, now: number): readonly FoundEffect[]
  /** Kill switches for this client and for all. */
  suspendedFor(client: string | undefined, now: number): ReadonlySet<ScopeToken>
  status(now: number): RevocationStatus
}

export interface MirrorParts extends Omit<FollowerParts, 'tell' | 'sharedMs'> {
  readonly policy: Pick<RevocationPolicy, 'pollSeconds' | 'maxAgeSeconds' | 'maxStaleSeconds' | 'whenStale'>
  readonly report: (event: RevocationEvent) => void
}

/** How long a request waits for news at the most; the first ones of an isolate, which may have a snapshot to read, a little longer. */
const PATIENCE_MS = 1_000
const COLD_PATIENCE_MS = 3_000
/** How long nobody waits any more, once somebody did in vain. */
const PAUSE_MS = 5_000
/** How soon an isolate that knows nothing asks again. */
const COLD_RETRY_MS = 1_000
/** How long one round of asking goes on; the next goes on from there. */
const ROUND_MS = 20_000
/** A step takes less, whatever happens; a round that does not move belongs to a request that died. */
const STUCK_MS = 5_000
/** How soon somebody looks again who lets another isolate ask, and how often. */
const CLAIM_PAUSE_MS = 25
const CLAIM_LOOKS = 20
const SYNC_PATIENCE_MS = 2_000
/** A change of the log, a resync and what comes meanwhile; more is for the background. */
const SYNC_STEPS = 8

const NO_EFFECTS: readonly FoundEffect[] = []

/** What was found of a principal, and how long that holds. */
interface Remembered {
  readonly keys: PrincipalKeys
  readonly generation: number
  readonly untilSeconds: number
  readonly effects: readonly FoundEffect[]
}

export function createMirror(parts: MirrorParts): Revocations {
  const { policy, settleWithin, clock } = parts
  const pollMs = policy.pollSeconds * 1000
  const maxAgeMs = policy.maxAgeSeconds * 1000
  const maxStaleMs = policy.maxStaleSeconds * 1000
  const tell = createTell(parts.report)
  const follower = createFollower({ ...parts, sharedMs: pollMs / 2, tell })
  const remembered = new WeakMap<Principal, Remembered>()
  /** When a round began that did not come to its end. */
  let attemptedAt = Number.NEGATIVE_INFINITY
  /** When an ask failed, or somebody waited in vain. */
  let failedAt = Number.NEGATIVE_INFINITY
  let flight: { readonly work: Promise<void>; movedAt: number } | undefined
  let wasStale = false

  function ready(now: number, waitUntil: WaitUntil): Freshness | Promise<Freshness> {
    const age = elapsed(follower.askedAt, now)
    if (age < pollMs) return 'fresh'
    const isCold = age === Number.POSITIVE_INFINITY
    const work = poll(now, isCold ? Math.min(pollMs, COLD_RETRY_MS) : pollMs, waitUntil)
    if (age < maxAgeMs) return 'fresh'
    if (work === undefined || elapsed(failedAt, now) < PAUSE_MS) return freshness(now)
    return waitFor(work, isCold ? COLD_PATIENCE_MS : PATIENCE_MS)
  }

  async function waitFor(work: Promise<void>, milliseconds: number): Promise<Freshness> {
    const isSettled = await settleWithin(
      work.then(() => true),
      milliseconds,
    )
    if (isSettled !== true) failedAt = clock()
    return freshness(clock())
  }

  /** Joins the round that is under way, or begins one if the last is long enough ago. Never rejects, and is always given to `waitUntil`. */
  function poll(now: number, pauseMs: number, waitUntil: WaitUntil): Promise<void> | undefined {
    if (flight !== undefined && elapsed(flight.movedAt, now) <= STUCK_MS) return flight.work
    if (elapsed(attemptedAt, now) < pauseMs) return undefined
    attemptedAt = now
    const moved = (at: number) => {
      if (flight?.work === work) flight.movedAt = at
    }
    const work: Promise<void> = catchUp(now, moved, waitUntil).then(() => {
      if (flight?.work === work) flight = undefined
    })
    flight = { work, movedAt: now }
    waitUntil(work)
    return work
  }

  async function catchUp(startedAt: number, moved: (at: number) => void, waitUntil: WaitUntil): Promise<void> {
    let looks = 0
    const next = () => follower.step(looks < CLAIM_LOOKS ? 'patient' : 'shared', waitUntil)
    let step = await next()
    while ((step === 'behind' || step === 'claimed') && elapsed(startedAt, clock()) < ROUND_MS) {
      moved(clock())
      if (step === 'claimed') {
        looks++
        await settleWithin(new Promise(() => undefined), CLAIM_PAUSE_MS)
      }
      step = await next()
    }
    if (step === 'failed') {
      failedAt = clock()
      await follower.stopgap()
    }
    if (step === 'current') {
      attemptedAt = Number.NEGATIVE_INFINITY
      failedAt = Number.NEGATIVE_INFINITY
      freshness(clock())
    }
  }

  function freshness(now: number): Freshness {
    const isStale = elapsed(follower.askedAt, now) >= maxStaleMs
    if (isStale !== wasStale) tell({ code: isStale ? 'stale' : 'recovered', seq: follower.copy.cursor.seq }, now)
    wasStale = isStale
    return isStale ? 'stale' : 'fresh'
  }

  async function sync(waitUntil: WaitUntil): Promise<boolean> {
    const before = follower.asks
    for (let steps = 0; steps < SYNC_STEPS; steps++) {
      if ((await follower.step('direct', waitUntil)) === 'failed') return false
      if (follower.confirmed > before) return true
    }
    return false
  }

  function effectsOn(principal: Principal, now: number): readonly FoundEffect[] {
    const { copy, generation } = follower
    if (copy.marks.size === 0) return NO_EFFECTS
    const known = remembered.get(principal)
    if (known?.generation === generation && now / 1000 < known.untilSeconds) return known.effects
    const keys = known?.keys ?? createPrincipalKeys(principal)
    const effects = find(keys, epochSeconds(now))
    const untilSeconds = Math.min(...effects.map(({ expires = Number.POSITIVE_INFINITY }) => expires))
    remembered.set(principal, { keys, generation, untilSeconds, effects })
    return effects
  }

  function find(keys: PrincipalKeys, now: EpochSeconds): readonly FoundEffect[] {
    const { marks } = follower.copy
    let found = NO_EFFECTS
    for (const target of KEYED_KINDS) {
      const place = marks.has(target) ? keys.placeOf(target) : undefined
      const effects = place === undefined ? NO_EFFECTS : marks.find(keys.words, place)
      const active = effects.filter((effect) => isActive(effect, now)).map((effect) => ({ ...effect, target }))
      if (active.length > 0) found = [...found, ...active]
    }
    return found
  }

  return {
    ready,
    async syncNow(waitUntil) {
      const work = sync(waitUntil)
      waitUntil(work)
      return (await settleWithin(work, SYNC_PATIENCE_MS)) === true
    },
    effectsOn,
    suspendedFor: (client, now) => follower.copy.switches.suspendedFor(client, epochSeconds(now)),
    status(now) {
      const age = elapsed(follower.askedAt, now)
      return {
        freshness: age < maxStaleMs ? 'fresh' : 'stale',
        stance: policy.whenStale,
        seq: follower.copy.cursor.seq,
        marks: follower.copy.marks.size + follower.copy.switches.size,
        ...(Number.isFinite(age) && { ageSeconds: Math.round(age / 1000) }),
      }
    },
  }
}
