/**
 * Puts judged requests on record beside them and never on their path: a request costs one entry in a list; about a second or as long as `flush` says later all of the list is counted, made
 * into events and handed to the sinks, in the time that the runtime leaves after an answer.
 */
import type { Notice, RecordedDecision } from '../policy/event-batch.ts'
import type { EventPolicy } from '../policy/event-policy.ts'
import type { Principal } from '../policy/principal.ts'
import { createCallerBook } from './caller.ts'
import { decisionEvent, type Findings, placeOf, principalOf } from './decision.ts'
import type { JudgedRequest } from './judged.ts'
import { createNameBook } from './names.ts'
import { noticeOf, type OwnEvent } from './notice.ts'
import { createOutlets, type OutletHealth, type OutletParts } from './outlets.ts'
import { createCounter } from './tally.ts'

type WaitUntil = (work: Promise<unknown>) => void

export interface Recorder {
  /** Whether an allowed request gets an event of its own, and so an id in its answer: a fair draw. */
  drawsAllowed(): boolean
  /** Once for each request, as soon as it is judged. Neither throws nor waits. */
  judged(request: JudgedRequest, waitUntil: WaitUntil): void
  /** How a request that was not settled ended: answered, or refused after all. Neither throws nor waits. */
  settled(request: JudgedRequest, refusal: AfterAll | undefined, waitUntil: WaitUntil): void
  /** Something of ours: logged at once, and told to the sinks with the next window. Neither throws nor waits. */
  note(event: OwnEvent): void
  health(): OutletHealth
}

/** Why a request that was let in was refused all the same. */
export type AfterAll = Required<Pick<JudgedRequest, 'denials' | 'decisionId'>>

export interface RecorderParts extends OutletParts {
  readonly policy: Pick<EventPolicy, 'sampleAllows' | 'flushSeconds' | 'client' | 'subject' | 'token'>
  /** The secret that names are hashed with. */
  readonly hashKey?: string
  /** At least 0, less than 1. */
  readonly random: () => number
  /** The log. Must not throw. */
  readonly log: (event: object) => void
}

/** How often it is looked whether a window is over. */
const PAUSE_MS = 1_000
/** How long a request that went to its origin is waited for before it counts as allowed. */
export const SETTLING_MS = 4_000
/** So long after the time that it may take, a flush that never ended is given up. Nothing is lost with it: what it takes out of the list it hands on at once. */
const PATIENCE_MS = 5_000
/** From then on a window is not waited for. */
const MANY_REQUESTS = 2_500
const MANY_CHARACTERS = 1_000_000
const MOST_REQUESTS = 10_000
const MOST_CHARACTERS = 4_000_000
const MOST_NOTICES = 200

export function createRecorder(parts: RecorderParts): Recorder {
  const { policy, clock, pause, random, log } = parts
  // Counts are by client; whose token it was is only told with an event, which most requests do not have.
  const names = createNameBook({ ...policy, subject: 'omitted', token: 'omitted' }, parts.hashKey)
  const eventNames = createNameBook({ ...policy, client: 'omitted' }, parts.hashKey)
  const flushMs = 1000 * policy.flushSeconds
  const callers = createCallerBook()
  const surroundings = { environment: parts.environment, colo: parts.colo, sampleAllows: policy.sampleAllows }
  const counter = createCounter()
  const outlets = createOutlets(parts)
  /** Nobody counts and nobody listens: nothing is kept. */
  const isIdle = parts.queue === undefined && parts.sinks.length === 0
  let waiting: JudgedRequest[] = []
  let waitingCharacters = 0
  let notices: Notice[] = []
  /** Somebody may have to act upon what waits, or there is not much more room for it. */
  let isUrgent = false
  let busySince = Number.NEGATIVE_INFINITY

  return {
    drawsAllowed: () => !isIdle && (policy.sampleAllows === 1 || random() * policy.sampleAllows < 1),
    judged: (request, waitUntil) =>
      harmless(() => {
        put(request)
        schedule(waitUntil)
      }),
    settled: (request, refusal, waitUntil) =>
      harmless(() => {
        settle(request, refusal)
        schedule(waitUntil)
      }),
    note: (event) =>
      harmless(() => {
        log(event)
        const notice = noticeOf(event, clock())
        if (notice === undefined || notices.length >= MOST_NOTICES) return
        notices.push(notice)
        isUrgent = true
      }),
    health: () => outlets.health(),
  }

  function put(request: JudgedRequest): void {
    if (isIdle) return
    const { characters } = request
    if (waiting.length >= MOST_REQUESTS || waitingCharacters + characters > MOST_CHARACTERS) outlets.notCounted(1)
    else {
      waiting.push(request)
      waitingCharacters += characters
      isUrgent ||=
        request.outcome !== 'allow' || waiting.length >= MANY_REQUESTS || waitingCharacters >= MANY_CHARACTERS
    }
  }

  function settle(request: JudgedRequest, refusal: AfterAll | undefined): void {
    request.isSettled = true
    isUrgent ||= refusal !== undefined || request.outcome !== 'allow'
    if (refusal === undefined) return
    // It took so long that it counts as allowed already: that it was refused is on record beside it, under the same id.
    const { isCounted, ...open } = request
    if (isCounted) put({ ...open, ...refusal, outcome: 'deny' })
    else Object.assign(request, refusal, { outcome: 'deny' })
  }

  function schedule(waitUntil: WaitUntil): void {
    if (isIdle) return
    const now = clock()
    // Also where the clock went back: what began in the future has ended.
    if (now >= busySince && now < busySince + flushMs + SETTLING_MS + PATIENCE_MS) return
    busySince = now
    waitUntil(flush())
  }

  /** A window, and after it what had not ended yet, as long as the time lasts. Never rejects. */
  async function flush(): Promise<void> {
    const deliveries: Promise<void>[] = []
    let left = flushMs + SETTLING_MS
    try {
      do {
        left -= await windowOver(Math.min(flushMs, left))
        await prepareNames()
        takeWindows()
        deliveries.push(...outlets.run())
      } while (waiting.length > 0 && left > 0)
    } catch (fault) {
      log({
        event: 'events',
        code: 'flush_failed',
        name: fault instanceof Error ? fault.constructor.name : typeof fault,
      })
    }
    busySince = Number.NEGATIVE_INFINITY
    await Promise.all(deliveries)
  }

  /** How long it took, in milliseconds. */
  async function windowOver(longest: number): Promise<number> {
    let waited = 0
    do {
      await pause(PAUSE_MS)
      waited += PAUSE_MS
    } while (waited < longest && !isUrgent)
    return waited
  }

  function prepareNames(): Promise<unknown> {
    const unnamed = new Set<Principal>()
    const unnamedInEvents = new Set<Principal>()
    for (const request of waiting) {
      const principal = principalOf(request)
      if (principal === undefined) continue
      if (names.of(principal) === undefined) unnamed.add(principal)
      if (hasEvent(request) && eventNames.of(principal) === undefined) unnamedInEvents.add(principal)
    }
    return Promise.all([
      unnamed.size > 0 && names.prepare(unnamed),
      unnamedInEvents.size > 0 && eventNames.prepare(unnamedInEvents),
    ])
  }

  /** Without waiting from beginning to end, so that what is taken is handed on. A window never spans two minutes: counts are kept by the minute. */
  function takeWindows(): void {
    const now = clock()
    isUrgent = false
    const minutes = new Map<number, JudgedRequest[]>()
    const left: JudgedRequest[] = []
    for (const request of waiting) {
      const list = isReady(request, now) && isNamed(request) ? listIn(minutes, minuteOf(request)) : left
      list.push(request)
    }
    waiting = left
    waitingCharacters = left.reduce((sum, request) => sum + request.characters, 0)
    for (const requests of minutes.values()) handOn(requests)
    outlets.put({ from: now, to: now, usage: [], decisions: [], notices })
    notices = []
  }

  function isNamed(request: JudgedRequest): boolean {
    const principal = principalOf(request)
    if (principal === undefined) return true
    return names.of(principal) !== undefined && (!hasEvent(request) || eventNames.of(principal) !== undefined)
  }

  function handOn(requests: readonly JudgedRequest[]): void {
    const decisions: RecordedDecision[] = []
    let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (const request of requests) {
      request.isCounted = true
      from = Math.min(from, request.arrivedAt)
      to = Math.max(to, request.arrivedAt)
      const findings = findingsOf(request)
      counter.add(request, findings)
      if (hasEvent(request)) decisions.push(recorded(request, findings))
    }
    outlets.put({ from, to, usage: counter.take(), decisions, notices: [] })
  }

  function findingsOf(request: JudgedRequest): Findings {
    const principal = principalOf(request)
    const before = principal && callers.known(principal)
    const caller = before ?? (principal && callers.meet(principal, names.of(principal) ?? {}))
    const { host, shape } = placeOf(request)
    return { caller, isCached: before !== undefined, host, shape }
  }

  function recorded(request: JudgedRequest & { readonly decisionId: string }, findings: Findings): RecordedDecision {
    const principal = principalOf(request)
    const called = principal && eventNames.of(principal)
    const event = decisionEvent(request, findings, called, surroundings)
    return findings.caller === undefined ? { event } : { event, who: findings.caller.who }
  }
}

/** What is on record decides nothing about a request, also where it cannot be put there. */
function harmless(work: () => void): void {
  try {
    work()
  } catch {
    // There is nobody left to tell.
  }
}

const isReady = ({ isSettled, arrivedAt }: JudgedRequest, now: number): boolean =>
  isSettled || now - arrivedAt >= SETTLING_MS

const minuteOf = ({ arrivedAt }: JudgedRequest): number => Math.floor(arrivedAt / 60_000)

function listIn<Key, Item>(lists: Map<Key, Item[]>, key: Key): Item[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}

const hasEvent = (request: JudgedRequest): request is JudgedRequest & { readonly decisionId: string } =>
  request.decisionId !== undefined
