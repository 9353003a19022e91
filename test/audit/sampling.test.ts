/** The draw: alike for all who make it, fair, and honest about what it left out. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  currentLevel,
  EVERYTHING,
  isKept,
  levelAt,
  lowered,
  MOST_LEVEL,
  pruned,
  raised,
  rankOf,
  type Sampling,
} from '../../src/audit/sampling.ts'

const fingerprintOf = (text: string) => createHash('sha256').update(text).digest('base64url')

describe('the draw of a token', () => {
  test('is the first 30 bits of its fingerprint', () => {
    for (let index = 0; index < 1000; index++) {
      const digest = createHash('sha256').update(String(index)).digest()
      expect(rankOf(digest.toString('base64url'))).toBe(digest.readUInt32BE(0) >>> 2)
    }
  })

  test('knows every character of base64url', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    expect([...alphabet].map((character) => rankOf(`AAAA${character}`))).toEqual([...alphabet].map((_, index) => index))
  })

  test('keeps one in 2^k: within four standard deviations, of 20,000', () => {
    const fingerprints = Array.from({ length: 20_000 }, (_, index) => fingerprintOf(`token ${index}`))
    for (let level = 0; level <= 6; level++) {
      const share = 1 / 2 ** level
      const kept = fingerprints.filter((fingerprint) => isKept(fingerprint, level)).length
      expect(Math.abs(kept - 20_000 * share)).toBeLessThanOrEqual(4 * Math.sqrt(20_000 * share * (1 - share)))
    }
  })

  test('law: what a level keeps, every laxer one keeps', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(MOST_LEVEL - 1), (text, level) => {
        const fingerprint = fingerprintOf(text)
        return !isKept(fingerprint, level + 1) || isKept(fingerprint, level)
      }),
    )
  })
})

describe('the levels over time', () => {
  type Move = { readonly kind: 'raise' } | { readonly kind: 'lower' | 'prune'; readonly after: number }
  const move: fc.Arbitrary<Move> = fc.oneof(
    fc.constant<Move>({ kind: 'raise' }),
    fc.record({ kind: fc.constantFrom('lower' as const, 'prune' as const), after: fc.integer({ min: 1, max: 50 }) }),
  )

  /** What was announced, second by second; a token seen then must have passed that level and all later ones. */
  function play(moves: readonly Move[]) {
    let sampling: Sampling = EVERYTHING
    let now = 0
    let announced = 0
    let oldest = 0
    const announcedAt: number[] = []
    for (const move of moves) {
      for (let passed = move.kind === 'raise' ? 1 : move.after; passed > 0; passed--) announcedAt[now++] = announced
      if (move.kind === 'raise') {
        announced = Math.min(announced + 1, MOST_LEVEL)
        sampling = raised(sampling)
      } else if (move.kind === 'lower') {
        announced = Math.max(announced - 1, 0)
        sampling = lowered(sampling, now)
      } else {
        oldest = Math.max(oldest, now - 40)
        sampling = pruned(sampling, oldest)
      }
    }
    announcedAt[now] = announced
    return { sampling, announcedAt, now, oldest }
  }

  test('law: the level of a second is the strictest that held from then on', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 12 }), (moves) => {
        const { sampling, announcedAt, now, oldest } = play(moves)
        expect(currentLevel(sampling)).toBe(announcedAt[now])
        for (let second = oldest; second <= now; second++)
          expect(levelAt(sampling, second)).toBe(Math.max(...announcedAt.slice(second)))
      }),
      { numRuns: 500 },
    )
  })

  test('law: they begin at 0 and fall from step to step, so that there are few', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
        const { sampling } = play(moves)
        expect(sampling[0].from).toBe(0)
        const levels = sampling.map(({ level }) => level)
        expect(levels).toEqual(levels.toSorted((a, b) => b - a))
      }),
    )
  })
})
