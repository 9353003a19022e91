/** Section 7 of docs/semantics.md about marks, as properties of random maps, requests and marks. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeRelease } from '../../src/policy/decode.ts'
import { encodeRelease } from '../../src/policy/release.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import { production } from '../oracle/production.ts'
import { type Asked, arbitraryMap, arbitraryRequest, CLIENTS, SCOPES } from '../support/arbitrary-map.ts'
import { arbitraryMark, type Mark } from '../support/arbitrary-marks.ts'

const MAPS = 15
const REQUESTS = 60

/** What a request may do at most: the greater, the more. */
const REACH = { deny: 0, observe: 1, allow: 2 }

/** Calls `law` with random requests, one more mark, and how requests are judged. */
function hold(law: (asked: Asked, mark: Mark, judge: (asked: Asked) => Verdict) => void): void {
  const property = fc.property(fc.noShrink(arbitraryMap), fc.nat(), (document, seed) => {
    const release = decodeRelease(encodeRelease(document))
    if (!release.ok) throw new Error(release.error)
    const judge = (asked: Asked) => production(release.value, asked) as Verdict
    const cases = arbitraryRequest(document).chain((asked) =>
      arbitraryMark(SCOPES, CLIENTS, asked.now).map((mark) => ({ asked, mark })),
    )
    for (const { asked, mark } of fc.sample(cases, { numRuns: REQUESTS, seed })) law(asked, mark, judge)
  })
  fc.assert(property, { numRuns: MAPS })
}

type Verdict = ReturnType<typeof production> & { readonly decision: { readonly kind: keyof typeof REACH } }

const withMarks = (asked: Asked, marks: readonly Mark[]): Asked => ({ ...asked, marks: { ...asked.marks, marks } })

test('adding a mark never turns deny into observe or allow, nor observe into allow', () => {
  let stopped = 0
  // Most random requests are refused with or without the mark: some maps have none that a mark stops, so there may have to be more of them.
  for (let round = 0; round < 30 && stopped === 0; round++)
    hold((asked, mark, judge) => {
      const [before, after] = [judge(asked), judge(withMarks(asked, [...asked.marks.marks, mark]))]
      expect(REACH[after.decision.kind]).toBeLessThanOrEqual(REACH[before.decision.kind])
      if (after.decision.kind !== before.decision.kind) stopped++
    })
  expect(stopped).toBeGreaterThan(0)
})

test('the order of marks changes nothing', () => {
  hold((asked, mark, judge) => {
    const marks = [...asked.marks.marks, mark]
    expect(judge(withMarks(asked, marks.toReversed()))).toEqual(judge(withMarks(asked, marks)))
  })
})

test('a mark twice is a mark once', () => {
  hold((asked, mark, judge) => {
    const marks = [...asked.marks.marks, mark]
    expect(judge(withMarks(asked, [...marks, mark]))).toEqual(judge(withMarks(asked, marks)))
  })
})

test('a mark that has expired changes nothing', () => {
  hold((asked, { target, active }, judge) => {
    for (const ago of [0, 1]) {
      const expired: Mark = { target, active: { ...active, expires: (asked.now - ago) as EpochSeconds } }
      expect(judge(withMarks(asked, [...asked.marks.marks, expired]))).toEqual(judge(asked))
    }
  })
})
