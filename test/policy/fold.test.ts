/** Clause 3.5: what an origin that ignores case, suffixes or path parameters could take a segment for. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FOLDS, foldPath, foldSegment } from '../../src/policy/fold.ts'
import { canonicalPath } from '../../src/policy/target.ts'

test.each([
  ['export', 'export'],
  ['EXPORT', 'export'],
  ['eXpOrT', 'export'],
  ['export.json', 'export'],
  ['Export.JSON', 'export'],
  ['export.tar.gz', 'export'],
  ['export.12345678', 'export'],
  ['export.123456789', 'export'],
  ['export.js-on', 'export'],
  ['export.%C3%A9@x', 'export'],
  ['%20export', 'export'],
  ['export%20.json', 'export'],
  ['%20.json', '.json'],
  ['ex%20port', 'ex port'],
  ['.json', '.json'],
  ['.json.gz', '.json'],
  ['a.', 'a'],
  ['a..b', 'a'],
  ['..b', '.'],
  ['a!b', 'a!b'],
  ['a%21b', 'a!b'],
  ['a%40B.txt', 'a@b'],
  ['%C3%89TAGE', 'étage'],
  ['stra%C3%9Fe', 'strasse'],
  ['STRASSE', 'strasse'],
  ['%C4%B1d', 'id'],
  ['export;v=1', 'export'],
  ['EXPORT.json;v=1.2;x', 'export'],
  ['a;b.c', 'a'],
  ['a%2Fb', 'a\0b'],
  ['', ''],
])('%s folds to %j', (segment, folded) => {
  expect(foldSegment(segment)).toBe(folded)
})

test('a path folds segment by segment and keeps their number', () => {
  expect(foldPath('/V1/Invoices.json/A%2FB/')).toBe('/v1/invoices/a\0b/')
})

test('letters of any script fold together with their other cases', () => {
  const canonical = (text: string) => {
    const path = canonicalPath(`/${encodeURIComponent(text)}`)
    return path.ok ? path.value.slice(1) : undefined
  }
  const apart: string[] = []
  for (let code = 0x80; code < 0x1_1000; code++) {
    const letter = String.fromCodePoint(code)
    const own = letter.isWellFormed() ? canonical(letter) : undefined
    if (own === undefined) continue
    for (const other of [letter.toLowerCase(), letter.toUpperCase()].map(canonical))
      if (other !== undefined && foldSegment(other) !== foldSegment(own)) apart.push(letter)
  }
  expect(apart).toEqual([])
})

test('a suffix does not change how the letters before it fold', () => {
  // A capital sigma becomes another small letter at the end of a word than inside one.
  expect(foldSegment(`${encodeURIComponent('ΟΔΟΣ')}.json`)).toBe(foldSegment(encodeURIComponent('οδος')))
})

test('only the characters marked in FOLDS can make a canonical ASCII segment fold to something else', () => {
  for (let code = 0x21; code < 0x7f; code++) {
    const character = String.fromCharCode(code)
    if (character === '/' || character === '%') continue
    const changes = [`a${character}b`, `${character}b`, `a${character}b1`].some((text) => foldSegment(text) !== text)
    expect(FOLDS[code] === 1 || !changes, character).toBe(true)
  }
  expect(FOLDS['%'.charCodeAt(0)]).toBe(1)
})

test('folding a folded ASCII segment changes nothing more', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/), (segment) => {
      const once = foldSegment(segment)
      expect(foldSegment(once)).toBe(once)
    }),
  )
})

test('folding takes time in proportion to the segment, so that a long path is no way to burn the CPU', () => {
  const started = performance.now()
  for (const unit of ['.a', 'a.', '.aaaaaaaa', 'A.']) foldSegment(`x${unit.repeat(10_000)}!`)
  // A few milliseconds where it is linear, seconds where it is quadratic.
  expect(performance.now() - started).toBeLessThan(500)
})
