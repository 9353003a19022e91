/** A mirror of a scripted log, with a clock that a test moves and a cache that it may spoil. */
import type { Principal, PrincipalFacts } from '../../src/policy/principal.ts'
import { verifiedPrincipal } from '../../src/policy/principal.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import type { Cursor } from '../../src/policy/revocation-log.ts'
import type { RevocationPolicy } from '../../src/policy/revocation-policy.ts'
import type { SharedAnswer, SharedAnswers } from '../../src/revocation/colo-cache.ts'
import { createMirror, type Freshness, type Revocations } from '../../src/revocation/mirror.ts'
import type { RevocationEvent } from '../../src/revocation/report.ts'
import { settleWithin } from '../../src/token/patience.ts'
import { ScriptedLog } from './scripted-log.ts'

export const START = 1_795_000_000_000
export const ISSUER = 'https://issuer.example'

export function principalOf(facts: Partial<PrincipalFacts> = {}): Principal {
  return verifiedPrincipal({
    issuer: ISSUER,
    fingerprint: 'fingerprint',
    scopes: new Set(),
    expiresAt: (START / 1000 + 3600) as EpochSeconds,
    authentication: { acrs: [], amr: [] },
    isForDefault: true,
    services: new Set(),
    authorizationDetails: [],
    ...facts,
  })
}

export class MemoryAnswers implements SharedAnswers {
  readonly kept = new Map<string, SharedAnswer>()
  load = async (after: Cursor | undefined) => this.kept.get(JSON.stringify(after ?? null))
  save = async (after: Cursor | undefined, answer: SharedAnswer) => {
    this.kept.set(JSON.stringify(after ?? null), answer)
  }
  readonly claims = new Map<string, number>()
  claimedAt = async (after: Cursor | undefined) => this.claims.get(JSON.stringify(after ?? null))
  claim = async (after: Cursor | undefined, now: number) => {
    this.claims.set(JSON.stringify(after ?? null), now)
  }
}

export interface Setup {
  readonly log: ScriptedLog
  readonly mirror: Revocations
  readonly events: RevocationEvent[]
  readonly clock: { now: number }
  /** Work that was given to `waitUntil`. */
  readonly background: Promise<unknown>[]
  /** Whether the mirror would wait, and what it says once all is done. */
  ready(): Promise<Freshness>
  settle(): Promise<void>
}

export function setUp(
  log = new ScriptedLog(),
  {
    shared,
    clock = { now: START },
    policy,
  }: {
    readonly shared?: SharedAnswers
    readonly clock?: { now: number }
    readonly policy?: Partial<RevocationPolicy>
  } = {},
): Setup {
  const events: RevocationEvent[] = []
  const background: Promise<unknown>[] = []
  const mirror = createMirror({
    policy: { pollSeconds: 2, maxAgeSeconds: 5, maxStaleSeconds: 60, whenStale: 'refuse-critical', ...policy },
    log,
    ...(shared && { shared }),
    read: log.read,
    settleWithin,
    clock: () => clock.now,
    report: (event) => events.push(event),
  })
  const settle = async () => {
    while (background.length > 0) await background.shift()
  }
  return {
    log,
    mirror,
    events,
    clock,
    background,
    settle,
    async ready() {
      const freshness = await mirror.ready(clock.now, (work) => background.push(work))
      await settle()
      return freshness
    },
  }
}
