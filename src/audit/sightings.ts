/**
 * Which verified tokens this isolate saw, told to the ledger beside the requests and never on their path. A token that was told is one look-up from then on;
 * it is told again after 10 seconds, then after twice as long each time, up to ten minutes: a ledger needs to be right about days, not about seconds.
 */
import type { Principal } from '../policy/principal.ts'
import { type EpochSeconds, epochSeconds } from '../policy/result.ts'
import type { ReportReceipt, SightingReport, SubjectTreatment, TokenSighting } from '../policy/token-audit.ts'
import { isKept, MOST_LEVEL } from './sampling.ts'

type WaitUntil = (work: Promise<unknown>) => void

export interface Sightings {
  /** Neither throws nor waits. `now` in milliseconds. */
  see(principal: Principal, now: number, waitUntil: WaitUntil): void
  /** For the health page. */
  standing(): 'recording' | 'failing' | 'unbound'
}

export interface SightingsParts {
  /** Brings a report to the ledger; rejects where that fails. Undefined: there is no ledger, and nothing is kept. */
  readonly send: ((report: SightingReport) => Promise<ReportReceipt>) | undefined
  readonly subjects: SubjectTreatment
  readonly clock: () => number
  readonly pause: (milliseconds: number) => Promise<unknown>
  /** Told once an hour, while it is so. Must not throw. */
  readonly report: (event: SightingsEvent) => void
}

export interface SightingsEvent {
  readonly event: 'token_audit'
  readonly code: 'ledger_unbound' | 'ledger_unreachable'
}

const LEAST_PAUSE_MS = 10_000
const MOST_PAUSE_MS = 600_000
/** After that, a report that began and never ended is given up: the runtime may cancel what outlives its request. */
const PATIENCE_MS = 30_000
/** How long an isolate goes by what it was told of the sample. */
const LEVEL_MS = 60_000
const REMINDER_MS = 3_600_000
/** Half of it is for tokens that were never told. */
const MOST_QUEUED = 2_000
const MOST_AT_ONCE = 250
const MOST_BATCHES = 16

/** What is counted of a token until it is told. */
interface Entry {
  readonly principal: Principal
  readonly firstSeen: EpochSeconds
  lastSeen: number
  uses: number
  /** When the token is told next, if it is seen. */
  dueAt: number
  pauseMs: number
}

export function createSightings({ send, subjects, clock, pause, report }: SightingsParts): Sightings {
  const entries = new WeakMap<Principal, Entry>()
  const queue: Entry[] = []
  let reportedAt = Number.NEGATIVE_INFINITY
  let busyUntil = Number.NEGATIVE_INFINITY
  let level = 0
  let levelUntil = Number.NEGATIVE_INFINITY
  let missed = 0
  let isFailing = false
  let toldAt = Number.NEGATIVE_INFINITY

  return {
    see(principal, now, waitUntil) {
      try {
        if (send === undefined) return tell('ledger_unbound', now)
        const entry = entries.get(principal)
        if (entry !== undefined) {
          entry.uses += 1
          entry.lastSeen = now
          if (now >= entry.dueAt) enqueue(entry, now, waitUntil, send)
        } else if (isKept(principal.fingerprint, levelAt(now))) {
          const first = newEntry(principal, now)
          entries.set(principal, first)
          enqueue(first, now, waitUntil, send)
        }
      } catch {
        missed += 1
      }
    },
    standing: () => (send === undefined ? 'unbound' : isFailing ? 'failing' : 'recording'),
  }

  function levelAt(now: number): number {
    return now < levelUntil ? level : 0
  }

  function enqueue(entry: Entry, now: number, waitUntil: WaitUntil, to: Send): void {
    entry.dueAt = now + LEAST_PAUSE_MS + PATIENCE_MS
    if (!isKept(entry.principal.fingerprint, levelAt(now))) return
    if (queue.length < (entry.pauseMs > LEAST_PAUSE_MS ? MOST_QUEUED / 2 : MOST_QUEUED)) queue.push(entry)
    else missed += 1
    if (now < busyUntil) return
    const wait = Math.max(0, reportedAt + LEAST_PAUSE_MS - now)
    busyUntil = now + wait + PATIENCE_MS
    waitUntil(tellLedger(wait, to))
  }

  /** What waits, in batches. Never rejects. */
  async function tellLedger(wait: number, to: Send): Promise<void> {
    if (wait > 0) await pause(wait)
    for (let batches = 0; queue.length > 0 && batches < MOST_BATCHES; batches += 1)
      if (!(await tellBatch(queue.splice(0, MOST_AT_ONCE), to))) break
    reportedAt = clock()
    busyUntil = Number.NEGATIVE_INFINITY
  }

  /** Whether it got through. */
  async function tellBatch(batch: readonly Entry[], to: Send): Promise<boolean> {
    const counted = batch.map((entry) => ({ entry, uses: take(entry) })).filter(({ uses }) => uses > 0)
    const unreported = missed
    missed = 0
    try {
      const sightings = await Promise.all(counted.map(({ entry, uses }) => sightingOf(entry, uses, subjects)))
      const receipt = await to({ sightings, missed: unreported })
      level = Math.min(Math.max(0, Math.trunc(Number(receipt.level)) || 0), MOST_LEVEL)
      levelUntil = clock() + LEVEL_MS
      isFailing = false
      for (const { entry } of counted) settle(entry, clock())
      return true
    } catch {
      missed += unreported + counted.length
      isFailing = true
      for (const { entry, uses } of counted) entry.uses += uses
      tell('ledger_unreachable', clock())
      return false
    }
  }

  function tell(code: SightingsEvent['code'], now: number): void {
    if (now - toldAt < REMINDER_MS) return
    toldAt = now
    report({ event: 'token_audit', code })
  }
}

type Send = NonNullable<SightingsParts['send']>

const newEntry = (principal: Principal, now: number): Entry => ({
  principal,
  firstSeen: epochSeconds(now),
  lastSeen: now,
  uses: 1,
  dueAt: now,
  pauseMs: LEAST_PAUSE_MS,
})

function take(entry: Entry): number {
  const { uses } = entry
  entry.uses = 0
  return uses
}

function settle(entry: Entry, now: number): void {
  entry.dueAt = now + entry.pauseMs
  entry.pauseMs = Math.min(2 * entry.pauseMs, MOST_PAUSE_MS)
}

/** Longer texts and lists are cut: a row of the ledger is bounded whatever an issuer writes into its tokens. */
const MOST_CHARACTERS = 512
const MOST_SCOPE_CHARACTERS = 4_096
const MOST_ACRS = 8

async function sightingOf(
  { principal, firstSeen, lastSeen }: Entry,
  uses: number,
  treatment: SubjectTreatment,
): Promise<TokenSighting> {
  const { client, subject, issuedAt, expiresAt, lifetimeSeconds, confirmation, authentication } = principal
  const remembered = subject === undefined ? undefined : await treatSubject(subject, treatment)
  return {
    fingerprint: principal.fingerprint,
    issuer: principal.issuer,
    ...(client !== undefined && { client: cut(client) }),
    ...(remembered !== undefined && { subject: cut(remembered) }),
    ...scopesWithin([...principal.scopes].sort()),
    ...(issuedAt !== undefined && { issuedAt }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(lifetimeSeconds !== undefined && { lifetimeSeconds }),
    bound: [
      ...(confirmation?.keyThumbprint === undefined ? [] : ['dpop' as const]),
      ...(confirmation?.certificateThumbprint === undefined ? [] : ['mtls' as const]),
    ],
    acr: authentication.acrs.slice(0, MOST_ACRS).map(cut),
    firstSeen,
    lastSeen: epochSeconds(lastSeen),
    uses,
  }
}

const cut = (text: string): string => text.slice(0, MOST_CHARACTERS)

function scopesWithin(scopes: readonly string[]): Pick<TokenSighting, 'scopes' | 'furtherScopes'> {
  let characters = 0
  const fitting = scopes.filter((scope) => {
    characters += scope.length + 1
    return characters <= MOST_SCOPE_CHARACTERS
  })
  const further = scopes.length - fitting.length
  return { scopes: fitting, ...(further > 0 && { furtherScopes: further }) }
}

const encoder = new TextEncoder()

/** A subject as the ledger has it; undefined where it has none. `hashed`: `sha256:` and 32 digits, of the subject alone. */
export async function treatSubject(subject: string, treatment: SubjectTreatment): Promise<string | undefined> {
  if (treatment === 'plain') return subject
  if (treatment === 'omitted') return undefined
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(subject)))
  return `sha256:${[...digest.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
