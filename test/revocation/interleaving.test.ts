import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Changes } from '../../src/policy/revocation-log.ts'
import { createMirror, type Revocations } from '../../src/revocation/mirror.ts'
import { targetKey } from '../../src/revocation/target-key.ts'
import { ISSUER, MemoryAnswers, principalOf, START } from './mirrors.ts'
import { ScriptedLog } from './scripted-log.ts'

const SUBJECTS = ['a', 'b', 'c', 'd', 'e']
const PRINCIPALS = new Map(SUBJECTS.map((subject) => [subject, principalOf({ subject })]))
const MAX_STALE_SECONDS = 60

/** A world in which nothing happens by itself: time stands still, and answers of the log can be held back. */
class World {
  now = START
  readonly log = new ScriptedLog()
  readonly mirrors: readonly Revocations[]
  /** Who is revoked, and since when. */
  readonly revoked = new Map<string, { readonly since: number; readonly entry: number }>()
  mood: 'well' | 'failing' | 'slow' = 'well'
  readonly #shared = new MemoryAnswers()
  /** The marks that a mirror was seen to know. */
  readonly #seen = [new WeakSet<object>(), new WeakSet<object>()]
  #wasWrong = false
  #held: (() => void)[] = []
  #timers: { readonly due: number; readonly ring: () => void }[] = []

  constructor() {
    this.log.pageSize = 2
    this.log.deliver = (answer) => this.#deliver(answer)
    this.mirrors = [0, 1].map(() =>
      createMirror({
        policy: { pollSeconds: 2, maxAgeSeconds: 5, maxStaleSeconds: MAX_STALE_SECONDS, whenStale: 'refuse' },
        log: this.log,
        shared: this.#shared,
        read: this.log.read,
        settleWithin: (work, milliseconds) => Promise.race([work, this.#timer(milliseconds)]),
        clock: () => this.now,
        report: () => undefined,
      }),
    )
  }

  #deliver(answer: Changes): Promise<Changes> {
    if (this.mood === 'failing') return Promise.reject(new Error('away'))
    if (this.mood === 'well') return Promise.resolve(answer)
    return new Promise((resolve) => this.#held.push(() => resolve(answer)))
  }

  #timer(milliseconds: number): Promise<undefined> {
    return new Promise((resolve) => this.#timers.push({ due: this.now + milliseconds, ring: () => resolve(undefined) }))
  }

  async pass(milliseconds: number): Promise<void> {
    this.now += milliseconds
    const due = this.#timers.filter((timer) => timer.due <= this.now)
    this.#timers = this.#timers.filter((timer) => timer.due > this.now)
    for (const { ring } of due) ring()
    await this.settle()
  }

  /** `last`: in the opposite order of the asks. */
  async release(last: boolean): Promise<void> {
    const held = last ? this.#held.reverse() : this.#held
    this.#held = []
    for (const answer of held) answer()
    await this.settle()
  }

  /** Long enough for everything that waits for nothing but its turn; digests of snapshots are made elsewhere. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) {
      await new Promise((resolve) => setImmediate(resolve))
      await crypto.subtle.digest('SHA-256', new Uint8Array(1))
    }
  }

  revoke(subject: string): void {
    this.log.revoke({ kind: 'subject', issuer: ISSUER, value: subject })
    const { since = this.now } = this.revoked.get(subject) ?? {}
    this.revoked.set(subject, { since, entry: this.log.head.seq })
  }

  undo(subject: string): void {
    this.log.append({
      kind: 'subject',
      key: targetKey({ kind: 'subject', issuer: ISSUER, value: subject }),
      effects: [],
    })
    this.revoked.delete(subject)
  }

  reset(keep: number): void {
    this.log.reset(keep)
    const kept = new Set(
      this.log.states.flatMap((state) => ('key' in state && state.effects.length > 0 ? state.key : [])),
    )
    for (const subject of SUBJECTS)
      if (!kept.has(targetKey({ kind: 'subject', issuer: ISSUER, value: subject }))) this.revoked.delete(subject)
  }

  /** The entries that a mirror denies somebody by. */
  entriesOn(mirror: Revocations, subject: string): readonly number[] {
    const principal = PRINCIPALS.get(subject)
    return principal === undefined ? [] : mirror.effectsOn(principal, this.now).map(({ entry }) => entry)
  }

  isDenied(mirror: Revocations, subject: string): boolean {
    return this.entriesOn(mirror, subject).length > 0
  }

  /** Who is told that all is known knows of everybody who was revoked before asking. */
  async askStrictly(which: number): Promise<void> {
    const mirror = this.mirrors[which]
    const before = [...this.revoked]
    void mirror
      ?.syncNow(() => undefined)
      .then((isUpToDate) => {
        const still = before.filter(([subject, mark]) => this.revoked.get(subject) === mark)
        if (isUpToDate && !still.every(([subject]) => this.isDenied(mirror, subject))) this.#wasWrong = true
      })
    await this.settle()
  }

  /** Nobody who was revoked longer ago than the bound passes a mirror that calls itself fresh, and no mirror forgets a mark that holds. */
  check(): void {
    expect(this.#wasWrong).toBe(false)
    for (const [index, mirror] of this.mirrors.entries()) {
      const isFresh = mirror.status(this.now).freshness === 'fresh'
      for (const [subject, mark] of this.revoked) {
        const entries = this.entriesOn(mirror, subject)
        if (isFresh && mark.since < this.now - MAX_STALE_SECONDS * 1000) expect(entries).not.toEqual([])
        if (this.#seen[index]?.has(mark)) expect(entries).toContain(mark.entry)
        if (entries.includes(mark.entry)) this.#seen[index]?.add(mark)
      }
    }
  }
}

const subject = fc.constantFrom(...SUBJECTS)
const which = fc.nat(1)
const action = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('revoke' as const), subject }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('undo' as const), subject }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reset' as const), keep: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('snapshot' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('mood' as const), mood: fc.constantFrom('well', 'failing', 'slow') }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('release' as const), last: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      milliseconds: fc.constantFrom(300, 1_000, 2_000, 6_000, 61_000),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('request' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('strict' as const), which }) },
)
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never

async function run(world: World, action: Action): Promise<void> {
  switch (action.do) {
    case 'revoke':
      return world.revoke(action.subject)
    case 'undo':
      return world.undo(action.subject)
    case 'reset':
      return world.reset(action.keep)
    case 'snapshot':
      return void world.log.takeSnapshot(2)
    case 'mood':
      world.mood = action.mood
      return undefined
    case 'release':
      return world.release(action.last)
    case 'pass':
      return world.pass(action.milliseconds)
    case 'request':
      void world.mirrors[action.which]?.ready(world.now, () => undefined)
      return world.settle()
    case 'strict':
      return world.askStrictly(action.which)
  }
}

describe('two mirrors of a log, a cache between them', () => {
  test('law: whatever happens in whatever order, a fresh one denies who was revoked before the bound, and both end with what the log says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 40, size: 'max' }), async (actions) => {
        const world = new World()
        for (const action of actions) {
          await run(world, action)
          world.check()
        }
        world.mood = 'well'
        await world.release(false)
        const { seq } = world.log.head
        const isDone = () => world.mirrors.every((mirror) => mirror.status(world.now).seq === seq)
        for (let round = 0; round < 4 || (round < 12 && !isDone()); round++) {
          await world.pass(6_000)
          for (const mirror of world.mirrors) void mirror.ready(world.now, () => undefined)
          await world.settle()
          // One of them lets the other ask, and looks again every now and then.
          for (let look = 0; look < 8; look++) await world.pass(30)
        }
        for (const mirror of world.mirrors) {
          expect(mirror.status(world.now)).toMatchObject({ freshness: 'fresh', seq })
          for (const subject of SUBJECTS) expect(world.isDenied(mirror, subject)).toBe(world.revoked.has(subject))
        }
      }),
      { numRuns: Number(process.env.SCOPEWALL_RUNS ?? 40) },
    )
  }, 300_000)
})
