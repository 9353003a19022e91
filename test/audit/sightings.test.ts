/** What an isolate tells of the tokens that it saw: each soon, seldom again, nothing of the token itself, and never in the way of a request. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { isKept, MOST_LEVEL } from '../../src/audit/sampling.ts'
import { createSightings, type SightingsParts, treatSubject } from '../../src/audit/sightings.ts'
import type { Principal, PrincipalFacts } from '../../src/policy/principal.ts'
import type { SightingReport, TokenSighting } from '../../src/policy/token-audit.ts'
import { principalOf } from '../policy/build.ts'

const START = 1_800_000_000_000
const fingerprintOf = (name: string) => createHash('sha256').update(name).digest('base64url')
const tokenOf = (name: string, facts: Partial<PrincipalFacts> = {}) =>
  principalOf('orders:write orders:read', { fingerprint: fingerprintOf(name), ...facts })

/** An isolate with a clock in hand: `pause` moves on only when `pass` says so. */
function isolate(parts: Partial<SightingsParts> = {}) {
  let now = START
  const reports: SightingReport[] = []
  const events: unknown[] = []
  const work: Promise<unknown>[] = []
  let sleepers: { readonly until: number; readonly wake: (_: undefined) => void }[] = []
  const sightings = createSightings({
    send: async (report) => {
      reports.push(report)
      return { level: 0 }
    },
    subjects: 'plain',
    clock: () => now,
    pause: (milliseconds) => new Promise((wake) => sleepers.push({ until: now + milliseconds, wake })),
    report: (event) => events.push(event),
    ...parts,
  })
  const rest = () => new Promise((resolve) => setImmediate(resolve))
  return {
    sightings,
    reports,
    events,
    work,
    see: (principal: Principal) => sightings.see(principal, now, (promise) => work.push(promise)),
    async pass(milliseconds: number) {
      await rest()
      now += milliseconds
      const due = sleepers.filter(({ until }) => until <= now)
      sleepers = sleepers.filter(({ until }) => until > now)
      for (const { wake } of due) wake(undefined)
      await rest()
    },
    told: () => reports.flatMap(({ sightings: each }) => each),
  }
}

const usesOf = (told: readonly TokenSighting[]) => told.reduce((sum, { uses }) => sum + uses, 0)

describe('what is told of a token', () => {
  test('is what the ledger keeps, and no more', async () => {
    const { see, pass, told } = isolate()
    see(
      tokenOf('t', {
        session: 'session-of-the-user',
        tokenId: 'jti-of-the-token',
        email: 'user@example.com',
        authentication: { acrs: ['phr'], amr: ['hwk'] },
        confirmation: { keyThumbprint: 'thumbprint-of-the-key' },
      }),
    )
    await pass(0)
    const { issuedAt, expiresAt } = tokenOf('t')
    expect(told()).toEqual([
      {
        fingerprint: fingerprintOf('t'),
        issuer: 'https://issuer.example.com',
        client: 'client',
        subject: 'user',
        scopes: ['orders:read', 'orders:write'],
        issuedAt,
        expiresAt,
        lifetimeSeconds: 660,
        bound: ['dpop'],
        acr: ['phr'],
        firstSeen: START / 1000,
        lastSeen: START / 1000,
        uses: 1,
      },
    ])
  })

  test('leaves out what the token does not say', async () => {
    const { see, pass, told } = isolate()
    const { subject, client, issuedAt, lifetimeSeconds, ...bare } = tokenOf('t')
    see(bare as Principal)
    await pass(0)
    for (const name of ['subject', 'client', 'issuedAt', 'lifetimeSeconds', 'furtherScopes'])
      expect(told()[0]).not.toHaveProperty(name)
  })

  test.each([
    ['plain', 'user'],
    ['hashed', `sha256:${createHash('sha256').update('user').digest('hex').slice(0, 32)}`],
    ['omitted', undefined],
  ] as const)('has the subject %s', async (subjects, expected) => {
    const { see, work, told } = isolate({ subjects })
    see(tokenOf('t'))
    await Promise.all(work)
    expect(told()[0]?.subject).toBe(expected)
    expect(await treatSubject('user', subjects)).toBe(expected)
  })

  test('is bounded, whatever an issuer writes', async () => {
    const { see, pass, told } = isolate()
    const long = 'x'.repeat(100_000)
    const scopes = Array.from({ length: 2000 }, (_, index) => `scope:number-${index}`)
    see(
      tokenOf('t', {
        client: long,
        subject: long,
        scopes: principalOf(scopes.join(' ')).scopes,
        authentication: { acrs: Array.from({ length: 100 }, () => long), amr: [] },
      }),
    )
    await pass(0)
    const [sighting] = told()
    expect(JSON.stringify(sighting).length).toBeLessThan(12_000)
    expect(sighting?.furtherScopes).toBe(2000 - (sighting?.scopes.length ?? 0))
  })
})

describe('when it is told', () => {
  test('the first token at once, further ones together, ten seconds after the last report', async () => {
    const { see, pass, reports } = isolate()
    see(tokenOf('a'))
    await pass(1_000)
    expect(reports).toHaveLength(1)
    see(tokenOf('b'))
    see(tokenOf('c'))
    await pass(8_999)
    expect(reports).toHaveLength(1)
    await pass(1)
    expect(reports.map(({ sightings }) => sightings.length)).toEqual([1, 2])
  })

  test('a token that is seen all the time: after 10, 20, 40 seconds, at last every ten minutes, and no use is lost', async () => {
    const { see, pass, reports, told } = isolate()
    const token = tokenOf('t')
    for (let second = 0; second < 3600; second++) {
      see(token)
      await pass(1_000)
    }
    const times = told().map(({ lastSeen }) => lastSeen - START / 1000)
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    expect(pauses.slice(0, 6)).toEqual([10, 20, 40, 80, 160, 320])
    expect(new Set(pauses.slice(6))).toEqual(new Set([600]))
    expect(reports.every(({ sightings }) => sightings.length === 1)).toBe(true)
    expect(usesOf(told())).toBe((times.at(-1) ?? 0) + 1)
  })

  test('many tokens: in batches, each once', async () => {
    const { see, pass, reports, told } = isolate()
    see(tokenOf('first'))
    await pass(0)
    for (let index = 0; index < 1000; index++) see(tokenOf(`t${index}`))
    await pass(10_000)
    expect(reports.map(({ sightings }) => sightings.length)).toEqual([1, 250, 250, 250, 250])
    expect(new Set(told().map(({ fingerprint }) => fingerprint)).size).toBe(1001)
  })

  test('more than can wait: the rest is counted as missed, and told when it is seen again', async () => {
    const { see, pass, reports, told } = isolate()
    see(tokenOf('first'))
    await pass(0)
    const tokens = Array.from({ length: 2500 }, (_, index) => tokenOf(`t${index}`))
    for (const token of tokens) see(token)
    await pass(10_000)
    expect(told()).toHaveLength(2001)
    expect(reports[1]?.missed).toBe(500)
    await pass(60_000)
    for (const token of tokens) see(token)
    await pass(10_000)
    expect(new Set(told().map(({ fingerprint }) => fingerprint)).size).toBe(2501)
  })

  test('a report that the runtime never ended is given up', async () => {
    const never = isolate({ send: () => new Promise(() => {}) })
    never.see(tokenOf('a'))
    await never.pass(29_999)
    never.see(tokenOf('b'))
    expect(never.work).toHaveLength(1)
    await never.pass(1)
    never.see(tokenOf('c'))
    expect(never.work).toHaveLength(2)
  })
})

describe('the sample', () => {
  test('what the ledger does not keep is not told, until its word is a minute old', async () => {
    const tokens = Array.from({ length: 400 }, (_, index) => tokenOf(`t${index}`))
    const sent: SightingReport[] = []
    const sampled = isolate({
      send: async (report) => {
        sent.push(report)
        return { level: 2 }
      },
    })
    sampled.see(tokenOf('first'))
    await sampled.pass(0)
    for (const token of tokens) sampled.see(token)
    await sampled.pass(10_000)
    const kept = tokens.filter(({ fingerprint }) => isKept(fingerprint, 2))
    expect(sent.slice(1).flatMap(({ sightings }) => sightings.map(({ fingerprint }) => fingerprint))).toEqual(
      kept.map(({ fingerprint }) => fingerprint),
    )
    await sampled.pass(60_000)
    const other = tokens.find(({ fingerprint }) => !isKept(fingerprint, 2))
    if (other === undefined) throw new Error('all are kept')
    sampled.see(other)
    await sampled.pass(10_000)
    expect(sent.at(-1)?.sightings.map(({ fingerprint }) => fingerprint)).toEqual([other.fingerprint])
  })

  test.each([Number.NaN, -1, 1e9, undefined])('a level of %s does no harm', async (level) => {
    const levels = { level } as { readonly level: number }
    const { see, pass, sightings } = isolate({ send: async () => levels })
    see(tokenOf('t'))
    await pass(20_000)
    see(tokenOf('u'))
    await pass(0)
    expect(sightings.standing()).toBe('recording')
    expect(isKept(fingerprintOf('u'), MOST_LEVEL)).toBe(false)
  })
})

describe('a ledger that fails', () => {
  test('is told of to the operator once an hour; the uses are told once it is back, and so is what was missed', async () => {
    let isDown = true
    const reports: SightingReport[] = []
    const { see, pass, events, sightings } = isolate({
      send: async (report) => {
        if (isDown) throw new Error('overloaded')
        reports.push(report)
        return { level: 0 }
      },
    })
    const token = tokenOf('t')
    for (let minute = 0; minute < 59; minute++) {
      see(token)
      await pass(60_000)
    }
    expect(events).toEqual([{ event: 'token_audit', code: 'ledger_unreachable' }])
    expect(sightings.standing()).toBe('failing')
    for (let minute = 0; minute < 2; minute++) {
      see(token)
      await pass(60_000)
    }
    expect(events).toHaveLength(2)
    isDown = false
    see(token)
    await pass(60_000)
    expect(sightings.standing()).toBe('recording')
    expect(usesOf(reports.flatMap(({ sightings: each }) => each))).toBe(62)
    expect(reports[0]?.missed).toBeGreaterThan(0)
  })

  test('never leads to a rejection, nor to an exception', async () => {
    for (const send of [
      () => {
        throw new Error('broken')
      },
      () => Promise.reject(new Error('overloaded')),
    ]) {
      const { see, pass, work } = isolate({ send })
      expect(() => see(tokenOf('t'))).not.toThrow()
      await pass(0)
      expect((await Promise.allSettled(work)).map(({ status }) => status)).toEqual(['fulfilled'])
    }
  })

  test('nor does a runtime that takes no more work', () => {
    const { sightings } = isolate()
    expect(() =>
      sightings.see(tokenOf('t'), START, () => {
        throw new Error('too late')
      }),
    ).not.toThrow()
  })

  test('without one, the operator is told once an hour, and nothing waits', async () => {
    const { see, pass, events, work, sightings } = isolate({ send: undefined })
    see(tokenOf('t'))
    see(tokenOf('u'))
    await pass(3_600_000)
    see(tokenOf('t'))
    expect(events).toEqual([
      { event: 'token_audit', code: 'ledger_unbound' },
      { event: 'token_audit', code: 'ledger_unbound' },
    ])
    expect([work, sightings.standing()]).toEqual([[], 'unbound'])
  })
})
