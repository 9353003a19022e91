/** What the ledger keeps, for how long, and that what it leaves out is a fair draw that its answers make up for. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLedger, type Ledger, type LedgerLimits, NO_END } from '../../src/audit/ledger.ts'
import { askLedger } from '../../src/audit/ledger-query.ts'
import { isKept } from '../../src/audit/sampling.ts'
import type { TokenSighting } from '../../src/policy/token-audit.ts'
import { type Facts, fingerprintOf, NOW, queryOf, sightingOf, sqlInMemory } from './ledgers.ts'

const DAY = 86_400
const ROOMY: LedgerLimits = { rows: 1000, retentionSeconds: 7 * DAY, sweptRows: 100 }

function openLedger(limits: LedgerLimits = ROOMY) {
  const sql = sqlInMemory()
  const ledger = createLedger(sql, limits)
  const ask = (now: number, query = {}) => askLedger(sql, queryOf({ limit: 200, ...query }), ledger.sampling(), now)
  return { sql, ledger, ask }
}

const tell = (ledger: Ledger, now: number, ...facts: Facts[]) =>
  ledger.record({ sightings: facts.map((each) => sightingOf({ seen: now, ...each })), missed: 0 }, now)

describe('a row', () => {
  test('holds what was told, and nothing else', () => {
    const { ledger, ask } = openLedger()
    const full: TokenSighting = {
      ...sightingOf({ name: 't', client: 'c', subject: 's', scopes: ['a', 'b'], issuedAt: NOW - 60 }),
      furtherScopes: 3,
      bound: ['dpop', 'mtls'],
      acr: ['phr'],
      uses: 7,
    }
    ledger.record({ sightings: [full], missed: 0 }, NOW)
    expect(ask(NOW).tokens).toEqual([full])
    const bare = sightingOf({ name: 'u' })
    ledger.record({ sightings: [bare], missed: 0 }, NOW)
    expect(ask(NOW).tokens).toContainEqual(bare)
  })

  test('sums what isolates counted, and spans what they saw, in whatever order they tell', () => {
    const { ledger, ask } = openLedger()
    for (const [seen, uses] of [
      [NOW - 50, 3],
      [NOW - 90, 4],
      [NOW - 70, 5],
    ] as const)
      ledger.record({ sightings: [sightingOf({ name: 't', seen, uses, expiresAt: NOW + 60 })], missed: 0 }, NOW)
    expect(ask(NOW).tokens).toMatchObject([{ uses: 12, firstSeen: NOW - 90, lastSeen: NOW - 50 }])
  })

  test('was seen no later than now, whatever the clock of an isolate says', () => {
    const { ledger, ask } = openLedger()
    ledger.record({ sightings: [sightingOf({ name: 't', seen: NOW + 999 })], missed: 0 }, NOW)
    expect(ask(NOW).tokens).toMatchObject([{ firstSeen: NOW, lastSeen: NOW }])
  })

  test('is there again when the object wakes up, and so is what was missed', () => {
    const { sql, ledger } = openLedger()
    tell(ledger, NOW, { name: 't' })
    ledger.record({ sightings: [], missed: 5 }, NOW)
    const again = createLedger(sql, ROOMY)
    expect(again.missed()).toBe(5)
    expect(askLedger(sql, queryOf(), again.sampling(), NOW).kept).toBe(1)
  })
})

describe('retention', () => {
  test('a row goes a week after the token was last seen, batch by batch', () => {
    const { ledger, ask } = openLedger()
    const old = Array.from({ length: 150 }, (_, index) => ({ name: `old ${index}`, seen: NOW - 7 * DAY - 1 }))
    tell(ledger, NOW, ...old, { name: 'just', seen: NOW - 7 * DAY }, { name: 'new' })
    expect(ledger.sweep(NOW)).toEqual({ rows: 52, isDone: false })
    expect(ledger.sweep(NOW)).toEqual({ rows: 2, isDone: true })
    expect(ask(NOW, { expired: true }).kept).toBe(2)
  })

  test('a token that is seen again stays', () => {
    const { ledger } = openLedger()
    tell(ledger, NOW - 8 * DAY, { name: 't' })
    tell(ledger, NOW - DAY, { name: 't' })
    expect(ledger.sweep(NOW).rows).toBe(1)
  })

  test('what was missed is forgotten with the last row', () => {
    const { ledger } = openLedger()
    ledger.record({ sightings: [sightingOf({ name: 't' })], missed: 5 }, NOW)
    ledger.sweep(NOW)
    expect(ledger.missed()).toBe(5)
    ledger.sweep(NOW + 8 * DAY)
    expect(ledger.missed()).toBe(0)
  })
})

describe('room', () => {
  const SMALL: LedgerLimits = { rows: 64, retentionSeconds: 7 * DAY, sweptRows: 1000 }
  const flood = (ledger: Ledger, now: number, count: number, prefix = 'token') => {
    for (let index = 0; index < count; index++) tell(ledger, now, { name: `${prefix} ${index}` })
  }

  test('there are never more rows than there may be, and those that stay are the ones that the draw keeps', () => {
    const { ledger, ask } = openLedger(SMALL)
    for (let index = 0; index < 600; index++) {
      tell(ledger, NOW, { name: `token ${index}` })
      expect(ask(NOW).kept).toBeLessThanOrEqual(64)
    }
    const { level } = ledger.record({ sightings: [], missed: 0 }, NOW)
    expect(level).toBeGreaterThan(2)
    const expected = Array.from({ length: 600 }, (_, index) => fingerprintOf(`token ${index}`)).filter((each) =>
      isKept(each, level),
    )
    expect(new Set(ask(NOW).tokens?.map(({ fingerprint }) => fingerprint))).toEqual(new Set(expected))
  })

  test('a token that is there is counted on where there is no room for another', () => {
    const { ledger, ask } = openLedger(SMALL)
    flood(ledger, NOW, 500)
    const [first] = ask(NOW).tokens ?? []
    if (first === undefined) throw new Error('there is none')
    const before = ledger.sampling()
    ledger.record({ sightings: [first], missed: 0 }, NOW)
    expect(ask(NOW).tokens?.find(({ fingerprint }) => fingerprint === first.fingerprint)?.uses).toBe(2)
    expect(ledger.sampling()).toEqual(before)
  })

  test('when there is room again, more is kept: step by step, a day apart, and only what is seen from then on', () => {
    const { sql, ledger } = openLedger(SMALL)
    flood(ledger, NOW, 500)
    const { level } = ledger.record({ sightings: [], missed: 0 }, NOW)
    const later = NOW + 8 * DAY
    ledger.sweep(later)
    expect(ledger.record({ sightings: [], missed: 0 }, later).level).toBe(level - 1)
    ledger.sweep(later + DAY - 1)
    expect(ledger.record({ sightings: [], missed: 0 }, later).level).toBe(level - 1)
    ledger.sweep(later + DAY)
    expect(ledger.record({ sightings: [], missed: 0 }, later).level).toBe(level - 2)
    expect(createLedger(sql, SMALL).sampling()).toEqual(ledger.sampling())
  })

  test('a laxer level counts once every isolate knows of it', () => {
    const { ledger, ask } = openLedger(SMALL)
    flood(ledger, NOW, 500)
    const { level } = ledger.record({ sightings: [], missed: 0 }, NOW)
    const later = NOW + 8 * DAY
    ledger.sweep(later)
    const name = Array.from({ length: 999 }, (_, index) => `t${index}`).find(
      (each) => isKept(fingerprintOf(each), level - 1) && !isKept(fingerprintOf(each), level),
    )
    if (name === undefined) throw new Error('no token is between the levels')
    tell(ledger, later + 60, { name })
    expect(ask(later + 60).kept).toBe(0)
    tell(ledger, later + 120, { name })
    expect(ask(later + 120)).toMatchObject({ kept: 1, estimated: 2 ** (level - 1) })
  })
})

describe('estimates', () => {
  test('are exact where everything is kept', () => {
    const { ledger, ask } = openLedger()
    tell(ledger, NOW, ...Array.from({ length: 77 }, (_, index) => ({ name: `t${index}` })))
    expect(ask(NOW)).toMatchObject({ kept: 77, estimated: 77, sampling: [{ from: 0, oneIn: 1 }] })
  })

  /** Traffic that grows, shrinks and grows again; some tokens come back. Gives the true number of tokens in reach and the estimate. */
  function simulate(seed: number): { readonly truth: number; readonly estimate: number; readonly levels: number } {
    const { ledger, ask } = openLedger({ rows: 40, retentionSeconds: 7 * DAY, sweptRows: 1000 })
    const lastSeen = new Map<string, number>()
    const volumes = [120, 120, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 15, 15]
    const steps = new Set<number>()
    volumes.forEach((volume, day) => {
      for (let index = 0; index < volume; index++) {
        const now = NOW + day * DAY + 3600 + index * 60
        const own = `seed ${seed} day ${day} token ${index}`
        const former = `seed ${seed} day ${day - 1} token ${index}`
        for (const name of index % 3 === 0 && lastSeen.has(former) ? [own, former] : [own]) {
          tell(ledger, now, { name })
          lastSeen.set(name, now)
        }
      }
      ledger.sweep(NOW + (day + 1) * DAY)
      steps.add(ledger.sampling().length)
    })
    const end = NOW + volumes.length * DAY
    const truth = [...lastSeen.values()].filter((seen) => seen >= end - 7 * DAY).length
    return { truth, estimate: ask(end, { expired: true }).estimated, levels: steps.size }
  }

  test('are unbiased, also where the rate changed while tokens came and went: 200 ledgers, within three standard errors', () => {
    const runs = Array.from({ length: 200 }, (_, seed) => simulate(seed))
    expect(Math.max(...runs.map(({ levels }) => levels))).toBeGreaterThan(1)
    const errors = runs.map(({ truth, estimate }) => estimate - truth)
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length
    const variance = errors.reduce((sum, error) => sum + (error - mean) ** 2, 0) / (errors.length - 1)
    expect(variance).toBeGreaterThan(0)
    expect(Math.abs(mean)).toBeLessThan(3 * Math.sqrt(variance / errors.length))
  })
})

describe('a question', () => {
  const client = fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined })
  const facts: fc.Arbitrary<Facts> = fc.record({
    name: fc.constantFrom(...Array.from({ length: 30 }, (_, index) => `t${index}`)),
    issuer: fc.constantFrom('https://a.example', 'https://b.example'),
    client,
    subject: client,
    scopes: fc.subarray(['x', 'y', 'z']),
    issuedAt: fc.option(fc.integer({ min: NOW - 100, max: NOW }), { nil: undefined }),
    expiresAt: fc.option(fc.integer({ min: NOW - 20, max: NOW + 100 })),
    seen: fc.integer({ min: NOW - 20, max: NOW }),
    uses: fc.integer({ min: 1, max: 9 }),
  })
  const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
  const query = fc.record({
    by: optional(fc.constantFrom('client' as const, 'subject' as const, 'scope' as const)),
    sort: fc.constantFrom('remaining' as const, 'lifetime' as const, 'age' as const, 'uses' as const, 'seen' as const),
    client: optional(fc.constantFrom('a', 'b')),
    subject: optional(fc.constantFrom('a', 'b')),
    scope: optional(fc.constantFrom('x', 'y', 'x z')),
    issuer: optional(fc.constantFrom('https://a.example')),
    lifetimeOver: optional(fc.integer({ min: 0, max: 200 })),
    olderThan: optional(fc.integer({ min: 0, max: 120 })),
    expired: fc.boolean(),
  })

  const issuedOf = (token: TokenSighting) => token.issuedAt ?? token.firstSeen
  const endOf = ({ expiresAt }: TokenSighting): number => expiresAt ?? NO_END
  const lifetimeOf = (token: TokenSighting) => endOf(token) - issuedOf(token)
  const KEYS = {
    remaining: (token: TokenSighting) => -endOf(token),
    lifetime: (token: TokenSighting) => -lifetimeOf(token),
    age: issuedOf,
    uses: (token: TokenSighting) => -token.uses,
    seen: (token: TokenSighting) => -token.lastSeen,
  }

  test('law: is answered as a list in memory would answer it, page by page', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(facts, { selector: ({ name }) => name, maxLength: 30 }),
        query,
        fc.integer({ min: 1, max: 7 }),
        (all, asked, limit) => {
          const { ledger, ask } = openLedger()
          const tokens = all.map(sightingOf)
          ledger.record({ sightings: tokens, missed: 0 }, NOW)
          const fitting = tokens.filter(
            (token) =>
              (asked.expired || endOf(token) > NOW) &&
              (asked.client === undefined || token.client === asked.client) &&
              (asked.subject === undefined || token.subject === asked.subject) &&
              (asked.scope?.split(' ') ?? []).every((scope) => token.scopes.includes(scope)) &&
              (asked.issuer === undefined || token.issuer === asked.issuer) &&
              (asked.lifetimeOver === undefined || lifetimeOf(token) > asked.lifetimeOver) &&
              (asked.olderThan === undefined || issuedOf(token) < NOW - asked.olderThan),
          )
          const pages = []
          for (let offset: number | undefined = 0; offset !== undefined; ) {
            const page: ReturnType<typeof ask> = ask(NOW, { ...asked, limit, offset })
            expect(page).toMatchObject({ kept: fitting.length, estimated: fitting.length })
            pages.push(page)
            offset = page.next
          }
          const { by, sort } = asked
          if (by === undefined) {
            const found = pages.flatMap((page) => page.tokens ?? [])
            expect(new Set(found)).toEqual(new Set(fitting))
            expect(found.map(KEYS[sort])).toEqual(fitting.map(KEYS[sort]).sort((a, b) => a - b))
          } else {
            const found = pages.flatMap((page) => page.groups ?? [])
            const namesOf = (token: TokenSighting): readonly string[] =>
              by === 'scope' ? token.scopes : [JSON.stringify([token.issuer, token[by] ?? null])]
            const expected = new Map<string, TokenSighting[]>()
            for (const token of fitting)
              for (const name of namesOf(token)) expected.set(name, [...(expected.get(name) ?? []), token])
            const keyOf = ({ issuer, name }: (typeof found)[number]) =>
              by === 'scope' ? String(name) : JSON.stringify([issuer, name])
            expect(new Set(found.map(keyOf))).toEqual(new Set(expected.keys()))
            expect(found).toHaveLength(expected.size)
            for (const group of found) {
              const members = expected.get(keyOf(group)) ?? []
              const end = Math.max(...members.map(endOf))
              expect('longestLifetime' in group).toBe(end < NO_END)
              expect(group).toMatchObject({
                kept: members.length,
                ...(end < NO_END && { longestLifetime: Math.max(...members.map(lifetimeOf)), latestExpiry: end }),
                oldest: Math.min(...members.map(issuedOf)),
                lastSeen: Math.max(...members.map(({ lastSeen }) => lastSeen)),
                uses: members.reduce((sum, { uses }) => sum + uses, 0),
              })
              if (by !== 'scope')
                expect(group.scopes).toEqual([...new Set(members.flatMap(({ scopes }) => scopes))].sort())
            }
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  test('is never part of the SQL', () => {
    const { ledger, ask } = openLedger()
    tell(ledger, NOW, { name: 't', client: "' OR TRUE --" })
    expect(ask(NOW, { client: "' OR TRUE --" }).kept).toBe(1)
    expect(ask(NOW, { client: "x' OR TRUE --" }).kept).toBe(0)
    expect(ask(NOW, { by: 'client', scope: '"] OR TRUE --' }).kept).toBe(0)
  })
})
