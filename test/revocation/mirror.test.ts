import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { EpochSeconds } from '../../src/policy/result.ts'
import type { ScopeToken } from '../../src/policy/scope.ts'
import * as targetKeys from '../../src/revocation/target-key.ts'
import { ISSUER, MemoryAnswers, principalOf, START, setUp } from './mirrors.ts'
import { ScriptedLog } from './scripted-log.ts'

const alice = principalOf({ subject: 'alice', tokenId: 'a1', client: 'app' })
const bob = principalOf({ subject: 'bob', tokenId: 'b1', fingerprint: 'other' })
const ALICE = { kind: 'subject', issuer: ISSUER, value: 'alice' } as const
const BOB = { kind: 'subject', issuer: ISSUER, value: 'bob' } as const
const refusal = () => Promise.reject(new Error('away'))
const silence = () => new Promise<never>(() => undefined)

describe('an isolate that knows nothing yet', () => {
  test('waits for a log without entries', async () => {
    const { mirror, ready, clock, log } = setUp()
    expect(mirror.status(clock.now)).toEqual({ freshness: 'stale', stance: 'refuse-critical', seq: 0, marks: 0 })
    expect(await ready()).toBe('fresh')
    expect(mirror.status(clock.now)).toMatchObject({ freshness: 'fresh', ageSeconds: 0 })
    expect(log.asks).toEqual([undefined])
  })

  test('reads a log without a snapshot page by page', async () => {
    const log = new ScriptedLog()
    log.pageSize = 3
    for (let index = 0; index < 10; index++) log.revoke({ ...BOB, value: `bob-${index}` })
    log.revoke(ALICE)
    const { mirror, ready, clock } = setUp(log)
    expect(await ready()).toBe('fresh')
    expect(mirror.effectsOn(alice, clock.now)).toEqual([{ effect: { kind: 'revoke' }, entry: 11, target: 'subject' }])
    expect(mirror.status(clock.now)).toMatchObject({ seq: 11, marks: 11 })
  })

  test('begins with the snapshot that the log vouches for, and goes on from there', async () => {
    const log = new ScriptedLog()
    for (let index = 0; index < 250; index++) log.revoke({ ...BOB, value: `bob-${index}` })
    log.append({ kind: 'scope', scope: 'pay', effects: [{ effect: { kind: 'suspend' }, entry: 251 }] })
    const { cursor } = log.takeSnapshot()
    log.revoke(ALICE)
    const { mirror, ready, clock, events } = setUp(log)
    expect(await ready()).toBe('fresh')
    expect(log.asks).toEqual([undefined, cursor])
    expect(mirror.effectsOn(alice, clock.now)).toHaveLength(1)
    expect([...mirror.suspendedFor('app', clock.now)]).toEqual(['pay'])
    expect(mirror.status(clock.now).marks).toBe(252)
    expect(events).toEqual([])
  })

  test.each([
    ['is gone', 'snapshot_missing', (log: ScriptedLog, key: string) => log.kv.delete(key)],
    [
      'was changed',
      'snapshot_damaged',
      (log: ScriptedLog, key: string) => log.kv.set(key, new Uint8Array([...(log.kv.get(key) ?? []), 32])),
    ],
    ['has lost its end', 'snapshot_damaged', (log: ScriptedLog, key: string) => log.kv.set(key, new Uint8Array(5))],
  ])('does without a snapshot of which a part %s', async (_, code, spoil) => {
    const log = new ScriptedLog()
    for (let index = 0; index < 250; index++) log.revoke({ ...BOB, value: `bob-${index}` })
    log.revoke(ALICE)
    spoil(log, `revocations/${log.takeSnapshot().parts[1]?.sha256}`)
    const { mirror, ready, clock, events } = setUp(log)
    expect(await ready()).toBe('fresh')
    expect(mirror.effectsOn(alice, clock.now)).toHaveLength(1)
    expect(mirror.status(clock.now).marks).toBe(251)
    expect(events.map((event) => event.code)).toEqual([code])
  })

  test('does without a snapshot that leads nowhere', async () => {
    const log = new ScriptedLog()
    log.revoke(ALICE)
    log.vouchFor({ ...log.takeSnapshot(), cursor: { seq: 1, hash: 'A'.repeat(43) } })
    const { mirror, ready, clock } = setUp(log)
    expect(await ready()).toBe('fresh')
    expect(mirror.effectsOn(alice, clock.now)).toHaveLength(1)
  })

  test('denies by the latest snapshot in KV while the log is away, and is stale all the same', async () => {
    const log = new ScriptedLog()
    log.revoke(ALICE)
    log.takeSnapshot()
    log.deliver = refusal
    const { mirror, ready, clock, events } = setUp(log)
    expect(await ready()).toBe('stale')
    expect(mirror.effectsOn(alice, clock.now)).toHaveLength(1)
    expect(mirror.status(clock.now)).toMatchObject({ freshness: 'stale', marks: 1 })
    expect(events.map((event) => event.code)).toEqual(['log_unreachable', 'stale'])
  })

  test('does not lead on from what KV alone says: a mark that was left out there is known as soon as the log is there', async () => {
    const log = new ScriptedLog()
    log.revoke(BOB)
    log.takeSnapshot()
    const forged = log.kv.get('revocations/latest')
    log.reset(0)
    log.revoke(ALICE)
    log.revoke(BOB)
    const { cursor } = log.takeSnapshot()
    const manifest = { ...JSON.parse(new TextDecoder().decode(forged)), cursor }
    log.kv.set('revocations/latest', new TextEncoder().encode(JSON.stringify(manifest)))
    log.deliver = refusal
    const { mirror, ready, clock } = setUp(log)
    expect(await ready()).toBe('stale')
    expect([mirror.effectsOn(alice, clock.now).length, mirror.effectsOn(bob, clock.now).length]).toEqual([0, 1])
    log.deliver = (answer) => Promise.resolve(answer)
    clock.now += 6_000
    expect(await ready()).toBe('fresh')
    expect([mirror.effectsOn(alice, clock.now).length, mirror.effectsOn(bob, clock.now).length]).toEqual([1, 1])
  })
})

describe('a mirror', () => {
  let log: ScriptedLog
  beforeEach(() => {
    log = new ScriptedLog()
    vi.useRealTimers()
  })
  afterEach(() => void vi.useRealTimers())

  test('asks nobody while it is young', async () => {
    const { mirror, ready, clock } = setUp(log)
    await ready()
    clock.now += 1_999
    expect(mirror.ready(clock.now, () => expect.unreachable())).toBe('fresh')
    expect(log.asks).toHaveLength(1)
  })

  test('is brought up to date in the background, once for all who come', async () => {
    const { mirror, ready, clock, background, settle } = setUp(log)
    await ready()
    log.revoke(ALICE)
    clock.now += 2_000
    for (let index = 0; index < 5; index++)
      expect(mirror.ready(clock.now, (work) => background.push(work))).toBe('fresh')
    expect(mirror.effectsOn(alice, clock.now)).toEqual([])
    await settle()
    expect(mirror.effectsOn(alice, clock.now)).toHaveLength(1)
    expect(log.asks).toHaveLength(2)
  })

  test('makes a request wait when it is too old', async () => {
    const { mirror, ready, clock } = setUp(log)
    await ready()
    log.revoke(ALICE)
    clock.now += 5_000
    const waited = mirror.ready(clock.now, () => undefined)
    expect(waited).toBeInstanceOf(Promise)
    expect(await waited).toBe('fresh')
    expect(mirror.effectsOn(alice, clock.now)).toHaveLength(1)
  })

  test('makes nobody wait for a log that failed a moment ago, and is stale in the end', async () => {
    const { mirror, ready, clock, events } = setUp(log)
    await ready()
    log.deliver = refusal
    clock.now += 5_000
    expect(await ready()).toBe('fresh')
    clock.now += 2_000
    expect(mirror.ready(clock.now, () => undefined)).toBe('fresh')
    clock.now = START + 59_999
    expect(await ready()).toBe('fresh')
    clock.now = START + 60_000
    expect(mirror.ready(clock.now, () => undefined)).toBe('stale')
    expect(events).toEqual([
      { event: 'revocation', code: 'log_unreachable', detail: 'Error' },
      { event: 'revocation', code: 'stale', seq: 0 },
    ])
  })

  test('waits a second for a log that hangs, once, and asks again when the round is given up', async () => {
    vi.useFakeTimers({ now: START })
    const { mirror, clock } = setUp(log)
    const ask = () => mirror.ready(clock.now, () => undefined)
    const first = ask()
    await vi.advanceTimersByTimeAsync(0)
    expect(await first).toBe('fresh')
    log.deliver = silence
    clock.now += 5_000
    const second = ask()
    expect(second).toBeInstanceOf(Promise)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await second).toBe('fresh')
    expect(ask()).toBe('fresh')
    log.revoke(ALICE)
    log.deliver = (answer) => Promise.resolve(answer)
    clock.now += 5_001
    await ask()
    expect(mirror.effectsOn(alice, clock.now)).toHaveLength(1)
  })

  test('makes requests wait again as soon as the log has answered', async () => {
    const { mirror, ready, clock } = setUp(log, { policy: { pollSeconds: 0.5, maxAgeSeconds: 1 } })
    await ready()
    log.deliver = refusal
    clock.now += 1_000
    await ready()
    log.deliver = (answer) => Promise.resolve(answer)
    clock.now += 500
    await ready()
    log.revoke(ALICE)
    clock.now += 1_000
    expect(await mirror.ready(clock.now, () => undefined)).toBe('fresh')
    expect(mirror.effectsOn(alice, clock.now)).toHaveLength(1)
  })

  test('that was stale says when it is not any more', async () => {
    const { ready, clock, events, log } = setUp()
    await ready()
    log.deliver = refusal
    clock.now += 61_000
    expect(await ready()).toBe('stale')
    log.deliver = (answer) => Promise.resolve(answer)
    clock.now += 6_000
    expect(await ready()).toBe('fresh')
    expect(events.map((event) => event.code)).toEqual(['log_unreachable', 'stale', 'recovered'])
  })

  test.each([
    ['set back by an hour', -3_600_000],
    ['set forward by an hour', 3_600_000],
  ])('asks at once when the clock was %s, and is stale if nobody answers', async (_, step) => {
    const { mirror, ready, clock } = setUp(log)
    await ready()
    clock.now += step
    log.deliver = refusal
    expect(await ready()).toBe('stale')
    log.revoke(ALICE)
    log.deliver = (answer) => Promise.resolve(answer)
    clock.now += 6_000
    expect(await ready()).toBe('fresh')
    expect(mirror.effectsOn(alice, clock.now)).toHaveLength(1)
    clock.now += 1_999
    expect(mirror.ready(clock.now, () => expect.unreachable())).toBe('fresh')
  })

  test.each([
    ['no object', 'nonsense'],
    ['of an unknown kind', { kind: 'maybe' }],
    [
      'about what was before',
      { kind: 'changes', states: [], cursor: { seq: 0, hash: '' }, head: { seq: 0, hash: '' } },
    ],
    ['without its end', { kind: 'changes', states: [], cursor: { seq: 9, hash: 'A'.repeat(43) } }],
    [
      'with a state from nowhere',
      {
        kind: 'changes',
        states: [{ seq: 3, kind: 'subject', key: 'A'.repeat(22), effects: [] }],
        cursor: { seq: 2, hash: 'A'.repeat(43) },
        head: { seq: 2, hash: 'A'.repeat(43) },
      },
    ],
  ])('takes an answer that is %s for none', async (_, answer) => {
    log.revoke(BOB)
    const { mirror, ready, clock, events } = setUp(log)
    await ready()
    log.deliver = () => Promise.resolve(answer)
    clock.now += 60_000
    expect(await ready()).toBe('stale')
    expect(events[0]).toMatchObject({ code: 'log_malformed' })
    expect(mirror.status(clock.now)).toMatchObject({ seq: 1, marks: 1 })
  })

  test('an effect that it does not know revokes', async () => {
    const { mirror, ready, clock } = setUp(log)
    const effects = [{ effect: { kind: 'slow-down', issuedUntil: 5 }, entry: 1 }]
    log.append({ kind: 'subject', key: targetKeys.targetKey(ALICE), effects } as unknown as Parameters<
      ScriptedLog['append']
    >[0])
    await ready()
    expect(mirror.effectsOn(alice, clock.now)).toEqual([{ effect: { kind: 'revoke' }, entry: 1, target: 'subject' }])
  })

  test('of a log that was reset denies by what it knew until the new one is whole', async () => {
    log.revoke(ALICE)
    for (let index = 0; index < 6; index++) log.revoke({ ...BOB, value: `bob-${index}` })
    const { mirror, ready, clock, events } = setUp(log)
    await ready()
    log.reset(0)
    log.pageSize = 2
    for (let index = 0; index < 5; index++) log.revoke({ ...BOB, value: `new-${index}` })
    let pages = 0
    log.deliver = async (answer) => {
      if (answer.kind === 'changes' && ++pages > 2) throw new Error('away')
      return answer
    }
    clock.now += 2_000
    await ready()
    expect(mirror.effectsOn(alice, clock.now)).toHaveLength(1)
    expect(mirror.status(clock.now)).toMatchObject({ seq: 7, ageSeconds: 2 })
    log.deliver = (answer) => Promise.resolve(answer)
    clock.now += 2_000
    await ready()
    expect(mirror.effectsOn(alice, clock.now)).toEqual([])
    expect(mirror.status(clock.now)).toMatchObject({ seq: 6, marks: 5, ageSeconds: 0 })
    expect(events.map((event) => event.code)).toEqual(['resync', 'log_unreachable'])
  })

  test('holds nothing of a page that did not come, and goes on from the one before', async () => {
    const { mirror, ready, clock } = setUp(log)
    await ready()
    log.pageSize = 1
    log.revoke(BOB)
    log.revoke(ALICE)
    let answers = 0
    log.deliver = async (answer) => {
      if (++answers === 2) throw new Error('away')
      return answer
    }
    clock.now += 2_000
    await ready()
    expect(mirror.status(clock.now)).toMatchObject({ seq: 1, ageSeconds: 2 })
    expect([mirror.effectsOn(bob, clock.now).length, mirror.effectsOn(alice, clock.now).length]).toEqual([1, 0])
    clock.now += 2_000
    await ready()
    expect(mirror.status(clock.now)).toMatchObject({ seq: 2, ageSeconds: 0 })
  })

  test('takes no answer that comes after a later one', async () => {
    const { mirror, ready, clock } = setUp(log)
    await ready()
    let answerLate = (): void => undefined
    log.revoke(ALICE)
    log.deliver = (answer) =>
      new Promise((resolve) => {
        answerLate = () => resolve(answer)
      })
    clock.now += 2_000
    const late: Promise<unknown>[] = []
    mirror.ready(clock.now, (work) => late.push(work))
    await expect.poll(() => log.asks).toHaveLength(2)
    log.append({ kind: 'subject', key: targetKeys.targetKey(ALICE), effects: [] })
    log.deliver = (answer) => Promise.resolve(answer)
    expect(await mirror.syncNow(() => undefined)).toBe(true)
    expect(mirror.status(clock.now)).toMatchObject({ seq: 2, marks: 0 })
    answerLate()
    await Promise.all(late)
    expect(mirror.status(clock.now)).toMatchObject({ seq: 2, marks: 0 })
  })
})

describe('answers that isolates share', () => {
  const late = (shared: MemoryAnswers, by: number) => {
    for (const [key, answer] of shared.kept) shared.kept.set(key, { ...answer, askedAt: answer.askedAt - by })
  }

  test('one asks, the others take over the answer with its age', async () => {
    const log = new ScriptedLog()
    log.revoke(ALICE)
    const shared = new MemoryAnswers()
    const clock = { now: START }
    await setUp(log, { shared, clock }).ready()
    clock.now += 900
    const second = setUp(log, { shared, clock })
    expect(await second.ready()).toBe('fresh')
    expect(log.asks).toHaveLength(1)
    expect(second.mirror.effectsOn(alice, clock.now)).toHaveLength(1)
    clock.now += 1_100
    await second.ready()
    expect(log.asks).toHaveLength(2)
  })

  test('one that is half a poll old, or from the future, is not taken', async () => {
    for (const by of [1_000, -5_000]) {
      const log = new ScriptedLog()
      const shared = new MemoryAnswers()
      await setUp(log, { shared }).ready()
      late(shared, by)
      await setUp(log, { shared }).ready()
      expect(log.asks).toHaveLength(2)
    }
  })

  test.each<[string, () => Promise<unknown>]>([
    ['throws', refusal],
    ['hangs', silence],
    ['answers nonsense', async () => ({ askedAt: START, changes: { kind: 'changes', states: 'all' } })],
    [
      'answers what leads nowhere',
      async () => ({
        askedAt: START,
        changes: { kind: 'changes', states: [], cursor: { seq: 3, hash: 'x' }, head: { seq: 2, hash: 'x' } },
      }),
    ],
  ])('a cache that %s costs nothing but the sharing', async (_, load) => {
    const log = new ScriptedLog()
    log.revoke(ALICE)
    const shared = { load, save: load, claimedAt: load, claim: load } as unknown as MemoryAnswers
    const { mirror, ready, clock } = setUp(log, { shared })
    expect(await ready()).toBe('fresh')
    expect(mirror.effectsOn(alice, clock.now)).toHaveLength(1)
  })
})

test('a log that was reset is read anew from itself: what others shared of the old one leads back to where it is unknown', async () => {
  const shared = new MemoryAnswers()
  const log = new ScriptedLog()
  log.revoke(ALICE)
  const clock = { now: START }
  const one = setUp(log, { shared, clock })
  await one.ready()
  clock.now += 1_600
  await setUp(log, { shared, clock }).ready()
  log.reset(0)
  log.revoke(BOB)
  clock.now += 400
  const asks = log.asks.length
  expect(await one.ready()).toBe('fresh')
  expect([one.mirror.effectsOn(alice, clock.now).length, one.mirror.effectsOn(bob, clock.now).length]).toEqual([0, 1])
  expect(log.asks.length).toBeLessThan(asks + 5)
})

test('pages that others shared are not mixed with later ones: a state that changed in between would be in neither', async () => {
  const shared = new MemoryAnswers()
  const log = new ScriptedLog()
  log.pageSize = 2
  for (const target of [BOB, ALICE, { ...BOB, value: 'carol' }]) log.revoke(target)
  const clock = { now: START }
  const one = setUp(log, { shared, clock })
  await one.mirror.syncNow(() => undefined)
  clock.now += 2_000
  await one.ready()
  log.revoke(ALICE)
  const other = setUp(log, { shared, clock })
  expect(await other.ready()).toBe('fresh')
  expect(other.mirror.effectsOn(alice, clock.now)).not.toEqual([])
})

test('a log that leads nowhere, over and over, is given up', async () => {
  const log = new ScriptedLog()
  log.revoke(ALICE)
  const { events, ready } = setUp(log)
  log.deliver = async (answer) =>
    answer.kind === 'changes' && answer.states.length === 0
      ? { kind: 'resync', head: answer.head }
      : { ...answer, head: { ...answer.head, seq: answer.head.seq + 1 } }
  expect(await ready()).toBe('stale')
  expect(events.map(({ code }) => code)).toContain('log_malformed')
})

describe('several isolates whose answers grow old together', () => {
  test('let one ask, and take over what it learns', async () => {
    const log = new ScriptedLog()
    const shared = new MemoryAnswers()
    const clock = { now: START }
    const isolates = Array.from({ length: 20 }, () => setUp(log, { shared, clock }))
    log.deliver = async (changes) => {
      await pause(5)
      return changes
    }
    const first = isolates[0]?.ready()
    await pause(1)
    const readiness = [first, ...isolates.slice(1).map(({ ready }) => ready())]
    expect(await Promise.all(readiness)).toEqual(isolates.map(() => 'fresh'))
    expect(log.asks).toHaveLength(1)
  })

  test('wait for one who never answers no longer than half a second', async () => {
    const log = new ScriptedLog()
    const shared = new MemoryAnswers()
    await shared.claim(undefined, START)
    const { ready, clock } = setUp(log, { shared })
    const freshness = ready()
    await pause(60)
    clock.now += 500
    expect(await freshness).toBe('fresh')
  })
})

describe('a rule that asks the log itself', () => {
  const nothing = () => undefined

  test('sees what was acknowledged before, whatever the cache and the age say', async () => {
    const shared = new MemoryAnswers()
    const { log, mirror, ready, clock } = setUp(new ScriptedLog(), { shared })
    await ready()
    log.revoke(ALICE)
    expect(await mirror.syncNow(nothing)).toBe(true)
    expect(mirror.effectsOn(alice, clock.now)).toHaveLength(1)
  })

  test('is not told yes where the log is away, hangs or answers nonsense', async () => {
    vi.useFakeTimers({ now: START })
    const { log, mirror } = setUp()
    for (const deliver of [refusal, silence, async () => 'nonsense']) {
      log.deliver = deliver
      const answer = mirror.syncNow(nothing)
      await vi.advanceTimersByTimeAsync(4_000)
      expect(await answer).toBe(false)
    }
    vi.useRealTimers()
  })

  test('begins anew in one go where the log was reset', async () => {
    const { log, mirror, ready, clock } = setUp()
    log.revoke(BOB)
    await ready()
    log.reset(0)
    log.revoke(ALICE)
    expect(await mirror.syncNow(nothing)).toBe(true)
    expect([mirror.effectsOn(alice, clock.now).length, mirror.effectsOn(bob, clock.now).length]).toEqual([1, 0])
  })

  test('many at once are each answered by an ask of their own', async () => {
    const { log, mirror, ready } = setUp()
    await ready()
    log.revoke(ALICE)
    const answers = await Promise.all(Array.from({ length: 20 }, () => mirror.syncNow(nothing)))
    expect(answers).toEqual(Array.from({ length: 20 }, () => true))
    expect(log.asks.length).toBeGreaterThanOrEqual(21)
  })
})

describe('what holds of a principal', () => {
  const everything = principalOf({
    fingerprint: 'f',
    tokenId: 'j',
    subject: 's',
    client: 'c',
    session: 'se',
    grant: 'g',
    tenant: 't',
    device: 'd',
    email: 'e',
  })
  const claims = {
    jti: 'j',
    subject: 's',
    client: 'c',
    session: 'se',
    grant: 'g',
    tenant: 't',
    device: 'd',
    email: 'e',
  }

  test.each([
    ['token', { kind: 'token', value: 'f' }],
    ['issuer', { kind: 'issuer', issuer: ISSUER }],
    ...Object.entries(claims).map(([kind, value]) => [kind, { kind, issuer: ISSUER, value }] as const),
  ] as const)("is found by its %s, and by nobody else's", async (kind, target) => {
    const { log, mirror, ready, clock } = setUp()
    log.revoke(target as Parameters<ScriptedLog['revoke']>[0])
    await ready()
    expect(mirror.effectsOn(everything, clock.now)).toEqual([{ effect: { kind: 'revoke' }, entry: 1, target: kind }])
    const stranger = principalOf({ ...claims, issuer: 'https://other.example', tokenId: 'j' })
    expect(mirror.effectsOn(stranger, clock.now)).toEqual([])
  })

  test('is nothing, without a hash, where there are no marks of that kind', async () => {
    const hash = vi.spyOn(targetKeys, 'targetKeyBytes')
    const { log, mirror, ready, clock } = setUp()
    await ready()
    const none = mirror.effectsOn(everything, clock.now)
    expect(mirror.effectsOn(alice, clock.now)).toBe(none)
    expect(hash).not.toHaveBeenCalled()
    log.revoke(BOB)
    clock.now += 2_000
    await ready()
    hash.mockClear()
    for (let index = 0; index < 3; index++) expect(mirror.effectsOn(everything, clock.now)).toBe(none)
    expect(hash).toHaveBeenCalledTimes(1)
    log.revoke({ ...BOB, value: 'carol' })
    clock.now += 2_000
    await ready()
    hash.mockClear()
    expect(mirror.effectsOn(everything, clock.now)).toBe(none)
    expect(hash).not.toHaveBeenCalled()
    hash.mockRestore()
  })

  test('holds until it expires, without a poll', async () => {
    const { log, mirror, ready, clock } = setUp()
    const expires = (START / 1000 + 1) as EpochSeconds
    log.append({
      kind: 'subject',
      key: targetKeys.targetKey(ALICE),
      effects: [{ effect: { kind: 'revoke' }, expires, entry: 1 }],
    })
    await ready()
    expect(mirror.effectsOn(alice, clock.now + 999)).toHaveLength(1)
    expect(mirror.effectsOn(alice, clock.now + 1_000)).toHaveLength(0)
  })

  test('a kill switch holds for every client, or for one, until it is undone', async () => {
    const { log, mirror, ready, clock } = setUp()
    const effects = [{ effect: { kind: 'suspend' as const }, entry: 1 }]
    const suspended = (client?: string) => [...mirror.suspendedFor(client, clock.now)]
    log.append(
      { kind: 'scope', scope: 'pay', effects },
      { kind: 'scope', scope: 'send', client: 'app', effects: [{ ...effects[0], entry: 2 }] as typeof effects },
    )
    await ready()
    expect([suspended('app'), suspended('web'), suspended()]).toEqual([['pay', 'send'], ['pay'], ['pay']])
    log.append({ kind: 'scope', scope: 'pay' as ScopeToken, effects: [] })
    clock.now += 2_000
    await ready()
    expect([suspended('app'), suspended()]).toEqual([['send'], []])
  })
})
